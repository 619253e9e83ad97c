//! The checkpoints of a log that lie in its folder: over how many records, who signed, who witnessed.

use crate::cli::ledger::{checkpoints, named_keys};
use mekong_base::Instant;
use mekong_ledger::checkpoint::{Log, SignedCheckpoint};
use mekong_ledger::note::{Algorithm, VerifierKey};
use mekong_ledger::offline::Folder;
use std::path::Path;

/// A checkpoint, checked.
pub(crate) struct Sealed {
    /// Its log's origin.
    pub(crate) origin: String,
    /// Records that it is over.
    pub(crate) size: u64,
    /// Witnesses with the times that they state.
    pub(crate) witnesses: Vec<(String, Option<Instant>)>,
    /// Whether the records that are there now lead to its root; `None` if that was not calculated.
    pub(crate) fits: Option<bool>,
}

impl Sealed {
    /// The checkpoints in a folder whose signatures verify with the keys that the folder names, smallest first.
    pub(crate) fn read(folder: &Path, ledger: Option<&Folder>) -> Vec<Self> {
        let keys = named_keys(folder);
        let read = checkpoints(folder).into_iter().filter_map(|(_, checkpoint)| checkpoint.ok());
        let mut sealed: Vec<Self> = read.filter_map(|checkpoint| Self::of(&checkpoint, &keys, ledger)).collect();
        sealed.sort_by_key(|sealed| sealed.size);
        sealed
    }

    fn of(checkpoint: &SignedCheckpoint, keys: &[VerifierKey], ledger: Option<&Folder>) -> Option<Self> {
        let (witnesses, logs): (Vec<_>, Vec<_>) =
            keys.iter().cloned().partition(|key| key.algorithm() == Algorithm::Cosignature);
        let origin = checkpoint.unverified().origin.clone();
        let verified = checkpoint.verify(&Log { origin: origin.clone(), keys: logs }, &witnesses).ok()?;
        let (size, root) = (verified.checkpoint.size, verified.checkpoint.root);
        let witnesses = verified.witnesses.iter().map(|signed| (signed.key.name().to_string(), signed.at)).collect();
        let fits = ledger.map(|ledger| ledger.root(size).is_ok_and(|found| found == root));
        Some(Self { origin, size, witnesses, fits })
    }
}
