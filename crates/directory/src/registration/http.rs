//! Registration over HTTP: one route. Requests and answers are signed, so that it needs no TLS.

use super::{MESSAGE_BYTES_MAX, Registrar};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Where requests are sent, below the address that invitations name.
pub const PATH: &str = "/registration";
/// Requests that are worked on at once; others are told to come again.
const PLACES: usize = 16;

#[derive(Clone)]
struct Served {
    registrar: Arc<Registrar>,
    places: Arc<Semaphore>,
}

impl Registrar {
    /// `POST /registration`: an envelope in, an envelope out, as `application/json`; 200 whatever the answer says, because
    /// only the signed answer counts.
    pub fn router(self: &Arc<Self>) -> Router {
        let served = Served { registrar: Arc::clone(self), places: Arc::new(Semaphore::new(PLACES)) };
        Router::new().route(PATH, post(take)).layer(DefaultBodyLimit::max(MESSAGE_BYTES_MAX)).with_state(served)
    }
}

async fn take(State(served): State<Served>, body: Bytes) -> Response {
    let Ok(place) = Arc::clone(&served.places).try_acquire_owned() else {
        return (StatusCode::SERVICE_UNAVAILABLE, "many register at once: try again in a moment\n").into_response();
    };
    let registrar = Arc::clone(&served.registrar);
    let answer = tokio::task::spawn_blocking(move || {
        let answer = registrar.take(&body).ok().and_then(|envelope| serde_json::to_vec(&envelope).ok());
        drop(place);
        answer
    });
    match answer.await.ok().flatten() {
        Some(bytes) => ([(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")], bytes).into_response(),
        None => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
