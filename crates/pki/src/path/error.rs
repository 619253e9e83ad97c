//! Why there is no valid path.

use super::{EXTRA_CERTIFICATES_MAX, PATH_CERTIFICATES_MAX, SIGNATURE_CHECKS_MAX};
use const_oid::ObjectIdentifier;
use mekong_base::Instant;
use mekong_crypto::CryptoError;

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
    /// A valid policy is demanded and there is none (RFC 5280 §6.1.3 (f), §6.1.5 (g)).
    #[error("{subject}: a certificate policy is demanded on this path and none of those allowed is valid for it")]
    PolicyRequired {
        /// The certificate at which no policy was left.
        subject: String,
    },
    /// A policy mapping from or to anyPolicy (§6.1.4 (a)).
    #[error("{subject} maps anyPolicy, which is forbidden")]
    MapsAnyPolicy {
        /// The certificate.
        subject: String,
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
