//! Where to ask, in which order, and how URLs are put together.

use crate::signed::Kind;
use crate::{Anchor, SharedParameters, Version};
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{SeedableRng as _, TryRngCore as _};

/// What an anchor leads to, by the last segment of its URLs. Anything else (a configuration proxy) may be signed by both.
pub(super) fn kind(anchor: &Anchor) -> Kind {
    match anchor.sources.first().and_then(|s| last_segment(&s.url)) {
        Some("internalconf") => Kind::Internal,
        Some("externalconf") => Kind::External,
        _ => Kind::Any,
    }
}

fn last_segment(url: &str) -> Option<&str> {
    url.split(['?', '#']).next()?.rsplit('/').next()
}

/// URLs in the order in which they are tried: the last good one, those that trusted shared parameters announce, those of
/// the anchor; each group shuffled, so that sources share the load, and https last: what is fetched is
/// signed, so that TLS adds only what can fail.
pub(super) fn order(anchor: &Anchor, shared: Option<&SharedParameters>, last_good: Option<&str>) -> Vec<String> {
    let name = match kind(anchor) {
        Kind::Internal => Some("internalconf"),
        Kind::External => Some("externalconf"),
        Kind::Any => None,
    };
    let announced = shared.into_iter().flat_map(|s| &s.sources);
    let announced = announced.filter_map(|s| name.map(|n| format!("http://{}/{n}", s.address))).collect();
    let anchored = anchor.sources.iter().map(|s| s.url.clone()).collect();
    let mut urls: Vec<String> = shuffled(announced).into_iter().chain(shuffled(anchored)).collect();
    urls.sort_by_key(|url| url.starts_with("https:"));
    if let Some(at) = urls.iter().position(|url| Some(url.as_str()) == last_good) {
        let good = urls.remove(at);
        urls.insert(0, good);
    }
    let mut seen = std::collections::HashSet::new();
    urls.retain(|url| seen.insert(url.clone()));
    urls
}

fn shuffled(mut urls: Vec<String>) -> Vec<String> {
    let mut seed = [0; 32];
    // Without randomness the order stays: it only spreads load.
    if rand::rngs::OsRng.try_fill_bytes(&mut seed).is_ok() {
        urls.shuffle(&mut StdRng::from_seed(seed));
    }
    urls
}

/// The URL with its `version`; `None` if it has one already.
pub(super) fn versioned(url: &str, version: Version) -> Option<String> {
    let query = url.split_once('?').map(|(_, query)| query);
    match query {
        Some(query) if query.split('&').any(|p| p.starts_with("version=")) => None,
        Some(_) => Some(format!("{url}&version={}", version.number())),
        None => Some(format!("{url}?version={}", version.number())),
    }
}

/// The absolute path `location` on the server of `url`.
pub(super) fn on_server(url: &str, location: &str) -> String {
    let after_scheme = url.find("://").map_or(0, |at| at + 3);
    let rest = url.get(after_scheme..).unwrap_or_default();
    let end = rest.find(['/', '?', '#']).map_or(url.len(), |at| after_scheme + at);
    format!("{}{location}", url.get(..end).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::anchor::AnchorSource;

    fn anchor(urls: &[&str]) -> Anchor {
        let sources = urls.iter().map(|u| AnchorSource { url: (*u).to_owned(), certificates: Vec::new() });
        Anchor { generated_at: None, instance: "VN".into(), sources: sources.collect() }
    }

    #[test]
    fn urls_are_put_together() {
        assert_eq!(versioned("http://a/conf", Version::V6).as_deref(), Some("http://a/conf?version=6"));
        assert_eq!(versioned("http://a/conf?x=1", Version::V3).as_deref(), Some("http://a/conf?x=1&version=3"));
        assert_eq!(versioned("http://a/conf?version=2", Version::V3), None);
        assert_eq!(on_server("http://a:1/b/conf?version=6", "/V6/x"), "http://a:1/V6/x");
        assert_eq!(on_server("http://a:1?version=6", "/V6/x"), "http://a:1/V6/x");
        assert_eq!(on_server("http://a", "/V6/x"), "http://a/V6/x");
    }

    #[test]
    fn the_last_good_comes_first_and_https_last() {
        let anchor = anchor(&["https://c/internalconf", "http://a/internalconf", "http://b/internalconf"]);
        for _ in 0..20 {
            let urls = order(&anchor, None, Some("http://b/internalconf"));
            assert_eq!(urls, ["http://b/internalconf", "http://a/internalconf", "https://c/internalconf"]);
        }
        let firsts: std::collections::HashSet<_> =
            (0..64).filter_map(|_| order(&anchor, None, None).into_iter().next()).collect();
        assert_eq!(firsts.len(), 2, "shuffled");
    }
}
