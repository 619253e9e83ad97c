//! TLS between gateways. Whether a certificate may speak is decided by the directory, not by a list of roots:
//! connections are accepted from every certificate that belongs to a registered gateway, and every message is then checked
//! against chain, OCSP and registration.

use super::{KeyPair, StartError};
use mekong_directory::GlobalConf;
use mekong_pki::Certificate;
use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName, UnixTime};
use rustls::server::ServerSessionMemoryCache;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, DistinguishedName, Error, ServerConfig, SignatureScheme,
};
use std::fmt;
use std::sync::Arc;
use tokio::sync::watch;

/// TLS sessions that are remembered for resumption.
const SESSIONS: usize = 4096;

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

fn identity(
    pair: &KeyPair,
    intermediates: &[Certificate],
) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), StartError> {
    let failed = |e: mekong_crypto::CryptoError| StartError::Authentication(e.to_string());
    let chain = std::iter::once(&pair.certificate).chain(intermediates);
    let chain = chain.map(|c| CertificateDer::from(c.der().to_vec())).collect();
    let key = pair.key.to_pkcs8().map_err(failed)?;
    Ok((chain, PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.to_vec()))))
}

/// For the provider's listener: a client certificate is required.
pub(super) fn server_config(
    pair: &KeyPair,
    intermediates: &[Certificate],
    directory: watch::Receiver<Arc<GlobalConf>>,
) -> Result<ServerConfig, StartError> {
    let failed = |e: Error| StartError::Authentication(e.to_string());
    let (chain, key) = identity(pair, intermediates)?;
    let provider = provider();
    let verifier = RegisteredGateways { directory, provider: Arc::clone(&provider) };
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(failed)?
        .with_client_cert_verifier(Arc::new(verifier))
        .with_single_cert(chain, key)
        .map_err(failed)?;
    config.session_storage = ServerSessionMemoryCache::new(SESSIONS);
    Ok(config)
}

/// For connections to other gateways. The server's certificate is looked at after the handshake.
pub(super) fn client_config(pair: &KeyPair, intermediates: &[Certificate]) -> Result<ClientConfig, StartError> {
    let failed = |e: Error| StartError::Authentication(e.to_string());
    let (chain, key) = identity(pair, intermediates)?;
    let provider = provider();
    let mut config = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(failed)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(CheckedLater { provider }))
        .with_client_auth_cert(chain, key)
        .map_err(failed)?;
    config.resumption = Resumption::in_memory_sessions(SESSIONS);
    Ok(config)
}

/// Accepts the certificates of registered gateways.
struct RegisteredGateways {
    directory: watch::Receiver<Arc<GlobalConf>>,
    provider: Arc<CryptoProvider>,
}

impl fmt::Debug for RegisteredGateways {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RegisteredGateways")
    }
}

impl ClientCertVerifier for RegisteredGateways {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let certificate = Certificate::from_der(end_entity).map_err(|_| CertificateError::BadEncoding)?;
        let directory = Arc::clone(&self.directory.borrow());
        match directory.server_by_auth_cert(&certificate) {
            Some(_) => Ok(ClientCertVerified::assertion()),
            None => {
                tracing::warn!(
                    subject = certificate.subject(),
                    "TLS refused: the certificate is of no registered gateway"
                );
                Err(CertificateError::ApplicationVerificationFailure.into())
            }
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        rustls::crypto::verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        rustls::crypto::verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// Lets every certificate through the handshake, after its proof of possession; [`super::peers`] judges it before
/// anything is sent.
#[derive(Debug)]
struct CheckedLater {
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for CheckedLater {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        rustls::crypto::verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        rustls::crypto::verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// The peer's certificates as they came in the handshake: its own, and what it sent along.
#[derive(Debug, Clone)]
pub(super) struct PeerCertificates {
    pub(super) leaf: Certificate,
    pub(super) extra: Vec<Certificate>,
}

impl PeerCertificates {
    /// `None` if there is none that can be read. At most 8 are looked at.
    pub(super) fn read(chain: Option<&[CertificateDer<'_>]>) -> Option<Self> {
        let mut all = chain?.iter().take(8).map_while(|der| Certificate::from_der(der).ok());
        let leaf = all.next()?;
        Some(Self { leaf, extra: all.collect() })
    }
}
