//! The status of a certificate from the CRLs and OCSP responses at hand (RFC 5280 §6.3, RFC 6960 §3.2).
//!
//! [`find`] collects every statement about a certificate whose signature verifies and whose signer may make it, with the
//! facts that ETSI EN 319 102-1 asks for. Whether a statement is recent enough is not decided here, nor whether its signer
//! is still to be trusted now: that takes policy and proofs of existence. [`check`] is the plain rule of RFC 5280 for a whole
//! chain.

mod check;
mod lists;
mod responses;

pub use check::{Demand, NotGood, check};
pub use lists::NotForCertificate;

use crate::anchors::{Anchor, Anchors, Service};
use crate::crl::{Crl, CrlError, Reasons};
use crate::ocsp::{OcspError, Response};
use crate::path::{self, Chain, Inputs};
use crate::{Certificate, issue};
use mekong_base::Instant;
use mekong_crypto::{CryptoError, SignatureAlgorithm};

/// Everything at hand for answering.
#[derive(Debug, Clone, Copy)]
pub struct Material<'a> {
    /// Revocation lists, read.
    pub crls: &'a [Crl],
    /// OCSP responses, read.
    pub ocsps: &'a [Response],
    /// Certificates among which signers are sought.
    pub certificates: &'a [Certificate],
    /// Who is trusted for what.
    pub anchors: &'a Anchors,
}

/// Which certificate is asked about.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The certificate.
    pub certificate: &'a Certificate,
    /// Its issuer, as its path has it.
    pub issuer: &'a Certificate,
    /// The anchor of its path. A list signed under another one does not count (RFC 5280 §6.3.3 (f)), unless one trusted list
    /// names both authorities; nor do anchors for OCSP or CRLs that are in other lists only. `None` does not ask.
    pub anchor: Option<&'a Certificate>,
    /// The time at which the paths of signers are valid; `None` is for each the time at which it signed.
    pub signers_at: Option<Instant>,
}

/// What is said of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Not revoked (for the reasons that [`Status::reasons`] names).
    Good,
    /// Revoked, or on hold.
    Revoked {
        /// Since when.
        at: Instant,
        /// `CRLReason` (RFC 5280 §5.3.1), if given; see [`crate::crl::reason_name`].
        reason: Option<u8>,
        /// Since when the key is suspected to be compromised, if given.
        invalidity: Option<Instant>,
    },
    /// The responder does not know the certificate.
    Unknown,
}

/// Where a statement stands: indices into the [`Material`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    /// A list, and the delta list that updates it.
    Crl {
        /// The complete list.
        complete: usize,
        /// The delta.
        delta: Option<usize>,
    },
    /// An OCSP response.
    Ocsp(usize),
}

/// Why somebody may make statements about certificates of the issuer.
#[derive(Debug, Clone)]
pub enum Authority {
    /// It is the issuer's own key.
    Issuer,
    /// The issuer certified it for this (RFC 6960 §4.2.2.2).
    Delegated,
    /// It is an anchor for this service.
    Anchor,
    /// It has a path of its own, processed at [`Question::signers_at`]: to the anchor of the certificate for lists, to an anchor
    /// for OCSP for responses.
    Path(Chain),
}

/// Who makes a statement.
#[derive(Debug, Clone)]
pub struct Signer {
    /// The certificate whose key verifies the signature.
    pub certificate: Certificate,
    /// Why it may.
    pub authority: Authority,
    /// Whether the certificate says that its own revocation need not be asked (`id-pkix-ocsp-nocheck`).
    pub no_check: bool,
    /// How it signed.
    pub algorithm: Result<SignatureAlgorithm, CryptoError>,
}

/// A statement about a certificate that verifies, by a signer who may make it.
#[derive(Debug, Clone)]
pub struct Status {
    /// What is said.
    pub state: State,
    /// Where.
    pub source: Source,
    /// When it was known to be correct; with a delta list, of the delta.
    pub this_update: Instant,
    /// When newer information will be there at the latest.
    pub next_update: Option<Instant>,
    /// When it was signed; of a list, [`Status::this_update`].
    pub produced_at: Instant,
    /// Certificates that expired from this time on are still told of (`archiveCutoff`, `expiredCertsOnCRL`).
    pub keeps_expired_since: Option<Instant>,
    /// The responder states by a digest that it knows this very certificate (`certHash`).
    pub knows_certificate: bool,
    /// The reasons that are covered; OCSP covers all.
    pub reasons: Reasons,
    /// Who says so.
    pub signer: Signer,
}

/// Why a list or response does not count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// The list does not verify, or not with a key that may sign it.
    #[error(transparent)]
    Crl(#[from] CrlError),
    /// The response does not verify, or its signer may not answer.
    #[error(transparent)]
    Ocsp(#[from] OcspError),
    /// The list is about other certificates.
    #[error("the CRL of {issuer} does not answer for {subject}: {reason}")]
    OtherScope {
        /// Issuer of the list.
        issuer: String,
        /// Subject of the certificate.
        subject: String,
        /// Which condition fails.
        reason: NotForCertificate,
    },
    /// The list has a critical extension that is not understood.
    #[error("the CRL of {issuer} has the critical extension {oid}, which is not supported")]
    UnknownCritical {
        /// Issuer of the list.
        issuer: String,
        /// The extension.
        oid: String,
    },
    /// The digest in the response is of another certificate with the same serial number.
    #[error("the OCSP response states that {subject} is another certificate (certHash)")]
    OtherCertificate {
        /// Subject of the certificate.
        subject: String,
    },
}

/// Everything that is said of a certificate.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// Statements that count, newest first.
    pub statuses: Vec<Status>,
    /// Lists of the issuer and responses about the certificate that do not, and why.
    pub rejected: Vec<(Source, Fault)>,
}

impl Found {
    /// The newest statement issued before `at` (any, if `None`); a list that covers some reasons only does not count alone.
    pub fn newest(&self, at: Option<Instant>) -> Option<&Status> {
        let in_time = |status: &&Status| at.is_none_or(|at| status.this_update <= at);
        let whole =
            |status: &&Status| status.reasons.contains(Reasons::ALL) || matches!(status.state, State::Revoked { .. });
        self.statuses.iter().filter(in_time).find(whole)
    }
}

/// Collects every statement about the certificate.
pub fn find(question: &Question<'_>, material: &Material<'_>) -> Found {
    let mut found = Found::default();
    lists::find(question, material, &mut found);
    responses::find(question, material, &mut found);
    found.statuses.sort_by_key(|status| std::cmp::Reverse((status.this_update, status.produced_at)));
    found
}

impl Signer {
    fn new(
        certificate: &Certificate,
        authority: Authority,
        algorithm: Result<SignatureAlgorithm, CryptoError>,
    ) -> Self {
        let no_check = certificate.has_extension(issue::OCSP_NO_CHECK);
        Self { certificate: certificate.clone(), authority, no_check, algorithm }
    }
}

/// The path of a signer to an anchor that `accepts`, valid at `at`; the first of several.
fn path_of(
    signer: &Certificate,
    material: &Material<'_>,
    at: Instant,
    accepts: &dyn Fn(&Anchor) -> bool,
) -> Option<Chain> {
    let chains = path::build(signer, material.certificates, material.anchors, &path::Limits::default());
    let valid = |chain: &Chain| accepts(&chain.anchor) && path::process(chain, &Inputs::at(at)).is_ok();
    chains.into_iter().find(|chain| !chain.is_anchor_alone() && valid(chain))
}

/// Whether the certificate is an anchor for the service at that time, and for certificates such as the one in question.
fn is_anchor(
    certificate: &Certificate,
    question: &Question<'_>,
    material: &Material<'_>,
    service: Service,
    at: Instant,
) -> bool {
    let anchor = material.anchors.of(certificate);
    anchor.is_some_and(|anchor| anchor.is_trusted(service, at) && speaks(anchor, question, material))
}

/// Whether an anchor may make statements about certificates below that of the question.
fn speaks(anchor: &Anchor, question: &Question<'_>, material: &Material<'_>) -> bool {
    let of = question.anchor.and_then(|of| material.anchors.of(of));
    of.is_none_or(|of| anchor.speaks_for(of))
}

#[cfg(test)]
mod tests;
