//! Asking the publisher: one question at a time, as an ordinary signed message; what comes is durable before the next.

use super::worker::until;
use crate::events::rules::delivery::DEAD_MAX;
use crate::events::rules::inbox::Inbox;
use crate::events::rules::intake::{Asked, passed, take};
use crate::events::settings::source_of;
use crate::events::wire::batch::BATCH_BYTES_MAX;
use crate::events::wire::{Batch, Question};
use crate::events::{EventsFailure, Subscription};
use crate::gateway::{Inner, consumer};
use crate::wire::rest::names;
use http_body::Body as _;
use http_body_util::BodyExt as _;
use std::time::Duration;
use tokio::sync::watch;

/// How long the publisher's gateway may wait with an answer that has no event.
const WAIT: Duration = Duration::from_secs(25);
/// Events in one batch, at most.
const LIMIT: usize = 250;
/// Bytes of events that may wait for delivery; then the publisher is asked for no more.
const PENDING_BYTES_MAX: u64 = 16 << 20;
/// Rest after a failure: doubled from the first to the last.
const PAUSE: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));

/// Asks until told to stop.
pub(super) async fn run(
    inner: &Inner,
    subscription: &Subscription,
    term: u64,
    stop: watch::Receiver<bool>,
) -> Result<(), EventsFailure> {
    let mut changes = subscription.watch();
    let mut failures = 0_u32;
    let wait = WAIT.min(inner.config.timeouts.answer / 2);
    loop {
        changes.borrow_and_update();
        let inbox = subscription.follow().await?;
        if !inbox.is_term(term) {
            return Err(EventsFailure::Overtaken);
        }
        let Some(limit) = room(subscription, &inbox) else {
            tokio::select! {
                biased;
                () = until(stop.clone()) => return Ok(()),
                _ = changes.changed() => continue,
            }
        };
        let question = subscription.settings().question(inbox.ask_from(subscription.settings().first()?), limit, wait);
        let asked = tokio::select! {
            biased;
            // What was sent is logged even if nobody waits for the answer any more.
            asked = ask(inner, subscription, &question, cut(subscription, inbox.epoch, stop.clone())) => asked,
            () = until_ended(&stop) => return Ok(()),
        };
        let rest = match asked {
            Ok((batch, message)) => match record(subscription, term, &inbox, &question, &batch, &message).await? {
                Ok(()) => {
                    failures = 0;
                    subscription.trouble(|troubles| troubles.asking = None);
                    continue;
                }
                Err(misbehaved) => misbehaved,
            },
            Err(failure) => failure,
        };
        if *stop.borrow() || stop.has_changed().is_err() {
            return Ok(());
        }
        if subscription.inbox().epoch != inbox.epoch {
            continue;
        }
        tracing::warn!(
            subscription = subscription.settings().name,
            why = rest,
            "the publisher of events was asked in vain"
        );
        subscription.trouble(|troubles| troubles.asking = Some(rest));
        let pause = PAUSE.0.saturating_mul(1 << failures.min(6)).min(PAUSE.1);
        failures += 1;
        tokio::select! {
            biased;
            () = until(stop.clone()) => return Ok(()),
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Never before the question itself was cut off by the stop and ended.
async fn until_ended(stop: &watch::Receiver<bool>) {
    until(stop.clone()).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
}

/// When an answer is not waited for any more: at the stop, and when a replay makes it useless.
async fn cut(subscription: &Subscription, epoch: u64, stop: watch::Receiver<bool>) {
    let mut changes = subscription.watch();
    let replayed = async {
        while subscription.inbox().epoch == epoch {
            if changes.changed().await.is_err() {
                return std::future::pending().await;
            }
        }
    };
    tokio::select! {
        biased;
        () = until(stop) => {}
        () = replayed => {}
    }
}

/// How many events may be asked for; nothing while enough wait for delivery.
fn room(subscription: &Subscription, inbox: &Inbox) -> Option<usize> {
    let lead = usize::try_from(subscription.settings().lead).unwrap_or(usize::MAX);
    let left = lead.saturating_sub(inbox.pending.len());
    let is_full = left == 0 || inbox.pending_bytes >= PENDING_BYTES_MAX || inbox.dead.len() >= DEAD_MAX;
    (!is_full).then_some(left.min(LIMIT))
}

/// Asks, and reads the batch; and the id of the message that brought it. The error is for people.
async fn ask(
    inner: &Inner,
    subscription: &Subscription,
    question: &Question,
    cut: impl Future<Output = ()>,
) -> Result<(Batch, String), String> {
    let settings = subscription.settings();
    let service = settings.provider.service(&settings.service);
    let target = format!("/r1/{}/{}?{}", path_of(&service), settings.topic, question.to_query());
    let response = consumer::ask(inner, subscription.owner(), &target, cut)
        .await
        .map_err(|fault| format!("{}: {}", fault.code, fault.message))?;
    let (parts, body) = response.into_parts();
    let id = parts.headers.get(names::ID).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
    if body.size_hint().lower() > BATCH_BYTES_MAX as u64 {
        return Err(format!("the answer has more than {BATCH_BYTES_MAX} bytes"));
    }
    let bytes = body.collect().await.map_err(|e| format!("the answer cannot be read: {e}"))?.to_bytes();
    let text = std::str::from_utf8(&bytes).map_err(|_| "the answer is not UTF-8".to_owned())?;
    if parts.status != http::StatusCode::OK {
        let shown: String = text.chars().take(500).collect();
        return Err(format!("the publisher's gateway answered {}: {shown}", parts.status.as_u16()));
    }
    Ok((Batch::parse(text).map_err(|e| e.to_string())?, id))
}

/// The identifier as it stands in a path.
fn path_of(service: &mekong_base::ServiceId) -> String {
    use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
    const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    let member = &service.provider.member;
    let parts = [&member.instance, &member.class, &member.code].into_iter().chain(&service.provider.subsystem);
    let parts = parts.chain([&service.service]).map(|part| utf8_percent_encode(part, KEPT).to_string());
    parts.collect::<Vec<_>>().join("/")
}

async fn record(
    subscription: &Subscription,
    term: u64,
    inbox: &Inbox,
    question: &Question,
    batch: &Batch,
    message: &str,
) -> Result<Result<(), String>, EventsFailure> {
    let settings = subscription.settings();
    let source = source_of(&settings.provider, &settings.topic);
    let (epoch, end, topic) = (inbox.epoch, inbox.end, settings.topic.as_str());
    let asked = Asked { term, epoch, topic, source: &source, question, end };
    let entries = match passed(question, batch, inbox.floor) {
        Some(entry) => vec![entry],
        None => match take(asked, batch, message) {
            Ok(entries) => entries,
            Err(misbehaved) => return Ok(Err(format!("the publisher's gateway misbehaves: {misbehaved}"))),
        },
    };
    subscription.record(&entries).await?;
    subscription.tidy().await?;
    Ok(Ok(()))
}
