//! What a running gateway tells about itself.

use super::latency::{Durations, Histogram};
use super::{Inner, KeyPair, LocalClient, SigningKey};
use crate::messagelog::MessageLog;
use mekong_base::{ClientId, Instant, ServerId};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How often things happened since the start.
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) asked: AtomicU64,
    pub(super) asked_failed: AtomicU64,
    pub(super) answered: AtomicU64,
    pub(super) answered_failed: AtomicU64,
    pub(super) connections: AtomicU64,
    pub(super) resumed: AtomicU64,
    pub(super) reused: AtomicU64,
    pub(super) accepted: AtomicU64,
    pub(super) accepted_resumed: AtomicU64,
    pub(super) post_quantum: AtomicU64,
    pub(super) cbc: AtomicU64,
    pub(super) chains_verified: AtomicU64,
    pub(super) chains_remembered: AtomicU64,
    pub(super) sent_again: AtomicU64,
    pub(super) repeated: AtomicU64,
    pub(super) asking: Histogram,
    pub(super) asking_failed: Histogram,
    pub(super) answering: Histogram,
    pub(super) answering_failed: Histogram,
}

impl Counters {
    pub(super) fn count(counter: &AtomicU64) {
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// A request of a client has ended, well or not, after so long; `None` if it may have waited for events, so that its time says nothing.
    pub(super) fn note_asked(&self, is_ok: bool, took: Option<Duration>) {
        let (counter, histogram) = match is_ok {
            true => (&self.asked, &self.asking),
            false => (&self.asked_failed, &self.asking_failed),
        };
        Self::count(counter);
        took.into_iter().for_each(|took| histogram.note(took));
    }

    /// A request of another gateway has ended, well or not, after so long; `None` if it may have waited for events, so that its time says nothing.
    pub(super) fn note_answered(&self, is_ok: bool, took: Option<Duration>) {
        let (counter, histogram) = match is_ok {
            true => (&self.answered, &self.answering),
            false => (&self.answered_failed, &self.answering_failed),
        };
        Self::count(counter);
        took.into_iter().for_each(|took| histogram.note(took));
    }
}

/// On an answer that may have waited for events.
#[derive(Debug, Clone, Copy)]
pub(super) struct Waited;

/// The counters at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Requests of our clients that ended with an answer of the provider.
    pub asked: u64,
    /// Requests of our clients that ended with a fault.
    pub asked_failed: u64,
    /// Requests of other gateways that were answered by a service.
    pub answered: u64,
    /// Requests of other gateways that were refused or failed.
    pub answered_failed: u64,
    /// Connections opened to other gateways.
    pub connections: u64,
    /// Of these, connections whose TLS went on from an earlier one.
    pub resumed: u64,
    /// Messages sent on a connection that was already open.
    pub reused: u64,
    /// Connections that other gateways opened.
    pub accepted: u64,
    /// Of these, connections whose TLS went on from an earlier one.
    pub accepted_resumed: u64,
    /// Connections in either direction with a key exchange that resists quantum computers (X25519MLKEM768).
    pub post_quantum: u64,
    /// Connections in either direction with gateways that only know CBC suites.
    pub cbc: u64,
    /// Messages that were signed.
    pub signed: u64,
    /// Signatures that were made for them; fewer, where batches were signed.
    pub signatures: u64,
    /// Certificate chains of peers that were verified.
    pub chains_verified: u64,
    /// Certificate chains of peers that were known to be good.
    pub chains_remembered: u64,
    /// Messages that were sent again, because the connection was lost before the answer.
    pub sent_again: u64,
    /// Messages that came again.
    pub repeated: u64,
}

/// How long exchanges took since the start, from the request's arrival to its answer; without those of gateways that wait for
/// events.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Latencies {
    /// Requests of our clients that ended with an answer of the provider.
    pub asked: Durations,
    /// Requests of our clients that ended with a fault.
    pub asked_failed: Durations,
    /// Requests of other gateways that were answered by a service.
    pub answered: Durations,
    /// Requests of other gateways that were refused or failed.
    pub answered_failed: Durations,
}

/// A certificate of this gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnCertificate {
    /// `authentication`, or the member whose messages it signs.
    pub purpose: String,
    /// SHA-256 of it, in lower-case hexadecimal.
    pub fingerprint: String,
    /// Its subject.
    pub subject: String,
    /// Its serial number, hexadecimal.
    pub serial: String,
    /// The kind of its key.
    pub key: String,
    /// From when it is valid.
    pub not_before: Instant,
    /// Until when it is valid.
    pub not_after: Instant,
    /// Whether it is the one in use.
    pub is_used: bool,
    /// Whether it was taken out of use.
    pub is_disabled: bool,
    /// For TLS: whether the directory has it as this gateway's.
    pub is_registered: Option<bool>,
    /// Until when its OCSP responses are fresh.
    pub ocsp_until: Option<Instant>,
    /// Why no good OCSP response is at hand; `None` if one is.
    pub ocsp_problem: Option<String>,
    /// What somebody should do about it, from a month before it ends.
    pub warning: Option<String>,
}

/// The state of a gateway.
#[derive(Debug, Clone)]
pub struct Status {
    /// Its name.
    pub server: ServerId,
    /// Where information systems reach it.
    pub consumer: SocketAddr,
    /// Where gateways reach it.
    pub provider: SocketAddr,
    /// Where gateways ask for its OCSP responses.
    pub ocsp: SocketAddr,
    /// Its certificates.
    pub certificates: Vec<OwnCertificate>,
    /// Clients it serves, and the codes of their services.
    pub clients: Vec<(ClientId, Vec<String>)>,
    /// When the directory expires, if it does.
    pub directory_expires: Option<Instant>,
    /// Why messages are refused now, if they are.
    pub refusing: Option<String>,
    /// What happened since the start.
    pub counts: Counts,
}

/// Looks into a running gateway; clones share it.
#[derive(Clone)]
pub struct Handle(pub(super) Arc<Inner>);

impl Handle {
    /// The state now.
    pub fn status(&self) -> Status {
        let inner = &self.0;
        let now = inner.now();
        let directory = inner.directory();
        let fresh = directory.check_fresh(now).map_err(|e| e.to_string());
        let stamped = inner.log.accepting(now).map_err(|e| e.to_string());
        Status {
            server: inner.config.server.clone(),
            consumer: inner.addresses.consumer,
            provider: inner.addresses.provider,
            ocsp: inner.addresses.ocsp,
            certificates: inner.credentials.certificates(now),
            clients: clients(inner),
            directory_expires: directory.expires_at(),
            refusing: fresh.and(stamped).err(),
            counts: self.counts(),
        }
    }

    /// Replaces the clients that are served, with their services and rights; messages under way end as they began.
    pub fn set_clients(&self, clients: Vec<LocalClient>) {
        self.0.set_clients(clients);
    }

    /// Replaces the keys, without a pause: see [`super::GatewayConfig::authentication`] for which are used.
    pub fn set_keys(&self, authentication: Vec<KeyPair>, signing: Vec<SigningKey>) {
        self.0.credentials.set_keys(authentication, signing);
    }

    /// Certificates that are not used though they are good, by their SHA-256 in lower-case hexadecimal.
    pub fn set_disabled_certificates(&self, disabled: BTreeSet<String>) {
        self.0.credentials.set_disabled(disabled);
    }

    /// What happened since the start.
    pub fn counts(&self) -> Counts {
        let counters = &self.0.counters;
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counts {
            asked: read(&counters.asked),
            asked_failed: read(&counters.asked_failed),
            answered: read(&counters.answered),
            answered_failed: read(&counters.answered_failed),
            connections: read(&counters.connections),
            resumed: read(&counters.resumed),
            reused: read(&counters.reused),
            accepted: read(&counters.accepted),
            accepted_resumed: read(&counters.accepted_resumed),
            post_quantum: read(&counters.post_quantum),
            cbc: read(&counters.cbc),
            signed: read(&self.0.credentials.tally.messages),
            signatures: read(&self.0.credentials.tally.signatures),
            chains_verified: read(&counters.chains_verified),
            chains_remembered: read(&counters.chains_remembered),
            sent_again: read(&counters.sent_again),
            repeated: read(&counters.repeated),
        }
    }

    /// Topics of its clients, in the order of their names. One that cannot be read is left out, and logged.
    pub async fn topics(&self) -> Vec<crate::events::TopicStanding> {
        self.0.events.topics(&self.0).await
    }

    /// How long exchanges took since the start.
    pub fn latencies(&self) -> Latencies {
        let counters = &self.0.counters;
        Latencies {
            asked: counters.asking.read(),
            asked_failed: counters.asking_failed.read(),
            answered: counters.answering.read(),
            answered_failed: counters.answering_failed.read(),
        }
    }

    /// What became of the spans of its exchanges; `None` while no traces are sent.
    pub fn traces(&self) -> Option<crate::telemetry::Counts> {
        self.0.telemetry.counts()
    }

    /// Subscriptions of its clients to events, in the order of their names.
    pub fn subscriptions(&self) -> Vec<Arc<crate::events::Subscription>> {
        self.0.events.subscriptions()
    }

    /// Its message log.
    pub fn log(&self) -> &MessageLog {
        &self.0.log
    }
}

fn clients(inner: &Inner) -> Vec<(ClientId, Vec<String>)> {
    let services = |client: &LocalClient| client.services.iter().map(|s| s.code.clone()).collect();
    let mut all: Vec<_> = inner.clients().values().map(|c| (c.id.clone(), services(c))).collect();
    all.sort();
    all
}

impl std::fmt::Debug for Handle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Handle({})", self.0.config.server)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_waits_for_events_is_counted_and_not_timed() {
        let counters = Counters::default();
        counters.note_asked(true, Some(Duration::from_millis(5)));
        counters.note_asked(true, None);
        counters.note_answered(true, None);
        assert_eq!(counters.asked.load(Ordering::Relaxed), 2);
        assert_eq!(counters.asking.read().count, 1);
        assert_eq!((counters.answered.load(Ordering::Relaxed), counters.answering.read().count), (1, 0));
    }
}
