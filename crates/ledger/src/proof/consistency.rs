//! The proof that a log continues what it was, in the form in which logs send it to witnesses (C2SP tlog-witness):
//! `old N`, the hashes, an empty line, the newer checkpoint.

use super::{PROOF_BYTES_MAX, ProofError, hashes};
use crate::checkpoint::{Checkpoint, Log, SignedCheckpoint, Verified, number};
use crate::merkle::{Hash, verify_consistency};
use crate::note::VerifierKey;
use std::fmt;

/// A proof that the tree of a checkpoint begins with an older tree, as read: nothing is known of its truth until
/// [`ConsistencyProof::verify`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsistencyProof {
    /// Size of the older tree.
    pub old: u64,
    /// The proof.
    pub hashes: Vec<Hash>,
    /// The newer checkpoint.
    pub checkpoint: SignedCheckpoint,
}

impl ConsistencyProof {
    /// Reads a proof.
    ///
    /// # Errors
    /// [`ProofError::Malformed`], [`ProofError::Checkpoint`].
    pub fn parse(bytes: &[u8]) -> Result<Self, ProofError> {
        let malformed = ProofError::Malformed;
        if bytes.len() > PROOF_BYTES_MAX {
            return Err(malformed("larger than a proof can be"));
        }
        let text = std::str::from_utf8(bytes).map_err(|_| malformed("not UTF-8"))?;
        let (head, checkpoint) = text.split_once("\n\n").ok_or(malformed("no empty line before the checkpoint"))?;
        let mut lines = head.split('\n');
        let old = lines.next().and_then(|line| line.strip_prefix("old ")).and_then(number);
        let old = old.ok_or(malformed("the first line is not old with a size"))?;
        let hashes = hashes(lines).ok_or(malformed("a line is not the Base64 of a hash, or there are too many"))?;
        Ok(Self { old, hashes, checkpoint: SignedCheckpoint::parse(checkpoint.as_bytes())? })
    }

    /// Checks that the log signed the newer checkpoint and that its tree begins with that of `old`.
    ///
    /// # Errors
    /// [`ProofError`] says what does not hold.
    pub fn verify(&self, old: &Checkpoint, log: &Log, witnesses: &[VerifierKey]) -> Result<Verified, ProofError> {
        let verified = self.checkpoint.verify(log, witnesses)?;
        self.verify_continuation(old)?;
        Ok(verified)
    }

    /// Checks only that the tree that the checkpoint states begins with that of `old`, whoever signed either.
    ///
    /// # Errors
    /// [`ProofError::Tree`], or [`ProofError::Malformed`] if it is a proof from another size.
    pub fn verify_continuation(&self, old: &Checkpoint) -> Result<(), ProofError> {
        if old.size != self.old {
            return Err(ProofError::Malformed("it is a proof from another size than that of the older checkpoint"));
        }
        let Checkpoint { size, root, .. } = self.checkpoint.unverified();
        Ok(verify_consistency(old.size, &old.root, *size, root, &self.hashes)?)
    }
}

impl fmt::Display for ConsistencyProof {
    /// As it is sent and stored.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "old {}", self.old)?;
        self.hashes.iter().try_for_each(|hash| writeln!(f, "{hash}"))?;
        write!(f, "\n{}", self.checkpoint)
    }
}
