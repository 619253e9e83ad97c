//! Which nodes a root, an inclusion proof or a consistency proof is made of (RFC 9162 §2.1.2 to §2.1.4).

use super::{Hash, MAX_SIZE, empty_root, node_hash};

/// A perfect subtree: the leaves `index << level` to `(index + 1) << level`, all of which are in the tree.
/// Its hash never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Node {
    /// 0 for leaves.
    pub level: u8,
    /// From the left.
    pub index: u64,
}

/// A position or size is outside the tree.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} {value} is out of range: at most {limit}")]
pub struct RangeError {
    /// What is outside: `leaf`, `tree size`.
    pub what: &'static str,
    /// Its value.
    pub value: u64,
    /// The largest possible value.
    pub limit: u64,
}

/// What to read for a root or proof: each hash of it is the hash of a range of leaves, made of one or more nodes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Per hash of the proof: its perfect subtrees from left to right.
    hashes: Vec<Vec<Node>>,
}

impl Plan {
    /// The nodes to read; at most a few times the height of the tree.
    pub fn nodes(&self) -> impl Iterator<Item = Node> + '_ {
        self.hashes.iter().flatten().copied()
    }

    /// The hashes of the proof (for a root: the one), with the nodes that `read` gives.
    ///
    /// # Errors
    /// What `read` says.
    pub fn resolve<E>(&self, mut read: impl FnMut(Node) -> Result<Hash, E>) -> Result<Vec<Hash>, E> {
        self.hashes.iter().map(|nodes| fold(nodes, &mut read)).collect()
    }
}

/// The hash of neighbouring perfect subtrees of falling size.
fn fold<E>(nodes: &[Node], read: &mut impl FnMut(Node) -> Result<Hash, E>) -> Result<Hash, E> {
    let mut root: Option<Hash> = None;
    for node in nodes.iter().rev() {
        let left = read(*node)?;
        root = Some(root.map_or(left, |right| node_hash(&left, &right)));
    }
    Ok(root.unwrap_or_else(empty_root))
}

/// The plan of the root of the tree of `size` leaves; without nodes if that is 0.
///
/// # Errors
/// [`RangeError`] above [`MAX_SIZE`].
pub fn root_plan(size: u64) -> Result<Plan, RangeError> {
    check_size(size)?;
    Ok(Plan { hashes: vec![subtrees(0, size)] })
}

/// The plan of the proof that leaf `index` is in the tree of `size` leaves (RFC 9162 §2.1.3.1).
///
/// # Errors
/// [`RangeError`] if there is no such leaf.
pub fn inclusion_plan(index: u64, size: u64) -> Result<Plan, RangeError> {
    check_size(size)?;
    if index >= size {
        return Err(RangeError { what: "leaf", value: index, limit: size.saturating_sub(1) });
    }
    let (mut low, mut high) = (0, size);
    let mut hashes = Vec::new();
    while high - low > 1 {
        let middle = low + split(high - low);
        if index < middle {
            hashes.push(subtrees(middle, high));
            high = middle;
        } else {
            hashes.push(subtrees(low, middle));
            low = middle;
        }
    }
    hashes.reverse();
    Ok(Plan { hashes })
}

/// The plan of the proof that the tree of `new` leaves begins with the tree of `old` leaves (RFC 9162 §2.1.4.1).
/// Without hashes if `old` is 0 or equals `new`.
///
/// # Errors
/// [`RangeError`] if `old` is above `new`.
pub fn consistency_plan(old: u64, new: u64) -> Result<Plan, RangeError> {
    check_size(new)?;
    if old > new {
        return Err(RangeError { what: "tree size", value: old, limit: new });
    }
    let mut hashes = Vec::new();
    if old == 0 || old == new {
        return Ok(Plan { hashes });
    }
    let (mut low, mut high) = (0, new);
    while old != high {
        let middle = low + split(high - low);
        if old <= middle {
            hashes.push(subtrees(middle, high));
            high = middle;
        } else {
            hashes.push(subtrees(low, middle));
            low = middle;
        }
    }
    // The old tree itself needs no proof; what remains right of its first subtree does.
    if low > 0 {
        hashes.push(subtrees(low, high));
    }
    hashes.reverse();
    Ok(Plan { hashes })
}

const fn check_size(size: u64) -> Result<(), RangeError> {
    if size > MAX_SIZE { Err(RangeError { what: "tree size", value: size, limit: MAX_SIZE }) } else { Ok(()) }
}

/// The largest power of two below `count`, which is at least 2.
const fn split(count: u64) -> u64 {
    1 << (count - 1).ilog2()
}

/// The perfect subtrees of the leaves `low` to `high`, from left to right. `low` is a multiple of the size of the first.
fn subtrees(mut low: u64, high: u64) -> Vec<Node> {
    let mut nodes = Vec::new();
    while low < high {
        let level = (high - low).ilog2();
        nodes.push(Node { level: u8::try_from(level).unwrap_or(u8::MAX), index: low >> level });
        low += 1 << level;
    }
    nodes
}
