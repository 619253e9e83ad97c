//! Files that are to be read by everybody: certificates, revocation lists, trusted lists, as they lie in a folder.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::path::PathBuf;

/// What is served, by the end of its name.
const TYPES: &[(&str, &str)] = &[
    ("cer", "application/pkix-cert"),
    ("crl", "application/pkix-crl"),
    ("p7b", "application/x-pkcs7-certificates"),
    ("xml", "application/vnd.etsi.tsl+xml"),
];
/// Largest file that is served.
const FILE_BYTES_MAX: u64 = 256 << 20;

/// Serves the files of a folder under `/published/`.
pub(super) fn router(folder: PathBuf) -> Router {
    Router::new().route("/published/{*path}", get(file)).with_state(folder)
}

async fn file(State(folder): State<PathBuf>, Path(path): Path<String>) -> Response {
    let missing = || (StatusCode::NOT_FOUND, "no such file is published here\n").into_response();
    let is_plain = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.contains(['\\', '\0']);
    let extension = path.rsplit_once('.').map(|(_, extension)| extension).unwrap_or_default();
    let Some((_, media_type)) = TYPES.iter().find(|(known, _)| *known == extension) else { return missing() };
    if !path.split('/').all(is_plain) {
        return missing();
    }
    let path = folder.join(path);
    let is_served = tokio::fs::metadata(&path).await.is_ok_and(|m| m.is_file() && m.len() <= FILE_BYTES_MAX);
    match tokio::fs::read(&path).await {
        Ok(bytes) if is_served => {
            ([(CONTENT_TYPE, *media_type), (CACHE_CONTROL, "max-age=600, public")], bytes).into_response()
        }
        _ => missing(),
    }
}
