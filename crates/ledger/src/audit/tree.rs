//! The tree held against signed heads: all of one history, or where it departs from what was signed.

use super::Fault;
use crate::merkle::{Edge, Hash, RangeError};

/// A size and root that somebody signed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Head {
    /// Records.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
}

/// Takes the leaves of a tree in order and compares its roots with signed heads.
#[derive(Debug)]
pub struct TreeAudit {
    edge: Edge,
    /// Those still ahead, the nearest last.
    heads: Vec<Head>,
    /// The size up to which everything is as it was signed.
    signed: u64,
    fault: Option<Fault>,
}

impl TreeAudit {
    /// An audit that will compare with these heads, in any order.
    pub fn new(mut heads: Vec<Head>) -> Self {
        heads.sort_by(|a, b| b.cmp(a));
        let mut audit = Self { edge: Edge::default(), heads, signed: 0, fault: None };
        audit.compare();
        audit
    }

    /// Takes the next leaf.
    ///
    /// # Errors
    /// [`RangeError`] if the tree is full.
    pub fn push(&mut self, leaf: Hash) -> Result<(), RangeError> {
        self.edge.append(leaf, |_, _| ())?;
        self.compare();
        Ok(())
    }

    fn compare(&mut self) {
        let (size, before) = (self.edge.size(), self.signed);
        let (mut agrees, mut other) = (false, false);
        while let Some(head) = self.heads.pop_if(|head| head.size == size) {
            let same = head.root == self.edge.root();
            agrees |= same;
            other |= !same;
        }
        if self.fault.is_some() {
            return;
        }
        if agrees {
            self.signed = size;
        }
        self.fault = match (agrees, other) {
            (true, true) => {
                let reason = "another root was signed for the same size".to_owned();
                Some(Fault::Checkpoint { position: size, reason })
            }
            (false, true) => Some(Fault::History { position: before, until: size, in_tree: true }),
            _ => None,
        };
    }

    /// Leaves so far.
    pub const fn size(&self) -> u64 {
        self.edge.size()
    }

    /// The root over them.
    pub fn root(&self) -> Hash {
        self.edge.root()
    }

    /// The size up to which everything is as it was signed.
    pub const fn signed(&self) -> u64 {
        self.signed
    }

    /// What is wrong when all leaves have come: the tree departs from what was signed, or ends below it.
    pub fn finish(self) -> Option<Fault> {
        let missing = self.heads.first().map(|head| Fault::Truncated { position: self.edge.size(), size: head.size });
        self.fault.or(missing)
    }
}
