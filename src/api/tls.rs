//! Which certificates are trusted.

use std::path::Path;

use reqwest::{Certificate, ClientBuilder};

use super::proxy;
use super::settings::Settings;
use crate::error::{Error, Result, io_text};

/// Sets the trust of a client: a private CA, nothing at all, or the system's roots.
///
/// The system's roots are read only for an https server: parsing them costs more than everything else before the
/// first request of a plain http run.
///
/// # Errors
/// When `ca_path` cannot be read or holds no certificate.
pub fn configure(builder: ClientBuilder, settings: &Settings, https: bool) -> Result<ClientBuilder> {
    // An error only says that a provider is installed already, which is what is wanted.
    let _ = rustls::crypto::ring::default_provider().install_default();
    if !settings.validate_certs {
        return Ok(builder.tls_danger_accept_invalid_certs(true).tls_certs_only([]));
    }
    match &settings.ca_path {
        Some(path) => Ok(builder.tls_certs_only(read(Path::new(path))?)),
        // A proxy may itself be reached over TLS.
        None if https || proxy::variable("http").is_some() => Ok(builder),
        None => Ok(builder.tls_certs_only([])),
    }
}

fn read(path: &Path) -> Result<Vec<Certificate>> {
    let problem = |why: &str| Error::Option(format!("ca_path: {}: {why}", path.display()));
    let pem = std::fs::read(path).map_err(|error| problem(&io_text(&error)))?;
    let certificates = Certificate::from_pem_bundle(&pem).map_err(|_| problem("not a PEM file with certificates"))?;
    if certificates.is_empty() {
        return Err(problem("holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)"));
    }
    Ok(certificates)
}
