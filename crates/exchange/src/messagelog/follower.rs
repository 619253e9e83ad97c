//! Keeps the index behind the ledger: reads what was appended, writes it into the index in large batches, and knows how far
//! everything is. Nothing that is acknowledged ever waits for it.
//!
//! It writes when a few seconds have passed, or at once when somebody asks. The more records are written together, the fewer
//! pages of the index are written for each, as neighbours meet on them.

use super::MessageLogError;
use super::index::{Change, Index, Progress};
use super::repeats::Repeats;
use mekong_ledger::{Ledger, Record};
use mekong_store::StoreError;
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::sync::{Mutex, Notify, watch};
use tokio::time::Instant;

/// How long new records wait for company before they are written into the index.
const PATIENCE: Duration = Duration::from_secs(4);
/// Changes that are written together, of records of about [`READ_BYTES`] at most.
const TOGETHER: usize = 4096;
/// How long an opened log waits for its index before it goes to work.
pub(super) const START: Duration = Duration::from_secs(5);
/// Records of one read of the ledger.
pub(super) const READ_RECORDS: usize = 512;
/// Bytes of one read of the ledger.
pub(super) const READ_BYTES: usize = 8 << 20;
/// How soon a failed write is tried again.
const RETRY: Duration = Duration::from_millis(500);
/// How soon records are read again that are not to be read yet.
const UNREADABLE: Duration = Duration::from_millis(10);
/// How long a question waits for the index.
const ANSWER: Duration = Duration::from_secs(30);
/// How long it waits while the index cannot be written: long enough to see it tried again.
const ANSWER_STUCK: Duration = Duration::from_secs(2);

/// The index, and how far it is.
pub(super) struct Follower {
    ledger: Ledger,
    repeats: Arc<Repeats>,
    state: watch::Sender<State>,
    /// Held by who writes the index or begins a new one.
    writing: Mutex<()>,
    asked: Arc<Notify>,
}

/// An index and how far it is: they change together, so that nobody takes an empty one for a whole one.
#[derive(Clone)]
struct State {
    index: Index,
    progress: Progress,
    /// Why it does not get on.
    stuck: Option<Arc<MessageLogError>>,
}

/// What was read of the ledger.
struct Read {
    changes: Vec<Change>,
    /// Where the next read begins.
    to: u64,
    /// Of the records.
    bytes: usize,
}

impl Follower {
    /// Takes up where the index ended; makes it anew if it is ahead of the ledger.
    ///
    /// # Errors
    /// [`MessageLogError::Store`].
    pub(super) async fn open(ledger: Ledger, index: Index, repeats: Arc<Repeats>) -> Result<Self, MessageLogError> {
        let mut progress = index.progress().await?;
        let mut index = index;
        if progress.indexed_to > ledger.end() {
            let (indexed, end) = (progress.indexed_to, ledger.end());
            tracing::warn!(indexed, end, "the index is ahead of the ledger and made anew");
            index = index.replace().await?;
            progress = index.progress().await?;
        }
        let (state, _) = watch::channel(State { index, progress, stuck: None });
        Ok(Self { ledger, repeats, state, writing: Mutex::default(), asked: Arc::default() })
    }

    /// Follows the ledger until the log is gone.
    pub(super) async fn run(follower: Weak<Self>, mut end: watch::Receiver<u64>) {
        loop {
            let Some(strong) = follower.upgrade() else { return };
            end.borrow_and_update();
            if strong.index().is_damaged()
                && let Err(error) = strong.begin_anew_if_damaged().await
            {
                strong.note_stuck(error);
                drop(strong);
                tokio::time::sleep(RETRY).await;
                continue;
            }
            let behind = strong.progress().indexed_to < strong.ledger.end();
            if behind && let Err(error) = strong.catch_up().await {
                strong.note_stuck(error);
                drop(strong);
                tokio::time::sleep(RETRY).await;
                continue;
            }
            let (asked, index) = (Arc::clone(&strong.asked), strong.index());
            drop(strong);
            tokio::select! {
                biased;
                changed = end.changed() => match changed {
                    // Somebody asks, or more comes together.
                    Ok(()) => drop(tokio::time::timeout(PATIENCE, asked.notified()).await),
                    Err(_) => return,
                },
                () = asked.notified() => {}
                () = index.damaged() => {}
            }
        }
    }

    fn note_stuck(&self, error: MessageLogError) {
        if !error.is_closed() {
            tracing::warn!(%error, "the index of the message log is behind");
        }
        let error = Arc::new(error);
        self.state.send_modify(|state| state.stuck = Some(error));
    }

    /// Writes everything into the index that is in the ledger now.
    pub(super) async fn catch_up(&self) -> Result<(), MessageLogError> {
        loop {
            let turn = self.writing.lock().await;
            let (end, mut progress, mut changes, mut bytes) = (self.ledger.end(), self.progress(), Vec::new(), 0);
            if progress.indexed_to >= end {
                return Ok(());
            }
            while progress.indexed_to < end && changes.len() < TOGETHER && bytes < READ_BYTES {
                match self.read(progress.indexed_to, end).await {
                    Ok(Some(read)) => {
                        progress.indexed_to = read.to;
                        bytes += read.bytes;
                        changes.extend(read.changes);
                    }
                    // What came before it is written first.
                    Err(error) if changes.is_empty() => return Err(error),
                    Ok(None) | Err(_) => break,
                }
            }
            if progress.indexed_to == self.progress().indexed_to {
                drop(turn);
                tokio::time::sleep(UNREADABLE).await;
                continue;
            }
            changes.iter().for_each(|change| progress.take(change));
            self.repeats.read(changes.iter().filter_map(Change::row));
            self.write(changes, progress).await?;
        }
    }

    /// What records from a position on change. Nothing if they cannot be read yet: the end is known a moment before the records
    /// of another process.
    async fn read(&self, from: u64, end: u64) -> Result<Option<Read>, MessageLogError> {
        let records = self.ledger.read(from, READ_RECORDS, READ_BYTES).await?;
        let (first, bytes) = (self.ledger.first(), records.iter().map(|record| record.payload.len()).sum());
        Ok(match records.last() {
            Some(last) => Some(Read { changes: changes(&records)?, to: last.position + 1, bytes }),
            // What is missing was removed.
            None if first > from => Some(Read { changes: Vec::new(), to: first.min(end), bytes }),
            None => None,
        })
    }

    async fn write(&self, changes: Vec<Change>, progress: Progress) -> Result<(), MessageLogError> {
        match self.index().apply(changes, progress).await {
            Ok(()) => {
                self.state.send_modify(|state| (state.progress, state.stuck) = (progress, None));
                self.repeats.indexed(progress.indexed_to);
                Ok(())
            }
            Err(error) if error.is_damaged() => {
                tracing::warn!(%error, "the index is damaged and made anew from the ledger");
                self.begin_anew().await
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Begins with an empty index; for who holds `writing`.
    async fn begin_anew(&self) -> Result<(), MessageLogError> {
        let index = self.index().replace().await?;
        self.state.send_replace(State { index, progress: Progress::default(), stuck: None });
        Ok(())
    }

    /// For tests: begins with an empty index, which nobody writes as long as this is held.
    #[cfg(test)]
    pub(super) async fn begin_anew_held(&self) -> tokio::sync::MutexGuard<'_, ()> {
        let turn = self.writing.lock().await;
        self.begin_anew().await.unwrap_or_default();
        turn
    }

    /// The ledger that is followed.
    pub(super) const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// How far the index is.
    pub(super) fn progress(&self) -> Progress {
        self.state.borrow().progress
    }

    /// The index as it is.
    pub(super) fn index(&self) -> Index {
        self.state.borrow().index.clone()
    }

    /// The index as it is, and how far that is.
    pub(super) fn as_it_is(&self) -> (Index, Progress) {
        let state = self.state.borrow();
        (state.index.clone(), state.progress)
    }

    /// The index with everything that is in the ledger now.
    ///
    /// # Errors
    /// [`MessageLogError::Behind`] if it does not get on.
    pub(super) async fn caught_up(&self) -> Result<Index, MessageLogError> {
        Ok(self.reaching(self.ledger.end()).await?.0)
    }

    /// Waits until all records before a position are in the index.
    ///
    /// # Errors
    /// [`MessageLogError::Behind`] if it does not get on.
    pub(super) async fn wait_for(&self, position: u64) -> Result<(), MessageLogError> {
        self.reaching(position).await.map(|_| ())
    }

    /// The index with all records before a position, and how far it is.
    ///
    /// # Errors
    /// [`MessageLogError::Behind`] if it does not get on.
    pub(super) async fn reaching(&self, position: u64) -> Result<(Index, Progress), MessageLogError> {
        let mut state = self.state.subscribe();
        let begun = Instant::now();
        loop {
            let State { index, progress, stuck } = state.borrow_and_update().clone();
            let indexed_to = progress.indexed_to;
            if indexed_to >= position {
                return Ok((index, progress));
            }
            let behind = |reason| MessageLogError::Behind { indexed_to, end: position, reason };
            let patience = if stuck.is_some() { ANSWER_STUCK } else { ANSWER };
            self.asked.notify_one();
            if tokio::time::timeout_at(begun + patience, state.changed()).await.is_err() {
                let reason = stuck.map_or_else(|| "it is being made from the ledger".to_owned(), |e| e.to_string());
                return Err(behind(reason));
            }
        }
    }

    /// The index as near to the ledger as can be had: with everything, or as it is if it does not get on.
    pub(super) async fn index_for_lists(&self) -> Index {
        let _ = self.caught_up().await;
        self.index()
    }

    /// Makes an index anew that a question found damaged, so that it can be asked again.
    ///
    /// # Errors
    /// [`MessageLogError::Store`].
    pub(super) async fn mend(&self, error: StoreError) -> Result<(), MessageLogError> {
        if !error.is_damaged() {
            return Err(error.into());
        }
        self.begin_anew_if_damaged().await?;
        self.asked.notify_one();
        Ok(())
    }

    /// Begins with an empty index, unless somebody has since it was found damaged.
    async fn begin_anew_if_damaged(&self) -> Result<(), MessageLogError> {
        let _turn = self.writing.lock().await;
        if !self.index().is_damaged() {
            return Ok(());
        }
        tracing::warn!("the index is damaged and made anew from the ledger");
        self.begin_anew().await
    }

    /// Writes what is left and closes the index.
    pub(super) async fn close(&self) -> Result<(), MessageLogError> {
        let caught_up = self.catch_up().await;
        self.index().close().await?;
        caught_up
    }
}

/// What records change in the index.
///
/// # Errors
/// [`MessageLogError::Record`] if one cannot be read.
pub(super) fn changes(records: &[Record]) -> Result<Vec<Change>, MessageLogError> {
    let mut changes = Vec::with_capacity(records.len());
    for record in records {
        match Change::read(record) {
            Ok(change) => changes.extend(change),
            Err(fault) => return Err(MessageLogError::Record { position: record.position, what: fault.to_string() }),
        }
    }
    Ok(changes)
}
