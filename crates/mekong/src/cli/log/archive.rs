//! `mekong log archive`.

use super::{Place, close};
use crate::cli::{CommandResult, Context};
use clap::Args;
use std::process::ExitCode;

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
    let log = options.place.open().await?;
    let made = log.archive_now().await;
    let waiting = log.statistics().await.map_or(0, |statistics| statistics.waiting);
    close(log).await;
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
