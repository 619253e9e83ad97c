//! A listener that serves a router until it is stopped. Connections are bounded in number, requests in time: who sends
//! slowly, or nothing, gives way to others.

use crate::cli::{CommandError, Context};
use crate::serving::peer::Connection;
use crate::serving::sockets::Sockets;
use axum::Router;
use axum::response::IntoResponse;
use http::StatusCode;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, oneshot, watch};
use tokio::task::{JoinHandle, JoinSet};

/// Connections at once; more wait.
const CONNECTIONS_MAX: usize = 1024;
/// For the head of a request, and between requests.
const HEAD: Duration = Duration::from_secs(30);
/// From the head of a request to the head of its answer, the request's body included.
const REQUEST: Duration = Duration::from_secs(60);

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
        Self::on(Sockets::default().listen(address, purpose).await?, purpose, router)
    }

    /// Begins to serve `router` on a socket that listens already.
    ///
    /// # Errors
    /// In words, if the socket has no address.
    pub(crate) fn on(listener: TcpListener, purpose: &str, router: Router) -> Result<Self, CommandError> {
        let address = listener.local_addr().context(|| format!("listen for {purpose}"))?;
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(accept(listener, router, stopped, purpose.to_owned()));
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

async fn accept(listener: TcpListener, router: Router, mut stop: oneshot::Receiver<()>, purpose: String) {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let (stopping, stopped) = watch::channel(false);
    let mut connections = JoinSet::new();
    loop {
        let place = tokio::select! {
            place = Arc::clone(&places).acquire_owned() => place,
            _ = &mut stop => break,
        };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = &mut stop => break,
        };
        while connections.try_join_next().is_some() {}
        match accepted {
            Ok((stream, _)) => {
                let serving = serve(stream, router.clone(), stopped.clone());
                connections.spawn(async move {
                    serving.await;
                    drop(place);
                });
            }
            Err(error) => {
                // Out of file descriptors, mostly: rest, or the loop would only spin.
                tracing::warn!(%error, purpose, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
    drop(listener);
    let _ = stopping.send(true);
    while connections.join_next().await.is_some() {}
}

/// Serves one connection until it ends, or until the request under way when told to stop.
async fn serve(stream: TcpStream, router: Router, mut stop: watch::Receiver<bool>) {
    let _ = stream.set_nodelay(true);
    let ends = stream.peer_addr().and_then(|peer| Ok(Connection { peer, local: stream.local_addr()? })).ok();
    let router = TowerToHyperService::new(router);
    let service = service_fn(|mut request: http::Request<Incoming>| {
        if let Some(ends) = ends {
            request.extensions_mut().insert(ends);
        }
        let answering = tokio::time::timeout(REQUEST, router.call(request));
        async move {
            let late = |_| Ok((StatusCode::REQUEST_TIMEOUT, "the request took too long\n").into_response());
            answering.await.unwrap_or_else(late)
        }
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = async { let _ = stop.wait_for(|stopping| *stopping).await; } => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    type Failure = Box<dyn std::error::Error>;

    #[tokio::test]
    async fn a_silent_connection_and_a_half_request_are_ended() -> Result<(), Failure> {
        let router = Router::new().route("/", axum::routing::post(|body: String| async move { body }));
        let listener = Listener::start(SocketAddr::from(([127, 0, 0, 1], 0)), "a test", router)
            .await
            .map_err(|e| e.to_string())?;
        let mut half = TcpStream::connect(listener.address()).await?;
        half.write_all(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhel").await?;
        let mut kept = TcpStream::connect(listener.address()).await?;
        kept.write_all(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello").await?;
        let mut answer = [0; 15];
        kept.read_exact(&mut answer).await?;
        assert_eq!(&answer, b"HTTP/1.1 200 OK");
        let mut silent = TcpStream::connect(listener.address()).await?;
        silent.write_all(b"GET / HT").await?;
        // Let the server see it all before the clock leaps.
        tokio::time::sleep(Duration::from_millis(100)).await;
        tokio::time::pause();
        let mut rest = String::new();
        half.read_to_string(&mut rest).await?;
        assert!(rest.starts_with("HTTP/1.1 408"), "{rest}");
        let (mut of_kept, mut of_silent) = (String::new(), String::new());
        kept.read_to_string(&mut of_kept).await?;
        silent.read_to_string(&mut of_silent).await?;
        assert!(of_kept.ends_with("hello") && !of_silent.contains("200"), "{of_kept} {of_silent}");
        tokio::time::resume();
        listener.stop().await;
        Ok(())
    }
}
