//! The validator for programs: a document in, the verdict as JSON out, as `mekong verify --json` prints it.

use super::failure::Failure;
use super::reader::Reader;
use super::{Validator, aside, upload};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use mekong_signature::ReadError;
use mekong_verdict::line::Line;
use mekong_verdict::{html, plain};
use serde::Serialize;
use std::sync::Arc;

/// What a document is called whose sender gave no name.
pub(super) const UNNAMED: &str = "document";

/// The verdict, and where a language was asked for, in words.
#[derive(Serialize)]
struct Answer {
    #[serde(flatten)]
    line: Line,
    /// A fragment of a page.
    #[serde(skip_serializing_if = "Option::is_none")]
    html: Option<String>,
}

/// `POST /api/v1/validations`
pub(super) async fn validate(
    State(validator): State<Arc<Validator>>,
    reader: Reader,
    headers: HeaderMap,
    body: Body,
) -> Response {
    match answer(validator, &reader, &headers, body).await {
        Ok(answer) => Json(answer).into_response(),
        Err(failure) => failure.problem(),
    }
}

async fn answer(
    validator: Arc<Validator>,
    reader: &Reader,
    headers: &HeaderMap,
    body: Body,
) -> Result<Answer, Failure> {
    let at = reader.time_asked()?.unwrap_or_else(|| validator.now());
    let language = reader.language_asked()?;
    let turn = validator.turn().await?;
    let upload = upload::take(headers, body).await?;
    aside(move || {
        let _turn = turn;
        let name = upload.document.name.as_deref().unwrap_or(UNNAMED);
        match validator.judge(&upload, at) {
            Ok(verdict) => {
                let html = language.map(|language| html::fragment(&plain::of(&verdict, language)));
                Ok(Answer { line: Line::of(name, &verdict), html })
            }
            // A verdict too: whatever this was, it is broken.
            Err(error @ ReadError::Malformed { .. }) => {
                let html = language.map(|language| html::fragment(&plain::of_error(&error, language)));
                Ok(Answer { line: Line::unjudged(name, error.to_string()), html })
            }
            Err(ReadError::NoSignature(reason)) => Err(Failure::NoSignature(reason)),
            Err(error @ ReadError::Limit { .. }) => Err(Failure::Limit(error.to_string())),
            Err(error) => Err(Failure::Broken(error.to_string())),
        }
    })
    .await?
}

/// `GET /api/v1/openapi.json`
pub(super) async fn description() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], include_str!("assets/openapi.json")).into_response()
}
