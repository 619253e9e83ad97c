//! `mekong trace`: what became of a message, from the log of this side.

use super::{CommandError, CommandResult, Context};
use crate::node::config::{GatewaySection, NodeConfig};
use crate::node::message_log;
use crate::story::{self, Exchange, Sealed};
use clap::Args;
use mekong_base::Clock;
use mekong_exchange::messagelog::Told;
use std::path::PathBuf;
use std::process::ExitCode;

/// Options of `mekong trace`.
#[derive(Args)]
pub(crate) struct TraceOptions {
    /// The id of the request through both countries (x-road-request-id), or the message's own (X-Road-Id).
    #[arg(value_name = "ID")]
    id: String,
    /// Configuration file of the node whose gateway took part. It may be running.
    #[arg(long, value_name = "FILE", default_value = "node.toml")]
    config: PathBuf,
    /// Read every record of the log, and do not ask its index where to look: if the index may be wrong.
    #[arg(long)]
    without_index: bool,
    /// For programs: one JSON object for each record of the log.
    #[arg(long)]
    json: bool,
}

/// Runs the command: exit 0 if the log has the message, 1 if not.
pub(crate) async fn run(options: TraceOptions) -> CommandResult {
    let config = NodeConfig::read(&options.config)?;
    let gateway = config.gateway.ok_or_else(|| {
        CommandError::new(format!("{} has no [gateway], so it keeps no message log", options.config.display()))
    })?;
    let (told, sealed) = found(&gateway, &options).await?;
    if told.is_empty() {
        nothing(&gateway.server, &options.id, options.json);
        return Ok(ExitCode::FAILURE);
    }
    let seal = |told: &Told| sealed.iter().find(|sealed| sealed.size > told.position);
    for exchange in Exchange::of(&told) {
        match options.json {
            true => exchange.records.iter().for_each(|told| {
                println!("{}", story::json(&gateway.server, &exchange, told, seal(told)));
            }),
            false => println!("{}", story::text(&gateway.server, &exchange, seal)),
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// What the log has of an id, and the checkpoints over it, smallest first.
async fn found(gateway: &GatewaySection, options: &TraceOptions) -> Result<(Vec<Told>, Vec<Sealed>), CommandError> {
    let mut reader = message_log::reader(gateway, &Clock::system()).await?;
    if options.without_index {
        reader = reader.without_index();
    }
    let told = reader.story(&options.id).await;
    let folder = message_log::folder(gateway);
    let read = tokio::task::spawn_blocking(move || (Sealed::read(&folder, reader.folder()), reader));
    let (sealed, reader) = read.await.context(|| "read the checkpoints of the message log")?;
    reader.close().await;
    Ok((told.context(|| "read the message log")?, sealed))
}

/// Nothing of this id is in the log.
fn nothing(server: &str, id: &str, is_json: bool) {
    if is_json {
        return;
    }
    println!("The log of {server} has nothing of {id}.");
    println!("- Ids are compared letter by letter: is it the whole x-road-request-id or X-Road-Id?");
    println!(
        "- What was refused before it was signed or verified is in no log: who asked was told why, and the gateway said it"
    );
    println!("  where it says everything (--log info).");
    println!("- Records that were archived and are old enough are removed: mekong verify reads the archives.");
    println!("- Another gateway of the same member may have it.");
}
