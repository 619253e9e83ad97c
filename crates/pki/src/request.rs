//! Certificate requests (PKCS#10, RFC 2986): made, read, and proved to come from the holder of the key.

use crate::name;
use const_oid::{AssociatedOid, ObjectIdentifier};
use der::asn1::{BitString, Ia5String, OctetString, SetOfVec};
use der::{Decode, Encode, Reader, SliceReader};
use mekong_crypto::{CryptoError, PrivateKey, PublicKey, SignatureAlgorithm};
use std::fmt;
use std::net::IpAddr;
use x509_cert::attr::Attribute;
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::name::Name;
use x509_cert::request::{CertReq, CertReqInfo, ExtensionReq, Version};

/// Largest request that is read, in bytes of DER.
pub const REQUEST_BYTES_MAX: usize = 64 * 1024;
const LABELS: [&str; 2] = ["CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"];

/// Why a request cannot be made or is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// Larger than [`REQUEST_BYTES_MAX`].
    #[error("a certificate request of {found} bytes is larger than {REQUEST_BYTES_MAX}")]
    TooLarge {
        /// Its size in bytes.
        found: usize,
    },
    /// The bytes do not follow RFC 2986.
    #[error("malformed certificate request: {0}")]
    Malformed(String),
    /// The PEM armour is wrong or labelled otherwise.
    #[error("malformed PEM, expected one CERTIFICATE REQUEST block: {0}")]
    Pem(String),
    /// It is something else in PEM, such as a certificate or a private key.
    #[error("this is a {label}, a CERTIFICATE REQUEST is wanted")]
    Other {
        /// What its armour says, at most 40 characters.
        label: String,
    },
    /// The key is malformed or unsupported, or did not sign this request.
    #[error("the key of the certificate request of {subject}: {source}")]
    Key {
        /// Whose request, RFC 4514.
        subject: String,
        /// What is wrong.
        source: CryptoError,
    },
    /// A DNS name cannot be written.
    #[error("{0:?} is not a DNS name that a certificate can carry")]
    DnsName(String),
}

/// A certificate request as received or made.
#[derive(Clone, PartialEq, Eq)]
pub struct CertificateRequest {
    der: Vec<u8>,
    /// Where the signed part lies in `der`.
    info: std::ops::Range<usize>,
    request: CertReq,
    key: PublicKey,
}

impl CertificateRequest {
    /// Makes a request for `subject`, signed with `key`.
    ///
    /// # Errors
    /// [`RequestError::Key`] if the key cannot sign, [`RequestError::Malformed`] if the subject cannot be encoded.
    pub fn create(key: &PrivateKey, subject: &Name) -> Result<Self, RequestError> {
        Self::create_with_names(key, subject, &[], &[])
    }

    /// As [`CertificateRequest::create`], asking for a subject alternative name extension.
    ///
    /// # Errors
    /// Also [`RequestError::DnsName`].
    pub fn create_with_names(
        key: &PrivateKey,
        subject: &Name,
        dns: &[String],
        ips: &[IpAddr],
    ) -> Result<Self, RequestError> {
        let malformed = |e: der::Error| RequestError::Malformed(e.to_string());
        let bad_key = |source| RequestError::Key { subject: name::to_rfc4514(subject), source };
        let attributes = requested_extensions(&alternative_names(dns, ips)?).map_err(malformed)?;
        let public_key = Decode::from_der(key.public_key().spki()).map_err(malformed)?;
        let info = CertReqInfo { version: Version::V1, subject: subject.clone(), public_key, attributes };
        let algorithm = key.default_algorithm();
        let value = key.sign(algorithm, &info.to_der().map_err(malformed)?).map_err(bad_key)?;
        let request = CertReq {
            info,
            algorithm: algorithm.to_identifier().map_err(bad_key)?,
            signature: BitString::from_bytes(&value).map_err(malformed)?,
        };
        Self::from_der(&request.to_der().map_err(malformed)?)
    }

    /// Reads a DER request; the signature is not checked yet.
    ///
    /// # Errors
    /// [`RequestError::TooLarge`], [`RequestError::Malformed`], [`RequestError::Key`].
    pub fn from_der(der: &[u8]) -> Result<Self, RequestError> {
        if der.len() > REQUEST_BYTES_MAX {
            return Err(RequestError::TooLarge { found: der.len() });
        }
        let malformed = |e: der::Error| RequestError::Malformed(e.to_string());
        let request = CertReq::from_der(der).map_err(malformed)?;
        let info = signed_part(der).map_err(malformed)?;
        let key = PublicKey::from_info(&request.info.public_key)
            .map_err(|source| RequestError::Key { subject: name::to_rfc4514(&request.info.subject), source })?;
        Ok(Self { der: der.to_vec(), info, request, key })
    }

    /// Reads one PEM block labelled `CERTIFICATE REQUEST` (or `NEW CERTIFICATE REQUEST`).
    ///
    /// # Errors
    /// [`RequestError::Pem`], else as [`CertificateRequest::from_der`].
    pub fn from_pem(pem: &str) -> Result<Self, RequestError> {
        let mut blocks = Vec::new();
        for label in LABELS {
            blocks.extend(crate::pem::blocks(pem, label).map_err(|e| RequestError::Pem(e.to_string()))?);
        }
        match <[Vec<u8>; 1]>::try_from(blocks) {
            Ok([der]) => Self::from_der(&der),
            Err(blocks) => Err(RequestError::Pem(format!("found {}", blocks.len()))),
        }
    }

    /// Reads one request, PEM or DER, told apart by its first bytes.
    ///
    /// # Errors
    /// [`RequestError::Other`] if its armour says that it is something else; else as [`CertificateRequest::from_pem`] and
    /// [`CertificateRequest::from_der`].
    pub fn from_der_or_pem(bytes: &[u8]) -> Result<Self, RequestError> {
        let Some(text) = std::str::from_utf8(bytes).ok().filter(|text| text.contains("-----BEGIN")) else {
            return Self::from_der(bytes);
        };
        let labels =
            || text.split("-----BEGIN ").skip(1).filter_map(|rest| rest.split_once("-----")).map(|(label, _)| label);
        match labels().next() {
            Some(first) if !labels().any(|label| LABELS.contains(&label)) => {
                Err(RequestError::Other { label: first.chars().take(40).collect() })
            }
            _ => Self::from_pem(text),
        }
    }

    /// Proves that whoever made the request holds the private key.
    ///
    /// # Errors
    /// [`RequestError::Key`] with [`CryptoError::SignatureMismatch`] or an unsupported algorithm.
    pub fn verify(&self) -> Result<(), RequestError> {
        let check = || {
            let algorithm = SignatureAlgorithm::from_identifier(&self.request.algorithm)?;
            let value = self.request.signature.as_bytes().ok_or(CryptoError::MalformedSignature)?;
            self.key.verify(algorithm, self.der.get(self.info.clone()).unwrap_or_default(), value)
        };
        check().map_err(|source| RequestError::Key { subject: self.subject(), source })
    }

    /// The request as one PEM block.
    pub fn pem(&self) -> String {
        crate::pem::encode("CERTIFICATE REQUEST", &self.der)
    }

    /// The bytes.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The requested subject.
    pub fn subject_name(&self) -> &Name {
        &self.request.info.subject
    }

    /// The requested subject as RFC 4514 text.
    pub fn subject(&self) -> String {
        name::to_rfc4514(self.subject_name())
    }

    /// The key to be certified.
    pub fn public_key(&self) -> &PublicKey {
        &self.key
    }

    /// The DNS names asked for.
    pub fn dns_names(&self) -> Vec<String> {
        let dns = |n: &GeneralName| match n {
            GeneralName::DnsName(text) => Some(text.as_str().to_owned()),
            _ => None,
        };
        self.alternative_names().iter().filter_map(dns).collect()
    }

    /// The IP addresses asked for.
    pub fn ip_addresses(&self) -> Vec<IpAddr> {
        let ip = |n: &GeneralName| match n {
            GeneralName::IpAddress(bytes) => ip_address(bytes.as_bytes()),
            _ => None,
        };
        self.alternative_names().iter().filter_map(ip).collect()
    }

    /// The extensions asked for, by their identifiers. None is taken over: what a certificate holds is its issuer's to say.
    pub fn extensions(&self) -> Vec<ObjectIdentifier> {
        self.requested().map(|extension| extension.extn_id).collect()
    }

    fn alternative_names(&self) -> Vec<GeneralName> {
        let names = self.requested().filter(|e| e.extn_id == SubjectAltName::OID);
        names.filter_map(|e| SubjectAltName::from_der(e.extn_value.as_bytes()).ok()).flat_map(|s| s.0).collect()
    }

    fn requested(&self) -> impl Iterator<Item = Extension> {
        let attributes = self.request.info.attributes.iter().filter(|a| a.oid == ExtensionReq::OID);
        let values = attributes.flat_map(|a| a.values.iter()).filter_map(|v| v.to_der().ok());
        values.filter_map(|der| ExtensionReq::from_der(&der).ok()).flat_map(|e| e.0)
    }
}

impl fmt::Debug for CertificateRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CertificateRequest({}, {:?})", self.subject(), self.key)
    }
}

/// DNS names and addresses as they stand in a subject alternative name.
///
/// # Errors
/// [`RequestError::DnsName`] for names that are empty, longer than 253 bytes, or not letters, digits, `-`, `.`, with `*` as
/// the first label at most.
pub(crate) fn alternative_names(dns: &[String], ips: &[IpAddr]) -> Result<Vec<GeneralName>, RequestError> {
    let dns = dns.iter().map(|text| dns_name(text).ok_or_else(|| RequestError::DnsName(text.clone())));
    dns.chain(ips.iter().map(|ip| Ok(GeneralName::from(*ip)))).collect()
}

fn dns_name(text: &str) -> Option<GeneralName> {
    let label_ok = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let plain = text.strip_prefix("*.").unwrap_or(text);
    let ok = text.len() <= 253 && plain.split('.').all(label_ok);
    ok.then(|| Ia5String::new(text).ok()).flatten().map(GeneralName::DnsName)
}

fn ip_address(bytes: &[u8]) -> Option<IpAddr> {
    let v4 = <[u8; 4]>::try_from(bytes).map(IpAddr::from);
    v4.or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from)).ok()
}

fn requested_extensions(names: &[GeneralName]) -> der::Result<SetOfVec<Attribute>> {
    if names.is_empty() {
        return Ok(SetOfVec::new());
    }
    let value = OctetString::new(SubjectAltName(names.to_vec()).to_der()?)?;
    let extension = Extension { extn_id: SubjectAltName::OID, critical: false, extn_value: value };
    SetOfVec::try_from(vec![Attribute::try_from(ExtensionReq(vec![extension]))?])
}

fn signed_part(der: &[u8]) -> der::Result<std::ops::Range<usize>> {
    let mut outer = SliceReader::new(der)?;
    der::Header::decode(&mut outer)?;
    let start = usize::try_from(outer.position())?;
    let length = outer.tlv_bytes()?.len();
    Ok(start..start + length)
}

#[cfg(test)]
#[path = "request_tests.rs"]
mod tests;
