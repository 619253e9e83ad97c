//! TLS between gateways. Whether a certificate may speak is decided by the directory, not by a list of roots:
//! connections are accepted from every certificate that belongs to a registered gateway, and every message is then checked
//! against chain, OCSP and registration. So is every message on a session that was resumed: a ticket proves possession of
//! a certificate's key some time ago, and nothing about today.
//!
//! Between our own gateways it is TLS 1.3 with X25519MLKEM768; with gateways of the reference TLS 1.2, GCM only. CBC suites
//! have a listener and a list of hosts of their own.

#[cfg(feature = "cbc")]
mod cbc;
mod key;
mod verifiers;

use super::{KeyPair, StartError, repeat};
use key::TlsKey;
use mekong_directory::GlobalConf;
use mekong_directory::client::OnDemand;
use mekong_pki::Certificate;
use rustls::client::{ClientSessionMemoryCache, ClientSessionStore, Resumption};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::server::ServerSessionMemoryCache;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ClientConfig, CommonState, Error, NamedGroup, ServerConfig};
use std::fmt;
use std::sync::Arc;
use tokio::sync::watch;
use verifiers::{CheckedLater, RegisteredGateways};

/// TLS sessions that are remembered for resumption.
const SESSIONS: usize = 4096;

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

/// What is spoken, best first. Gateways of the reference say nothing about it.
fn protocols() -> Vec<Vec<u8>> {
    vec![repeat::PROTOCOL.to_vec(), b"http/1.1".to_vec()]
}

/// TLS in both roles with one certificate. Its sessions are its own: with another certificate, nothing is resumed.
pub(super) struct Tls {
    /// The certificate that is shown.
    pub(super) certificate: Certificate,
    /// Authorities that are sent along.
    pub(super) intermediates: Vec<Certificate>,
    client: Arc<ClientConfig>,
    server: Arc<ServerConfig>,
    sessions: Arc<ClientSessionMemoryCache>,
    /// Or why this certificate cannot be shown to gateways that only know CBC suites.
    #[cfg(feature = "cbc")]
    cbc: Result<cbc::Contexts, String>,
}

impl Tls {
    /// # Errors
    /// [`StartError::Authentication`] if certificate and key cannot be used together.
    pub(super) fn new(
        pair: &KeyPair,
        intermediates: Vec<Certificate>,
        directory: watch::Receiver<Arc<GlobalConf>>,
        on_demand: OnDemand,
    ) -> Result<Self, StartError> {
        let failed = |e: Error| StartError::Authentication(format!("{}: {e}", pair.certificate.subject()));
        let provider = provider();
        let chain = std::iter::once(&pair.certificate).chain(&intermediates);
        let chain = chain.map(|c| CertificateDer::from(c.der().to_vec())).collect();
        let certified = CertifiedKey::new(chain, TlsKey::of(&pair.key));
        certified.keys_match().map_err(failed)?;
        let certified = Arc::new(SingleCertAndKey::from(certified));
        let verifier = RegisteredGateways { directory, on_demand, provider: Arc::clone(&provider) };
        let mut server = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(failed)?
            .with_client_cert_verifier(Arc::new(verifier))
            .with_cert_resolver(Arc::clone(&certified) as _);
        server.session_storage = ServerSessionMemoryCache::new(SESSIONS);
        server.alpn_protocols = protocols();
        let mut client = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(failed)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(CheckedLater { provider }))
            .with_client_cert_resolver(certified);
        client.alpn_protocols = protocols();
        let sessions = Arc::new(ClientSessionMemoryCache::new(SESSIONS));
        client.resumption = Resumption::store(Arc::clone(&sessions) as _);
        Ok(Self {
            certificate: pair.certificate.clone(),
            client: Arc::new(client),
            server: Arc::new(server),
            sessions,
            #[cfg(feature = "cbc")]
            cbc: cbc::Contexts::new(pair, &intermediates),
            intermediates,
        })
    }

    /// For the provider's listener: a client certificate is required.
    pub(super) fn acceptor(&self) -> tokio_rustls::TlsAcceptor {
        Arc::clone(&self.server).into()
    }

    /// For connections to other gateways. The server's certificate is looked at after the handshake.
    pub(super) fn connector(&self) -> tokio_rustls::TlsConnector {
        Arc::clone(&self.client).into()
    }

    /// The next connection to this host makes a full handshake: it may have another certificate than when we last met.
    pub(super) fn forget(&self, host: &ServerName<'static>) {
        self.sessions.remove_tls12_session(host);
        while self.sessions.take_tls13_ticket(host).is_some() {}
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tls({})", self.certificate.subject())
    }
}

/// Whether what is sent stays secret from who records it today and has a quantum computer one day.
pub(super) fn is_post_quantum(connection: &CommonState) -> bool {
    connection.negotiated_key_exchange_group().is_some_and(|g| g.name() == NamedGroup::X25519MLKEM768)
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
