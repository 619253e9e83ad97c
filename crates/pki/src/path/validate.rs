//! The short way: one path found and processed, without demands on policies.

use super::process::{self, Inputs};
use super::{EXTRA_CERTIFICATES_MAX, PATH_CERTIFICATES_MAX, Path, PathError, SIGNATURE_CHECKS_MAX};
use crate::Certificate;
use mekong_base::Instant;

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
            match self.check_link(last, anchor).and_then(|()| self.check_whole(path, anchor)) {
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
            match self.check_link(last, issuer).and_then(|()| process::may_issue(issuer)) {
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

    fn check_whole(&self, path: &[&Certificate], anchor: &Certificate) -> Result<(), PathError> {
        process::run(path, anchor, &Inputs { check_anchor_validity: true, ..Inputs::at(self.at) }).map(drop)
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
    process::check_extensions(certificate)
}
