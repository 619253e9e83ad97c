//! A ledger in PostgreSQL, which several processes share: positions are given in the order of commits, by one row that is
//! locked until the end of the transaction.
//!
//! Each process records its groups in one statement each. A group has a name that is recorded with it: when the connection
//! is lost before the answer, the process looks whether the group is there, and records it again under the same name if
//! not; of two attempts one at most succeeds. While the server is away, appends wait.

mod follow;
mod keeper;
mod row;
mod survey;
mod tables;
mod writer;

pub(crate) use survey::Survey;

use crate::at_rest::Cipher;
use crate::merkle::Hash;
use crate::record::Entry;
use crate::tree::{FullTile, TILE_WIDTH, TileAt, Tree, fold, from_bytes};
use crate::{LedgerError, NewRecord, Options};
use mekong_base::Clock;
use mekong_crypto::random;
use row::Rows;
use sqlx::Row;
use sqlx::postgres::PgRow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc, oneshot, watch};
use writer::{Append, Command};

/// Bytes of payload in one share of the queue.
const SHARE: usize = 1024;
/// How long a lost server is waited for by those who read, and how often they try.
const PATIENCE: Duration = Duration::from_secs(10);
const RETRY: Duration = Duration::from_millis(50);
/// Rows that are read at once.
const PAGE: usize = 128;

/// What reading, writing, following and the tree share.
struct Shared {
    database: mekong_store::Postgres,
    /// Number of the ledger in the tables.
    number: i64,
    name: String,
    id: [u8; 16],
    options: Options,
    clock: Clock,
    /// Positions below are committed.
    end: watch::Sender<u64>,
    /// Position of the first record that was not removed, as far as is known here.
    first: watch::Sender<u64>,
    tree: Mutex<Grown>,
    tree_grown: watch::Sender<u64>,
    closed: watch::Sender<bool>,
}

/// The tree in memory.
#[derive(Default)]
struct Grown {
    tree: Tree,
    /// Full tiles that are not stored yet.
    pending: Vec<FullTile>,
}

/// An open ledger.
pub(crate) struct InPostgres {
    shared: Arc<Shared>,
    commands: mpsc::UnboundedSender<Command>,
    queue: Arc<Semaphore>,
}

impl InPostgres {
    /// Opens the ledger of this name, or begins one.
    pub(crate) async fn open(
        database: &mekong_store::Postgres,
        name: &str,
        options: Options,
        clock: Clock,
    ) -> Result<Self, LedgerError> {
        migrate(database).await?;
        let mut id = [0; 16];
        random::fill(&mut id).map_err(|_| LedgerError::NoRandomness)?;
        let head = tables::begin(database, name, id).await?;
        let tree = head.edge.and_then(|bytes| Tree::decode(&bytes, &head.id)).unwrap_or_default();
        if tree.size() < head.first || tree.size() > head.next {
            let reason = format!("the tree has {} records, the ledger {} to {}", tree.size(), head.first, head.next);
            let place = format!("{}, ledger {name}", database.place());
            return Err(LedgerError::Damaged { place, offset: 0, position: tree.size(), reason });
        }
        let shared = Arc::new(Shared {
            database: database.clone(),
            number: head.number,
            name: name.to_owned(),
            id: head.id,
            clock,
            end: watch::Sender::new(head.next),
            first: watch::Sender::new(head.first),
            tree_grown: watch::Sender::new(tree.size()),
            tree: Mutex::new(Grown { tree, pending: Vec::new() }),
            closed: watch::Sender::new(false),
            options,
        });
        let (commands, received) = mpsc::unbounded_channel();
        let (behind, news) = mpsc::unbounded_channel();
        let queue = Arc::new(Semaphore::new(shared.options.queue_bytes.div_ceil(SHARE) + 1));
        let writer = writer::Writer::new(Arc::clone(&shared), received, behind)?;
        tokio::spawn(writer.run());
        tokio::spawn(keeper::Keeper::new(Arc::clone(&shared), news).run());
        tokio::spawn(follow::follow(Arc::downgrade(&shared), database.clone(), head.number, shared.closed.subscribe()));
        Ok(Self { shared, commands, queue })
    }

    pub(crate) async fn append(&self, records: Vec<NewRecord>) -> Result<u64, LedgerError> {
        let bytes = records.iter().map(|record| record.payload.len() + 64).sum::<usize>();
        let shares = u32::try_from(bytes.div_ceil(SHARE)).unwrap_or(u32::MAX);
        let share = Arc::clone(&self.queue).acquire_many_owned(shares).await.map_err(|_| LedgerError::Closed)?;
        let (reply, answer) = oneshot::channel();
        let append = Command::Append(Append { records, reply, share });
        self.commands.send(append).map_err(|_| LedgerError::Closed)?;
        answer.await.unwrap_or(Err(LedgerError::Closed))
    }

    pub(crate) async fn read(&self, from: u64, count: usize, bytes: usize) -> Result<Vec<Entry>, LedgerError> {
        self.shared.read(from, count, bytes).await
    }

    pub(crate) fn end(&self) -> u64 {
        *self.shared.end.borrow()
    }

    pub(crate) fn first(&self) -> u64 {
        *self.shared.first.borrow()
    }

    pub(crate) fn id(&self) -> [u8; 16] {
        self.shared.id
    }

    pub(crate) fn watch(&self) -> watch::Receiver<u64> {
        self.shared.end.subscribe()
    }

    pub(crate) async fn tree_reaches(&self, size: u64) -> Result<(), LedgerError> {
        let (mut grown, mut closed) = (self.shared.tree_grown.subscribe(), self.shared.closed.subscribe());
        while *grown.borrow_and_update() < size {
            if *closed.borrow_and_update() {
                return Err(LedgerError::Closed);
            }
            tokio::select! {
                _ = grown.changed() => {}
                _ = closed.changed() => {}
            }
        }
        Ok(())
    }

    pub(crate) async fn tile(&self, tile: TileAt) -> Result<Vec<Hash>, LedgerError> {
        self.shared.tile(tile).await
    }

    pub(crate) async fn remove_before(&self, position: u64) -> Result<u64, LedgerError> {
        let first = tables::remove_before(&self.shared.database, self.shared.number, position).await?;
        self.shared.first.send_if_modified(|known| std::mem::replace(known, first.max(*known)) < first);
        Ok(first)
    }

    /// Stores the tree as it is now. What is not stored is stored later.
    pub(crate) async fn save_tree(&self) {
        let (pending, tree) = {
            let grown = self.shared.tree();
            (grown.pending.clone(), grown.tree.clone())
        };
        let edge = Some((&tree, &self.shared.id));
        if let Err(error) = tables::store_tiles(&self.shared.database, self.shared.number, &pending, edge).await {
            tracing::warn!(ledger = self.shared.name, %error, "the tree was not stored");
        }
    }

    pub(crate) async fn close(&self) {
        let (reply, closed) = oneshot::channel();
        if self.commands.send(Command::Close(reply)).is_ok() {
            let _ = closed.await;
        }
        self.queue.close();
        self.shared.closed.send_replace(true);
    }
}

/// Where a ledger is, for messages.
pub(crate) fn place(database: &mekong_store::Postgres, name: &str) -> String {
    format!("{}, ledger {name}", database.place())
}

/// Makes the tables of ledgers and blobs.
pub(crate) async fn migrate(database: &mekong_store::Postgres) -> Result<(), LedgerError> {
    Ok(database.migrate("ledger", tables::MIGRATIONS).await?)
}

/// Does something that can be done twice; again for a while if the connection is lost.
pub(crate) async fn patiently<T, F>(mut work: impl FnMut() -> F) -> Result<T, LedgerError>
where
    F: Future<Output = Result<T, LedgerError>>,
{
    let give_up = tokio::time::Instant::now() + PATIENCE;
    loop {
        match work().await {
            Err(LedgerError::Database(error))
                if (error.is_lost() || error.is_busy()) && tokio::time::Instant::now() < give_up =>
            {
                tokio::time::sleep(RETRY).await;
            }
            done => return done,
        }
    }
}

impl Drop for InPostgres {
    fn drop(&mut self) {
        self.shared.closed.send_replace(true);
    }
}

impl Shared {
    fn tree(&self) -> MutexGuard<'_, Grown> {
        self.tree.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn rows(&self) -> Rows<'_> {
        Rows { place: self.place(), id: &self.id, keys: &self.options.keys }
    }

    fn place(&self) -> String {
        place(&self.database, &self.name)
    }

    fn damaged(&self, position: u64, reason: impl Into<String>) -> LedgerError {
        LedgerError::Damaged { place: self.place(), offset: 0, position, reason: reason.into() }
    }

    /// The cipher of rows under this key.
    fn cipher(&self, key: &[u8]) -> Result<Option<Cipher>, LedgerError> {
        self.rows().cipher(key)
    }

    async fn read(&self, from: u64, count: usize, bytes: usize) -> Result<Vec<Entry>, LedgerError> {
        let (until, mut left) = (*self.end.borrow(), bytes.max(1));
        let mut from = from.max(*self.first.borrow());
        let mut found: Vec<Entry> = Vec::new();
        let mut page = 1;
        while found.len() < count && left > 0 && from < until {
            page = (page * 8).min(PAGE);
            let wanted = page.min(count - found.len());
            let rows = patiently(|| tables::read(&self.database, self.number, from..until, wanted)).await?;
            let there = rows.first().map(|row| row.try_get::<i64, _>(0)).transpose()?;
            let there = there.map_or(until, |position| u64::try_from(position).unwrap_or_default());
            if there > from {
                // Those between were removed, or are lost.
                let (_, first) = patiently(|| async { Ok(tables::bounds(&self.database, self.number).await?) }).await?;
                if there > first.max(from) {
                    return Err(self.damaged(first.max(from), format!("it is missing; the next one is {there}")));
                }
                from = there;
            }
            for row in rows {
                if left == 0 {
                    break;
                }
                let entry = self.entry(from, &row)?;
                left = left.saturating_sub(entry.record.payload.len().max(1));
                found.push(entry);
                from += 1;
            }
        }
        Ok(found)
    }

    fn entry(&self, expected: u64, row: &PgRow) -> Result<Entry, LedgerError> {
        let entry = self.rows().entry(row)?;
        let position = entry.record.position;
        if position != expected {
            return Err(self.damaged(expected, format!("here is record {position} instead")));
        }
        Ok(entry)
    }

    /// The hashes of a tile: from memory if it is not full, from its row, or made again from what is below it.
    async fn tile(&self, tile: TileAt) -> Result<Vec<Hash>, LedgerError> {
        {
            let tree = self.tree();
            if let Some(partial) = tree.tree.partial(tile) {
                return Ok(partial.to_vec());
            }
            if let Some((_, hashes)) = tree.pending.iter().find(|(pending, _)| *pending == tile) {
                return Ok(hashes.clone());
            }
        }
        let stored = patiently(|| tables::tile(&self.database, self.number, tile)).await?;
        match stored.and_then(|bytes| from_bytes(&bytes)).filter(|hashes| hashes.len() == TILE_WIDTH) {
            Some(hashes) => Ok(hashes),
            None => self.rebuild(tile).await,
        }
    }

    async fn rebuild(&self, tile: TileAt) -> Result<Vec<Hash>, LedgerError> {
        let leaves = tile.leaves().ok_or_else(|| self.damaged(0, "there is no such tile"))?;
        let mut hashes = Vec::with_capacity(TILE_WIDTH);
        if tile.level == 0 {
            let entries = self.read(leaves.start, TILE_WIDTH, usize::MAX).await?;
            if entries.first().is_some_and(|first| first.record.position == leaves.start) {
                hashes.extend(entries.iter().map(Entry::leaf));
            }
        } else {
            let first = tile.index * TILE_WIDTH as u64;
            for index in first..first + TILE_WIDTH as u64 {
                let below = TileAt { level: tile.level - 1, index };
                hashes.push(fold(&Box::pin(self.tile(below)).await?));
            }
        }
        if hashes.len() != TILE_WIDTH {
            let reason = format!("{} is missing, and so are its records, which were removed", tile.path());
            return Err(self.damaged(leaves.start, reason));
        }
        tracing::warn!(tile = tile.path(), ledger = self.name, "a tile of the tree was missing and is made again");
        tables::store_tiles(&self.database, self.number, &[(tile, hashes.clone())], None).await?;
        Ok(hashes)
    }
}

impl From<sqlx::Error> for LedgerError {
    fn from(error: sqlx::Error) -> Self {
        mekong_store::StoreError::from(error).into()
    }
}

#[cfg(test)]
mod tests;
