//! `mekong serve`: the roles of one configuration file, until interrupted.

use super::CommandResult;
use crate::interruption::Interruption;
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
    let interruption = Interruption::listen()?;
    for (what, place) in config.places() {
        println!("{what:<26}{place}");
    }
    println!("{} is running; Ctrl-C stops it", options.config.display());
    interruption.wait().await;
    node.stop().await;
    Ok(ExitCode::SUCCESS)
}
