//! What the index keeps of records, and how it is told.

use crate::messagelog::encoding::{
    ARCHIVED, Archived, CARRIED, Carried, FAILED, Failed, MESSAGES, Malformed, Messages, STAMP, STAMPING, Stamp,
    Stamping,
};
use crate::messagelog::{Part, Record, Side};
use mekong_base::Instant;
use mekong_crypto::DigestAlgorithm;
use mekong_ledger::BlobId;
use std::time::Duration;

/// The number of a message: its record's position twice, and one for a request, two for a response.
pub(in super::super) const fn number(position: u64, part: Part) -> u64 {
    let part = match part {
        Part::Request => 1,
        Part::Response => 2,
    };
    position.saturating_mul(2).saturating_add(part)
}

/// The position and part of a message's number; `None` for 0, which is no number.
pub(in super::super) const fn place(number: u64) -> Option<(u64, Part)> {
    match number.checked_sub(1) {
        Some(rest) => Some((rest / 2, if rest % 2 == 0 { Part::Request } else { Part::Response })),
        None => None,
    }
}

/// A record of one or two messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Row {
    pub(in super::super) position: u64,
    pub(in super::super) at: Instant,
    pub(in super::super) side: Side,
    pub(in super::super) message_id: String,
    pub(in super::super) request_id: String,
    pub(in super::super) client: String,
    pub(in super::super) service: String,
    pub(in super::super) peer: Option<String>,
    pub(in super::super) operation: String,
    /// HTTP status of the answer.
    pub(in super::super) status: Option<u16>,
    pub(in super::super) duration: Option<Duration>,
    pub(in super::super) request: Option<RowMessage>,
    pub(in super::super) response: Option<RowMessage>,
    /// Code of the fault that its request ended with.
    pub(in super::super) fault: Option<String>,
}

/// What differs between the messages of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct RowMessage {
    pub(in super::super) signer: String,
    pub(in super::super) body_size: u64,
    /// Position of the time-stamp that covers it.
    pub(in super::super) stamp: Option<u64>,
}

impl Row {
    pub(super) fn of(position: u64, at: Instant, messages: &Messages<'_>) -> Self {
        let message = |part| {
            messages.part(part).map(|message| RowMessage {
                signer: message.signer.to_owned(),
                body_size: message.body.size(),
                stamp: None,
            })
        };
        let answer = messages.response.as_ref().or(messages.request.as_ref());
        Self {
            position,
            at,
            side: messages.side,
            message_id: messages.message_id.to_owned(),
            request_id: messages.request_id.to_owned(),
            client: messages.client.to_owned(),
            service: messages.service.to_owned(),
            peer: messages.peer.map(str::to_owned),
            operation: messages.operation.to_owned(),
            status: answer.and_then(|message| message.status),
            duration: answer.and_then(|message| message.duration),
            request: message(Part::Request),
            response: message(Part::Response),
            fault: None,
        }
    }

    /// Its messages, request first.
    pub(in super::super) fn each(&self) -> impl DoubleEndedIterator<Item = (Part, &RowMessage)> {
        let request = self.request.iter().map(|message| (Part::Request, message));
        request.chain(self.response.iter().map(|message| (Part::Response, message)))
    }

    /// How many messages it has.
    pub(super) fn messages(&self) -> u64 {
        self.each().count() as u64
    }

    /// One of its messages, as lists show it.
    pub(in super::super) fn record(&self, part: Part, message: &RowMessage) -> Record {
        let answer = part == Part::Response;
        Record {
            id: i64::try_from(number(self.position, part)).unwrap_or(i64::MAX),
            message_id: self.message_id.clone(),
            request_id: self.request_id.clone(),
            part,
            side: self.side,
            client: self.client.clone(),
            service: self.service.clone(),
            peer: self.peer.clone(),
            operation: self.operation.clone(),
            recorded_at: self.at,
            status: self.status.filter(|_| answer),
            duration: self.duration.filter(|_| answer),
            signer: message.signer.clone(),
            body_size: message.body_size,
            timestamp_id: message.stamp.and_then(|position| i64::try_from(position).ok()),
            fault: self.fault.clone().filter(|_| !answer),
        }
    }
}

/// What a record of the ledger changes in the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) enum Change {
    /// Messages, and the blobs that they need.
    Messages(Box<Row>, Vec<BlobId>),
    /// A time-stamp over the messages from `first` to `last`, `count` of them.
    Stamp { position: u64, at: Instant, first: u64, last: u64, count: u64 },
    /// Time-stamps are not to be had, or are again.
    Stamping(Stamping),
    /// An archive was made.
    Archived { position: u64, at: Instant, archived: Archived },
    /// The exchange with its request at this position failed, as the record at `position` says.
    Failed { position: u64, request: u64, code: String },
    /// Earlier records are about to be removed.
    Carried { position: u64, at: Instant, carried: Carried },
}

impl Change {
    /// The row of messages.
    pub(in super::super) fn row(&self) -> Option<&Row> {
        match self {
            Self::Messages(row, _) => Some(row),
            _ => None,
        }
    }

    /// Reads a record; `None` for kinds that are not the message log's.
    ///
    /// # Errors
    /// [`Malformed`].
    pub(in super::super) fn read(record: &mekong_ledger::Record) -> Result<Option<Self>, Malformed> {
        let (position, at, payload) = (record.position, record.at, record.payload.as_ref());
        Ok(Some(match record.kind {
            MESSAGES => {
                let messages = Messages::read(payload)?;
                Self::Messages(Box::new(Row::of(position, at, &messages)), messages.blobs())
            }
            STAMP => {
                let covered = Stamp::read(payload)?.covered;
                let id = |covered: Option<&crate::messagelog::encoding::Covered>| covered.map_or(0, |c| c.id);
                let count = covered.len() as u64;
                Self::Stamp { position, at, first: id(covered.first()), last: id(covered.last()), count }
            }
            STAMPING => Self::Stamping(Stamping::read(payload)?),
            FAILED => {
                let failed = Failed::read(payload)?;
                let (request, _) = place(failed.request).ok_or(Malformed { what: "request", left: 0 })?;
                Self::Failed { position, request, code: failed.code.to_owned() }
            }
            CARRIED => Self::Carried { position, at, carried: Carried::read(payload)? },
            ARCHIVED => Self::Archived { position, at, archived: Archived::read(payload)? },
            _ => return Ok(None),
        }))
    }
}

/// How far everything is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in super::super) struct Progress {
    /// Position: all records before it are in the index.
    pub(in super::super) indexed_to: u64,
    /// Messages recorded ever.
    pub(in super::super) messages: u64,
    /// Messages stamped ever.
    pub(in super::super) stamped: u64,
    /// Number of the last message that is stamped; 0 if none is.
    pub(in super::super) stamped_to: u64,
    /// When the last time-stamp was logged.
    pub(in super::super) stamped_at: Option<Instant>,
    /// Since when time-stamps are not to be had.
    pub(in super::super) failing_since: Option<Instant>,
    /// Number of the first message that is not archived.
    pub(in super::super) archived_to: u64,
}

impl Progress {
    /// Takes a change in.
    pub(in super::super) fn take(&mut self, change: &Change) {
        match change {
            Change::Messages(row, _) => self.messages += row.messages(),
            Change::Stamp { at, last, count, .. } => {
                if *last > self.stamped_to {
                    self.stamped += count;
                    self.stamped_to = *last;
                }
                self.stamped_at = Some(*at);
                self.failing_since = None;
            }
            Change::Failed { .. } => {}
            Change::Stamping(state) => self.failing_since = state.failing_since,
            Change::Carried { carried, .. } => {
                // What was counted from the records that are left is less; what came while they were counted is not forgotten.
                self.messages = self.messages.max(carried.messages);
                self.stamped = self.stamped.max(carried.stamped);
                self.stamped_to = self.stamped_to.max(carried.stamped_to);
                self.archived_to = self.archived_to.max(carried.archived_to);
            }
            Change::Archived { archived, .. } => self.archived_to = self.archived_to.max(archived.all_to),
        }
    }
}

/// The first bytes of SHA-256 over texts, each ended by a zero byte.
pub(in super::super) fn hash(texts: &[&str]) -> i64 {
    let mut bytes = Vec::with_capacity(texts.iter().map(|text| text.len() + 1).sum());
    for text in texts {
        bytes.extend_from_slice(text.as_bytes());
        bytes.push(0);
    }
    let digest = DigestAlgorithm::Sha256.digest(&bytes);
    digest.as_ref().first_chunk::<8>().map_or(0, |first| i64::from_be_bytes(*first))
}
