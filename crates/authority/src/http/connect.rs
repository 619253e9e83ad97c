//! How the client opens connections: over this machine's network, or over another that stands in its place.

use http::Uri;
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::rt::TokioIo;
use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tower::Service;

/// A connection of any network.
pub trait Io: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

type Failure = Box<dyn std::error::Error + Send + Sync>;
type Opening<E> = Pin<Box<dyn Future<Output = Result<Opened, E>> + Send>>;

/// Another network: opens a connection to a host, named or by address, and a port.
#[derive(Clone)]
pub struct Network(Arc<dyn Fn(String, u16) -> Opening<io::Error> + Send + Sync>);

impl Network {
    /// A network in which `open` opens connections.
    pub fn new<F, I>(open: impl Fn(String, u16) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = io::Result<I>> + Send + 'static,
        I: Io + 'static,
    {
        Self(Arc::new(move |host, port| {
            let opening = open(host, port);
            Box::pin(async move { Ok(Opened(TokioIo::new(Box::new(opening.await?)))) })
        }))
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Network")
    }
}

/// Opens connections for the client.
#[derive(Clone)]
pub(super) enum Connector {
    /// Over this machine's network.
    Machine(HttpConnector),
    /// Over another; how long opening may take.
    Other(Network, Duration),
}

/// An open connection.
pub(super) struct Opened(TokioIo<Box<dyn Io>>);

impl Connector {
    pub(super) fn machine(connect: Duration) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.set_connect_timeout(Some(connect));
        tcp.set_nodelay(true);
        tcp.enforce_http(false);
        Self::Machine(tcp)
    }
}

impl Service<Uri> for Connector {
    type Response = Opened;
    type Error = Failure;
    type Future = Opening<Failure>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        match self {
            Self::Machine(tcp) => tcp.poll_ready(cx).map_err(Failure::from),
            Self::Other(..) => Poll::Ready(Ok(())),
        }
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        match self {
            Self::Machine(tcp) => {
                let opening = tcp.call(uri);
                Box::pin(async move { Ok(Opened(TokioIo::new(Box::new(opening.await?.into_inner())))) })
            }
            Self::Other(network, time) => {
                let port = uri.port_u16().unwrap_or(if uri.scheme_str() == Some("https") { 443 } else { 80 });
                let opening = network.0(uri.host().unwrap_or_default().to_owned(), port);
                let opening = tokio::time::timeout(*time, opening);
                Box::pin(async move { Ok(opening.await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??) })
            }
        }
    }
}

impl Connection for Opened {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl hyper::rt::Read for Opened {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: hyper::rt::ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buffer)
    }
}

impl hyper::rt::Write for Opened {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.0.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write_vectored(cx, bytes)
    }
}
