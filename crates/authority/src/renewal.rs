//! Renewal of a certificate before it ends, by whom it certifies, with a new key: asked for in a message that the present
//! key signs.
//!
//! ```text
//! POST /renew   Content-Type: application/json
//! { "certificate": "<the present certificate, DER in base64>",
//!   "request":     "<PKCS#10 request of the new key, DER in base64>",
//!   "signature":   "<by the present key, in base64>" }
//! ```
//!
//! Signed are the ASCII text `mekong certificate renewal 1`, a zero byte, and the SHA-512 digests of certificate and request;
//! the algorithm is that of [`PublicKey::default_algorithm`](mekong_crypto::PublicKey::default_algorithm). The answer is the
//! new certificate in PEM; sent again, the same request gets the same answer, so a lost one costs nothing and a recorded one
//! gains nothing. The request's own subject and extensions do not count: the new certificate says what the present one says.
//!
//! The standards fit less well: EST (RFC 7030) authenticates by a TLS client certificate, which a key that may only sign
//! messages cannot be; CMC (RFC 5272) says the same in three more formats.

use crate::AuthorityError;
use crate::http::Client;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use mekong_base::Instant;
use mekong_crypto::{CryptoError, DigestAlgorithm, PrivateKey};
use mekong_pki::Certificate;
use mekong_pki::request::CertificateRequest;
use serde::{Deserialize, Serialize};

/// Largest request that is read, in bytes.
pub const RENEWAL_BYTES_MAX: usize = 64 << 10;
/// The media type of requests.
pub const RENEWAL_MEDIA_TYPE: &str = "application/json";
const PURPOSE: &[u8] = b"mekong certificate renewal 1\0";

/// Why a certificate is not renewed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RenewalError {
    /// The message is no request.
    #[error("this is no renewal request: {0}")]
    Malformed(String),
    /// The present certificate's key did not sign the request.
    #[error("the renewal request is not signed by the key of the certificate {serial}")]
    Signature {
        /// Its serial number, hexadecimal.
        serial: String,
    },
    /// The present certificate is of another authority.
    #[error("the certificate {serial} was not issued here: ask its own authority")]
    NotIssuedHere {
        /// Its serial number, hexadecimal.
        serial: String,
    },
    /// The present certificate is revoked or not valid now.
    #[error("the certificate {serial} is {state} and proves nothing: ask the registration office for a new one")]
    NotGood {
        /// Its serial number, hexadecimal.
        serial: String,
        /// What it is.
        state: &'static str,
    },
    /// It is too early.
    #[error("the certificate {serial} is renewed from {from} on")]
    TooEarly {
        /// Its serial number, hexadecimal.
        serial: String,
        /// From when.
        from: Instant,
    },
    /// Certificates of that kind are not renewed so.
    #[error("certificates of profile {0} are not renewed by request: ask the registration office")]
    Profile(String),
    /// The new key is certified already, perhaps as the present one.
    #[error("the new key has a certificate already: make another one")]
    KnownKey,
    /// It was renewed before, by another key. One of both is not the owner's.
    #[error(
        "the certificate {serial} was renewed before: if that was not you, its key is known to others; have both revoked"
    )]
    Renewed {
        /// Its serial number, hexadecimal.
        serial: String,
    },
}

/// A request for renewal as received or made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenewalRequest {
    /// The certificate that ends soon.
    pub certificate: Certificate,
    /// The request of the new key.
    pub request: CertificateRequest,
    /// Of the present certificate's key.
    pub signature: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    certificate: String,
    request: String,
    signature: String,
}

impl RenewalRequest {
    /// Asks that `new` be certified as `certificate` is, whose key is `present`.
    ///
    /// # Errors
    /// [`RenewalError::Malformed`] if a key cannot sign.
    pub fn sign(certificate: &Certificate, present: &PrivateKey, new: &PrivateKey) -> Result<Self, RenewalError> {
        let malformed = |e: String| RenewalError::Malformed(e);
        let request =
            CertificateRequest::create(new, certificate.subject_name()).map_err(|e| malformed(e.to_string()))?;
        let signed = signed(certificate, &request);
        let signature = present.sign(present.default_algorithm(), &signed).map_err(|e| malformed(e.to_string()))?;
        Ok(Self { certificate: certificate.clone(), request, signature })
    }

    /// Reads what [`RenewalRequest::to_json`] writes. Nothing is verified but the form.
    ///
    /// # Errors
    /// [`RenewalError::Malformed`].
    pub fn from_json(bytes: &[u8]) -> Result<Self, RenewalError> {
        let malformed = |e: &dyn std::fmt::Display| RenewalError::Malformed(e.to_string());
        if bytes.len() > RENEWAL_BYTES_MAX {
            return Err(malformed(&format!("{} bytes are more than {RENEWAL_BYTES_MAX}", bytes.len())));
        }
        let wire: Wire = serde_json::from_slice(bytes).map_err(|e| malformed(&e))?;
        let decode = |name: &str, text: &str| BASE64.decode(text).map_err(|e| malformed(&format!("{name}: {e}")));
        Ok(Self {
            certificate: Certificate::from_der(&decode("certificate", &wire.certificate)?)
                .map_err(|e| malformed(&e))?,
            request: CertificateRequest::from_der(&decode("request", &wire.request)?).map_err(|e| malformed(&e))?,
            signature: decode("signature", &wire.signature)?,
        })
    }

    /// As it is sent.
    pub fn to_json(&self) -> String {
        let wire = Wire {
            certificate: BASE64.encode(self.certificate.der()),
            request: BASE64.encode(self.request.der()),
            signature: BASE64.encode(&self.signature),
        };
        serde_json::to_string(&wire).unwrap_or_default()
    }

    /// Whether both keys signed: the present one all of it, the new one its request.
    ///
    /// # Errors
    /// [`RenewalError::Signature`], [`RenewalError::Malformed`].
    pub fn verify(&self) -> Result<(), RenewalError> {
        let key = self.certificate.public_key();
        let refused = |_: CryptoError| RenewalError::Signature { serial: self.certificate.serial_hex() };
        let signed = signed(&self.certificate, &self.request);
        key.verify(key.default_algorithm(), &signed, &self.signature).map_err(refused)?;
        self.request.verify().map_err(|e| RenewalError::Malformed(e.to_string()))
    }
}

fn signed(certificate: &Certificate, request: &CertificateRequest) -> Vec<u8> {
    let digest = |bytes| DigestAlgorithm::Sha512.digest(bytes);
    [PURPOSE, digest(certificate.der()).as_ref(), digest(request.der()).as_ref()].concat()
}

/// Sends a request and checks the answer: it is for the new key, names whom the present certificate names, and lasts longer.
/// Whether its issuer is to be believed is for the directory to say, as for every certificate.
///
/// # Errors
/// A sentence with what the authority or the network says.
pub async fn renew(http: &Client, url: &str, request: &RenewalRequest) -> Result<Certificate, String> {
    let answer = http.post(url, RENEWAL_MEDIA_TYPE, Bytes::from(request.to_json())).await.map_err(|e| e.to_string())?;
    if !answer.status.is_success() {
        let said: String =
            String::from_utf8_lossy(&answer.body).chars().filter(|c| !c.is_control()).take(400).collect();
        return Err(format!("{url}: HTTP status {}: {said}", answer.status.as_u16()));
    }
    let certificate = Certificate::from_der_or_pem(&answer.body).map_err(|e| format!("{url}: {e}"))?;
    let present = &request.certificate;
    if certificate.public_key().spki() != request.request.public_key().spki() {
        return Err(format!("{url}: the certificate is for another key than was asked for"));
    }
    let alike = certificate.subject_canonical() == present.subject_canonical()
        && certificate.is_signing() == present.is_signing()
        && certificate.is_authentication() == present.is_authentication();
    if !alike || certificate.not_after() <= present.not_after() {
        return Err(format!("{url}: the certificate is not the present one renewed: {}", certificate.subject()));
    }
    Ok(certificate)
}

impl From<RenewalError> for AuthorityError {
    fn from(error: RenewalError) -> Self {
        Self::Renewal(error)
    }
}
