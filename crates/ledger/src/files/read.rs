//! Records and tiles read back, and old records removed.

use super::Shared;
use super::segments::{Segment, Walk};
use crate::merkle::Hash;
use crate::segment::INDEX_KIND;
use crate::tree::{TILE_BYTES, TILE_WIDTH, TileAt, fold, from_bytes, to_bytes};
use crate::{Entry, LedgerError};
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

/// What is still wanted of a read.
struct Want {
    from: u64,
    /// Positions from here on are not read.
    until: u64,
    count: usize,
    bytes: usize,
    found: Vec<Entry>,
}

impl Want {
    fn take(&mut self, entry: Entry) {
        self.count = self.count.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(entry.record.payload.len().max(1));
        self.from = entry.record.position + 1;
        self.found.push(entry);
    }

    /// At least one record is given, however large.
    fn is_done(&self) -> bool {
        self.count == 0 || self.bytes == 0 || self.from >= self.until
    }
}

impl Shared {
    /// Records from `from` on; removed ones are skipped.
    pub(super) fn read(&self, from: u64, count: usize, bytes: usize) -> Result<Vec<Entry>, LedgerError> {
        let until = *self.end.borrow();
        let mut want = Want { from, until, count, bytes: bytes.max(1), found: Vec::new() };
        if want.is_done() {
            return Ok(want.found);
        }
        let segments = self.list();
        let start = segments.partition_point(|segment| segment.first() <= from).saturating_sub(1);
        for (index, segment) in segments.iter().enumerate().skip(start) {
            want.from = want.from.max(segment.first());
            let next = segments.get(index + 1).map(|next| next.first());
            if !self.read_segment(segment, next, &mut want)? || want.is_done() {
                break;
            }
        }
        Ok(want.found)
    }

    /// Reads what is wanted of one segment, which ends before `next`. False if it was removed meanwhile.
    fn read_segment(&self, segment: &Segment, next: Option<u64>, want: &mut Want) -> Result<bool, LedgerError> {
        segment.cipher.clone()?;
        let until = next.unwrap_or(want.until).min(want.until);
        let file = match self.disk.open(&segment.path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && self.first() > segment.first() => {
                return Ok(true);
            }
            file => file.map_err(|error| LedgerError::io(&segment.path, error))?,
        };
        segment.load_index(&file);
        let mut walk = Walk::new(segment, &file, segment.find(want.from), segment.end(&file)?);
        while want.from < until && !want.is_done() {
            let position = want.from;
            let (offset, frame) = walk.next()?;
            match frame {
                Ok(frame) if frame.kind == INDEX_KIND => {
                    return Err(segment.damaged(offset, position, "the segment ends before it"));
                }
                Ok(frame) if frame.position < position => {}
                Ok(frame) if frame.position > position => {
                    let reason = format!("here is record {} instead", frame.position);
                    return Err(segment.damaged(offset, position, reason));
                }
                Ok(frame) => want.take(segment.entry(&frame, offset)?),
                Err(fault) => return Err(segment.damaged(offset, position, fault)),
            }
        }
        Ok(true)
    }

    /// The hashes of a tile: from memory if it is not full, from its file, or made again from what is below it.
    pub(super) fn tile(&self, tile: TileAt) -> Result<Vec<Hash>, LedgerError> {
        {
            let tree = self.tree();
            if let Some(partial) = tree.grown.partial(tile) {
                return Ok(partial.to_vec());
            }
            if let Some((_, hashes)) = tree.pending.iter().find(|(pending, _)| *pending == tile) {
                return Ok(hashes.clone());
            }
        }
        let stored = self.disk.read_small(&self.tree_path(tile), TILE_BYTES).ok().and_then(|bytes| from_bytes(&bytes));
        match stored.filter(|hashes| hashes.len() == TILE_WIDTH) {
            Some(hashes) => Ok(hashes),
            None => self.rebuild(tile),
        }
    }

    fn rebuild(&self, tile: TileAt) -> Result<Vec<Hash>, LedgerError> {
        let hashes = self.made_from_below(tile)?;
        let path = self.tree_path(tile);
        tracing::warn!(tile = %path.display(), "a tile of the tree was missing and is made again");
        let folder = path.parent().map_or(Ok(()), |folder| self.disk.create_folder(folder));
        if let Err(error) = folder.and_then(|()| self.disk.write(&path, &to_bytes(&hashes))) {
            tracing::warn!(tile = %path.display(), %error, "it was not written");
        }
        Ok(hashes)
    }

    /// The hashes of a full tile, made from its records or the tiles below it.
    pub(super) fn made_from_below(&self, tile: TileAt) -> Result<Vec<Hash>, LedgerError> {
        let path = self.tree_path(tile);
        let lost = |reason: &str| LedgerError::Damaged {
            place: path.display().to_string(),
            offset: 0,
            position: tile.leaves().map_or(0, |leaves| leaves.start),
            reason: reason.to_owned(),
        };
        let hashes = if tile.level == 0 {
            let leaves = tile.leaves().ok_or_else(|| lost("there is no such tile"))?;
            let entries = self.read(leaves.start, TILE_WIDTH, usize::MAX)?;
            if entries.first().is_none_or(|first| first.record.position != leaves.start) {
                return Err(lost("the tile is missing, and so are its records, which were removed"));
            }
            entries.iter().map(Entry::leaf).collect::<Vec<_>>()
        } else {
            let below = |index| self.tile(TileAt { level: tile.level - 1, index }).map(|hashes| fold(&hashes));
            let first = tile.index * TILE_WIDTH as u64;
            (first..first + TILE_WIDTH as u64).map(below).collect::<Result<_, _>>()?
        };
        if hashes.len() != TILE_WIDTH {
            return Err(lost("the tile cannot be made again"));
        }
        Ok(hashes)
    }

    /// Removes whole segments that end at or before `position` and are in the durable tree. Gives the first record left.
    pub(super) fn remove_before(&self, position: u64) -> Result<u64, LedgerError> {
        let limit = position.min(self.edge.load(Ordering::Acquire));
        loop {
            let segment = {
                let mut segments = self.segments.write().unwrap_or_else(PoisonError::into_inner);
                match segments.as_slice() {
                    [_, next, ..] if next.first() <= limit => segments.remove(0),
                    _ => break,
                }
            };
            self.remove(&segment)?;
        }
        Ok(self.first())
    }

    fn remove(&self, segment: &Arc<Segment>) -> Result<(), LedgerError> {
        let removed = self.disk.remove(&segment.path);
        let folder = self.folder.join("segments");
        let removed = removed.and_then(|()| self.disk.sync_folder(&folder));
        tracing::info!(segment = %segment.path.display(), "removed");
        removed.map_err(|error| LedgerError::io(&segment.path, error))
    }
}
