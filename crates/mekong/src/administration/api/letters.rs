//! A subscription's dead letters, and delivering again. What events carry is not shown: it is personal.

use super::super::letters;
use super::events::SubscriptionLine;
use super::wire::ProblemBody;
use super::{Asked, answer, client_id, tagged};
use crate::administration::failure::Failure;
use axum::body::Body;
use axum::extract::Path;
use axum::response::Response;
use mekong_base::Instant;
use mekong_exchange::administration::SubscriptionAct;
use mekong_exchange::administration::role::Permission;
use mekong_exchange::events::Subscription;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Letters that one answer has.
const LETTERS_MAX: usize = 1_000;

type Two = Path<(String, String)>;
type Three = Path<(String, String, u64)>;

/// A subscription, and how it stands
#[utoipa::path(get, path = "/api/v1/subsystems/{id}/subscriptions/{name}", operation_id = "subscription", tag = "events",
    params(("id" = String, Path, description = "The identifier with colons"), ("name" = String, Path, description = "Its name")),
    responses((status = 200, description = "How it stands", body = SubscriptionLine)))]
pub(super) async fn show(asked: Asked, Path((id, name)): Two) -> Response {
    let shown = async {
        asked.desk.permit(&asked.who, &[Permission::Look], &asked.line).await?;
        let subscription = letters::open(&asked.desk, &client_id(&id)?, &name)?;
        Ok(standing(&asked, &subscription))
    };
    answer(shown.await)
}

/// Events that were put aside, without what they carry
#[utoipa::path(get, path = "/api/v1/subsystems/{id}/subscriptions/{name}/dead-letters", operation_id = "deadLetters", tag = "events",
    params(("id" = String, Path, description = "The identifier with colons"), ("name" = String, Path, description = "Its name")),
    responses((status = 200, description = "The oldest 1000", body = DeadLettersAnswer)))]
pub(super) async fn list(asked: Asked, Path((id, name)): Two) -> Response {
    let listed = async {
        asked.desk.permit(&asked.who, &[Permission::Look], &asked.line).await?;
        let subscription = letters::open(&asked.desk, &client_id(&id)?, &name)?;
        let dead_letters = lines(&subscription).await?;
        Ok(tagged(&DeadLettersAnswer { dead_letters }, asked.desk.subject.administration.state().changed))
    };
    answer(listed.await)
}

/// Deliver a dead letter again
#[utoipa::path(post, path = "/api/v1/subsystems/{id}/subscriptions/{name}/dead-letters/{number}/deliver",
    operation_id = "deliverDeadLetter", tag = "events",
    params(("id" = String, Path, description = "The identifier with colons"), ("name" = String, Path, description = "The subscription's name"),
        ("number" = u64, Path, description = "The letter's number")),
    responses((status = 200, description = "It will be delivered again: how the subscription stands", body = SubscriptionLine)))]
pub(super) async fn deliver(asked: Asked, Path((id, name, number)): Three) -> Response {
    decided(&asked, &id, &name, Ok(SubscriptionAct::DeliverAgain(number))).await
}

/// Give a dead letter up: it is never delivered, and later events of its subject wait for it no longer
#[utoipa::path(post, path = "/api/v1/subsystems/{id}/subscriptions/{name}/dead-letters/{number}/drop",
    operation_id = "dropDeadLetter", tag = "events",
    params(("id" = String, Path, description = "The identifier with colons"), ("name" = String, Path, description = "The subscription's name"),
        ("number" = u64, Path, description = "The letter's number")),
    responses((status = 200, description = "It is given up: how the subscription stands", body = SubscriptionLine)))]
pub(super) async fn give_up(asked: Asked, Path((id, name, number)): Three) -> Response {
    decided(&asked, &id, &name, Ok(SubscriptionAct::Drop(number))).await
}

/// Deliver again from a position or a time on, with the mark that it was delivered before
#[utoipa::path(post, path = "/api/v1/subsystems/{id}/subscriptions/{name}/replay", operation_id = "replay", tag = "events",
    params(("id" = String, Path, description = "The identifier with colons"), ("name" = String, Path, description = "Its name")),
    request_body = ReplayBody,
    responses((status = 200, description = "It will be delivered again: how the subscription stands", body = SubscriptionLine),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "Neither a position nor a time, or both"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "Nothing was fetched yet")))]
pub(super) async fn replay(asked: Asked, Path((id, name)): Two, body: Body) -> Response {
    let act = async {
        match asked.json::<ReplayBody>(body).await? {
            ReplayBody { from: Some(position), since: None } => Ok(SubscriptionAct::ReplayFrom(position)),
            ReplayBody { from: None, since: Some(time) } => Ok(SubscriptionAct::ReplaySince(time)),
            _ => Err(Failure::Parameter("from", "either from (a position) or since (a time) is wanted".to_owned())),
        }
    };
    decided(&asked, &id, &name, act.await).await
}

async fn decided(asked: &Asked, id: &str, name: &str, act: Result<SubscriptionAct, Failure>) -> Response {
    let decided = async {
        let subscription = letters::decide(&asked.desk, &asked.who, &client_id(id)?, name, act?).await?;
        Ok(standing(asked, &subscription))
    };
    answer(decided.await)
}

fn standing(asked: &Asked, subscription: &Subscription) -> Response {
    tagged(&SubscriptionLine::of(subscription), asked.desk.subject.administration.state().changed)
}

async fn lines(subscription: &Subscription) -> Result<Vec<DeadLetterLine>, Failure> {
    let inbox = subscription.inbox();
    let mut lines = Vec::new();
    for (number, letter) in inbox.dead.iter().take(LETTERS_MAX) {
        let stored = subscription.stored(*number).await.map_err(|error| Failure::Broken(error.to_string()))?;
        let (id, kind) = stored.map(|stored| (stored.id, stored.kind)).unzip();
        lines.push(DeadLetterLine {
            number: *number,
            position: letter.event.position,
            id,
            kind,
            subject: letter.event.subject.clone(),
            attempts: letter.attempts,
            reason: letter.reason.clone(),
            received: letter.event.at,
            since: letter.since,
            holds: letter.holds,
        });
    }
    Ok(lines)
}

/// What a subscription put aside.
#[derive(Serialize, ToSchema)]
pub(super) struct DeadLettersAnswer {
    dead_letters: Vec<DeadLetterLine>,
}

/// An event that was put aside.
#[derive(Serialize, ToSchema)]
struct DeadLetterLine {
    /// Its number here, by which it is decided about.
    number: u64,
    /// Its position in the publisher's topic.
    position: u64,
    /// The event's id.
    id: Option<String>,
    /// The event's type.
    #[serde(rename = "type")]
    #[schema(example = "vn.birth")]
    kind: Option<String>,
    /// What it is about.
    subject: Option<String>,
    attempts: u32,
    /// What was answered last.
    reason: String,
    /// When it was received.
    #[schema(value_type = String, format = DateTime)]
    received: Instant,
    /// When it was put aside.
    #[schema(value_type = String, format = DateTime)]
    since: Instant,
    /// Later events of its subject wait for a decision.
    holds: bool,
}

/// From where to deliver again: one of the two.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReplayBody {
    /// A position of the topic.
    from: Option<u64>,
    /// A time.
    #[schema(value_type = Option<String>, format = DateTime)]
    since: Option<Instant>,
}
