//! Tiles (C2SP tlog-tiles): the hashes of the tree in pieces of at most 256, each with its path, and the bundles of its
//! entries. A tile holds a subtree of eight levels by its leaves; what lies between is computed. No IO.

mod bundle;
mod path;

pub use bundle::{BundleError, encode_bundle, parse_bundle};
pub use path::{Content, PathError, TilePath};

use crate::merkle::{Hash, Node, Plan, node_hash};
use std::collections::{BTreeMap, BTreeSet};

/// Hashes of a full tile.
pub const WIDTH: u16 = 256;
/// Levels of the tree that one level of tiles spans.
pub const HEIGHT: u8 = 8;

/// Why a tile or a node of it cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TileError {
    /// The content is not as long as the path says.
    #[error("{path} has {found} bytes, not {expected}")]
    Length {
        /// The tile.
        path: TilePath,
        /// Its bytes.
        found: usize,
        /// What its width demands.
        expected: usize,
    },
    /// A tile that the node needs was not read.
    #[error("the node at level {}, index {} needs a tile that is not there", .0.level, .0.index)]
    Missing(Node),
}

/// The tiles that hold all nodes of a plan, in the tree of `size` leaves: at the width that they have in that tree.
pub fn needed(plan: &Plan, size: u64) -> BTreeSet<TilePath> {
    plan.nodes().map(|node| holding(node, size)).collect()
}

/// The tile that holds a node, as wide as it is in the tree of `size` leaves.
pub fn holding(node: Node, size: u64) -> TilePath {
    let level = node.level / HEIGHT;
    let first = node.index << (node.level % HEIGHT);
    let index = first / u64::from(WIDTH);
    let hashes = size.checked_shr(u32::from(level) * u32::from(HEIGHT)).unwrap_or(0);
    TilePath::hashes(level, index, width_of(index, hashes))
}

/// The tiles that are new or wider in the tree of `new` leaves than in the one of `old`: what to write after appending.
pub fn changed(old: u64, new: u64) -> Vec<TilePath> {
    let mut tiles = Vec::new();
    for level in 0..=(63 / HEIGHT) {
        let shift = u32::from(level) * u32::from(HEIGHT);
        let (before, now) = (old >> shift, new >> shift);
        if now == before {
            continue;
        }
        for index in before / u64::from(WIDTH)..now.div_ceil(u64::from(WIDTH)) {
            tiles.push(TilePath::hashes(level, index, width_of(index, now)));
        }
    }
    tiles
}

/// How wide tile `index` is on a level of `hashes`; at least 1.
fn width_of(index: u64, hashes: u64) -> u16 {
    let left = hashes.saturating_sub(index.saturating_mul(u64::from(WIDTH))).clamp(1, u64::from(WIDTH));
    u16::try_from(left).unwrap_or(WIDTH)
}

/// Tiles that were read, from which nodes are computed.
#[derive(Debug, Clone, Default)]
pub struct Tiles(BTreeMap<(u8, u64), Vec<Hash>>);

impl Tiles {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the content of a tile: the hashes one after the other. A wider one replaces a narrower one.
    ///
    /// # Errors
    /// [`TileError::Length`] if it is not as wide as `path` says. Paths of entries have no hashes: they are refused so too.
    pub fn insert(&mut self, path: &TilePath, content: &[u8]) -> Result<(), TileError> {
        let (chunks, rest) = content.as_chunks::<32>();
        let expected = usize::from(path.width()) * 32;
        let Content::Hashes { level } = path.content() else {
            return Err(TileError::Length { path: path.clone(), found: content.len(), expected: 0 });
        };
        if content.len() != expected || !rest.is_empty() {
            return Err(TileError::Length { path: path.clone(), found: content.len(), expected });
        }
        let tile = self.0.entry((level, path.index())).or_default();
        if chunks.len() > tile.len() {
            *tile = chunks.iter().copied().map(Hash).collect();
        }
        Ok(())
    }

    /// The hash of a node.
    ///
    /// # Errors
    /// [`TileError::Missing`] if its tile is not there, or not wide enough.
    pub fn node(&self, node: Node) -> Result<Hash, TileError> {
        let height = node.level % HEIGHT;
        let first = node.index << height;
        let width = u64::from(WIDTH);
        let tile = self.0.get(&(node.level / HEIGHT, first / width)).ok_or(TileError::Missing(node))?;
        let from = usize::try_from(first % width).unwrap_or(usize::MAX);
        let leaves = tile.get(from..from.saturating_add(1 << height)).ok_or(TileError::Missing(node))?;
        Ok(perfect_root(leaves))
    }
}

/// The root over a power of two of hashes, at most 256.
fn perfect_root(leaves: &[Hash]) -> Hash {
    match leaves {
        [one] => *one,
        [left, right] => node_hash(left, right),
        more => {
            let (left, right) = more.split_at(more.len() / 2);
            node_hash(&perfect_root(left), &perfect_root(right))
        }
    }
}

#[cfg(test)]
mod tests;
