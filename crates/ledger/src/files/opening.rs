//! Opening a ledger in a folder, or beginning one: the lock, the segments that are there, where the last one ends, and the tree
//! as far as it was saved.

use super::keeper::Keeper;
use super::segments::{self, Segment, position_of};
use super::writer::Writer;
use super::{Files, Grown, Origin, SHARE, Shared, recover};
use crate::disk::{Disk, DiskFile, Lock};
use crate::segment::Header;
use crate::tree::{EDGE_BYTES_MAX, Tree};
use crate::{LedgerError, Options};
use mekong_base::Clock;
use mekong_crypto::random;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, RwLock};
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc, watch};

/// How often a lock that another process holds is tried.
const LOCK_RETRY: Duration = Duration::from_millis(20);

/// The lock of a ledger that no other process has open, waited for so long.
pub(super) async fn lock(disk: &Disk, folder: &Path, patience: Duration) -> Result<Lock, LedgerError> {
    let path = folder.join("lock");
    let give_up = tokio::time::Instant::now() + patience;
    loop {
        match disk.lock(&path) {
            Ok(lock) => return Ok(lock),
            Err(error) if error.kind() != std::io::ErrorKind::WouldBlock => {
                return Err(LedgerError::writing(&path, error));
            }
            Err(_) if tokio::time::Instant::now() < give_up => tokio::time::sleep(LOCK_RETRY).await,
            Err(_) => return Err(LedgerError::Locked { folder: folder.to_owned() }),
        }
    }
}

/// A ledger that is being opened.
pub(super) struct Opening {
    pub(super) folder: PathBuf,
    pub(super) options: Options,
    pub(super) disk: Disk,
    pub(super) clock: Clock,
    pub(super) lock: Lock,
    pub(super) origin: Option<Origin>,
}

impl Opening {
    /// What is there is read, what a crash left is put right.
    pub(super) fn open(self) -> Result<(Files, Writer, Keeper), LedgerError> {
        let mut segments = self.segments()?;
        match segments.first() {
            None => segments.push(self.begin()?),
            Some(there) if self.origin.is_some() => {
                let reason = "a ledger is there already: choose an empty folder".to_owned();
                return Err(LedgerError::Unknown { path: there.path.clone(), reason });
            }
            Some(_) => {}
        }
        let (mut last, mut file, mut found) = self.last(&segments)?;
        let first = segments.first().map_or(0, |segment| segment.first());
        let tree = self.tree(&last.header.ledger, found.next, first)?;
        if found.next == last.first() && last.header.key != self.options.keys.current() {
            segments.pop();
            segments.push(self.write_first(last.header.ledger, last.first())?);
            (last, file, found) = self.last(&segments)?;
        }
        let fault = |error| LedgerError::writing(&last.path, error);
        let id = last.header.ledger;
        if found.torn > 0 {
            tracing::warn!(segment = %last.path.display(), offset = found.offset, bytes = found.torn, "cut a torn tail");
        }
        recover::settle(&file, &found).map_err(fault)?;
        last.set_durable(found.offset);
        let shared = Arc::new(Shared {
            edge: AtomicU64::new(tree.size()),
            tree_grown: watch::Sender::new(tree.size()),
            tree: Mutex::new(Grown { grown: tree, pending: Vec::new() }),
            tree_fault: Mutex::new(None),
            end: watch::Sender::new(found.next),
            failed: watch::Sender::new(None),
            opened_at: found.next,
            segments: RwLock::new(segments),
            id,
            lock: Mutex::new(Some(self.lock)),
            folder: self.folder,
            disk: self.disk,
            clock: self.clock,
            options: self.options,
        });
        let (commands, received) = mpsc::unbounded_channel();
        let (behind, news) = mpsc::unbounded_channel();
        let queue = Arc::new(Semaphore::new(shared.options.queue_bytes.div_ceil(SHARE) + 1));
        let at = (found.offset, found.next);
        let writer = Writer::new(Arc::clone(&shared), received, behind, last, file, at);
        let keeper = Keeper::new(Arc::clone(&shared), news);
        Ok((Files { shared, commands, queue }, writer, keeper))
    }

    /// The last segment, and where it ends.
    fn last(&self, segments: &[Arc<Segment>]) -> Result<(Arc<Segment>, DiskFile, recover::Recovered), LedgerError> {
        let [.., last] = segments else { return Err(LedgerError::Closed) };
        last.cipher.clone()?;
        let file = self.disk.open(&last.path).map_err(|error| LedgerError::writing(&last.path, error))?;
        let found = recover::recover(last, &file)?;
        Ok((Arc::clone(last), file, found))
    }

    /// The segments that are there, in order, all of one ledger.
    fn segments(&self) -> Result<Vec<Arc<Segment>>, LedgerError> {
        let folder = self.folder.join("segments");
        let names = self.disk.list(&folder).map_err(|error| LedgerError::io(&folder, error))?;
        let mut segments: Vec<Arc<Segment>> = Vec::new();
        for path in names.iter().map(|name| folder.join(name)).filter(|path| position_of(path).is_some()) {
            let segment = Segment::load(&self.disk, path, &self.options.keys)?;
            if let Some(other) = segments.first()
                && other.header.ledger != segment.header.ledger
            {
                let reason = format!("it is of another ledger than {}", other.path.display());
                return Err(LedgerError::Unknown { path: segment.path, reason });
            }
            segments.push(Arc::new(segment));
        }
        Ok(segments)
    }

    /// The first segment of a new ledger.
    fn begin(&self) -> Result<Arc<Segment>, LedgerError> {
        let (ledger, first) = match &self.origin {
            Some(origin) => (origin.id, origin.tree.size()),
            None => (random_bytes()?, 0),
        };
        if let Some(origin) = &self.origin {
            let path = self.folder.join("tree").join("edge");
            let written = self.disk.write(&path, &origin.tree.encode(&ledger));
            written.map_err(|error| LedgerError::writing(&path, error))?;
        }
        self.write_first(ledger, first)
    }

    /// Writes a segment without records.
    fn write_first(&self, ledger: [u8; 16], first: u64) -> Result<Arc<Segment>, LedgerError> {
        let header = Header { ledger, first, nonce: random_bytes()?, key: self.options.keys.current() };
        let path = self.folder.join("segments").join(segments::file_name(first));
        let segment = Segment::new(path, header, &self.options.keys);
        let made = self.disk.write(&segment.path, &header.encode());
        made.map_err(|error| LedgerError::writing(&segment.path, error))?;
        Ok(Arc::new(segment))
    }

    /// The tree as of `tree/edge`; an empty one if that cannot be read and the records are all there.
    fn tree(&self, id: &[u8; 16], next: u64, first: u64) -> Result<Tree, LedgerError> {
        let path = self.folder.join("tree").join("edge");
        let read = match self.disk.read_small(&path, EDGE_BYTES_MAX) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            read => Some(read.map_err(|error| LedgerError::io(&path, error))?),
        };
        let tree = read.and_then(|bytes| Tree::decode(&bytes, id)).unwrap_or_default();
        if tree.size() > next {
            let reason = format!("the tree has {} records: acknowledged ones are missing", tree.size());
            let place = self.folder.join("segments").display().to_string();
            return Err(LedgerError::Damaged { place, offset: 0, position: next, reason });
        }
        if tree.size() < first {
            let reason = format!(
                "it has {} records, but those before {first} were removed, so that the tree cannot be made again: \
                 restore it from a backup",
                tree.size()
            );
            return Err(LedgerError::Unknown { path, reason });
        }
        Ok(tree)
    }
}

fn random_bytes() -> Result<[u8; 16], LedgerError> {
    let mut bytes = [0; 16];
    random::fill(&mut bytes).map_err(|_| LedgerError::NoRandomness)?;
    Ok(bytes)
}
