//! Candidate chains from a certificate up to anchors, best first.

use super::{PATH_CERTIFICATES_MAX, PathError, SIGNATURE_CHECKS_MAX};
use crate::Certificate;
use crate::anchors::{Anchor, Anchors};
use mekong_crypto::KeyType;
use std::collections::{HashMap, HashSet};

/// How much work a search may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Most certificates in a chain, leaf and anchor included.
    pub certificates: usize,
    /// Most chains that are returned.
    pub chains: usize,
    /// Most certificates of the pool that are looked at; the rest is left out.
    pub pool: usize,
    /// Most signatures that are checked.
    pub signature_checks: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { certificates: PATH_CERTIFICATES_MAX, chains: 8, pool: 4096, signature_checks: SIGNATURE_CHECKS_MAX }
    }
}

/// A candidate: every certificate is signed with the key of the next, the last with the anchor's.
#[derive(Debug, Clone)]
pub struct Chain {
    /// Leaf first, without the anchor, unless the leaf is the anchor itself.
    pub certificates: Vec<Certificate>,
    /// Where it ends.
    pub anchor: Anchor,
}

impl Chain {
    /// The certificate that the chain is about.
    pub fn leaf(&self) -> &Certificate {
        self.certificates.first().unwrap_or(&self.anchor.certificate)
    }

    /// Whether the leaf is trusted itself, so that there is nothing to process.
    pub fn is_anchor_alone(&self) -> bool {
        matches!(self.certificates.as_slice(), [only] if *only == self.anchor.certificate)
    }

    /// Every certificate with its issuer, leaf first; nothing if the leaf is the anchor.
    pub fn links(&self) -> impl Iterator<Item = (&Certificate, &Certificate)> {
        let issuers = self.certificates.iter().skip(1).chain(std::iter::once(&self.anchor.certificate));
        let alone = self.is_anchor_alone();
        self.certificates.iter().zip(issuers).filter(move |_| !alone)
    }

    /// The issuer of the leaf; `None` if the leaf is the anchor.
    pub fn issuer(&self) -> Option<&Certificate> {
        self.links().next().map(|(_, issuer)| issuer)
    }
}

/// What a search found.
#[derive(Debug, Clone)]
pub struct Search {
    /// Candidates, best first.
    pub chains: Vec<Chain>,
    /// Why there are not more: the most telling failure, or the limit at which the search was given up.
    pub failure: Option<PathError>,
}

/// The candidate chains from `leaf` over certificates of `pool` to `anchors`, best first; see [`search`].
pub fn build(leaf: &Certificate, pool: &[Certificate], anchors: &Anchors, limits: &Limits) -> Vec<Chain> {
    search(leaf, pool, anchors, limits).chains
}

/// Searches chains depth first: anchors before others, agreeing key identifiers before others, younger before older.
///
/// Issuers are found by name (RFC 5280 §7.1) and only followed if their key verifies the signature below. No chain has
/// the same certificate, or the same name with the same key, twice, so that circles of cross-certificates end. Time,
/// constraints and what an anchor is trusted for are not looked at; a chain that ends at an anchor is therefore followed by
/// those that go on above it.
pub fn search(leaf: &Certificate, pool: &[Certificate], anchors: &Anchors, limits: &Limits) -> Search {
    let mut by_subject: HashMap<&[u8], Vec<&Certificate>> = HashMap::new();
    let mut seen: HashSet<&[u8]> = HashSet::new();
    let others = |c: &&Certificate| anchors.of(c).is_none();
    for certificate in pool.iter().take(limits.pool).filter(|c| seen.insert(c.der())).filter(others) {
        by_subject.entry(certificate.subject_canonical()).or_default().push(certificate);
    }
    let mut walk =
        Walk { by_subject, anchors, limits, checks_left: limits.signature_checks, chains: vec![], failure: None };
    if let Some(anchor) = anchors.of(leaf) {
        walk.chains.push(Chain { certificates: vec![leaf.clone()], anchor: anchor.clone() });
    }
    walk.extend(&mut vec![leaf], pool.len());
    Search { chains: walk.chains, failure: walk.failure.map(|(_, error)| error) }
}

struct Walk<'a> {
    by_subject: HashMap<&'a [u8], Vec<&'a Certificate>>,
    anchors: &'a Anchors,
    limits: &'a Limits,
    checks_left: usize,
    chains: Vec<Chain>,
    /// With its rank.
    failure: Option<(usize, PathError)>,
}

impl<'a> Walk<'a> {
    fn is_full(&self) -> bool {
        self.chains.len() >= self.limits.chains || self.checks_left == 0
    }

    fn extend(&mut self, path: &mut Vec<&'a Certificate>, offered: usize) {
        let Some(last) = path.last().copied() else { return };
        if path.len() + 1 > self.limits.certificates {
            self.fail(2, path.len(), PathError::TooLong);
            return;
        }
        let mut anchors: Vec<&'a Anchor> = self.anchors.issuers_of(last).collect();
        anchors.sort_by_key(|a| preference(last, &a.certificate));
        let mut found_issuer = false;
        for anchor in anchors.into_iter().filter(|a| !is_repeated(path, &a.certificate)) {
            found_issuer = true;
            if !self.is_full() && self.signed_by(last, &anchor.certificate, path.len()) {
                self.chains.extend(complete(path, anchor));
            }
        }
        // An anchor may not be trusted for what is asked: the way goes on above it, too.
        let pool = self.by_subject.get(last.issuer_canonical()).into_iter().flatten().copied();
        let anchors = self.anchors.issuers_of(last).map(|anchor| &anchor.certificate);
        let mut issuers: Vec<&'a Certificate> = pool.chain(anchors).collect();
        issuers.sort_by_key(|c| preference(last, c));
        for issuer in issuers {
            if is_repeated(path, issuer) {
                continue;
            }
            found_issuer = true;
            if !self.is_full() && self.signed_by(last, issuer, path.len()) {
                path.push(issuer);
                self.extend(path, offered);
                path.pop();
            }
        }
        if !found_issuer {
            let missing = PathError::NoIssuer { subject: last.subject(), issuer: last.issuer(), extra: offered };
            self.fail(0, path.len(), missing);
        }
    }

    fn signed_by(&mut self, certificate: &Certificate, issuer: &Certificate, depth: usize) -> bool {
        let Some(left) = self.checks_left.checked_sub(1) else { return false };
        self.checks_left = left;
        if left == 0 {
            self.fail(3, depth, PathError::TooMuchWork);
        }
        match certificate.verify_signature(issuer.public_key()) {
            Ok(()) => true,
            // Not until its parameters are known, see `complete`.
            Err(_) if issuer.public_key().key_type() == KeyType::Dsa(0) => true,
            Err(source) => {
                let (subject, issuer) = (certificate.subject(), issuer.subject());
                self.fail(1, depth, PathError::Signature { subject, issuer, source });
                false
            }
        }
    }

    fn fail(&mut self, kind: usize, depth: usize, error: PathError) {
        let rank = kind * (self.limits.certificates + 2) + depth;
        if self.failure.as_ref().is_none_or(|(best, _)| rank > *best) {
            self.failure = Some((rank, error));
        }
    }
}

/// The chain, with DSA parameters handed down from the anchor; `None` if a signature fails with them.
fn complete(path: &[&Certificate], anchor: &Anchor) -> Option<Chain> {
    let mut certificates: Vec<Certificate> = path.iter().map(|c| (*c).clone()).collect();
    if certificates.iter().any(|c| c.public_key().key_type() == KeyType::Dsa(0)) {
        let mut issuer = anchor.certificate.clone();
        for certificate in certificates.iter_mut().rev() {
            certificate.verify_signature(issuer.public_key()).ok()?;
            *certificate = certificate.inheriting(&issuer);
            issuer = certificate.clone();
        }
    }
    Some(Chain { certificates, anchor: anchor.clone() })
}

/// Whether the certificate, or its name with its key, is on the path already.
fn is_repeated(path: &[&Certificate], candidate: &Certificate) -> bool {
    path.iter().any(|c| {
        *c == candidate
            || (c.public_key().spki() == candidate.public_key().spki()
                && c.subject_canonical() == candidate.subject_canonical())
    })
}

/// Smaller is better.
fn preference(certificate: &Certificate, issuer: &Certificate) -> impl Ord + use<> {
    let agreement = match (certificate.authority_key_identifier(), issuer.subject_key_identifier()) {
        (Some(authority), Some(subject)) if authority == subject => 0,
        (Some(_), Some(_)) => 2,
        _ => 1,
    };
    let overlaps = issuer.is_valid_at(certificate.not_before());
    (agreement, !overlaps, std::cmp::Reverse(issuer.not_before()))
}

#[cfg(test)]
#[path = "build_tests.rs"]
mod tests;
