//! The Merkle tree of RFC 9162 §2.1 over SHA-256: leaf and node hashes, the right edge of a growing tree, and which
//! nodes roots and proofs are made of. No IO: a [`Plan`] says which nodes are needed, its user reads them as it likes.

mod edge;
mod hash;
mod plan;
mod verify;

pub use edge::Edge;
pub(crate) use hash::digest;
pub use hash::{Hash, HashError, empty_root, leaf_hash, node_hash};
pub use plan::{Node, Plan, RangeError, consistency_plan, inclusion_plan, root_plan};
pub use verify::{TreeError, verify_consistency, verify_inclusion};

/// The largest tree, in leaves: sizes are 63-bit numbers, as in every implementation of the C2SP formats.
pub const MAX_SIZE: u64 = i64::MAX as u64;

/// The most hashes that a proof can have.
pub const MAX_PROOF: usize = 63;

#[cfg(test)]
mod tests;
