//! TLS 1.2 by OpenSSL with gateways that only know CBC suites: the reference up to 7.8.0, as it comes. Switched off unless it
//! is configured. Who may speak is decided as everywhere, after the handshake: here only possession of the key is proved.

use super::{PeerCertificates, Tls};
use crate::gateway::KeyPair;
use crate::gateway::net::Stream;
use mekong_pki::Certificate;
use openssl::error::ErrorStack;
use openssl::pkey::{PKey, Private};
use openssl::ssl::{
    Ssl, SslContext, SslContextBuilder, SslMethod, SslMode, SslOptions, SslRef, SslSessionCacheMode, SslVerifyMode,
    SslVersion,
};
use openssl::x509::X509;
use std::fmt::{self, Display};
use std::net::IpAddr;
use std::pin::Pin;
use tokio_openssl::SslStream;

/// GCM where the peer knows it after all; then the suites of the reference with ephemeral elliptic curves. Those without
/// are left out: `DHE-RSA-AES256-SHA256` is never the only one that a peer knows.
const SUITES: &str = "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:\
                      ECDHE-ECDSA-AES256-SHA384:ECDHE-RSA-AES256-SHA384";
const GROUPS: &str = "X25519:P-256:P-384";

type Secured = (SslStream<Stream>, PeerCertificates);

/// One certificate in both roles.
pub(super) struct Contexts {
    server: SslContext,
    client: SslContext,
}

impl Contexts {
    pub(super) fn new(pair: &KeyPair, intermediates: &[Certificate]) -> Result<Self, String> {
        let failed = |e: ErrorStack| e.to_string();
        let pkcs8 = pair.key.to_pkcs8().map_err(|e| e.to_string())?;
        let key = PKey::private_key_from_pkcs8(&pkcs8).map_err(failed)?;
        let context = |method| context(method, &pair.certificate, intermediates, &key).map_err(failed);
        Ok(Self { server: context(SslMethod::tls_server())?, client: context(SslMethod::tls_client())? })
    }
}

fn context(
    method: SslMethod,
    certificate: &Certificate,
    intermediates: &[Certificate],
    key: &PKey<Private>,
) -> Result<SslContext, ErrorStack> {
    let mut context = SslContextBuilder::new(method)?;
    context.set_min_proto_version(Some(SslVersion::TLS1_2))?;
    context.set_max_proto_version(Some(SslVersion::TLS1_2))?;
    context.set_cipher_list(SUITES)?;
    // Writing is tried again from wherever the bytes lie then, and may take a part of them: connections do not block.
    context.set_mode(SslMode::ACCEPT_MOVING_WRITE_BUFFER | SslMode::ENABLE_PARTIAL_WRITE | SslMode::AUTO_RETRY);
    context.set_mode(SslMode::RELEASE_BUFFERS);
    context.set_groups_list(GROUPS)?;
    context
        .set_options(SslOptions::CIPHER_SERVER_PREFERENCE | SslOptions::NO_RENEGOTIATION | SslOptions::NO_COMPRESSION);
    // Nothing is resumed here, so every connection shows a certificate of now.
    context.set_options(SslOptions::NO_TICKET);
    context.set_session_cache_mode(SslSessionCacheMode::OFF);
    context.set_certificate(X509::from_der(certificate.der())?.as_ref())?;
    for intermediate in intermediates {
        context.add_extra_chain_cert(X509::from_der(intermediate.der())?)?;
    }
    context.set_private_key(key)?;
    context.check_private_key()?;
    // The chain is judged by the directory, after the handshake; the signature of the handshake is checked in any case.
    let verify = SslVerifyMode::PEER | SslVerifyMode::FAIL_IF_NO_PEER_CERT;
    context.set_verify_callback(verify, |_, _| true);
    Ok(context.build())
}

impl fmt::Debug for Contexts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Contexts")
    }
}

impl Tls {
    /// TLS with a gateway that connected. The error is the end of a sentence.
    pub(in crate::gateway) async fn cbc_accept(&self, stream: Stream) -> Result<Secured, String> {
        let mut stream = SslStream::new(self.cbc_ssl(|c| &c.server)?, stream).map_err(told)?;
        Pin::new(&mut stream).accept().await.map_err(told)?;
        secured(stream)
    }

    /// TLS with a gateway that we connected to.
    pub(in crate::gateway) async fn cbc_connect(&self, host: &str, stream: Stream) -> Result<Secured, String> {
        let mut ssl = self.cbc_ssl(|c| &c.client)?;
        if host.parse::<IpAddr>().is_err() {
            ssl.set_hostname(host).map_err(told)?;
        }
        let mut stream = SslStream::new(ssl, stream).map_err(told)?;
        Pin::new(&mut stream).connect().await.map_err(told)?;
        secured(stream)
    }

    fn cbc_ssl(&self, context: impl Fn(&Contexts) -> &SslContext) -> Result<Ssl, String> {
        Ssl::new(context(self.cbc.as_ref().map_err(Clone::clone)?)).map_err(told)
    }
}

fn told(error: impl Display) -> String {
    error.to_string()
}

fn secured(stream: SslStream<Stream>) -> Result<Secured, String> {
    let peer = certificates(stream.ssl()).ok_or("the other side has no certificate that can be read")?;
    Ok((stream, peer))
}

/// The peer's certificate and what it sent along; servers find their peer's own one apart from the others.
fn certificates(ssl: &SslRef) -> Option<PeerCertificates> {
    let leaf = ssl.peer_certificate()?.to_der().ok()?;
    let chain = ssl.peer_cert_chain().into_iter().flatten().take(8).filter_map(|c| c.to_der().ok());
    let others = chain.filter(|der| *der != leaf).map_while(|der| Certificate::from_der(&der).ok()).collect();
    Some(PeerCertificates { leaf: Certificate::from_der(&leaf).ok()?, extra: others })
}
