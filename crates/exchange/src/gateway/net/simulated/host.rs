//! A host of the simulated network, its listening sockets and its connections.

use super::{Connection, SimulatedNet, Waiting, cut_off, pair};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Connections that wait to be accepted by one listener.
const BACKLOG: usize = 128;

/// A network as one of its hosts sees it.
#[derive(Debug, Clone)]
pub struct Host {
    pub(super) net: SimulatedNet,
    pub(super) address: IpAddr,
}

/// A listening socket of a host.
#[derive(Debug)]
pub struct SimulatedListener {
    net: SimulatedNet,
    address: SocketAddr,
}

/// One end of a connection.
#[derive(Debug)]
pub struct SimulatedStream {
    net: SimulatedNet,
    connection: u64,
    end: usize,
}

impl Host {
    /// Listens at an address of this host; port 0 lets the network choose.
    pub(in crate::gateway::net) fn listen(&self, mut address: SocketAddr) -> io::Result<SimulatedListener> {
        if address.ip() != self.address {
            return Err(io::ErrorKind::AddrNotAvailable.into());
        }
        let mut state = self.net.state();
        if address.port() == 0 {
            state.next_port += 1;
            address.set_port(state.next_port);
        }
        if state.listeners.contains_key(&address) {
            return Err(io::ErrorKind::AddrInUse.into());
        }
        state.listeners.insert(address, Waiting::default());
        Ok(SimulatedListener { net: self.net.clone(), address })
    }

    /// Connects. Where hosts are parted, this waits for ever.
    pub(in crate::gateway::net) async fn connect(&self, address: SocketAddr) -> io::Result<SimulatedStream> {
        let parted = || self.net.state().parted.contains(&pair(self.address, address.ip()));
        while parted() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let there = self.net.state().delay();
        tokio::time::sleep(there).await;
        let (connection, back) = self.begin(address)?;
        let stream = SimulatedStream { net: self.net.clone(), connection, end: 0 };
        tokio::time::sleep(back).await;
        Ok(stream)
    }

    /// Begins a connection; its number, and when the other end has said so.
    fn begin(&self, address: SocketAddr) -> io::Result<(u64, Duration)> {
        let mut state = self.net.state();
        let back = state.delay();
        let (now, number) = (state.now, state.next_connection);
        state.next_port = state.next_port.checked_add(1).unwrap_or(32_768);
        let from = SocketAddr::new(self.address, state.next_port);
        let refused = || io::Error::from(io::ErrorKind::ConnectionRefused);
        let waiting = state.listeners.get_mut(&address).ok_or_else(refused)?;
        if waiting.queue.len() >= BACKLOG {
            return Err(refused());
        }
        waiting.queue.push_back((now, number, from));
        waiting.waker.take().into_iter().for_each(Waker::wake);
        state.stirred.insert(address.ip());
        state.next_connection += 1;
        let connection = Connection {
            ends: [from, address],
            ways: Default::default(),
            is_cut: false,
            is_silent: false,
            held: [true, true],
        };
        state.connections.insert(number, connection);
        Ok((number, back))
    }
}

impl SimulatedListener {
    pub(in crate::gateway::net) async fn accept(&self) -> io::Result<(SimulatedStream, SocketAddr)> {
        std::future::poll_fn(|cx| {
            let mut state = self.net.state();
            let now = state.now;
            let Some(waiting) = state.listeners.get_mut(&self.address) else { return Poll::Ready(Err(cut_off())) };
            match waiting.queue.pop_front_if(|(at, ..)| *at <= now) {
                Some((_, connection, from)) => {
                    Poll::Ready(Ok((SimulatedStream { net: self.net.clone(), connection, end: 1 }, from)))
                }
                None => {
                    waiting.waker = Some(cx.waker().clone());
                    Poll::Pending
                }
            }
        })
        .await
    }

    pub(in crate::gateway::net) const fn local_addr(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for SimulatedListener {
    fn drop(&mut self) {
        let mut state = self.net.state();
        let waiting = state.listeners.remove(&self.address).unwrap_or_default();
        for (_, number, _) in waiting.queue {
            if let Some(connection) = state.connections.get_mut(&number) {
                connection.cut();
            }
        }
    }
}

impl AsyncRead for SimulatedStream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.net.state().receive(self.connection, self.end, buffer, cx).map_or(Poll::Pending, Poll::Ready)
    }
}

impl AsyncWrite for SimulatedStream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.net.state().send(self.connection, self.end, bytes, cx).map_or(Poll::Pending, Poll::Ready)
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.net.state().close(self.connection, self.end);
        Poll::Ready(Ok(()))
    }
}

impl Drop for SimulatedStream {
    fn drop(&mut self) {
        self.net.state().leave(self.connection, self.end);
    }
}
