//! X.509 certificates as we read them: strict about structure, lenient about what real authorities do.

mod claims;
mod decimal;
mod error;
mod frame;
mod oddity;
mod pointers;

pub use claims::Policy;
pub use error::CertificateError;
pub use oddity::Oddity;

use crate::extensions::shortest;
use crate::tlv::{self, TlvError};
use crate::{extensions, name};
use const_oid::{AssociatedOid, ObjectIdentifier};
use der::{Decode, DecodeOwned};
use frame::Frame;
use mekong_base::Instant;
use mekong_crypto::{CryptoError, Digest, DigestAlgorithm, KeyType, PublicKey, SignatureAlgorithm};
use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, OnceLock};
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectKeyIdentifier,
};
use x509_cert::name::Name;

/// Largest certificate that is read, in bytes of DER.
pub const CERTIFICATE_BYTES_MAX: usize = 64 * 1024;

/// `id-kp-serverAuth`.
pub const SERVER_AUTH: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.1");
/// `id-kp-clientAuth`.
pub const CLIENT_AUTH: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.2");
/// `id-kp-timeStamping`.
pub const TIME_STAMPING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.8");
/// `id-kp-OCSPSigning`.
pub const OCSP_SIGNING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.9");
/// `anyExtendedKeyUsage`.
pub const ANY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37.0");
/// `id-ce-noRevAvail` (RFC 9608): the issuer never says anything about the revocation of this certificate.
pub const NO_REVOCATION_AVAILABLE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.56");
/// `id-etsi-ext-valassured-ST-certs` (ETSI EN 319 412-1 §5.2): the certificate is too short-lived to be revoked.
pub const VALIDITY_ASSURED: ObjectIdentifier = ObjectIdentifier::new_unwrap("0.4.0.194121.2.1");

/// An X.509 certificate. Clones share it; equality is equality of the DER bytes.
#[derive(Clone)]
pub struct Certificate(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    der: Vec<u8>,
    /// Where `TBSCertificate`, serial number, issuer, subject and the content of `Extensions` lie in `der`.
    tbs: Range<usize>,
    serial: Range<usize>,
    issuer: Range<usize>,
    subject: Range<usize>,
    extensions: Range<usize>,
    validity: (Instant, Instant),
    x509: x509_cert::Certificate,
    key: PublicKey,
    key_usage: Option<KeyUsage>,
    extended_key_usages: Option<Vec<ObjectIdentifier>>,
    basic_constraints: Option<BasicConstraints>,
    subject_key_identifier: Option<Vec<u8>>,
    authority_key_identifier: Option<Vec<u8>>,
    /// The key that verified the signature, so that the same link need not be checked again.
    verified_by: OnceLock<Vec<u8>>,
    /// Canonical forms of issuer and subject, made when first asked for.
    canonical: [OnceLock<Vec<u8>>; 2],
    /// Issuer and subject as text, made when first asked for: reports name them often.
    texts: [OnceLock<String>; 2],
    /// SHA-256 of the DER and SHA-1 of the key, made when first asked for: certificates are looked up by them.
    sha256: OnceLock<Digest>,
    key_hash: OnceLock<Digest>,
}

impl Certificate {
    /// Reads one DER certificate; nothing may follow it.
    ///
    /// Accepted although it should not be: what [`Certificate::oddities`] tells, unknown critical extensions, and extensions
    /// that do not decode (validation refuses those, see [`crate::path`]).
    ///
    /// # Errors
    /// [`CertificateError::TooLarge`], [`CertificateError::Malformed`], or [`CertificateError::Key`] for keys that
    /// [`PublicKey::from_spki`] does not read.
    pub fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        if der.len() > CERTIFICATE_BYTES_MAX {
            return Err(CertificateError::TooLarge { found: der.len() });
        }
        let malformed = |e: TlvError| CertificateError::Malformed(e.0);
        let frame = Frame::read(der).map_err(malformed)?;
        let x509 = match x509_cert::Certificate::from_der(der) {
            Ok(x509) => x509,
            Err(_) => x509_cert::Certificate::from_der(&frame.repaired().map_err(malformed)?)
                .map_err(|e| CertificateError::Malformed(e.to_string()))?,
        };
        let name = || name::to_rfc4514(&x509.tbs_certificate.subject);
        let key = read_key(frame.spki.whole).map_err(|source| CertificateError::Key { subject: name(), source })?;
        let mut inner = Inner {
            tbs: frame.place(frame.tbs.whole),
            serial: frame.place(shortest(frame.serial)),
            issuer: frame.place(frame.issuer.whole),
            subject: frame.place(frame.subject.whole),
            validity: frame.validity().map_err(malformed)?,
            extensions: frame.extensions.map_or(0..0, |content| frame.place(content)),
            der: der.to_vec(),
            key,
            key_usage: None,
            extended_key_usages: None,
            basic_constraints: None,
            subject_key_identifier: None,
            authority_key_identifier: None,
            verified_by: OnceLock::new(),
            canonical: Default::default(),
            texts: Default::default(),
            sha256: OnceLock::new(),
            key_hash: OnceLock::new(),
            x509,
        };
        inner.read_extensions();
        Ok(Self(Arc::new(inner)))
    }

    /// Reads one PEM block labelled `CERTIFICATE`.
    ///
    /// # Errors
    /// [`CertificateError::Pem`], else as [`Certificate::from_der`].
    pub fn from_pem(pem: &str) -> Result<Self, CertificateError> {
        let block = crate::pem::blocks(pem, "CERTIFICATE").map_err(|e| CertificateError::Pem(e.to_string()))?;
        match <[Vec<u8>; 1]>::try_from(block) {
            Ok([der]) => Self::from_der(&der),
            Err(blocks) => Err(CertificateError::Pem(format!("found {}", blocks.len()))),
        }
    }

    /// Reads DER, or PEM if it begins like that: configurations of X-Road carry both under the same base64.
    ///
    /// # Errors
    /// As [`Certificate::from_der`] and [`Certificate::from_pem`].
    pub fn from_der_or_pem(bytes: &[u8]) -> Result<Self, CertificateError> {
        match std::str::from_utf8(bytes) {
            Ok(text) if text.trim_start().starts_with("-----BEGIN") => Self::from_pem(text),
            _ => Self::from_der(bytes),
        }
    }

    /// Reads every PEM block labelled `CERTIFICATE`, in order; other text and blocks are passed over.
    ///
    /// # Errors
    /// As [`Certificate::from_pem`]; no block at all is an empty list.
    pub fn all_from_pem(pem: &str) -> Result<Vec<Self>, CertificateError> {
        let blocks = crate::pem::blocks(pem, "CERTIFICATE").map_err(|e| CertificateError::Pem(e.to_string()))?;
        blocks.iter().map(|der| Self::from_der(der)).collect()
    }

    /// The certificate as one PEM block with `\n` line ends.
    pub fn pem(&self) -> String {
        crate::pem::encode("CERTIFICATE", self.der())
    }

    /// The bytes, as received.
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// The decoded structure. Of a certificate with [`Certificate::oddities`] a repaired copy: take serial number, validity
    /// and whatever is signed from the other methods.
    pub fn x509(&self) -> &x509_cert::Certificate {
        &self.0.x509
    }

    /// The subject as RFC 4514 text.
    pub fn subject(&self) -> String {
        let [_, subject] = &self.0.texts;
        subject.get_or_init(|| name::to_rfc4514(self.subject_name())).clone()
    }

    /// The issuer as RFC 4514 text.
    pub fn issuer(&self) -> String {
        let [issuer, _] = &self.0.texts;
        issuer.get_or_init(|| name::to_rfc4514(self.issuer_name())).clone()
    }

    /// The decoded subject.
    pub fn subject_name(&self) -> &Name {
        &self.0.x509.tbs_certificate.subject
    }

    /// The decoded issuer.
    pub fn issuer_name(&self) -> &Name {
        &self.0.x509.tbs_certificate.issuer
    }

    /// The subject `Name` as it stands in the certificate, DER.
    pub fn subject_der(&self) -> &[u8] {
        self.0.der.get(self.0.subject.clone()).unwrap_or_default()
    }

    /// The issuer `Name` as it stands in the certificate, DER.
    pub fn issuer_der(&self) -> &[u8] {
        self.0.der.get(self.0.issuer.clone()).unwrap_or_default()
    }

    /// The subject in the form in which names are compared, see [`name::canonical`].
    pub fn subject_canonical(&self) -> &[u8] {
        let [_, subject] = &self.0.canonical;
        subject.get_or_init(|| name::canonical(self.subject_der()))
    }

    /// The issuer in the form in which names are compared, see [`name::canonical`].
    pub fn issuer_canonical(&self) -> &[u8] {
        let [issuer, _] = &self.0.canonical;
        issuer.get_or_init(|| name::canonical(self.issuer_der()))
    }

    /// The first subject attribute of that type, as text; see [`crate::name`] for common types.
    pub fn subject_attribute(&self, oid: ObjectIdentifier) -> Option<String> {
        name::attribute(self.subject_name(), oid)
    }

    /// The serial number, big-endian two's complement without leading zero octets beyond the sign.
    pub fn serial(&self) -> &[u8] {
        self.0.der.get(self.0.serial.clone()).unwrap_or_default()
    }

    /// The serial number in lower-case hexadecimal.
    pub fn serial_hex(&self) -> String {
        hex::encode(self.serial())
    }

    /// The serial number in decimal, as XML Signature writes it.
    pub fn serial_decimal(&self) -> String {
        decimal::decimal(self.serial())
    }

    /// Start of the validity, inclusive.
    pub fn not_before(&self) -> Instant {
        self.0.validity.0
    }

    /// End of the validity, inclusive.
    pub fn not_after(&self) -> Instant {
        self.0.validity.1
    }

    /// Whether `at` lies within the validity.
    pub fn is_valid_at(&self, at: Instant) -> bool {
        self.not_before() <= at && at.whole_seconds() <= self.not_after()
    }

    /// The subject's public key.
    pub fn public_key(&self) -> &PublicKey {
        &self.0.key
    }

    /// The key usage extension, if there and well formed.
    pub fn key_usage(&self) -> Option<KeyUsage> {
        self.0.key_usage
    }

    /// The extended key usages; empty if the extension is absent (which allows everything) or malformed.
    pub fn extended_key_usages(&self) -> &[ObjectIdentifier] {
        self.0.extended_key_usages.as_deref().unwrap_or_default()
    }

    /// Whether the extended key usages name this purpose; `anyExtendedKeyUsage` does not count.
    pub fn has_extended_key_usage(&self, purpose: ObjectIdentifier) -> bool {
        self.extended_key_usages().contains(&purpose)
    }

    /// The basic constraints extension, if there and well formed.
    pub fn basic_constraints(&self) -> Option<&BasicConstraints> {
        self.0.basic_constraints.as_ref()
    }

    /// Whether basic constraints say that the subject is an authority.
    pub fn is_ca(&self) -> bool {
        self.0.basic_constraints.as_ref().is_some_and(|b| b.ca)
    }

    /// Whether subject and issuer are the same name.
    pub fn is_self_issued(&self) -> bool {
        self.subject_der() == self.issuer_der() || self.subject_canonical() == self.issuer_canonical()
    }

    /// Whether this is an X-Road signing certificate: key usage has nonRepudiation.
    pub fn is_signing(&self) -> bool {
        self.0.key_usage.is_some_and(|u| u.non_repudiation())
    }

    /// Whether this is an X-Road authentication certificate: extended key usage clientAuth, or key usage
    /// digitalSignature, keyEncipherment or dataEncipherment.
    pub fn is_authentication(&self) -> bool {
        let by_usage = |u: KeyUsage| u.digital_signature() || u.key_encipherment() || u.data_encipherment();
        self.has_extended_key_usage(CLIENT_AUTH) || self.0.key_usage.is_some_and(by_usage)
    }

    /// The digest of the DER.
    pub fn fingerprint(&self, algorithm: DigestAlgorithm) -> Digest {
        match algorithm {
            DigestAlgorithm::Sha256 => *self.0.sha256.get_or_init(|| algorithm.digest(self.der())),
            other => other.digest(self.der()),
        }
    }

    /// The subject key identifier extension.
    pub fn subject_key_identifier(&self) -> Option<&[u8]> {
        self.0.subject_key_identifier.as_deref()
    }

    /// The key identifier in the authority key identifier extension.
    pub fn authority_key_identifier(&self) -> Option<&[u8]> {
        self.0.authority_key_identifier.as_deref()
    }

    /// The SHA-1 of the public key bits, as RFC 5280 §4.2.1.2 (1) makes key identifiers and OCSP names keys.
    pub fn key_hash(&self) -> Digest {
        *self.0.key_hash.get_or_init(|| DigestAlgorithm::Sha1.digest(self.0.key.material()))
    }

    /// Whether it has this extension.
    pub fn has_extension(&self, oid: ObjectIdentifier) -> bool {
        extensions::read(self.extensions_der()).is_ok_and(|list| list.iter().any(|e| e.is(&oid)))
    }

    /// One extension with its criticality.
    ///
    /// # Errors
    /// [`CertificateError::Extension`] if it is there twice or does not decode.
    pub fn extension<T: AssociatedOid + DecodeOwned>(&self) -> Result<Option<(bool, T)>, CertificateError> {
        self.0.extension()
    }

    /// How the issuer signed this certificate.
    ///
    /// # Errors
    /// [`CryptoError::UnsupportedAlgorithm`] names it.
    pub fn signature_algorithm(&self) -> Result<SignatureAlgorithm, CryptoError> {
        SignatureAlgorithm::from_identifier(&self.0.x509.signature_algorithm)
    }

    /// Content octets of `Extensions` as they stand; empty if there are none.
    pub fn extensions_der(&self) -> &[u8] {
        self.0.der.get(self.0.extensions.clone()).unwrap_or_default()
    }

    /// Checks this certificate's signature with a key; validity and constraints are not looked at.
    ///
    /// # Errors
    /// [`CryptoError::SignatureMismatch`], or [`CryptoError::UnsupportedAlgorithm`] also if the two algorithm fields of
    /// the certificate differ (RFC 5280 §4.1.1.2).
    pub fn verify_signature(&self, issuer: &PublicKey) -> Result<(), CryptoError> {
        if self.0.verified_by.get().is_some_and(|spki| spki == issuer.spki()) {
            return Ok(());
        }
        let x509 = &self.0.x509;
        if x509.signature_algorithm != x509.tbs_certificate.signature {
            return Err(CryptoError::UnsupportedAlgorithm(format!(
                "the certificate names two signature algorithms, {} and {}",
                x509.signature_algorithm.oid, x509.tbs_certificate.signature.oid
            )));
        }
        let algorithm = SignatureAlgorithm::from_identifier(&x509.signature_algorithm)?;
        if algorithm.digest() == Some(DigestAlgorithm::Md5) {
            // A false certification authority was made with colliding MD5 digests in 2008.
            return Err(CryptoError::UnsupportedAlgorithm("no certificate signed with MD5 proves anything".into()));
        }
        let value = x509.signature.as_bytes().ok_or(CryptoError::MalformedSignature)?;
        issuer.verify(algorithm, self.0.der.get(self.0.tbs.clone()).unwrap_or_default(), value)?;
        // A DSA key is not known by its own bytes alone: it may take its parameters from above.
        if !matches!(issuer.key_type(), KeyType::Dsa(_)) {
            let _ = self.0.verified_by.set(issuer.spki().to_vec());
        }
        Ok(())
    }

    /// This certificate with the DSA parameters of its issuer's key, if its own has none (RFC 3279 §2.3.2).
    pub(crate) fn inheriting(&self, issuer: &Certificate) -> Self {
        if self.public_key().key_type() != KeyType::Dsa(0) {
            return self.clone();
        }
        let key = self.public_key().with_inherited_parameters(issuer.public_key());
        Self(Arc::new(Inner { key, ..(*self.0).clone() }))
    }

    /// Whether `issuer` has the name that this certificate calls its issuer. The signature is not checked.
    pub fn names_issuer(&self, issuer: &Certificate) -> bool {
        self.issuer_der() == issuer.subject_der() || self.issuer_canonical() == issuer.subject_canonical()
    }

    /// Whether the key identifier of the issuer here and that of the subject there agree; true if one is absent. A hint for
    /// choosing among issuers of one name, no condition of validity (RFC 5280 §4.2.1.1).
    pub fn key_identifiers_agree(&self, issuer: &Certificate) -> bool {
        match (self.authority_key_identifier(), issuer.subject_key_identifier()) {
            (Some(authority), Some(subject)) => authority == subject,
            _ => true,
        }
    }
}

impl Inner {
    fn extension<T: AssociatedOid + DecodeOwned>(&self) -> Result<Option<(bool, T)>, CertificateError> {
        let tbs = &self.x509.tbs_certificate;
        let fail = |reason: String| CertificateError::Extension {
            oid: T::OID,
            subject: name::to_rfc4514(&tbs.subject),
            reason,
        };
        let mut found = tbs.extensions.iter().flatten().filter(|e| e.extn_id == T::OID);
        let Some(extension) = found.next() else { return Ok(None) };
        if found.next().is_some() {
            return Err(fail("it is there twice".to_owned()));
        }
        let value = T::from_der(extension.extn_value.as_bytes()).map_err(|e| fail(e.to_string()))?;
        Ok(Some((extension.critical, value)))
    }

    fn read_extensions(&mut self) {
        self.key_usage = self.extension::<KeyUsage>().ok().flatten().map(|(_, u)| u);
        self.extended_key_usages = self.extension::<ExtendedKeyUsage>().ok().flatten().map(|(_, u)| u.0);
        self.basic_constraints = self.extension().ok().flatten().map(|(_, b)| b);
        let subject = self.extension::<SubjectKeyIdentifier>().ok().flatten();
        self.subject_key_identifier = subject.map(|(_, s)| s.0.as_bytes().to_vec());
        let authority = self.extension::<AuthorityKeyIdentifier>().ok().flatten().and_then(|(_, a)| a.key_identifier);
        self.authority_key_identifier = authority.map(|k| k.as_bytes().to_vec());
    }
}

/// A key in lengths that are not the shortest is read, too.
fn read_key(spki: &[u8]) -> Result<PublicKey, CryptoError> {
    PublicKey::from_spki(spki).or_else(|error| match tlv::definite(spki) {
        Ok(Cow::Owned(definite)) => PublicKey::from_spki(&definite),
        _ => Err(error),
    })
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.der == other.0.der
    }
}

impl Eq for Certificate {}

impl std::hash::Hash for Certificate {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.der.hash(state);
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({}, serial {})", self.subject(), self.serial_hex())
    }
}

#[cfg(test)]
mod tests;
