//! `mekong serve`: the roles of one configuration file, until interrupted.

use super::{CommandError, CommandResult, Context};
use crate::node::{Node, NodeConfig};
use clap::Args;
use mekong_base::Clock;
use std::path::PathBuf;
use std::process::ExitCode;
use tokio::signal::unix::{Signal, SignalKind, signal};

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

/// What asks a command to stop: Ctrl-C, or a service manager. Heard from the moment it is made, so it is made before the
/// command says that it runs.
pub(crate) struct Interruption {
    interrupt: Signal,
    terminate: Signal,
}

impl Interruption {
    /// Begins to listen; from now on the signals no longer end the process by themselves.
    ///
    /// # Errors
    /// In words, if the system refuses.
    pub(crate) fn listen() -> Result<Self, CommandError> {
        let of = |kind| signal(kind).context(|| "listen for signals");
        Ok(Self { interrupt: of(SignalKind::interrupt())?, terminate: of(SignalKind::terminate())? })
    }

    /// Waits for either of them.
    pub(crate) async fn wait(mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
