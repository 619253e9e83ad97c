//! A ledger copied into a folder: the same id, positions, times, salts and tree, so that every checkpoint and proof of the
//! original holds for the copy.

use crate::files::{Files, Origin};
use crate::tree::{TILE_WIDTH, TileAt, Tree};
use crate::{Disk, Ledger, LedgerError, Options};
use mekong_base::Clock;
use std::path::Path;

/// Records and bytes that are copied at once.
const AT_ONCE: (usize, usize) = (4096, 4 << 20);

impl Ledger {
    /// Copies the ledger as it is now into a folder where there is none, encrypted as `options` say. For checking, moving or
    /// keeping what is in PostgreSQL. Gives the number of records that the copy's tree has.
    ///
    /// # Errors
    /// [`LedgerError::Unknown`] if a ledger is there; those of [`Ledger::read`] and [`Ledger::append`];
    /// [`LedgerError::Damaged`] if the records do not lead to the root of the tree.
    pub async fn export(
        &self,
        folder: impl AsRef<Path>,
        options: Options,
        disk: Disk,
        clock: Clock,
    ) -> Result<u64, LedgerError> {
        let (first, end) = (self.first(), self.end());
        let root = self.root(end).await?;
        let origin = Origin { id: self.id(), tree: self.tree_at(first).await? };
        let copy = Files::begin(folder.as_ref(), options, disk, clock, origin).await?;
        self.copy_tiles(&copy, first).await?;
        let mut next = first;
        while next < end {
            let count = usize::try_from(end - next).unwrap_or(usize::MAX).min(AT_ONCE.0);
            let entries = self.entries(next, count, AT_ONCE.1).await?;
            let follows = entries.first().is_some_and(|entry| entry.record.position == next);
            if !follows {
                return Err(missing(folder.as_ref(), next, "it was removed while the ledger was copied"));
            }
            next += entries.len() as u64;
            copy.copy(entries).await?;
        }
        let copy = Self::of_files(copy);
        let copied = copy.root(end).await?;
        copy.close().await;
        if copied != root {
            return Err(missing(folder.as_ref(), first, &format!("the copy has the root {copied}, the ledger {root}")));
        }
        Ok(end)
    }

    /// The tree over the first `size` records.
    async fn tree_at(&self, size: u64) -> Result<Tree, LedgerError> {
        let (mut partial, mut left) = (Vec::new(), size);
        for level in 0..=7u8 {
            if left == 0 {
                break;
            }
            let width = usize::try_from(left % TILE_WIDTH as u64).unwrap_or_default();
            let tile = if width == 0 { None } else { self.tile(level, left / TILE_WIDTH as u64, width).await? };
            partial.push(tile.unwrap_or_default());
            left /= TILE_WIDTH as u64;
        }
        Ok(Tree::of(size, partial))
    }

    /// Copies the full tiles over the first `size` records, whose records are not copied.
    async fn copy_tiles(&self, copy: &Files, size: u64) -> Result<(), LedgerError> {
        let mut full = size / TILE_WIDTH as u64;
        for level in 0..=7u8 {
            for index in 0..full {
                if let Some(hashes) = self.tile(level, index, TILE_WIDTH).await? {
                    copy.write_tile(TileAt { level, index }, hashes).await?;
                }
            }
            full /= TILE_WIDTH as u64;
        }
        Ok(())
    }
}

fn missing(folder: &Path, position: u64, reason: &str) -> LedgerError {
    LedgerError::Damaged { place: folder.display().to_string(), offset: 0, position, reason: reason.to_owned() }
}
