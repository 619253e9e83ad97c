//! Accepting connections, serving HTTP/1.1 on them, and ending both without losing an exchange.

use super::config::Listen;
use super::net::{Listener, Net, Stream};
use super::outgoing::Outgoing;
use super::pace::Impatient;
use super::status::Counters;
use super::tls::{PeerCertificates, is_post_quantum};
use super::{Inner, StartError};
use futures_util::FutureExt;
use http::{HeaderValue, Request, Response, header};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use mekong_base::limits::MessageLimits;
use rustls::HandshakeKind;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{Semaphore, watch};

/// How long open connections are served when the gateway stops, one request each.
const LINGER: Duration = Duration::from_secs(1);
/// Connections served at once by one listener; more wait.
const CONNECTIONS_MAX: usize = 4096;

/// The three listening sockets, bound before the gateway starts so that their ports are known.
#[derive(Debug)]
pub struct Listeners {
    /// For information systems of our clients.
    pub consumer: Listener,
    /// For messages of other gateways.
    pub provider: Listener,
    /// For their questions about our OCSP responses.
    pub ocsp: Listener,
    /// For messages of gateways that only know CBC suites.
    pub cbc: Option<Listener>,
}

impl Listeners {
    /// Binds all of them on the network of this machine.
    ///
    /// # Errors
    /// [`StartError::Listen`] names the address.
    pub async fn bind(listen: Listen) -> Result<Self, StartError> {
        Self::bind_on(&Net::default(), listen).await
    }

    /// Binds all of them.
    ///
    /// # Errors
    /// [`StartError::Listen`] names the address.
    pub async fn bind_on(net: &Net, listen: Listen) -> Result<Self, StartError> {
        Ok(Self {
            consumer: bind(net, listen.consumer, "consumer requests").await?,
            provider: bind(net, listen.provider, "messages of gateways").await?,
            ocsp: bind(net, listen.ocsp, "OCSP questions of gateways").await?,
            cbc: match listen.cbc {
                Some(address) => Some(bind(net, address, "messages of gateways with CBC suites").await?),
                None => None,
            },
        })
    }

    /// The addresses with the ports that the system chose.
    ///
    /// # Errors
    /// [`StartError::Listen`] if the system does not tell.
    pub fn addresses(&self) -> Result<Listen, StartError> {
        let address = |listener: &Listener, purpose| {
            let unknown = SocketAddr::from(([0, 0, 0, 0], 0));
            listener.local_addr().map_err(|source| StartError::Listen { address: unknown, purpose, source })
        };
        Ok(Listen {
            consumer: address(&self.consumer, "consumer requests")?,
            provider: address(&self.provider, "messages of gateways")?,
            ocsp: address(&self.ocsp, "OCSP questions of gateways")?,
            cbc: self.cbc.as_ref().map(|l| address(l, "messages of gateways with CBC suites")).transpose()?,
        })
    }
}

async fn bind(net: &Net, address: SocketAddr, purpose: &'static str) -> Result<Listener, StartError> {
    net.listen(address).await.map_err(|source| StartError::Listen { address, purpose, source })
}

/// Accepts until told to stop; `serve` is given each connection. Ends when every connection has.
pub(super) async fn accept<S, F>(listener: Listener, mut stop: watch::Receiver<bool>, serve: S)
where
    S: Fn(Stream, SocketAddr) -> F,
    F: Future<Output = ()> + Send + 'static,
{
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut connections = tokio::task::JoinSet::new();
    while !*stop.borrow() {
        let accepted = tokio::select! {
            biased;
            _ = stop.changed() => break,
            Some(_) = connections.join_next(), if !connections.is_empty() => continue,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, from)) => {
                let Ok(place) = Arc::clone(&places).acquire_owned().await else { break };
                let serving = serve(stream, from);
                connections.spawn(async move {
                    serving.await;
                    drop(place);
                });
            }
            Err(error) => {
                // Out of file descriptors, mostly: rest, or the loop would only spin.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
    // Who was let in by the system already has not been served yet, and would be cut off with the listener.
    while let Some(Ok((stream, from))) = listener.accept().now_or_never() {
        connections.spawn(serve(stream, from));
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

/// Serves HTTP/1.1 on one connection until it ends, or until the exchange under way when told to stop.
pub(super) async fn serve<IO, H, F>(io: IO, limits: &MessageLimits, mut stop: watch::Receiver<bool>, handle: H)
where
    IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    H: Fn(Request<Incoming>) -> F,
    F: Future<Output = Response<Outgoing>> + Send,
{
    let idle = Duration::from_secs(limits.idle_seconds);
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(idle).max_buf_size(limits.header_bytes.max(8 << 10));
    if limits.headers != 100 {
        builder.max_headers(limits.headers);
    }
    let stopped = stop.clone();
    let service = service_fn(|request| {
        let (response, stopped) = (handle(request), stopped.clone());
        async move {
            let mut response = response.await;
            if *stopped.borrow() {
                response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
            Ok::<_, Infallible>(response)
        }
    });
    let mut connection = pin!(builder.serve_connection(TokioIo::new(Impatient::new(io, idle)), service));
    tokio::select! {
        biased;
        ended = connection.as_mut() => return told(ended),
        () = async { let _ = stop.wait_for(|stopping| *stopping).await; } => {}
    }
    // Whoever asks again soon is answered, and told to come to another connection; who does not is not in the middle of
    // sending a request when the connection ends.
    tokio::select! {
        biased;
        ended = connection.as_mut() => return told(ended),
        () = tokio::time::sleep(LINGER) => connection.as_mut().graceful_shutdown(),
    }
    told(connection.await);
}

fn told(ended: Result<(), hyper::Error>) {
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended");
    }
}

/// The consumer's listener.
pub(super) async fn consumer(inner: Arc<Inner>, listener: Listener, stop: watch::Receiver<bool>) {
    let stopping = stop.clone();
    accept(listener, stop, move |stream, from| {
        let (inner, stop) = (Arc::clone(&inner), stopping.clone());
        async move {
            let limits = inner.config.limits;
            serve(stream, &limits, stop, |request| super::consumer::handle(Arc::clone(&inner), request, from.ip()))
                .await;
        }
    })
    .await;
}

/// The listener for OCSP questions.
pub(super) async fn ocsp(inner: Arc<Inner>, listener: Listener, stop: watch::Receiver<bool>) {
    let stopping = stop.clone();
    accept(listener, stop, move |stream, _| {
        let (inner, stop) = (Arc::clone(&inner), stopping.clone());
        async move {
            let limits = inner.config.limits;
            serve(stream, &limits, stop, |request| super::ocsp::answer(Arc::clone(&inner), request)).await;
        }
    })
    .await;
}

/// The provider's listener.
pub(super) async fn provider(inner: Arc<Inner>, listener: Listener, stop: watch::Receiver<bool>) {
    let stopping = stop.clone();
    accept(listener, stop, move |stream, from| {
        let (inner, stop) = (Arc::clone(&inner), stopping.clone());
        async move {
            let acceptor = inner.credentials.tls().acceptor();
            let handshake = tokio::time::timeout(inner.config.timeouts.connect, acceptor.accept(stream)).await;
            let stream = match handshake {
                Ok(Ok(stream)) => stream,
                Ok(Err(error)) => return tracing::info!(%from, %error, "TLS with a gateway failed"),
                Err(_) => return tracing::info!(%from, "TLS with a gateway took too long"),
            };
            let session = stream.get_ref().1;
            Counters::count(&inner.counters.accepted);
            if session.handshake_kind() == Some(HandshakeKind::Resumed) {
                Counters::count(&inner.counters.accepted_resumed);
            }
            if is_post_quantum(session) {
                Counters::count(&inner.counters.post_quantum);
            }
            let Some(peer) = PeerCertificates::read(session.peer_certificates()) else { return };
            gateway(&inner, stream, from, peer, stop).await;
        }
    })
    .await;
}

/// The listener for gateways that only know CBC suites.
#[cfg(feature = "cbc")]
pub(super) async fn cbc(inner: Arc<Inner>, listener: Listener, stop: watch::Receiver<bool>) {
    let stopping = stop.clone();
    accept(listener, stop, move |stream, from| {
        let (inner, stop) = (Arc::clone(&inner), stopping.clone());
        async move {
            let tls = inner.credentials.tls();
            let handshake = tokio::time::timeout(inner.config.timeouts.connect, tls.cbc_accept(stream)).await;
            let (stream, peer) = match handshake {
                Ok(Ok(secured)) => secured,
                Ok(Err(error)) => return tracing::info!(%from, error, "TLS with an old gateway failed"),
                Err(_) => return tracing::info!(%from, "TLS with an old gateway took too long"),
            };
            Counters::count(&inner.counters.accepted);
            Counters::count(&inner.counters.cbc);
            gateway(&inner, stream, from, peer, stop).await;
        }
    })
    .await;
}

/// Serves a gateway whose TLS is done. A session that was resumed is of a gateway that was registered when it began: it is
/// looked up again.
pub(super) async fn gateway(
    inner: &Arc<Inner>,
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    from: SocketAddr,
    peer: PeerCertificates,
    stop: watch::Receiver<bool>,
) {
    let (limits, peer) = (inner.config.limits, Arc::new(peer));
    if !is_registered(inner, &peer).await {
        let subject = peer.leaf.subject();
        return tracing::warn!(%from, subject, "connection closed: the certificate is of no registered gateway");
    }
    serve(stream, &limits, stop, |request| super::provider::handle(Arc::clone(inner), request, Arc::clone(&peer)))
        .await;
}

/// Whether the certificate is of a gateway in the directory, or in a newer one.
async fn is_registered(inner: &Inner, peer: &PeerCertificates) -> bool {
    let directory = inner.directory();
    directory.server_by_auth_cert(&peer.leaf).is_some()
        || inner.directory_after(&directory).await.is_some_and(|newer| newer.server_by_auth_cert(&peer.leaf).is_some())
}
