//! Paths from a certificate to an anchor that is trusted for the service, at the time that matters (EN 319 102-1 §5.2.6.4).

use super::outcome::ChainReport;
use super::work::Work;
use mekong_base::Instant;
use mekong_pki::anchors::{Anchor, Service};
use mekong_pki::{Certificate, path};

/// Most certificates below the anchor.
const LENGTH_MAX: usize = 10;
/// Most paths that are tried.
const PATHS_MAX: usize = 4;

/// A path: every signature in it verifies.
#[derive(Debug, Clone)]
pub(super) struct Chain<'a> {
    /// From the leaf up, without the anchor, unless the leaf is the anchor.
    pub(super) certificates: Vec<Certificate>,
    pub(super) anchor: &'a Anchor,
}

impl<'a> Chain<'a> {
    /// Whether the leaf is trusted by itself.
    pub(super) fn is_anchored_leaf(&self) -> bool {
        self.certificates.first() == Some(&self.anchor.certificate)
    }

    /// Every certificate that needs validation with its issuer, leaf first.
    pub(super) fn links(&self) -> Vec<(&Certificate, &Certificate)> {
        if self.is_anchored_leaf() {
            return Vec::new();
        }
        let issuers = self.certificates.iter().skip(1).chain(std::iter::once(&self.anchor.certificate));
        self.certificates.iter().zip(issuers).collect()
    }

    /// When the anchor's trust for `service` that held at `at` ends; `None` if no end is known.
    pub(super) fn sunset(&self, service: Service, at: Instant) -> Option<Instant> {
        let mut end = at;
        // Adjoining periods are one.
        for _ in 0..=self.anchor.trusted.len() {
            let mut furthest = end;
            for period in self.anchor.trusted.iter().filter(|t| t.service == service && t.holds(end)) {
                furthest = furthest.max(period.until?);
            }
            if furthest == end {
                break;
            }
            end = furthest;
        }
        Some(end)
    }

    pub(super) fn report(&self) -> ChainReport {
        ChainReport {
            certificates: self.certificates.clone(),
            anchor: self.anchor.certificate.clone(),
            anchor_source: self.anchor.source.clone(),
        }
    }

    /// What RFC 5280 §6.1 demands of the path beside validity times and revocation, which have verdicts of their own.
    pub(super) fn structure(&self) -> Result<(), String> {
        let chain = path::Chain { certificates: self.certificates.clone(), anchor: self.anchor.clone() };
        let inputs = path::Inputs { check_validity: false, ..path::Inputs::at(Instant::from_unix_seconds(0)) };
        path::process(&chain, &inputs).map(|_| ()).map_err(|e| e.to_string())
    }
}

/// Why there is no path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NoChain {
    /// Nobody at hand leads to an anchor; the subject of the last certificate found.
    NoAnchor(String),
    /// An anchor was found, but it is not trusted for this service at that time.
    NotTrusted {
        /// Subject of the anchor.
        anchor: String,
        /// What it is trusted for and when.
        trusted: String,
    },
}

/// The paths from `leaf` to anchors that are trusted for `service` at `at`, shortest first.
pub(super) fn build<'a>(
    work: &Work<'a>,
    leaf: &Certificate,
    service: Service,
    at: Instant,
) -> Result<Vec<Chain<'a>>, NoChain> {
    let mut search = Search { work, service, at, found: Vec::new(), refused: None, last: leaf.subject() };
    search.extend(&mut vec![leaf.clone()]);
    if search.found.is_empty() {
        return Err(search.refused.unwrap_or(NoChain::NoAnchor(search.last)));
    }
    search.found.sort_by_key(|chain| chain.certificates.len());
    Ok(search.found)
}

struct Search<'w, 'a> {
    work: &'w Work<'a>,
    service: Service,
    at: Instant,
    found: Vec<Chain<'a>>,
    refused: Option<NoChain>,
    last: String,
}

impl<'a> Search<'_, 'a> {
    fn extend(&mut self, path: &mut Vec<Certificate>) {
        let Some(last) = path.last().cloned() else { return };
        let anchors = self.work.context.anchors;
        if let Some(anchor) = anchors.of(&last)
            && self.accept(path, anchor)
        {
            return;
        }
        for anchor in anchors.issuers_of(&last) {
            if !path.contains(&anchor.certificate) && self.work.is_signed_by(&last, &anchor.certificate) {
                self.accept(path, anchor);
            }
        }
        if path.len() >= LENGTH_MAX {
            return;
        }
        let work = self.work;
        for issuer in work.material.issuers_of(&last) {
            if self.found.len() >= PATHS_MAX {
                return;
            }
            let anchored = anchors.of(issuer).is_some_and(|a| a.is_trusted(self.service, self.at));
            if anchored || path.contains(issuer) || !work.is_signed_by(&last, issuer) {
                continue;
            }
            path.push(issuer.clone());
            self.last = issuer.subject();
            self.extend(path);
            path.pop();
        }
    }

    /// Takes the path if the anchor is trusted for this; remembers why not otherwise.
    fn accept(&mut self, path: &[Certificate], anchor: &'a Anchor) -> bool {
        if anchor.is_trusted(self.service, self.at) {
            self.found.push(Chain { certificates: path.to_vec(), anchor });
            return true;
        }
        let periods = anchor.trusted.iter().map(|t| {
            let bound = |time: Option<Instant>| time.map_or("…".into(), |time| time.to_string());
            format!("{:?} {} to {}", t.service, bound(t.from), bound(t.until))
        });
        let trusted = periods.take(8).collect::<Vec<_>>().join(", ");
        self.refused = Some(NoChain::NotTrusted { anchor: anchor.certificate.subject(), trusted });
        false
    }
}
