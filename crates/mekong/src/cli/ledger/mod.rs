//! `mekong ledger`: proofs from ledgers, and ledgers and proofs checked, offline.

mod check;
mod files;
mod key;
mod line;
mod prove;
mod show;
mod submit;

pub(crate) use files::checkpoints;

use super::{CommandError, CommandResult, Context};
use crate::node::config::GatewaySection;
use clap::{Args, Subcommand};
use mekong_ledger::checkpoint::SignedCheckpoint;
use mekong_ledger::note::VerifierKey;
use mekong_ledger::{Key, Keys};
use std::path::{Path, PathBuf};

/// The newest checkpoint in a ledger's folder.
pub(crate) const CHECKPOINT: &str = "checkpoint";
/// The folder with a checkpoint of every day in a ledger's folder.
pub(crate) const CHECKPOINTS: &str = "checkpoints";
/// The file with the verifier keys of the ledger and its witnesses in a ledger's folder, one a line.
pub(crate) const VERIFIERS: &str = "keys";

/// The commands.
#[derive(Subcommand)]
pub(crate) enum LedgerCommand {
    /// Check ledgers, checkpoints and proofs. Exit 0: consistent, 1: not (the record is named), 2: could not be checked.
    Check(check::CheckOptions),
    /// Write a proof that a record is in a ledger, or that a ledger continues what it was.
    Prove(prove::ProveOptions),
    /// Sign the checkpoint of a ledger that no node has open. Nodes sign and have witnessed those that they keep.
    Sign(key::SignOptions),
    /// Bring the newest checkpoint of a ledger to a witness, and keep its cosignature. Nodes do it by themselves. Exit 0:
    /// cosigned, 1: the witness has seen another history, 2: not cosigned.
    Submit(submit::SubmitOptions),
    /// Show the verifier key of a log or witness; makes the key if there is none.
    Key(key::KeyOptions),
    /// Show what is in a ledger: its size, checkpoints, and records.
    Show(show::ShowOptions),
}

/// Runs one of them.
pub(crate) fn run(command: LedgerCommand) -> CommandResult {
    match command {
        LedgerCommand::Check(options) => check::run(&options),
        LedgerCommand::Prove(options) => prove::run(&options),
        LedgerCommand::Sign(options) => super::block_on(key::sign(options)),
        LedgerCommand::Submit(options) => super::block_on(submit::run(options)),
        LedgerCommand::Key(options) => key::show(&options),
        LedgerCommand::Show(options) => show::run(&options),
    }
}

/// Keys of content at rest.
#[derive(Args, Clone)]
struct AtRest {
    /// File with a key of the ledger's content at rest, where it is encrypted; several times for older keys.
    #[arg(long = "at-rest-key", value_name = "FILE")]
    files: Vec<PathBuf>,
}

impl AtRest {
    /// Those given, and those that the gateway's configuration names.
    fn keys(&self, gateway: Option<&GatewaySection>) -> Result<Keys, CommandError> {
        let named = gateway.iter().flat_map(|gateway| gateway.log.key_file.iter().chain(&gateway.log.older_key_files));
        let keys = self.files.iter().chain(named).map(|path| Key::read(path).context(|| "at-rest key"));
        Ok(Keys::reading(keys.collect::<Result<Vec<_>, _>>()?))
    }
}

/// The newest checkpoint of a ledger's folder.
fn newest_checkpoint(folder: &Path) -> Result<SignedCheckpoint, CommandError> {
    let path = folder.join(CHECKPOINT);
    let bytes = files::read_inside(&path).map_err(|error| {
        CommandError::new(format!(
            "{}: {error}: nothing of this ledger is signed yet; a node with [ledger] in its configuration signs it, or \
             mekong ledger sign",
            path.display()
        ))
    })?;
    SignedCheckpoint::parse(&bytes).context(|| path.display().to_string())
}

/// The keys that a ledger's folder names for itself and its witnesses; none if it does not.
pub(crate) fn named_keys(folder: &Path) -> Vec<VerifierKey> {
    let text = files::read_inside(&folder.join(VERIFIERS)).unwrap_or_default();
    String::from_utf8_lossy(&text).lines().filter_map(|line| line.parse().ok()).take(16).collect()
}
