//! Time-stamp tokens as received: read, not yet believed (RFC 3161 §2.4.2, RFC 5652 §5).

use super::request::read_imprint;
use super::signer::Signature;
use super::{NUMBER_BYTES_MAX, Policy, TOKEN_BYTES_MAX, TspError};
use crate::cms::{RevocationInfo, SignedData, Writing, oid};
use crate::tlv::{self, TlvError, Walker, context};
use crate::{Certificate, name};
use der::Decode;
use mekong_base::Instant;
use mekong_crypto::{CryptoError, DigestAlgorithm, SignatureAlgorithm};
use std::fmt;
use std::sync::Arc;
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
    /// CRLs inside, DER.
    pub crls: Vec<Arc<[u8]>>,
    /// OCSP responses inside, DER `OCSPResponse` or `BasicOCSPResponse`.
    pub ocsps: Vec<Arc<[u8]>>,
    pub(super) content: Vec<u8>,
    pub(super) signature: Signature,
}

impl Token {
    /// Reads a token (CMS `ContentInfo` in DER or BER).
    ///
    /// # Errors
    /// [`TspError::TooLarge`], [`TspError::Malformed`]; [`TspError::Unsupported`] if it is other signed data, has a
    /// version, digest or critical extension that is unknown.
    pub fn from_der(bytes: &[u8]) -> Result<Self, TspError> {
        if bytes.len() > TOKEN_BYTES_MAX {
            return Err(TspError::TooLarge { found: bytes.len(), limit: TOKEN_BYTES_MAX });
        }
        Self::read(&SignedData::parse(bytes)?)
    }

    /// The token in signed data that was read already, whatever its size.
    ///
    /// # Errors
    /// As [`Token::from_der`].
    pub fn read(data: &SignedData<'_>) -> Result<Self, TspError> {
        if data.content_type != oid::TST_INFO {
            return Err(TspError::Unsupported("the signed content is not a time-stamp".into()));
        }
        let content = data.content.ok_or_else(|| TlvError("eContent is missing".into()))?.joined().into_owned();
        let [signer] = data.signers.as_slice() else {
            return Err(TspError::Malformed(format!("signerInfos: one wanted, {} found", data.signers.len())));
        };
        let (mut crls, mut ocsps) = (Vec::new(), Vec::new());
        for revocation in &data.revocations {
            match revocation {
                RevocationInfo::Crl(crl) => crls.push(crl.whole.into()),
                RevocationInfo::Ocsp(_, response) => ocsps.push(response.whole.into()),
                RevocationInfo::Other(_) => {}
            }
        }
        let (info, signer, signature) = (TokenInfo::read(&content)?, signer.id.clone(), Signature::read(signer)?);
        Ok(Self { info, signer, certificates: data.certificates.decoded(), crls, ocsps, content, signature })
    }

    /// Checks that the token is signed with `authority`'s key, and bound to its certificate. Whether that certificate is one
    /// for time-stamping and to be trusted is not looked at; see [`super::verify`].
    ///
    /// # Errors
    /// [`TspError::ContentChanged`], [`TspError::Signature`], [`TspError::OtherCertificate`].
    pub fn check_signature(&self, authority: &Certificate) -> Result<(), TspError> {
        self.signature.check(&self.content, authority)
    }

    /// Whether the signed attributes name this certificate as the signer's (RFC 5816).
    pub fn refers_to(&self, authority: &Certificate) -> bool {
        self.signature.refers_to(authority)
    }

    /// How the signature value is made.
    ///
    /// # Errors
    /// [`CryptoError::UnsupportedAlgorithm`] names it.
    pub fn signature_algorithm(&self) -> Result<SignatureAlgorithm, CryptoError> {
        self.signature.algorithm.clone()
    }
}

/// Puts the authority's certificate into a token that came without it, as X-Road does before it stores one, so that the
/// token can be verified on its own. What is signed does not change; nor does a token that holds the certificate.
///
/// # Errors
/// As [`Token::from_der`].
pub fn add_certificate(token: &[u8], certificate: &Certificate) -> Result<Vec<u8>, TspError> {
    Token::from_der(token)?;
    let data = SignedData::parse(token)?;
    let mut writing = Writing::of(&data);
    writing.add_certificate(certificate);
    Ok(writing.to_der())
}
