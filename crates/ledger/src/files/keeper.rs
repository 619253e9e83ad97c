//! Keeps the tree behind the writer: hashes what was recorded, writes full tiles without being waited for, and at times
//! makes them durable together with the tree's edge, from which an opening goes on.

use super::Shared;
use crate::merkle::Hash;
use crate::record::Entry;
use crate::tree::{TileAt, to_bytes};
use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};

/// Bytes of records that are read at a time when the ledger is opened.
const CATCH_UP: usize = 4 << 20;
/// How long records wait for others before they go into the tree: to be woken costs more than to hash one.
const PACE: Duration = Duration::from_millis(5);

/// What the writer tells the keeper.
pub(super) enum Behind {
    /// Records that are durable, and their share of the queue.
    Records { entries: Vec<Entry>, shares: Vec<OwnedSemaphorePermit> },
    /// A segment was sealed.
    Sealed,
    /// Somebody wants the tree on the disk as far as it has grown.
    Save(oneshot::Sender<()>),
    /// The ledger is closed: these wait for it.
    Close(Vec<oneshot::Sender<()>>),
}

/// The keeper.
pub(super) struct Keeper {
    shared: Arc<Shared>,
    news: mpsc::UnboundedReceiver<Behind>,
    /// Tiles that were written and not synced yet.
    unsynced: BTreeSet<TileAt>,
    /// Tiles that could not be written or synced: the edge does not get on before they are.
    missing: BTreeSet<TileAt>,
}

impl Keeper {
    pub(super) fn new(shared: Arc<Shared>, news: mpsc::UnboundedReceiver<Behind>) -> Self {
        Self { shared, news, unsynced: BTreeSet::new(), missing: BTreeSet::new() }
    }

    /// Works in this thread until the writer ends.
    pub(super) fn run(mut self) {
        while self.catch_up() {}
        while let Some(first) = self.news.blocking_recv() {
            if matches!(first, Behind::Records { .. }) {
                std::thread::sleep(PACE);
            }
            self.take(first);
            while let Ok(more) = self.news.try_recv() {
                self.take(more);
            }
        }
    }

    /// Works as a task until the writer ends.
    pub(super) async fn run_simulated(mut self) {
        while self.catch_up() {}
        while let Some(news) = self.news.recv().await {
            self.take(news);
        }
    }

    /// Reads what was recorded before the ledger was opened but is not in the tree. False when there is nothing left.
    fn catch_up(&mut self) -> bool {
        let from = self.shared.tree_size();
        if from >= self.shared.opened_at {
            return false;
        }
        let left = usize::try_from(self.shared.opened_at - from).unwrap_or(usize::MAX);
        match self.shared.read(from, left, CATCH_UP) {
            Ok(entries) if !entries.is_empty() => {
                self.grow(&entries);
                true
            }
            Ok(_) => false,
            Err(error) => {
                tracing::error!(ledger = %self.shared.folder.display(), %error, "the tree cannot be built");
                *self.shared.tree_fault() = Some(error);
                self.shared.tree_grown.send_modify(|_| ());
                false
            }
        }
    }

    fn take(&mut self, news: Behind) {
        match news {
            Behind::Records { entries, shares } => {
                self.grow(&entries);
                drop(shares);
            }
            Behind::Sealed => self.save(),
            Behind::Save(reply) => {
                self.save();
                let _ = reply.send(());
            }
            Behind::Close(waiting) => {
                self.save();
                self.shared.unlock();
                waiting.into_iter().for_each(|reply| reply.send(()).unwrap_or_default());
            }
        }
    }

    /// Adds records to the tree; they follow each other.
    fn grow(&mut self, entries: &[Entry]) {
        if self.shared.tree_fault().is_some() {
            return;
        }
        let leaves: Vec<_> = entries.iter().map(Entry::leaf).collect();
        let mut full = Vec::new();
        let size = {
            let mut tree = self.shared.tree();
            leaves.into_iter().for_each(|leaf| tree.grown.push(leaf, &mut full));
            tree.pending.extend(full.iter().cloned());
            tree.grown.size()
        };
        for (at, hashes) in full {
            if let Err(error) = self.write(at, &hashes) {
                let tile = self.shared.tree_path(at);
                tracing::warn!(tile = %tile.display(), %error, "a tile of the tree was not written; it is tried again");
                self.missing.insert(at);
            }
            // Until then it is made again from the records when someone wants it.
            self.shared.tree().pending.retain(|(pending, _)| *pending != at);
        }
        self.shared.tree_grown.send_replace(size);
    }

    /// Writes a full tile.
    fn write(&mut self, at: TileAt, hashes: &[Hash]) -> io::Result<()> {
        let path = self.shared.tree_path(at);
        path.parent().map_or(Ok(()), |folder| self.shared.disk.create_folder(folder))?;
        self.shared.disk.write_unsynced(&path, &to_bytes(hashes))?;
        self.unsynced.insert(at);
        Ok(())
    }

    /// Makes the tiles durable, then the edge that relies on them.
    fn save(&mut self) {
        if self.shared.tree_fault().is_some() {
            return;
        }
        if let Err(error) = self.write_missing().and_then(|()| self.try_save()) {
            tracing::warn!(ledger = %self.shared.folder.display(), %error, "the edge of the tree was not written");
        }
    }

    /// Writes the tiles that could not be written before, lower ones first; their records are there, as only those below the
    /// edge are removed.
    fn write_missing(&mut self) -> io::Result<()> {
        while let Some(at) = self.missing.first().copied() {
            let hashes = self.shared.made_from_below(at).map_err(io::Error::other)?;
            self.write(at, &hashes)?;
            self.missing.remove(&at);
        }
        Ok(())
    }

    fn try_save(&mut self) -> io::Result<()> {
        let disk = &self.shared.disk;
        let edge = self.shared.tree().grown.clone();
        let mut folders = BTreeSet::new();
        for at in self.unsynced.clone() {
            let path = self.shared.tree_path(at);
            if let Err(error) = disk.open(&path).and_then(|file| file.sync()) {
                // The disk says it once: what is read back proves nothing from now on, so the tile is made anew.
                self.unsynced.remove(&at);
                self.missing.insert(at);
                return Err(error);
            }
            folders.extend(path.parent().map(Path::to_owned));
        }
        for folder in folders {
            disk.sync_folder(&folder)?;
        }
        disk.write(&self.shared.edge_path(), &edge.encode(&self.shared.id))?;
        self.unsynced.clear();
        self.shared.set_edge(edge.size());
        Ok(())
    }
}
