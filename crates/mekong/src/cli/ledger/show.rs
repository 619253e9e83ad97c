//! `mekong ledger show`: what is in a ledger, without opening it.

use super::{AtRest, named_keys, newest_checkpoint};
use crate::cli::{CommandError, CommandResult, Context};
use clap::Args;
use mekong_ledger::Disk;
use mekong_ledger::offline::Folder;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Options of `mekong ledger show`.
#[derive(Args)]
pub(crate) struct ShowOptions {
    /// Folder of the ledger; it may be in use.
    #[arg(value_name = "LEDGER")]
    folder: PathBuf,
    /// Show this record instead of the ledger: its time, kind, salt, commitment and length.
    #[arg(value_name = "POSITION")]
    position: Option<u64>,
    /// Write the payload of the record to standard output, and nothing else.
    #[arg(long, requires = "position")]
    payload: bool,
    /// For programs: one JSON object.
    #[arg(long, conflicts_with = "payload")]
    json: bool,
    #[command(flatten)]
    at_rest: AtRest,
}

/// Runs the command.
pub(super) fn run(options: &ShowOptions) -> CommandResult {
    let folder = Folder::open(&options.folder, Disk::real(), options.at_rest.keys(None)?)
        .context(|| format!("read the ledger in {}", options.folder.display()))?;
    let Some(position) = options.position else {
        if options.json {
            println!("{}", json(&options.folder, &folder)?);
            return Ok(ExitCode::SUCCESS);
        }
        println!("records     {} (from {} on)", folder.end(), folder.first());
        println!("root        {}", folder.root(folder.end()).context(|| "compute the root")?);
        if let Ok(checkpoint) = newest_checkpoint(&options.folder) {
            let head = checkpoint.unverified();
            println!("log         {}", head.origin);
            println!("checkpoint  {} records, root {}", head.size, head.root);
            checkpoint.note().signatures().iter().for_each(|line| println!("signed by   {}", line.name()));
        } else {
            println!("checkpoint  none: nothing is signed yet");
        }
        named_keys(&options.folder).iter().for_each(|key| println!("key         {key}"));
        return Ok(ExitCode::SUCCESS);
    };
    let Some(entry) = folder.entry(position).context(|| format!("read record {position}"))? else {
        if !options.json {
            println!("there is no record {position}: the ledger has {} to {}", folder.first(), folder.end());
        }
        return Ok(ExitCode::FAILURE);
    };
    if options.payload {
        use std::io::Write as _;
        std::io::stdout().write_all(&entry.record.payload).context(|| "write the payload")?;
        return Ok(ExitCode::SUCCESS);
    }
    if options.json {
        println!(
            "{}",
            json!({
                "position": position, "time": entry.record.at, "kind": entry.record.kind,
                "bytes": entry.record.payload.len(), "salt": hex::encode(entry.salt),
                "commitment": entry.commitment().to_string(),
            })
        );
        return Ok(ExitCode::SUCCESS);
    }
    println!("position    {position}\ntime        {}\nkind        {}", entry.record.at, entry.record.kind);
    println!("bytes       {}\nsalt        {}", entry.record.payload.len(), hex::encode(entry.salt));
    println!("commitment  {}", entry.commitment());
    Ok(ExitCode::SUCCESS)
}

/// The ledger for programs; `checkpoint` is null if nothing is signed.
fn json(place: &Path, folder: &Folder) -> Result<Value, CommandError> {
    let root = folder.root(folder.end()).context(|| "compute the root")?;
    let checkpoint = newest_checkpoint(place).ok().map(|checkpoint| {
        let head = checkpoint.unverified();
        let signers: Vec<&str> = checkpoint.note().signatures().iter().map(|line| line.name()).collect();
        json!({ "log": head.origin, "size": head.size, "root": head.root.to_string(), "signed_by": signers })
    });
    let keys: Vec<String> = named_keys(place).iter().map(ToString::to_string).collect();
    Ok(json!({
        "first": folder.first(), "end": folder.end(), "root": root.to_string(), "checkpoint": checkpoint, "keys": keys,
    }))
}
