//! Who reads a page: the language, and what the query asks for. A query that cannot be read asks for nothing.

use axum::extract::Query;
use axum::http::header;
use axum::http::request::Parts;
use mekong_web::Language;
use std::collections::HashMap;

/// The reader's language, and the query by name.
pub(crate) fn of(parts: &Parts) -> (Language, HashMap<String, String>) {
    let asked = Query::<HashMap<String, String>>::try_from_uri(&parts.uri).map(|query| query.0).unwrap_or_default();
    let accepted = parts.headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    (Language::choose(asked.get("lang").map(String::as_str), accepted), asked)
}
