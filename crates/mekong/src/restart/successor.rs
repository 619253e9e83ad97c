//! The new process, as the old one sees it.

use super::{BEGINNING, FAILED, GO, OPTION, PREPARED, PREPARING, SERVING, SOCKETS_MAX};
use crate::cli::{CommandError, Context};
use crate::serving::sockets::Sockets;
use rustix::io::Errno;
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};
use rustix::process::{Pid, Signal, kill_process};
use std::ffi::OsString;
use std::io::IoSlice;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream as Pair;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::process::{Child, Command};

/// The program as it was started: where its file is, and its arguments.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    path: PathBuf,
    arguments: Vec<OsString>,
}

impl Program {
    /// That of this process. Asked at its start: once another file stands in its place, the system tells no path.
    ///
    /// # Errors
    /// In words, if the system does not tell.
    pub(crate) fn own() -> Result<Self, CommandError> {
        let path = std::env::current_exe().context(|| "find the file of this program")?;
        let arguments = std::env::args_os().skip(1).filter(|argument| argument != OPTION).collect();
        Ok(Self { path, arguments })
    }
}

/// A new process that will go on. It ends by itself if this is dropped before it was told to.
pub(crate) struct Successor {
    process: Child,
    id: u32,
    lines: Lines<BufReader<OwnedReadHalf>>,
    orders: OwnedWriteHalf,
}

impl Successor {
    /// Starts it, gives it the sockets and waits until it is prepared. The caller serves on meanwhile.
    ///
    /// # Errors
    /// In words, if it cannot be started, ends, or is not prepared in time; it is gone then.
    pub(crate) async fn start(program: &Program, sockets: &Sockets) -> Result<Self, CommandError> {
        let (own, theirs) = Pair::pair().context(|| "make a pair of sockets")?;
        send(&own, &sockets.copies()?).context(|| "hand over the listening sockets")?;
        let mut command = Command::new(&program.path);
        command.args(&program.arguments).arg(OPTION).stdin(Stdio::from(OwnedFd::from(theirs)));
        // The sockets of systemd come with the others.
        command.env_remove("LISTEN_FDS").env_remove("LISTEN_PID");
        let process = command.spawn().context(|| format!("start {}", program.path.display()))?;
        drop(command);
        let id = process.id().ok_or_else(|| CommandError::new("the new process ended at once"))?;
        own.set_nonblocking(true).context(|| "talk to the new process")?;
        let (from, orders) = UnixStream::from_std(own).context(|| "talk to the new process")?.into_split();
        let mut successor = Self { process, id, lines: BufReader::new(from).lines(), orders };
        let prepared = successor.hear(PREPARED, PREPARING).await;
        if prepared.is_err() {
            successor.end().await;
        }
        prepared.map(|()| successor)
    }

    /// Its process id.
    pub(crate) const fn id(&self) -> u32 {
        self.id
    }

    /// Lets it go on and waits until it serves. The caller has closed its ledgers.
    ///
    /// # Errors
    /// In words, if it fails; it is gone then.
    pub(crate) async fn go(mut self) -> Result<(), CommandError> {
        // That it is gone already is heard in the next line.
        let _ = self.orders.write_all(format!("{GO}\n").as_bytes()).await;
        let served = self.hear(SERVING, BEGINNING).await;
        if served.is_err() {
            self.end().await;
        }
        served
    }

    async fn hear(&mut self, word: &str, within: Duration) -> Result<(), CommandError> {
        match tokio::time::timeout(within, self.lines.next_line()).await {
            Ok(Ok(Some(line))) if line == word => Ok(()),
            Ok(Ok(Some(line))) => Err(CommandError::new(match line.strip_prefix(FAILED) {
                Some(reason) => format!("the new process cannot go on: {reason}"),
                None => format!("the new process said {line:?} and not {word:?}"),
            })),
            Ok(Ok(None) | Err(_)) => {
                let status = tokio::time::timeout(Duration::from_secs(5), self.process.wait()).await;
                let how = match status {
                    Ok(Ok(status)) => format!("it ended with {status}"),
                    _ => "it said nothing more".to_owned(),
                };
                let text = format!(
                    "the new process did not come to {word:?}: {how}; what it wrote stands where this node writes its log"
                );
                Err(CommandError::new(text))
            }
            Err(_) => {
                let text = format!("the new process did not come to {word:?} within {} s", within.as_secs());
                Err(CommandError::new(text))
            }
        }
    }

    /// Ends it, and waits until it is gone: then nobody but this process has the ledgers.
    async fn end(&mut self) {
        if let Err(error) = self.process.kill().await {
            tracing::debug!(%error, "the new process had ended");
        }
    }
}

/// Asks a process to end, as whoever asked this one would have.
pub(crate) fn terminate(id: u32) {
    let pid = i32::try_from(id).ok().and_then(Pid::from_raw);
    if let Some(Err(error)) = pid.map(|pid| kill_process(pid, Signal::TERM)) {
        tracing::warn!(%error, process = id, "the process that follows could not be asked to end");
    }
}

fn send(to: &Pair, sockets: &[OwnedFd]) -> Result<(), Errno> {
    let borrowed: Vec<_> = sockets.iter().map(AsFd::as_fd).collect();
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(SOCKETS_MAX))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    if !borrowed.is_empty() && !ancillary.push(SendAncillaryMessage::ScmRights(&borrowed)) {
        return Err(Errno::TOOBIG);
    }
    sendmsg(to, &[IoSlice::new(b"\n")], &mut ancillary, SendFlags::NOSIGNAL).map(|_| ())
}
