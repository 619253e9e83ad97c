//! Proofs that need nothing but themselves and the keys one trusts (C2SP tlog-proof): that a record is in a log, and that a
//! log continues what it was. No IO.

mod consistency;
mod opening;

pub use consistency::ConsistencyProof;
pub use opening::{Opening, OpeningError};

use crate::checkpoint::{Checkpoint, CheckpointError, Log, SignedCheckpoint, Verified, number};
use crate::merkle::{Hash, MAX_PROOF, TreeError, leaf_hash, verify_inclusion};
use crate::note::{NOTE_BYTES_MAX, VerifierKey};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use std::fmt;

/// The first line of a proof that a record is in a log.
pub const HEADER: &str = "c2sp.org/tlog-proof@v1";
/// The most bytes of a proof file.
pub const PROOF_BYTES_MAX: usize = NOTE_BYTES_MAX + (16 << 10);
/// The most bytes of extra data, in Base64.
const EXTRA_BYTES_MAX: usize = 8 << 10;

/// Why a proof does not prove.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProofError {
    /// The file is none.
    #[error("not a proof: {0}")]
    Malformed(&'static str),
    /// What it says about the record cannot be read, or does not agree with the record.
    #[error(transparent)]
    Opening(#[from] OpeningError),
    /// Its checkpoint is not accepted.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The path does not lead to the root.
    #[error(transparent)]
    Tree(#[from] TreeError),
}

/// A proof that a record is in a log, as read: nothing is known of its truth until [`InclusionProof::verify`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InclusionProof {
    /// Position of the record.
    pub position: u64,
    /// What is said of the record: its commitment, and how to open it if its owner wants it opened.
    pub opening: Opening,
    /// The hashes from the leaf's sibling to the root's child.
    pub path: Vec<Hash>,
    /// The checkpoint of a tree that has the record.
    pub checkpoint: SignedCheckpoint,
}

impl InclusionProof {
    /// Reads a proof.
    ///
    /// # Errors
    /// [`ProofError::Malformed`], [`ProofError::Opening`], [`ProofError::Checkpoint`].
    pub fn parse(bytes: &[u8]) -> Result<Self, ProofError> {
        let malformed = ProofError::Malformed;
        if bytes.len() > PROOF_BYTES_MAX {
            return Err(malformed("larger than a proof can be"));
        }
        let text = std::str::from_utf8(bytes).map_err(|_| malformed("not UTF-8"))?;
        let rest = text.strip_prefix(HEADER).and_then(|rest| rest.strip_prefix('\n'));
        let rest = rest.ok_or(malformed("the first line is not c2sp.org/tlog-proof@v1"))?;
        let (head, checkpoint) = rest.split_once("\n\n").ok_or(malformed("no empty line before the checkpoint"))?;
        let mut lines = head.split('\n').peekable();
        let extra = lines.next_if(|line| line.starts_with("extra ")).and_then(|line| line.strip_prefix("extra "));
        let extra = extra.ok_or(malformed("no line extra: it says nothing of the record"))?;
        if extra.len() > EXTRA_BYTES_MAX {
            return Err(malformed("the line extra is longer than is read"));
        }
        let extra = BASE64_STANDARD.decode(extra).map_err(|_| malformed("the line extra is not Base64"))?;
        let position = lines.next().and_then(|line| line.strip_prefix("index ")).and_then(number);
        let position = position.ok_or(malformed("no line index with a position"))?;
        let path =
            hashes(lines).ok_or(malformed("a line of the path is not the Base64 of a hash, or there are too many"))?;
        let checkpoint = SignedCheckpoint::parse(checkpoint.as_bytes())?;
        Ok(Self { position, opening: Opening::parse(&extra)?, path, checkpoint })
    }

    /// Checks that the record with this commitment is at this position in the log, by the log's own signature.
    ///
    /// # Errors
    /// [`ProofError`] says what does not hold.
    pub fn verify(&self, log: &Log, witnesses: &[VerifierKey]) -> Result<Verified, ProofError> {
        let verified = self.checkpoint.verify(log, witnesses)?;
        self.verify_path()?;
        Ok(verified)
    }

    /// Checks only that the path leads to the root that the checkpoint states, whoever signed that.
    ///
    /// # Errors
    /// [`TreeError`].
    pub fn verify_path(&self) -> Result<(), TreeError> {
        let Checkpoint { size, root, .. } = self.checkpoint.unverified();
        verify_inclusion(self.position, *size, &leaf_hash(&self.opening.commitment.0), &self.path, root)
    }
}

/// Lines of hashes, at most as many as a proof can have.
fn hashes<'a>(lines: impl Iterator<Item = &'a str>) -> Option<Vec<Hash>> {
    let hashes: Vec<Hash> = lines.take(MAX_PROOF + 1).map(|line| line.parse().ok()).collect::<Option<_>>()?;
    (hashes.len() <= MAX_PROOF).then_some(hashes)
}

impl fmt::Display for InclusionProof {
    /// As it is stored.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}\nextra {}", BASE64_STANDARD.encode(self.opening.to_string()))?;
        writeln!(f, "index {}", self.position)?;
        self.path.iter().try_for_each(|hash| writeln!(f, "{hash}"))?;
        write!(f, "\n{}", self.checkpoint)
    }
}

#[cfg(test)]
mod tests;
