//! `mekong serve`: the roles of one configuration file, until interrupted.

use super::{CommandResult, Context};
use crate::node::{Node, NodeConfig};
use clap::Args;
use mekong_base::Clock;
use std::path::PathBuf;
use std::process::ExitCode;

/// Options of `mekong serve`.
#[derive(Args)]
pub(crate) struct ServeOptions {
    /// The configuration file (TOML). `mekong demo` writes such files: DIR/VN/mps/node.toml is one.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

/// Runs the command.
pub(crate) async fn run(options: ServeOptions) -> CommandResult {
    let config = NodeConfig::read(&options.config)?;
    let node = Node::start(&config, &Clock::system()).await?;
    println!("{} is running; Ctrl-C stops it", options.config.display());
    interrupted().await.context(|| "wait for signals")?;
    node.stop().await;
    Ok(ExitCode::SUCCESS)
}

/// Waits for Ctrl-C or a service manager's request to stop.
pub(crate) async fn interrupted() -> std::io::Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        pressed = tokio::signal::ctrl_c() => pressed,
        _ = terminate.recv() => Ok(()),
    }
}
