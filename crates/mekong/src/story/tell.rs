//! The story of a message, in words and for programs.

use super::exchange::{Exchange, stamped_after};
use super::sealed::Sealed;
use mekong_base::Instant;
use mekong_exchange::messagelog::{Failure, Part, Record, Side, Told, ToldMessage};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::time::Duration;

/// The story of one exchange; `seal` finds the checkpoint over a record.
pub(crate) fn text<'s>(server: &str, exchange: &Exchange<'_>, seal: impl Fn(&Told) -> Option<&'s Sealed>) -> String {
    let mut out = String::new();
    let Some((_, first)) = exchange.messages().next() else { return out };
    let record = &first.record;
    let (client, service) = (&record.client, &record.service);
    let _ = writeln!(out, "{client} asked {service} for {}.", record.operation);
    let _ = writeln!(out, "  X-Road-Id          {}", record.message_id);
    let _ = writeln!(out, "  x-road-request-id  {}", record.request_id);
    let _ = writeln!(out, "  told by            {server}, {}", role(record.side));
    for (position, message) in exchange.messages() {
        out.push_str(&of_message(exchange, position, message));
    }
    if let Some(steps) = exchange.steps() {
        let told = steps.iter().map(|time| format!("{} {:.1} ms", time.step.name(), milliseconds(time.took)));
        let _ = writeln!(out, "Steps within {server} until it was logged:\n  {}", told.collect::<Vec<_>>().join(", "));
    }
    // Whatever is over the last record is over those before it.
    if let Some(last) = exchange.records.last() {
        out.push_str(&checkpoint(last.position, seal(last)));
    }
    out.push_str(&ending(server, exchange));
    out
}

const fn role(side: Side) -> &'static str {
    match side {
        Side::Consumer => "the gateway of who asked",
        Side::Provider => "the gateway of who was asked",
    }
}

fn of_message(exchange: &Exchange<'_>, position: u64, message: &ToldMessage) -> String {
    let record = &message.record;
    let mut out = String::new();
    let _ = match record.part {
        Part::Request => writeln!(out, "The request:"),
        Part::Response => writeln!(out, "The answer, HTTP status {}:", record.status.unwrap_or_default()),
    };
    let _ = writeln!(out, "  signed by          {}", record.signer);
    if record.part == Part::Request
        && let Some(received) = exchange.received()
    {
        let _ = writeln!(out, "  received           {received}");
    }
    if let Some(took) = record.duration {
        let _ = writeln!(out, "  ready              {:.1} ms after the request was received", milliseconds(took));
    }
    let _ = writeln!(out, "  body               {} bytes", record.body_size);
    let after = exchange.logged_after(message);
    let after =
        after.map(|after| format!(", {:.1} ms after it was received,", milliseconds(after))).unwrap_or_default();
    let at = record.recorded_at;
    let _ = writeln!(out, "  logged             {at}{after} at position {position} (number {})", record.id);
    let _ = match &message.stamp {
        Some(stamp) => {
            let (at, by, covers, place) = (stamp.at, &stamp.authority, stamp.covers, stamp.position);
            let after = stamped_after(message).unwrap_or_default().as_secs_f64();
            writeln!(
                out,
                "  time-stamped       {at}, {after:.1} s later, by {by}, one for {covers} messages, at position {place}"
            )
        }
        None => writeln!(out, "  time-stamped       not yet; mekong doctor says if time-stamps are to be had"),
    };
    out
}

fn checkpoint(position: u64, sealed: Option<&Sealed>) -> String {
    let Some(sealed) = sealed else {
        return format!(
            "No checkpoint is over position {position} yet: a node with [ledger] in its configuration signs them as the log \
             grows.\n"
        );
    };
    let mut out = format!("It is in the checkpoint of {} over {} records", sealed.origin, sealed.size);
    match sealed.witnesses.as_slice() {
        [] => out.push_str(", which no witness has cosigned yet.\n"),
        witnesses => {
            let named = witnesses.iter().map(|(name, at)| match at {
                Some(at) => format!("{name} at {at}"),
                None => name.clone(),
            });
            let _ = writeln!(out, ", cosigned by {}.", named.collect::<Vec<_>>().join(" and by "));
        }
    }
    if sealed.fits == Some(false) {
        out.push_str("The log is NOT what that checkpoint was signed over: mekong ledger check names the record.\n");
    }
    out
}

/// What the other side must have, and what to do if something went wrong.
fn ending(server: &str, exchange: &Exchange<'_>) -> String {
    let Some(last) = exchange.messages().last().map(|(_, message)| &message.record) else { return String::new() };
    let peer = last.peer.as_deref().filter(|peer| *peer != server);
    let id = &last.request_id;
    if let (Part::Request, Some(failure)) = (last.part, exchange.failure()) {
        return failed(server, last, failure);
    }
    match (last.part, last.side, peer) {
        (Part::Response, _, Some(peer)) => {
            let problem = match last.status {
                Some(status) if status >= 400 => {
                    format!(
                        "The exchange is whole; HTTP status {status} is the answer of the service itself: ask its owner.\n"
                    )
                }
                _ => String::new(),
            };
            format!("{problem}{peer} must have the same messages: mekong trace {id} there.\n")
        }
        (Part::Response, _, None) => "Both sides are this gateway's own.\n".to_owned(),
        (Part::Request, Side::Consumer, peer) => {
            let reached = match peer {
                Some(peer) => format!("{peer} was reached, or the only one that could be"),
                None => "no gateway of the provider was reached, as far as is known".to_owned(),
            };
            format!(
                "It ended there: the log has no answer. {reached}. The system that asked was told why (X-Road-Error). \
                 mekong trace {id} at the provider's gateway tells if the service was asked: a gateway that refuses a message, \
                 for want of a right perhaps, keeps no record of it, but says so in its own log. mekong doctor finds what is \
                 wrong here; what only reads can be asked again.\n"
            )
        }
        (Part::Request, Side::Provider, _) => format!(
            "It ended there: the service gave no answer that could be signed. \
             Look at the service behind {}, and at this gateway's own log of that moment.\n",
            last.service
        ),
    }
}

/// Why there is no answer, who says so, and what helps.
fn failed(server: &str, request: &Record, failure: &Failure) -> String {
    let Failure { code, detail } = failure;
    let segments: Vec<&str> = code.split('.').collect();
    let peer = request.peer.as_deref().unwrap_or("the provider's gateway");
    let by = match (segments.get(1).copied(), request.side) {
        (Some("serverproxy"), Side::Consumer) => peer,
        (Some("clientproxy" | "serverproxy"), _) => server,
        _ => "the gateway, of what it was asked",
    };
    let mut out = format!("It ended there without an answer: {code}, said by {by}.\n");
    if let Some(help) = help(&segments, &request.service) {
        out.push_str(&help);
        out.push('\n');
    }
    if let Some(detail) = detail {
        let _ = writeln!(
            out,
            "The system that asked was told it in words; {by} has them in its own log of that moment, under {detail}."
        );
    }
    if request.side == Side::Consumer && by != server {
        let _ = writeln!(out, "Nothing of a request that its gateway refuses is in the message log of the other side.");
    }
    out
}

/// What helps against the commonest failures.
fn help(segments: &[&str], service: &str) -> Option<String> {
    let has = |segment: &str| segments.contains(&segment);
    Some(match () {
        () if has("access_denied") => format!(
            "The client has no right to this of {service}: mekong gateway explain at the provider's gateway says why, \
             mekong gateway grant there gives it."
        ),
        () if has("unknown_service") || has("service_disabled") => {
            format!(
                "{service} is not offered, or not now: mekong gateway show at the provider's gateway lists what is."
            )
        }
        () if has("service_failed") => {
            format!("The system behind {service} failed: ask its owner, who has it in the log of that moment.")
        }
        () if has("unknown_member") => {
            "Who asked or was asked is not in the directory: mekong directory show lists who is.".to_owned()
        }
        () if has("network_error") || has("timed_out") || has("ssl_authentication_failed") || has("io_error") => {
            "mekong doctor finds what is wrong on this side; what only reads can be asked again.".to_owned()
        }
        () => return None,
    })
}

/// The same for programs.
pub(crate) fn json(server: &str, exchange: &Exchange<'_>, told: &Told, sealed: Option<&Sealed>) -> Value {
    let messages = told.messages.iter().map(|message| {
        let record = &message.record;
        let stamp = message.stamp.as_ref().map(|stamp| {
            json!({
                "position": stamp.position, "at": stamp.at, "authority": stamp.authority, "covers": stamp.covers,
                "after_ms": stamped_after(message).map(milliseconds),
            })
        });
        json!({
            "id": record.id, "part": record.part.name(), "recorded_at": record.recorded_at, "status": record.status,
            "received_at": record.duration.and(exchange.received()),
            "duration_ms": record.duration.map(milliseconds),
            "logged_after_ms": exchange.logged_after(message).map(milliseconds),
            "signer": record.signer, "body_bytes": record.body_size, "timestamp": stamp,
        })
    });
    let messages: Vec<Value> = messages.collect();
    let first = told.messages.first().map(|message| &message.record);
    let checkpoint = sealed.map(|sealed| {
        let witness = |(name, at): &(String, Option<Instant>)| json!({ "name": name, "at": at });
        let witnesses: Vec<Value> = sealed.witnesses.iter().map(witness).collect();
        json!({ "origin": sealed.origin, "size": sealed.size, "witnesses": witnesses, "fits": sealed.fits })
    });
    let steps = told.steps.iter().map(|time| json!({ "step": time.step.name(), "ms": milliseconds(time.took) }));
    let steps: Vec<Value> = steps.collect();
    json!({
        "server": server, "position": told.position,
        "side": first.map(|record| match record.side { Side::Consumer => "consumer", Side::Provider => "provider" }),
        "message_id": first.map(|record| &record.message_id), "request_id": first.map(|record| &record.request_id),
        "client": first.map(|record| &record.client), "service": first.map(|record| &record.service),
        "operation": first.map(|record| &record.operation), "peer": first.and_then(|record| record.peer.as_ref()),
        "failure": told.failure.as_ref().map(|(at, failure)| {
            json!({ "code": failure.code, "detail": failure.detail, "recorded_at": at })
        }),
        "is_answered": told.messages.iter().any(|message| message.record.part == Part::Response),
        "messages": messages, "steps": steps, "checkpoint": checkpoint,
    })
}

/// What was noted has microseconds.
fn milliseconds(time: Duration) -> f64 {
    time.as_micros() as f64 / 1_000.0
}
