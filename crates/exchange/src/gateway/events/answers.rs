//! Answers to information systems and to gateways, in JSON.

use crate::events::topic::PublishError;
use crate::events::wire::EventError;
use crate::events::{EventsFailure, settings::SettingError};
use crate::gateway::outgoing::Outgoing;
use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use mekong_base::Problem;
use serde_json::Value;

/// A JSON answer.
pub(super) fn json(status: u16, value: &Value) -> Response<Outgoing> {
    typed(status, "application/json", value.to_string())
}

/// An answer of text of some type.
pub(super) fn typed(status: u16, content_type: &'static str, text: String) -> Response<Outgoing> {
    let mut response = Response::new(Outgoing::from(Bytes::from(text)));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// A refusal: problem details.
pub(super) fn problem(problem: &Problem) -> Response<Outgoing> {
    let text = serde_json::to_string(problem).unwrap_or_default();
    typed(problem.status, Problem::MEDIA_TYPE, text)
}

/// That something is wrong with the request.
pub(super) fn bad(detail: impl Into<String>) -> Problem {
    Problem::new(400, "event-request", "The request cannot be understood", detail)
}

/// That there is no such thing.
pub(super) fn missing(detail: impl Into<String>) -> Problem {
    Problem::new(404, "event-not-found", "There is no such thing here", detail)
}

/// That this address may not.
pub(super) fn denied(detail: impl Into<String>) -> Problem {
    Problem::new(403, "event-denied", "This system may not do that", detail)
}

/// That events are not kept here.
pub(super) fn off() -> Problem {
    let detail = "this gateway keeps no events: its operator names a place for them";
    Problem::new(503, "events-off", "There are no events here", detail)
}

impl From<EventsFailure> for Box<Problem> {
    fn from(error: EventsFailure) -> Self {
        let full = matches!(&error, EventsFailure::Ledger(error) if error.is_full());
        let detail = match full {
            true => "the disk of the events is full: make room, then it works again by itself; nothing was lost",
            false => "the event ledger failed: see the gateway's log, then send it again",
        };
        tracing::error!(%error, "events failed");
        Self::new(Problem::new(503, "events-failed", "Events cannot be kept or read now", detail))
    }
}

impl From<EventError> for Box<Problem> {
    fn from(error: EventError) -> Self {
        let status = if matches!(error, EventError::TooLarge { .. }) { 413 } else { 400 };
        Self::new(Problem::new(status, "event-invalid", "This is no event that is taken here", error.to_string()))
    }
}

impl From<PublishError> for Box<Problem> {
    fn from(error: PublishError) -> Self {
        match error {
            PublishError::Failure(failure) => failure.into(),
            PublishError::Event(error) => error.into(),
            conflict @ PublishError::Conflict { .. } => {
                Self::new(Problem::new(409, "event-conflict", "The id stands for another event", conflict.to_string()))
            }
        }
    }
}

impl From<SettingError> for Box<Problem> {
    fn from(error: SettingError) -> Self {
        Self::new(bad(error.to_string()))
    }
}

/// Why a request is refused.
pub(super) type Refusal = Box<Problem>;
