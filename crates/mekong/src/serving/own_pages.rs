//! What changes something does not come from a page of somebody else's.

use axum::http::{HeaderMap, Method, header};

/// Whether a request of this method may change something.
pub(crate) fn changes(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD)
}

/// Whether a browser, if it is one, says that the page which sends this is ours. Another port of this machine is not.
pub(crate) fn is_own(headers: &HeaderMap) -> bool {
    let header = |name: header::HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let host = header(header::HOST).unwrap_or_default();
    let origin = header(header::ORIGIN).is_none_or(|origin| origin.strip_prefix("http://") == Some(host));
    let site = header(header::HeaderName::from_static("sec-fetch-site")).is_none_or(|site| site == "same-origin");
    origin && site
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn only_pages_of_this_place_change_something() {
        let own = |pairs: &[(&'static str, &str)]| {
            let pair = |(name, value): &(&'static str, &str)| {
                (header::HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())
            };
            let mut all: HeaderMap = pairs.iter().map(pair).collect();
            all.insert(header::HOST, HeaderValue::from_static("127.0.0.1:8891"));
            is_own(&all)
        };
        assert!(own(&[]), "a program");
        assert!(own(&[("origin", "http://127.0.0.1:8891"), ("sec-fetch-site", "same-origin")]));
        for foreign in ["http://evil.example", "https://127.0.0.1:8891", "http://127.0.0.1:9999", "null", ""] {
            assert!(!own(&[("origin", foreign)]), "{foreign}");
        }
        for site in ["same-site", "cross-site", "none"] {
            assert!(!own(&[("origin", "http://127.0.0.1:8891"), ("sec-fetch-site", site)]), "{site}");
        }
    }
}
