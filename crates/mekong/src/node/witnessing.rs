//! A ledger that a node keeps is signed as it grows, and its checkpoints are brought to witnesses. The newest checkpoint and
//! one of every day lie in the ledger's folder, with the verifier keys.

use super::submission::{SubmitError, WitnessAddress, submit};
use super::witness;
use crate::cli::ledger::{CHECKPOINT, CHECKPOINTS, VERIFIERS};
use crate::cli::{CommandError, Context};
use mekong_authority::http::Client;
use mekong_base::Clock;
use mekong_ledger::checkpoint::{Checkpoint, Log, SignedCheckpoint};
use mekong_ledger::note::Signer;
use mekong_ledger::{Ledger, LedgerError};
use mekong_store::file;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Where evidence of another history is kept in a ledger's folder.
const EVIDENCE: &str = "evidence";
/// How long to wait when a witness did not cosign and nothing is new.
const RETRY: Duration = Duration::from_secs(60);

/// A ledger, and who signs and witnesses it.
pub(crate) struct Witnessing {
    /// The ledger.
    pub(crate) ledger: Ledger,
    /// Its folder.
    pub(crate) folder: PathBuf,
    /// The key that signs for it.
    pub(crate) signer: Signer,
    /// Who witnesses it.
    pub(crate) witnesses: Vec<WitnessAddress>,
    /// For requests to them.
    pub(crate) http: Client,
    /// For the days.
    pub(crate) clock: Clock,
    /// The least time between two checkpoints.
    pub(crate) every: Duration,
    /// Where it says how far it is.
    pub(crate) progress: watch::Sender<Progress>,
}

/// How far a ledger is signed and witnessed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Progress {
    /// Records in the newest checkpoint.
    pub(crate) signed: u64,
    /// Of each witness: its name, and the records in the newest checkpoint that it cosigned.
    pub(crate) witnessed: Vec<(String, u64)>,
    /// Whether a witness has seen another history, so that nothing more is signed.
    pub(crate) is_stopped: bool,
}

impl Witnessing {
    /// Checks that the ledger continues what was signed of it, and begins to sign.
    ///
    /// # Errors
    /// In words, if the ledger is not what was signed: then nothing more is signed until a person has looked.
    pub(crate) async fn start(self) -> Result<JoinHandle<()>, CommandError> {
        let names = [self.signer.verifier()].into_iter().chain(self.witnesses.iter().map(|witness| &witness.key));
        let names: String = names.map(|key| format!("{key}\n")).collect();
        for folder in [CHECKPOINTS, EVIDENCE].map(|name| self.folder.join(name)) {
            std::fs::create_dir_all(&folder).context(|| format!("make the folder {}", folder.display()))?;
        }
        file::write(&self.folder.join(VERIFIERS), names.as_bytes()).context(|| "write the verifier keys")?;
        let signed = self.signed().await?;
        Ok(tokio::spawn(self.run(signed)))
    }

    /// The newest checkpoint that was signed, which the ledger must continue.
    async fn signed(&self) -> Result<Option<SignedCheckpoint>, CommandError> {
        let path = self.folder.join(CHECKPOINT);
        if !path.exists() {
            return Ok(None);
        }
        let bytes = std::fs::read(&path).context(|| format!("read {}", path.display()))?;
        let signed = SignedCheckpoint::parse(&bytes).context(|| path.display().to_string())?;
        let head = signed.unverified();
        let root = match self.ledger.root(head.size).await {
            Ok(root) => Some(root),
            Err(LedgerError::Range(_)) => None,
            Err(error) => {
                return Err(CommandError::because(format!("read the ledger in {}", self.folder.display()), &error));
            }
        };
        if root != Some(head.root) {
            return Err(CommandError::new(format!(
                "the ledger in {} is not the one that was signed over {} records with the root {}: mekong ledger check says \
                 what happened, docs/ledger.md what to do",
                self.folder.display(),
                head.size,
                head.root
            )));
        }
        Ok(Some(signed))
    }

    fn log(&self) -> Log {
        Log::of_key(self.signer.verifier().clone())
    }

    async fn run(self, mut signed: Option<SignedCheckpoint>) {
        let mut grown = self.ledger.watch();
        // The size that each witness cosigned last, as far as known.
        let mut known = BTreeMap::new();
        loop {
            let end = *grown.borrow_and_update();
            let behind = |signed: &SignedCheckpoint| signed.unverified().size < end;
            if end > 0 && signed.as_ref().is_none_or(behind) {
                match self.sign(end).await {
                    Ok(made) => signed = Some(made),
                    Err(error) => tracing::error!(%error, "a ledger was not signed"),
                }
            }
            let mut all = true;
            if let Some(signed) = &mut signed {
                self.note(signed);
                match self.witness(signed, &mut known).await {
                    Ok(cosigned) => {
                        all = cosigned;
                        self.note(signed);
                    }
                    // Another history: nothing more is signed until a person has looked.
                    Err(()) => {
                        self.progress.send_modify(|progress| progress.is_stopped = true);
                        return;
                    }
                }
            }
            tokio::time::sleep(self.every).await;
            tokio::select! {
                changed = grown.changed() => if changed.is_err() { return },
                () = tokio::time::sleep(RETRY), if !all => {}
            }
        }
    }

    /// Says how far it is.
    fn note(&self, signed: &SignedCheckpoint) {
        let size = signed.unverified().size;
        let lines = signed.note().signatures();
        self.progress.send_modify(|progress| {
            progress.signed = size;
            progress.witnessed.resize(self.witnesses.len(), (String::new(), 0));
            for (witness, (name, seen)) in self.witnesses.iter().zip(&mut progress.witnessed) {
                name.clear();
                name.push_str(witness.key.name().as_str());
                if lines.iter().any(|line| witness.key.is_of(line)) {
                    *seen = size;
                }
            }
        });
    }

    async fn sign(&self, size: u64) -> Result<SignedCheckpoint, CommandError> {
        let root = self.ledger.root(size).await.context(|| "compute the root")?;
        self.ledger.save_tree().await;
        let origin = self.signer.verifier().name().as_str();
        let checkpoint = Checkpoint::new(origin, size, root).context(|| "make the checkpoint")?;
        let signed = checkpoint.sign(&self.signer).context(|| "sign the checkpoint")?;
        // On disk before anybody sees it: another one of this size must never be signed.
        store(&self.folder, &signed, &self.clock)?;
        Ok(signed)
    }

    /// Whether the ledger begins with what a checkpoint says.
    async fn continues(&self, seen: &SignedCheckpoint) -> bool {
        let head = seen.unverified();
        self.ledger.root(head.size).await.is_ok_and(|root| root == head.root)
    }

    /// Brings a checkpoint to every witness that has not cosigned it. Whether all have now; an error if one has seen another
    /// history.
    async fn witness(&self, signed: &mut SignedCheckpoint, known: &mut BTreeMap<usize, u64>) -> Result<bool, ()> {
        let size = signed.unverified().size;
        let (mut all, mut new) = (true, false);
        for (number, witness) in self.witnesses.iter().enumerate() {
            if signed.note().signatures().iter().any(|line| witness.key.is_of(line)) {
                continue;
            }
            let last = known.get(&number).copied().unwrap_or_default();
            let proof = |old| self.ledger.consistency(old, size);
            match submit(&self.http, witness, &self.log(), signed, last, proof).await {
                Ok(line) => {
                    signed.add(line);
                    known.insert(number, size);
                    new = true;
                }
                Err(SubmitError::OtherHistory(message, evidence)) => {
                    if let Some(evidence) = evidence
                        && !self.continues(&evidence.first).await
                    {
                        tracing::error!("{message}: nothing more is signed until the node is started again");
                        witness::keep(&self.folder.join(EVIDENCE), &evidence);
                        return Err(());
                    }
                    tracing::error!("{message}, and shows nothing of it that our key signed: it is not believed");
                    all = false;
                }
                Err(error) => {
                    tracing::warn!(%error, witness = %witness.key.name(), "a checkpoint was not cosigned");
                    all = false;
                }
            }
        }
        if new && let Err(error) = store(&self.folder, signed, &self.clock) {
            tracing::error!(%error, "cosignatures could not be stored");
        }
        Ok(all)
    }
}

/// Stores a checkpoint as the newest, and as that of the day.
pub(crate) fn store(folder: &Path, signed: &SignedCheckpoint, clock: &Clock) -> Result<(), CommandError> {
    let text = signed.to_string();
    let day: String = clock.now().to_string().chars().take(10).collect();
    for path in [folder.join(CHECKPOINT), folder.join(CHECKPOINTS).join(day)] {
        file::write(&path, text.as_bytes()).context(|| format!("write {}", path.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
