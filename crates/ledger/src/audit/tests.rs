//! Every way of falsifying a small ledger, and what it is called.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use super::*;
use crate::merkle::{Edge, Hash, leaf_hash};

fn leaf(i: u64) -> Hash {
    leaf_hash(&i.to_be_bytes())
}

fn tree(count: u64) -> Vec<Hash> {
    (0..count).map(leaf).collect()
}

/// Records as they lie in the ledger, renumbered as a careful forger would.
fn renumbered(leaves: &[Hash]) -> Vec<Placed> {
    leaves.iter().zip(0..).map(|(leaf, position)| Placed { position, leaf: *leaf }).collect()
}

fn check(leaves: &[Hash], expected: &[Fault]) {
    assert_eq!(differences(0, &tree(12), &renumbered(leaves)), expected);
}

#[test]
fn the_records_of_the_tree_have_no_differences() {
    check(&tree(12), &[]);
}

#[test]
fn every_record_that_is_rewritten_is_named() {
    for position in 0..12 {
        let mut leaves = tree(12);
        leaves[position as usize] = leaf(100);
        check(&leaves, &[Fault::Rewritten { position }]);
    }
}

#[test]
fn every_record_that_is_dropped_is_named() {
    for position in 0..12 {
        let mut leaves = tree(12);
        leaves.remove(position as usize);
        check(&leaves, &[Fault::Dropped { position }]);
        // Also when the others keep their numbers.
        let mut kept = renumbered(&tree(12));
        kept.remove(position as usize);
        assert_eq!(differences(0, &tree(12), &kept), [Fault::Dropped { position }]);
    }
}

#[test]
fn every_record_that_is_inserted_is_named() {
    for position in 0..=12 {
        let mut leaves = tree(12);
        leaves.insert(position as usize, leaf(100));
        check(&leaves, &[Fault::Inserted { position }]);
    }
}

#[test]
fn every_record_that_is_moved_is_named() {
    for from in 0..12u64 {
        for to in (0..12u64).filter(|to| to.abs_diff(from) > 1) {
            let mut leaves = tree(12);
            let moved = leaves.remove(from as usize);
            leaves.insert(to as usize, moved);
            check(&leaves, &[Fault::Moved { position: to, belongs: from }]);
        }
        if from > 0 {
            let mut leaves = tree(12);
            leaves.swap(from as usize, from as usize - 1);
            let found = differences(0, &tree(12), &renumbered(&leaves));
            assert!(matches!(found[..], [Fault::Moved { position, .. }] if position.abs_diff(from) < 2), "{found:?}");
        }
    }
}

#[test]
fn several_things_at_once_are_told_apart() {
    let mut leaves = tree(12);
    leaves[1] = leaf(100);
    leaves.remove(7);
    leaves.insert(4, leaf(101));
    let found = differences(0, &tree(12), &renumbered(&leaves));
    assert_eq!(
        found,
        [Fault::Rewritten { position: 1 }, Fault::Inserted { position: 4 }, Fault::Dropped { position: 7 }]
    );
}

#[test]
fn a_tree_is_held_against_every_head() {
    let leaves = tree(300);
    let mut edge = Edge::default();
    let mut heads = vec![Head { size: 0, root: edge.root() }];
    for leaf in &leaves {
        edge.append(*leaf, |_, _| ()).unwrap();
        if [1, 7, 64, 200, 300].contains(&edge.size()) {
            heads.push(Head { size: edge.size(), root: edge.root() });
        }
    }
    let audit = |leaves: &[Hash]| {
        let mut audit = TreeAudit::new(heads.clone());
        leaves.iter().for_each(|leaf| audit.push(*leaf).unwrap());
        (audit.signed(), audit.finish())
    };
    assert_eq!(audit(&leaves), (300, None));
    assert_eq!(audit(&[&leaves[..], &[leaf(1)]].concat()), (300, None), "what is not signed yet is no fault");
    assert_eq!(audit(&leaves[..250]), (200, Some(Fault::Truncated { position: 250, size: 300 })));
    let mut changed = leaves.clone();
    changed[100] = leaf(1000);
    assert_eq!(audit(&changed), (64, Some(Fault::History { position: 64, until: 200, in_tree: true })));
    changed = leaves.clone();
    changed[0] = leaf(1000);
    assert_eq!(audit(&changed), (0, Some(Fault::History { position: 0, until: 1, in_tree: true })));
    // The same size signed twice with different roots: one of the two does not hold.
    let twice = vec![Head { size: 1, root: leaf(0) }, Head { size: 1, root: leaf(5) }];
    let mut audit = TreeAudit::new(twice);
    audit.push(leaf(0)).unwrap();
    assert!(matches!(audit.finish(), Some(Fault::Checkpoint { position: 1, .. })));
}
