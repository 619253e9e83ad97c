//! The ledger: one handle, whatever keeps it.

use crate::disk::Disk;
use crate::files::Files;
use crate::merkle::{Hash, Plan, consistency_plan, inclusion_plan, root_plan};
use crate::postgres::InPostgres;
use crate::segment::BODY_MAX;
use crate::tree::{TileAt, fold, place};
use crate::{Entry, LedgerError, NewRecord, Options, Record};
use mekong_base::Clock;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use tokio::sync::watch;

/// An append-only sequence of records and the Merkle tree over them. Clones are the same ledger.
#[derive(Clone)]
pub struct Ledger(Arc<Inner>);

struct Inner {
    backend: Backend,
    record_max: usize,
    append_max: usize,
}

enum Backend {
    Files(Files),
    Postgres(InPostgres),
}

impl fmt::Debug for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ledger").field("end", &self.end()).finish_non_exhaustive()
    }
}

impl Ledger {
    /// Opens the ledger in `folder`, or begins one there. Everything that was acknowledged is found; a torn tail, which
    /// nobody was told is there, is cut.
    ///
    /// Must be called inside a Tokio runtime. On a real disk a thread writes and another keeps the tree; on a simulated
    /// one tasks do.
    ///
    /// # Errors
    /// [`LedgerError::Locked`] if another process has it open; [`LedgerError::Damaged`] names segment, offset and record;
    /// [`LedgerError::KeyMissing`]; [`LedgerError::Unknown`] if the folder has something else;
    /// [`LedgerError::Io`], [`LedgerError::Full`].
    pub async fn open_files(
        folder: impl AsRef<Path>,
        options: Options,
        disk: Disk,
        clock: Clock,
    ) -> Result<Self, LedgerError> {
        let (record_max, append_max) = (options.record_max.min(BODY_MAX - 64), options.queue_bytes);
        let files = Files::open(folder.as_ref(), options, disk, clock).await?;
        Ok(Self(Arc::new(Inner { backend: Backend::Files(files), record_max, append_max })))
    }

    /// Opens the ledger of this name in a PostgreSQL, or begins one there. Several processes may have it open: each is told
    /// what the others append. While the server is away, appends wait for it; none is lost or recorded twice.
    ///
    /// Must be called inside a Tokio runtime, which then runs the writer.
    ///
    /// # Errors
    /// [`LedgerError::Database`] if the server does not answer or has tables of a newer release; [`LedgerError::Damaged`].
    pub async fn open_postgres(
        database: &mekong_store::Postgres,
        name: &str,
        options: Options,
        clock: Clock,
    ) -> Result<Self, LedgerError> {
        let (record_max, append_max) = (options.record_max.min(BODY_MAX - 64), options.queue_bytes);
        let rows = InPostgres::open(database, name, options, clock).await?;
        Ok(Self(Arc::new(Inner { backend: Backend::Postgres(rows), record_max, append_max })))
    }

    /// A ledger that is being copied into a folder.
    pub(crate) fn of_files(files: Files) -> Self {
        Self(Arc::new(Inner { backend: Backend::Files(files), record_max: 0, append_max: 0 }))
    }

    /// Records all of `records` at neighbouring positions, or none; they are durable when it resolves. Gives the position
    /// of the first. Appends that wait at the same time share one sync of the disk. If the caller stops waiting, the
    /// records may or may not be there.
    ///
    /// # Errors
    /// [`LedgerError::Full`]: nothing is recorded, and it works again when there is room.
    /// [`LedgerError::Failed`]: it is unknown whether they are recorded, and nothing more is until the ledger is opened
    /// again. [`LedgerError::TooLarge`], [`LedgerError::ReservedKind`], [`LedgerError::Empty`], [`LedgerError::Closed`].
    pub async fn append(&self, records: Vec<NewRecord>) -> Result<u64, LedgerError> {
        self.check(&records)?;
        match &self.0.backend {
            Backend::Files(files) => files.append(records).await,
            Backend::Postgres(rows) => rows.append(records).await,
        }
    }

    fn check(&self, records: &[NewRecord]) -> Result<(), LedgerError> {
        let mut all = 0;
        for record in records {
            if record.kind == 0 {
                return Err(LedgerError::ReservedKind);
            }
            let bytes = record.payload.len();
            if bytes > self.0.record_max {
                let limit = self.0.record_max as u64;
                return Err(LedgerError::TooLarge { what: "record", bytes: bytes as u64, limit });
            }
            all += bytes + 64;
        }
        match all {
            0 => Err(LedgerError::Empty),
            _ if all > self.0.append_max => {
                let limit = self.0.append_max as u64;
                Err(LedgerError::TooLarge { what: "append", bytes: all as u64, limit })
            }
            _ => Ok(()),
        }
    }

    /// Records from position `from` on, at most `count` and about `bytes` of payload, at least one if there is one.
    /// Removed ones are skipped.
    ///
    /// # Errors
    /// [`LedgerError::Damaged`], [`LedgerError::KeyMissing`], [`LedgerError::Io`].
    pub async fn read(&self, from: u64, count: usize, bytes: usize) -> Result<Vec<Record>, LedgerError> {
        Ok(self.entries(from, count, bytes).await?.into_iter().map(|entry| entry.record).collect())
    }

    /// [`Ledger::read`] with the salts of the commitments.
    ///
    /// # Errors
    /// As [`Ledger::read`].
    pub async fn entries(&self, from: u64, count: usize, bytes: usize) -> Result<Vec<Entry>, LedgerError> {
        match &self.0.backend {
            Backend::Files(files) => files.read(from, count, bytes).await,
            Backend::Postgres(rows) => rows.read(from, count, bytes).await,
        }
    }

    /// The record at a position; nothing if it is not there (yet), or was removed.
    ///
    /// # Errors
    /// As [`Ledger::read`].
    pub async fn get(&self, position: u64) -> Result<Option<Record>, LedgerError> {
        Ok(self.entry(position).await?.map(|entry| entry.record))
    }

    /// [`Ledger::get`] with the salt of its commitment.
    ///
    /// # Errors
    /// As [`Ledger::read`].
    pub async fn entry(&self, position: u64) -> Result<Option<Entry>, LedgerError> {
        let found = self.entries(position, 1, usize::MAX).await?;
        Ok(found.into_iter().next().filter(|entry| entry.record.position == position))
    }

    /// Positions below are durable; the next record gets this one, or a later one.
    pub fn end(&self) -> u64 {
        match &self.0.backend {
            Backend::Files(files) => files.end(),
            Backend::Postgres(rows) => rows.end(),
        }
    }

    /// Position of the first record that was not removed; [`Ledger::end`] if there is none.
    pub fn first(&self) -> u64 {
        match &self.0.backend {
            Backend::Files(files) => files.first(),
            Backend::Postgres(rows) => rows.first(),
        }
    }

    /// Random id of the ledger, made when it was begun.
    pub fn id(&self) -> [u8; 16] {
        match &self.0.backend {
            Backend::Files(files) => files.id(),
            Backend::Postgres(rows) => rows.id(),
        }
    }

    /// The end, as it grows.
    pub fn watch(&self) -> watch::Receiver<u64> {
        match &self.0.backend {
            Backend::Files(files) => files.watch(),
            Backend::Postgres(rows) => rows.watch(),
        }
    }

    /// Resolves when nothing more is taken until the ledger is opened again, with the reason: a write did not reach the disk.
    /// Opening it again finds what was acknowledged, and makes durable anew what it is not sure of. Nothing, when it is closed
    /// without that, or cannot fail like that: a database that is away is waited for.
    pub fn failed(&self) -> impl Future<Output = Option<LedgerError>> + Send + 'static {
        let failed = match &self.0.backend {
            Backend::Files(files) => Some(files.failed()),
            Backend::Postgres(_) => None,
        };
        async move { failed?.wait_for(Option::is_some).await.ok()?.clone() }
    }

    /// Removes old records where that is cheap (whole segments), never one from `position` on, and only ones whose place
    /// in the tree is on disk. The tree stays, and so does what can be proved of it. Gives the first position left.
    ///
    /// # Errors
    /// [`LedgerError::Io`].
    pub async fn remove_before(&self, position: u64) -> Result<u64, LedgerError> {
        match &self.0.backend {
            Backend::Files(files) => files.remove_before(position).await,
            Backend::Postgres(rows) => rows.remove_before(position).await,
        }
    }

    /// The root of the tree over the first `size` records.
    ///
    /// # Errors
    /// [`LedgerError::Range`] if there are fewer; [`LedgerError::Damaged`], [`LedgerError::Io`].
    pub async fn root(&self, size: u64) -> Result<Hash, LedgerError> {
        self.reach(size).await?;
        let hashes = self.resolve(&root_plan(size)?).await?;
        Ok(hashes.into_iter().next().unwrap_or_else(crate::merkle::empty_root))
    }

    /// The proof that the record at `position` is in the tree over the first `size` records.
    ///
    /// # Errors
    /// As [`Ledger::root`].
    pub async fn inclusion(&self, position: u64, size: u64) -> Result<Vec<Hash>, LedgerError> {
        self.reach(size).await?;
        self.resolve(&inclusion_plan(position, size)?).await
    }

    /// The proof that the tree over the first `new` records begins with the one over the first `old`.
    ///
    /// # Errors
    /// As [`Ledger::root`].
    pub async fn consistency(&self, old: u64, new: u64) -> Result<Vec<Hash>, LedgerError> {
        self.reach(new).await?;
        self.resolve(&consistency_plan(old, new)?).await
    }

    /// The first `width` hashes, 1 to 256, of a tile (C2SP tlog-tiles); nothing if there are fewer.
    ///
    /// # Errors
    /// [`LedgerError::Damaged`], [`LedgerError::Io`].
    pub async fn tile(&self, level: u8, index: u64, width: usize) -> Result<Option<Vec<Hash>>, LedgerError> {
        let tile = TileAt { level, index };
        match tile.leaves() {
            Some(leaves) if leaves.start < self.end() => self.reach(self.end().min(leaves.end)).await?,
            _ => return Ok(None),
        }
        let mut hashes = self.whole_tile(tile).await?;
        let there = (1..=hashes.len()).contains(&width);
        hashes.truncate(width);
        Ok(there.then_some(hashes))
    }

    /// Waits until the tree is on the disk as far as it has grown, so that an audit of the files names each record that is not the
    /// one in the tree. Before a tree is signed; in a database it always is.
    pub async fn save_tree(&self) {
        match &self.0.backend {
            Backend::Files(files) => files.save_tree().await,
            Backend::Postgres(rows) => rows.save_tree().await,
        }
    }

    /// Finishes what waits, saves the tree's edge and lets other processes open the ledger. Later appends find it closed.
    pub async fn close(&self) {
        match &self.0.backend {
            Backend::Files(files) => files.close().await,
            Backend::Postgres(rows) => rows.close().await,
        }
    }

    /// Waits until the tree, which is kept behind the records, has this size.
    async fn reach(&self, size: u64) -> Result<(), LedgerError> {
        let limit = self.end();
        if size > limit {
            return Err(crate::merkle::RangeError { what: "tree size", value: size, limit }.into());
        }
        match &self.0.backend {
            Backend::Files(files) => files.tree_reaches(size).await,
            Backend::Postgres(rows) => rows.tree_reaches(size).await,
        }
    }

    async fn whole_tile(&self, tile: TileAt) -> Result<Vec<Hash>, LedgerError> {
        match &self.0.backend {
            Backend::Files(files) => files.tile(tile).await,
            Backend::Postgres(rows) => rows.tile(tile).await,
        }
    }

    /// The hashes of a plan, from the tiles that have them.
    async fn resolve(&self, plan: &Plan) -> Result<Vec<Hash>, LedgerError> {
        let needed: BTreeSet<TileAt> = plan.nodes().map(|node| place(node).0).collect();
        let mut tiles = BTreeMap::new();
        for tile in needed {
            tiles.insert(tile, self.whole_tile(tile).await?);
        }
        plan.resolve(|node| {
            let (tile, range) = place(node);
            let hashes = tiles.get(&tile).and_then(|hashes| hashes.get(range));
            hashes.map(fold).ok_or_else(|| LedgerError::Damaged {
                place: tile.path(),
                offset: 0,
                position: tile.leaves().map_or(0, |leaves| leaves.start),
                reason: "the tile has too few hashes".to_owned(),
            })
        })
    }
}
