//! `mekong ledger prove`: a proof file that needs nothing but itself and the keys one trusts.

use super::{AtRest, named_keys, newest_checkpoint};
use crate::cli::{CommandError, CommandResult, Context};
use crate::file::write_whole;
use clap::Args;
use mekong_ledger::Disk;
use mekong_ledger::checkpoint::SignedCheckpoint;
use mekong_ledger::offline::Folder;
use mekong_ledger::proof::{ConsistencyProof, InclusionProof, Opening};
use std::path::PathBuf;
use std::process::ExitCode;

/// Options of `mekong ledger prove`.
#[derive(Args)]
pub(crate) struct ProveOptions {
    /// Folder of the ledger; it may be in use.
    #[arg(value_name = "LEDGER")]
    folder: PathBuf,
    /// Position of the record that is proved to be in the ledger.
    #[arg(value_name = "POSITION", required_unless_present = "since", conflicts_with = "since")]
    position: Option<u64>,
    /// Prove instead that the ledger continues what it was at this older checkpoint.
    #[arg(long, value_name = "CHECKPOINT")]
    since: Option<PathBuf>,
    /// The checkpoint that the proof leads to [default: the newest of the ledger].
    #[arg(long, value_name = "CHECKPOINT")]
    checkpoint: Option<PathBuf>,
    /// Put into the proof what opens the record together with its payload: salt, kind and time. Who has both can check what
    /// was recorded; without it the proof tells nothing of the record.
    #[arg(long)]
    open: bool,
    /// Write the payload of the record to this file, for who is to see it.
    #[arg(long, value_name = "FILE", requires = "open")]
    payload: Option<PathBuf>,
    #[command(flatten)]
    at_rest: AtRest,
    /// Where the proof is written [default: standard output].
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Runs the command.
pub(super) fn run(options: &ProveOptions) -> CommandResult {
    let folder = Folder::open(&options.folder, Disk::real(), options.at_rest.keys(None)?)
        .context(|| format!("read the ledger in {}", options.folder.display()))?;
    let checkpoint = match &options.checkpoint {
        Some(path) => read(path)?,
        None => newest_checkpoint(&options.folder)?,
    };
    let size = checkpoint.unverified().size;
    let root = folder.root(size).context(|| "compute the root")?;
    if root != checkpoint.unverified().root {
        let signed = checkpoint.unverified().root;
        return Err(CommandError::new(format!(
            "the ledger is not the one that was signed: its first {size} records have the root {root}, the checkpoint {signed}; \
             mekong ledger check says what happened"
        )));
    }
    let proof = match (&options.since, options.position) {
        (Some(path), _) => continuation(&folder, path, checkpoint)?,
        (None, position) => inclusion(options, &folder, position.unwrap_or_default(), checkpoint)?,
    };
    match &options.output {
        Some(path) => write_whole(path, proof.as_bytes()).context(|| format!("write {}", path.display()))?,
        None => print!("{proof}"),
    }
    Ok(ExitCode::SUCCESS)
}

fn read(path: &PathBuf) -> Result<SignedCheckpoint, CommandError> {
    let bytes = std::fs::read(path).context(|| format!("read {}", path.display()))?;
    SignedCheckpoint::parse(&bytes).context(|| path.display().to_string())
}

fn inclusion(
    options: &ProveOptions,
    folder: &Folder,
    position: u64,
    checkpoint: SignedCheckpoint,
) -> Result<String, CommandError> {
    let size = checkpoint.unverified().size;
    if position >= size {
        return Err(CommandError::new(format!(
            "record {position} is not below the checkpoint, which has {size} records: wait for the next, or give --checkpoint"
        )));
    }
    let entry = folder.entry(position).context(|| format!("read record {position}"))?;
    let entry = entry.ok_or_else(|| {
        CommandError::new(format!("record {position} was removed: the ledger has those from {} on", folder.first()))
    })?;
    let record = &entry.record;
    let mut opening = Opening::closed(entry.commitment());
    if options.open {
        opening = Opening::open(entry.salt, record.kind, record.at, &record.payload);
    }
    opening.keys = named_keys(&options.folder);
    let path = folder.inclusion(position, size).context(|| "make the proof")?;
    let proof = InclusionProof { position, opening, path, checkpoint };
    proof.verify_path().context(|| {
        format!("record {position} is not the one that was signed; mekong ledger check says what happened")
    })?;
    if let Some(path) = &options.payload {
        write_whole(path, &record.payload).context(|| format!("write {}", path.display()))?;
    }
    Ok(proof.to_string())
}

fn continuation(folder: &Folder, since: &PathBuf, checkpoint: SignedCheckpoint) -> Result<String, CommandError> {
    let older = read(since)?;
    let (older, newer) = (older.unverified(), checkpoint.unverified());
    if older.origin != newer.origin {
        return Err(CommandError::new(format!(
            "{} is a checkpoint of the log {}, not of {}",
            since.display(),
            older.origin,
            newer.origin
        )));
    }
    let hashes = folder.consistency(older.size, newer.size).context(|| "make the proof")?;
    let proof = ConsistencyProof { old: older.size, hashes, checkpoint };
    proof.verify_continuation(older).context(|| {
        format!("the ledger does not continue what {} says that it was; keep both as evidence", since.display())
    })?;
    Ok(proof.to_string())
}
