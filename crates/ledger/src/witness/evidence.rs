//! Two histories: what shows that a log told one to some and another to others, and which witnesses helped.

use crate::checkpoint::{Checkpoint, Log, SignedCheckpoint};
use crate::note::VerifierKey;
use crate::proof::ConsistencyProof;
use std::fmt;

/// Two checkpoints of a log, both signed by it, that do not go together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Equivocation {
    /// The one that was known first.
    pub first: SignedCheckpoint,
    /// The one that does not go with it.
    pub second: SignedCheckpoint,
    /// Whether they refute each other by themselves: the same size, two roots. If not, the log was asked to go from the one
    /// to the other and gave no valid proof; it must give one, or is refuted too.
    pub proven: bool,
    /// The witnesses that cosigned both, by name: they equivocated as well.
    pub witnesses: Vec<String>,
}

impl Equivocation {
    /// A log that did not prove that it continues what was seen.
    pub(super) fn unproven(seen: &SignedCheckpoint, request: &ConsistencyProof) -> Option<Self> {
        // Before the first record there is nothing that could be contradicted.
        (seen.unverified().size > 0).then(|| Self {
            first: seen.clone(),
            second: request.checkpoint.clone(),
            proven: false,
            witnesses: Vec::new(),
        })
    }

    /// In one line: who, and what of.
    pub fn summary(&self) -> String {
        let (Checkpoint { origin, size, root, .. }, second) = (self.first.unverified(), self.second.unverified());
        let helped = match self.witnesses.as_slice() {
            [] => String::new(),
            names => format!("; cosigned on both sides by {}", names.join(", ")),
        };
        if self.proven {
            format!(
                "the log {origin} shows two histories: with {size} records the root is {root}, or {}{helped}",
                second.root
            )
        } else {
            format!(
                "the log {origin} did not prove that its {} records (root {}) continue the {size} (root {root}) seen before{helped}",
                second.size, second.root
            )
        }
    }
}

impl fmt::Display for Equivocation {
    /// As it is kept: what it is in one line, then both checkpoints, each after a line with dashes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n\n-----\n{}\n-----\n{}", self.summary(), self.first, self.second)
    }
}

/// Whether two checkpoints refute each other: both signed by the log, of the same size, with different roots.
/// `witnesses` are those whose part in it is asked for.
pub fn equivocation(
    first: &SignedCheckpoint,
    second: &SignedCheckpoint,
    log: &Log,
    witnesses: &[VerifierKey],
) -> Option<Equivocation> {
    let (here, there) = (first.unverified(), second.unverified());
    if here.size != there.size || here.root == there.root {
        return None;
    }
    let (one, other) = (first.verify(log, witnesses).ok()?, second.verify(log, witnesses).ok()?);
    let both = one.witnesses.iter().filter(|signed| other.witnesses.iter().any(|too| too.key == signed.key));
    let witnesses = both.map(|signed| signed.key.name().to_string()).collect();
    Some(Equivocation { first: first.clone(), second: second.clone(), proven: true, witnesses })
}
