//! The right edge of a growing tree: all that appending and the root need, in O(log n) memory.

use super::{Hash, MAX_SIZE, Node, RangeError, empty_root, node_hash, root_plan};

/// The roots of the perfect subtrees that a tree consists of, largest (leftmost) first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Edge {
    size: u64,
    /// One for every one-bit of `size`.
    peaks: Vec<Hash>,
}

impl Edge {
    /// The edge of a tree of `size` leaves, its nodes read with `read`.
    ///
    /// # Errors
    /// What `read` says; [`RangeError`] as the error of a size above [`MAX_SIZE`].
    pub fn load<E: From<RangeError>>(size: u64, read: impl FnMut(Node) -> Result<Hash, E>) -> Result<Self, E> {
        let peaks = root_plan(size)?.nodes().map(read).collect::<Result<_, E>>()?;
        Ok(Self { size, peaks })
    }

    /// Leaves so far.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf by its hash. `complete` is told every node that thereby is final, leaf first, each with the hash
    /// that it will have for ever.
    ///
    /// # Errors
    /// [`RangeError`] if the tree is full, at [`MAX_SIZE`].
    pub fn append(&mut self, leaf: Hash, mut complete: impl FnMut(Node, Hash)) -> Result<(), RangeError> {
        if self.size >= MAX_SIZE {
            return Err(RangeError { what: "tree size", value: self.size, limit: MAX_SIZE - 1 });
        }
        let mut node = Node { level: 0, index: self.size };
        let mut hash = leaf;
        complete(node, hash);
        while node.index % 2 == 1 {
            let Some(left) = self.peaks.pop() else { break };
            hash = node_hash(&left, &hash);
            node = Node { level: node.level + 1, index: node.index / 2 };
            complete(node, hash);
        }
        self.peaks.push(hash);
        self.size += 1;
        Ok(())
    }

    /// The root of the tree now.
    pub fn root(&self) -> Hash {
        self.peaks.iter().rev().copied().reduce(|right, left| node_hash(&left, &right)).unwrap_or_else(empty_root)
    }
}
