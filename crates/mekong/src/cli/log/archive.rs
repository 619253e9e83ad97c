//! `mekong log archive`.

use super::Place;
use crate::cli::{CommandError, CommandResult, Context};
use crate::node::config::GatewaySection;
use crate::node::message_log;
use clap::Args;
use mekong_base::Clock;
use mekong_exchange::messagelog::MessageLog;
use std::process::ExitCode;

/// What is said of a ledger that another process has open.
const IN_USE: &str = "another process has this ledger open";

/// Options of `mekong log archive`.
#[derive(Args)]
pub(crate) struct ArchiveOptions {
    #[command(flatten)]
    place: Place,
    /// For programs: one JSON object.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(super) async fn run(options: ArchiveOptions) -> CommandResult {
    let log = open(&options.place.gateway()?).await?;
    let made = log.archive_now().await;
    let waiting = log.statistics().await.map_or(0, |statistics| statistics.waiting);
    if let Err(error) = log.close().await {
        tracing::warn!(%error, "the message log was not closed cleanly");
    }
    let made = made.context(|| "archive the message log")?;
    if options.json {
        let (files, containers) = (&made.files, made.containers);
        println!(
            "{}",
            serde_json::json!({ "files": files, "containers": containers, "waiting_for_timestamp": waiting })
        );
        return Ok(ExitCode::SUCCESS);
    }
    made.files.iter().for_each(|file| println!("{file}"));
    println!("{} messages were archived; {waiting} wait for a time-stamp first", made.containers);
    Ok(ExitCode::SUCCESS)
}

/// Opens a log to write to it.
async fn open(gateway: &GatewaySection) -> Result<MessageLog, CommandError> {
    message_log::open(gateway, &Clock::system()).await.map_err(|error| match error.to_string() {
        told if told.contains(IN_USE) => CommandError::new(format!(
            "{told}. The node runs: it makes archives by itself as [gateway.log.archive] says, or stop it to make one now"
        )),
        _ => error,
    })
}
