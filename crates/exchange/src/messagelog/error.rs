//! What can go wrong with the message log.

use super::Part;
use mekong_ledger::LedgerError;
use mekong_message::VerifyError;
use mekong_message::asic::AsicError;
use mekong_message::hashchain::HashChainError;
use mekong_store::StoreError;
use std::path::PathBuf;

/// The message log could not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MessageLogError {
    /// The ledger failed; see [`MessageLogError::is_full`].
    #[error("message log: {0}")]
    Ledger(#[from] LedgerError),
    /// The index or a file failed; see [`MessageLogError::is_full`].
    #[error("message log: {0}")]
    Store(#[from] StoreError),
    /// The index does not have the newest records, so that they cannot be looked for. Recording goes on.
    #[error("message log: the index has records to {indexed_to} of {end}: {reason}")]
    Behind {
        /// It has the records before this position.
        indexed_to: u64,
        /// The ledger has the records before this one.
        end: u64,
        /// Why.
        reason: String,
    },
    /// A record in the ledger is not what this release reads.
    #[error(
        "message log: the record at position {position} cannot be read: {what}. Was it written by a newer release?"
    )]
    Record {
        /// Where.
        position: u64,
        /// What is wrong.
        what: String,
    },
    /// The spool file of a body cannot be read; the caller is at fault.
    #[error("message log: cannot read the body {path}: {source}")]
    Spool {
        /// The spool file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Something a record needs is gone or is not what was recorded.
    #[error("message log: {what} of record {id} {fault}: restore it from the backup")]
    Damaged {
        /// The record.
        id: i64,
        /// `the body`, `a part of the signature`, ...
        what: &'static str,
        /// `is missing`, ...
        fault: String,
    },
    /// No such message was recorded, or it is no longer kept.
    #[error("message log: there is no {} with the id {message_id:?}", .part.name())]
    NotFound {
        /// What was asked for.
        message_id: String,
        /// What was asked for.
        part: Part,
    },
    /// No record has this number, or it is no longer kept.
    #[error("message log: there is no record {id}")]
    NoRecord {
        /// The number.
        id: i64,
    },
    /// The record has no time-stamp yet, so it is not evidence yet; or it could not be read when others were stamped, and
    /// will have none.
    #[error(
        "message log: record {id} has no time-stamp yet: try again after the next batch, or stamp now. If younger ones have \
         theirs, it could not be read when it was stamped, as the gateway's own log tells"
    )]
    NotStamped {
        /// The record.
        id: i64,
    },
    /// More evidence than one file has.
    #[error(
        "message log: {count} documents with {bytes} bytes are too many for one answer: export them at the gateway (mekong log \
         export)"
    )]
    TooMuch {
        /// Documents.
        count: usize,
        /// Bytes of their bodies.
        bytes: u64,
    },
    /// A file of evidence cannot be put together.
    #[error("message log: the evidence cannot be put together: {0}")]
    Unwritten(String),
    /// No time-stamping authority is set.
    #[error("message log: no time-stamping authority is set, so nothing can be stamped")]
    NoAuthority,
    /// The time-stamping authority gave no good time-stamp.
    #[error("message log: {0}")]
    Authority(String),
    /// Another gateway that shares this log takes the time-stamps, or makes the archives, at present.
    #[error("message log: another gateway that shares the log does this at present: ask there, or again in a moment")]
    Elsewhere,
    /// The signature of a record cannot be stamped.
    #[error("message log: record {id} cannot be stamped: {source}")]
    Signature {
        /// The record.
        id: i64,
        /// Why.
        source: Box<VerifyError>,
    },
    /// The hash chain of a batch cannot be built.
    #[error("message log: {0}")]
    HashChain(#[from] HashChainError),
    /// The hash chain of a batch is not that which was stamped.
    #[error("message log: the time-stamp at position {position} is not over the messages that its record names")]
    StampDiffers {
        /// Where the time-stamp is.
        position: u64,
    },
    /// The container cannot be written.
    #[error("message log: {0}")]
    Container(#[from] AsicError),
    /// Archiving failed; it is tried again.
    #[error("message log: {0}")]
    Archive(String),
    /// The log was closed.
    #[error("message log: it is closed")]
    Closed,
}

impl MessageLogError {
    /// The disk is full: messages must be refused until there is space. What was recorded is safe.
    pub fn is_full(&self) -> bool {
        match self {
            Self::Ledger(error) => error.is_full(),
            Self::Store(error) => error.is_full(),
            _ => false,
        }
    }

    /// The fault is this one record's: others can be read.
    pub(super) const fn is_of_one_record(&self) -> bool {
        matches!(
            self,
            Self::Record { .. }
                | Self::Damaged { .. }
                | Self::Signature { .. }
                | Self::StampDiffers { .. }
                | Self::HashChain(_)
                | Self::Container(_)
        )
    }

    /// The log was closed meanwhile.
    pub(super) const fn is_closed(&self) -> bool {
        matches!(self, Self::Closed | Self::Store(StoreError::Closed) | Self::Ledger(LedgerError::Closed))
    }
}

impl From<sqlx::Error> for MessageLogError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}
