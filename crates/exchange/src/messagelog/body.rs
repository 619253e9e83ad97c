//! The body of a message that was logged. A large one is read when it is wanted, piece by piece: whoever asks again and again
//! for what was answered before fills no memory.

use super::MessageLogError;
use bytes::{Bytes, BytesMut};
use mekong_ledger::{BlobId, BlobReader, Blobs, LedgerError};
use std::fmt;

/// The body of a logged message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoggedBody {
    /// It had none.
    None,
    /// Byte for byte as signed.
    Bytes(Bytes),
    /// As well, to be read.
    Large(LargeBody),
    /// It was not kept ([`Config::bodies`](super::Config::bodies), [`Config::body_max`](super::Config::body_max)).
    LeftOut {
        /// Its bytes.
        size: u64,
    },
}

impl LoggedBody {
    /// All of it in memory; nothing if there was none or it was not kept.
    ///
    /// # Errors
    /// As [`BodyReader::next`].
    pub async fn whole(self) -> Result<Option<Bytes>, MessageLogError> {
        match self {
            Self::None | Self::LeftOut { .. } => Ok(None),
            Self::Bytes(bytes) => Ok(Some(bytes)),
            Self::Large(body) => body.0.whole().await.map(Some),
        }
    }
}

/// A body that is kept beside the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LargeBody(pub(super) Stored);

impl LargeBody {
    /// Begins to read it.
    ///
    /// # Errors
    /// As [`BodyReader::next`].
    pub async fn read(&self) -> Result<BodyReader, MessageLogError> {
        self.0.read().await
    }
}

/// What belongs to a message and is kept beside the ledger.
#[derive(Clone)]
pub(super) struct Stored {
    pub(super) blobs: Blobs,
    pub(super) blob: BlobId,
    /// The message's number.
    pub(super) message: i64,
    /// What it is, to people.
    pub(super) what: &'static str,
}

impl fmt::Debug for Stored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stored").field("blob", &self.blob).field("message", &self.message).finish_non_exhaustive()
    }
}

impl PartialEq for Stored {
    fn eq(&self, other: &Self) -> bool {
        (self.message, self.blob) == (other.message, other.blob)
    }
}

impl Eq for Stored {}

impl Stored {
    pub(super) async fn whole(&self) -> Result<Bytes, MessageLogError> {
        let mut reader = self.read().await?;
        let mut content = BytesMut::new();
        while let Some(piece) = reader.next().await? {
            content.extend_from_slice(&piece);
        }
        Ok(content.freeze())
    }

    async fn read(&self) -> Result<BodyReader, MessageLogError> {
        let opened = self.blobs.open(&self.blob).await.map_err(|error| self.failed(error))?;
        let missing = || self.damaged(format!("is missing (blob {})", self.blob));
        Ok(BodyReader { reader: opened.ok_or_else(missing)?, stored: self.clone() })
    }

    fn failed(&self, error: LedgerError) -> MessageLogError {
        match error {
            LedgerError::BlobDamaged { id, reason } => self.damaged(format!("is damaged (blob {id}): {reason}")),
            error => error.into(),
        }
    }

    fn damaged(&self, fault: String) -> MessageLogError {
        MessageLogError::Damaged { id: self.message, what: self.what, fault }
    }
}

/// Reads a body piece by piece.
#[derive(Debug)]
pub struct BodyReader {
    reader: BlobReader,
    stored: Stored,
}

impl BodyReader {
    /// The next piece, at most 64 KiB; nothing at the end, where the whole has been checked.
    ///
    /// # Errors
    /// [`MessageLogError::Damaged`], [`MessageLogError::Ledger`].
    pub async fn next(&mut self) -> Result<Option<Bytes>, MessageLogError> {
        self.reader.next().await.map_err(|error| self.stored.failed(error))
    }
}
