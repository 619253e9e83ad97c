//! The REST API, under `/api/v1`. Times are UTC (RFC 3339), errors problem details (RFC 9457). Subsystems are named in
//! addresses with colons: `VN:GOV:MPS:population`.
//!
//! What changes something takes `If-Match` (the `ETag` of what was seen: the position of its last change) and
//! `Idempotency-Key`, and answers with the position at which it stands in the audit log.

mod clients;
mod common;
mod description;
mod events;
mod keys;
mod letters;
mod messages;
pub(super) mod overall;
pub(super) mod people;
mod wire;

use super::Desk;
use super::access::Who;
use super::failure::Failure;
use crate::serving::body;
use crate::serving::failure::Failing as _;
use axum::body::Body;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post, put};
use axum::{Json, Router};
use mekong_base::ClientId;
use mekong_exchange::administration::{Changed, Command};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// Where the API begins.
const PREFIX: &str = "/api/v1";

/// Everything of the API.
pub(super) fn router() -> Router<Arc<Desk>> {
    let api = Router::new()
        .route("/gateway", get(overall::gateway))
        .route("/explanations", get(overall::explanation))
        .route("/audit", get(overall::audit))
        .route("/declaration", get(overall::declaration).put(overall::apply))
        .route("/declaration/plan", post(overall::plan))
        .route("/session-codes", post(people::session_code))
        .route("/openapi.json", get(description::show))
        .route("/subsystems", get(clients::list).post(clients::add))
        .route("/subsystems/{id}", get(clients::show).delete(clients::remove))
        .route("/subsystems/{id}/connection", put(clients::connect))
        .route("/subsystems/{id}/services/{service}", put(clients::put_service).delete(clients::remove_service))
        .route(
            "/subsystems/{id}/services/{service}/endpoints",
            post(clients::add_endpoint).delete(clients::remove_endpoint),
        )
        .route("/subsystems/{id}/groups/{group}", put(clients::put_group).delete(clients::remove_group))
        .route(
            "/subsystems/{id}/groups/{group}/members/{member}",
            put(clients::add_member).delete(clients::remove_member),
        )
        .route("/subsystems/{id}/subscriptions/{name}", get(letters::show).put(events::put).delete(events::remove))
        .route("/subsystems/{id}/subscriptions/{name}/dead-letters", get(letters::list))
        .route("/subsystems/{id}/subscriptions/{name}/dead-letters/{number}/deliver", post(letters::deliver))
        .route("/subsystems/{id}/subscriptions/{name}/dead-letters/{number}/drop", post(letters::give_up))
        .route("/subsystems/{id}/subscriptions/{name}/replay", post(letters::replay))
        .route("/events", get(events::list))
        .route("/keys", get(keys::list))
        .route("/keys/requests", post(keys::request))
        .route("/keys/requests/{label}", get(keys::show_request))
        .route("/keys/certificates", post(keys::import))
        .route("/keys/certificates/{certificate}/use", put(keys::set_use))
        .route("/keys/renewal", post(keys::renew))
        .route("/messages", get(messages::list))
        .route("/messages/{id}", get(messages::show))
        .route("/messages/{id}/evidence", get(messages::evidence))
        .route("/subsystems/{id}/rights", post(clients::grant).delete(clients::revoke))
        .route("/users", get(people::list))
        .route("/users/{user}", put(people::put).delete(people::remove))
        .route("/users/{user}/tokens", get(people::tokens).post(people::add_token))
        .route("/tokens/{token}", delete(people::remove_token));
    Router::new().nest(PREFIX, api)
}

/// A request: who asks, with which headers, at which desk.
pub(super) struct Asked {
    desk: Arc<Desk>,
    who: Who,
    headers: HeaderMap,
    /// Method and path, for the audit log.
    line: String,
}

impl FromRequestParts<Arc<Desk>> for Asked {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, desk: &Arc<Desk>) -> Result<Self, Response> {
        let who = parts.extensions.get::<Who>().cloned().ok_or_else(|| Failure::Locked.problem())?;
        // Nested routers see the rest of the path only.
        let path: String = parts.uri.path().chars().take(300).collect();
        let line = format!("{} {PREFIX}{}", parts.method, path.strip_prefix(PREFIX).unwrap_or(&path));
        Ok(Self { desk: Arc::clone(desk), who, headers: parts.headers.clone(), line })
    }
}

impl Asked {
    /// The body in JSON.
    async fn json<T: DeserializeOwned>(&self, body: Body) -> Result<T, Failure> {
        Ok(body::json(&self.headers, body).await?)
    }

    /// What the sender saw of the thing: the position in `If-Match`.
    fn seen(&self) -> Result<Option<u64>, Failure> {
        let Some(value) = self.headers.get(header::IF_MATCH) else { return Ok(None) };
        let wrong = || Failure::Parameter("If-Match", "an ETag of this API is wanted: \"123\"".to_owned());
        let text = value.to_str().unwrap_or_default().trim();
        let number = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).ok_or_else(wrong)?;
        number.parse().map(Some).map_err(|_| wrong())
    }

    fn key(&self) -> Option<String> {
        self.headers.get("idempotency-key").map(|key| String::from_utf8_lossy(key.as_bytes()).into_owned())
    }

    async fn change(&self, command: Command) -> Result<Changed, Failure> {
        self.desk.change(&self.who, command, self.seen()?, self.key()).await
    }

    /// Makes a change and answers with its position.
    async fn changed(&self, command: Result<Command, Failure>) -> Response {
        let changed = async {
            let command = command?;
            let warnings = self.desk.warnings(&command);
            Ok((self.change(command).await?, warnings))
        };
        answer_change(changed.await)
    }
}

/// What was changed, and what whoever did it should know.
fn answer_change(changed: Result<(Changed, Vec<String>), Failure>) -> Response {
    answer(changed.map(|(changed, warnings)| {
        tagged(&wire::Change { position: changed.position, repeated: changed.before, warnings }, changed.position)
    }))
}

/// A value with its `ETag`.
fn tagged(value: &impl Serialize, position: u64) -> Response {
    let mut response = Json(value).into_response();
    if let Ok(value) = format!("\"{position}\"").parse() {
        response.headers_mut().insert(header::ETAG, value);
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// That something new is at `place`.
fn created(mut response: Response, place: &str) -> Response {
    if response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::CREATED;
        if let Ok(place) = place.parse() {
            response.headers_mut().insert(header::LOCATION, place);
        }
    }
    response
}

/// The identifier in an address: `VN:GOV:MPS:population`.
pub(super) fn client_id(text: &str) -> Result<ClientId, Failure> {
    let wrong = |error: mekong_base::ident::IdentError| Failure::Parameter("id", error.to_string());
    text.replace(':', "/").parse().map_err(wrong)
}

/// An identifier as addresses have it: its percent-encoded segments are encoded once more.
pub(super) fn in_address(id: &ClientId) -> String {
    id.to_string().replace('/', ":").replace('%', "%25")
}

fn answer(outcome: Result<Response, Failure>) -> Response {
    outcome.unwrap_or_else(|failure| failure.problem())
}

/// A page of a list: what `limit` and `cursor` in the query say.
struct Slice {
    limit: usize,
    cursor: String,
}

impl Slice {
    fn asked(reader: &super::reader::Reader) -> Result<Self, Failure> {
        let wrong = || Failure::Parameter("limit", "a whole number from 1 to 1000 is wanted".to_owned());
        let limit = match reader.asked("limit") {
            "" => 100,
            text => text.parse().ok().filter(|limit| (1..=1000).contains(limit)).ok_or_else(wrong)?,
        };
        Ok(Self { limit, cursor: reader.asked("cursor").to_owned() })
    }

    /// The items after the cursor, by their names, and the next cursor.
    fn of<T>(&self, items: impl Iterator<Item = (String, T)>) -> (Vec<T>, Option<String>) {
        let mut rest = items.filter(|(name, _)| *name > self.cursor);
        let (mut taken, mut last) = (Vec::new(), None);
        for (name, item) in rest.by_ref().take(self.limit) {
            taken.push(item);
            last = Some(name);
        }
        let next = if rest.next().is_some() { last } else { None };
        (taken, next)
    }
}

type Id = Path<String>;
type Two = Path<(String, String)>;
