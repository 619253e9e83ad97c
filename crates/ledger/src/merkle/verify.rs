//! Proofs checked (RFC 9162 §2.1.3.2 and §2.1.4.2).

use super::{Hash, empty_root, node_hash};

/// Why a proof does not prove what it should.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TreeError {
    /// There is no such leaf, or the old tree is larger than the new one.
    #[error("{what} {value} is not in a tree of {size} records")]
    OutOfRange {
        /// `record` or `tree of size`.
        what: &'static str,
        /// The leaf or the old size.
        value: u64,
        /// The size of the tree.
        size: u64,
    },
    /// A proof between these has another number of hashes.
    #[error("the proof has the wrong number of hashes ({0})")]
    Length(usize),
    /// The proof leads to another root.
    #[error("the proof leads to the root {computed}, not to {root} of the tree of {size} records")]
    Root {
        /// Size of the tree whose root does not agree.
        size: u64,
        /// What the proof leads to.
        computed: Hash,
        /// What was said.
        root: Hash,
    },
}

/// Checks that `leaf` is at `index` in the tree with this size and root.
///
/// # Errors
/// [`TreeError`] says why not.
pub fn verify_inclusion(index: u64, size: u64, leaf: &Hash, proof: &[Hash], root: &Hash) -> Result<(), TreeError> {
    if index >= size {
        return Err(TreeError::OutOfRange { what: "record", value: index, size });
    }
    let (mut first, mut last) = (index, size - 1);
    let mut hash = *leaf;
    for sibling in proof {
        if last == 0 {
            return Err(TreeError::Length(proof.len()));
        }
        if first & 1 == 1 || first == last {
            hash = node_hash(sibling, &hash);
            skip_missing(&mut first, &mut last);
        } else {
            hash = node_hash(&hash, sibling);
        }
        first >>= 1;
        last >>= 1;
    }
    if last != 0 {
        return Err(TreeError::Length(proof.len()));
    }
    same_root(size, hash, root)
}

/// Checks that the tree of `new` leaves begins with the tree of `old` leaves. An empty old tree needs no proof, nor do
/// equal trees: the proof is empty then.
///
/// # Errors
/// [`TreeError`] says why not.
pub fn verify_consistency(
    old: u64,
    old_root: &Hash,
    new: u64,
    new_root: &Hash,
    proof: &[Hash],
) -> Result<(), TreeError> {
    if old > new {
        return Err(TreeError::OutOfRange { what: "tree of size", value: old, size: new });
    }
    if old == 0 || old == new {
        let expected = if old == 0 { &empty_root() } else { new_root };
        same_root(old, *expected, old_root)?;
        if new == 0 {
            same_root(new, empty_root(), new_root)?;
        }
        return if proof.is_empty() { Ok(()) } else { Err(TreeError::Length(proof.len())) };
    }
    let rest = if old.is_power_of_two() { Some((old_root, proof)) } else { proof.split_first() };
    let Some((start, rest)) = rest else { return Err(TreeError::Length(0)) };
    let (mut first, mut last) = (old - 1, new - 1);
    let ones = first.trailing_ones();
    first >>= ones;
    last >>= ones;
    let (mut old_hash, mut new_hash) = (*start, *start);
    for hash in rest {
        if last == 0 {
            return Err(TreeError::Length(proof.len()));
        }
        if first & 1 == 1 || first == last {
            old_hash = node_hash(hash, &old_hash);
            new_hash = node_hash(hash, &new_hash);
            skip_missing(&mut first, &mut last);
        } else {
            new_hash = node_hash(&new_hash, hash);
        }
        first >>= 1;
        last >>= 1;
    }
    if last != 0 {
        return Err(TreeError::Length(proof.len()));
    }
    same_root(old, old_hash, old_root)?;
    same_root(new, new_hash, new_root)
}

/// Climbs over the levels at which the right edge has no sibling.
const fn skip_missing(first: &mut u64, last: &mut u64) {
    while *first & 1 == 0 && *first != 0 {
        *first >>= 1;
        *last >>= 1;
    }
}

fn same_root(size: u64, computed: Hash, root: &Hash) -> Result<(), TreeError> {
    if computed == *root { Ok(()) } else { Err(TreeError::Root { size, computed, root: *root }) }
}
