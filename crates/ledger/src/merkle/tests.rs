//! All trees to 300 leaves: every inclusion, every pair; RFC 6962 known answers are in `known.rs`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use super::*;
use std::collections::BTreeMap;

/// RFC 9162 §2.1.1 read literally, to compare with.
fn mth(leaves: &[Vec<u8>]) -> Hash {
    match leaves {
        [] => empty_root(),
        [leaf] => leaf_hash(leaf),
        more => {
            let k = more.len().next_power_of_two() / 2;
            node_hash(&mth(&more[..k]), &mth(&more[k..]))
        }
    }
}

struct Tree {
    nodes: BTreeMap<Node, Hash>,
    leaves: Vec<Hash>,
    roots: Vec<Hash>,
}

fn tree(count: u64) -> Tree {
    let mut edge = Edge::default();
    let mut tree = Tree { nodes: BTreeMap::new(), leaves: Vec::new(), roots: vec![edge.root()] };
    for i in 0..count {
        let leaf = leaf_hash(&i.to_be_bytes());
        tree.leaves.push(leaf);
        edge.append(leaf, |node, hash| assert!(tree.nodes.insert(node, hash).is_none())).unwrap();
        tree.roots.push(edge.root());
    }
    tree
}

impl Tree {
    fn resolve(&self, plan: &Plan) -> Vec<Hash> {
        plan.resolve(|node| self.nodes.get(&node).copied().ok_or(node)).unwrap()
    }
}

#[test]
fn roots_are_those_of_the_definition() {
    let tree = tree(130);
    let data: Vec<Vec<u8>> = (0..130u64).map(|i| i.to_be_bytes().to_vec()).collect();
    for size in 0..=130 {
        assert_eq!(tree.roots[size], mth(&data[..size]), "size {size}");
    }
}

#[test]
fn every_record_is_proved_in_every_tree() {
    let tree = tree(300);
    for size in 1..=300u64 {
        let root = tree.roots[usize::try_from(size).unwrap()];
        assert_eq!(tree.resolve(&root_plan(size).unwrap()), [root]);
        for index in 0..size {
            let proof = tree.resolve(&inclusion_plan(index, size).unwrap());
            let leaf = tree.leaves[usize::try_from(index).unwrap()];
            verify_inclusion(index, size, &leaf, &proof, &root).unwrap();
        }
    }
}

#[test]
fn every_tree_begins_with_every_smaller_one() {
    let tree = tree(300);
    for new in 0..=300usize {
        for old in 0..=new {
            let proof = tree.resolve(&consistency_plan(old as u64, new as u64).unwrap());
            verify_consistency(old as u64, &tree.roots[old], new as u64, &tree.roots[new], &proof).unwrap();
        }
    }
}

#[test]
fn an_edge_is_loaded_from_nodes() {
    let tree = tree(300);
    for size in 0..=300u64 {
        let edge: Edge = Edge::load(size, |node| Ok::<_, RangeError>(tree.nodes[&node])).unwrap();
        assert_eq!(edge.root(), tree.roots[usize::try_from(size).unwrap()]);
        assert_eq!(edge.size(), size);
    }
}
