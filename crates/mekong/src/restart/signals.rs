//! What asks a node that serves to end, or to go on in another process.

use crate::cli::{CommandError, Context};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Signals that a node hears, from the moment this is made.
pub(crate) struct Signals {
    interrupt: Signal,
    terminate: Signal,
    /// SIGUSR2, as of other servers that are upgraded while they run.
    restart: Signal,
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// To end.
    End,
    /// To go on in another process.
    Restart,
}

impl Signals {
    /// Begins to listen; from now on the signals do nothing by themselves.
    ///
    /// # Errors
    /// In words, if the system refuses.
    pub(crate) fn listen() -> Result<Self, CommandError> {
        let of = |kind| signal(kind).context(|| "listen for signals");
        Ok(Self {
            interrupt: of(SignalKind::interrupt())?,
            terminate: of(SignalKind::terminate())?,
            restart: of(SignalKind::user_defined2())?,
        })
    }

    /// Waits for the next.
    pub(crate) async fn next(&mut self) -> Asked {
        tokio::select! {
            _ = self.interrupt.recv() => Asked::End,
            _ = self.terminate.recv() => Asked::End,
            _ = self.restart.recv() => Asked::Restart,
        }
    }

    /// Waits until the process is asked to end; other signals pass.
    pub(crate) async fn end(&mut self) {
        while self.next().await != Asked::End {}
    }

    /// Whether the process was asked to end meanwhile.
    pub(crate) async fn are_to_end(&mut self) -> bool {
        tokio::select! {
            biased;
            () = self.end() => true,
            () = std::future::ready(()) => false,
        }
    }
}
