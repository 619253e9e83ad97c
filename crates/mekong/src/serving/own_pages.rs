//! What changes something does not come from a page of somebody else's, nor, unless the operator says otherwise, from another
//! user of this machine.

use super::failure::Failing;
use super::loopback;
use super::peer::Connection;
use super::reader::Reader;
use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use mekong_web::Page;

/// The place around what is inside, whose layer says who gets there, and what is outside: who may come near.
pub(crate) fn around<F: Failing + 'static, S: Clone + Send + Sync + 'static>(
    inside: Router<S>,
    outside: Router<S>,
    other_users: bool,
) -> Router<S> {
    let all = outside.merge(inside).layer(from_fn(own_pages_only::<F>));
    let all = if other_users { all } else { all.layer(from_fn(own_user_only::<F>)) };
    all.layer(from_fn(loopback::guard))
}

/// Refuses connections of other users of this machine: a cookie that one of them got hold of is worth nothing to them.
async fn own_user_only<F: Failing>(reader: Reader<F::Texts>, request: Request, next: Next) -> Response {
    if !request.extensions().get::<Connection>().is_some_and(|connection| connection.is_own()) {
        return F::OTHER_USER.at(request.uri().path(), &reader);
    }
    next.run(request).await
}

/// What changes something does not come from a page of somebody else's.
async fn own_pages_only<F: Failing>(reader: Reader<F::Texts>, request: Request, next: Next) -> Response {
    if changes(request.method()) && !is_own(request.headers()) {
        return F::FOREIGN.at(request.uri().path(), &reader);
    }
    next.run(request).await
}

/// A page as an answer. Browsers name the page that a form comes from (`Origin`) only where the policy of referrers lets
/// them.
pub(crate) fn response(page: &Page) -> Response {
    let mut response = page.response();
    response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    response
}

/// Whether a request of this method may change something.
pub(crate) fn changes(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD)
}

/// Whether a browser, if it is one, says that the page which sends this is ours. Another port of this machine is not.
fn is_own(headers: &HeaderMap) -> bool {
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
