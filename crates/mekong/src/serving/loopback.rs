//! Who may ask where only this machine may.
//!
//! A page of another site could have its name resolve to 127.0.0.1 and so read what this machine alone may see (DNS
//! rebinding): only requests that name a loopback host are answered. It could also load our addresses in its own page:
//! browsers say so (`Sec-Fetch-Site`), and get nothing.

use super::headers;
use crate::cli::CommandError;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::net::{IpAddr, SocketAddr};

/// Refuses to listen where others than this machine could ask. `what` is whose address it is: `the console has no login and`.
///
/// # Errors
/// In words, with an address that is good.
pub(crate) fn check_address(address: SocketAddr, what: &str) -> Result<(), CommandError> {
    let ip = address.ip();
    if ip.is_loopback() {
        return Ok(());
    }
    Err(CommandError::new(format!("{what} is for this machine only: {ip} is no loopback address, 127.0.0.1 is")))
}

/// Refuses who may not ask; adds the headers.
pub(crate) async fn guard(request: Request, next: Next) -> Response {
    let mut response = match check(request.uri(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    };
    headers::set(response.headers_mut());
    response
}

/// Why a request is not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refusal {
    /// It does not name a loopback host, or names none, or several.
    Host,
    /// Another site's page asks.
    OtherSite,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::Host => {
                let text = "This answers only to names of this machine: open it as http://127.0.0.1 or http://localhost, with its port.\n";
                (StatusCode::MISDIRECTED_REQUEST, text).into_response()
            }
            Self::OtherSite => (StatusCode::FORBIDDEN, "This is not for pages of other sites.\n").into_response(),
        }
    }
}

fn check(uri: &Uri, headers: &HeaderMap) -> Result<(), Refusal> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let host = hosts.next().and_then(|host| host.to_str().ok()).ok_or(Refusal::Host)?;
    let named = uri.authority().map_or(host, axum::http::uri::Authority::as_str);
    if hosts.next().is_some() || !is_loopback(host) || !is_loopback(named) {
        return Err(Refusal::Host);
    }
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let from_outside = header("sec-fetch-site").is_some_and(|site| !matches!(site, "same-origin" | "none"));
    let is_a_link = header("sec-fetch-mode") == Some("navigate") && header("sec-fetch-dest") == Some("document");
    if from_outside && !is_a_link { Err(Refusal::OtherSite) } else { Ok(()) }
}

/// Whether `host`, with or without port, is a name or address of this machine's loopback.
fn is_loopback(host: &str) -> bool {
    let (name, port) = match host.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((address, "")) => (address, None),
            Some((address, port)) => (address, Some(port.strip_prefix(':').unwrap_or("?"))),
            None => return false,
        },
        None => host.split_once(':').map_or((host, None), |(name, port)| (name, Some(port))),
    };
    let good_port = port.is_none_or(|port| port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok());
    let good_name =
        name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    good_port && good_name
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use axum::http::{HeaderName, HeaderValue};

    #[test]
    fn only_names_of_this_machine_are_hosts() {
        for good in ["localhost", "LOCALHOST:4000", "127.0.0.1", "127.0.0.1:4000", "127.9.8.7:1", "[::1]", "[::1]:4000"]
        {
            assert!(is_loopback(good), "{good}");
        }
        let bad = [
            "",
            ":4000",
            "evil.example",
            "localhost.evil.example:4000",
            "127.0.0.1.evil.example",
            "127.0.0.1:4000:1",
            "0.0.0.0:4000",
            "10.0.0.1",
            "[::1",
            "[::1]x",
            "[::2]",
            "::1",
            "localhost:",
            "localhost:99999",
            "localhost:+1",
            "user@localhost",
            "2130706433",
            "[127.0.0.1]x",
        ];
        for bad in bad {
            assert!(!is_loopback(bad), "{bad}");
        }
    }

    #[test]
    fn a_page_of_another_site_gets_nothing_but_may_link() {
        let asked = |pairs: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::from_iter([(header::HOST, HeaderValue::from_static("localhost:4000"))]);
            headers.extend(pairs.iter().map(|(n, v)| (HeaderName::from_static(n), HeaderValue::from_static(v))));
            check(&Uri::from_static("/"), &headers)
        };
        assert_eq!(asked(&[]), Ok(()));
        assert_eq!(asked(&[("sec-fetch-site", "none"), ("sec-fetch-mode", "navigate")]), Ok(()));
        assert_eq!(asked(&[("sec-fetch-site", "same-origin"), ("sec-fetch-mode", "no-cors")]), Ok(()));
        let link = [("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")];
        assert_eq!(asked(&link), Ok(()));
        let frame = [("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "iframe")];
        assert_eq!(asked(&frame), Err(Refusal::OtherSite));
        assert_eq!(asked(&[("sec-fetch-site", "same-site"), ("sec-fetch-mode", "no-cors")]), Err(Refusal::OtherSite));
        assert_eq!(asked(&[("host", "evil.example")]), Err(Refusal::Host));
    }

    #[test]
    fn an_absolute_address_must_name_this_machine_too() {
        let headers = HeaderMap::from_iter([(header::HOST, HeaderValue::from_static("localhost"))]);
        assert_eq!(check(&Uri::from_static("http://evil.example/"), &headers), Err(Refusal::Host));
        assert_eq!(check(&Uri::from_static("http://127.0.0.1:4000/"), &headers), Ok(()));
        assert_eq!(check(&Uri::from_static("/"), &HeaderMap::new()), Err(Refusal::Host));
    }

    #[test]
    fn only_loopback_addresses_are_listened_on() {
        let of = |address: &str| check_address(address.parse().unwrap(), "this");
        for good in ["127.0.0.1:4000", "127.1.2.3:0", "[::1]:4000"] {
            assert!(of(good).is_ok(), "{good}");
        }
        for bad in ["0.0.0.0:4000", "[::]:4000", "192.0.2.1:4000"] {
            assert!(of(bad).is_err_and(|error| error.to_string().contains("no loopback address")), "{bad}");
        }
    }
}
