//! `mekong serve`: the roles of one configuration file, until interrupted.

use super::CommandResult;
use crate::interruption::Interruption;
use crate::node::{Node, NodeConfig};
use clap::Args;
use mekong_base::Clock;
use std::path::{Path, PathBuf};
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
    serve(&options.config).await
}

/// Runs the roles of a file until interrupted.
///
/// # Errors
/// In words: which role does not start, and what to do.
pub(crate) async fn serve(file: &Path) -> CommandResult {
    let config = NodeConfig::read(file)?;
    let node = Node::start(&config, &Clock::system()).await?;
    let interruption = Interruption::listen()?;
    for (what, place) in config.places() {
        println!("{what:<26}{place}");
    }
    println!("{} is running; Ctrl-C stops it", file.display());
    interruption.wait().await;
    node.stop().await;
    Ok(ExitCode::SUCCESS)
}
