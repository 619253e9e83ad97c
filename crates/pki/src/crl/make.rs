//! Lists made: version 2, with number and key identifier, accepted by `openssl crl` and `openssl verify -crl_check`.

use super::{CrlError, Reasons};
use crate::issue::Issuer;
use crate::tlv::{self, TlvError, context, wrap, wrap_all};
use crate::{Certificate, time};
use const_oid::ObjectIdentifier;
use const_oid::db::rfc5280 as oid;
use der::Encode;
use mekong_base::Instant;
use mekong_crypto::SignatureAlgorithm;

const EXPIRED_CERTS_ON_CRL: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.60");

/// One revoked certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its serial number, as [`Certificate::serial`].
    pub serial: Vec<u8>,
    /// Since when; whole seconds.
    pub at: Instant,
    /// `CRLReason`; `None` (and 0, as RFC 5280 §5.3.1 wants) writes none.
    pub reason: Option<u8>,
    /// Since when the key is suspected.
    pub invalidity: Option<Instant>,
    /// DER name of the authority that issued the certificate, in indirect lists; it holds for the entries that follow too.
    pub certificate_issuer: Option<Vec<u8>>,
}

impl Entry {
    /// Revoked at this time without a reason.
    pub fn new(serial: impl Into<Vec<u8>>, at: Instant) -> Self {
        Self { serial: serial.into(), at, reason: None, invalidity: None, certificate_issuer: None }
    }
}

/// What the list is about; written as a critical `issuingDistributionPoint` unless it is everything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scope {
    /// Where it is published.
    pub url: Option<String>,
    /// Only certificates that are no authorities'.
    pub only_user: bool,
    /// Only certificates of authorities.
    pub only_ca: bool,
    /// Only these reasons.
    pub only_some_reasons: Option<Reasons>,
    /// Also certificates of others.
    pub indirect: bool,
}

/// What is to be listed.
#[derive(Debug, Clone)]
pub struct Order<'a> {
    /// Number of the list; must grow from list to list.
    pub number: u64,
    /// The present.
    pub this_update: Instant,
    /// When the next one will be there at the latest.
    pub next_update: Instant,
    /// The revoked certificates, in any order.
    pub entries: &'a [Entry],
    /// What the list is about.
    pub scope: &'a Scope,
    /// Makes a delta list that updates the complete one with this number.
    pub delta_base: Option<u64>,
    /// Certificates that expired from this time on stay listed.
    pub expired_certs_on_crl: Option<Instant>,
}

/// Makes and signs a list with the issuer's key.
///
/// # Errors
/// [`CrlError::WrongKey`]; [`CrlError::NotForCrls`] if the issuer's key usage has no cRLSign; [`CrlError::Malformed`] if a
/// time or URL cannot be written; [`CrlError::Signing`].
pub fn make(issuer: &Issuer, order: &Order<'_>) -> Result<Vec<u8>, CrlError> {
    if issuer.key.public_key().spki() != issuer.certificate.public_key().spki() {
        return Err(CrlError::WrongKey(issuer.certificate.subject()));
    }
    let algorithm = issuer.key.default_algorithm();
    let tbs = to_be_signed(&issuer.certificate, algorithm, order)?;
    let signature = issuer.key.sign(algorithm, &tbs).map_err(CrlError::Signing)?;
    finish(&tbs, algorithm, &signature)
}

/// The bytes to be signed, for keys that are elsewhere.
///
/// # Errors
/// As [`make`].
pub fn to_be_signed(
    issuer: &Certificate,
    algorithm: SignatureAlgorithm,
    order: &Order<'_>,
) -> Result<Vec<u8>, CrlError> {
    if issuer.key_usage().is_some_and(|usage| !usage.crl_sign()) {
        return Err(CrlError::NotForCrls(issuer.subject()));
    }
    let mut entries = Vec::with_capacity(order.entries.len() * 40);
    for entry in order.entries {
        entries.extend_from_slice(&write_entry(entry)?);
    }
    let entries = if entries.is_empty() { entries } else { wrap(tlv::SEQUENCE, &entries) };
    let extensions = write_extensions(issuer, order)?;
    Ok(wrap_all(
        tlv::SEQUENCE,
        &[
            &wrap(tlv::INTEGER, &[1]),
            &identifier(algorithm)?,
            issuer.subject_der(),
            &time::write(order.this_update)?,
            &time::write(order.next_update)?,
            &entries,
            &wrap(context(0), &wrap(tlv::SEQUENCE, &extensions)),
        ],
    ))
}

/// The list from what was signed and the value in its X.509 form.
///
/// # Errors
/// [`CrlError::Signing`] if the algorithm cannot be written.
pub fn finish(to_be_signed: &[u8], algorithm: SignatureAlgorithm, signature: &[u8]) -> Result<Vec<u8>, CrlError> {
    let signature = wrap_all(tlv::BIT_STRING, &[&[0], signature]);
    Ok(wrap_all(tlv::SEQUENCE, &[to_be_signed, &identifier(algorithm)?, &signature]))
}

fn identifier(algorithm: SignatureAlgorithm) -> Result<Vec<u8>, CrlError> {
    let identifier = algorithm.to_identifier().map_err(CrlError::Signing)?;
    Ok(identifier.to_der().map_err(TlvError::from)?)
}

fn extension(oid: &ObjectIdentifier, critical: bool, value: &[u8]) -> Vec<u8> {
    let critical = if critical { wrap(tlv::BOOLEAN, &[0xff]) } else { Vec::new() };
    wrap_all(tlv::SEQUENCE, &[&wrap(tlv::OID, oid.as_bytes()), &critical, &wrap(tlv::OCTET_STRING, value)])
}

fn write_entry(entry: &Entry) -> Result<Vec<u8>, CrlError> {
    let mut extensions = Vec::new();
    if let Some(reason) = entry.reason.filter(|reason| *reason != 0) {
        extensions.extend(extension(&oid::ID_CE_CRL_REASONS, false, &wrap(tlv::ENUMERATED, &[reason])));
    }
    if let Some(at) = entry.invalidity {
        extensions.extend(extension(&oid::ID_CE_INVALIDITY_DATE, false, &tlv::time(at)?));
    }
    if let Some(issuer) = &entry.certificate_issuer {
        let names = wrap(tlv::SEQUENCE, &wrap(context(4), issuer));
        extensions.extend(extension(&oid::ID_CE_CERTIFICATE_ISSUER, true, &names));
    }
    let extensions = if extensions.is_empty() { extensions } else { wrap(tlv::SEQUENCE, &extensions) };
    Ok(wrap_all(tlv::SEQUENCE, &[&wrap(tlv::INTEGER, &entry.serial), &time::write(entry.at)?, &extensions]))
}

fn write_extensions(issuer: &Certificate, order: &Order<'_>) -> Result<Vec<u8>, CrlError> {
    let number = |number: u64| tlv::unsigned(&number.to_be_bytes());
    let derived = issuer.key_hash();
    let key = issuer.subject_key_identifier().unwrap_or_else(|| derived.as_ref());
    let identifier = wrap(tlv::SEQUENCE, &wrap(0x80, key));
    let mut all = extension(&oid::ID_CE_AUTHORITY_KEY_IDENTIFIER, false, &identifier);
    all.extend(extension(&oid::ID_CE_CRL_NUMBER, false, &number(order.number)));
    if let Some(base) = order.delta_base {
        all.extend(extension(&oid::ID_CE_DELTA_CRL_INDICATOR, true, &number(base)));
    }
    if *order.scope != Scope::default() {
        all.extend(extension(&oid::ID_CE_ISSUING_DISTRIBUTION_POINT, true, &write_scope(order.scope)?));
    }
    if let Some(at) = order.expired_certs_on_crl {
        all.extend(extension(&EXPIRED_CERTS_ON_CRL, false, &tlv::time(at)?));
    }
    Ok(all)
}

fn write_scope(scope: &Scope) -> Result<Vec<u8>, CrlError> {
    let flag = |number: u8, set: bool| if set { wrap(0x80 | number, &[0xff]) } else { Vec::new() };
    let names = match &scope.url {
        Some(url) if !url.is_ascii() => {
            return Err(CrlError::Malformed(format!("{url:?} is not a URL of ASCII characters")));
        }
        Some(url) => wrap(context(0), &wrap(context(0), &wrap(0x86, url.as_bytes()))),
        None => Vec::new(),
    };
    let reasons = scope.only_some_reasons.map(|reasons| wrap(0x83, &reasons.write())).unwrap_or_default();
    let (user, ca, indirect) = (flag(1, scope.only_user), flag(2, scope.only_ca), flag(4, scope.indirect));
    Ok(wrap_all(tlv::SEQUENCE, &[&names, &user, &ca, &reasons, &indirect]))
}
