//! A gateway as a process of its own: started, killed, asked to end.

use super::clock::FakeClock;
use crate::cli::{CommandError, Context};
use crate::node::NodeConfig;
use crate::node::config::GatewaySection;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// How long a gateway may take to start or to end.
const PATIENCE: Duration = Duration::from_secs(90);

/// A gateway.
pub(super) struct Gateway {
    /// Its configuration.
    pub(super) section: GatewaySection,
    /// Its clock, if that can be another than the machine's.
    pub(super) clock: Option<FakeClock>,
    config: PathBuf,
    process: Option<Child>,
}

impl Gateway {
    /// The gateway of a configuration file; it does not run yet.
    ///
    /// # Errors
    /// In words, if the file is none of a gateway.
    pub(super) fn of(config: PathBuf) -> Result<Self, CommandError> {
        let no_gateway = || CommandError::new(format!("{} has no [gateway]", config.display()));
        let section = NodeConfig::read(&config)?.gateway.ok_or_else(no_gateway)?;
        let clock = FakeClock::of(config.with_extension("clock"))?;
        Ok(Self { section, clock, config, process: None })
    }

    /// What it said on standard error.
    pub(super) fn said(&self) -> PathBuf {
        self.config.with_extension("log")
    }

    /// Starts it and waits until it is ready.
    ///
    /// # Errors
    /// In words, if it ends or is not ready in time.
    pub(super) async fn start(&mut self) -> Result<(), CommandError> {
        self.process = Some(start(&self.config, &self.said(), self.clock.as_ref()).await?);
        Ok(())
    }

    /// Ends it as a crash would.
    ///
    /// # Errors
    /// In words, if the system refuses.
    pub(super) async fn kill(&mut self) -> Result<(), CommandError> {
        match self.process.take() {
            Some(mut process) => process.kill().await.context(|| format!("kill {}", self.section.server)),
            None => Ok(()),
        }
    }

    /// Asks it to end, as a service manager does, and waits for that.
    ///
    /// # Errors
    /// In words, if it does not end in time, or not with 0.
    pub(super) async fn end(&mut self) -> Result<(), CommandError> {
        match self.process.take() {
            Some(process) => end(process).await.map_err(|e| CommandError::new(format!("{}: {e}", self.section.server))),
            None => Ok(()),
        }
    }
}

/// Starts `mekong serve` with a configuration, and a clock of its own perhaps, and waits until it is ready.
///
/// # Errors
/// In words, if it ends or is not ready in time.
pub(crate) async fn start(config: &Path, said: &Path, clock: Option<&FakeClock>) -> Result<Child, CommandError> {
    let program = std::env::current_exe().context(|| "find this program")?;
    let log = std::fs::File::options().create(true).append(true).open(said);
    let log = log.context(|| format!("write {}", said.display()))?;
    let mut command = Command::new(program);
    command.args(["--log", "warn", "serve", "--config"]).arg(config);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).kill_on_drop(true);
    if let Some(clock) = clock {
        clock.give(&mut command);
    }
    let mut process = command.spawn().context(|| format!("start {}", config.display()))?;
    let not_ready = || CommandError::new(format!("{} does not start: see {}", config.display(), said.display()));
    let mut lines = BufReader::new(process.stdout.take().ok_or_else(not_ready)?).lines();
    let ready = async {
        while let Ok(Some(line)) = lines.next_line().await {
            if line.contains("is running") {
                return true;
            }
        }
        false
    };
    match tokio::time::timeout(PATIENCE, ready).await {
        Ok(true) => Ok(process),
        Ok(false) | Err(_) => Err(not_ready()),
    }
}

/// Asks a process to end, as a service manager does, and waits for that.
///
/// # Errors
/// In words, if it does not end in time, or not with 0.
pub(crate) async fn end(mut process: Child) -> Result<(), CommandError> {
    let gone = || CommandError::new("the gateway had ended by itself");
    let id = process.id().and_then(|id| i32::try_from(id).ok()).and_then(rustix::process::Pid::from_raw);
    rustix::process::kill_process(id.ok_or_else(gone)?, rustix::process::Signal::TERM).context(|| "ask it to end")?;
    let late = |_| CommandError::new(format!("it did not end within {} s", PATIENCE.as_secs()));
    let status = tokio::time::timeout(PATIENCE, process.wait()).await.map_err(late)?.context(|| "wait for it")?;
    match status.success() {
        true => Ok(()),
        false => Err(CommandError::new(format!("it ended with {status}"))),
    }
}
