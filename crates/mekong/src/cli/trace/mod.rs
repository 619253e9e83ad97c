//! `mekong trace`: what became of a message, from the log of this side.

mod exchange;
mod sealed;
mod tell;

use super::{CommandError, CommandResult, Context};
use crate::node::config::{GatewaySection, NodeConfig};
use crate::node::message_log;
use clap::Args;
use exchange::Exchange;
use mekong_base::Clock;
use mekong_exchange::messagelog::{MessageLog, MessageLogError, Search, Sought, Told};
use mekong_ledger::offline::Folder;
use mekong_ledger::{Disk, Ledger};
use sealed::Sealed;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Records of one read of a log in a database.
const READ_RECORDS: usize = 256;
/// Bytes of one read of a log in a database.
const READ_BYTES: usize = 4 << 20;

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
    let sought = match options.without_index {
        true => None,
        false => sought(&message_log::folder(&gateway), &options.id).await,
    };
    let (told, sealed) = found(&gateway, &options.id, sought).await?;
    if told.is_empty() {
        tell::nothing(&gateway.server, &options.id, options.json);
        return Ok(ExitCode::FAILURE);
    }
    let seal = |told: &Told| sealed.iter().find(|sealed| sealed.size > told.position);
    for exchange in Exchange::of(&told) {
        match options.json {
            true => exchange.records.iter().for_each(|told| {
                println!("{}", tell::json(&gateway.server, &exchange, told, seal(told)));
            }),
            false => println!("{}", tell::text(&gateway.server, &exchange, seal)),
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Where the index says that the log has it. Without an index all of the log is read.
async fn sought(folder: &Path, id: &str) -> Option<Sought> {
    match MessageLog::seek(folder, id).await {
        Ok(sought) => sought,
        Err(error) => {
            tracing::warn!(%error, "the index of the message log cannot be read: all of the log is");
            None
        }
    }
}

/// What the log has of an id, and the checkpoints over it, smallest first.
async fn found(
    gateway: &GatewaySection,
    id: &str,
    sought: Option<Sought>,
) -> Result<(Vec<Told>, Vec<Sealed>), CommandError> {
    let folder = message_log::folder(gateway);
    if let Some(ledger) = message_log::shared_ledger(gateway, &Clock::system()).await? {
        let told = in_database(&ledger, id, sought).await;
        ledger.close().await;
        return Ok((told.context(|| "read the message log")?, sealed::read(&folder, None)));
    }
    let keys = message_log::keys(gateway)?;
    let id = id.to_owned();
    let read = move || -> Result<_, CommandError> {
        let what = || format!("read the message log in {}", folder.display());
        let ledger = Folder::open(&folder, Disk::real(), keys).context(what)?;
        let told = in_files(&ledger, &folder, id, sought)?;
        Ok((told, sealed::read(&folder, Some(&ledger))))
    };
    tokio::task::spawn_blocking(read).await.context(|| "read the message log")?
}

fn in_files(ledger: &Folder, folder: &Path, id: String, sought: Option<Sought>) -> Result<Vec<Told>, CommandError> {
    let what = || format!("read the message log in {}", folder.display());
    let (mut search, mut broken) = (Search::new(id), None);
    for position in sought.iter().flat_map(|sought| &sought.positions) {
        if let Some(entry) = ledger.entry(*position).context(what)? {
            search.take(&entry.record).context(what)?;
        }
    }
    // What the index does not have yet; without one, everything.
    let from = sought.map_or(0, |sought| sought.indexed_to).max(ledger.first());
    let take = &mut |entry: mekong_ledger::Entry| {
        broken = search.take(&entry.record).err();
        broken.is_none()
    };
    ledger.entries(from, take).context(what)?;
    broken.map_or(Ok(()), Err).context(what)?;
    Ok(search.end())
}

async fn in_database(ledger: &Ledger, id: &str, sought: Option<Sought>) -> Result<Vec<Told>, MessageLogError> {
    let mut search = Search::new(id);
    for position in sought.iter().flat_map(|sought| &sought.positions) {
        if let Some(record) = ledger.get(*position).await? {
            search.take(&record)?;
        }
    }
    let mut from = sought.map_or(0, |sought| sought.indexed_to).max(ledger.first());
    loop {
        let records = ledger.read(from, READ_RECORDS, READ_BYTES).await?;
        let Some(last) = records.last() else { return Ok(search.end()) };
        from = last.position + 1;
        records.iter().try_for_each(|record| search.take(record))?;
    }
}
