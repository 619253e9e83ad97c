//! A witness of other logs (C2SP tlog-witness): it cosigns a checkpoint if that continues what it saw before, and keeps what
//! shows two histories. Here are its decisions; who runs it stores what is decided before the answer leaves. No IO.

mod evidence;

pub use evidence::{Equivocation, equivocation};

use crate::checkpoint::{CheckpointError, Log, SignedCheckpoint};
use crate::merkle::verify_consistency;
use crate::note::{KeyError, NoteError, SignatureLine, Signer};
use crate::proof::{ConsistencyProof, ProofError};
use mekong_base::Instant;

/// The answer to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// 200: store `seen` durably as the newest of its log, then send the line.
    Cosigned {
        /// What is now the newest checkpoint of this log, with the log's signatures and our cosignature.
        seen: Box<SignedCheckpoint>,
        /// The signature line.
        cosignature: SignatureLine,
    },
    /// 400.
    Malformed(String),
    /// 403: no key of the log signed it.
    Forbidden(String),
    /// 404: not a log that we witness.
    Unknown {
        /// The origin asked for.
        origin: String,
    },
    /// 409: the newest checkpoint has another size, which is this.
    Conflict {
        /// Size of the newest checkpoint that we cosigned.
        size: u64,
        /// Two signed checkpoints of the same size with different roots, if that is what this is: to be kept.
        evidence: Option<Box<Equivocation>>,
    },
    /// 422: it does not continue what we saw.
    Inconsistent {
        /// What does not hold.
        reason: String,
        /// Both checkpoints: to be kept.
        evidence: Option<Box<Equivocation>>,
    },
    /// 500: our key does not sign.
    Failed(KeyError),
    /// 500: what was decided could not be stored, so nothing was cosigned. Given by who runs the witness.
    Unstored(String),
}

impl Answer {
    /// The HTTP status.
    pub const fn status(&self) -> u16 {
        match self {
            Self::Cosigned { .. } => 200,
            Self::Malformed(_) => 400,
            Self::Forbidden(_) => 403,
            Self::Unknown { .. } => 404,
            Self::Conflict { .. } => 409,
            Self::Inconsistent { .. } => 422,
            Self::Failed(_) | Self::Unstored(_) => 500,
        }
    }
}

/// Reads the body of `add-checkpoint`.
///
/// # Errors
/// The answer to give: [`Answer::Malformed`].
pub fn parse(body: &[u8]) -> Result<ConsistencyProof, Answer> {
    ConsistencyProof::parse(body).map_err(|error| match error {
        ProofError::Checkpoint(CheckpointError::Note(NoteError::Malformed(reason))) => Answer::Malformed(reason.into()),
        error => Answer::Malformed(error.to_string()),
    })
}

/// Decides on a request. `log` is the log that the request's checkpoint names, if we witness it; `seen` the newest
/// checkpoint of it that we cosigned. Between reading `seen` and storing the one of the answer nobody else may do so.
pub fn decide(
    request: &ConsistencyProof,
    log: Option<&Log>,
    seen: Option<&SignedCheckpoint>,
    signer: &Signer,
    now: Instant,
) -> Answer {
    let submitted = request.checkpoint.unverified();
    let Some(log) = log else { return Answer::Unknown { origin: submitted.origin.clone() } };
    if let Err(error) = request.checkpoint.verify(log, &[]) {
        return Answer::Forbidden(error.to_string());
    }
    if request.old > submitted.size {
        return Answer::Malformed(format!("old {} is above the size {}", request.old, submitted.size));
    }
    let evidence = seen.and_then(|seen| equivocation(seen, &request.checkpoint, log, &[]).map(Box::new));
    let known = seen.map(SignedCheckpoint::unverified);
    let size = known.map_or(0, |known| known.size);
    if request.old != size {
        return Answer::Conflict { size, evidence };
    }
    // Never having cosigned is the same as having seen the empty tree.
    let root = known.map_or_else(crate::merkle::empty_root, |known| known.root);
    if let Err(error) = verify_consistency(size, &root, submitted.size, &submitted.root, &request.hashes) {
        let evidence = evidence.or_else(|| Equivocation::unproven(seen?, request).map(Box::new));
        return Answer::Inconsistent { reason: error.to_string(), evidence };
    }
    cosign(request, log, signer, now)
}

fn cosign(request: &ConsistencyProof, log: &Log, signer: &Signer, now: Instant) -> Answer {
    let mut seen = Box::new(request.checkpoint.clone());
    match signer.sign(seen.note().text(), now) {
        Ok(cosignature) => {
            seen.keep(&log.keys);
            seen.add(cosignature.clone());
            Answer::Cosigned { seen, cosignature }
        }
        Err(error) => Answer::Failed(error),
    }
}

#[cfg(test)]
mod tests;
