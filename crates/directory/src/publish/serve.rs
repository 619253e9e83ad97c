//! Serves what is published over HTTP, at the paths of the reference.

use super::publisher::Served;
use super::{Publisher, Ring};
use crate::Version;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::sync::Arc;

impl Publisher {
    /// `GET /internalconf?version=N`, `GET /externalconf?version=N` and the parts they list. Without a version the oldest
    /// that we write is served (the reference serves V2 then, which we do not write); an unavailable one is 404.
    pub fn router(self: &Arc<Self>) -> Router {
        Router::new()
            .route("/internalconf", get(internal))
            .route("/externalconf", get(external))
            .route("/{version}/{generation}/{file}", get(part))
            .with_state(Arc::clone(self))
    }
}

async fn internal(State(publisher): State<Arc<Publisher>>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    directory(&publisher, Ring::Internal, query.as_deref(), &headers)
}

async fn external(State(publisher): State<Arc<Publisher>>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    directory(&publisher, Ring::External, query.as_deref(), &headers)
}

fn directory(publisher: &Publisher, ring: Ring, query: Option<&str>, headers: &HeaderMap) -> Response {
    let published = publisher.published();
    let served = asked_version(query).and_then(|version| published.directory(ring, version));
    // The body carries the multipart header itself, as the reference's files do.
    answer(served, "application/octet-stream", "no-cache", headers)
}

/// The version asked for; anything but digits counts as not asked, as in the reference.
fn asked_version(query: Option<&str>) -> Option<Version> {
    let parameters = query.unwrap_or_default().split('&');
    let asked = parameters
        .filter_map(|p| p.strip_prefix("version="))
        .find(|v| !v.is_empty() && v.bytes().all(|b| b.is_ascii_digit()));
    match asked {
        Some(text) => Version::from_text(text),
        None => Version::WRITTEN.first().copied(),
    }
}

async fn part(State(publisher): State<Arc<Publisher>>, uri: Uri, headers: HeaderMap) -> Response {
    let published = publisher.published();
    answer(published.part(uri.path()), "text/xml; charset=UTF-8", "max-age=600, immutable", &headers)
}

fn answer(served: Option<&Served>, media_type: &'static str, cache: &'static str, headers: &HeaderMap) -> Response {
    let Some(served) = served else {
        return (StatusCode::NOT_FOUND, [(CACHE_CONTROL, "no-cache")], "not available\n").into_response();
    };
    let fields = [(ETAG, served.etag.clone()), (CACHE_CONTROL, cache.to_owned())];
    let known = headers.get_all(IF_NONE_MATCH).iter().filter_map(|v| v.to_str().ok()).flat_map(|v| v.split(','));
    if known.map(str::trim).any(|tag| tag == "*" || tag.trim_start_matches("W/") == served.etag) {
        return (StatusCode::NOT_MODIFIED, fields).into_response();
    }
    (fields, [(CONTENT_TYPE, media_type)], served.bytes.clone()).into_response()
}
