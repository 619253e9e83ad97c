//! A gateway that has everything to make a good message, and makes another.

use super::world::*;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use mekong_base::ClientId;
use mekong_crypto::DigestAlgorithm;
use mekong_exchange::gateway::KeyPair;
use mekong_exchange::wire::transport::Encoder;
use mekong_message::{SignatureData, SigningIdentity, sign_message};
use mekong_pki::Certificate;
use mekong_pki::ocsp::{Request as OcspRequest, Response as OcspResponse};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// OCSP responses for a certificate and its issuer, straight from the authority.
pub fn ocsp(world: &World, country: &Country, certificate: &Certificate) -> Result<Vec<Vec<u8>>, Failure> {
    let (issuing, root) = (country.authority.issuing(), country.authority.root());
    let ask = |certificate: &Certificate, issuer: &Certificate| -> Result<Vec<u8>, Failure> {
        let answer = country.authority.answer_ocsp(&OcspRequest::new(certificate, issuer).to_der(), world.clock.now());
        OcspResponse::from_der(&answer.der)?;
        Ok(answer.der.to_vec())
    };
    Ok(vec![ask(certificate, issuing)?, ask(issuing, root)?])
}

pub fn identity(world: &World, country: &Country, pair: &KeyPair) -> Result<SigningIdentity, Failure> {
    let (chain, ocsp) = (vec![country.authority.issuing().clone()], ocsp(world, country, &pair.certificate)?);
    Ok(SigningIdentity::new(pair.certificate.clone(), pair.key.clone(), chain, ocsp)?)
}

pub fn attachments(body: Option<&[u8]>) -> Vec<(DigestAlgorithm, Vec<u8>)> {
    let digest = |b: &[u8]| (DigestAlgorithm::Sha512, DigestAlgorithm::Sha512.digest(b).as_ref().to_vec());
    body.map(digest).into_iter().collect()
}

/// A liar with everything to make a good message.
pub struct Liar<'a> {
    pub world: &'a World,
    pub tls: KeyPair,
    pub tls_ocsp: Vec<Vec<u8>>,
    pub signer: SigningIdentity,
    pub message: String,
    pub body: Option<Vec<u8>>,
    /// Where it sends to.
    pub to: SocketAddr,
}

impl<'a> Liar<'a> {
    pub fn new(world: &'a World) -> Result<Self, Failure> {
        Self::with_client(world, &civil())
    }

    pub fn with_client(world: &'a World, client: &ClientId) -> Result<Self, Failure> {
        let message =
            format!("POST\r\n{PERSONS}/echo\r\nx-road-client:{client}\r\nx-road-id:1\r\nx-road-request-id:2\r\n");
        Ok(Self {
            world,
            tls: world.consumer.authentication.clone(),
            tls_ocsp: ocsp(world, &world.laos, &world.consumer.authentication.certificate)?,
            signer: identity(world, &world.laos, &world.consumer.signing)?,
            message,
            body: Some(b"a body".to_vec()),
            to: world.provider.addresses.provider,
        })
    }

    pub fn sign(&self) -> Result<SignatureData, Failure> {
        let attachments = attachments(self.body.as_deref());
        Ok(sign_message(&self.signer, self.message.as_bytes(), &attachments, self.world.clock.now())?)
    }

    /// All parts in order.
    pub fn encode(&self, signature: &SignatureData) -> (String, Bytes) {
        let mut encoder = Encoder::new(0);
        self.tls_ocsp.iter().for_each(|o| encoder.ocsp(o));
        encoder.rest_request(self.message.as_bytes());
        if let Some(body) = &self.body {
            encoder.start_body();
            encoder.append(body);
        }
        finish(&mut encoder, signature);
        (encoder.content_type(), encoder.take())
    }

    pub async fn send(&self, (content_type, body): (String, Bytes)) -> Result<String, Failure> {
        self.send_with(&content_type, body, &[]).await
    }

    /// Sends bytes over TLS, and nothing after them; returns what comes back until the gateway closes.
    pub async fn raw(&self, bytes: &[u8]) -> Result<String, Failure> {
        let stream = TcpStream::connect(self.to).await?;
        let tls = tokio_rustls::TlsConnector::from(Arc::new(client_config(self.world, &self.tls)?));
        let mut stream = tls.connect(ServerName::try_from("127.0.0.1")?, stream).await?;
        stream.write_all(bytes).await?;
        let mut answer = Vec::new();
        let _ = tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut answer)).await?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }

    /// Sends a message and returns the fault code of the answer, or `ok`.
    pub async fn send_with(
        &self,
        content_type: &str,
        body: Bytes,
        headers: &[(&str, &str)],
    ) -> Result<String, Failure> {
        let (content_type, body) = self.exchange(content_type, body, headers).await?;
        if content_type != "text/xml; charset=UTF-8" {
            return Ok("ok".into());
        }
        let fault = mekong_exchange::wire::fault::read_fault(&body, &mekong_base::limits::XmlLimits::SMALL)?;
        Ok(fault.map(|f| f.code.to_string()).unwrap_or_default())
    }

    /// Sends a message and returns content type and body of the answer.
    pub async fn exchange(
        &self,
        content_type: &str,
        body: Bytes,
        headers: &[(&str, &str)],
    ) -> Result<(String, Bytes), Failure> {
        let stream = TcpStream::connect(self.to).await?;
        let tls = tokio_rustls::TlsConnector::from(Arc::new(client_config(self.world, &self.tls)?));
        let stream = tls.connect(ServerName::try_from("127.0.0.1")?, stream).await?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        let mut request = hyper::Request::post("/").header("host", "x").header("content-type", content_type);
        for (name, value) in [("x-hash-algorithm", "SHA-512"), ("x-road-message-type", "REST")] {
            if !headers.iter().any(|(n, _)| *n == name) {
                request = request.header(name, value);
            }
        }
        for (name, value) in headers.iter().filter(|(_, v)| !v.is_empty()) {
            request = request.header(*name, *value);
        }
        let response = sender.send_request(request.body(Full::new(body))?).await?;
        assert_eq!(response.status(), 200);
        let content_type = response.headers()["content-type"].to_str()?.to_owned();
        Ok((content_type, response.into_body().collect().await?.to_bytes()))
    }
}

pub fn finish(encoder: &mut Encoder, signature: &SignatureData) {
    if let (Some(result), Some(chain)) = (&signature.hash_chain_result, &signature.hash_chain) {
        encoder.hash_chain(result, chain);
    }
    encoder.signature(&signature.signature_xml);
    encoder.end();
}

pub fn client_config(world: &World, pair: &KeyPair) -> Result<rustls::ClientConfig, Failure> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from(world.vietnam.authority.root().der().to_vec()))?;
    let chain = [&pair.certificate, world.laos.authority.issuing()].map(|c| CertificateDer::from(c.der().to_vec()));
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(pair.key.to_pkcs8()?.to_vec()));
    let builder =
        rustls::ClientConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions()?;
    let builder = builder.dangerous().with_custom_certificate_verifier(Arc::new(Anyone(provider)));
    Ok(builder.with_client_auth_cert(chain.to_vec(), key)?)
}

/// The test knows whom it talks to.
#[derive(Debug)]
pub struct Anyone(Arc<rustls::crypto::CryptoProvider>);

impl rustls::client::danger::ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: rustls::pki_types::UnixTime,
    ) -> Result<rustls::client::danger::ServerCertVerified, rustls::Error> {
        Ok(rustls::client::danger::ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &rustls::DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        Ok(rustls::client::danger::HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &rustls::DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        Ok(rustls::client::danger::HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<rustls::SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
