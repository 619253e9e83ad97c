//! The growing tree, as tiles: what is full is written once, what is not is kept in memory. No IO.

use crate::merkle::{Hash, Node, node_hash};
use crate::tile::{TilePath, WIDTH};

/// Hashes in a full tile.
pub(crate) const TILE_WIDTH: usize = 256;
/// Levels of the tree in one of tiles.
const TILE_HEIGHT: u8 = 8;

/// Bytes of a full tile.
pub(crate) const TILE_BYTES: usize = TILE_WIDTH * 32;
/// Bytes of the largest tree that is saved: eight tiles that are not full, and what stands around them.
pub(crate) const EDGE_BYTES_MAX: usize = 8 * TILE_BYTES + 64;

const MAGIC: &[u8; 8] = b"MKEDGE01";

/// Which tile: its level (of tiles, 0 at the leaves), and its number from the left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TileAt {
    pub(crate) level: u8,
    pub(crate) index: u64,
}

/// A tree whose last tile of each level is not full.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Tree {
    size: u64,
    partial: Vec<Vec<Hash>>,
}

/// A tile that has become full.
pub(crate) type FullTile = (TileAt, Vec<Hash>);

impl Tree {
    /// A tree of this size from the hashes of its tiles that are not full, lowest first.
    pub(crate) const fn of(size: u64, partial: Vec<Vec<Hash>>) -> Self {
        Self { size, partial }
    }

    /// Leaves so far.
    pub(crate) const fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf; tiles that become full go to `full`, lower ones first.
    pub(crate) fn push(&mut self, leaf: Hash, full: &mut Vec<FullTile>) {
        let mut hash = leaf;
        self.size += 1;
        for level in 0..=7u8 {
            let slot = usize::from(level);
            if self.partial.len() <= slot {
                self.partial.push(Vec::with_capacity(TILE_WIDTH));
            }
            let Some(hashes) = self.partial.get_mut(slot) else { return };
            hashes.push(hash);
            if hashes.len() < TILE_WIDTH {
                return;
            }
            let hashes = std::mem::replace(hashes, Vec::with_capacity(TILE_WIDTH));
            hash = fold(&hashes);
            let index = (self.size >> (TILE_HEIGHT * (level + 1))) - 1;
            full.push((TileAt { level, index }, hashes));
        }
    }

    /// The hashes of a tile that is not full yet; nothing if it is full.
    pub(crate) fn partial(&self, tile: TileAt) -> Option<&[Hash]> {
        let full = self.size.checked_shr(u32::from(TILE_HEIGHT) * (u32::from(tile.level) + 1)).unwrap_or(0);
        if tile.index < full {
            return None;
        }
        let last = self.partial.get(usize::from(tile.level)).filter(|_| tile.index == full);
        Some(last.map_or(&[], Vec::as_slice))
    }

    /// Its bytes, for a file.
    pub(crate) fn encode(&self, ledger: &[u8; 16]) -> Vec<u8> {
        let mut bytes = [MAGIC.as_slice(), ledger, &self.size.to_le_bytes()].concat();
        for hashes in &self.partial {
            hashes.iter().for_each(|hash| bytes.extend_from_slice(&hash.0));
        }
        bytes.extend_from_slice(&crc32c::crc32c(&bytes).to_le_bytes());
        bytes
    }

    /// Reads its bytes; nothing if they are damaged or of another ledger.
    pub(crate) fn decode(bytes: &[u8], ledger: &[u8; 16]) -> Option<Self> {
        let (content, checksum) = bytes.split_last_chunk::<4>()?;
        let rest = content.strip_prefix(MAGIC)?.strip_prefix(ledger)?;
        let (size, mut rest) = rest.split_first_chunk::<8>()?;
        if crc32c::crc32c(content) != u32::from_le_bytes(*checksum) {
            return None;
        }
        let size = u64::from_le_bytes(*size);
        let mut partial = Vec::new();
        let mut left = size;
        while left > 0 {
            let (hashes, after) = rest.split_at_checked(usize::try_from(left % TILE_WIDTH as u64).ok()? * 32)?;
            partial.push(from_bytes(hashes)?);
            rest = after;
            left /= TILE_WIDTH as u64;
        }
        rest.is_empty().then_some(Self { size, partial })
    }
}

/// The hash over a perfect subtree's leaves.
pub(crate) fn fold(hashes: &[Hash]) -> Hash {
    match hashes {
        [only] => *only,
        more => {
            let (left, right) = more.split_at(more.len().next_power_of_two() / 2);
            if right.is_empty() { crate::merkle::empty_root() } else { node_hash(&fold(left), &fold(right)) }
        }
    }
}

/// Hashes from the bytes of a tile.
pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Vec<Hash>> {
    let (hashes, rest) = bytes.as_chunks::<32>();
    rest.is_empty().then(|| hashes.iter().copied().map(Hash).collect())
}

/// The bytes of a tile.
pub(crate) fn to_bytes(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.0).collect()
}

/// The tile that a node's hash is computed from, and which of its hashes.
pub(crate) fn place(node: Node) -> (TileAt, std::ops::Range<usize>) {
    let (level, height) = (node.level / TILE_HEIGHT, node.level % TILE_HEIGHT);
    let first = node.index << height;
    let from = usize::try_from(first % TILE_WIDTH as u64).unwrap_or_default();
    (TileAt { level, index: first / TILE_WIDTH as u64 }, from..from + (1 << height))
}

impl TileAt {
    /// Its path under `tree/` (C2SP tlog-tiles): `tile/0/x001/x234/067`.
    pub(crate) fn path(self) -> String {
        TilePath::hashes(self.level, self.index, WIDTH).to_string()
    }

    /// Positions of the leaves under it.
    pub(crate) fn leaves(self) -> Option<std::ops::Range<u64>> {
        let width = 1u64.checked_shl(u32::from(TILE_HEIGHT) * (u32::from(self.level) + 1))?;
        let first = self.index.checked_mul(width)?;
        Some(first..first.checked_add(width)?)
    }
}
