//! The services that levels above B need, as the command line names them.

use super::super::{CommandError, CommandResult, Context, read_certificates};
use clap::Args;
use mekong_authority::http::{Client, Limits};
use mekong_authority::online::Online;
use mekong_base::Clock;
use std::path::PathBuf;

/// Where time-stamps come from, and certificates at hand.
#[derive(Args, Clone)]
pub(crate) struct ServiceOptions {
    /// Address of a time-stamping authority (RFC 3161 over HTTP); the next is asked if one fails.
    #[arg(long = "tsa", value_name = "URL")]
    time_stamping: Vec<String>,
    /// A certificate that may be needed: an issuer, a root.
    #[arg(long = "anchor", value_name = "CERT")]
    anchors: Vec<PathBuf>,
}

impl ServiceOptions {
    /// Does something with the network at hand. What is given runs outside of the network's own threads.
    ///
    /// # Errors
    /// As the job; if the runtime does not start.
    pub(super) fn with(&self, job: impl FnOnce(&Online) -> CommandResult) -> CommandResult {
        let mut known = Vec::new();
        for path in &self.anchors {
            known.extend(read_certificates(path)?);
        }
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.context(|| "start the runtime")?;
        let limits = Limits { body_bytes: LIST_BYTES_MAX, ..Limits::default() };
        let (http, urls) = (Client::new(limits), self.time_stamping.clone());
        let online = Online::new(runtime.handle().clone(), http, Clock::system(), urls, known);
        job(&online)
    }

    /// Whether there is anybody to ask for a time-stamp.
    pub(super) fn require_tsa(&self) -> Result<(), CommandError> {
        match self.time_stamping.is_empty() {
            true => Err(CommandError::new("no time-stamping authority: give --tsa URL")),
            false => Ok(()),
        }
    }
}

/// Largest revocation list or bundle that is fetched.
const LIST_BYTES_MAX: usize = 100 << 20;
