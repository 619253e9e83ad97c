//! `mekong ledger submit`: the newest checkpoint of a ledger brought to a witness by hand.

use super::{AtRest, CHECKPOINT, VERIFIERS, named_keys, newest_checkpoint};
use crate::cli::{CommandError, CommandResult, Context};
use crate::node::submission::{SubmitError, WitnessAddress, submit};
use clap::Args;
use mekong_authority::http::Client;
use mekong_ledger::Disk;
use mekong_ledger::checkpoint::Log;
use mekong_ledger::note::{Algorithm, VerifierKey};
use mekong_ledger::offline::Folder;
use mekong_store::file;
use std::path::PathBuf;
use std::process::ExitCode;

/// Options of `mekong ledger submit`.
#[derive(Args)]
pub(crate) struct SubmitOptions {
    /// Folder of the ledger, with a signed checkpoint.
    #[arg(value_name = "LEDGER")]
    folder: PathBuf,
    /// Where the witness is: what stands before /add-checkpoint.
    #[arg(long)]
    url: String,
    /// Verifier key of the witness.
    #[arg(long, value_name = "KEY")]
    witness: VerifierKey,
    #[command(flatten)]
    at_rest: AtRest,
    /// One JSON object instead of text.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(super) async fn run(options: SubmitOptions) -> CommandResult {
    let folder = &options.folder;
    let mut checkpoint = newest_checkpoint(folder)?;
    let ledger = Folder::open(folder, Disk::real(), options.at_rest.keys(None)?)
        .context(|| format!("read the ledger in {}", folder.display()))?;
    let (origin, size) = (checkpoint.unverified().origin.clone(), checkpoint.unverified().size);
    let mut keys = named_keys(folder);
    let log = Log { keys: keys.iter().filter(|key| key.algorithm() == Algorithm::Ed25519).cloned().collect(), origin };
    let witness = WitnessAddress { url: options.url.clone(), key: options.witness.clone() };
    let proof = |old| std::future::ready(ledger.consistency(old, size));
    let line = match submit(&Client::default(), &witness, &log, &checkpoint, 0, proof).await {
        Ok(line) => line,
        Err(SubmitError::OtherHistory(message, evidence)) if options.json => {
            let (origin, evidence) = (&log.origin, evidence.map(|evidence| evidence.to_string()));
            let told = serde_json::json!({
                "cosigned": false, "origin": origin, "size": size, "reason": message, "evidence": evidence,
            });
            println!("{told}");
            return Ok(ExitCode::FAILURE);
        }
        Err(SubmitError::OtherHistory(message, evidence)) => {
            let shown = evidence.map(|evidence| format!("\n{evidence}")).unwrap_or_default();
            eprintln!("mekong: {message}{shown}");
            return Ok(ExitCode::FAILURE);
        }
        Err(error) => return Err(CommandError::because("submit the checkpoint", &error)),
    };
    checkpoint.add(line);
    file::write(&folder.join(CHECKPOINT), checkpoint.to_string().as_bytes()).context(|| "write the checkpoint")?;
    if !keys.contains(&options.witness) {
        keys.push(options.witness.clone());
        let text: String = keys.iter().map(|key| format!("{key}\n")).collect();
        file::write(&folder.join(VERIFIERS), text.as_bytes()).context(|| "write the verifier keys")?;
    }
    if options.json {
        let (witness, origin) = (options.witness.name().to_string(), &log.origin);
        println!("{}", serde_json::json!({ "cosigned": true, "origin": origin, "size": size, "witness": witness }));
        return Ok(ExitCode::SUCCESS);
    }
    println!("{} cosigned {size} records of {}", options.witness.name(), log.origin);
    Ok(ExitCode::SUCCESS)
}
