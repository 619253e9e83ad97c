//! Certificates made: one profile per purpose, all passing `openssl verify -x509_strict`.
//!
//! Every certificate is version 3 with subject and authority key identifiers (SHA-1 of the key, RFC 5280 §4.2.1.2) and, where
//! URLs are given, authority information access and CRL distribution points. Signed with the issuer key's default algorithm.

use crate::name;
use crate::request::{self, RequestError};
use crate::{Certificate, CertificateError, certificate};
use const_oid::{AssociatedOid, ObjectIdentifier};
use der::asn1::{BitString, GeneralizedTime, Ia5String, Null, OctetString, UtcTime};
use der::flagset::FlagSet;
use der::{DateTime, Decode, Encode};
use mekong_base::Instant;
use mekong_crypto::{CryptoError, DigestAlgorithm, KeyType, PrivateKey, PublicKey};
use std::fmt;
use std::net::IpAddr;
use x509_cert::certificate::{TbsCertificate, Version};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::certpolicy::PolicyInformation;
use x509_cert::ext::pkix::crl::dp::DistributionPoint;
use x509_cert::ext::pkix::name::{DistributionPointName, GeneralName};
use x509_cert::ext::pkix::{
    AccessDescription, AuthorityInfoAccessSyntax, AuthorityKeyIdentifier, BasicConstraints, CertificatePolicies,
    CrlDistributionPoints, ExtendedKeyUsage, KeyUsage, KeyUsages, SubjectAltName, SubjectKeyIdentifier,
};
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::time::{Time, Validity};

const ACCESS_OCSP: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1");
const ACCESS_CA_ISSUERS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.2");
/// `id-pkix-ocsp-nocheck` (RFC 6960 §4.2.2.2.1).
pub const OCSP_NO_CHECK: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.5");

/// What a certificate is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Profile {
    /// A self-signed authority: key usage keyCertSign, cRLSign.
    RootCa,
    /// An authority below another.
    IssuingCa {
        /// How many further authorities may follow below it; `None` leaves it open.
        path_len: Option<u8>,
    },
    /// Signs messages for a member: key usage nonRepudiation alone, which is what X-Road asks of a signing certificate.
    Signing,
    /// Client and server of TLS: key usage digitalSignature (and keyEncipherment with RSA), both extended usages.
    Authentication {
        /// DNS names by which the server is reached.
        dns: Vec<String>,
        /// Addresses by which it is reached.
        ips: Vec<IpAddr>,
    },
    /// Answers OCSP requests for its issuer: extended usage OCSPSigning, not to be checked for revocation itself.
    OcspResponder,
    /// Makes time-stamps: extended usage timeStamping alone, critical (RFC 3161 §2.3).
    TimeStamping,
    /// As somebody else defines it, in data.
    Defined(Purpose),
}

/// What a certificate is for, said extension by extension.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Purpose {
    /// An authority, with the number of authorities that may follow below it, if that is limited.
    pub authority: Option<Option<u8>>,
    /// Key usage, critical; at least one bit.
    pub key_usage: Vec<KeyUsages>,
    /// Extended key usages; none leaves the extension out.
    pub extended: Vec<ObjectIdentifier>,
    /// Whether the extended key usages are critical, as for time-stamping.
    pub extended_critical: bool,
    /// Not to be checked for revocation itself (`id-pkix-ocsp-nocheck`).
    pub no_check: bool,
    /// What the issuer states of a qualified certificate.
    pub statements: Option<crate::statements::Statements>,
}

/// Where relying parties find more about a certificate; each is left out if `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Urls {
    /// OCSP responder of the issuer.
    pub ocsp: Option<String>,
    /// The issuer's certificate.
    pub ca_issuers: Option<String>,
    /// The issuer's CRL.
    pub crl: Option<String>,
}

/// A certificate serial number: positive, at most 20 octets.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Serial([u8; 20]);

impl Serial {
    /// A random serial number of 20 octets, 158 bits of it random (the first octet is 0x40 to 0x7f, so that it is positive
    /// and never shorter).
    ///
    /// # Errors
    /// [`CryptoError::NoRandomness`] if the system has none.
    pub fn random() -> Result<Self, IssueError> {
        let mut bytes = [0; 20];
        mekong_crypto::random::fill(&mut bytes)?;
        if let Some(first) = bytes.first_mut() {
            *first = (*first & 0x3f) | 0x40;
        }
        Ok(Self(bytes))
    }

    /// Big-endian octets.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

/// What is to be certified.
#[derive(Debug, Clone)]
pub struct Order<'a> {
    /// What the certificate is for.
    pub profile: Profile,
    /// Whom it names.
    pub subject: &'a Name,
    /// The key that it certifies.
    pub public_key: &'a PublicKey,
    /// Its serial number, never used before by this issuer.
    pub serial: Serial,
    /// Start of the validity; the fraction of a second is dropped.
    pub not_before: Instant,
    /// End of the validity; the fraction of a second is dropped.
    pub not_after: Instant,
    /// Where to find revocation and issuer.
    pub urls: &'a Urls,
    /// Certificate policies; none leaves the extension out.
    pub policies: &'a [ObjectIdentifier],
}

/// An authority with its key.
#[derive(Debug, Clone)]
pub struct Issuer {
    /// Its certificate.
    pub certificate: Certificate,
    /// Its key.
    pub key: PrivateKey,
}

/// Why a certificate is not made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IssueError {
    /// The issuer's certificate does not allow it to issue.
    #[error("{issuer} may not issue this certificate: {reason}")]
    NotAllowed {
        /// The issuer's subject, RFC 4514.
        issuer: String,
        /// What forbids it.
        reason: String,
    },
    /// The issuer's key is not the one in its certificate.
    #[error("the key given for {issuer} is not the key in its certificate")]
    WrongKey {
        /// The issuer's subject, RFC 4514.
        issuer: String,
    },
    /// The end is not after the start.
    #[error("the validity ends at {not_after}, not after its start {not_before}")]
    EmptyValidity {
        /// Start.
        not_before: Instant,
        /// End.
        not_after: Instant,
    },
    /// The certificate would not lie within its issuer's validity.
    #[error(
        "validity {not_before} to {not_after} is not within the issuer's {issuer_not_before} to {issuer_not_after}"
    )]
    OutsideIssuerValidity {
        /// Start.
        not_before: Instant,
        /// End.
        not_after: Instant,
        /// Start of the issuer's validity.
        issuer_not_before: Instant,
        /// End of the issuer's validity.
        issuer_not_after: Instant,
    },
    /// A DNS name, URL, time or name cannot be written.
    #[error("cannot be encoded: {0}")]
    NotEncodable(String),
    /// The key cannot sign.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
}

impl From<der::Error> for IssueError {
    fn from(error: der::Error) -> Self {
        Self::NotEncodable(error.to_string())
    }
}

impl From<crate::tlv::TlvError> for IssueError {
    fn from(error: crate::tlv::TlvError) -> Self {
        Self::NotEncodable(error.to_string())
    }
}

impl From<RequestError> for IssueError {
    fn from(error: RequestError) -> Self {
        Self::NotEncodable(error.to_string())
    }
}

impl From<CertificateError> for IssueError {
    fn from(error: CertificateError) -> Self {
        Self::NotEncodable(error.to_string())
    }
}

/// Makes a certificate.
///
/// # Errors
/// [`IssueError::NotAllowed`] if the issuer is no authority or its path length forbids another one below,
/// [`IssueError::WrongKey`], [`IssueError::EmptyValidity`], [`IssueError::OutsideIssuerValidity`], else encoding or key errors.
pub fn issue(issuer: &Issuer, order: &Order<'_>) -> Result<Certificate, IssueError> {
    let Issuer { certificate, key } = issuer;
    if key.public_key().spki() != certificate.public_key().spki() {
        return Err(IssueError::WrongKey { issuer: certificate.subject() });
    }
    if let Some(reason) = forbidden(certificate, &order.profile) {
        return Err(IssueError::NotAllowed { issuer: certificate.subject(), reason });
    }
    let (not_before, not_after) = (order.not_before.whole_seconds(), order.not_after.whole_seconds());
    if not_before < certificate.not_before() || not_after > certificate.not_after() {
        return Err(IssueError::OutsideIssuerValidity {
            not_before,
            not_after,
            issuer_not_before: certificate.not_before(),
            issuer_not_after: certificate.not_after(),
        });
    }
    let derived = key_identifier(certificate.public_key());
    let identifier = certificate.subject_key_identifier().unwrap_or(&derived);
    sign(key, certificate.subject_name(), Some(identifier), order)
}

/// Makes a certificate signed with the certified key itself; issuer and subject are the same. For root authorities.
///
/// # Errors
/// [`IssueError::WrongKey`] if `order.public_key` is not the public half of `key`; else as [`issue`].
pub fn self_sign(key: &PrivateKey, order: &Order<'_>) -> Result<Certificate, IssueError> {
    if key.public_key().spki() != order.public_key.spki() {
        return Err(IssueError::WrongKey { issuer: name::to_rfc4514(order.subject) });
    }
    sign(key, order.subject, None, order)
}

fn forbidden(issuer: &Certificate, profile: &Profile) -> Option<String> {
    if !issuer.is_ca() {
        return Some("it is not an authority (basic constraints)".to_owned());
    }
    if !issuer.key_usage().is_none_or(|u| u.key_cert_sign()) {
        return Some("its key usage has no keyCertSign".to_owned());
    }
    let limit = issuer.basic_constraints().and_then(|b| b.path_len_constraint);
    let below = match profile {
        Profile::RootCa => return Some("a root authority signs itself".to_owned()),
        Profile::IssuingCa { path_len } => Some(*path_len),
        Profile::Defined(purpose) => purpose.authority,
        _ => None,
    };
    match (below, limit) {
        (Some(_), Some(0)) => Some("its path length of 0 allows no authority below it".to_owned()),
        (Some(Some(wanted)), Some(limit)) if wanted >= limit => {
            Some(format!("its path length is {limit}, the one asked for is {wanted}"))
        }
        _ => None,
    }
}

fn sign(
    key: &PrivateKey,
    issuer: &Name,
    authority: Option<&[u8]>,
    order: &Order<'_>,
) -> Result<Certificate, IssueError> {
    let (not_before, not_after) = (order.not_before.whole_seconds(), order.not_after.whole_seconds());
    if not_after <= not_before {
        return Err(IssueError::EmptyValidity { not_before, not_after });
    }
    let algorithm = key.default_algorithm();
    let tbs = TbsCertificate {
        version: Version::V3,
        serial_number: SerialNumber::new(order.serial.as_bytes())?,
        signature: algorithm.to_identifier()?,
        issuer: issuer.clone(),
        validity: Validity { not_before: time(not_before)?, not_after: time(not_after)? },
        subject: order.subject.clone(),
        subject_public_key_info: Decode::from_der(order.public_key.spki())?,
        issuer_unique_id: None,
        subject_unique_id: None,
        extensions: Some(extensions(authority, order)?),
    };
    let value = key.sign(algorithm, &tbs.to_der()?)?;
    let certificate = x509_cert::Certificate {
        tbs_certificate: tbs,
        signature_algorithm: algorithm.to_identifier()?,
        signature: BitString::from_bytes(&value)?,
    };
    Ok(Certificate::from_der(&certificate.to_der()?)?)
}

/// UTCTime up to 2049, GeneralizedTime after (RFC 5280 §4.1.2.5).
fn time(at: Instant) -> Result<Time, IssueError> {
    let seconds =
        u64::try_from(at.unix_seconds()).map_err(|_| IssueError::NotEncodable(format!("{at} is before 1970")))?;
    let date = DateTime::from_unix_duration(std::time::Duration::from_secs(seconds))
        .map_err(|e| IssueError::NotEncodable(format!("{at}: {e}")))?;
    Ok(match date.year() {
        ..=2049 => Time::UtcTime(UtcTime::from_date_time(date)?),
        _ => Time::GeneralTime(GeneralizedTime::from_date_time(date)),
    })
}

fn key_identifier(key: &PublicKey) -> Vec<u8> {
    DigestAlgorithm::Sha1.digest(key.material()).as_ref().to_vec()
}

fn extensions(authority: Option<&[u8]>, order: &Order<'_>) -> Result<Vec<Extension>, IssueError> {
    let mut list = Vec::new();
    if let Some(identifier) = authority {
        let value = AuthorityKeyIdentifier {
            key_identifier: Some(OctetString::new(identifier)?),
            authority_cert_issuer: None,
            authority_cert_serial_number: None,
        };
        list.push(extension(false, &value)?);
    }
    list.push(extension(false, &SubjectKeyIdentifier(OctetString::new(key_identifier(order.public_key))?))?);
    list.extend(purpose(order)?);
    if !order.policies.is_empty() {
        let policy = |oid: &ObjectIdentifier| PolicyInformation { policy_identifier: *oid, policy_qualifiers: None };
        list.push(extension(false, &CertificatePolicies(order.policies.iter().map(policy).collect()))?);
    }
    list.extend(pointers(order.urls)?);
    Ok(list)
}

/// What the profile says: basic constraints, key usage, extended key usage, alternative names.
fn purpose(order: &Order<'_>) -> Result<Vec<Extension>, IssueError> {
    let usage = |bits: FlagSet<KeyUsages>| extension(true, &KeyUsage(bits));
    let authority = |path_len_constraint| -> Result<Vec<Extension>, IssueError> {
        let constraints = extension(true, &BasicConstraints { ca: true, path_len_constraint })?;
        Ok(vec![constraints, usage(KeyUsages::KeyCertSign | KeyUsages::CRLSign)?])
    };
    let extended = |critical, purposes: &[ObjectIdentifier]| extension(critical, &ExtendedKeyUsage(purposes.to_vec()));
    Ok(match &order.profile {
        Profile::RootCa => authority(None)?,
        Profile::IssuingCa { path_len } => authority(*path_len)?,
        Profile::Signing => vec![usage(KeyUsages::NonRepudiation.into())?],
        Profile::Authentication { dns, ips } => {
            let mut bits: FlagSet<KeyUsages> = KeyUsages::DigitalSignature.into();
            if matches!(order.public_key.key_type(), KeyType::Rsa(_)) {
                bits |= KeyUsages::KeyEncipherment;
            }
            let mut list = vec![usage(bits)?, extended(false, &[certificate::CLIENT_AUTH, certificate::SERVER_AUTH])?];
            if !dns.is_empty() || !ips.is_empty() {
                list.push(extension(false, &SubjectAltName(request::alternative_names(dns, ips)?))?);
            }
            list
        }
        Profile::OcspResponder => {
            let no_check =
                Extension { extn_id: OCSP_NO_CHECK, critical: false, extn_value: OctetString::new(Null.to_der()?)? };
            vec![usage(KeyUsages::DigitalSignature.into())?, extended(false, &[certificate::OCSP_SIGNING])?, no_check]
        }
        Profile::TimeStamping => {
            vec![usage(KeyUsages::DigitalSignature.into())?, extended(true, &[certificate::TIME_STAMPING])?]
        }
        Profile::Defined(purpose) => defined(purpose)?,
    })
}

fn defined(purpose: &Purpose) -> Result<Vec<Extension>, IssueError> {
    let Some(bits) = purpose.key_usage.iter().copied().map(FlagSet::from).reduce(|all, bit| all | bit) else {
        return Err(IssueError::NotEncodable("a certificate without a key usage".to_owned()));
    };
    let mut list = Vec::new();
    if let Some(path_len_constraint) = purpose.authority {
        list.push(extension(true, &BasicConstraints { ca: true, path_len_constraint })?);
    }
    list.push(extension(true, &KeyUsage(bits))?);
    if !purpose.extended.is_empty() {
        list.push(extension(purpose.extended_critical, &ExtendedKeyUsage(purpose.extended.clone()))?);
    }
    if purpose.no_check {
        let null = OctetString::new(Null.to_der()?)?;
        list.push(Extension { extn_id: OCSP_NO_CHECK, critical: false, extn_value: null });
    }
    if let Some(statements) = &purpose.statements {
        let value = OctetString::new(statements.to_der()?)?;
        list.push(Extension { extn_id: crate::statements::QC_STATEMENTS, critical: false, extn_value: value });
    }
    Ok(list)
}

fn pointers(urls: &Urls) -> Result<Vec<Extension>, IssueError> {
    let mut list = Vec::new();
    let access = [(ACCESS_OCSP, &urls.ocsp), (ACCESS_CA_ISSUERS, &urls.ca_issuers)];
    let descriptions: Result<Vec<_>, IssueError> = access
        .into_iter()
        .filter_map(|(access_method, url)| url.as_ref().map(|url| (access_method, url)))
        .map(|(access_method, text)| Ok(AccessDescription { access_method, access_location: url(text)? }))
        .collect();
    let descriptions = descriptions?;
    if !descriptions.is_empty() {
        list.push(extension(false, &AuthorityInfoAccessSyntax(descriptions))?);
    }
    if let Some(crl) = &urls.crl {
        let point = DistributionPoint {
            distribution_point: Some(DistributionPointName::FullName(vec![url(crl)?])),
            reasons: None,
            crl_issuer: None,
        };
        list.push(extension(false, &CrlDistributionPoints(vec![point]))?);
    }
    Ok(list)
}

fn url(text: &str) -> Result<GeneralName, IssueError> {
    let fail = |_| IssueError::NotEncodable(format!("{text:?} is not a URL of ASCII characters"));
    Ok(GeneralName::UniformResourceIdentifier(Ia5String::new(text).map_err(fail)?))
}

fn extension<T: AssociatedOid + Encode>(critical: bool, value: &T) -> Result<Extension, IssueError> {
    Ok(Extension { extn_id: T::OID, critical, extn_value: OctetString::new(value.to_der()?)? })
}

#[cfg(test)]
#[path = "issue_tests.rs"]
mod tests;
