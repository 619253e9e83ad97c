//! Events: the topics that clients of this gateway publish, and the topics of others that they follow, with how far they are
//! behind.
//!
//! - [`subscription`]: the pages of one subscription, and the form that begins one.

pub(super) mod subscription;

use super::access::Who;
use super::failure::Failure;
use super::reader::Reader;
use super::{Desk, shown};
use crate::serving::failure::Failing as _;
use axum::Extension;
use axum::extract::State as Shared;
use axum::response::Response;
use mekong_exchange::administration::role::Permission;
use mekong_exchange::events::subscription::Standing;
use mekong_exchange::events::{Subscription, TopicStanding};
use mekong_web::component::{Badge, Column, Table, Tone, button, link};
use mekong_web::{Language, Markup, format};
use std::sync::Arc;

/// `GET /events`
pub(super) async fn show(Shared(desk): Shared<Arc<Desk>>, Extension(who): Extension<Who>, reader: Reader) -> Response {
    let shown = async {
        desk.permit(&who, &[Permission::Look], "GET /events").await?;
        let (topics, subscriptions) = match desk.handle() {
            Some(handle) => (handle.topics().await, handle.subscriptions()),
            None => (Vec::new(), Vec::new()),
        };
        Ok::<_, Failure>(draw(&reader, &topics, &subscriptions))
    };
    shown.await.unwrap_or_else(|failure| failure.page(&reader, "/"))
}

fn draw(reader: &Reader, topics: &[TopicStanding], subscriptions: &[Arc<Subscription>]) -> Response {
    let none = |key| Markup::paragraph(Markup::muted(reader.text(key)));
    let followed = match subscriptions {
        [] => none("events.none"),
        list => followed(reader, list),
    };
    let published = match topics {
        [] => none("events.topics.none"),
        list => published(reader, list),
    };
    let add = Markup::bar([button(&reader.path("/events/add"), reader.word("subscription.put"), "")]);
    let followed = followed.and(add);
    let body = Markup::section("subscriptions", reader.word("events.subscriptions"), followed).and(Markup::section(
        "topics",
        reader.word("events.topics"),
        published,
    ));
    let page = shown::page(reader, reader.word("events.title"), "/events").lead(reader.word("events.lead"));
    shown::response(&page.body(body))
}

fn followed(reader: &Reader, subscriptions: &[Arc<Subscription>]) -> Markup {
    let columns = vec![
        Column::text(reader.word("events.name")),
        Column::text(reader.word("events.follows")),
        Column::text(reader.word("events.state")),
        Column::number(reader.word("events.behind")),
        Column::text(reader.word("events.oldest")),
        Column::number(reader.word("events.delivered")),
        Column::number(reader.word("events.dead")),
    ];
    let mut table = Table::new(reader.language, reader.word("events.subscriptions"), columns).caption_unseen();
    for subscription in subscriptions {
        table = table.row(row(reader, subscription));
    }
    table.markup()
}

fn row(reader: &Reader, subscription: &Subscription) -> Vec<Markup> {
    let (settings, standing) = (subscription.settings(), subscription.standing());
    let number = |n: u64| Markup::text(format::number(reader.language, n));
    let oldest = standing.oldest.map(|at| format::time_element(reader.language, at));
    vec![
        Markup::lines([
            link(&reader.path(&place(&settings.name)), &settings.name),
            Markup::muted(Markup::code(subscription.owner().to_string())),
        ]),
        Markup::lines([Markup::code(&settings.topic), Markup::muted(Markup::code(settings.provider.to_string()))]),
        state(reader, &standing),
        number(standing.behind),
        oldest.unwrap_or_else(shown::none),
        number(standing.delivered),
        number(standing.dead as u64),
    ]
}

/// The page of a subscription.
fn place(name: &str) -> String {
    format!("/events/{}", shown::encoded(name))
}

/// Whether it works, and what is wrong.
fn state(reader: &Reader, standing: &Standing) -> Markup {
    let mut lines = Vec::new();
    let mut tell = |key, why: Option<String>| {
        lines.push(Badge::new(Tone::Warning, reader.word(key)).markup());
        lines.extend(why.map(|why| Markup::muted(Markup::text_in(Language::English, why))));
    };
    if let Some(why) = &standing.troubles.asking {
        tell("events.asking", Some(why.clone()));
    }
    if let Some(why) = &standing.troubles.handing_out {
        tell("events.handing", Some(why.clone()));
    }
    if standing.held > 0 {
        tell("events.held", None);
    }
    if let Some((from, first)) = standing.gap {
        tell("events.gap", Some(format!("{from} – {first}")));
    }
    if lines.is_empty() {
        lines.push(Badge::new(Tone::Good, reader.word("events.fine")).markup());
    }
    Markup::lines(lines)
}

fn published(reader: &Reader, topics: &[TopicStanding]) -> Markup {
    let columns = vec![
        Column::text(reader.word("events.topic")),
        Column::text(reader.word("events.publisher")),
        Column::number(reader.word("events.count")),
    ];
    let mut table = Table::new(reader.language, reader.word("events.topics"), columns).caption_unseen();
    for topic in topics {
        let count = Markup::text(format::number(reader.language, topic.end.saturating_sub(topic.first)));
        table = table.row(vec![Markup::code(&topic.topic), Markup::code(topic.publisher.to_string()), count]);
    }
    table.markup()
}
