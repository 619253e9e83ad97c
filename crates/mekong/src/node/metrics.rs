//! `[metrics]`: what a node tells the programs that watch it, at `/metrics`. Nothing of it is about a person or a single
//! message: labels are roles, certificates, ledgers, witnesses.

use super::ledgers::Signed;
use super::listener::Listener;
use super::open_metrics::{MEDIA_TYPE, Samples, Text};
use super::{Node, NodeConfig, ledgers};
use crate::cli::CommandError;
use crate::serving::sockets::Sockets;
use axum::Router;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::get;
use http::header::CONTENT_TYPE;
use mekong_base::{Clock, Instant};
use mekong_exchange::events::Standing;
use mekong_exchange::gateway::{Counts, Handle, OwnCertificate};
use mekong_exchange::messagelog::{MessageLog, Statistics};
use mekong_ledger::Ledger;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::sync::watch;

/// `[metrics]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MetricsSection {
    /// Where `GET /metrics` is answered: reachable for the programs that watch the node only.
    pub(crate) listen: SocketAddr,
}

/// What is looked at.
struct Watched {
    clock: Clock,
    gateway: Option<(MessageLog, watch::Receiver<Option<Handle>>)>,
    /// The ledgers of the node by the last part of their origin.
    ledgers: Vec<(&'static str, Ledger)>,
    /// Those that are signed.
    signed: Vec<Signed>,
}

/// Serves the metrics of a node.
///
/// # Errors
/// In words, if the address is taken.
pub(super) async fn start(
    section: &MetricsSection,
    config: &NodeConfig,
    node: &Node,
    clock: &Clock,
    sockets: &Sockets,
) -> Result<Listener, CommandError> {
    let watched = Arc::new(Watched {
        clock: clock.clone(),
        gateway: node.gateway.as_ref().map(|gateway| (gateway.log().clone(), gateway.handles())),
        ledgers: ledgers::kept(config, node).into_iter().map(|(name, ledger, _)| (name, ledger)).collect(),
        signed: node.ledgers.as_ref().map(|signed| signed.each().cloned().collect()).unwrap_or_default(),
    });
    let router = Router::new().route("/metrics", get(answer)).with_state(watched);
    Listener::on(sockets.listen(section.listen, "the metrics").await?, "the metrics", router)
}

async fn answer(State(watched): State<Arc<Watched>>) -> impl IntoResponse {
    ([(CONTENT_TYPE, MEDIA_TYPE)], text(&watched).await)
}

async fn text(watched: &Watched) -> String {
    let mut text = Text::default();
    let now = watched.clock.now();
    text.gauge("mekong_build", "", "What runs, as a label; always 1.", |samples| {
        samples.add(&[("version", env!("CARGO_PKG_VERSION"))], 1);
    });
    if let Some((log, handle)) = &watched.gateway {
        let handle = handle.borrow().clone();
        text.gauge("mekong_gateway_up", "", "Whether the gateway listens.", |samples| {
            samples.add(&[], u8::from(handle.is_some()));
        });
        if let Some(handle) = handle {
            gateway(&mut text, &handle, now);
        }
        if let Ok(statistics) = log.statistics().await {
            message_log(&mut text, &statistics, now);
        }
    }
    of_ledgers(&mut text, watched);
    text.end()
}

fn gateway(text: &mut Text, handle: &Handle, now: Instant) {
    let status = handle.status();
    let latencies = handle.latencies();
    let (consumer, provider) = (("side", "consumer"), ("side", "provider"));
    let (ok, failed) = (("result", "ok"), ("result", "fault"));
    let sides = [
        ([consumer, ok], &latencies.asked),
        ([consumer, failed], &latencies.asked_failed),
        ([provider, ok], &latencies.answered),
        ([provider, failed], &latencies.answered_failed),
    ];
    text.counter("mekong_gateway_exchanges", "Exchanges that ended since the start.", |samples| {
        let counts =
            [status.counts.asked, status.counts.asked_failed, status.counts.answered, status.counts.answered_failed];
        sides.iter().zip(counts).for_each(|((labels, _), count)| samples.add(labels, count));
    });
    let durations: Vec<_> = sides.iter().map(|(labels, durations)| (labels.as_slice(), *durations)).collect();
    let help = "From the arrival of a request to its answer, but of requests that wait for events.";
    text.durations("mekong_gateway_exchange_duration_seconds", help, &durations);
    counts(text, &status.counts);
    text.gauge("mekong_gateway_refusing", "", "Whether messages are refused now: see mekong doctor.", |samples| {
        samples.add(&[], u8::from(status.refusing.is_some()));
    });
    if let Some(expires) = status.directory_expires {
        let help = "How long the directory is still valid; negative when it is over.";
        text.gauge("mekong_directory_valid_seconds", "seconds", help, |samples| samples.add(&[], until(expires, now)));
    }
    if let Some(counts) = handle.traces() {
        text.counter("mekong_telemetry_spans", "Spans for the collector since the start.", |samples| {
            samples.add(&[("result", "sent")], counts.sent);
            samples.add(&[("result", "dropped")], counts.dropped);
        });
    }
    certificates(text, &status.certificates, now);
    events(text, handle);
}

fn events(text: &mut Text, handle: &Handle) {
    let subscriptions = handle.subscriptions();
    if subscriptions.is_empty() {
        return;
    }
    let standing: Vec<_> = subscriptions
        .iter()
        .map(|one| (one.owner().to_string(), one.settings().name.clone(), one.standing()))
        .collect();
    let each = |samples: &mut Samples<'_>, value: fn(&Standing) -> u64| {
        for (owner, name, standing) in &standing {
            samples.add(&[("client", owner), ("subscription", name)], value(standing));
        }
    };
    text.gauge("mekong_events_behind", "", "Events of a subscription that are not delivered yet.", |samples| {
        each(samples, |standing| standing.behind);
    });
    text.gauge("mekong_events_dead", "", "Events of a subscription that were put aside.", |samples| {
        each(samples, |standing| standing.dead as u64);
    });
}

fn counts(text: &mut Text, counts: &Counts) {
    text.counter("mekong_gateway_connections", "Connections with other gateways since the start.", |samples| {
        samples.add(&[("direction", "out")], counts.connections);
        samples.add(&[("direction", "in")], counts.accepted);
    });
    text.counter("mekong_gateway_connections_resumed", "Of these, whose TLS went on from an earlier one.", |samples| {
        samples.add(&[("direction", "out")], counts.resumed);
        samples.add(&[("direction", "in")], counts.accepted_resumed);
    });
    for (name, help, count) in [
        ("connections_post_quantum", "Connections whose key exchange resists quantum computers.", counts.post_quantum),
        ("connections_cbc", "Connections with gateways that only know CBC suites.", counts.cbc),
        ("connections_reused", "Messages sent on a connection that was open already.", counts.reused),
        ("messages_sent_again", "Messages sent again because a connection was lost.", counts.sent_again),
        ("messages_repeated", "Messages that came again.", counts.repeated),
        ("messages_signed", "Messages that were signed.", counts.signed),
        ("signatures", "Signatures made for them; fewer where batches are signed.", counts.signatures),
    ] {
        text.counter(&format!("mekong_gateway_{name}"), help, |samples| samples.add(&[], count));
    }
}

fn certificates(text: &mut Text, certificates: &[OwnCertificate], now: Instant) {
    let each = |samples: &mut Samples<'_>, value: fn(&OwnCertificate) -> Option<Instant>| {
        for certificate in certificates {
            let Some(end) = value(certificate) else { continue };
            let used = if certificate.is_used { "yes" } else { "no" };
            let (purpose, serial) = (certificate.purpose.as_str(), certificate.serial.as_str());
            samples.add(&[("purpose", purpose), ("serial", serial), ("used", used)], until(end, now));
        }
    };
    let help = "How long a certificate of the gateway is still valid; negative when it is over.";
    text.gauge("mekong_certificate_valid_seconds", "seconds", help, |samples| each(samples, |c| Some(c.not_after)));
    let help = "How long its OCSP response is still fresh; negative when it is over.";
    text.gauge("mekong_certificate_ocsp_fresh_seconds", "seconds", help, |samples| each(samples, |c| c.ocsp_until));
}

fn message_log(text: &mut Text, statistics: &Statistics, now: Instant) {
    for (name, help, value) in [
        ("messages", "Messages in the log.", statistics.messages),
        ("unstamped_messages", "Messages that wait for a time-stamp.", statistics.waiting),
        ("index_behind_records", "Records that the index has not got yet.", statistics.behind),
    ] {
        text.gauge(&format!("mekong_messagelog_{name}"), "", help, |samples| samples.add(&[], value));
    }
    if let Some(stamped) = statistics.stamped_at {
        let name = "mekong_messagelog_timestamp_age_seconds";
        text.gauge(name, "seconds", "Since the last time-stamp.", |samples| samples.add(&[], until(now, stamped)));
    }
    let failing = statistics.failing_since.map_or(0.0, |since| until(now, since));
    let name = "mekong_messagelog_timestamps_failing_seconds";
    text.gauge(name, "seconds", "For how long no time-stamp is to be had; 0 if all is well.", |samples| {
        samples.add(&[], failing);
    });
}

fn of_ledgers(text: &mut Text, watched: &Watched) {
    text.gauge("mekong_ledger_records", "", "Records that were appended.", |samples| {
        watched.ledgers.iter().for_each(|(name, ledger)| samples.add(&[("ledger", name)], ledger.end()));
    });
    if watched.signed.is_empty() {
        return;
    }
    let signed: Vec<_> = watched.signed.iter().map(|signed| (signed.name, signed.progress.borrow().clone())).collect();
    text.gauge("mekong_ledger_signed_records", "", "Records in the newest checkpoint.", |samples| {
        signed.iter().for_each(|(name, progress)| samples.add(&[("ledger", name)], progress.signed));
    });
    text.gauge("mekong_ledger_witnessed_records", "", "Records in what a witness cosigned last.", |samples| {
        for (name, progress) in &signed {
            for (witness, size) in &progress.witnessed {
                samples.add(&[("ledger", name), ("witness", witness)], size);
            }
        }
    });
    let help = "Whether nothing more is signed because a witness has seen another history.";
    text.gauge("mekong_ledger_disputed", "", help, |samples| {
        signed.iter().for_each(|(name, progress)| samples.add(&[("ledger", name)], u8::from(progress.is_stopped)));
    });
}

/// Seconds from `now` until `end`; negative if it is over.
fn until(end: Instant, now: Instant) -> f64 {
    end.since(now).as_secs_f64() - now.since(end).as_secs_f64()
}
