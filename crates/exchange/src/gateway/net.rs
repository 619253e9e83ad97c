//! The network of a gateway: everything that listens or connects does it here, so that another network can stand in its
//! place. What dies without a word is found: connections are probed while they are silent, and given up when what was sent
//! is not acknowledged.

mod simulated;

pub use simulated::{Host, SimulatedListener, SimulatedNet, SimulatedStream, Weather};

use hyper_util::client::legacy::connect::{Connected, Connection};
use mekong_authority::http;
use socket2::{SockRef, TcpKeepalive};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

/// A silent connection is probed after so long, and
const PROBE_AFTER: Duration = Duration::from_secs(15);
/// again after so long,
const PROBE_EVERY: Duration = Duration::from_secs(5);
/// and is dead after so many probes without an answer.
const PROBES: u32 = 3;
/// What was sent must be acknowledged within this time.
const ACKNOWLEDGED_WITHIN: Duration = Duration::from_secs(30);

/// A network.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub enum Net {
    /// The network of this machine.
    #[default]
    Tcp,
    /// A simulated one, as one of its hosts sees it.
    Simulated(Host),
}

/// A listening socket of a [`Net`].
#[derive(Debug)]
#[non_exhaustive]
pub enum Listener {
    /// Of this machine.
    Tcp(TcpListener),
    /// Of a simulated host.
    Simulated(SimulatedListener),
}

/// A connection of a [`Net`].
#[derive(Debug)]
#[non_exhaustive]
pub enum Stream {
    /// Of this machine.
    Tcp(TcpStream),
    /// Of a simulated host.
    Simulated(SimulatedStream),
}

impl Net {
    /// Listens; port 0 lets the network choose.
    ///
    /// # Errors
    /// As the network says: the address is taken, or not ours.
    pub async fn listen(&self, address: SocketAddr) -> io::Result<Listener> {
        match self {
            Self::Tcp => TcpListener::bind(address).await.map(Listener::Tcp),
            Self::Simulated(host) => host.listen(address).map(Listener::Simulated),
        }
    }

    /// Connects; how long that may take is for the caller to say.
    ///
    /// # Errors
    /// As the network says.
    pub async fn connect(&self, address: SocketAddr) -> io::Result<Stream> {
        match self {
            Self::Tcp => TcpStream::connect(address).await.map(Stream::tcp),
            Self::Simulated(host) => host.connect(address).await.map(Stream::Simulated),
        }
    }

    /// The addresses of a host: a name, or an address in text form, which is not asked about.
    ///
    /// # Errors
    /// As the network says: no such name.
    pub async fn lookup(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        if let Ok(ip) = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>() {
            return Ok(vec![SocketAddr::new(ip, port)]);
        }
        match self {
            Self::Tcp => Ok(tokio::net::lookup_host((host, port)).await?.collect()),
            Self::Simulated(_) => Err(io::Error::new(io::ErrorKind::NotFound, "simulated hosts have no names")),
        }
    }

    /// A connection to the first of a host's addresses that takes one.
    ///
    /// # Errors
    /// That of the last address.
    pub async fn reach(&self, host: &str, port: u16) -> io::Result<(Stream, SocketAddr)> {
        let mut failure = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
        for address in self.lookup(host, port).await? {
            match self.connect(address).await {
                Ok(stream) => return Ok((stream, address)),
                Err(error) => failure = error,
            }
        }
        Err(failure)
    }

    /// A client for HTTP on this network, for OCSP, time-stamps and directories.
    pub fn http_client(&self, limits: http::Limits) -> http::Client {
        if matches!(self, Self::Tcp) {
            return http::Client::new(limits);
        }
        let net = self.clone();
        let open = move |host: String, port| {
            let net = net.clone();
            async move { net.reach(&host, port).await.map(|(stream, _)| stream) }
        };
        http::Client::over(http::Network::new(open), limits)
    }
}

impl Listener {
    /// The next connection, and from where it comes.
    ///
    /// # Errors
    /// As the network says: out of file descriptors, mostly.
    pub async fn accept(&self) -> io::Result<(Stream, SocketAddr)> {
        match self {
            Self::Tcp(listener) => listener.accept().await.map(|(stream, from)| (Stream::tcp(stream), from)),
            Self::Simulated(listener) => listener.accept().await.map(|(s, from)| (Stream::Simulated(s), from)),
        }
    }

    /// Where it listens.
    ///
    /// # Errors
    /// As the network says.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        match self {
            Self::Tcp(listener) => listener.local_addr(),
            Self::Simulated(listener) => Ok(listener.local_addr()),
        }
    }
}

impl Stream {
    fn tcp(stream: TcpStream) -> Self {
        let keepalive = TcpKeepalive::new().with_time(PROBE_AFTER).with_interval(PROBE_EVERY).with_retries(PROBES);
        let socket = SockRef::from(&stream);
        // A socket that does not take an option works without it.
        let _ = socket.set_tcp_nodelay(true);
        let _ = socket.set_tcp_keepalive(&keepalive);
        #[cfg(target_os = "linux")]
        let _ = socket.set_tcp_user_timeout(Some(ACKNOWLEDGED_WITHIN));
        Self::Tcp(stream)
    }
}

impl Connection for Stream {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_read(cx, buffer),
            Self::Simulated(stream) => Pin::new(stream).poll_read(cx, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Simulated(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_write_vectored(cx, bytes),
            Self::Simulated(stream) => Pin::new(stream).poll_write_vectored(cx, bytes),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Tcp(stream) => stream.is_write_vectored(),
            Self::Simulated(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_flush(cx),
            Self::Simulated(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Simulated(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn connections_are_probed_on_both_ends() -> io::Result<()> {
        let net = Net::default();
        let listener = net.listen(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
        let near = net.reach("127.0.0.1", listener.local_addr()?.port()).await?.0;
        let far = listener.accept().await?.0;
        for stream in [near, far] {
            let Stream::Tcp(stream) = stream else { return Err(io::ErrorKind::Unsupported.into()) };
            let socket = SockRef::from(&stream);
            assert!(socket.keepalive()? && socket.tcp_nodelay()?);
            #[cfg(target_os = "linux")]
            assert_eq!(socket.tcp_user_timeout()?, Some(ACKNOWLEDGED_WITHIN));
        }
        Ok(())
    }

    #[tokio::test]
    async fn addresses_are_no_names() -> io::Result<()> {
        assert_eq!(Net::default().lookup("[::1]", 5500).await?, [SocketAddr::from(([0, 0, 0, 0, 0, 0, 0, 1], 5500))]);
        Ok(())
    }
}
