//! `mekong log`: the message log of a gateway, found, shown, exported and archived.

mod archive;
mod export;
mod find;
mod show;

use super::{CommandError, CommandResult};
use crate::node::config::{GatewaySection, NodeConfig};
use crate::node::message_log;
use clap::{Args, Subcommand};
use mekong_base::Clock;
use mekong_exchange::messagelog::{Reader, Record, Side};
use serde_json::{Value, json};
use std::path::PathBuf;

/// The commands.
#[derive(Subcommand)]
pub(crate) enum LogCommand {
    /// Find exchanges: the newest, or those of a client, service, time or message id.
    Find(find::FindOptions),
    /// Show one message: who asked whom for what, when, with what outcome.
    Show(show::ShowOptions),
    /// Write signed containers of messages (ASiC-E), as evidence for others.
    Export(export::ExportOptions),
    /// Archive all messages that are time-stamped and not archived yet, now.
    Archive(archive::ArchiveOptions),
}

/// Runs one of them.
pub(crate) async fn run(command: LogCommand) -> CommandResult {
    match command {
        LogCommand::Find(options) => find::run(options).await,
        LogCommand::Show(options) => show::run(options).await,
        LogCommand::Export(options) => export::run(options).await,
        LogCommand::Archive(options) => archive::run(options).await,
    }
}

/// Whose log.
#[derive(Args, Clone)]
struct Place {
    /// Configuration file of the node whose gateway keeps the log. To find, show and export the node may be running.
    #[arg(long, value_name = "FILE", default_value = "node.toml")]
    config: PathBuf,
}

impl Place {
    fn gateway(&self) -> Result<GatewaySection, CommandError> {
        NodeConfig::read(&self.config)?.gateway.ok_or_else(|| {
            CommandError::new(format!("{} has no [gateway], so it keeps no message log", self.config.display()))
        })
    }

    /// The log, to read it.
    async fn reader(&self) -> Result<Reader, CommandError> {
        message_log::reader(&self.gateway()?, &Clock::system()).await
    }
}

const fn side(side: Side) -> &'static str {
    match side {
        Side::Consumer => "consumer",
        Side::Provider => "provider",
    }
}

/// A record for programs.
fn record_json(record: &Record) -> Value {
    json!({
        "id": record.id, "message_id": record.message_id, "request_id": record.request_id, "part": record.part.name(),
        "side": side(record.side), "recorded_at": record.recorded_at, "client": record.client, "service": record.service,
        "operation": record.operation, "peer": record.peer, "status": record.status,
        "duration_ms": record.duration.map(|duration| duration.as_secs_f64() * 1_000.0),
        "signer": record.signer, "body_bytes": record.body_size, "timestamped": record.timestamp_id.is_some(), "fault": record.fault,
    })
}
