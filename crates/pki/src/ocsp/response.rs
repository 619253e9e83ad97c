//! Responses: read as they stand, and signed (RFC 6960 §4.2.1).

use super::request::{nonce_extensions, read_nonce};
use super::{BASIC, CertId, OcspError, RESPONSE_BYTES_MAX, Single, Status};
use crate::tlv::{self, TlvError, Walker, context, wrap, wrap_all};
use crate::{Certificate, name};
use der::{Decode, Encode};
use mekong_base::Instant;
use mekong_crypto::{CryptoError, DigestAlgorithm, PrivateKey, SignatureAlgorithm};
use spki::AlgorithmIdentifierOwned;
use std::fmt;
use std::sync::OnceLock;
use x509_cert::name::Name;

/// An answer without a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// The request does not follow the standard.
    MalformedRequest,
    /// The responder has a fault.
    InternalError,
    /// The responder has no answer for now.
    TryLater,
    /// The request must be signed.
    SignatureRequired,
    /// The responder does not answer this client, or not for this issuer.
    Unauthorized,
    /// A number that RFC 6960 does not know.
    Other(u8),
}

impl Refusal {
    const fn number(self) -> u8 {
        match self {
            Self::MalformedRequest => 1,
            Self::InternalError => 2,
            Self::TryLater => 3,
            Self::SignatureRequired => 5,
            Self::Unauthorized => 6,
            Self::Other(number) => number,
        }
    }

    const fn from_number(number: u8) -> Self {
        match number {
            1 => Self::MalformedRequest,
            2 => Self::InternalError,
            3 => Self::TryLater,
            5 => Self::SignatureRequired,
            6 => Self::Unauthorized,
            other => Self::Other(other),
        }
    }

    /// The DER `OCSPResponse`; nobody signs it.
    pub fn to_der(self) -> Vec<u8> {
        wrap(tlv::SEQUENCE, &wrap(tlv::ENUMERATED, &[self.number()]))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MalformedRequest => f.write_str("malformedRequest"),
            Self::InternalError => f.write_str("internalError"),
            Self::TryLater => f.write_str("tryLater"),
            Self::SignatureRequired => f.write_str("sigRequired"),
            Self::Unauthorized => f.write_str("unauthorized"),
            Self::Other(number) => write!(f, "status {number}"),
        }
    }
}

/// Who signed a response.
#[derive(Clone, PartialEq, Eq)]
pub enum ResponderId {
    /// SHA-1 of the responder's public key bits.
    Key(Vec<u8>),
    /// The subject of the responder's certificate, DER.
    Name(Vec<u8>),
}

impl ResponderId {
    /// Whether this is the holder of `cert`. The signature proves it; this is for finding the certificate, so that a name
    /// whose parts stand in reverse order is found too, as the reference does (its own data has such a response).
    pub fn matches(&self, cert: &Certificate) -> bool {
        match self {
            Self::Key(hash) => DigestAlgorithm::Sha1.digest(cert.public_key().material()) == **hash,
            Self::Name(der) => {
                let same = |mut n: Name| {
                    name::same(&n, cert.subject_name()) || {
                        n.0.reverse();
                        name::same(&n, cert.subject_name())
                    }
                };
                der == cert.subject_der() || Name::from_der(der).is_ok_and(same)
            }
        }
    }

    fn to_der(&self) -> Vec<u8> {
        match self {
            Self::Name(name) => wrap(context(1), name),
            Self::Key(hash) => wrap(context(2), &wrap(tlv::OCTET_STRING, hash)),
        }
    }

    fn read(fields: &mut Walker<'_>) -> Result<Self, TlvError> {
        if let Some(name) = fields.optional(context(1), "responderID")? {
            return Ok(Self::Name(name.value.to_vec()));
        }
        let key = fields.take(context(2), "responderID")?.value;
        Ok(Self::Key(Walker::new(key).take(tlv::OCTET_STRING, "responder key hash")?.value.to_vec()))
    }
}

impl fmt::Display for ResponderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(hash) => write!(f, "with key {}", hex::encode(hash)),
            Self::Name(der) => match Name::from_der(der) {
                Ok(name) => write!(f, "{}", name::to_rfc4514(&name)),
                Err(_) => write!(f, "with name {}", hex::encode(der)),
            },
        }
    }
}

impl fmt::Debug for ResponderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What a response says of one certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Which certificate.
    pub cert_id: CertId,
    /// Its status.
    pub status: Status,
    /// When the status was known to be correct.
    pub this_update: Instant,
    /// When newer information will be there at the latest.
    pub next_update: Option<Instant>,
}

impl Answer {
    fn to_der(&self) -> Result<Vec<u8>, TlvError> {
        let status = match self.status {
            Status::Good => wrap(0x80, &[]),
            Status::Unknown => wrap(0x82, &[]),
            Status::Revoked { at, reason } => {
                let reason = reason.map(|r| wrap(context(0), &wrap(tlv::ENUMERATED, &[r]))).unwrap_or_default();
                wrap_all(context(1), &[&tlv::time(at)?, &reason])
            }
        };
        let next = self.next_update.map(tlv::time).transpose()?.map(|t| wrap(context(0), &t)).unwrap_or_default();
        Ok(wrap_all(tlv::SEQUENCE, &[&self.cert_id.to_der(), &status, &tlv::time(self.this_update)?, &next]))
    }
}

/// A response as received: read, not yet believed; see [`super::verify`].
#[derive(Debug, Clone)]
pub struct Response {
    /// Who says that it signed.
    pub responder: ResponderId,
    /// When it was signed.
    pub produced_at: Instant,
    /// The first answer.
    pub answer: Answer,
    /// All answers, the first included; those about certificates named by a digest that we do not know are left out.
    pub answers: Vec<Single>,
    /// The copied nonce.
    pub nonce: Option<Vec<u8>>,
    /// Certificates that came with it, in order; unreadable ones are left out.
    pub certificates: Vec<Certificate>,
    pub(super) signed: Vec<u8>,
    pub(super) algorithm: AlgorithmIdentifierOwned,
    pub(super) signature: Vec<u8>,
    /// The key that verified the signature.
    verified_by: OnceLock<Vec<u8>>,
}

impl Response {
    /// Reads a response, or a `BasicOCSPResponse` alone, as signatures carry it.
    ///
    /// # Errors
    /// [`OcspError::TooLarge`], [`OcspError::Malformed`], [`OcspError::Refused`] if there is no status inside,
    /// [`OcspError::Unsupported`] for other response types, an empty list, or unknown critical extensions.
    pub fn from_der(der: &[u8]) -> Result<Self, OcspError> {
        if der.len() > RESPONSE_BYTES_MAX {
            return Err(OcspError::TooLarge { found: der.len(), limit: RESPONSE_BYTES_MAX });
        }
        let der = &*tlv::definite(der)?;
        let mut response = Walker::open(der, tlv::SEQUENCE, "OCSPResponse")?;
        if response.peek_tag() == Some(tlv::SEQUENCE) {
            return Self::read_basic(der);
        }
        match response.take(tlv::ENUMERATED, "responseStatus")?.value {
            [0] => {}
            [number] => return Err(OcspError::Refused(Refusal::from_number(*number))),
            _ => return Err(OcspError::Malformed("responseStatus".into())),
        }
        let bytes = response.enter(context(0), "responseBytes")?.enter(tlv::SEQUENCE, "responseBytes")?;
        response.finish("OCSPResponse")?;
        Self::read_bytes(bytes)
    }

    fn read_bytes(mut bytes: Walker<'_>) -> Result<Self, OcspError> {
        if bytes.take(tlv::OID, "responseType")?.value != BASIC {
            return Err(OcspError::Unsupported("the response is not of the basic type".into()));
        }
        let basic = bytes.take(tlv::OCTET_STRING, "response")?.value;
        bytes.finish("responseBytes")?;
        Self::read_basic(basic)
    }

    fn read_basic(basic: &[u8]) -> Result<Self, OcspError> {
        let mut basic = Walker::open(basic, tlv::SEQUENCE, "BasicOCSPResponse")?;
        let signed = basic.take(tlv::SEQUENCE, "tbsResponseData")?;
        let algorithm = basic.take(tlv::SEQUENCE, "signatureAlgorithm")?.whole;
        let signature = match basic.take(tlv::BIT_STRING, "signature")?.value {
            [0, signature @ ..] => signature.to_vec(),
            _ => return Err(OcspError::Malformed("signature: not whole bytes".into())),
        };
        let certificates = match basic.optional(context(0), "certs")? {
            Some(certs) => read_certificates(certs.value)?,
            None => Vec::new(),
        };
        basic.finish("BasicOCSPResponse")?;
        let algorithm = AlgorithmIdentifierOwned::from_der(algorithm).map_err(TlvError::from)?;
        let mut data = Walker::new(signed.value);
        let signed = signed.whole.to_vec();
        data.optional(context(0), "version")?;
        let responder = ResponderId::read(&mut data)?;
        let produced_at = tlv::read_time(data.take(tlv::GENERALIZED_TIME, "producedAt")?.value)?;
        let (mut list, mut answers) = (data.enter(tlv::SEQUENCE, "responses")?, Vec::new());
        while !list.is_empty() {
            answers.extend(Single::read(&mut list)?);
        }
        let Some(answer) = answers.first().map(|single| single.answer.clone()) else {
            return Err(OcspError::Unsupported("the response holds no answer, or none by a known digest".into()));
        };
        let nonce = match data.optional(context(1), "responseExtensions")? {
            Some(extensions) => read_nonce(extensions.value)?,
            None => None,
        };
        data.finish("tbsResponseData")?;
        let verified_by = OnceLock::new();
        Ok(Self {
            responder,
            produced_at,
            answer,
            answers,
            nonce,
            certificates,
            signed,
            algorithm,
            signature,
            verified_by,
        })
    }

    /// How the signature value is made.
    ///
    /// # Errors
    /// [`CryptoError::UnsupportedAlgorithm`] names it.
    pub fn signature_algorithm(&self) -> Result<SignatureAlgorithm, CryptoError> {
        SignatureAlgorithm::from_identifier(&self.algorithm)
    }

    /// Checks that `responder` signed this response; whether it may is not looked at, see [`super::verify`].
    ///
    /// # Errors
    /// [`OcspError::Signature`].
    pub fn check_signature(&self, responder: &Certificate) -> Result<(), OcspError> {
        let key = responder.public_key();
        if self.verified_by.get().is_some_and(|spki| spki == key.spki()) {
            return Ok(());
        }
        let verify = || key.verify(self.signature_algorithm()?, &self.signed, &self.signature);
        verify().map_err(|source| OcspError::Signature { responder: responder.subject(), source })?;
        let _ = self.verified_by.set(key.spki().to_vec());
        Ok(())
    }
}

fn read_certificates(value: &[u8]) -> Result<Vec<Certificate>, OcspError> {
    const CERTIFICATES_MAX: usize = 16;
    let mut list = Walker::open(value, tlv::SEQUENCE, "certs")?;
    let mut certificates = Vec::new();
    while !list.is_empty() {
        let der = list.take(tlv::SEQUENCE, "Certificate")?.whole;
        certificates.extend(Certificate::from_der(der).ok());
        if certificates.len() > CERTIFICATES_MAX {
            return Err(OcspError::Malformed(format!("more than {CERTIFICATES_MAX} certificates")));
        }
    }
    Ok(certificates)
}

/// Signs a response about one certificate, with the responder's certificate inside.
///
/// `nonce` is copied as given. The signature algorithm is the key's default.
///
/// # Errors
/// [`OcspError::Signing`] if the key cannot sign; [`OcspError::Malformed`] for times outside the years 0 to 9999.
pub fn sign(
    answer: &Answer,
    responder: &Certificate,
    key: &PrivateKey,
    id: &ResponderId,
    produced_at: Instant,
    nonce: Option<&[u8]>,
) -> Result<Vec<u8>, OcspError> {
    let answers = wrap(tlv::SEQUENCE, &answer.to_der()?);
    let extensions = nonce.map(|n| wrap(context(1), &nonce_extensions(n))).unwrap_or_default();
    let data = wrap_all(tlv::SEQUENCE, &[&id.to_der(), &tlv::time(produced_at)?, &answers, &extensions]);
    let algorithm = key.default_algorithm();
    let identifier = algorithm.to_identifier().map_err(OcspError::Signing)?.to_der().map_err(TlvError::from)?;
    let value = key.sign(algorithm, &data).map_err(OcspError::Signing)?;
    let signature = wrap_all(tlv::BIT_STRING, &[&[0], &value]);
    let certs = wrap(context(0), &wrap(tlv::SEQUENCE, responder.der()));
    let basic = wrap_all(tlv::SEQUENCE, &[&data, &identifier, &signature, &certs]);
    let bytes = wrap_all(tlv::SEQUENCE, &[&wrap(tlv::OID, BASIC), &wrap(tlv::OCTET_STRING, &basic)]);
    Ok(wrap_all(tlv::SEQUENCE, &[&wrap(tlv::ENUMERATED, &[0]), &wrap(context(0), &bytes)]))
}

impl ResponderId {
    /// Names the responder by its key.
    pub fn by_key(cert: &Certificate) -> Self {
        Self::Key(DigestAlgorithm::Sha1.digest(cert.public_key().material()).as_ref().to_vec())
    }

    /// Names the responder by its subject.
    pub fn by_name(cert: &Certificate) -> Self {
        Self::Name(cert.subject_der().to_vec())
    }
}
