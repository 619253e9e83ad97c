//! Sends a request until its answer has come whole.

use super::request::Mine;
use super::{FAULTS, Peer};
use crate::gateway::pool::{Ending, Unanswered};
use crate::gateway::receive::{Receiver, Remainder};
use crate::gateway::status::Counters;
use crate::gateway::{Inner, repeat};
use crate::telemetry::{self, Step, note};
use crate::wire::fault::{Fault, Kind};
use crate::wire::rest::RestRequest;
use crate::wire::transport::Direction;
use http::{StatusCode, header};

/// Who answered, the REST message, and what came with it.
pub(super) type Received = (Peer, bytes::Bytes, Remainder);

/// Sends the request until its answer has come whole. What was lost on the way is sent again, if the provider's gateway
/// would recognise it or it only reads.
pub(super) async fn fetch(
    inner: &Inner,
    asked: &RestRequest,
    mine: &Mine,
    hosts: &[String],
) -> Result<Received, (Fault, Peer)> {
    let is_safe = asked.verb().is_safe();
    let (mut lost, mut losses) = (None, Vec::new());
    let mut waits = repeat::WAITS.into_iter();
    loop {
        let Failure { fault, peer, ending } = match fetch_once(inner, asked, mine, hosts, lost.is_some()).await {
            Ok(received) => return Ok(received),
            Err(failure) => failure,
        };
        tracing::info!(message = fault.message, "a message was not answered");
        let (latest, may_repeat) = match (ending, lost) {
            // A refusal of the second sending does not say what became of the first.
            (Ending::Answered, Some(_)) if !is_safe => return Err(given_up((fault, peer), is_safe)),
            (Ending::Answered, _) | (Ending::NotSent, None) => return Err((fault, peer)),
            // That nobody is there is worth waiting for, as a message is under way already; its loss is what is told.
            (Ending::NotSent, Some(earlier)) => (earlier, true),
            (Ending::Lost { how, knows_repeats }, _) => {
                losses.push(how);
                ((fault, peer), repeat::may_send_again(&losses, is_safe, knows_repeats))
            }
        };
        let Some(wait) = waits.next().filter(|_| may_repeat) else { return Err(given_up(latest, is_safe)) };
        lost = Some(latest);
        Counters::count(&inner.counters.sent_again);
        tokio::time::sleep(wait).await;
    }
}

/// A message that stays lost: whoever asked must not take it for one that never left.
fn given_up((fault, peer): (Fault, Peer), is_safe: bool) -> (Fault, Peer) {
    let advice = match is_safe {
        true => "try again later",
        false => "whether it was carried out is not known: find out before you ask again",
    };
    (Fault { message: format!("{}; {advice}", fault.message), ..fault }, peer)
}

/// Why there is no answer.
struct Failure {
    fault: Fault,
    peer: Peer,
    ending: Ending,
}

async fn fetch_once(
    inner: &Inner,
    asked: &RestRequest,
    mine: &Mine,
    hosts: &[String],
    again: bool,
) -> Result<Received, Failure> {
    let unsent = |fault| Failure { fault, peer: None, ending: Ending::NotSent };
    let message = mine.message(asked, again).map_err(unsent)?;
    let sending = telemetry::begin(Step::Send);
    let (provider, must_know_repeats) = (&asked.service().provider, again && !asked.verb().is_safe());
    let sent = inner.pool.send(inner, hosts, provider, &mine.proven, message, must_know_repeats).await;
    let (response, lease) = sent.map_err(|Unanswered { fault, ending }| {
        note(|trail| trail.failed(&fault.code));
        Failure { fault, peer: None, ending }
    })?;
    let peer = Some(lease.server.clone());
    let (parts, body) = response.into_parts();
    note(|trail| {
        trail.with(&lease.server);
        trail.got(parts.status.as_u16());
    });
    drop(sending);
    let receiving = telemetry::begin(Step::Receive);
    let content_type = parts.headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let answered = |fault| Failure { fault, peer: peer.clone(), ending: Ending::Answered };
    if parts.status != StatusCode::OK {
        let text = format!("gateway {} answered with HTTP status {}", lease.server, parts.status.as_u16());
        return Err(answered(FAULTS.fault(&[Kind::ServiceFailed, Kind::HttpError], text)));
    }
    let receiver = Receiver::new(inner, content_type, Direction::Response, body, FAULTS);
    let mut receiver = receiver.map_err(answered)?;
    let received = async {
        let (_, message) = receiver.message().await?;
        Ok((message, receiver.remainder().await?))
    };
    let received = received.await;
    drop(receiving);
    match received {
        Ok((message, remainder)) => {
            inner.pool.done(lease);
            Ok((peer, message, remainder))
        }
        Err(fault) if receiver.is_cut() => Err(Failure { fault, peer, ending: lease.cut() }),
        Err(fault) => Err(answered(fault)),
    }
}
