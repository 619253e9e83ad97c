//! Topics and subscriptions: how they stand, and following topics of others.

use super::wire::{Change, ProblemBody};
use super::{Asked, answer, client_id, tagged};
use axum::body::Body;
use axum::extract::Path;
use axum::response::Response;
use mekong_base::{ClientId, Instant};
use mekong_exchange::administration::Command;
use mekong_exchange::administration::role::Permission;
use mekong_exchange::events::{Subscription, SubscriptionSettings, TopicStanding};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

type Two = Path<(String, String)>;

/// Topics, and subscriptions with how far they are behind
#[utoipa::path(get, path = "/api/v1/events", operation_id = "events", tag = "events",
    responses((status = 200, description = "How they stand", body = EventsAnswer)))]
pub(super) async fn list(asked: Asked) -> Response {
    let shown = async {
        asked.desk.permit(&asked.who, &[Permission::Look], &asked.line).await?;
        let (topics, subscriptions) = match asked.desk.handle() {
            Some(handle) => (handle.topics().await, handle.subscriptions()),
            None => (Vec::new(), Vec::new()),
        };
        let changed = asked.desk.subject.administration.state().changed;
        Ok(tagged(&EventsAnswer::of(&topics, &subscriptions), changed))
    };
    answer(shown.await)
}

/// Follow a topic, or change how
#[utoipa::path(put, path = "/api/v1/subsystems/{id}/subscriptions/{name}", operation_id = "putSubscription", tag = "events",
    params(("id" = String, Path, description = "The identifier with colons"), ("name" = String, Path, description = "Its name")),
    request_body = SubscriptionBody,
    responses((status = 200, description = "It is followed", body = Change),
        (status = 422, body = ProblemBody, content_type = "application/problem+json", description = "A value is not what it must be")))]
pub(super) async fn put(asked: Asked, Path((id, name)): Two, body: Body) -> Response {
    let command = async {
        let subscription = Box::new(asked.json::<SubscriptionBody>(body).await?.settings(name));
        Ok(Command::PutSubscription { subsystem: client_id(&id)?, subscription })
    };
    asked.changed(command.await).await
}

/// Follow a topic no longer
#[utoipa::path(delete, path = "/api/v1/subsystems/{id}/subscriptions/{name}", operation_id = "removeSubscription", tag = "events",
    params(("id" = String, Path, description = "The identifier with colons"), ("name" = String, Path, description = "Its name")),
    responses((status = 200, description = "It is ended", body = Change)))]
pub(super) async fn remove(asked: Asked, Path((id, subscription)): Two) -> Response {
    asked.changed(client_id(&id).map(|subsystem| Command::RemoveSubscription { subsystem, subscription })).await
}

/// Topics and subscriptions.
#[derive(Serialize, ToSchema)]
pub(super) struct EventsAnswer {
    topics: Vec<TopicLine>,
    subscriptions: Vec<SubscriptionLine>,
}

/// A topic of a client of this gateway.
#[derive(Serialize, ToSchema)]
pub(super) struct TopicLine {
    #[schema(value_type = String, example = "VN/GOV/MPS/population")]
    publisher: ClientId,
    topic: String,
    /// The first position that is still there.
    first: u64,
    /// The position that the next event gets.
    end: u64,
}

/// A subscription and how it stands.
#[derive(Serialize, ToSchema)]
pub(super) struct SubscriptionLine {
    name: String,
    /// Whose it is.
    #[schema(value_type = String, example = "LA/GOV/MOHA/civil")]
    client: ClientId,
    #[schema(value_type = String, example = "VN/GOV/MPS/population")]
    provider: ClientId,
    topic: String,
    /// Events that are known and not delivered.
    behind: u64,
    /// Of these, events that wait for delivery.
    pending: usize,
    /// When the one that waits longest was received.
    #[schema(value_type = Option<String>, format = DateTime)]
    oldest_pending: Option<Instant>,
    delivered: u64,
    /// Events that were put aside.
    dead_letters: usize,
    /// Subjects whose later events wait for a decision about one that was put aside.
    subjects_held: usize,
    /// From which position on the publisher removed events before they were fetched, and the first that was still there.
    gap: Option<(u64, u64)>,
    /// Why the publisher cannot be asked.
    asking_problem: Option<String>,
    /// Why nothing is delivered.
    delivery_problem: Option<String>,
}

impl EventsAnswer {
    fn of(topics: &[TopicStanding], subscriptions: &[Arc<Subscription>]) -> Self {
        let topic = |t: &TopicStanding| TopicLine {
            publisher: t.publisher.clone(),
            topic: t.topic.clone(),
            first: t.first,
            end: t.end,
        };
        Self {
            topics: topics.iter().map(topic).collect(),
            subscriptions: subscriptions.iter().map(|s| SubscriptionLine::of(s)).collect(),
        }
    }
}

impl SubscriptionLine {
    pub(super) fn of(subscription: &Subscription) -> Self {
        let (settings, standing) = (subscription.settings(), subscription.standing());
        Self {
            name: settings.name.clone(),
            client: subscription.owner().clone(),
            provider: settings.provider.clone(),
            topic: settings.topic.clone(),
            behind: standing.behind,
            pending: standing.pending,
            oldest_pending: standing.oldest,
            delivered: standing.delivered,
            dead_letters: standing.dead,
            subjects_held: standing.held,
            gap: standing.gap,
            asking_problem: standing.troubles.asking,
            delivery_problem: standing.troubles.handing_out,
        }
    }
}

/// What is followed, and how it is delivered.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SubscriptionBody {
    #[schema(value_type = String, example = "VN/GOV/MPS/population")]
    provider: ClientId,
    #[schema(example = "births")]
    topic: String,
    /// The code of the publisher's service of events; `events` if absent.
    service: Option<String>,
    /// Types of events; all if empty.
    #[serde(default)]
    types: Vec<String>,
    /// Subjects; all if empty.
    #[serde(default)]
    subjects: Vec<String>,
    /// `beginning`, `end`, a position or a time; the beginning if absent.
    start: Option<String>,
    /// Where events are pushed; information systems fetch them if absent.
    #[schema(example = "http://10.1.1.5:8000/events")]
    push: Option<String>,
    /// Seconds that the information system may take for one event.
    timeout_seconds: Option<u32>,
    /// Attempts at an event that is refused, before it is put aside.
    attempts: Option<u32>,
    /// Later events of the same subject do not wait for one that was put aside.
    #[serde(default)]
    pass: bool,
    /// Events that may wait for delivery.
    lead: Option<u32>,
}

impl SubscriptionBody {
    fn settings(self, name: String) -> SubscriptionSettings {
        let usual = SubscriptionSettings::new(name, self.provider, self.topic);
        SubscriptionSettings {
            service: self.service.unwrap_or_else(|| usual.service.clone()),
            types: self.types,
            subjects: self.subjects,
            start: self.start,
            push: self.push,
            timeout_seconds: self.timeout_seconds.unwrap_or(usual.timeout_seconds),
            attempts: self.attempts.unwrap_or(usual.attempts),
            pass: self.pass,
            lead: self.lead.unwrap_or(usual.lead),
            ..usual
        }
    }
}
