//! The listening sockets of a process. `mekong serve` keeps them beside the roles that serve on them, so that they outlive a
//! role and can be handed to the next process: connections wait in the system's queue meanwhile, and none is refused.

use crate::cli::{CommandError, Context};
use std::net::{SocketAddr, TcpListener as Socket};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::net::TcpListener;

/// Where listening sockets come from. Clones are the same.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sockets(Option<Arc<Mutex<Vec<Kept>>>>);

#[derive(Debug)]
struct Kept {
    address: SocketAddr,
    socket: Socket,
    /// A role listens on it.
    is_used: bool,
}

impl Sockets {
    /// Keeps each socket until the process ends; `inherited` are there already.
    ///
    /// # Errors
    /// In words, if one has no address.
    pub(crate) fn kept(inherited: Vec<Socket>) -> Result<Self, CommandError> {
        let keep = |socket: Socket| {
            let address = socket.local_addr().context(|| "use a socket that was handed over")?;
            Ok(Kept { address, socket, is_used: false })
        };
        let kept = inherited.into_iter().map(keep).collect::<Result<_, CommandError>>()?;
        Ok(Self(Some(Arc::new(Mutex::new(kept)))))
    }

    /// The socket that listens at `address`; a new one if none does. By default, where none are kept, it is closed with who
    /// takes it.
    ///
    /// # Errors
    /// In words, with the address and `purpose`.
    pub(crate) async fn listen(&self, address: SocketAddr, purpose: &str) -> Result<TcpListener, CommandError> {
        let listen = || format!("listen on {address} for {purpose} (is another program using it?)");
        if let Some(found) = self.find(address) {
            return found.and_then(served).context(listen);
        }
        let socket = TcpListener::bind(address).await.context(listen)?;
        if self.0.is_none() {
            return Ok(socket);
        }
        let socket = socket.into_std().context(listen)?;
        let (address, own) = (socket.local_addr().context(listen)?, socket.try_clone().context(listen)?);
        if let Some(mut kept) = self.kept_ones() {
            kept.push(Kept { address, socket, is_used: true });
        }
        served(own).context(listen)
    }

    /// The one that listens at an address already.
    fn find(&self, address: SocketAddr) -> Option<std::io::Result<Socket>> {
        let mut kept = self.kept_ones()?;
        let found = kept.iter_mut().find(|kept| kept.address == address)?;
        found.is_used = true;
        Some(found.socket.try_clone())
    }

    /// Closes those on which no role listens: nobody would answer there.
    pub(crate) fn close_unused(&self) {
        let Some(mut kept) = self.kept_ones() else { return };
        for Kept { address, .. } in kept.iter().filter(|kept| !kept.is_used) {
            tracing::warn!(%address, "a socket was handed over that the configuration does not listen on");
        }
        kept.retain(|kept| kept.is_used);
    }

    /// Closes all of them: who comes from now on is told that nobody is here, unless another process has them too.
    pub(crate) fn close(&self) {
        if let Some(mut kept) = self.kept_ones() {
            kept.clear();
        }
    }

    /// All of them, for another process.
    ///
    /// # Errors
    /// In words, if the system gives no more descriptors.
    pub(crate) fn copies(&self) -> Result<Vec<OwnedFd>, CommandError> {
        let Some(kept) = self.kept_ones() else { return Ok(Vec::new()) };
        let copies = kept.iter().map(|kept| kept.socket.as_fd().try_clone_to_owned());
        copies.collect::<Result<_, _>>().context(|| "copy the listening sockets")
    }

    fn kept_ones(&self) -> Option<MutexGuard<'_, Vec<Kept>>> {
        self.0.as_ref().map(|kept| kept.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn served(socket: Socket) -> std::io::Result<TcpListener> {
    socket.set_nonblocking(true)?;
    TcpListener::from_std(socket)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpStream;

    type Failure = Box<dyn std::error::Error>;

    #[tokio::test]
    async fn who_asks_while_nobody_accepts_waits_for_the_next() -> Result<(), Failure> {
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let sockets = Sockets::kept(Vec::new()).map_err(|e| e.to_string())?;
        let first = sockets.listen(any, "a test").await.map_err(|e| e.to_string())?;
        let address = first.local_addr()?;
        drop(first);
        let waiting = TcpStream::connect(address)?;
        // As another process has them.
        let copies = sockets.copies().map_err(|e| e.to_string())?;
        let next = Sockets::kept(copies.into_iter().map(Socket::from).collect()).map_err(|e| e.to_string())?;
        let second = next.listen(address, "a test").await.map_err(|e| e.to_string())?;
        assert_eq!(second.accept().await?.1, waiting.local_addr()?);
        let unused = Sockets::kept(next.copies().map_err(|e| e.to_string())?.into_iter().map(Socket::from).collect());
        let unused = unused.map_err(|e| e.to_string())?;
        unused.close_unused();
        assert!(unused.copies().map_err(|e| e.to_string())?.is_empty());
        Ok(())
    }

    #[tokio::test]
    async fn where_none_are_kept_they_end_with_who_has_them() -> Result<(), Failure> {
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let socket = Sockets::default().listen(any, "a test").await.map_err(|e| e.to_string())?;
        let address = socket.local_addr()?;
        drop(socket);
        assert!(TcpStream::connect(address).is_err());
        Ok(())
    }
}
