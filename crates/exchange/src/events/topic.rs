//! A topic: what a publisher said, in order, durable before it is acknowledged.

use super::places::{EventsFailure, Places};
use super::rules::admission::Admission;
use super::rules::sight::Sight;
use super::settings::source_of;
use super::wire::batch::BATCH_BYTES;
use super::wire::{Batch, CloudEvent, EventError, Question, Start, Stored};
use mekong_base::{ClientId, Instant};
use mekong_ledger::{Ledger, LedgerError, NewRecord, Record};
use tokio::sync::{Mutex, watch};
use tokio::time::Instant as Moment;

/// Kind of records that hold a [`Stored`] event.
const EVENT: u8 = 1;
/// Records and bytes that are read at a time.
const READ_AT_ONCE: usize = 256;
const READ_BYTES: usize = 1 << 20;
/// Records that are looked at for one answer.
const SCAN_MAX: u64 = 20_000;

/// A topic of a client of this gateway.
#[derive(Debug)]
pub struct Topic {
    name: String,
    source: String,
    ledger: Ledger,
    admission: Mutex<Admission>,
}

/// A topic and what is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicStanding {
    /// Whose it is.
    pub publisher: ClientId,
    /// Its name.
    pub topic: String,
    /// The first position that is still there.
    pub first: u64,
    /// The position that the next event gets.
    pub end: u64,
}

/// An event is durable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// Its position in the topic.
    pub position: u64,
    /// It was there before.
    pub before: bool,
    /// It, with what the gateway added.
    pub event: CloudEvent,
}

/// Why an event is not published.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum PublishError {
    /// The same id stands for something else.
    #[error("the id {id:?} was published with other content at position {position}: an event has its id for ever")]
    Conflict {
        /// The id.
        id: String,
        /// Where.
        position: u64,
    },
    /// It is not an event of this topic.
    #[error(transparent)]
    Event(#[from] EventError),
    /// It cannot be kept.
    #[error(transparent)]
    Failure(#[from] EventsFailure),
}

impl From<LedgerError> for PublishError {
    fn from(error: LedgerError) -> Self {
        Self::Failure(error.into())
    }
}

/// What an answer is made of.
struct Found {
    first: u64,
    next: u64,
    end: u64,
    events: Vec<(u64, String)>,
}

impl Topic {
    /// Opens a topic, or begins it.
    ///
    /// # Errors
    /// [`EventsFailure`].
    pub async fn open(places: &Places, publisher: &ClientId, name: &str) -> Result<Self, EventsFailure> {
        let ledger = places.topic(publisher, name).await?;
        let mut admission = Admission::default();
        admission.skip_to(ledger.first().max(ledger.end().saturating_sub(super::rules::admission::WINDOW as u64)));
        let (name, source) = (name.to_owned(), source_of(publisher, name));
        let topic = Self { name, source, ledger, admission: Mutex::new(admission) };
        drop(topic.catch_up().await?);
        Ok(topic)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The first position that is still there, and the one that the next event gets.
    pub fn ends(&self) -> (u64, u64) {
        (self.ledger.first(), self.ledger.end())
    }

    /// Publishes an event; it is durable when this resolves. The same event again is what it was before.
    ///
    /// # Errors
    /// [`PublishError`].
    pub async fn publish(&self, event: CloudEvent, now: Instant) -> Result<Published, PublishError> {
        let event = event.published_by(&self.source)?;
        if let Some(position) = self.catch_up().await?.position_of(event.id()) {
            return self.known(position, &event).await;
        }
        let full = event.clone().at_latest(now);
        let record = NewRecord { kind: EVENT, payload: Stored::from(&full).encode() };
        let at = self.ledger.append(vec![record]).await?;
        // Another may have taken the same id at the same time: the ledger's order decides.
        let first = self.catch_up().await?.position_of(event.id()).unwrap_or(at);
        if first != at {
            return self.known(first, &event).await;
        }
        Ok(Published { position: at, before: false, event: full })
    }

    async fn known(&self, position: u64, event: &CloudEvent) -> Result<Published, PublishError> {
        let conflict = || PublishError::Conflict { id: event.id().to_owned(), position };
        let record = self.ledger.get(position).await?.ok_or_else(conflict)?;
        let recorded = CloudEvent::parse_received(&stored(&record)?.json)?;
        if !event.is_same_as(&recorded) {
            return Err(conflict());
        }
        Ok(Published { position, before: true, event: recorded })
    }

    /// Follows the ledger to its end.
    async fn catch_up(&self) -> Result<tokio::sync::MutexGuard<'_, Admission>, EventsFailure> {
        let mut admission = self.admission.lock().await;
        while admission.next() < self.ledger.end() {
            let records = self.ledger.read(admission.next(), READ_AT_ONCE, READ_BYTES).await?;
            if records.is_empty() {
                admission.skip_to(self.ledger.end());
            }
            for record in &records {
                admission.fold(record.position, &stored(record)?.id);
            }
        }
        Ok(admission)
    }

    /// Answers a question, in JSON: with what is there for the asker, or else when there is something, the time is over, or
    /// `stop` says so.
    ///
    /// # Errors
    /// [`EventsFailure`].
    pub async fn answer(
        &self,
        question: &Question,
        sight: &Sight,
        mut stop: watch::Receiver<bool>,
    ) -> Result<String, EventsFailure> {
        let until = Moment::now() + question.wait;
        let mut grows = self.ledger.watch();
        let mut from = self.place(question.from).await?;
        loop {
            grows.borrow_and_update();
            let found = self.find(from, question, sight).await?;
            let is_waiting = found.events.is_empty() && found.next >= found.end;
            if !is_waiting || Moment::now() >= until || *stop.borrow() {
                let events = found.events.iter().map(|(position, json)| (*position, json.as_str()));
                return Ok(Batch::write(&self.name, [found.first, found.next, found.end], events));
            }
            from = found.next;
            tokio::select! {
                biased;
                () = tokio::time::sleep_until(until) => {}
                changed = grows.changed() => if changed.is_err() { tokio::time::sleep_until(until).await },
                _ = stop.changed() => {}
            }
        }
    }

    async fn find(&self, from: u64, question: &Question, sight: &Sight) -> Result<Found, EventsFailure> {
        let (first, end) = self.ends();
        let mut next = from.max(first);
        let (limit, last) = (question.limit, next.saturating_add(SCAN_MAX));
        let (mut events, mut bytes) = (Vec::new(), 0);
        'scan: while next < end && next < last {
            let records = self.ledger.read(next, READ_AT_ONCE.min(limit.max(16)), READ_BYTES).await?;
            if records.is_empty() {
                next = end;
            }
            let admission = self.catch_up().await?;
            for record in records {
                if events.len() >= limit {
                    break 'scan;
                }
                let event = stored(&record)?;
                let subject = event.subject.as_deref();
                let is_seen = question.wants(&event.kind, subject)
                    && sight.sees(&self.name, &event.kind, subject)
                    && !admission.is_repeated(record.position);
                if is_seen {
                    bytes += event.json.len();
                    if bytes > BATCH_BYTES && !events.is_empty() {
                        break 'scan;
                    }
                    events.push((record.position, event.json));
                }
                next = record.position + 1;
            }
        }
        Ok(Found { first, next, end: end.max(next), events })
    }

    /// The position at which a question begins.
    async fn place(&self, from: Start) -> Result<u64, EventsFailure> {
        match from {
            Start::Position(position) => Ok(position.min(self.ledger.end())),
            Start::End => Ok(self.ledger.end()),
            Start::Since(at) => {
                let (mut low, mut high) = self.ends();
                while low < high {
                    let middle = low + (high - low) / 2;
                    match self.ledger.read(middle, 1, 1).await?.first() {
                        Some(record) if record.at < at => low = record.position + 1,
                        _ => high = middle,
                    }
                }
                Ok(low)
            }
        }
    }

    /// Removes what was recorded before `at`, where that is cheap.
    ///
    /// # Errors
    /// [`EventsFailure`].
    pub(crate) async fn forget_before(&self, at: Instant) -> Result<(), EventsFailure> {
        let position = self.place(Start::Since(at)).await?;
        self.ledger.remove_before(position).await?;
        Ok(())
    }

    /// Closes its ledger.
    pub async fn close(&self) {
        self.ledger.close().await;
    }
}

fn stored(record: &Record) -> Result<Stored, EventsFailure> {
    Stored::decode(&record.payload).map_err(|source| EventsFailure::Topic { position: record.position, source })
}
