//! A ledger held against its tree, and its tree against what was signed and witnessed: a record that was rewritten, dropped,
//! moved or cut off is found and named. No IO: leaves come as they are read, in order.

mod ledger;
mod order;
mod tiles;
mod tree;

pub(crate) use ledger::Found;
pub use ledger::{Report, audit_folder, audit_postgres};
pub use order::{Placed, differences};
pub use tiles::audit_tiles;
pub use tree::{Head, TreeAudit};

use std::fmt;

/// What is wrong with a ledger, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The record at this position is another than was recorded.
    Rewritten {
        /// Where.
        position: u64,
    },
    /// The record of this position is no longer there.
    Dropped {
        /// Where it was.
        position: u64,
    },
    /// At this position stands a record that was never recorded.
    Inserted {
        /// Where.
        position: u64,
    },
    /// The record at this position was recorded at another.
    Moved {
        /// Where it stands.
        position: u64,
        /// Where it belongs.
        belongs: u64,
    },
    /// The last records are gone, although they are below a signed checkpoint.
    Truncated {
        /// The first position that is missing.
        position: u64,
        /// Records by the checkpoint.
        size: u64,
    },
    /// The bytes of a record are damaged, so that it cannot be read.
    Damaged {
        /// Which record should be there.
        position: u64,
        /// Where, and what is wrong.
        reason: String,
    },
    /// The tree is not the one that was signed: a record at one of these positions was changed together with the tree.
    History {
        /// The first position that may be meant: all before are as they were signed.
        position: u64,
        /// The first position that cannot be meant.
        until: u64,
        /// Whether the files of the tree reach so far: then they were changed too, else they cannot say which record it was.
        in_tree: bool,
    },
    /// A file of the tree is not what the records and checkpoints say, which agree: it can be made anew.
    Tree {
        /// The first record below it.
        position: u64,
        /// The tile, and what is wrong.
        reason: String,
    },
    /// A checkpoint is not accepted.
    Checkpoint {
        /// The size that it states.
        position: u64,
        /// What is wrong.
        reason: String,
    },
}

impl Fault {
    /// The kind of fault, for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Rewritten { .. } => "rewritten",
            Self::Dropped { .. } => "dropped",
            Self::Inserted { .. } => "inserted",
            Self::Moved { .. } => "reordered",
            Self::Truncated { .. } => "truncated",
            Self::Damaged { .. } => "damaged",
            Self::History { .. } => "history",
            Self::Tree { .. } => "tree",
            Self::Checkpoint { .. } => "checkpoint",
        }
    }

    /// The position that is named.
    pub const fn position(&self) -> u64 {
        match self {
            Self::Rewritten { position }
            | Self::Dropped { position }
            | Self::Inserted { position }
            | Self::Moved { position, .. }
            | Self::Truncated { position, .. }
            | Self::Damaged { position, .. }
            | Self::History { position, .. }
            | Self::Tree { position, .. }
            | Self::Checkpoint { position, .. } => *position,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rewritten { position } => write!(f, "record {position} was rewritten: it is not the one in the tree"),
            Self::Dropped { position } => {
                write!(f, "record {position} was dropped: it is no longer in the ledger")
            }
            Self::Inserted { position } => write!(f, "record {position} was inserted: the tree does not have it"),
            Self::Moved { position, belongs } => {
                write!(f, "records were reordered: at position {position} stands the record {belongs}")
            }
            Self::Truncated { position, size } => {
                write!(f, "records from {position} on are cut off: the checkpoint of size {size} has them")
            }
            Self::Damaged { position, reason } => write!(f, "record {position} cannot be read: {reason}"),
            Self::History { position, until, in_tree } => {
                let (last, how) = (until.saturating_sub(1), if *in_tree { " together with the tree" } else { "" });
                write!(f, "a record from {position} to {last} was changed{how}: ")?;
                write!(f, "the checkpoint of size {until} was signed over another")?;
                if *in_tree {
                    Ok(())
                } else {
                    f.write_str("; the tree's files end before it, so which one cannot be said")
                }
            }
            Self::Tree { reason, .. } => write!(f, "a file of the tree is damaged, the records are not: {reason}"),
            Self::Checkpoint { position, reason } => write!(f, "the checkpoint of size {position}: {reason}"),
        }
    }
}

#[cfg(test)]
mod tests;
