//! Which certificates are trusted.

use std::path::Path;
use std::sync::Arc;

use reqwest::blocking::ClientBuilder;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};

use super::bounded;
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
        Some(path) => Ok(builder.tls_backend_preconfigured(trusting(Path::new(path))?)),
        // A proxy may itself be reached over TLS.
        None if https || proxy::variable("http").is_some() => Ok(builder),
        None => Ok(builder.tls_certs_only([])),
    }
}

/// TLS that trusts what is signed by a certificate of the file, or is one of them.
fn trusting(path: &Path) -> Result<ClientConfig> {
    let problem = |why: &str| Error::Option(format!("ca_path: {}: {why}", path.display()));
    let pem = bounded::small_file(path).map_err(|error| problem(&io_text(&error)))?;
    let certificates = CertificateDer::pem_slice_iter(&pem).collect::<Result<Vec<_>, _>>();
    let known = certificates.map_err(|_| problem("not a PEM file with certificates"))?;
    if known.is_empty() {
        return Err(problem("holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)"));
    }
    let unusable = |error: &dyn std::fmt::Display| problem(&format!("a certificate in it is unusable ({error})"));
    let mut roots = RootCertStore::empty();
    for certificate in &known {
        roots.add(certificate.clone()).map_err(|error| unusable(&error))?;
    }
    let authorities = WebPkiServerVerifier::builder(Arc::new(roots)).build().map_err(|error| unusable(&error))?;
    let mut config = ClientConfig::builder()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(AuthorityOrItself { authorities, known }))
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// Trusts a server with a certificate of an authority, or with one that is itself among the trusted.
///
/// A self-signed certificate, as Quay's installer makes it, often calls itself an authority, and the usual rules take no
/// authority for a server.
#[derive(Debug)]
struct AuthorityOrItself {
    authorities: Arc<WebPkiServerVerifier>,
    known: Vec<CertificateDer<'static>>,
}

impl ServerCertVerifier for AuthorityOrItself {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        match self.authorities.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            // The dates have been looked at before this, the name has not.
            Err(error) if error.to_string().contains("CaUsedAsEndEntity") && self.known.contains(end_entity) => {
                verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
                Ok(ServerCertVerified::assertion())
            }
            verdict => verdict,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.authorities.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.authorities.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.authorities.supported_verify_schemes()
    }
}
