//! Commands that check, import and serve; one file each. What they share: how errors end a command, logging, the runtime.

pub(crate) mod ca;
pub(crate) mod directory;
pub(crate) mod events;
mod files;
mod fonts;
pub(crate) mod gateway;
pub(crate) mod ledger;
pub(crate) mod list;
pub(crate) mod log;
pub(crate) mod population;
pub(crate) mod registration;
pub(crate) mod serve;
pub(crate) mod sign;
pub(crate) mod sim;
pub(crate) mod trace;
pub(crate) mod verify;

use std::future::Future;
use std::process::ExitCode;

/// What a command failed with: one line for people, with the causes behind it.
#[derive(Debug)]
pub(crate) struct CommandError(String);

/// The end of a command: its exit code, or why it could not run (exit 2).
pub(crate) type CommandResult = Result<ExitCode, CommandError>;

impl CommandError {
    /// An error in words that say what to do.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }

    /// `what`, then the error and everything behind it.
    pub(crate) fn because(what: impl std::fmt::Display, error: &dyn std::error::Error) -> Self {
        let mut message = format!("{what}: {error}");
        let mut source = error.source();
        while let Some(cause) = source {
            let text = cause.to_string();
            if !message.ends_with(&text) {
                message.push_str(": ");
                message.push_str(&text);
            }
            source = cause.source();
        }
        Self(message)
    }
}

impl std::fmt::Display for CommandError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Adds what was being done to an error: `result.context(|| format!("open {path}"))?`.
pub(crate) trait Context<T> {
    /// Turns an error into a [`CommandError`] that begins with `what`.
    fn context<S: std::fmt::Display>(self, what: impl FnOnce() -> S) -> Result<T, CommandError>;
}

impl<T, E: std::error::Error> Context<T> for Result<T, E> {
    fn context<S: std::fmt::Display>(self, what: impl FnOnce() -> S) -> Result<T, CommandError> {
        self.map_err(|error| CommandError::because(what(), &error))
    }
}

/// The certificates of a file, PEM (several) or DER.
fn read_certificates(path: &std::path::Path) -> Result<Vec<mekong_pki::Certificate>, CommandError> {
    use mekong_pki::Certificate;
    let bytes = std::fs::read(path).context(|| format!("read {}", path.display()))?;
    let found = match std::str::from_utf8(&bytes) {
        Ok(text) if text.contains("-----BEGIN") => Certificate::all_from_pem(text),
        _ => Certificate::from_der(&bytes).map(|certificate| vec![certificate]),
    };
    found.context(|| path.display().to_string())
}

/// The certificates of several files.
fn all_certificates(paths: &[std::path::PathBuf]) -> Result<Vec<mekong_pki::Certificate>, CommandError> {
    let mut all = Vec::new();
    for path in paths {
        all.extend(read_certificates(path)?);
    }
    Ok(all)
}

/// Sends log lines to standard error, filtered.
pub(crate) fn start_log(filter: &str) {
    let filter = tracing_subscriber::EnvFilter::try_new(filter).unwrap_or_else(|error| {
        eprintln!("mekong: --log {filter}: {error}; logging warnings");
        tracing_subscriber::EnvFilter::new("warn")
    });
    let colours = std::io::IsTerminal::is_terminal(&std::io::stderr());
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    log.with_ansi(colours).with_target(true).init();
}

/// Runs a command that needs the network.
pub(crate) fn block_on(command: impl Future<Output = CommandResult>) -> CommandResult {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().context(|| "start the runtime")?.block_on(command)
}
