//! The state of a subscription: the fold of its ledger. What is recorded by somebody who does not work on it any more, or
//! belongs to a replay that was overtaken, changes nothing; so nothing is taken in or given away twice.

use crate::events::wire::Start;
use crate::events::wire::journal::{Entry, Note, Received};
use mekong_base::Instant;
use mekong_crypto::DigestAlgorithm;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Ids that are remembered, the newest.
const IDS: usize = 4_096;

/// A subscription as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Inbox {
    /// Records below were folded.
    pub applied: u64,
    /// Who works on it.
    pub lease: Option<Lease>,
    /// The record of the last replay.
    pub epoch: u64,
    /// From where the publisher is asked next; nothing until it was asked first.
    pub next: Option<u64>,
    /// The last replay's time, until the publisher told its position.
    pub since: Option<Instant>,
    /// From where the publisher would have been asked without the last replay: what it must not pass.
    pub floor: Option<u64>,
    /// The topic's end when the publisher was asked last.
    pub end: u64,
    /// Positions below were fetched before some replay: they may have been delivered.
    pub repeats_below: u64,
    /// Events that wait, by record.
    pub pending: BTreeMap<u64, Pending>,
    /// Bytes of them.
    pub pending_bytes: u64,
    /// Events that are not tried any more, by record.
    pub dead: BTreeMap<u64, DeadLetter>,
    /// Events in records below may have been handed out.
    pub window: u64,
    /// Events that were delivered.
    pub delivered: u64,
    /// The highest position that was delivered.
    pub delivered_to: Option<u64>,
    /// Positions that the publisher removed before they were fetched: from, to.
    pub gap: Option<(u64, u64)>,
    /// Records below need not be read to know the state: it was recorded whole before.
    #[serde(default)]
    pub snapshot: u64,
    /// Ids that came lately.
    pub(super) ids: VecDeque<u64>,
}

/// Who works on a subscription.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// A gateway.
    pub holder: String,
    /// The record with which it began.
    pub term: u64,
    /// Until when.
    pub until: Instant,
}

/// An event that waits to be delivered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// Its position in the topic.
    pub position: u64,
    /// Its subject; events without one are of one subject.
    pub subject: Option<String>,
    /// Its bytes.
    pub bytes: u64,
    /// When it was received.
    pub at: Instant,
    /// It may have been delivered before.
    pub repeats: bool,
}

/// An event that is not tried any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetter {
    /// The event.
    pub event: Pending,
    /// How often it was tried.
    pub attempts: u32,
    /// Why it was not taken.
    pub reason: String,
    /// When it was given up.
    pub since: Instant,
    /// Later events of its subject wait.
    pub holds: bool,
}

fn short(id: &str) -> u64 {
    let digest = DigestAlgorithm::Sha256.digest(id.as_bytes());
    u64::from_be_bytes(digest.as_ref().first_chunk().copied().unwrap_or_default())
}

impl Inbox {
    /// Follows one record of the ledger.
    pub fn apply(&mut self, record: u64, at: Instant, entry: Entry) {
        self.applied = record + 1;
        match entry {
            Entry::Received(received) => self.receive(record, at, received),
            Entry::Other(note) => self.follow(record, at, note),
        }
    }

    /// Is this the term of who works on it now?
    pub fn is_term(&self, term: u64) -> bool {
        self.lease.as_ref().is_some_and(|lease| lease.term == term)
    }

    /// From where the publisher is to be asked; `start` if it never was.
    pub fn ask_from(&self, start: Start) -> Start {
        match (self.next, self.since) {
            (Some(next), _) => Start::Position(next),
            (None, Some(since)) => Start::Since(since),
            (None, None) => start,
        }
    }

    /// Subjects whose events wait for a decision on a dead letter.
    pub fn held(&self) -> BTreeSet<Option<&str>> {
        self.dead.values().filter(|letter| letter.holds).map(|letter| letter.event.subject.as_deref()).collect()
    }

    fn receive(&mut self, record: u64, at: Instant, received: Received) {
        let Received { term, epoch, position, event, .. } = received;
        if !self.is_term(term) || epoch != self.epoch || self.next.is_some_and(|next| position < next) {
            return;
        }
        self.next = Some(position + 1);
        self.since = None;
        let id = short(&event.id);
        if self.ids.contains(&id) {
            return;
        }
        self.ids.push_back(id);
        if self.ids.len() > IDS {
            self.ids.pop_front();
        }
        let bytes = event.json.len() as u64;
        let repeats = position < self.repeats_below;
        self.wait(record, Pending { position, subject: event.subject, bytes, at, repeats });
    }

    fn wait(&mut self, record: u64, event: Pending) {
        self.pending_bytes += event.bytes;
        self.pending.insert(record, event);
    }

    fn take(&mut self, record: u64) -> Option<Pending> {
        let event = self.pending.remove(&record)?;
        self.pending_bytes = self.pending_bytes.saturating_sub(event.bytes);
        Some(event)
    }

    fn follow(&mut self, record: u64, at: Instant, note: Note) {
        match note {
            Note::Claim { holder, until, term } => self.claim(record, at, holder, until, term),
            Note::Again { entry } => {
                if let Some(letter) = self.dead.remove(&entry) {
                    self.wait(entry, Pending { repeats: true, ..letter.event });
                }
            }
            Note::Dead { term, entry, attempts, reason, holds } if self.is_term(term) => {
                if let Some(event) = self.take(entry) {
                    self.dead.insert(entry, DeadLetter { event, attempts, reason, since: at, holds });
                }
            }
            Note::Delivered { term, entries } if self.is_term(term) => {
                for event in entries.into_iter().filter_map(|entry| self.take(entry)).collect::<Vec<_>>() {
                    self.delivered += 1;
                    self.delivered_to = self.delivered_to.max(Some(event.position));
                }
            }
            Note::Dropped { entry } => {
                self.dead.remove(&entry);
            }
            Note::Gap { term, from, first } if self.is_term(term) => self.gap = Some((from, first)),
            Note::Moved { term, epoch, next, end } if self.is_term(term) && epoch == self.epoch => {
                self.next = self.next.max(Some(next));
                self.since = None;
                self.end = end;
            }
            Note::Replay { from, since } => self.replay(record, from, since),
            // Then no record stands between the state and its picture.
            Note::Snapshot { at, inbox } if at == record => {
                *self = Self { applied: record + 1, snapshot: record + 1, ..*inbox };
            }
            Note::Window { term, below } if self.is_term(term) => self.window = self.window.max(below),
            // Of a term that is over, or of a snapshot that was overtaken.
            _ => {}
        }
    }

    /// The first who claims works on it; another only when their time is over, by the recorded times.
    fn claim(&mut self, record: u64, at: Instant, holder: String, until: Instant, term: Option<u64>) {
        match (&mut self.lease, term) {
            (Some(lease), Some(term)) if lease.term == term && lease.holder == holder => {
                lease.until = lease.until.max(until);
            }
            (_, Some(_)) => {}
            (Some(lease), None) if lease.holder != holder && at < lease.until => {}
            (_, None) => self.lease = Some(Lease { holder, term: record, until }),
        }
    }

    /// What waits from there on comes again; what waits before that still waits. Nothing that was not fetched yet is passed.
    fn replay(&mut self, record: u64, from: Option<u64>, since: Option<Instant>) {
        // Before anything was fetched there is nothing to repeat.
        let Some(floor) = self.next.or(self.floor) else { return };
        let from = from.map(|from| from.min(floor));
        self.floor = Some(floor);
        self.repeats_below = self.repeats_below.max(floor);
        (self.epoch, self.next, self.since) = (record, from, since);
        self.ids.clear();
        let again: Vec<u64> = match from {
            Some(from) => self.pending.iter().filter(|(_, e)| e.position >= from).map(|(record, _)| *record).collect(),
            // Where the time lies is not known yet: all of it stays, and may come twice, with the mark.
            None => Vec::new(),
        };
        again.into_iter().for_each(|record| drop(self.take(record)));
    }
}
