//! What a log has of one exchange, found by reading the records themselves: with the index of another process, or none, and
//! while the log is in use. For people who ask what became of a message.

use super::encoding::{FAILED, Failed, MESSAGES, Messages, STAMP, Stamp};
use super::index::{Change, FOUND_MAX, Row, Sought, number, place};
use super::source::Records;
use super::{Failure, MessageLogError, Record};
use crate::telemetry::StepTime;
use mekong_base::Instant;
use mekong_pki::tsp::Token;

/// One record of the log with what an id names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Its position in the ledger.
    pub position: u64,
    /// Its messages, request first.
    pub messages: Vec<ToldMessage>,
    /// How long each step took until then, in order; empty if the gateway did not follow it (`[telemetry]`).
    pub steps: Vec<StepTime>,
    /// Why there is no answer to its request, and when that was recorded.
    pub failure: Option<(Instant, Failure)>,
}

/// A message of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldMessage {
    /// What lists show; [`Record::timestamp_id`] is that of [`ToldMessage::stamp`].
    pub record: Record,
    /// The time-stamp that covers it, as it says itself: it is not verified here.
    pub stamp: Option<ToldStamp>,
}

/// A time-stamp of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldStamp {
    /// Its position in the ledger.
    pub position: u64,
    /// The time in it.
    pub at: Instant,
    /// Subject of the authority's certificate; empty if it is not inside.
    pub authority: String,
    /// Messages that share it.
    pub covers: usize,
}

/// What the records have of an id: those where the index knows it to be, and those that the index does not have yet. Without an
/// index all are read.
///
/// # Errors
/// [`MessageLogError::Ledger`], [`MessageLogError::Record`].
pub(super) async fn told(records: &Records, id: &str, sought: Option<Sought>) -> Result<Vec<Told>, MessageLogError> {
    let mut search = Search::new(id);
    for position in sought.iter().flat_map(|sought| &sought.positions) {
        if let Some(record) = records.get(*position).await? {
            search.take(&record)?;
        }
    }
    let from = sought.map_or(0, |sought| sought.indexed_to);
    Ok(records.fold(from, search, Search::take).await?.end())
}

/// Takes the records of a ledger, in order, and keeps what belongs to an id.
#[derive(Debug)]
pub(super) struct Search {
    id: String,
    found: Vec<Told>,
}

impl Search {
    /// A search for an `X-Road-Id` or an `x-road-request-id`.
    pub(super) fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), found: Vec::new() }
    }

    /// Takes the next record.
    ///
    /// # Errors
    /// [`MessageLogError::Record`], if it is no record of a message log.
    pub(super) fn take(&mut self, record: &mekong_ledger::Record) -> Result<(), MessageLogError> {
        let malformed = |fault: &dyn std::fmt::Display| MessageLogError::Record {
            position: record.position,
            what: fault.to_string(),
        };
        match record.kind {
            MESSAGES if self.found.len() < FOUND_MAX && self.may_name(&record.payload) => {
                let change = Change::read(record).map_err(|fault| malformed(&fault))?;
                if let Some(row) = change.as_ref().and_then(Change::row) {
                    let messages = Messages::read(&record.payload).map_err(|fault| malformed(&fault))?;
                    self.take_messages(row, messages.steps);
                }
            }
            FAILED if self.may_name(&record.payload) => {
                let failed = Failed::read(&record.payload).map_err(|fault| malformed(&fault))?;
                self.take_failure(record.at, &failed);
            }
            STAMP if self.found.iter().any(Told::waits) => {
                let stamp = Stamp::read(&record.payload).map_err(|fault| malformed(&fault))?;
                self.take_stamp(record.position, &stamp);
            }
            _ => {}
        }
        Ok(())
    }

    /// What was found, oldest first.
    pub(super) fn end(self) -> Vec<Told> {
        self.found
    }

    /// Whether the id stands in the bytes at all, which is quicker to see than what they mean.
    fn may_name(&self, payload: &[u8]) -> bool {
        let id = self.id.as_bytes();
        !id.is_empty() && memchr::memmem::find(payload, id).is_some()
    }

    fn take_messages(&mut self, row: &Row, steps: Vec<StepTime>) {
        if row.message_id != self.id && row.request_id != self.id {
            return;
        }
        let messages = row.each().map(|(part, message)| ToldMessage { record: row.record(part, message), stamp: None });
        self.found.push(Told { position: row.position, messages: messages.collect(), steps, failure: None });
    }

    fn take_failure(&mut self, at: Instant, failed: &Failed<'_>) {
        let of = place(failed.request).map(|(position, _)| position);
        if let Some(told) = self.found.iter_mut().find(|told| Some(told.position) == of) {
            let (code, detail) = (failed.code.to_owned(), failed.detail.map(str::to_owned));
            told.failure = Some((at, Failure { code, detail }));
        }
    }

    fn take_stamp(&mut self, position: u64, stamp: &Stamp) {
        let mut told = None;
        for one in &mut self.found {
            for message in one.messages.iter_mut().filter(|message| message.stamp.is_none()) {
                let id = number(one.position, message.record.part);
                if stamp.covered.binary_search_by_key(&id, |covered| covered.id).is_ok() {
                    let told = told.get_or_insert_with(|| ToldStamp::of(position, stamp));
                    message.record.timestamp_id = i64::try_from(position).ok();
                    message.stamp.clone_from(told);
                }
            }
        }
    }
}

impl Told {
    /// Whether a message of it has no time-stamp yet.
    fn waits(&self) -> bool {
        self.messages.iter().any(|message| message.stamp.is_none())
    }
}

impl ToldStamp {
    /// `None` if the token cannot be read, which the export of the message then says.
    fn of(position: u64, stamp: &Stamp) -> Option<Self> {
        let token = Token::from_der(&stamp.token).ok()?;
        let authority = token.certificates.first().map(|certificate| certificate.subject()).unwrap_or_default();
        Some(Self { position, at: token.info.gen_time, authority, covers: stamp.covered.len() })
    }
}
