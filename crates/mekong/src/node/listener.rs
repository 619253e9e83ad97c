//! A listener that serves a router until it is stopped.

use crate::cli::{CommandError, Context};
use axum::Router;
use std::net::SocketAddr;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// A running HTTP server.
pub(crate) struct Listener {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl Listener {
    /// Begins to serve `router` at `address` (port 0: the system chooses).
    ///
    /// # Errors
    /// In words, with the address and `purpose`.
    pub(crate) async fn start(address: SocketAddr, purpose: &str, router: Router) -> Result<Self, CommandError> {
        let listen = || format!("listen on {address} for {purpose} (is another program using it?)");
        let listener = TcpListener::bind(address).await.context(listen)?;
        let address = listener.local_addr().context(listen)?;
        let (stop, stopped) = oneshot::channel();
        let purpose = purpose.to_owned();
        let task = tokio::spawn(async move {
            let serve = axum::serve(listener, router).with_graceful_shutdown(async {
                let _ = stopped.await;
            });
            if let Err(error) = serve.await {
                tracing::error!(%error, purpose, "stopped serving");
            }
        });
        Ok(Self { address, stop: Some(stop), task })
    }

    /// Where it listens.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops listening; requests under way have two seconds.
    pub(crate) async fn stop(mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if tokio::time::timeout(std::time::Duration::from_secs(2), &mut self.task).await.is_err() {
            self.task.abort();
        }
    }
}
