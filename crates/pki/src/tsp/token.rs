//! Time-stamp tokens as received: read, not yet believed (RFC 3161 §2.4.2, RFC 5652 §5).

use super::request::{read_algorithm, read_imprint};
use super::signer::SignerInfo;
use super::{NUMBER_BYTES_MAX, Policy, TOKEN_BYTES_MAX, TspError, oid};
use crate::tlv::{self, TlvError, Walker, context, wrap, wrap_all};
use crate::{Certificate, name};
use der::Decode;
use mekong_base::Instant;
use mekong_crypto::{CryptoError, DigestAlgorithm, SignatureAlgorithm};
use std::fmt;
use std::time::Duration;
use x509_cert::name::Name;

/// Who signed a token.
#[derive(Clone, PartialEq, Eq)]
pub enum SignerId {
    /// The holder of the certificate with this issuer (DER name) and serial number.
    IssuerAndSerial(Vec<u8>, Vec<u8>),
    /// The holder of the certificate with this subject key identifier.
    KeyIdentifier(Vec<u8>),
}

impl SignerId {
    /// Whether this names `cert`.
    pub fn matches(&self, cert: &Certificate) -> bool {
        match self {
            Self::IssuerAndSerial(issuer, serial) => {
                let same = |n: Name| name::same(&n, cert.issuer_name());
                serial == cert.serial() && (issuer == cert.issuer_der() || Name::from_der(issuer).is_ok_and(same))
            }
            Self::KeyIdentifier(key) => match cert.subject_key_identifier() {
                Some(identifier) => identifier == key,
                None => cert.key_hash() == **key,
            },
        }
    }

    pub(super) fn read(fields: &mut Walker<'_>) -> Result<Self, TlvError> {
        if let Some(key) = fields.optional(0x80, "sid")? {
            return Ok(Self::KeyIdentifier(key.value.to_vec()));
        }
        let mut sid = fields.enter(tlv::SEQUENCE, "sid")?;
        let issuer = sid.take(tlv::SEQUENCE, "issuer")?.whole.to_vec();
        Ok(Self::IssuerAndSerial(issuer, sid.take(tlv::INTEGER, "serialNumber")?.value.to_vec()))
    }
}

impl fmt::Display for SignerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KeyIdentifier(key) => write!(f, "key identifier {}", hex::encode(key)),
            Self::IssuerAndSerial(issuer, serial) => {
                let issuer = Name::from_der(issuer).map_or_else(|_| hex::encode(issuer), |n| name::to_rfc4514(&n));
                write!(f, "serial number {} of {issuer}", hex::encode(serial))
            }
        }
    }
}

impl fmt::Debug for SignerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenInfo {
    /// Under which policy the token was made.
    pub policy: Policy,
    /// Digest algorithm of the imprint.
    pub algorithm: DigestAlgorithm,
    /// Digest of the stamped data.
    pub digest: Vec<u8>,
    /// The token's number, big-endian two's complement.
    pub serial: Vec<u8>,
    /// The time of the stamp.
    pub gen_time: Instant,
    /// How far the time may be off, if given.
    pub accuracy: Option<Duration>,
    /// The nonce of the request.
    pub nonce: Option<Vec<u8>>,
}

impl TokenInfo {
    pub(super) fn read(der: &[u8]) -> Result<Self, TspError> {
        let mut fields = Walker::open(der, tlv::SEQUENCE, "TSTInfo")?;
        if fields.take(tlv::INTEGER, "version")?.value != [1] {
            return Err(TspError::Unsupported("TSTInfo of a version other than 1".into()));
        }
        let policy = Policy::read(fields.take(tlv::OID, "policy")?.value)?;
        let (digest_oid, digest) = read_imprint(&mut fields)?;
        let algorithm = DigestAlgorithm::from_oid(digest_oid).map_err(|e| TspError::Unsupported(e.to_string()))?;
        let serial = number(fields.take(tlv::INTEGER, "serialNumber")?.value)?;
        let gen_time = tlv::read_time(fields.take(tlv::GENERALIZED_TIME, "genTime")?.value)?;
        let accuracy = fields.optional(tlv::SEQUENCE, "accuracy")?.map(|a| read_accuracy(a.value)).transpose()?;
        fields.optional(tlv::BOOLEAN, "ordering")?;
        let nonce = fields.optional(tlv::INTEGER, "nonce")?.map(|n| number(n.value)).transpose()?;
        fields.optional(context(0), "tsa")?;
        if let Some(extensions) = fields.optional(context(1), "extensions")? {
            refuse_critical(extensions.value)?;
        }
        fields.finish("TSTInfo")?;
        Ok(Self { policy, algorithm, digest: digest.to_vec(), serial, gen_time, accuracy, nonce })
    }
}

fn number(value: &[u8]) -> Result<Vec<u8>, TlvError> {
    if value.is_empty() || value.len() > NUMBER_BYTES_MAX {
        return Err(TlvError(format!("a number of {} bytes", value.len())));
    }
    Ok(value.to_vec())
}

fn read_accuracy(value: &[u8]) -> Result<Duration, TlvError> {
    let small = |value: &[u8]| match value.len() {
        1..=4 => Ok(value.iter().fold(0u64, |n, octet| (n << 8) | u64::from(*octet))),
        _ => Err(TlvError("accuracy is no small number".into())),
    };
    let mut fields = Walker::new(value);
    let mut field = |tag: u8| fields.optional(tag, "accuracy")?.map_or(Ok(0), |f| small(f.value));
    let (seconds, millis, micros) = (field(tlv::INTEGER)?, field(0x80)?, field(0x81)?);
    Ok(Duration::from_secs(seconds) + Duration::from_millis(millis) + Duration::from_micros(micros))
}

fn refuse_critical(value: &[u8]) -> Result<(), TspError> {
    let mut list = Walker::new(value);
    while !list.is_empty() {
        let mut extension = list.enter(tlv::SEQUENCE, "Extension")?;
        let id = extension.take(tlv::OID, "extnID")?.value;
        if extension.optional(tlv::BOOLEAN, "critical")?.is_some_and(|b| b.value != [0]) {
            return Err(TspError::Unsupported(format!("critical extension {}", hex::encode(id))));
        }
    }
    Ok(())
}

/// A time-stamp token as received; see [`super::verify`].
#[derive(Debug, Clone)]
pub struct Token {
    /// What it says.
    pub info: TokenInfo,
    /// Who says that it signed.
    pub signer: SignerId,
    /// Certificates inside, in order; unreadable ones are left out.
    pub certificates: Vec<Certificate>,
    pub(super) content: Vec<u8>,
    pub(super) signature: SignerInfo,
}

impl Token {
    /// Reads a token (CMS `ContentInfo` in DER or BER).
    ///
    /// # Errors
    /// [`TspError::TooLarge`], [`TspError::Malformed`]; [`TspError::Unsupported`] if it is other signed data, has a
    /// version, digest or critical extension that is unknown.
    pub fn from_der(bytes: &[u8]) -> Result<Self, TspError> {
        let der = definite(bytes)?;
        let parts = Parts::read(&der)?;
        let mut encapsulated = Walker::new(parts.content.value);
        if encapsulated.take(tlv::OID, "eContentType")?.value != oid::TST_INFO {
            return Err(TspError::Unsupported("the signed content is not a time-stamp".into()));
        }
        let content = encapsulated.enter(context(0), "eContent")?.take(tlv::OCTET_STRING, "eContent")?.value;
        let mut signers = Walker::new(parts.signers.value);
        let signature = SignerInfo::read(&mut signers)?;
        signers.finish("signerInfos, only one is allowed")?;
        let certificates = parts.certificates.iter().filter_map(|c| Certificate::from_der(c).ok()).collect();
        let (info, signer) = (TokenInfo::read(content)?, signature.id.clone());
        Ok(Self { info, signer, certificates, content: content.to_vec(), signature })
    }
}

impl Token {
    /// Checks that `authority` signed this token: digest of the content, signature, and the signed reference to the
    /// certificate. Whether the authority may make time-stamps is not looked at; see [`super::verify`].
    ///
    /// # Errors
    /// [`TspError::ContentChanged`], [`TspError::Signature`], [`TspError::OtherCertificate`].
    pub fn check_signature(&self, authority: &Certificate) -> Result<(), TspError> {
        self.signature.check(&self.content, authority)
    }

    /// How the signature value is made.
    ///
    /// # Errors
    /// [`CryptoError::UnsupportedAlgorithm`] names it.
    pub fn signature_algorithm(&self) -> Result<SignatureAlgorithm, CryptoError> {
        self.signature.signature_algorithm()
    }
}

/// The token with definite lengths.
fn definite(bytes: &[u8]) -> Result<std::borrow::Cow<'_, [u8]>, TspError> {
    if bytes.len() > TOKEN_BYTES_MAX {
        return Err(TspError::TooLarge { found: bytes.len(), limit: TOKEN_BYTES_MAX });
    }
    Ok(tlv::definite(bytes)?)
}

/// The fields of `SignedData`.
struct Parts<'a> {
    version: &'a [u8],
    digests: &'a [u8],
    content: tlv::Tlv<'a>,
    certificates: Vec<&'a [u8]>,
    crls: &'a [u8],
    signers: tlv::Tlv<'a>,
}

impl<'a> Parts<'a> {
    fn read(der: &'a [u8]) -> Result<Self, TspError> {
        let mut info = Walker::open(der, tlv::SEQUENCE, "ContentInfo")?;
        if info.take(tlv::OID, "contentType")?.value != oid::SIGNED_DATA {
            return Err(TspError::Unsupported("the content is not signed data".into()));
        }
        let mut fields = Walker::open(info.take(context(0), "content")?.value, tlv::SEQUENCE, "SignedData")?;
        info.finish("ContentInfo")?;
        let version = fields.take(tlv::INTEGER, "version")?.whole;
        let digests = fields.take(tlv::SET, "digestAlgorithms")?.whole;
        let content = fields.take(tlv::SEQUENCE, "encapContentInfo")?;
        let mut certificates = Vec::new();
        if let Some(set) = fields.optional(context(0), "certificates")? {
            let mut set = Walker::new(set.value);
            while !set.is_empty() {
                certificates.push(set.next("certificate")?.whole);
            }
        }
        let crls = fields.optional(context(1), "crls")?.map_or(&[][..], |c| c.whole);
        let signers = fields.take(tlv::SET, "signerInfos")?;
        fields.finish("SignedData")?;
        Ok(Self { version, digests, content, certificates, crls, signers })
    }

    fn to_der(&self) -> Vec<u8> {
        let certificates = match self.certificates.as_slice() {
            [] => Vec::new(),
            list => wrap_all(context(0), list),
        };
        let fields = [self.version, self.digests, self.content.whole, &certificates, self.crls, self.signers.whole];
        let data = wrap(context(0), &wrap_all(tlv::SEQUENCE, &fields));
        wrap_all(tlv::SEQUENCE, &[&wrap(tlv::OID, oid::SIGNED_DATA), &data])
    }
}

/// Puts the authority's certificate into a token that came without it, as X-Road does before it stores one, so that the
/// token can be verified on its own. What is signed does not change; a token that holds the certificate is returned as DER.
///
/// # Errors
/// As [`Token::from_der`].
pub fn add_certificate(token: &[u8], certificate: &Certificate) -> Result<Vec<u8>, TspError> {
    Token::from_der(token)?;
    let der = definite(token)?;
    let mut parts = Parts::read(&der)?;
    if !parts.certificates.contains(&certificate.der()) {
        parts.certificates.push(certificate.der());
        parts.certificates.sort_unstable();
    }
    Ok(parts.to_der())
}

/// The algorithm of a digest `AlgorithmIdentifier`.
pub(super) fn digest_algorithm(fields: &mut Walker<'_>, what: &str) -> Result<DigestAlgorithm, TspError> {
    DigestAlgorithm::from_oid(read_algorithm(fields, what)?).map_err(|e| TspError::Unsupported(e.to_string()))
}
