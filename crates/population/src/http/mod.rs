//! The REST service of the register: one person by number, persons by name and day of birth.
//!
//! It stands behind a gateway, which tells who asks (`X-Road-Client`). A request without that is refused, and nobody is shown
//! before the access log has it on disk. Bind it to an address that only the gateway reaches.

mod answer;
mod openapi;
mod question;
mod refusal;

pub use openapi::openapi;

use crate::{Access, AccessLog, Register, RegisterError};
use answer::{PersonAnswer, PersonsAnswer};
use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use mekong_base::Clock;
use mekong_crypto::DigestAlgorithm;
use question::{asker, number, search};
use refusal::Refusal;
use serde::Serialize;

/// What the service needs.
#[derive(Debug, Clone)]
pub struct Service {
    /// The register it answers from.
    pub register: Register,
    /// Where it writes whom it shows, before it does.
    pub accesses: AccessLog,
    /// What day it is.
    pub clock: Clock,
}

/// `GET /persons/{id}`, `GET /persons?name=&born=&limit=&cursor=`, `GET /openapi.json`, `GET /health`.
pub fn router(service: Service) -> Router {
    Router::new()
        .route("/persons/{id}", get(person))
        .route("/persons", get(persons))
        .route("/openapi.json", get(description))
        .route("/health", get(health))
        .fallback(|| async { Refusal::NoSuchPath })
        .method_not_allowed_fallback(|| async { Refusal::MethodNotAllowed })
        .with_state(service)
}

/// One person
///
/// The whole entry of an identity number. The access is logged with the number, the asking system and the message.
#[utoipa::path(
    get, path = "/persons/{id}", operation_id = "person", tag = "persons",
    params(
        ("id" = String, Path, description = "The identity number: 12 digits", example = "001090000001"),
        ("X-Road-Client" = String, Header, description = "The system that asks, set by its gateway: instance/class/member/subsystem"),
        ("X-Road-Id" = Option<String>, Header, description = "The message, as the asking system numbers it"),
        ("X-Road-Request-Id" = Option<String>, Header, description = "The message, as the gateways number it"),
        ("If-None-Match" = Option<String>, Header, description = "The ETag of an earlier answer"),
    ),
    responses(
        (status = 200, description = "The person", body = PersonAnswer,
            headers(("ETag" = String, description = "Changes when the entry does"))),
        (status = 304, description = "The entry is as it was"),
        (status = 400, description = "No identity number, or no X-Road-Client", body = refusal::ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "Nobody has this number", body = refusal::ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "The register or its access log cannot be used", body = refusal::ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn person(
    State(service): State<Service>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let asker = asker(&headers)?;
    let id = number(&id, service.register.country())?;
    let found = service.register.person(&id).await?;
    let shown = found.iter().map(|person| person.id.clone()).collect();
    let access = Access { asker, operation: "person".to_owned(), subject: id.clone(), shown };
    service.accesses.record(&access).await?;
    let person = found.ok_or(Refusal::NotFound(id))?;
    let country = service.register.country();
    answered(&headers, &PersonAnswer::of(&person, country, country.day(service.clock.now())))
}

/// Persons by name
///
/// Without `born`, those whose full name begins with `name`; with `born`, those born that day whose name has words that begin with
/// the words of `name`, in any order. Case and Vietnamese marks do not matter; Lao names are found in Lao and in Latin letters.
/// The access is logged with every person shown.
#[utoipa::path(
    get, path = "/persons", operation_id = "persons", tag = "persons",
    params(
        ("name" = String, Query, description = "At least two letters, at most 200", example = "nguyen van"),
        ("born" = Option<String>, Query, description = "The day of birth, YYYY-MM-DD", example = "1990-05-31"),
        ("limit" = Option<u32>, Query, description = "Persons in one answer, 1 to 100; 20 if absent"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the previous answer, with the same name and born"),
        ("X-Road-Client" = String, Header, description = "The system that asks, set by its gateway: instance/class/member/subsystem"),
        ("X-Road-Id" = Option<String>, Header, description = "The message, as the asking system numbers it"),
        ("X-Road-Request-Id" = Option<String>, Header, description = "The message, as the gateways number it"),
        ("If-None-Match" = Option<String>, Header, description = "The ETag of an earlier answer"),
    ),
    responses(
        (status = 200, description = "The persons, in the order of their names; none is an answer too", body = PersonsAnswer,
            headers(("ETag" = String, description = "Changes when the answer does"))),
        (status = 304, description = "The answer is as it was"),
        (status = 400, description = "A parameter is wrong, or no X-Road-Client", body = refusal::ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "The register or its access log cannot be used", body = refusal::ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn persons(
    State(service): State<Service>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let asker = asker(&headers)?;
    let search = search(query.as_deref().unwrap_or_default())?;
    let page = service.register.search(&search).await?;
    let shown = page.persons.iter().map(|person| person.id.clone()).collect();
    let subject = match search.born {
        Some(born) => format!("name {}, born {born}", search.name),
        None => format!("name {}", search.name),
    };
    service.accesses.record(&Access { asker, operation: "search".to_owned(), subject, shown }).await?;
    answered(&headers, &PersonsAnswer::of(&page, service.register.country()))
}

/// This description
#[utoipa::path(get, path = "/openapi.json", operation_id = "description", tag = "service",
    responses((status = 200, description = "OpenAPI 3.1", content_type = "application/json")))]
async fn description() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], openapi()).into_response()
}

/// Whether the register answers
#[utoipa::path(get, path = "/health", operation_id = "health", tag = "service",
    responses(
        (status = 200, description = "It answers", body = answer::HealthAnswer),
        (status = 503, description = "Its database does not", body = refusal::ProblemBody, content_type = "application/problem+json"),
    ))]
async fn health(State(service): State<Service>) -> Result<Response, Refusal> {
    service.register.check().await?;
    let body = answer::HealthAnswer { status: "up", country: service.register.country().code() };
    Ok(([(header::CACHE_CONTROL, "no-store")], axum::Json(body)).into_response())
}

/// JSON that nobody may keep, with its `ETag`; 304 if the asker has it already.
fn answered(headers: &HeaderMap, answer: &impl Serialize) -> Result<Response, Refusal> {
    let body = serde_json::to_vec(answer).map_err(|_| Refusal::Internal)?;
    let digest = DigestAlgorithm::Sha256.digest(&body);
    let tag: String = digest.as_ref().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let tag = format!("\"{tag}\"");
    let known = headers.get_all(header::IF_NONE_MATCH).iter().any(|value| has_tag(value, &tag));
    let etag = HeaderValue::from_str(&tag).map_err(|_| Refusal::Internal)?;
    let fixed = [(header::ETAG, etag), (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    if known {
        return Ok((StatusCode::NOT_MODIFIED, fixed).into_response());
    }
    Ok((fixed, [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], body).into_response())
}

/// Weak comparison of RFC 9110 §13.1.2.
fn has_tag(value: &HeaderValue, tag: &str) -> bool {
    let Ok(value) = value.to_str() else { return false };
    value.split(',').map(|known| known.trim().trim_start_matches("W/")).any(|known| known == tag || known == "*")
}

impl From<RegisterError> for Refusal {
    fn from(error: RegisterError) -> Self {
        tracing::error!(error = &error as &dyn std::error::Error, "the register cannot answer");
        match error {
            RegisterError::Store(_) | RegisterError::Log(_) => Self::Unavailable,
            RegisterError::Damaged { .. } | RegisterError::Line { .. } | RegisterError::Unwritable => Self::Internal,
        }
    }
}
