//! A log read while another process keeps it: found, told and exported, and nothing written or locked.
//!
//! The index is asked as it is in its file. What it does not have yet, mostly the last second, is read from the records, as
//! they were when the reader was opened; who wants to see what came later opens another.

use super::index::{Change, MemoryIndex, Progress, Row, SqliteIndex, number, place};
use super::query::{ANSWERED_WITHIN, newest_first};
use super::shared::SharedPieces;
use super::source::{Records, Source};
use super::stamping::Stamping;
use super::story::{self, Told};
use super::{Evidence, MessageLogError, Page, Part, Record, Wanted};
use mekong_base::Clock;
use mekong_ledger::offline::Folder;
use mekong_ledger::{Blobs, Disk, Keys, Ledger};
use std::path::Path;
use std::sync::Arc;
use tokio::sync::OnceCell;

/// Records that one question may be answered with, at most.
const RECORDS_MAX: u32 = 10_000;
/// Records that are not in the index, at most, for lists: they are held in memory.
const TAIL_MAX: usize = 100_000;

/// Reads a log beside the process that keeps it, or one that nobody keeps at present.
pub struct Reader {
    records: Records,
    blobs: Blobs,
    index: Option<SqliteIndex>,
    /// The index had everything before this position when the reader was opened.
    indexed_to: u64,
    /// What came later.
    tail: OnceCell<Tail>,
    shared: SharedPieces,
    stamping: Stamping,
    clock: Clock,
}

/// Records that the index does not have.
#[derive(Default)]
struct Tail {
    index: MemoryIndex,
    records: usize,
    indexed_to: u64,
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").field("indexed_to", &self.indexed_to).finish_non_exhaustive()
    }
}

impl Reader {
    /// A reader of the log in `folder`; if none was begun there, it has no messages.
    ///
    /// # Errors
    /// [`MessageLogError::Ledger`] if it is damaged, or its key is missing.
    pub async fn open(folder: &Path, keys: Keys, clock: Clock) -> Result<Self, MessageLogError> {
        let index = Self::index(folder).await;
        let (place, of_records) = (folder.to_owned(), keys.clone());
        let opened = tokio::task::spawn_blocking(move || Folder::open(&place, Disk::real(), of_records)).await;
        let records = opened.map_err(|_| mekong_store::StoreError::Panicked)??;
        let blobs = Blobs::read_files(folder.join("blobs"), keys, Disk::real(), clock.clone());
        Self::of(Records::Folder(Arc::new(records)), blobs, index, clock).await
    }

    /// A reader of a log that several gateways share, with this gateway's index in `folder`.
    ///
    /// # Errors
    /// [`MessageLogError::Store`].
    pub async fn of_shared(ledger: Ledger, blobs: Blobs, folder: &Path, clock: Clock) -> Result<Self, MessageLogError> {
        let index = Self::index(folder).await;
        Self::of(Records::Ledger(ledger), blobs, index, clock).await
    }

    /// The index; without one that can be used the records are read.
    async fn index(folder: &Path) -> Option<(SqliteIndex, Progress)> {
        let file = folder.join("index.db");
        if !file.is_file() {
            return None;
        }
        let opened = async {
            let index = SqliteIndex::read_only(&file).await?;
            let progress = index.progress().await?;
            Ok::<_, mekong_store::StoreError>((index, progress))
        };
        match opened.await {
            Ok(opened) => Some(opened),
            Err(error) => {
                tracing::warn!(%error, "the index of the message log cannot be read: the records themselves are");
                None
            }
        }
    }

    async fn of(
        records: Records,
        blobs: Blobs,
        index: Option<(SqliteIndex, Progress)>,
        clock: Clock,
    ) -> Result<Self, MessageLogError> {
        let indexed_to = index.as_ref().map_or(0, |(_, progress)| progress.indexed_to);
        let (tail, shared, stamping) = (OnceCell::new(), SharedPieces::default(), Stamping::default());
        Ok(Self { records, blobs, index: index.map(|(index, _)| index), indexed_to, tail, shared, stamping, clock })
    }

    /// The same without its index, for one that may be wrong.
    #[must_use]
    pub fn without_index(self) -> Self {
        Self { index: None, indexed_to: 0, ..self }
    }

    /// The ledger's folder; `None` if the log is in a database.
    pub fn folder(&self) -> Option<&Folder> {
        match &self.records {
            Records::Folder(folder) => Some(folder),
            Records::Ledger(_) => None,
        }
    }

    /// As [`MessageLog::story`](super::MessageLog::story).
    ///
    /// # Errors
    /// [`MessageLogError::Ledger`], [`MessageLogError::Store`], [`MessageLogError::Record`].
    pub async fn story(&self, id: &str) -> Result<Vec<Told>, MessageLogError> {
        let mut sought = match &self.index {
            Some(index) => Some(index.seek(id).await?),
            None => None,
        };
        if let Some(sought) = &mut sought {
            // What came into the index meanwhile is read from the records, as far as the reader has them.
            sought.positions.retain(|position| *position < self.indexed_to);
            sought.indexed_to = self.indexed_to;
        }
        story::told(&self.records, id, sought).await
    }

    /// As [`MessageLog::search`](super::MessageLog::search).
    ///
    /// # Errors
    /// [`MessageLogError::Behind`] if too much is not in the index; as [`Reader::story`].
    pub async fn search(&self, wanted: &Wanted, before: Option<u64>, limit: u32) -> Result<Page, MessageLogError> {
        let limit = limit.clamp(1, RECORDS_MAX);
        let given_up = self.clock.now() - ANSWERED_WITHIN;
        let tail = self.tail().await?;
        let (mut rows, next) = tail.page(wanted, given_up, before, limit);
        let left = limit.saturating_sub(u32::try_from(rows.len()).unwrap_or(limit));
        let Some(index) = self.index.as_ref().filter(|_| left > 0) else {
            return Ok(Page { records: newest_first(&rows), next });
        };
        let before = before.map_or(self.indexed_to, |before| before.min(self.indexed_to));
        // What has no answer in the index may have one in the tail.
        let given_up = tail.first().map_or(given_up, |first| given_up.min(first - ANSWERED_WITHIN));
        let (older, next) = index.page(wanted, given_up, Some(before), left).await?;
        for row in older {
            rows.push(self.stamped(row).await?);
        }
        Ok(Page { records: newest_first(&rows), next })
    }

    /// As [`MessageLog::numbered`](super::MessageLog::numbered).
    ///
    /// # Errors
    /// As [`Reader::search`].
    pub async fn numbered(&self, id: i64) -> Result<Option<Record>, MessageLogError> {
        let Some((position, part)) = u64::try_from(id).ok().and_then(place) else { return Ok(None) };
        let row = match &self.index {
            Some(index) if position < self.indexed_to => match index.at(position).await? {
                Some(row) => Some(self.stamped(row).await?),
                None => None,
            },
            _ => self.tail().await?.at(position),
        };
        let of = |row: Row| row.each().find(|(of, _)| *of == part).map(|(_, message)| row.record(part, message));
        Ok(row.and_then(of))
    }

    /// As [`MessageLog::find`](super::MessageLog::find).
    ///
    /// # Errors
    /// As [`Reader::search`].
    pub async fn find(&self, message_id: &str) -> Result<Vec<Record>, MessageLogError> {
        let mut rows = Vec::new();
        if let Some(index) = &self.index {
            for row in index.by_message_id(message_id, RECORDS_MAX).await? {
                if row.position < self.indexed_to {
                    rows.push(self.stamped(row).await?);
                }
            }
        }
        rows.extend(self.tail().await?.by_message_id(message_id, RECORDS_MAX));
        Ok(rows.iter().flat_map(|row| row.each().map(|(part, message)| row.record(part, message))).collect())
    }

    /// As [`MessageLog::export_record`](super::MessageLog::export_record).
    ///
    /// # Errors
    /// As there, and as [`Reader::search`].
    pub async fn export_record(&self, id: i64) -> Result<Evidence, MessageLogError> {
        let message = id.unsigned_abs();
        let mut stamp = match &self.index {
            Some(index) => index.stamp_of(message).await?,
            None => None,
        };
        if stamp.is_none() {
            stamp = self.tail().await?.stamp_of(message);
        }
        let (records, blobs) = (self.records.clone(), &self.blobs);
        let source = Source { records, blobs, shared: &self.shared, stamping: &self.stamping };
        source.evidence(id, stamp).await
    }

    /// Closes what was opened.
    pub async fn close(self) {
        if let Some(index) = &self.index
            && let Err(error) = index.close().await
        {
            tracing::debug!(%error, "the index that was read was not closed cleanly");
        }
        if let Records::Ledger(ledger) = &self.records {
            ledger.close().await;
        }
    }

    /// A row of the index, with time-stamps and faults that the index does not have yet.
    async fn stamped(&self, mut row: Row) -> Result<Row, MessageLogError> {
        let (tail, position) = (self.tail().await?, row.position);
        row.fault = tail.fault_of(position).or(row.fault);
        for (part, message) in [(Part::Request, &mut row.request), (Part::Response, &mut row.response)] {
            if let Some(message) = message.as_mut().filter(|message| message.stamp.is_none()) {
                message.stamp = tail.stamp_of(number(position, part));
            }
        }
        Ok(row)
    }

    async fn tail(&self) -> Result<&MemoryIndex, MessageLogError> {
        let made = self.tail.get_or_try_init(|| async {
            let empty = Tail { indexed_to: self.indexed_to, ..Tail::default() };
            self.records.fold(self.indexed_to, empty, Tail::take).await
        });
        Ok(&made.await?.index)
    }
}

impl Tail {
    fn take(&mut self, record: &mekong_ledger::Record) -> Result<(), MessageLogError> {
        let position = record.position;
        self.records += 1;
        if self.records > TAIL_MAX {
            let reason = "too much to look through without it: start the gateway, which makes its index".to_owned();
            return Err(MessageLogError::Behind { indexed_to: self.indexed_to, end: position, reason });
        }
        let malformed =
            |fault: super::encoding::Malformed| MessageLogError::Record { position, what: fault.to_string() };
        let change = Change::read(record).map_err(malformed)?;
        self.index.apply(change.into_iter().collect(), Progress::default());
        Ok(())
    }
}
