//! A checkpoint of ours brought to a witness (C2SP tlog-witness), and what its refusal means.

use super::witness::origin_hash;
use mekong_authority::http::{Client, HttpError, Response};
use mekong_ledger::LedgerError;
use mekong_ledger::checkpoint::{Log, SignedCheckpoint};
use mekong_ledger::merkle::Hash;
use mekong_ledger::note::{NoteError, SignatureLine, VerifierKey};
use mekong_ledger::proof::ConsistencyProof;
use mekong_ledger::witness::{Equivocation, equivocation};
use std::future::Future;

/// Why a witness did not cosign.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SubmitError {
    /// It cannot be reached.
    #[error("the witness cannot be reached: {0}")]
    Http(#[from] HttpError),
    /// It does not know the log or its key, or had trouble itself.
    #[error("the witness {url} answered {status}: {reason}")]
    Refused {
        /// Where it is.
        url: String,
        /// The HTTP status.
        status: u16,
        /// What it says.
        reason: String,
    },
    /// Its answer is not a cosignature by its key.
    #[error("the witness {url} answered with no cosignature by its key: {reason}")]
    Cosignature {
        /// Where it is.
        url: String,
        /// What is wrong.
        reason: String,
    },
    /// It says that it has seen another history of our log: ours was rolled back or rewritten, or somebody else signs with our
    /// key. With the evidence that it has, if our key signed it; without, it may be a lie.
    #[error("{0}")]
    OtherHistory(String, Option<Box<Equivocation>>),
    /// The ledger gives no proof.
    #[error("the proof for the witness cannot be made: {0}")]
    Ledger(#[from] LedgerError),
}

/// A witness that cosigns for us.
#[derive(Debug, Clone)]
pub(crate) struct WitnessAddress {
    /// Where: what stands before `/add-checkpoint`.
    pub(crate) url: String,
    /// Its verifier key.
    pub(crate) key: VerifierKey,
}

/// Submits a checkpoint; the cosignature, verified. `known` is the size that the witness cosigned last, as far as known:
/// 0 if not. `consistency` makes the proof from a smaller size.
pub(crate) async fn submit<F: Future<Output = Result<Vec<Hash>, LedgerError>>>(
    http: &Client,
    witness: &WitnessAddress,
    log: &Log,
    checkpoint: &SignedCheckpoint,
    known: u64,
    consistency: impl Fn(u64) -> F,
) -> Result<SignatureLine, SubmitError> {
    let size = checkpoint.unverified().size;
    let mut old = known.min(size);
    // The second time with the size that it named.
    for again in [true, false] {
        let proof = ConsistencyProof { old, hashes: consistency(old).await?, checkpoint: checkpoint.clone() };
        let url = format!("{}/add-checkpoint", witness.url.trim_end_matches('/'));
        let answer = http.post(&url, "text/plain; charset=utf-8", proof.to_string()).await?;
        match answer.status.as_u16() {
            200 => return cosignature(witness, checkpoint, &answer),
            // It has seen as many records as we have, and not these.
            409 if !again && old == size && named(&answer) == Some(size) => {
                return Err(other_history(http, witness, log, checkpoint, "has seen another history of it").await);
            }
            409 if again => match named(&answer) {
                Some(seen) if seen <= size => old = seen,
                Some(seen) => {
                    let what = format!(
                        "has cosigned {seen} records of it, the ledger has only {size}: it was rolled back, or somebody else signs with its key"
                    );
                    return Err(other_history(http, witness, log, checkpoint, &what).await);
                }
                None => return Err(refused(&answer)),
            },
            422 => return Err(other_history(http, witness, log, checkpoint, "has seen another history of it").await),
            _ => return Err(refused(&answer)),
        }
    }
    Err(SubmitError::Refused { url: witness.url.clone(), status: 409, reason: "it names a new size each time".into() })
}

/// The size that a witness names in a conflict.
fn named(answer: &Response) -> Option<u64> {
    std::str::from_utf8(&answer.body).ok().and_then(|text| text.trim_end().parse().ok())
}

fn refused(answer: &Response) -> SubmitError {
    let text = String::from_utf8_lossy(&answer.body);
    let reason = text.chars().filter(|c| !c.is_control()).take(300).collect();
    SubmitError::Refused { url: answer.url.clone(), status: answer.status.as_u16(), reason }
}

/// The line by the witness's own key among those that it sent.
fn cosignature(
    witness: &WitnessAddress,
    checkpoint: &SignedCheckpoint,
    answer: &Response,
) -> Result<SignatureLine, SubmitError> {
    let fail = |reason: String| SubmitError::Cosignature { url: witness.url.clone(), reason };
    let text = std::str::from_utf8(&answer.body).map_err(|_| fail("not UTF-8".into()))?;
    let lines = text.lines().take(16).map(SignatureLine::parse).collect::<Result<Vec<_>, NoteError>>();
    let lines = lines.map_err(|error| fail(error.to_string()))?;
    let line = lines.into_iter().find(|line| witness.key.is_of(line));
    let line = line.ok_or_else(|| fail(format!("no line of {}", witness.key.name())))?;
    let mut note = checkpoint.note().clone();
    note.add(line.clone());
    note.verify(std::slice::from_ref(&witness.key)).map_err(|error| fail(error.to_string()))?;
    Ok(line)
}

/// Gets what the witness has seen, to show it.
async fn other_history(
    http: &Client,
    witness: &WitnessAddress,
    log: &Log,
    ours: &SignedCheckpoint,
    what: &str,
) -> SubmitError {
    let url = format!("{}/{}/checkpoint", witness.url.trim_end_matches('/'), origin_hash(&log.origin));
    let message = format!("the witness {} {what} (the log {})", witness.key.name(), log.origin);
    let seen = match http.get(&url).await.and_then(Response::success) {
        Ok(answer) => SignedCheckpoint::parse(&answer.body).ok(),
        Err(_) => None,
    };
    // Only what our key signed is evidence.
    let seen = seen.filter(|seen| seen.verify(log, &[]).is_ok());
    let evidence = seen.map(|seen| {
        let witnesses = std::slice::from_ref(&witness.key);
        let two = equivocation(&seen, ours, log, witnesses);
        Box::new(two.unwrap_or(Equivocation {
            first: seen,
            second: ours.clone(),
            proven: false,
            witnesses: Vec::new(),
        }))
    });
    SubmitError::OtherHistory(message, evidence)
}
