//! Arbitrary parts of a document: a set of its nodes.

use roxmltree::{Document, Node, NodeId};

/// A set of nodes of one document. Attributes and namespaces go with their element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    words: Vec<u64>,
}

impl Selection {
    /// No node of a document with so many nodes.
    pub fn none(document: &Document<'_>) -> Self {
        let last = document.descendants().next_back();
        let nodes = last.map_or(0, |n| n.id().get_usize()) + 1;
        Self { words: vec![0; nodes.div_ceil(64)] }
    }

    /// Every node.
    pub fn all(document: &Document<'_>) -> Self {
        let mut all = Self::none(document);
        all.words.fill(u64::MAX);
        all
    }

    /// Whether a node is in it.
    pub fn contains(&self, node: NodeId) -> bool {
        let index = node.get_usize();
        self.words.get(index / 64).is_some_and(|word| word >> (index % 64) & 1 == 1)
    }

    /// Adds a node.
    pub fn insert(&mut self, node: NodeId) {
        let index = node.get_usize();
        if let Some(word) = self.words.get_mut(index / 64) {
            *word |= 1 << (index % 64);
        }
    }

    /// Takes a node away.
    pub fn remove(&mut self, node: NodeId) {
        let index = node.get_usize();
        if let Some(word) = self.words.get_mut(index / 64) {
            *word &= !(1 << (index % 64));
        }
    }

    /// Adds a node with everything in it.
    pub fn insert_tree(&mut self, node: Node<'_, '_>) {
        node.descendants().for_each(|n| self.insert(n.id()));
    }

    /// Takes a node away with everything in it.
    pub fn remove_tree(&mut self, node: Node<'_, '_>) {
        node.descendants().for_each(|n| self.remove(n.id()));
    }

    /// Keeps only what is in the other one too.
    pub fn intersect(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(word, other)| *word &= other);
    }

    /// Takes away what is in the other one.
    pub fn subtract(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(word, other)| *word &= !other);
    }

    /// Adds what is in the other one.
    pub fn unite(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(word, other)| *word |= other);
    }
}
