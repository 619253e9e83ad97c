//! Certificates, messages and documents that do not change, written by `examples/seeds`.

use mekong_base::{ClientId, Instant, MemberId};
use mekong_crypto::DigestAlgorithm;
use mekong_message::subject::SubjectProfile;
use mekong_message::trust::{Authority, InstanceTrust};
use mekong_pki::Certificate;
use std::sync::OnceLock;
use std::time::Duration;

/// What the member signed.
pub const MESSAGE: &[u8] = b"GET\r\n/r1/VN/GOV/MPS/population/persons/1\r\nX-Road-Client:LA/GOV/MOHA/civil\r\nx-road-id:LA-1\r\nx-road-request-id:2\r\n";
/// The attachment of one of the signed messages.
pub const ATTACHMENT: &[u8] = b"{\"id\":\"079190000001\"}";
/// What the time-stamping authority stamped.
pub const STAMPED: &[u8] = b"stamped";
/// The document under the plain XML signature, without the signature.
pub const ORDER: &str = "<order xmlns=\"urn:example\" Id=\"o\"><amount currency=\"LAK\">10</amount></order>";

/// When everything was signed.
pub fn now() -> Instant {
    Instant::from_unix_seconds(1_795_000_000)
}

macro_rules! certificate {
    ($(#[$doc:meta])+ $name:ident, $file:literal) => {
        $(#[$doc])+
        pub fn $name() -> &'static Certificate {
            static CERTIFICATE: OnceLock<Certificate> = OnceLock::new();
            let der = include_bytes!(concat!("../fixtures/", $file));
            CERTIFICATE.get_or_init(|| Certificate::from_der(der).expect("a certificate of our own"))
        }
    };
}

certificate!(
    /// The root authority.
    root, "root.cer");
certificate!(
    /// The issuing authority.
    issuing, "issuing.cer");
certificate!(
    /// The OCSP responder for what the issuing authority issues.
    responder, "ocsp.cer");
certificate!(
    /// The time-stamping authority.
    timestamper, "tsa.cer");
certificate!(
    /// The member who signs.
    signer, "signer.cer");

/// The genuine OCSP response about the signer.
pub const OCSP_RESPONSE: &[u8] = include_bytes!("../fixtures/ocsp-response.der");
/// The genuine token over [`STAMPED`].
pub const TOKEN: &[u8] = include_bytes!("../fixtures/token.der");
/// The genuine signed directory, signed by the signer's key.
pub const DIRECTORY: &[u8] = include_bytes!("../fixtures/directory.txt");
/// [`ORDER`] with the signer's enveloped signature in it.
pub const SIGNED_ORDER: &str = include_str!("../fixtures/order.xml");

/// All certificates.
pub fn certificates() -> [&'static Certificate; 5] {
    [root(), issuing(), responder(), timestamper(), signer()]
}

/// Who signs.
pub fn client() -> ClientId {
    MemberId::new("LA", "GOV", "MOHA").subsystem("civil")
}

/// A digest as signatures carry them.
pub fn digest(data: &[u8]) -> (DigestAlgorithm, Vec<u8>) {
    (DigestAlgorithm::Sha512, DigestAlgorithm::Sha512.digest(data).as_ref().to_vec())
}

/// What the signer's instance trusts.
pub fn trust() -> &'static InstanceTrust {
    static TRUST: OnceLock<InstanceTrust> = OnceLock::new();
    TRUST.get_or_init(|| InstanceTrust {
        instance: "LA".into(),
        authorities: vec![Authority {
            name: "Lao e-Government".into(),
            top: root().clone(),
            intermediates: vec![issuing().clone()],
            ocsp_responders: vec![("http://ca.example/ocsp".into(), Some(responder().clone()))],
            profile: SubjectProfile::FiVrk,
            authentication_only: false,
        }],
        timestampers: vec![timestamper().clone()],
        ocsp_freshness: Duration::from_secs(3600),
        check_next_update: true,
    })
}

/// The text and what follows, split at zero bytes; what is no UTF-8 is replaced.
pub fn texts(data: &[u8]) -> impl Iterator<Item = String> + '_ {
    data.split(|b| *b == 0).map(|part| String::from_utf8_lossy(part).into_owned())
}
