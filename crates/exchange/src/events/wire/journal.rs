//! What the ledger of a subscription holds: everything that happened to it, so that its state is the fold of its records.

use super::stored::Stored;
use crate::events::rules::inbox::Inbox;
use bytes::Bytes;
use mekong_base::Instant;
use mekong_ledger::{NewRecord, Record};
use serde::{Deserialize, Serialize};

/// Kind of records that hold an event that was received.
const RECEIVED: u8 = 1;
/// Kind of records that hold everything else, in JSON.
const OTHER: u8 = 2;

/// One record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// An event was received.
    Received(Received),
    /// Something else happened.
    Other(Note),
}

/// An event as it was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// Who worked on the subscription then.
    pub term: u64,
    /// The replay that it belongs to.
    pub epoch: u64,
    /// Its position in the publisher's topic.
    pub position: u64,
    /// The id of the signed message that brought it.
    pub message: String,
    /// The event.
    pub event: Stored,
}

/// Everything that happens but the receiving of events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Note {
    /// A gateway takes or keeps the work on this subscription.
    Claim {
        /// Which: itself, or a start of it.
        holder: String,
        /// Until when, if it does not claim again.
        until: Instant,
        /// The term that it goes on with; none if it begins one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        term: Option<u64>,
    },
    /// A dead letter is to be delivered again.
    Again {
        /// The record of the event.
        entry: u64,
    },
    /// An event could not be delivered and is not tried any more.
    Dead {
        /// Who worked on the subscription.
        term: u64,
        /// The record of the event.
        entry: u64,
        /// How often it was tried.
        attempts: u32,
        /// What the information system answered.
        reason: String,
        /// Later events of its subject wait for a decision.
        holds: bool,
    },
    /// Events were delivered.
    Delivered {
        /// Who worked on the subscription.
        term: u64,
        /// The records of the events.
        entries: Vec<u64>,
    },
    /// A dead letter is given up.
    Dropped {
        /// The record of the event.
        entry: u64,
    },
    /// The publisher has removed events before they were fetched.
    Gap {
        /// Who worked on the subscription.
        term: u64,
        /// The first that is missing.
        from: u64,
        /// The first that was still there.
        first: u64,
    },
    /// Everything up to a position of the topic was seen.
    Moved {
        /// Who worked on the subscription.
        term: u64,
        /// The replay that it belongs to.
        epoch: u64,
        /// From where to ask next.
        next: u64,
        /// The topic's end then.
        end: u64,
    },
    /// Deliver again from a position of the topic, or from a time, on.
    Replay {
        /// The position.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<u64>,
        /// The time.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        since: Option<Instant>,
    },
    /// The whole state, so that records before it need not be kept.
    Snapshot {
        /// It holds if no record stands between.
        at: u64,
        /// The state.
        inbox: Box<Inbox>,
    },
    /// Events in records below may be handed out from now on.
    Window {
        /// Who worked on the subscription.
        term: u64,
        /// The record.
        below: u64,
    },
}

/// A record that this release cannot read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("record {position} of the subscription's ledger cannot be read: {why}; it was written by another release")]
pub struct NotRead {
    /// Which.
    pub position: u64,
    /// Why.
    pub why: String,
}

impl From<Note> for Entry {
    fn from(note: Note) -> Self {
        Self::Other(note)
    }
}

impl Entry {
    /// As a record.
    pub fn to_record(&self) -> NewRecord {
        match self {
            Self::Received(received) => NewRecord { kind: RECEIVED, payload: received.encode() },
            Self::Other(note) => {
                // Numbers, texts and maps with keys that are numbers or texts: there is nothing to fail.
                NewRecord { kind: OTHER, payload: serde_json::to_vec(note).unwrap_or_default().into() }
            }
        }
    }

    /// From a record.
    ///
    /// # Errors
    /// [`NotRead`].
    pub fn of_record(record: &Record) -> Result<Self, NotRead> {
        let failed = |why: String| NotRead { position: record.position, why };
        match record.kind {
            RECEIVED => Received::decode(&record.payload).ok_or_else(|| failed("no event".into())).map(Self::Received),
            OTHER => serde_json::from_slice(&record.payload).map(Self::Other).map_err(|e| failed(e.to_string())),
            other => Err(failed(format!("kind {other}"))),
        }
    }
}

impl Received {
    fn encode(&self) -> Bytes {
        let event = self.event.encode();
        let message = self.message.get(..255).unwrap_or(&self.message).as_bytes();
        let mut out = Vec::with_capacity(event.len() + message.len() + 32);
        for number in [self.term, self.epoch, self.position] {
            out.extend_from_slice(&number.to_be_bytes());
        }
        out.push(u8::try_from(message.len()).unwrap_or(0));
        out.extend_from_slice(message);
        out.extend_from_slice(&event);
        out.into()
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes;
        let mut number = || {
            let (number, after) = rest.split_first_chunk::<8>()?;
            rest = after;
            Some(u64::from_be_bytes(*number))
        };
        let (term, epoch, position) = (number()?, number()?, number()?);
        let (length, after) = rest.split_first()?;
        let (message, event) = after.split_at_checked((*length).into())?;
        let message = String::from_utf8(message.to_vec()).ok()?;
        Some(Self { term, epoch, position, message, event: Stored::decode(event).ok()? })
    }
}
