//! Handing out by HTTP POST: an event a request, in the JSON form of CloudEvents.

use super::worker::until;
use crate::events::rules::delivery::{Delivery, Ended, Rules, Step};
use crate::events::wire::cloudevent;
use crate::events::wire::journal::{Entry, Received};
use crate::events::{EventsFailure, Subscription};
use crate::gateway::Inner;
use crate::gateway::outgoing::Outgoing;
use bytes::Bytes;
use http::{Request, header};
use http_body_util::BodyExt as _;
use mekong_base::Instant;
use std::error::Error as _;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant as Moment;

/// Position of the event in the publisher's topic.
const POSITION: &str = "Mekong-Event-Position";
/// `true` if the event may have been handed out before.
const REDELIVERY: &str = "Mekong-Redelivery";
/// Name of the subscription.
const SUBSCRIPTION: &str = "Mekong-Subscription";
/// Id of the signed message that brought the event: its evidence is in the message log.
const MESSAGE: &str = "Mekong-Message-Id";
/// At the stop, attempts under way have so long.
const GRACE: Duration = Duration::from_secs(5);
/// Of an answer that refuses, so much is kept as the reason.
const REASON_BYTES: usize = 500;

/// Hands out until told to stop.
pub(super) async fn run(
    inner: &Inner,
    subscription: &Subscription,
    term: u64,
    url: &str,
    stop: watch::Receiver<bool>,
) -> Result<(), EventsFailure> {
    let settings = subscription.settings();
    let rules = Rules { attempts_max: settings.attempts, holds: !settings.pass, ..Rules::default() };
    let mut delivery = Delivery::new(term, rules, &subscription.inbox());
    let mut changes = subscription.watch();
    let begun = Moment::now();
    // Only the time that passes counts here, not the time of day.
    let now = || Instant::from_unix_micros(0) + begun.elapsed();
    let mut attempts = futures_util::stream::FuturesUnordered::new();
    loop {
        changes.borrow_and_update();
        let until_then = match delivery.next(&subscription.inbox(), now()) {
            Step::Record(entry) => {
                subscription.record(&[entry]).await?;
                continue;
            }
            Step::Attempt { entry, repeats } => {
                attempts.push(attempt(inner, subscription, url, entry, repeats));
                continue;
            }
            Step::Wait(time) => time.map(|time| time.since(now())),
        };
        let ended = tokio::select! {
            biased;
            () = until(stop.clone()) => break,
            Some(ended) = futures_util::StreamExt::next(&mut attempts), if !attempts.is_empty() => ended?,
            _ = changes.changed() => continue,
            () = sleep(until_then) => continue,
        };
        let mut all = vec![ended];
        while let Some(Some(ended)) =
            futures_util::FutureExt::now_or_never(futures_util::StreamExt::next(&mut attempts))
        {
            all.push(ended?);
        }
        note(subscription, &mut delivery, all, now()).await?;
        subscription.tidy().await?;
    }
    // What ends in time need not come again.
    let last = async {
        while let Some(ended) = futures_util::StreamExt::next(&mut attempts).await {
            note(subscription, &mut delivery, vec![ended?], now()).await?;
        }
        Ok(())
    };
    tokio::time::timeout(GRACE, last).await.unwrap_or(Ok(()))
}

async fn sleep(time: Option<Duration>) {
    match time {
        Some(time) => tokio::time::sleep(time).await,
        None => std::future::pending().await,
    }
}

/// Records how attempts ended.
async fn note(
    subscription: &Subscription,
    delivery: &mut Delivery,
    ended: Vec<(u64, Ended)>,
    now: Instant,
) -> Result<(), EventsFailure> {
    let (mut entries, mut of): (Vec<Entry>, Vec<u64>) = (Vec::new(), Vec::new());
    for (entry, ended) in ended {
        subscription.trouble(|troubles| {
            troubles.handing_out = match &ended {
                Ended::Delivered => None,
                Ended::Refused(why) | Ended::Unavailable(why, _) => Some(why.clone()),
            };
        });
        if let Some(outcome) = delivery.ended(entry, ended, now) {
            entries.push(outcome);
            of.push(entry);
        }
    }
    subscription.record(&entries).await?;
    of.into_iter().for_each(|entry| delivery.recorded(entry));
    Ok(())
}

async fn attempt(
    inner: &Inner,
    subscription: &Subscription,
    url: &str,
    entry: u64,
    repeats: bool,
) -> Result<(u64, Ended), EventsFailure> {
    let Some(received) = subscription.event(entry).await? else {
        let reason = "its record was removed".to_owned();
        return Ok((entry, Ended::Refused(reason)));
    };
    let settings = subscription.settings();
    let request = match request(&settings.name, url, &received, repeats) {
        Ok(request) => request,
        Err(error) => return Ok((entry, Ended::Refused(error.to_string()))),
    };
    let time = Duration::from_secs(settings.timeout_seconds.into());
    let ended = tokio::time::timeout(time, send(inner, request)).await;
    let late = || Ended::Refused(format!("{url} did not answer within {} seconds", time.as_secs()));
    Ok((entry, ended.unwrap_or_else(|_| late())))
}

fn request(name: &str, url: &str, received: &Received, repeats: bool) -> Result<Request<Outgoing>, http::Error> {
    let mut request = Request::post(url)
        .header(header::CONTENT_TYPE, cloudevent::MEDIA_TYPE)
        .header(POSITION, received.position)
        .header(SUBSCRIPTION, name)
        .header(MESSAGE, &received.message);
    if repeats {
        request = request.header(REDELIVERY, "true");
    }
    request.body(Outgoing::from(Bytes::from(received.event.json.clone())))
}

async fn send(inner: &Inner, request: Request<Outgoing>) -> Ended {
    let response = match inner.services.post(request).await {
        Ok(response) => response,
        Err(error) => {
            let cause = error.source().map_or_else(|| error.to_string(), ToString::to_string);
            return match error.is_connect() {
                true => Ended::Unavailable(format!("the information system cannot be reached: {cause}"), None),
                false => Ended::Refused(format!("the connection broke: {cause}")),
            };
        }
    };
    let status = response.status();
    let after = response.headers().get(header::RETRY_AFTER).and_then(|v| v.to_str().ok()?.trim().parse().ok());
    let body = http_body_util::Limited::new(response.into_body(), 64 << 10).collect().await;
    if status.is_success() {
        // The status says that it was taken, whatever became of the rest.
        return Ended::Delivered;
    }
    let text = body.map(|b| String::from_utf8_lossy(&b.to_bytes()).chars().take(REASON_BYTES).collect::<String>());
    let reason = match text.unwrap_or_default().trim() {
        "" => format!("HTTP status {}", status.as_u16()),
        text => format!("HTTP status {}: {text}", status.as_u16()),
    };
    match status.as_u16() {
        408 | 425 | 429 | 502..=504 => Ended::Unavailable(reason, after.map(Duration::from_secs)),
        _ => Ended::Refused(reason),
    }
}
