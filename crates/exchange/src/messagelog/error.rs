//! What can go wrong with the message log.

use super::Part;
use mekong_message::VerifyError;
use mekong_message::asic::AsicError;
use mekong_message::hashchain::HashChainError;
use mekong_store::StoreError;
use std::path::PathBuf;

/// The message log could not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MessageLogError {
    /// The database or a body file failed; see [`MessageLogError::is_full`].
    #[error("message log: {0}")]
    Store(#[from] StoreError),
    /// The spool file of a body cannot be read; the caller is at fault.
    #[error("message log: cannot read the body {path}: {source}")]
    Spool {
        /// The spool file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A body file is gone or is not what was recorded.
    #[error("message log: the body of record {id} in {path} {what}: restore the file from the backup")]
    BodyDamaged {
        /// The record.
        id: i64,
        /// The body file.
        path: PathBuf,
        /// `is missing`, `has another digest than recorded`, ...
        what: String,
    },
    /// No such message was recorded.
    #[error("message log: there is no {} with the id {message_id:?}", .part.name())]
    NotFound {
        /// What was asked for.
        message_id: String,
        /// What was asked for.
        part: Part,
    },
    /// The record has no time-stamp yet, so it is not evidence yet.
    #[error("message log: record {id} has no time-stamp yet: try again after the next batch, or stamp now")]
    NotStamped {
        /// The record.
        id: i64,
    },
    /// No time-stamping authority is set.
    #[error("message log: no time-stamping authority is set, so nothing can be stamped")]
    NoAuthority,
    /// The time-stamping authority gave no good time-stamp.
    #[error("message log: {0}")]
    Authority(String),
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
    /// The container cannot be written.
    #[error("message log: {0}")]
    Container(#[from] AsicError),
}

impl MessageLogError {
    /// The disk is full: messages must be refused until there is space. What was recorded is safe.
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_full())
    }

    /// Nothing was recorded, for certain: the database did not close while it wrote.
    pub(super) fn is_certain(&self) -> bool {
        !matches!(self, Self::Store(StoreError::Closed))
    }
}

impl From<sqlx::Error> for MessageLogError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}
