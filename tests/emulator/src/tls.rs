//! A private certificate authority and a server certificate of it, made anew for each emulator.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose};
use rustls::{ServerConfig, pki_types::PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

/// What can go wrong while making certificates.
pub(crate) type TlsError = Box<dyn std::error::Error + Send + Sync>;

/// An acceptor for TLS connections, and the certificate in PEM that makes it trusted: the authority's, or its own.
pub(crate) fn acceptor(self_signed: bool) -> Result<(TlsAcceptor, String), TlsError> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.distinguished_name.push(DnType::CommonName, "Quay emulator CA");
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;

    let key = KeyPair::generate()?;
    let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    let mut params = CertificateParams::new(names)?;
    let (certificate, trusted) = if self_signed {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key)?;
        let pem = certificate.pem();
        (certificate, pem)
    } else {
        (params.signed_by(&key, &authority)?, authority.pem())
    };
    let private = PrivateKeyDer::try_from(key.serialize_der())?;

    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], private)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok((TlsAcceptor::from(Arc::new(config)), trusted))
}
