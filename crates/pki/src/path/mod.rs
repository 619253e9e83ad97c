//! Certification paths, found and processed (RFC 5280 §6.1).
//!
//! Two steps: [`build`] finds candidate chains in a pool of certificates, best first, whatever the time and the constraints;
//! [`process`] decides on one chain by RFC 5280 §6.1: signatures, validity, name chaining, basic constraints and path lengths,
//! key usage of issuers, policies with mappings and all their inhibitions, name constraints on every kind of name, unknown
//! critical extensions. [`validate`] does both for callers without demands on policies.
//!
//! Policies are kept in the graph of RFC 9618, whose size is linear where the tree of RFC 5280 grows exponentially.
//!
//! Not consulted: revocation (see [`crate::revocation`]), extended key usages (a path has no purpose here).
//!
//! Anchors are trusted as configured: they need not be self-signed, and need basic constraints and key usage only if they
//! have extensions of that kind; their name constraints and path length hold.

mod build;
mod error;
mod names;
mod policy;
mod process;
mod validate;

pub use build::{Chain, Limits, Search, build, search};
pub use error::PathError;
pub use policy::ANY_POLICY;
pub use process::{Inputs, Valid, process};
pub use validate::validate;

use crate::Certificate;
use mekong_base::Instant;

/// Most certificates in a path, leaf and anchor included.
pub const PATH_CERTIFICATES_MAX: usize = 16;
/// Most certificates offered beside the leaf to [`validate`].
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

#[cfg(test)]
mod tests;
