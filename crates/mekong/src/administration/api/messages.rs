//! The message log: lists of what was exchanged, the story of an exchange, its evidence.

use super::overall::cursor;
use super::wire::ProblemBody;
use super::{Asked, Id, Slice, answer, tagged};
use crate::administration::messages::{Choice, document, gateway, read, sent, wanted};
use crate::administration::reader::Reader;
use crate::story::{self, Exchange};
use axum::extract::Path;
use axum::response::Response;
use mekong_base::Instant;
use mekong_exchange::administration::role::Permission;
use mekong_exchange::messagelog::{Record, Side, Told};
use serde::Serialize;
use utoipa::ToSchema;

/// What was exchanged, newest first
#[utoipa::path(get, path = "/api/v1/messages", operation_id = "messages", tag = "messages",
    params(("id" = Option<String>, Query, description = "With this X-Road-Id or x-road-request-id, and nothing else"),
        ("client" = Option<String>, Query, description = "Of who asked", example = "LA/GOV/MOHA/civil"),
        ("service" = Option<String>, Query, description = "Of what was asked", example = "VN/GOV/MPS/population/persons"),
        ("side" = Option<String>, Query, description = "`consumer` or `provider`: this gateway's"),
        ("status_min" = Option<u16>, Query, description = "Answered with this HTTP status or a higher one, ended with a fault, or without an answer after an hour"),
        ("since" = Option<String>, Query, description = "Recorded not before this time (RFC 3339)"),
        ("until" = Option<String>, Query, description = "Recorded before this time (RFC 3339)"),
        ("limit" = Option<u32>, Query, description = "Exchanges, about: 1 to 1000; 100 if absent"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the previous answer")),
    responses((status = 200, description = "Messages, without what they said; a search may give few, or none, and a cursor to go on", body = MessagesAnswer),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "A parameter is wrong")))]
pub(super) async fn list(asked: Asked, reader: Reader) -> Response {
    let listed = async {
        asked.desk.permit(&asked.who, &[Permission::ReadMessages], &asked.line).await?;
        let id = reader.asked("id");
        let (records, next) = if id.is_empty() {
            let (slice, wanted) = (Slice::asked(&reader)?, wanted(&reader)?);
            let limit = u32::try_from(slice.limit).unwrap_or(u32::MAX);
            let page = gateway(&asked.desk)?.log().search(&wanted, cursor(&slice.cursor)?, limit).await?;
            (page.records, page.next)
        } else {
            let told = gateway(&asked.desk)?.log().story(id).await?;
            (told.into_iter().flat_map(|told| told.messages).map(|message| message.record).collect(), None)
        };
        let messages = records.iter().map(MessageAnswer::from).collect();
        let next_cursor = next.map(|position| position.to_string());
        Ok(tagged(&MessagesAnswer { messages, next_cursor }, asked.desk.subject.administration.state().position))
    };
    answer(listed.await)
}

/// What became of an exchange
#[utoipa::path(get, path = "/api/v1/messages/{id}", operation_id = "story", tag = "messages",
    params(("id" = String, Path, description = "X-Road-Id or x-road-request-id, percent-encoded")),
    responses((status = 200, description = "What mekong trace tells: for programs, and in words", body = StoryAnswer)))]
pub(super) async fn show(asked: Asked, Path(id): Id) -> Response {
    let shown = async {
        asked.desk.permit(&asked.who, &[Permission::ReadMessages], &asked.line).await?;
        let (told, sealed) = read(&asked.desk, &id).await?;
        let seal = |told: &Told| sealed.iter().find(|sealed| sealed.size > told.position);
        let server = asked.desk.subject.server.to_string();
        let mut story = StoryAnswer { records: Vec::new(), text: String::new() };
        for exchange in &Exchange::of(&told) {
            let records = exchange.records.iter().map(|told| story::json(&server, exchange, told, seal(told)));
            story.records.extend(records);
            story.text.push_str(&story::text(&server, exchange, seal));
        }
        Ok(tagged(&story, asked.desk.subject.administration.state().position))
    };
    answer(shown.await)
}

/// The evidence of an exchange: signed containers (ASiC-E). Who takes it is recorded in the audit log
#[utoipa::path(get, path = "/api/v1/messages/{id}/evidence", operation_id = "evidence", tag = "messages",
    params(("id" = String, Path, description = "X-Road-Id or x-road-request-id, percent-encoded"),
        ("part" = Option<String>, Query, description = "`request` or `response` only; by itself if it is one container"),
        ("number" = Option<i64>, Query, description = "The container of the message with this number only")),
    responses((status = 200, description = "A container, or a ZIP file of several (application/zip); encrypted for whom archives are (application/octet-stream)",
            content_type = "application/vnd.etsi.asic-e+zip"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "A parameter is wrong, or it is too much for one answer"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "It waits for its time-stamp")))]
pub(super) async fn evidence(asked: Asked, Path(id): Id, reader: Reader) -> Response {
    let taken = async {
        asked.desk.permit(&asked.who, &[Permission::ReadMessages], &asked.line).await?;
        Ok(sent(document(&asked.desk, &asked.who, &id, Choice::asked(&reader)?).await?))
    };
    answer(taken.await)
}

/// Messages of the log.
#[derive(Serialize, ToSchema)]
pub(super) struct MessagesAnswer {
    messages: Vec<MessageAnswer>,
    /// Ask again with this `cursor` for older ones.
    next_cursor: Option<String>,
}

/// A logged message.
#[derive(Serialize, ToSchema)]
struct MessageAnswer {
    /// Its number in this log.
    number: i64,
    /// X-Road-Id
    message_id: String,
    /// x-road-request-id
    request_id: String,
    /// `request` or `response`.
    part: &'static str,
    /// `consumer` or `provider`: what this gateway was.
    side: &'static str,
    #[schema(value_type = String, format = DateTime)]
    recorded_at: Instant,
    #[schema(example = "LA/GOV/MOHA/civil")]
    client: String,
    #[schema(example = "VN/GOV/MPS/population/persons")]
    service: String,
    /// Method and path, without what is personal in it.
    operation: String,
    /// The other gateway; null if it was not reached.
    peer: Option<String>,
    /// HTTP status, of an answer.
    status: Option<u16>,
    /// How long the exchange took here, of an answer.
    duration_ms: Option<f64>,
    /// Subject of the certificate that it is signed with.
    signer: String,
    body_bytes: u64,
    /// Whether it is evidence already.
    timestamped: bool,
    /// Of a request without an answer: the code of the fault that it ended with, if that is known.
    #[schema(example = "server.serverproxy.access_denied")]
    fault: Option<String>,
}

impl From<&Record> for MessageAnswer {
    fn from(record: &Record) -> Self {
        Self {
            number: record.id,
            message_id: record.message_id.clone(),
            request_id: record.request_id.clone(),
            part: record.part.name(),
            side: match record.side {
                Side::Consumer => "consumer",
                Side::Provider => "provider",
            },
            recorded_at: record.recorded_at,
            client: record.client.clone(),
            service: record.service.clone(),
            operation: record.operation.clone(),
            peer: record.peer.clone(),
            status: record.status,
            duration_ms: record.duration.map(|duration| duration.as_secs_f64() * 1_000.0),
            signer: record.signer.clone(),
            body_bytes: record.body_size,
            timestamped: record.timestamp_id.is_some(),
            fault: record.fault.clone(),
        }
    }
}

/// The story of an exchange.
#[derive(Serialize, ToSchema)]
pub(super) struct StoryAnswer {
    /// One object for each record of the log, as `mekong trace --json` prints them.
    #[schema(value_type = Vec<Object>)]
    records: Vec<serde_json::Value>,
    /// The same in English words.
    text: String,
}
