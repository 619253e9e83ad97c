//! The old process, as the new one sees it.

use super::{FAILED, GO, PREPARED, SERVING, SOCKETS_MAX};
use crate::cli::{CommandError, Context};
use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, recvmsg};
use std::io::{IoSliceMut, Write};
use std::mem::MaybeUninit;
use std::net::TcpListener;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream as Pair;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;

/// The sockets come at once.
const SOCKETS_WITHIN: Duration = Duration::from_secs(10);

/// The process that serves until now.
pub(crate) struct Predecessor(BufReader<UnixStream>);

impl Predecessor {
    /// Takes its listening sockets.
    ///
    /// # Errors
    /// In words, if this process was not started by one that hands over.
    pub(crate) fn meet() -> Result<(Self, Vec<TcpListener>), CommandError> {
        let what = || "take over from a running process (standard input is not its socket; use `mekong restart`)";
        let pair = Pair::from(std::io::stdin().as_fd().try_clone_to_owned().context(what)?);
        pair.set_read_timeout(Some(SOCKETS_WITHIN)).context(what)?;
        let sockets = receive(&pair).context(what)?;
        pair.set_nonblocking(true).context(what)?;
        let stream = UnixStream::from_std(pair).context(what)?;
        Ok((Self(BufReader::new(stream)), sockets.into_iter().map(TcpListener::from).collect()))
    }

    /// Says that configuration and keys are good, and waits until the ledgers are closed.
    ///
    /// # Errors
    /// In words, if the old process went on by itself, or died.
    pub(crate) async fn prepared(&mut self) -> Result<(), CommandError> {
        self.say(PREPARED).await.context(|| "talk to the process before")?;
        let mut line = String::new();
        let read = self.0.read_line(&mut line).await;
        match read {
            Ok(_) if line.trim_end() == GO => Ok(()),
            _ => Err(CommandError::new("the process before ended, or did not hand over")),
        }
    }

    /// Says that this process serves.
    pub(crate) async fn serving(mut self) {
        // If nobody hears it any more, this process serves all the same.
        if let Err(error) = self.say(SERVING).await {
            tracing::debug!(%error, "the process before had ended");
        }
    }

    async fn say(&mut self, word: &str) -> std::io::Result<()> {
        self.0.get_mut().write_all(format!("{word}\n").as_bytes()).await
    }
}

/// Tells the process before why this one ends, if that still listens.
pub(crate) fn tell_failed(error: &CommandError) {
    let line = format!("{FAILED}{}\n", error.to_string().replace('\n', " "));
    let told = std::io::stdin().as_fd().try_clone_to_owned().map(Pair::from);
    if let Err(error) = told.and_then(|mut pair| pair.write_all(line.as_bytes())) {
        tracing::debug!(%error, "the process before had ended");
    }
}

fn receive(from: &Pair) -> std::io::Result<Vec<OwnedFd>> {
    let mut byte = [0];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(SOCKETS_MAX))];
    let mut ancillary = RecvAncillaryBuffer::new(&mut space);
    let got = recvmsg(from, &mut [IoSliceMut::new(&mut byte)], &mut ancillary, RecvFlags::CMSG_CLOEXEC)?;
    if got.bytes == 0 {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    }
    let rights = ancillary.drain().filter_map(|message| match message {
        RecvAncillaryMessage::ScmRights(sockets) => Some(sockets),
        _ => None,
    });
    Ok(rights.flatten().collect())
}
