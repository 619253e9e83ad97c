//! Connections to other gateways: made to the address that answers first, kept open and used again if the peer allows.

use super::config::{GatewayConfig, Timeouts};
use super::faults::Faults;
use super::outgoing::Outgoing;
use super::status::Counters;
use super::tls::PeerCertificates;
use super::{Inner, peers};
use crate::wire::fault::{Fault, Kind, Origin};
use http::{HeaderValue, Request, Response, header};
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use mekong_base::{ClientId, ServerId};
use rustls::HandshakeKind;
use rustls::pki_types::ServerName;
use std::collections::HashMap;
use std::error::Error as _;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsConnector;

/// Open connections kept to one address.
const IDLE_MAX: usize = 64;
/// How long the address that answered first is preferred.
const WINNER_KEPT: Duration = Duration::from_secs(3600);
/// A connection unused for longer is not used again, so that the peer does not close it under our hands.
const IDLE_TIME_MAX: Duration = Duration::from_secs(15);

const FAULTS: Faults = Faults(Origin::ClientProxy);

/// The connections of one gateway.
pub(super) struct Pool {
    tls: TlsConnector,
    timeouts: Timeouts,
    port: u16,
    reuse: bool,
    limits: mekong_base::limits::MessageLimits,
    idle: Mutex<HashMap<SocketAddr, Vec<Idle>>>,
    winners: Mutex<HashMap<Vec<String>, (SocketAddr, String, Instant)>>,
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
    address: SocketAddr,
    host: String,
}

/// A connection that is in use; give it back with [`Lease::done`] when the answer was read to its end.
pub(super) struct Lease {
    connection: Connection,
    pub(super) server: ServerId,
}

impl Pool {
    pub(super) fn new(config: &GatewayConfig, tls: rustls::ClientConfig) -> Self {
        Self {
            tls: TlsConnector::from(Arc::new(tls)),
            timeouts: config.timeouts,
            port: config.peer_ports.provider,
            reuse: config.reuse_connections,
            limits: config.limits,
            idle: Mutex::default(),
            winners: Mutex::default(),
        }
    }

    /// Sends a message to one of the hosts, once its certificate was found to be of a gateway of `provider`.
    pub(super) async fn send(
        &self,
        inner: &Inner,
        hosts: &[String],
        provider: &ClientId,
        message: Request<Outgoing>,
    ) -> Result<(Response<Incoming>, Lease), Fault> {
        let mut message = message;
        loop {
            let (mut connection, used_before) = match self.take_idle(hosts).await {
                Some(connection) => (connection, true),
                None => (self.connect(inner, hosts).await?, false),
            };
            let server = peers::verify_server(inner, &connection.peer, provider, &connection.host).await?;
            if let Ok(host) = HeaderValue::try_from(connection.address.to_string()) {
                message.headers_mut().insert(header::HOST, host);
            }
            let sent = timeout(self.timeouts.answer, connection.sender.try_send_request(message)).await;
            match sent {
                Ok(Ok(response)) => {
                    if used_before {
                        Counters::count(&inner.counters.reused);
                    }
                    return Ok((response, Lease { connection, server }));
                }
                Ok(Err(mut error)) => match error.take_message() {
                    // Nothing was written: the peer had closed the connection meanwhile.
                    Some(unsent) if used_before => message = unsent,
                    _ => return Err(connection.send_failed(&server, error.error()).await),
                },
                Err(_) => {
                    let seconds = self.timeouts.answer.as_secs();
                    let text = format!("gateway {server} did not answer within {seconds} seconds: try again later");
                    return Err(FAULTS.fault(&[Kind::NetworkError, Kind::TimedOut], text));
                }
            }
        }
    }

    /// Keeps the connection for later, if it may be.
    pub(super) fn done(&self, lease: Lease) {
        if !self.reuse || lease.connection.sender.is_closed() {
            return;
        }
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let list = idle.entry(lease.connection.address).or_default();
        list.retain(|i| i.since.elapsed() < IDLE_TIME_MAX && !i.connection.sender.is_closed());
        if list.len() < IDLE_MAX {
            list.push(Idle { connection: lease.connection, since: Instant::now() });
        }
    }

    async fn take_idle(&self, hosts: &[String]) -> Option<Connection> {
        let address = self.winner(hosts)?.0;
        loop {
            let mut candidate = {
                let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
                idle.get_mut(&address)?.pop()?
            };
            let oldest = IDLE_TIME_MAX.min(self.timeouts.keep_alive);
            if candidate.since.elapsed() > oldest || candidate.connection.sender.is_closed() {
                continue;
            }
            // The last answer's end may still be on its way to the connection's task.
            if timeout(Duration::from_millis(100), candidate.connection.sender.ready()).await.is_ok_and(|r| r.is_ok()) {
                return Some(candidate.connection);
            }
        }
    }

    fn winner(&self, hosts: &[String]) -> Option<(SocketAddr, String)> {
        let winners = self.winners.lock().unwrap_or_else(PoisonError::into_inner);
        let (address, host, since) = winners.get(hosts)?;
        (since.elapsed() < WINNER_KEPT).then(|| (*address, host.clone()))
    }

    async fn connect(&self, inner: &Inner, hosts: &[String]) -> Result<Connection, Fault> {
        let (stream, address, host) = self.tcp(hosts).await?;
        Counters::count(&inner.counters.connections);
        let failed = |e: &dyn std::fmt::Display| {
            let text = format!("TLS with the gateway at {host} ({address}) failed: {e}");
            FAULTS.fault(&[Kind::SslAuthenticationFailed], text)
        };
        let name = ServerName::try_from(host.clone()).map_err(|e| failed(&e))?;
        let stream = timeout(self.timeouts.connect, self.tls.connect(name, stream)).await;
        let stream = stream.map_err(|_| failed(&"it took too long"))?.map_err(|e| failed(&e))?;
        if stream.get_ref().1.handshake_kind() == Some(HandshakeKind::Resumed) {
            Counters::count(&inner.counters.resumed);
        }
        let peer = PeerCertificates::read(stream.get_ref().1.peer_certificates());
        let peer = Arc::new(peer.ok_or_else(|| failed(&"it has no certificate that can be read"))?);
        let mut builder = http1::Builder::new();
        builder.max_buf_size(self.limits.header_bytes.max(8 << 10));
        let (sender, connection) = builder.handshake(TokioIo::new(stream)).await.map_err(|e| failed(&e))?;
        let task = tokio::spawn(async move { connection.await.err().map(|e| chain(&e)) });
        Ok(Connection { sender, task, peer, address, host })
    }

    /// A TCP connection to the host that answers first; the winner is asked alone for an hour.
    async fn tcp(&self, hosts: &[String]) -> Result<(TcpStream, SocketAddr, String), Fault> {
        if let Some((address, host)) = self.winner(hosts) {
            if let Ok(Ok(stream)) = timeout(self.timeouts.connect, TcpStream::connect(address)).await {
                let _ = stream.set_nodelay(true);
                return Ok((stream, address, host));
            }
            self.winners.lock().unwrap_or_else(PoisonError::into_inner).remove(hosts);
        }
        let (stream, address, host) = self.race(hosts).await?;
        let _ = stream.set_nodelay(true);
        let winner = (address, host.clone(), Instant::now());
        self.winners.lock().unwrap_or_else(PoisonError::into_inner).insert(hosts.to_vec(), winner);
        Ok((stream, address, host))
    }

    async fn race(&self, hosts: &[String]) -> Result<(TcpStream, SocketAddr, String), Fault> {
        let mut attempts = JoinSet::new();
        for host in hosts {
            let (host, port, limit) = (host.clone(), self.port, self.timeouts.connect);
            attempts.spawn(async move {
                let connected = timeout(limit, connect_one(&host, port)).await;
                let connected = connected.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
                connected.map_err(|e| format!("{host}:{port}: {e}")).map(|(s, a)| (s, a, host))
            });
        }
        let mut failures = Vec::new();
        while let Some(attempt) = attempts.join_next().await {
            match attempt {
                Ok(Ok(connected)) => return Ok(connected),
                Ok(Err(failure)) => failures.push(failure),
                Err(error) => failures.push(error.to_string()),
            }
        }
        let text = format!("no gateway of the provider can be reached ({}): try again later", failures.join("; "));
        Err(FAULTS.fault(&[Kind::NetworkError], text))
    }
}

async fn connect_one(host: &str, port: u16) -> io::Result<(TcpStream, SocketAddr)> {
    let addresses: Vec<SocketAddr> = match host.parse::<IpAddr>() {
        Ok(ip) => vec![SocketAddr::new(ip, port)],
        Err(_) => tokio::net::lookup_host((host, port)).await?.collect(),
    };
    let mut failure = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(stream) => return Ok((stream, address)),
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

impl Connection {
    /// Why a send failed; in TLS 1.3 this is also where the peer refuses our certificate.
    async fn send_failed(&mut self, server: &ServerId, error: &hyper::Error) -> Fault {
        let ended = timeout(Duration::from_millis(200), &mut self.task).await;
        let reason = ended.ok().and_then(Result::ok).flatten().unwrap_or_else(|| chain(error));
        let kinds: &[Kind] =
            if reason.contains("fatal alert") { &[Kind::SslAuthenticationFailed] } else { &[Kind::NetworkError] };
        FAULTS.fault(kinds, format!("gateway {server} did not take the message: {reason}"))
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
