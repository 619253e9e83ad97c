//! Connections to other gateways, kept open and used again if the peer allows. Where a provider has several gateways, the
//! one that answers first is used; whatever fails before a byte of the message is sent leads to the next.

mod winners;

use super::config::{GatewayConfig, Timeouts};
use super::credentials::Proven;
use super::faults::Faults;
use super::net::{Net, Stream};
use super::outgoing::Outgoing;
use super::status::Counters;
use super::tls::{PeerCertificates, Tls, is_post_quantum};
use super::{Inner, peers, repeat};
use crate::telemetry::note;
use crate::wire::fault::{Fault, Kind, Origin};
use http::{HeaderValue, Request, Response, header};
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use mekong_base::{ClientId, ServerId};
use rustls::HandshakeKind;
use rustls::pki_types::ServerName;
use std::collections::BTreeMap;
use std::error::Error as _;
use std::fmt::Display;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, timeout};
use winners::{Place, Winners};

/// Open connections kept to one address.
const IDLE_MAX: usize = 64;
/// So long the preferred address is alone in the race.
const HEAD_START: Duration = Duration::from_millis(400);
/// A connection unused for longer is not used again, so that the peer does not close it under our hands.
const IDLE_TIME_MAX: Duration = Duration::from_secs(15);
/// Gateways of one provider that are tried.
const HOSTS_MAX: usize = 16;
/// Attempts to send one message; those on open connections count.
const ATTEMPTS_MAX: usize = IDLE_MAX + HOSTS_MAX;

const FAULTS: Faults = Faults(Origin::ClientProxy);

/// The connections of one gateway.
pub(super) struct Pool {
    net: Net,
    timeouts: Timeouts,
    port: u16,
    reuse: bool,
    limits: mekong_base::limits::MessageLimits,
    #[cfg(feature = "cbc")]
    cbc_hosts: Vec<String>,
    idle: Mutex<BTreeMap<SocketAddr, Vec<Idle>>>,
    winners: Winners,
}

struct Idle {
    connection: Connection,
    since: Instant,
}

struct Connection {
    sender: SendRequest<Outgoing>,
    /// Ends with the connection, and says why.
    task: JoinHandle<Option<String>>,
    peer: Arc<PeerCertificates>,
    place: Place,
    /// With which certificate of ours it was made.
    tls: Arc<Tls>,
    /// What we know of the peer's certificate may be of an earlier connection.
    is_old: bool,
    /// The peer answers a message that it gets again as it did before.
    knows_repeats: bool,
}

/// A connection that is in use; give it back with [`Pool::done`] when the answer was read to its end.
pub(super) struct Lease {
    connection: Connection,
    pub(super) server: ServerId,
}

/// A message that was not answered.
pub(super) struct Unanswered {
    pub(super) fault: Fault,
    pub(super) ending: Ending,
}

/// How it ended with a message for which there is no answer to hand on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// Nothing of it was sent: no gateway of the provider could be reached, or none may have it.
    NotSent,
    /// The peer may have got all of it.
    Lost {
        how: Loss,
        /// The peer answers a message that it gets again as it did before.
        knows_repeats: bool,
    },
    /// The peer answered, and that is what is told: a fault, or what is no message.
    Answered,
}

/// How a message or its answer was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Loss {
    /// The connection ended.
    Cut,
    /// The connection was new and ended without a word: so does a peer that does not know us.
    Unheard,
    /// The peer had all of it and did not answer in time.
    TooLate,
}

impl From<Fault> for Unanswered {
    fn from(fault: Fault) -> Self {
        Self { fault, ending: Ending::NotSent }
    }
}

impl Lease {
    /// For an answer whose end did not come.
    pub(super) const fn cut(&self) -> Ending {
        self.connection.lost(Loss::Cut)
    }
}

/// Where a message may still go, and why not where it was tried.
struct Search {
    hosts: Vec<String>,
    failure: Option<Fault>,
}

impl Search {
    /// This host is not tried again; the first failure is what is told if none is left.
    fn without(&mut self, host: &str, fault: Fault) -> Result<(), Fault> {
        tracing::info!(host, message = fault.message, "a gateway of the provider cannot be used");
        self.hosts.retain(|h| h != host);
        let first = self.failure.get_or_insert(fault);
        if self.hosts.is_empty() { Err(first.clone()) } else { Ok(()) }
    }
}

impl Pool {
    pub(super) fn new(config: &GatewayConfig, net: Net) -> Self {
        Self {
            net,
            timeouts: config.timeouts,
            port: config.peer_ports.provider,
            reuse: config.reuse_connections,
            limits: config.limits,
            #[cfg(feature = "cbc")]
            cbc_hosts: config.cbc_hosts.clone(),
            idle: Mutex::default(),
            winners: Winners::default(),
        }
    }

    /// Sends a message to one of the hosts, once its certificate was found to be of a gateway of `provider`. `own` is our
    /// certificate, whose OCSP responses are in the message. With `must_know_repeats` only a gateway gets it that recognises
    /// a message that it, or another, got before.
    pub(super) async fn send(
        &self,
        inner: &Inner,
        hosts: &[String],
        provider: &ClientId,
        own: &Proven,
        message: Request<Outgoing>,
        must_know_repeats: bool,
    ) -> Result<(Response<Incoming>, Lease), Unanswered> {
        let mut message = message;
        let progress = message.body_mut().progress();
        let mut search = Search { hosts: hosts.iter().take(HOSTS_MAX).cloned().collect(), failure: None };
        let mut has_retried = false;
        for _ in 0..ATTEMPTS_MAX {
            let (mut connection, used_before) = match self.take_idle(&search.hosts, &own.tls).await {
                Some(connection) => (connection, true),
                None => (self.connect(inner, &mut search, &own.tls).await?, false),
            };
            let host = connection.place.host.clone();
            let server = match peers::verify_server(inner, &connection.peer, provider, &host).await {
                Ok(server) => server,
                Err(_) if connection.is_old && !has_retried => {
                    // Its certificate was exchanged meanwhile, perhaps: it shall show it.
                    has_retried = true;
                    forget(&own.tls, &host);
                    self.idle().remove(&connection.place.address);
                    continue;
                }
                Err(fault) => {
                    self.winners.forget(hosts);
                    self.winners.forget(&search.hosts);
                    search.without(&host, fault)?;
                    continue;
                }
            };
            if must_know_repeats && !connection.knows_repeats {
                let text = format!(
                    "gateway {server} would not recognise the message, which another may have got already: it is not sent there"
                );
                search.without(&host, FAULTS.fault(&[Kind::NetworkError], text))?;
                continue;
            }
            note(|trail| trail.at(&host, connection.place.address.port()));
            if let Ok(host) = HeaderValue::try_from(connection.place.address.to_string()) {
                message.headers_mut().insert(header::HOST, host);
            }
            let sending = connection.sender.try_send_request(message);
            match progress.follow(sending, self.timeouts.answer).await {
                Some(Ok(response)) => {
                    if used_before {
                        Counters::count(&inner.counters.reused);
                    }
                    if search.failure.is_some() {
                        self.winners.prefer(hosts, &connection.place);
                    }
                    // From here on its certificate is known, and may grow old.
                    connection.is_old = true;
                    return Ok((response, Lease { connection, server }));
                }
                Some(Err(mut error)) => match error.take_message() {
                    // Nothing was written: the peer had closed the connection meanwhile.
                    Some(unsent) if used_before => message = unsent,
                    Some(unsent) => {
                        message = unsent;
                        let fault = connection.send_failed(&server, error.error()).await;
                        self.winners.forget(hosts);
                        self.winners.forget(&search.hosts);
                        search.without(&host, fault)?;
                    }
                    None => {
                        let ending = connection.lost(if used_before { Loss::Cut } else { Loss::Unheard });
                        let fault = connection.send_failed(&server, error.error()).await;
                        return Err(Unanswered { fault, ending });
                    }
                },
                None => {
                    let seconds = self.timeouts.answer.as_secs();
                    let text = format!("gateway {server} did not answer within {seconds} seconds");
                    let fault = FAULTS.fault(&[Kind::NetworkError, Kind::TimedOut], text);
                    return Err(Unanswered { fault, ending: connection.lost(Loss::TooLate) });
                }
            }
        }
        let text = "the provider's gateways close every connection before a message is sent: try again later";
        Err(FAULTS.fault(&[Kind::NetworkError], text).into())
    }

    /// Keeps the connection for later, if it may be.
    pub(super) fn done(&self, lease: Lease) {
        if !self.reuse || lease.connection.sender.is_closed() {
            return;
        }
        let mut idle = self.idle();
        let list = idle.entry(lease.connection.place.address).or_default();
        list.retain(|i| i.since.elapsed() < IDLE_TIME_MAX && !i.connection.sender.is_closed());
        if list.len() < IDLE_MAX {
            list.push(Idle { connection: lease.connection, since: Instant::now() });
        }
    }

    /// An open connection to the winner that was made with the certificate that is in use.
    async fn take_idle(&self, hosts: &[String], tls: &Arc<Tls>) -> Option<Connection> {
        let address = self.winners.get(hosts)?.address;
        loop {
            let mut candidate = self.idle().get_mut(&address)?.pop()?;
            let oldest = IDLE_TIME_MAX.min(self.timeouts.keep_alive);
            let is_ours = Arc::ptr_eq(&candidate.connection.tls, tls);
            if !is_ours || candidate.since.elapsed() > oldest || candidate.connection.sender.is_closed() {
                continue;
            }
            // The last answer's end may still be on its way to the connection's task.
            if timeout(Duration::from_millis(100), candidate.connection.sender.ready()).await.is_ok_and(|r| r.is_ok()) {
                return Some(candidate.connection);
            }
        }
    }

    /// A connection to the first of the hosts with which TCP and TLS succeed.
    async fn connect(&self, inner: &Inner, search: &mut Search, tls: &Arc<Tls>) -> Result<Connection, Fault> {
        loop {
            let (stream, place) = self.tcp(&search.hosts).await.map_err(|f| search.failure.take().unwrap_or(f))?;
            Counters::count(&inner.counters.connections);
            match self.secure(inner, stream, &place, tls).await {
                Ok(connection) => return Ok(connection),
                Err(fault) => {
                    self.winners.forget(&search.hosts);
                    search.without(&place.host, fault)?;
                }
            }
        }
    }

    /// TLS and HTTP on a new connection.
    async fn secure(&self, inner: &Inner, stream: Stream, place: &Place, tls: &Arc<Tls>) -> Result<Connection, Fault> {
        let failed = |e: &dyn Display| tls_failed(place, e);
        #[cfg(feature = "cbc")]
        if self.cbc_hosts.contains(&place.host) {
            let secured = timeout(self.timeouts.connect, tls.cbc_connect(&place.host, stream)).await;
            let (stream, peer) = secured.map_err(|_| failed(&"it took too long"))?.map_err(|e| failed(&e))?;
            Counters::count(&inner.counters.cbc);
            return self.speak(stream, Some(peer), place, tls, (false, false)).await;
        }
        let name = ServerName::try_from(place.host.clone()).map_err(|e| failed(&e))?;
        let stream = timeout(self.timeouts.connect, tls.connector().connect(name, stream)).await;
        let stream = stream.map_err(|_| failed(&"it took too long"))?.map_err(|e| failed(&e))?;
        let session = stream.get_ref().1;
        let is_resumed = session.handshake_kind() == Some(HandshakeKind::Resumed);
        if is_resumed {
            Counters::count(&inner.counters.resumed);
        }
        if is_post_quantum(session) {
            Counters::count(&inner.counters.post_quantum);
        }
        let peer = PeerCertificates::read(session.peer_certificates());
        let knows_repeats = session.alpn_protocol() == Some(repeat::PROTOCOL);
        self.speak(stream, peer, place, tls, (is_resumed, knows_repeats)).await
    }

    /// HTTP on a connection whose TLS is done.
    async fn speak(
        &self,
        stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
        peer: Option<PeerCertificates>,
        place: &Place,
        tls: &Arc<Tls>,
        (is_old, knows_repeats): (bool, bool),
    ) -> Result<Connection, Fault> {
        let peer = Arc::new(peer.ok_or_else(|| tls_failed(place, &"it has no certificate that can be read"))?);
        let mut builder = http1::Builder::new();
        builder.max_buf_size(self.limits.header_bytes.max(8 << 10));
        let made = builder.handshake(TokioIo::new(stream)).await;
        let (sender, connection) = made.map_err(|e| tls_failed(place, &e))?;
        let task = tokio::spawn(async move { connection.await.err().map(|e| chain(&e)) });
        Ok(Connection { sender, task, peer, place: place.clone(), tls: Arc::clone(tls), is_old, knows_repeats })
    }

    /// A TCP connection to the host that answers first. Who won lately is asked first; if it is silent for a moment, all are.
    async fn tcp(&self, hosts: &[String]) -> Result<(Stream, Place), Fault> {
        let mut attempts = JoinSet::new();
        if let Some(place) = self.winners.get(hosts) {
            let (net, limit) = (self.net.clone(), self.timeouts.connect);
            attempts.spawn(async move {
                let connected = timeout(limit, net.connect(place.address)).await;
                let connected = connected.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
                connected.map_err(|e| format!("{} ({}): {e}", place.host, place.address)).map(|s| (s, place))
            });
            if let Ok(Some(Ok(Ok(connected)))) = timeout(HEAD_START, attempts.join_next()).await {
                return Ok(connected);
            }
        }
        for host in hosts {
            let (net, host, port, limit) = (self.net.clone(), host.clone(), self.port, self.timeouts.connect);
            attempts.spawn(async move {
                let connected = timeout(limit, net.reach(&host, port)).await;
                let connected = connected.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
                let named = connected.map_err(|e| format!("{host}:{port}: {e}"));
                named.map(|(stream, address)| (stream, Place { host, address }))
            });
        }
        let mut failures = Vec::new();
        while let Some(attempt) = attempts.join_next().await {
            match attempt {
                Ok(Ok((stream, place))) => {
                    self.winners.prefer(hosts, &place);
                    return Ok((stream, place));
                }
                Ok(Err(failure)) => failures.push(failure),
                Err(error) => failures.push(error.to_string()),
            }
        }
        self.winners.forget(hosts);
        let text = format!("no gateway of the provider can be reached ({}): try again later", failures.join("; "));
        Err(FAULTS.fault(&[Kind::NetworkError], text))
    }

    fn idle(&self) -> MutexGuard<'_, BTreeMap<SocketAddr, Vec<Idle>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn forget(tls: &Tls, host: &str) {
    if let Ok(name) = ServerName::try_from(host.to_owned()) {
        tls.forget(&name);
    }
}

fn tls_failed(place: &Place, why: &dyn Display) -> Fault {
    let text = format!("TLS with the gateway at {} ({}) failed: {why}", place.host, place.address);
    FAULTS.fault(&[Kind::SslAuthenticationFailed], text)
}

impl Connection {
    const fn lost(&self, how: Loss) -> Ending {
        Ending::Lost { how, knows_repeats: self.knows_repeats }
    }

    /// Why a send failed; in TLS 1.3 this is also where the peer refuses our certificate.
    async fn send_failed(&mut self, server: &ServerId, error: &hyper::Error) -> Fault {
        let ended = timeout(Duration::from_millis(200), &mut self.task).await;
        let reason = ended.ok().and_then(Result::ok).flatten().unwrap_or_else(|| chain(error));
        let text = format!("gateway {server} did not take the message: {reason}");
        if reason.contains("fatal alert") {
            return FAULTS.fault(&[Kind::SslAuthenticationFailed], text);
        }
        let advice = "if it happens again, see whether this gateway's certificate is registered: mekong doctor";
        FAULTS.fault(&[Kind::NetworkError], format!("{text}; {advice}"))
    }
}

/// An error with its causes.
fn chain(error: &hyper::Error) -> String {
    let mut reasons = vec![error.to_string()];
    let mut source = error.source();
    while let Some(cause) = source {
        reasons.push(cause.to_string());
        source = cause.source();
    }
    reasons.join(": ")
}
