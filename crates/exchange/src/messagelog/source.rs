//! Where what was logged is read from: the ledger and the blobs of this process, or those of another, beside it.

use super::body::{LargeBody, LoggedBody, Stored};
use super::encoding::{Message, Piece, StoredBody};
use super::export::Logged;
use super::follower::{READ_BYTES, READ_RECORDS};
use super::index::number;
use super::shared::{SharedPieces, fill};
use super::stamping::Stamping;
use super::{MessageLog, MessageLogError, Part};
use mekong_ledger::offline::Folder;
use mekong_ledger::{BlobId, Blobs, Ledger, LedgerError, Record};
use mekong_message::SignatureData;
use std::sync::Arc;

/// The records of a log.
#[derive(Clone)]
pub(super) enum Records {
    /// Of a ledger that this process has open.
    Ledger(Ledger),
    /// Of a folder that another process may be using: as it was when it was looked at.
    Folder(Arc<Folder>),
}

/// Takes a record into what is made of many.
type Take<T> = fn(&mut T, &Record) -> Result<(), MessageLogError>;

impl Records {
    /// The record at a position; `None` if it is not there, or was removed.
    ///
    /// # Errors
    /// [`MessageLogError::Ledger`].
    pub(super) async fn get(&self, position: u64) -> Result<Option<Record>, MessageLogError> {
        match self {
            Self::Ledger(ledger) => Ok(ledger.get(position).await?),
            Self::Folder(folder) => {
                let found = Self::beside(folder, move |folder| folder.entry(position)).await?;
                Ok(found.map(|entry| entry.record))
            }
        }
    }

    /// Takes all records from a position on, in order, into `made`.
    ///
    /// # Errors
    /// [`MessageLogError::Ledger`]; of `take`.
    pub(super) async fn fold<T: Send + 'static>(
        &self,
        from: u64,
        mut made: T,
        take: Take<T>,
    ) -> Result<T, MessageLogError> {
        let Self::Folder(folder) = self else { return self.fold_ledger(from, made, take).await };
        let (made, taken) = Self::beside(folder, move |folder| {
            let mut taken = Ok(());
            folder.entries(from.max(folder.first()), &mut |entry| {
                taken = take(&mut made, &entry.record);
                taken.is_ok()
            })?;
            Ok((made, taken))
        })
        .await?;
        taken.map(|()| made)
    }

    async fn fold_ledger<T>(&self, from: u64, mut made: T, take: Take<T>) -> Result<T, MessageLogError> {
        let Self::Ledger(ledger) = self else { return Ok(made) };
        let mut from = from.max(ledger.first());
        loop {
            let records = ledger.read(from, READ_RECORDS, READ_BYTES).await?;
            let Some(last) = records.last() else { return Ok(made) };
            from = last.position + 1;
            records.iter().try_for_each(|record| take(&mut made, record))?;
        }
    }

    /// Reads a folder where that may wait for the disk.
    async fn beside<T: Send + 'static>(
        folder: &Arc<Folder>,
        read: impl FnOnce(&Folder) -> Result<T, LedgerError> + Send + 'static,
    ) -> Result<T, MessageLogError> {
        let folder = Arc::clone(folder);
        let read = tokio::task::spawn_blocking(move || read(&folder)).await;
        Ok(read.map_err(|_| mekong_store::StoreError::Panicked)??)
    }
}

/// Everything that a message is put together from.
pub(super) struct Source<'a> {
    pub(super) records: Records,
    pub(super) blobs: &'a Blobs,
    pub(super) shared: &'a SharedPieces,
    pub(super) stamping: &'a Stamping,
}

/// What is told of a piece that is not as it was written.
const PIECE: &str = "a part of the signature";

fn damaged(id: i64, fault: &str) -> MessageLogError {
    MessageLogError::Damaged { id, what: PIECE, fault: fault.to_owned() }
}

impl MessageLog {
    /// What this process has open.
    pub(super) fn source(&self) -> Source<'_> {
        let inner = &self.0;
        Source {
            records: Records::Ledger(inner.ledger.clone()),
            blobs: &inner.blobs,
            shared: &inner.shared,
            stamping: &inner.stamping,
        }
    }
}

impl Source<'_> {
    /// A message with everything that belongs to it; a large body is read later.
    ///
    /// # Errors
    /// [`MessageLogError::Damaged`], [`MessageLogError::Ledger`].
    pub(super) async fn logged(
        &self,
        record: &Record,
        part: Part,
        message: &Message<'_>,
    ) -> Result<Logged, MessageLogError> {
        let id = i64::try_from(number(record.position, part)).unwrap_or(i64::MAX);
        let body = match message.body {
            StoredBody::None => LoggedBody::None,
            StoredBody::Inline(bytes) => LoggedBody::Bytes(record.payload.slice_ref(bytes)),
            StoredBody::Blob { id: blob, .. } => LoggedBody::Large(LargeBody(self.stored(id, "the body", &blob))),
            StoredBody::LeftOut { size } => LoggedBody::LeftOut { size },
        };
        Ok(Logged {
            id,
            at: record.at,
            status: message.status,
            message: record.payload.slice_ref(message.message),
            body,
            signature: SignatureData {
                signature_xml: self.signature(id, &message.signature).await?,
                hash_chain_result: message.hash_chain_result.map(str::to_owned),
                hash_chain: message.hash_chain.map(str::to_owned),
            },
        })
    }

    /// A signature document put together from its pieces.
    ///
    /// # Errors
    /// [`MessageLogError::Damaged`], [`MessageLogError::Ledger`].
    pub(super) async fn signature(&self, id: i64, pieces: &[Piece<'_>]) -> Result<String, MessageLogError> {
        let mut document = String::new();
        for piece in pieces {
            match piece {
                Piece::Text(text) => document.push_str(text),
                Piece::Shared(blob) => document.push_str(&self.shared_text(id, blob).await?),
                Piece::Filled { form, values } => {
                    let form = self.shared_text(id, form).await?;
                    let filled = fill(&form, values);
                    document.push_str(&filled.ok_or_else(|| damaged(id, "has other values than its form"))?);
                }
            }
        }
        Ok(document)
    }

    /// A piece that signatures share.
    async fn shared_text(&self, id: i64, blob: &BlobId) -> Result<String, MessageLogError> {
        let text = match self.shared.text(blob) {
            Some(text) => text,
            None => self.stored(id, PIECE, blob).whole().await?,
        };
        String::from_utf8(text.into()).map_err(|_| damaged(id, "is not a text"))
    }

    fn stored(&self, message: i64, what: &'static str, blob: &BlobId) -> Stored {
        Stored { blobs: self.blobs.clone(), blob: *blob, message, what }
    }
}
