//! The style sheet and the icon. Their names carry their digests, so browsers may keep them for ever.

use axum::Router;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;

/// The style sheet.
pub const STYLESHEET: &str = include_str!("../assets/mekong.css");
/// The icon of the tab.
pub const ICON: &str = include_str!("../assets/mekong.svg");

/// Where the pages look for the style sheet.
pub fn stylesheet_path() -> String {
    format!("/assets/mekong-{:016x}.css", digest(STYLESHEET))
}

/// Where the pages look for the icon.
pub fn icon_path() -> String {
    format!("/assets/mekong-{:016x}.svg", digest(ICON))
}

/// Serves both; merge it into the router of the pages.
pub fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route(&stylesheet_path(), get(async || kept("text/css; charset=utf-8", STYLESHEET)))
        .route(&icon_path(), get(async || kept("image/svg+xml", ICON)))
}

fn kept(media_type: &'static str, body: &'static str) -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, media_type),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, body)
}

/// FNV-1a of 64 bits: tells one release's file from the next, no more.
const fn digest(text: &str) -> u64 {
    let mut bytes = text.as_bytes();
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    while let Some((byte, rest)) = bytes.split_first() {
        hash = (hash ^ *byte as u64).wrapping_mul(0x0000_0100_0000_01b3);
        bytes = rest;
    }
    hash
}
