//! What asks a command that runs on to stop.

use crate::cli::{CommandError, Context};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Ctrl-C, or a service manager. Heard from the moment it is made, so it is made before the
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
