//! Revocation lists (RFC 5280 §5): read in one pass, asked by serial number, made for a small authority.
//!
//! A list of a million entries is walked once; what is kept beside the DER are 8 bytes an entry. Signature and status are
//! separate questions: [`Crl::verify`] and [`Crl::lookup`] here; which list answers for which certificate is
//! [`crate::revocation`].

mod error;
mod index;
pub mod make;
mod parse;
mod point;

pub use error::CrlError;
pub use point::{Point, PointName, Reasons};

use crate::{Certificate, name};
use const_oid::ObjectIdentifier;
use mekong_base::Instant;
use mekong_crypto::{CryptoError, SignatureAlgorithm};
use spki::AlgorithmIdentifierOwned;
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// Largest list that is read, in bytes.
pub const CRL_BYTES_MAX: usize = 512 * 1024 * 1024;

/// A revocation list as received: read, not yet believed. Clones share it.
#[derive(Clone)]
pub struct Crl(Arc<Inner>);

struct Inner {
    der: Arc<[u8]>,
    /// The bytes that are signed.
    tbs: Range<usize>,
    /// The name of the issuer.
    issuer: Range<usize>,
    issuer_canonical: Vec<u8>,
    signature: Range<usize>,
    algorithm: AlgorithmIdentifierOwned,
    /// The algorithm inside the signed part is another one (RFC 5280 §5.1.1.2).
    two_algorithms: bool,
    this_update: Instant,
    next_update: Option<Instant>,
    extensions: parse::Extensions,
    index: index::Index,
    /// The key that verified the signature.
    verified_by: OnceLock<Vec<u8>>,
}

/// What a list says of one certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revoked {
    /// Since when.
    pub at: Instant,
    /// `CRLReason` (RFC 5280 §5.3.1), if given.
    pub reason: Option<u8>,
    /// Since when the key is suspected to be compromised, if given (§5.3.2).
    pub invalidity: Option<Instant>,
    /// What to do with a certificate on hold (`holdInstructionCode`), if given.
    pub hold_instruction: Option<ObjectIdentifier>,
    /// DER name of the authority that issued the certificate, where the list names it (§5.3.3).
    pub certificate_issuer: Option<Vec<u8>>,
}

/// `CRLReason` certificateHold: the certificate may come back.
pub const CERTIFICATE_HOLD: u8 = 6;
/// `CRLReason` removeFromCRL: it came back (in delta lists only).
pub const REMOVE_FROM_CRL: u8 = 8;

/// The standard's name of a `CRLReason`.
pub const fn reason_name(reason: u8) -> &'static str {
    match reason {
        0 => "unspecified",
        1 => "keyCompromise",
        2 => "cACompromise",
        3 => "affiliationChanged",
        4 => "superseded",
        5 => "cessationOfOperation",
        CERTIFICATE_HOLD => "certificateHold",
        REMOVE_FROM_CRL => "removeFromCRL",
        9 => "privilegeWithdrawn",
        10 => "aACompromise",
        _ => "unknown reason",
    }
}

impl Crl {
    /// Reads a DER list (BER lengths are tolerated); nothing may follow it. Every entry is walked once.
    ///
    /// # Errors
    /// [`CrlError::TooLarge`] over [`CRL_BYTES_MAX`], [`CrlError::Malformed`].
    pub fn parse(der: Arc<[u8]>) -> Result<Self, CrlError> {
        parse::parse(der).map(|inner| Self(Arc::new(inner)))
    }

    /// Reads DER, or one PEM block labelled `X509 CRL`.
    ///
    /// # Errors
    /// As [`Crl::parse`].
    pub fn parse_der_or_pem(bytes: &[u8]) -> Result<Self, CrlError> {
        match std::str::from_utf8(bytes) {
            Ok(text) if text.trim_start().starts_with("-----BEGIN") => {
                let blocks = crate::pem::blocks(text, "X509 CRL").map_err(|e| CrlError::Malformed(e.to_string()))?;
                match <[Vec<u8>; 1]>::try_from(blocks) {
                    Ok([der]) => Self::parse(der.into()),
                    Err(blocks) => Err(CrlError::Malformed(format!("{} blocks X509 CRL, expected one", blocks.len()))),
                }
            }
            _ => Self::parse(bytes.into()),
        }
    }

    /// The bytes, as received.
    pub fn der(&self) -> &Arc<[u8]> {
        &self.0.der
    }

    /// The issuer as RFC 4514 text.
    pub fn issuer(&self) -> String {
        name::der_to_rfc4514(self.issuer_der())
    }

    /// The issuer `Name` as it stands in the list, DER.
    pub fn issuer_der(&self) -> &[u8] {
        self.0.der.get(self.0.issuer.clone()).unwrap_or_default()
    }

    /// The canonical form of the issuer, see [`name::canonical`].
    pub fn issuer_canonical(&self) -> &[u8] {
        &self.0.issuer_canonical
    }

    /// When the list was issued.
    pub fn this_update(&self) -> Instant {
        self.0.this_update
    }

    /// When a newer one will be there at the latest.
    pub fn next_update(&self) -> Option<Instant> {
        self.0.next_update
    }

    /// `CRLNumber`, content octets of the INTEGER in shortest form.
    pub fn number(&self) -> Option<&[u8]> {
        self.0.extensions.number.as_deref()
    }

    /// `BaseCRLNumber` of a delta list: the number of the complete list that it updates.
    pub fn delta_base(&self) -> Option<&[u8]> {
        self.0.extensions.delta_base.as_deref()
    }

    /// Whether it only tells changes (RFC 5280 §5.2.4).
    pub fn is_delta(&self) -> bool {
        self.0.extensions.delta_base.is_some()
    }

    /// What the list is about, if it says so (`issuingDistributionPoint`, §5.2.5).
    pub fn distribution(&self) -> Option<&Distribution> {
        self.0.extensions.distribution.as_ref()
    }

    /// The key identifier in the authority key identifier extension.
    pub fn authority_key_identifier(&self) -> Option<&[u8]> {
        self.0.extensions.authority_key_identifier.as_deref()
    }

    /// The authority key identifier extension as it stands, DER.
    pub fn authority_key_identifier_der(&self) -> Option<&[u8]> {
        self.0.extensions.authority_key_identifier_der.as_deref()
    }

    /// Certificates that expired from this time on are still listed (`expiredCertsOnCRL`, X.509).
    pub fn expired_certs_on_crl(&self) -> Option<Instant> {
        self.0.extensions.expired_certs_on_crl
    }

    /// Where delta lists are (`freshestCRL`).
    pub fn freshest(&self) -> &[Point] {
        &self.0.extensions.freshest
    }

    /// How many entries it has.
    pub fn len(&self) -> usize {
        self.0.index.len()
    }

    /// Whether it has no entry.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many bytes are held beside the DER for the entries.
    pub fn index_bytes(&self) -> usize {
        self.0.index.bytes()
    }

    /// The critical extension, of the list or of an entry, that we do not understand: the list must not be used
    /// (RFC 5280 §5.2, §5.3).
    pub fn unknown_critical(&self) -> Option<&str> {
        self.0.extensions.unknown_critical.as_deref().or(self.0.index.unknown_critical.as_deref())
    }

    /// The entry of the certificate with this serial number that the issuer of this list issued; the last one if several.
    ///
    /// In an indirect list, entries of other authorities are passed over.
    pub fn lookup(&self, serial: &[u8]) -> Option<Revoked> {
        self.lookup_of(self.issuer_canonical(), serial)
    }

    /// The entry of the certificate of an authority, named by [`name::canonical`], with this serial number.
    pub fn lookup_of(&self, issuer_canonical: &[u8], serial: &[u8]) -> Option<Revoked> {
        let Inner { der, index, .. } = &*self.0;
        let named = |issuer: Option<&[u8]>| match issuer {
            None => self.issuer_canonical() == issuer_canonical,
            Some(der) => name::canonical(der) == issuer_canonical,
        };
        index.find(der, serial).filter(|(_, issuer)| named(*issuer)).map(|(revoked, _)| revoked).last()
    }

    /// The signature algorithm.
    ///
    /// # Errors
    /// [`CryptoError::UnsupportedAlgorithm`]; also if the list names two different ones (RFC 5280 §5.1.1.2).
    pub fn algorithm(&self) -> Result<SignatureAlgorithm, CryptoError> {
        if self.0.two_algorithms {
            return Err(CryptoError::UnsupportedAlgorithm("the CRL names two signature algorithms".into()));
        }
        SignatureAlgorithm::from_identifier(&self.0.algorithm)
    }

    /// Whether `issuer` has the name of this list's issuer.
    pub fn names_issuer(&self, issuer: &Certificate) -> bool {
        self.issuer_der() == issuer.subject_der() || self.issuer_canonical() == issuer.subject_canonical()
    }

    /// Checks that `issuer` has the name of the issuer, may sign lists (key usage cRLSign, if it has key usages), and signed
    /// this one. The certificate of the issuer itself is not judged.
    ///
    /// # Errors
    /// [`CrlError::OtherIssuer`], [`CrlError::NotForCrls`], [`CrlError::Signature`].
    pub fn verify(&self, issuer: &Certificate) -> Result<(), CrlError> {
        if !self.names_issuer(issuer) {
            return Err(CrlError::OtherIssuer { found: self.issuer(), expected: issuer.subject() });
        }
        if issuer.key_usage().is_some_and(|usage| !usage.crl_sign()) {
            return Err(CrlError::NotForCrls(issuer.subject()));
        }
        let key = issuer.public_key();
        if self.0.verified_by.get().is_some_and(|spki| spki == key.spki()) {
            return Ok(());
        }
        let verify = || {
            let signed = self.0.der.get(self.0.tbs.clone()).unwrap_or_default();
            let value = self.0.der.get(self.0.signature.clone()).unwrap_or_default();
            match value.is_empty() {
                true => Err(CryptoError::MalformedSignature),
                false => key.verify(self.algorithm()?, signed, value),
            }
        };
        verify().map_err(|source| CrlError::Signature { issuer: issuer.subject(), source })?;
        let _ = self.0.verified_by.set(key.spki().to_vec());
        Ok(())
    }
}

/// What a list is about (`issuingDistributionPoint`, RFC 5280 §5.2.5).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Distribution {
    /// Names of the distribution point, if given; relative ones completed with the name of the list's issuer.
    pub names: Option<Vec<PointName>>,
    /// Only certificates that are no authorities'.
    pub only_user: bool,
    /// Only certificates of authorities.
    pub only_ca: bool,
    /// Only attribute certificates.
    pub only_attribute: bool,
    /// Only these reasons; `None` is all.
    pub only_some_reasons: Option<Reasons>,
    /// Also certificates that others issued.
    pub indirect: bool,
}

impl fmt::Debug for Crl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Crl({}, {}, {} entries)", self.issuer(), self.this_update(), self.len())
    }
}

#[cfg(test)]
mod tests;
