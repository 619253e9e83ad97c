//! A ledger's folder read without opening it, while it is in use or on a copy: for proofs and for looking.

use crate::LedgerError;
use crate::at_rest::Keys;
use crate::disk::Disk;
use crate::files::Survey;
use crate::merkle::{Hash, Node, Plan, consistency_plan, empty_root, inclusion_plan, leaf_hash, node_hash, root_plan};
use crate::tree::TILE_WIDTH;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::Path;

/// A ledger's folder as it was when it was looked at.
pub struct Folder {
    survey: Survey,
    /// The leaves that are in no tile yet, from this position on.
    tail: (u64, Vec<Hash>),
}

impl Folder {
    /// Looks into a folder. Reads the records whose places are in no tile: those of the last segment, as a rule.
    ///
    /// # Errors
    /// [`LedgerError::Io`] if there is no ledger; [`LedgerError::Damaged`]; [`LedgerError::KeyMissing`] if records that are
    /// in no tile yet are encrypted with a key that was not given.
    pub fn open(folder: &Path, disk: Disk, keys: Keys) -> Result<Self, LedgerError> {
        let survey = Survey::open(folder, disk, keys)?;
        let mut start = survey.edge_size();
        while start.is_multiple_of(TILE_WIDTH as u64)
            && survey.tile(0, start / TILE_WIDTH as u64)?.is_some_and(|hashes| hashes.len() == TILE_WIDTH)
        {
            start += TILE_WIDTH as u64;
        }
        let mut tail = Vec::new();
        survey.entries(start, &mut |entry| {
            tail.push(leaf_hash(&entry.commitment().0));
            true
        })?;
        Ok(Self { survey, tail: (start, tail) })
    }

    /// Records, with those that were removed.
    pub const fn end(&self) -> u64 {
        self.tail.0 + self.tail.1.len() as u64
    }

    /// Position of the first record that was not removed.
    pub fn first(&self) -> u64 {
        self.survey.first()
    }

    /// The record at a position, with the salt of its commitment; nothing if it is not there, or was removed.
    ///
    /// # Errors
    /// [`LedgerError::Damaged`], [`LedgerError::KeyMissing`], [`LedgerError::Io`].
    pub fn entry(&self, position: u64) -> Result<Option<crate::Entry>, LedgerError> {
        let mut found = None;
        self.survey.entries(position, &mut |entry| {
            found = Some(entry);
            false
        })?;
        Ok(found.filter(|entry| entry.record.position == position))
    }

    /// Records from a position on, with the salts of their commitments, until `take` says that it is enough (`false`).
    ///
    /// # Errors
    /// As [`Folder::entry`].
    pub fn entries(&self, from: u64, take: &mut dyn FnMut(crate::Entry) -> bool) -> Result<(), LedgerError> {
        self.survey.entries(from, take)
    }

    /// The root of the tree over the first `size` records.
    ///
    /// # Errors
    /// [`LedgerError::Range`] if there are fewer; [`LedgerError::Damaged`] if tiles are missing.
    pub fn root(&self, size: u64) -> Result<Hash, LedgerError> {
        self.check(size)?;
        Ok(self.resolve(&root_plan(size)?)?.into_iter().next().unwrap_or_else(empty_root))
    }

    /// The proof that the record at `position` is in the tree over the first `size` records.
    ///
    /// # Errors
    /// As [`Folder::root`].
    pub fn inclusion(&self, position: u64, size: u64) -> Result<Vec<Hash>, LedgerError> {
        self.check(size)?;
        self.resolve(&inclusion_plan(position, size)?)
    }

    /// The proof that the tree over the first `new` records begins with the one over the first `old`.
    ///
    /// # Errors
    /// As [`Folder::root`].
    pub fn consistency(&self, old: u64, new: u64) -> Result<Vec<Hash>, LedgerError> {
        self.check(new)?;
        self.resolve(&consistency_plan(old, new)?)
    }

    fn check(&self, size: u64) -> Result<(), LedgerError> {
        let limit = self.end();
        if size > limit {
            return Err(crate::merkle::RangeError { what: "tree size", value: size, limit }.into());
        }
        Ok(())
    }

    fn resolve(&self, plan: &Plan) -> Result<Vec<Hash>, LedgerError> {
        let mut tiles = BTreeMap::new();
        plan.resolve(|node| self.node(node, &mut tiles))
    }

    /// The hash of a node: from its tile, or from the nodes below it. At most as deep as the tree.
    fn node(&self, node: Node, tiles: &mut BTreeMap<(u8, u64), Vec<Hash>>) -> Result<Hash, LedgerError> {
        let slot = usize::try_from(node.index % TILE_WIDTH as u64).unwrap_or_default();
        if node.level == 0
            && let Some(index) = node.index.checked_sub(self.tail.0).and_then(|index| usize::try_from(index).ok())
            && let Some(leaf) = self.tail.1.get(index)
        {
            return Ok(*leaf);
        }
        if node.level.is_multiple_of(8) {
            let key = (node.level / 8, node.index / TILE_WIDTH as u64);
            let tile = match tiles.entry(key) {
                Entry::Occupied(there) => there.into_mut(),
                Entry::Vacant(place) => place.insert(self.survey.tile(key.0, key.1)?.unwrap_or_default()),
            };
            if let Some(hash) = tile.get(slot) {
                return Ok(*hash);
            }
        }
        let Some(level) = node.level.checked_sub(1) else {
            let reason = "its place in the tree is in no file; mekong ledger check says more".to_owned();
            return Err(LedgerError::Damaged { place: "tree".into(), offset: 0, position: node.index, reason });
        };
        let left = self.node(Node { level, index: node.index * 2 }, tiles)?;
        let right = self.node(Node { level, index: node.index * 2 + 1 }, tiles)?;
        Ok(node_hash(&left, &right))
    }
}
