//! A ledger in a folder: segments of records, written by one writer, and the tiles of the tree, kept behind it.
//!
//! | File | What |
//! |---|---|
//! | `lock` | held while a process has the ledger open |
//! | `segments/<position of the first record, 20 digits>.seg` | records; see [`segment`](crate::segment) |
//! | `tree/tile/...` | full tiles of the tree (C2SP tlog-tiles); what is missing is made again from the records |
//! | `tree/edge` | the hashes of tiles that are not full, as of the last sealing, closing or [`save_tree`](crate::Ledger::save_tree) |

mod keeper;
mod opening;
mod read;
mod recover;
mod segments;
mod survey;
mod writer;

use crate::commitment::Salt;
use crate::disk::{Disk, Lock};
use crate::merkle::Hash;
use crate::tree::{FullTile, TileAt, Tree, to_bytes};
use crate::{Entry, LedgerError, NewRecord, Options};
use mekong_base::{Clock, Instant};
use opening::{Opening, lock};
use segments::Segment;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
pub(crate) use survey::Survey;
use tokio::sync::{Semaphore, mpsc, oneshot, watch};
use writer::{Append, Command};

/// Bytes of the largest segment, less one group: offsets in its index have four bytes.
const SEGMENT_MAX: u64 = 2 << 30;
/// Bytes of payload in one share of the queue.
const SHARE: usize = 1024;

/// What reading, writing and the tree share.
struct Shared {
    folder: PathBuf,
    disk: Disk,
    clock: Clock,
    options: Options,
    /// Random id of the ledger.
    id: [u8; 16],
    /// In order of position; never empty.
    segments: RwLock<Vec<Arc<Segment>>>,
    /// Positions below are durable.
    end: watch::Sender<u64>,
    /// Why nothing more is taken.
    failed: watch::Sender<Option<LedgerError>>,
    /// The end when it was opened.
    opened_at: u64,
    tree: Mutex<Grown>,
    tree_grown: watch::Sender<u64>,
    tree_fault: Mutex<Option<LedgerError>>,
    /// Size of the tree in `tree/edge`.
    edge: AtomicU64,
    lock: Mutex<Option<Lock>>,
}

/// The tree in memory.
#[derive(Default)]
struct Grown {
    grown: Tree,
    /// Full tiles that are not written yet.
    pending: Vec<FullTile>,
}

/// What a copy begins with: the ledger's id, and the tree over the records that are not copied, as they were removed.
pub(crate) struct Origin {
    pub(crate) id: [u8; 16],
    pub(crate) tree: Tree,
}

/// An open ledger.
pub(crate) struct Files {
    shared: Arc<Shared>,
    commands: mpsc::UnboundedSender<Command>,
    queue: Arc<Semaphore>,
}

impl Files {
    /// Opens or creates the ledger; recovers what was acknowledged.
    pub(crate) async fn open(folder: &Path, options: Options, disk: Disk, clock: Clock) -> Result<Self, LedgerError> {
        Self::open_as(folder, options, disk, clock, None).await
    }

    /// Begins a copy of another ledger in a folder where there is none.
    pub(crate) async fn begin(
        folder: &Path,
        options: Options,
        disk: Disk,
        clock: Clock,
        origin: Origin,
    ) -> Result<Self, LedgerError> {
        Self::open_as(folder, options, disk, clock, Some(origin)).await
    }

    async fn open_as(
        folder: &Path,
        options: Options,
        disk: Disk,
        clock: Clock,
        origin: Option<Origin>,
    ) -> Result<Self, LedgerError> {
        let create = |path: &Path| disk.create_folder(path).map_err(|error| LedgerError::writing(path, error));
        create(folder)?;
        let lock = lock(&disk, folder, options.wait_for_lock).await?;
        create(&folder.join("segments"))?;
        create(&folder.join("tree"))?;
        let options = Options { segment_bytes: options.segment_bytes.min(SEGMENT_MAX), ..options };
        let opening = Opening { folder: folder.to_owned(), options, disk: disk.clone(), clock, lock, origin };
        if disk.is_simulated() {
            let (files, writer, keeper) = opening.open()?;
            tokio::spawn(writer.run_simulated());
            tokio::spawn(keeper.run_simulated());
            return Ok(files);
        }
        let (files, writer, keeper) = joined(tokio::task::spawn_blocking(|| opening.open()).await)?;
        let thread = |name: &str| std::thread::Builder::new().name(name.to_owned());
        let started = thread("ledger-writer").spawn(|| writer.run());
        let started = started.and(thread("ledger-tree").spawn(|| keeper.run()));
        started.map_err(|error| LedgerError::io(folder, error))?;
        Ok(files)
    }

    pub(crate) async fn append(&self, records: Vec<NewRecord>) -> Result<u64, LedgerError> {
        self.record(records, Vec::new()).await
    }

    /// Appends records as they were recorded elsewhere: with their times and salts.
    pub(crate) async fn copy(&self, entries: Vec<Entry>) -> Result<u64, LedgerError> {
        let recorded = entries.iter().map(|entry| (entry.record.at, entry.salt)).collect();
        let new = |entry: Entry| NewRecord { kind: entry.record.kind, payload: entry.record.payload };
        self.record(entries.into_iter().map(new).collect(), recorded).await
    }

    /// Writes a full tile that a copy has from its original.
    pub(crate) async fn write_tile(&self, tile: TileAt, hashes: Vec<Hash>) -> Result<(), LedgerError> {
        let write = move |shared: &Shared| {
            let path = shared.tree_path(tile);
            let folder = path.parent().map_or(Ok(()), |folder| shared.disk.create_folder(folder));
            let written = folder.and_then(|()| shared.disk.write(&path, &to_bytes(&hashes)));
            written.map_err(|error| LedgerError::writing(&path, error))
        };
        self.blocking(write).await
    }

    async fn record(&self, records: Vec<NewRecord>, recorded: Vec<(Instant, Salt)>) -> Result<u64, LedgerError> {
        let bytes = records.iter().map(|record| record.payload.len() + 64).sum::<usize>();
        let shares = u32::try_from(bytes.div_ceil(SHARE)).unwrap_or(u32::MAX);
        let share = Arc::clone(&self.queue).acquire_many_owned(shares).await.map_err(|_| LedgerError::Closed)?;
        let (reply, answer) = oneshot::channel();
        let append = Command::Append(Append { records, recorded, reply, share });
        self.commands.send(append).map_err(|_| LedgerError::Closed)?;
        answer.await.unwrap_or(Err(LedgerError::Closed))
    }

    pub(crate) async fn read(&self, from: u64, count: usize, bytes: usize) -> Result<Vec<Entry>, LedgerError> {
        self.blocking(move |shared| shared.read(from, count, bytes)).await
    }

    pub(crate) fn end(&self) -> u64 {
        *self.shared.end.borrow()
    }

    pub(crate) fn first(&self) -> u64 {
        self.shared.first()
    }

    pub(crate) fn id(&self) -> [u8; 16] {
        self.shared.id
    }

    pub(crate) fn watch(&self) -> watch::Receiver<u64> {
        self.shared.end.subscribe()
    }

    pub(crate) fn failed(&self) -> watch::Receiver<Option<LedgerError>> {
        self.shared.failed.subscribe()
    }

    /// Waits until the tree has `size` leaves, which are in the ledger.
    pub(crate) async fn tree_reaches(&self, size: u64) -> Result<(), LedgerError> {
        let mut grown = self.shared.tree_grown.subscribe();
        while *grown.borrow_and_update() < size {
            let fault = self.shared.tree_fault().clone();
            fault.map_or(Ok(()), Err)?;
            // The keeper tells of faults too; a closed channel cannot be, as `shared` has the sender.
            let _ = grown.changed().await;
        }
        Ok(())
    }

    /// The hashes of a tile, as many as there are.
    pub(crate) async fn tile(&self, tile: TileAt) -> Result<Vec<Hash>, LedgerError> {
        self.blocking(move |shared| shared.tile(tile)).await
    }

    pub(crate) async fn remove_before(&self, position: u64) -> Result<u64, LedgerError> {
        self.blocking(move |shared| shared.remove_before(position)).await
    }

    /// Waits until the tree is on the disk as far as it has grown.
    pub(crate) async fn save_tree(&self) {
        let (reply, saved) = oneshot::channel();
        if self.commands.send(Command::Save(reply)).is_ok() {
            let _ = saved.await;
        }
    }

    pub(crate) async fn close(&self) {
        let (reply, closed) = oneshot::channel();
        if self.commands.send(Command::Close(reply)).is_ok() {
            let _ = closed.await;
        }
        self.queue.close();
    }

    /// Runs what waits for the disk where it may.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Shared) -> Result<T, LedgerError> + Send + 'static,
    ) -> Result<T, LedgerError> {
        let shared = Arc::clone(&self.shared);
        if shared.disk.is_simulated() {
            return work(&shared);
        }
        joined(tokio::task::spawn_blocking(move || work(&shared)).await)
    }
}

/// The result of blocking work; it is lost only when the runtime ends.
fn joined<T>(done: Result<Result<T, LedgerError>, tokio::task::JoinError>) -> Result<T, LedgerError> {
    done.unwrap_or(Err(LedgerError::Closed))
}

impl Shared {
    fn segment_path(&self, first: u64) -> PathBuf {
        self.folder.join("segments").join(segments::file_name(first))
    }

    fn tree_path(&self, tile: TileAt) -> PathBuf {
        self.folder.join("tree").join(tile.path())
    }

    fn edge_path(&self) -> PathBuf {
        self.folder.join("tree").join("edge")
    }

    fn tree(&self) -> MutexGuard<'_, Grown> {
        self.tree.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tree_size(&self) -> u64 {
        self.tree().grown.size()
    }

    fn tree_fault(&self) -> MutexGuard<'_, Option<LedgerError>> {
        self.tree_fault.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_edge(&self, size: u64) {
        self.edge.store(size, Ordering::Release);
    }

    /// Lets other processes open the ledger.
    fn unlock(&self) {
        *self.lock.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn list(&self) -> Vec<Arc<Segment>> {
        self.segments.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn add(&self, segment: Arc<Segment>) {
        self.segments.write().unwrap_or_else(PoisonError::into_inner).push(segment);
    }

    fn first(&self) -> u64 {
        let segments = self.segments.read().unwrap_or_else(PoisonError::into_inner);
        segments.first().map_or(0, |segment| segment.first())
    }
}
