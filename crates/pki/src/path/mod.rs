//! Certification paths, built and validated (RFC 5280 §6.1).
//!
//! Done: signatures, validity, name chaining, basic constraints and path lengths, key usage of issuers, name constraints on
//! directory, DNS and IP names, unknown critical extensions refused, malformed or repeated extensions refused.
//!
//! Not done, and therefore refused where marked critical: policy constraints, policy mappings, inhibitAnyPolicy; name
//! constraints on other kinds of names are refused once such a name appears. Not consulted: revocation (see [`crate::ocsp`]),
//! extended key usages (a path has no purpose here), certificate policies (every policy is acceptable).
//!
//! Anchors are trusted as configured: they need not be self-signed, and need basic constraints and key usage only if they
//! have extensions of that kind, but must be valid at the time asked for.

mod names;

use crate::Certificate;
use const_oid::ObjectIdentifier;
use const_oid::db::rfc5280 as oid;
use const_oid::{AssociatedOid, db};
use der::DecodeOwned;
use mekong_base::Instant;
use mekong_crypto::CryptoError;
use x509_cert::ext::pkix::{BasicConstraints, ExtendedKeyUsage, KeyUsage, NameConstraints, SubjectAltName};

/// Most certificates in a path, leaf and anchor included.
pub const PATH_CERTIFICATES_MAX: usize = 16;
/// Most certificates offered beside the leaf.
pub const EXTRA_CERTIFICATES_MAX: usize = 64;
/// Most signatures checked while one path is searched.
pub const SIGNATURE_CHECKS_MAX: usize = 128;

/// A path that is valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// Leaf first, each issued by the next; without the anchor, unless the leaf is the anchor itself.
    pub certificates: Vec<Certificate>,
    /// The configured certificate that issued the last one.
    pub anchor: Certificate,
}

impl Path {
    /// Every certificate with its issuer, leaf first.
    pub fn links(&self) -> impl Iterator<Item = (&Certificate, &Certificate)> {
        let issuers = self.certificates.iter().skip(1).chain(std::iter::once(&self.anchor));
        self.certificates.iter().zip(issuers)
    }

    /// The first end of validity among all certificates of the path.
    pub fn not_after(&self) -> Instant {
        let ends = self.certificates.iter().map(Certificate::not_after);
        ends.fold(self.anchor.not_after(), std::cmp::min)
    }
}

/// Why there is no valid path. Certificates are named by their subjects (RFC 4514).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PathError {
    /// Nobody at hand is named as the issuer.
    #[error(
        "no issuer found for {subject}: it names {issuer}, which is neither a trust anchor nor among the {extra} certificates given"
    )]
    NoIssuer {
        /// The certificate without an issuer.
        subject: String,
        /// The issuer that it names.
        issuer: String,
        /// How many certificates were offered beside the leaf.
        extra: usize,
    },
    /// A certificate is not signed with the key of the one that is named as its issuer.
    #[error("the signature of {subject} does not verify with the key of {issuer}: {source}")]
    Signature {
        /// The certificate.
        subject: String,
        /// Its supposed issuer.
        issuer: String,
        /// What is wrong.
        source: CryptoError,
    },
    /// Checked before the validity begins.
    #[error("{subject} is not valid before {not_before}, checked at {at}")]
    NotYetValid {
        /// The certificate.
        subject: String,
        /// Start of its validity.
        not_before: Instant,
        /// The time of the check.
        at: Instant,
    },
    /// Checked after the validity ended.
    #[error("{subject} expired at {not_after}, checked at {at}")]
    Expired {
        /// The certificate.
        subject: String,
        /// End of its validity.
        not_after: Instant,
        /// The time of the check.
        at: Instant,
    },
    /// An issuer is no authority by its basic constraints.
    #[error("{0} issued a certificate but is not an authority (basic constraints)")]
    NotAnAuthority(String),
    /// An issuer may not sign certificates by its key usage.
    #[error("{0} issued a certificate but its key usage has no keyCertSign")]
    NotForSigning(String),
    /// More authorities below than the issuer allows.
    #[error("{subject} allows {limit} authorities below it, the path has {found}")]
    PathLength {
        /// The authority.
        subject: String,
        /// Its path length constraint.
        limit: u8,
        /// How many there are.
        found: usize,
    },
    /// An extension that we do not understand is marked critical.
    #[error("{subject} has the critical extension {oid}, which is not supported")]
    UnknownCritical {
        /// The certificate.
        subject: String,
        /// The extension.
        oid: ObjectIdentifier,
    },
    /// An extension is malformed or there twice.
    #[error("malformed certificate of {subject}: {reason}")]
    Malformed {
        /// The certificate.
        subject: String,
        /// Which extension, and what is wrong.
        reason: String,
    },
    /// A name is outside the name constraints of an authority above.
    #[error("{subject} has the name {name}, which {authority} does not permit")]
    NameNotPermitted {
        /// The certificate.
        subject: String,
        /// The name in it.
        name: String,
        /// The authority whose constraints forbid it.
        authority: String,
    },
    /// Name constraints that we cannot apply meet a name of that kind.
    #[error("name constraints of {authority} on {subject}: {what} is not supported")]
    UnsupportedConstraint {
        /// The certificate.
        subject: String,
        /// The authority with the constraints.
        authority: String,
        /// What is not supported.
        what: String,
    },
    /// Every path found is longer than [`PATH_CERTIFICATES_MAX`].
    #[error("the path is longer than {PATH_CERTIFICATES_MAX} certificates")]
    TooLong,
    /// More than [`EXTRA_CERTIFICATES_MAX`] certificates are offered.
    #[error("{found} certificates beside the leaf are more than {EXTRA_CERTIFICATES_MAX}")]
    TooManyCertificates {
        /// How many there are.
        found: usize,
    },
    /// The search was given up after [`SIGNATURE_CHECKS_MAX`] signature checks.
    #[error("no valid path found within {SIGNATURE_CHECKS_MAX} signature checks")]
    TooMuchWork,
}

/// Finds and validates a path from `leaf` to one of `anchors`, as it stood at `at`.
///
/// `extra` are other certificates that may lie on the path, in any order, at most [`EXTRA_CERTIFICATES_MAX`]; the shortest way
/// to an anchor is tried first. A leaf that is an anchor itself is valid by that.
///
/// # Errors
/// See [`PathError`]; if several paths fail, the error of the one that got furthest.
///
/// Source: RFC 5280 §6.1.
pub fn validate(
    leaf: &Certificate,
    extra: &[Certificate],
    anchors: &[Certificate],
    at: Instant,
) -> Result<Path, PathError> {
    if extra.len() > EXTRA_CERTIFICATES_MAX {
        return Err(PathError::TooManyCertificates { found: extra.len() });
    }
    check_alone(leaf, at)?;
    if anchors.contains(leaf) {
        return Ok(Path { certificates: vec![leaf.clone()], anchor: leaf.clone() });
    }
    let mut search = Search { extra, anchors, at, checks_left: SIGNATURE_CHECKS_MAX, failure: None };
    let mut path = vec![leaf];
    match search.extend(&mut path) {
        Some(path) => Ok(path),
        None => Err(search.failure.map_or_else(|| no_issuer(leaf, extra.len()), |(_, error)| error)),
    }
}

fn no_issuer(certificate: &Certificate, extra: usize) -> PathError {
    PathError::NoIssuer { subject: certificate.subject(), issuer: certificate.issuer(), extra }
}

/// Those that have the issuer's name, best guesses first.
fn issuers_of<'a>(certificate: &Certificate, candidates: &'a [Certificate]) -> Vec<&'a Certificate> {
    let mut found: Vec<_> = candidates.iter().filter(|c| certificate.names_issuer(c)).collect();
    found.sort_by_key(|c| !certificate.key_identifiers_agree(c));
    found
}

struct Search<'a> {
    extra: &'a [Certificate],
    anchors: &'a [Certificate],
    at: Instant,
    checks_left: usize,
    /// The most telling failure so far, with its rank.
    failure: Option<(usize, PathError)>,
}

impl<'a> Search<'a> {
    /// Extends the path upwards, anchors first; depth first, without repeating a certificate.
    fn extend(&mut self, path: &mut Vec<&'a Certificate>) -> Option<Path> {
        let last = *path.last()?;
        let (anchors, extra) = (self.anchors, self.extra);
        let mut found_issuer = false;
        for anchor in issuers_of(last, anchors) {
            found_issuer = true;
            match self.check_link(last, anchor).and_then(|()| check_whole(path, anchor)) {
                Ok(()) => {
                    let certificates = path.iter().map(|c| (*c).clone()).collect();
                    return Some(Path { certificates, anchor: anchor.clone() });
                }
                Err(error) => self.fail(path.len(), error),
            }
        }
        for issuer in issuers_of(last, extra) {
            if path.contains(&issuer) || anchors.contains(issuer) {
                continue;
            }
            found_issuer = true;
            if path.len() + 2 > PATH_CERTIFICATES_MAX {
                self.fail(path.len(), PathError::TooLong);
                return None;
            }
            match self.check_link(last, issuer).and_then(|()| may_issue(issuer)) {
                Err(error) => self.fail(path.len(), error),
                Ok(()) => {
                    path.push(issuer);
                    let found = self.extend(path);
                    path.pop();
                    if found.is_some() {
                        return found;
                    }
                }
            }
        }
        if !found_issuer {
            self.fail(path.len(), no_issuer(last, extra.len()));
        }
        None
    }

    /// Signature first, so that other errors are about genuine issuers.
    fn check_link(&mut self, certificate: &Certificate, issuer: &Certificate) -> Result<(), PathError> {
        self.checks_left = self.checks_left.checked_sub(1).ok_or(PathError::TooMuchWork)?;
        certificate.verify_signature(issuer.public_key()).map_err(|source| PathError::Signature {
            subject: certificate.subject(),
            issuer: issuer.subject(),
            source,
        })?;
        check_alone(issuer, self.at)
    }

    /// Keeps the error that says most: what is wrong with a genuine chain beats a signature that does not fit, which beats a
    /// missing issuer; among those, what was met furthest up; among those, the first.
    fn fail(&mut self, depth: usize, error: PathError) {
        let kind = match error {
            PathError::NoIssuer { .. } => 0,
            PathError::Signature { .. } => 1,
            PathError::TooMuchWork => 3,
            _ => 2,
        };
        let rank = kind * (PATH_CERTIFICATES_MAX + 1) + depth;
        if self.failure.as_ref().is_none_or(|(best, _)| rank > *best) {
            self.failure = Some((rank, error));
        }
    }
}

/// What can be said of a certificate without its issuer: validity, and extensions that we understand.
fn check_alone(certificate: &Certificate, at: Instant) -> Result<(), PathError> {
    let (not_before, not_after) = (certificate.not_before(), certificate.not_after());
    if at < not_before {
        return Err(PathError::NotYetValid { subject: certificate.subject(), not_before, at });
    }
    if at.whole_seconds() > not_after {
        return Err(PathError::Expired { subject: certificate.subject(), not_after, at });
    }
    check_extensions(certificate)
}

/// Extensions that may be critical: those applied here, and those about matters that are not consulted here.
const KNOWN: [ObjectIdentifier; 10] = [
    oid::ID_CE_BASIC_CONSTRAINTS,
    oid::ID_CE_KEY_USAGE,
    oid::ID_CE_EXT_KEY_USAGE,
    oid::ID_CE_SUBJECT_ALT_NAME,
    oid::ID_CE_NAME_CONSTRAINTS,
    oid::ID_CE_CERTIFICATE_POLICIES,
    oid::ID_CE_CRL_DISTRIBUTION_POINTS,
    oid::ID_CE_SUBJECT_KEY_IDENTIFIER,
    oid::ID_CE_AUTHORITY_KEY_IDENTIFIER,
    db::rfc5912::ID_PE_AUTHORITY_INFO_ACCESS,
];

fn check_extensions(certificate: &Certificate) -> Result<(), PathError> {
    let extensions = certificate.x509().tbs_certificate.extensions.as_deref().unwrap_or_default();
    for (i, extension) in extensions.iter().enumerate() {
        let oid = extension.extn_id;
        if extensions.iter().skip(i + 1).any(|other| other.extn_id == oid) {
            let reason = format!("extension {oid} is there twice");
            return Err(PathError::Malformed { subject: certificate.subject(), reason });
        }
        if extension.critical && !KNOWN.contains(&oid) {
            return Err(PathError::UnknownCritical { subject: certificate.subject(), oid });
        }
    }
    decodes::<BasicConstraints>(certificate)?;
    decodes::<KeyUsage>(certificate)?;
    decodes::<ExtendedKeyUsage>(certificate)?;
    decodes::<SubjectAltName>(certificate)?;
    decodes::<NameConstraints>(certificate)
}

fn decodes<T: AssociatedOid + DecodeOwned>(certificate: &Certificate) -> Result<(), PathError> {
    match certificate.extension::<T>() {
        Ok(_) => Ok(()),
        Err(error) => Err(PathError::Malformed { subject: certificate.subject(), reason: error.to_string() }),
    }
}

/// A certificate below the anchor may issue only if its extensions say so (RFC 5280 §6.1.4 (k), (n)).
fn may_issue(issuer: &Certificate) -> Result<(), PathError> {
    if !issuer.is_ca() {
        return Err(PathError::NotAnAuthority(issuer.subject()));
    }
    may_sign(issuer)
}

fn may_sign(issuer: &Certificate) -> Result<(), PathError> {
    match issuer.key_usage() {
        Some(usage) if !usage.key_cert_sign() => Err(PathError::NotForSigning(issuer.subject())),
        _ => Ok(()),
    }
}

/// What concerns the path as a whole, from the anchor down: the anchor's own limits, path lengths, name constraints.
fn check_whole(path: &[&Certificate], anchor: &Certificate) -> Result<(), PathError> {
    if anchor.basic_constraints().is_some_and(|b| !b.ca) {
        return Err(PathError::NotAnAuthority(anchor.subject()));
    }
    may_sign(anchor)?;
    let authorities = path.iter().skip(1).copied().chain(std::iter::once(anchor));
    for (below, authority) in authorities.enumerate() {
        // `below` authorities lie between this one and the leaf; those that issued to themselves do not count.
        let counted = path.iter().skip(1).take(below).filter(|c| !c.is_self_issued()).count();
        let limit = authority.basic_constraints().and_then(|b| b.path_len_constraint);
        if let Some(limit) = limit.filter(|limit| usize::from(*limit) < counted) {
            return Err(PathError::PathLength { subject: authority.subject(), limit, found: counted });
        }
        let subordinates = path.iter().take(below + 1).copied();
        names::check(authority, subordinates)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
