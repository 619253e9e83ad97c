//! Handing out to information systems that fetch: events in order, and their word that they have them.

use super::answers::{Refusal, bad, json};
use crate::events::rules::inbox::Inbox;
use crate::events::wire::cloudevent::in_json;
use crate::events::wire::journal::Note;
use crate::events::wire::question::{LIMIT_MAX, WAIT_MAX};
use crate::events::{EventsFailure, Subscription};
use crate::gateway::outgoing::Outgoing;
use http::Response;
use mekong_base::Problem;
use serde::Deserialize;
use serde_json::json;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant as Moment;

/// Bytes of events in one answer.
const BYTES_MAX: usize = 1 << 20;
/// Records that are opened for handing out at a time.
const WINDOW: u64 = 256;

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    /// From this position on.
    pub(super) from: u64,
    pub(super) limit: usize,
    pub(super) wait: Duration,
}

/// `{"position": 7}`: this event and those before it; `{"positions": [3, 7]}`: these.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Acknowledged {
    position: Option<u64>,
    positions: Option<Vec<u64>>,
}

impl Wanted {
    /// From a query: `from`, `limit`, `wait`.
    pub(super) fn parse(query: &str) -> Result<Self, Refusal> {
        let mut wanted = Self { from: 0, limit: 100, wait: Duration::ZERO };
        for (name, value) in query.split('&').filter(|p| !p.is_empty()).map(|p| p.split_once('=').unwrap_or((p, ""))) {
            let number = value.parse::<u64>();
            let number = number.map_err(|_| bad(format!("{name}: a number is wanted, not {value:?}")))?;
            match name {
                "from" => wanted.from = number,
                "limit" => wanted.limit = usize::try_from(number).unwrap_or(LIMIT_MAX).clamp(1, LIMIT_MAX),
                "wait" => wanted.wait = Duration::from_secs(number).min(WAIT_MAX),
                _ => return Err(Box::new(bad(format!("{name}: there is no such parameter: from, limit, wait")))),
            }
        }
        Ok(wanted)
    }
}

/// Events that wait, the oldest first; waits for one if there is none.
pub(super) async fn fetch(
    subscription: &Subscription,
    wanted: Wanted,
    mut stop: watch::Receiver<bool>,
) -> Result<Response<Outgoing>, Refusal> {
    let until = Moment::now() + wanted.wait;
    let mut changes = subscription.watch();
    loop {
        changes.borrow_and_update();
        let inbox = subscription.inbox();
        let entries = waiting(&inbox, wanted);
        if entries.is_empty() && Moment::now() < until && !*stop.borrow() {
            tokio::select! {
                biased;
                () = tokio::time::sleep_until(until) => {}
                changed = changes.changed() => if changed.is_err() { return Err(ended()) },
                _ = stop.changed() => {}
            }
            continue;
        }
        return hand_out(subscription, &inbox, &entries).await;
    }
}

fn ended() -> Refusal {
    Box::new(Problem::new(
        503,
        "events-ended",
        "The subscription ended",
        "the subscription is worked on no longer: ask again",
    ))
}

/// Records of the events to hand out. What follows an event that was put aside waits with it.
fn waiting(inbox: &Inbox, wanted: Wanted) -> Vec<u64> {
    let held = inbox.held();
    let free = inbox.pending.iter().filter(|(_, event)| !held.contains(&event.subject.as_deref()));
    let there = free.filter(|(_, event)| event.position >= wanted.from);
    let (mut entries, mut bytes) = (Vec::new(), 0);
    for (entry, event) in there.take(wanted.limit) {
        bytes += usize::try_from(event.bytes).unwrap_or(BYTES_MAX);
        if bytes > BYTES_MAX && !entries.is_empty() {
            break;
        }
        entries.push(*entry);
    }
    entries
}

async fn hand_out(subscription: &Subscription, inbox: &Inbox, entries: &[u64]) -> Result<Response<Outgoing>, Refusal> {
    let failed = |error: EventsFailure| Refusal::from(error);
    let term = inbox.lease.as_ref().map(|lease| lease.term);
    let mut marks = Vec::with_capacity(entries.len());
    if let Some(last) = entries.last() {
        let term = term.ok_or_else(ended)?;
        marks = subscription.hand_out(entries);
        if *last >= inbox.window {
            let note = Note::Window { term, below: last + WINDOW };
            subscription.record(&[note.into()]).await.map_err(failed)?;
        }
    }
    let mut out = format!(r#"{{"subscription":{},"events":["#, in_json(&subscription.settings().name));
    let mut comma = "";
    for (entry, repeats) in entries.iter().zip(marks) {
        let Some(received) = subscription.event(*entry).await.map_err(failed)? else { continue };
        let (position, message) = (received.position, in_json(&received.message));
        out.push_str(&format!(
            r#"{comma}{{"position":{position},"redelivery":{repeats},"message":{message},"event":{}}}"#,
            received.event.json
        ));
        comma = ",";
    }
    out.push_str("]}");
    Ok(super::answers::typed(200, "application/json", out))
}

/// An information system has events: they wait no more.
pub(super) async fn acknowledge(
    subscription: &Subscription,
    acknowledged: Acknowledged,
) -> Result<Response<Outgoing>, Refusal> {
    let inbox = subscription.inbox();
    let term = inbox.lease.as_ref().map(|lease| lease.term).ok_or_else(ended)?;
    let is_meant = |position: u64| match (&acknowledged.position, &acknowledged.positions) {
        (Some(last), None) => position <= *last,
        (None, Some(list)) => list.contains(&position),
        _ => false,
    };
    if acknowledged.position.is_some() == acknowledged.positions.is_some() {
        return Err(Box::new(bad(r#"send {"position": N}, for all up to it, or {"positions": [N, M]}"#)));
    }
    // Only what was handed out can have been taken.
    let given = inbox.pending.iter().filter(|(entry, event)| **entry < inbox.window && is_meant(event.position));
    let entries: Vec<u64> = given.map(|(entry, _)| *entry).collect();
    let count = entries.len();
    if count > 0 {
        subscription.record(&[Note::Delivered { term, entries }.into()]).await?;
        subscription.tidy().await?;
    }
    Ok(json(200, &json!({ "acknowledged": count, "pending": subscription.inbox().pending.len() })))
}
