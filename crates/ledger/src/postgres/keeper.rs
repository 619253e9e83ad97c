//! Keeps the tree behind the records: this process's own from memory, those of others read from the database. Every process
//! does; they all come to the same tiles.

use super::Shared;
use super::tables::store_tiles;
use crate::record::Entry;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot, watch};

/// Records and bytes that are read at once.
const READ: (usize, usize) = (1024, 4 << 20);
/// Wait before the server is asked again after it failed.
const RETRY: Duration = Duration::from_millis(500);

/// What the writer tells the keeper.
pub(super) enum Behind {
    /// Records of this process that are committed, and their share of the queue.
    Records { entries: Vec<Entry>, shares: Vec<OwnedSemaphorePermit> },
    /// The ledger is closed: these wait for it.
    Close(Vec<oneshot::Sender<()>>),
}

/// The keeper.
pub(super) struct Keeper {
    shared: Arc<Shared>,
    news: mpsc::UnboundedReceiver<Behind>,
    end: watch::Receiver<u64>,
    /// Own records that are not in the tree yet, in order.
    own: VecDeque<(Vec<Entry>, Vec<OwnedSemaphorePermit>)>,
    /// Size of the tree when its edge was stored last.
    stored: u64,
}

impl Keeper {
    pub(super) fn new(shared: Arc<Shared>, news: mpsc::UnboundedReceiver<Behind>) -> Self {
        let (end, stored) = (shared.end.subscribe(), shared.tree().tree.size());
        Self { shared, news, end, own: VecDeque::new(), stored }
    }

    /// Works until the ledger is closed or dropped.
    pub(super) async fn run(mut self) {
        loop {
            while self.step().await {}
            tokio::select! {
                news = self.news.recv() => match news {
                    Some(Behind::Records { entries, shares }) => self.own.push_back((entries, shares)),
                    Some(Behind::Close(waiting)) => {
                        while let Ok(Behind::Records { entries, shares }) = self.news.try_recv() {
                            self.own.push_back((entries, shares));
                        }
                        while self.step().await {}
                        self.store().await;
                        waiting.into_iter().for_each(|reply| reply.send(()).unwrap_or_default());
                        return;
                    }
                    None => return,
                },
                _ = self.end.changed() => {}
            }
        }
    }

    /// Adds the next records to the tree; false if there are none.
    async fn step(&mut self) -> bool {
        let next = self.shared.tree().tree.size();
        let is_before = |(entries, _): &(Vec<Entry>, _)| entries.last().is_none_or(|last| last.record.position < next);
        while self.own.front().is_some_and(is_before) {
            self.own.pop_front();
        }
        let first = self.own.front().and_then(|(entries, _)| entries.first()).map(|first| first.record.position);
        let entries = match first {
            Some(first) if first == next => self.own.pop_front().map(|(entries, _)| entries).unwrap_or_default(),
            _ => {
                let until = first.unwrap_or(*self.end.borrow_and_update());
                let gap = usize::try_from(until.saturating_sub(next)).unwrap_or(usize::MAX);
                match self.shared.read(next, gap.min(READ.0), READ.1).await {
                    Ok(entries) => entries,
                    Err(error) => {
                        tracing::warn!(ledger = self.shared.name, %error, "the tree waits for records");
                        tokio::time::sleep(RETRY).await;
                        Vec::new()
                    }
                }
            }
        };
        let follows = entries.first().is_some_and(|first| first.record.position == next);
        if follows {
            self.grow(&entries).await;
        }
        follows
    }

    async fn grow(&mut self, entries: &[Entry]) {
        let leaves: Vec<_> = entries.iter().map(Entry::leaf).collect();
        let (size, is_full) = {
            let mut grown = self.shared.tree();
            let mut full = Vec::new();
            leaves.into_iter().for_each(|leaf| grown.tree.push(leaf, &mut full));
            grown.pending.extend(full);
            (grown.tree.size(), !grown.pending.is_empty())
        };
        self.shared.tree_grown.send_replace(size);
        if is_full {
            self.store().await;
        }
    }

    /// Stores full tiles and the edge; failing that, they stay pending.
    async fn store(&mut self) {
        let (pending, tree) = {
            let grown = self.shared.tree();
            (grown.pending.clone(), grown.tree.clone())
        };
        if pending.is_empty() && tree.size() == self.stored {
            return;
        }
        let edge = Some((&tree, &self.shared.id));
        if let Err(error) = store_tiles(&self.shared.database, self.shared.number, &pending, edge).await {
            tracing::warn!(ledger = self.shared.name, %error, "tiles of the tree were not stored");
            return;
        }
        self.stored = tree.size();
        self.shared.tree().pending.retain(|(tile, _)| !pending.iter().any(|(stored, _)| stored == tile));
    }
}
