//! Where a running node is asked to go on in another process: a socket in its folder, for its own user and root.

use crate::cli::{CommandError, Context};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Name of the socket in a node's folder.
pub(crate) const NAME: &str = "control";
/// What is asked.
const RESTART: &str = "restart";
/// Begins the answer when the new process serves.
const DONE: &str = "done ";
/// Begins the answer when it does not.
const FAILED: &str = "failed ";
/// For the question, and the most bytes of it or of an answer.
const QUESTION: Duration = Duration::from_secs(5);
const BYTES_MAX: u64 = 16 << 10;
/// Both halves of a handover, and the end of what is under way.
const ANSWER: Duration = Duration::from_secs(240);
/// Questions that wait.
const WAITING_MAX: usize = 4;

/// Somebody who waits for a restart.
pub(crate) struct Order(UnixStream);

impl Order {
    /// Tells what became of it.
    pub(crate) async fn answer(mut self, outcome: &Result<String, String>) {
        let line = match outcome {
            Ok(text) => format!("{DONE}{}\n", text.replace('\n', " ")),
            Err(text) => format!("{FAILED}{}\n", text.replace('\n', " ")),
        };
        let written = tokio::time::timeout(QUESTION, self.0.write_all(line.as_bytes())).await;
        if !matches!(written, Ok(Ok(()))) {
            tracing::debug!("who asked for the restart does not wait any more");
        }
    }
}

/// The socket of a running node.
pub(crate) struct Control {
    orders: mpsc::Receiver<Order>,
    task: Option<JoinHandle<()>>,
}

impl Control {
    /// Begins to listen in a folder of the node. A node without one, or where that does not work, is asked by signal.
    pub(crate) fn listen(folder: Option<&Path>) -> Self {
        let (sender, orders) = mpsc::channel(WAITING_MAX);
        let Some(folder) = folder else { return Self { orders, task: None } };
        let path = folder.join(NAME);
        let task = match bind(&path) {
            Ok(listener) => Some(tokio::spawn(accept(listener, sender))),
            Err(error) => {
                let path = path.display();
                tracing::warn!(%path, %error, "`mekong restart` will not reach this node; SIGUSR2 does");
                None
            }
        };
        Self { orders, task }
    }

    /// The next who asks.
    pub(crate) async fn next(&mut self) -> Order {
        match self.orders.recv().await {
            Some(order) => order,
            None => std::future::pending().await,
        }
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

fn bind(path: &Path) -> std::io::Result<UnixListener> {
    // The ledgers' locks say that no other process serves here: this is what it left behind.
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

async fn accept(listener: UnixListener, orders: mpsc::Sender<Order>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        if !is_allowed(&stream) {
            tracing::warn!("another user asked for a restart");
            continue;
        }
        if let Ok(Some(order)) = tokio::time::timeout(QUESTION, question(stream)).await
            && orders.send(order).await.is_err()
        {
            return;
        }
    }
}

/// Our own user, or root.
fn is_allowed(stream: &UnixStream) -> bool {
    let own = std::fs::metadata("/proc/self").map(|metadata| metadata.uid());
    stream.peer_cred().is_ok_and(|peer| peer.uid() == 0 || own.is_ok_and(|own| own == peer.uid()))
}

async fn question(mut stream: UnixStream) -> Option<Order> {
    let mut line = String::new();
    let mut reader = BufReader::new((&mut stream).take(BYTES_MAX));
    reader.read_line(&mut line).await.ok()?;
    (line.trim_end() == RESTART).then_some(Order(stream))
}

/// Asks the node in a folder to go on in another process, and waits for what becomes of it: in words, also if the new process
/// failed and the old one serves on (the inner error).
///
/// # Errors
/// In words, if the node does not run, or does not answer.
pub(crate) async fn ask(folder: &Path) -> Result<Result<String, String>, CommandError> {
    let path: PathBuf = folder.join(NAME);
    let what = || {
        format!(
            "ask at {}: the node does not run (mekong serve --config FILE starts it), or is of an earlier release",
            path.display()
        )
    };
    let mut stream = UnixStream::connect(&path).await.context(what)?;
    stream.write_all(format!("{RESTART}\n").as_bytes()).await.context(what)?;
    let mut line = String::new();
    let mut reader = BufReader::new(stream.take(BYTES_MAX));
    let read = tokio::time::timeout(ANSWER, reader.read_line(&mut line)).await;
    let late = || CommandError::new(format!("the node did not say within {} s what became of it", ANSWER.as_secs()));
    read.map_err(|_| late())?.context(what)?;
    let line = line.trim_end();
    let outcome = line.strip_prefix(DONE).map(|text| Ok(text.to_owned()));
    let outcome = outcome.or_else(|| line.strip_prefix(FAILED).map(|text| Err(text.to_owned())));
    outcome.ok_or_else(|| CommandError::new("the node ended before it said what became of it: look at its log"))
}

#[cfg(test)]
mod tests {
    use super::*;

    type Failure = Box<dyn std::error::Error>;

    #[tokio::test]
    async fn who_asks_hears_what_became_of_it() -> Result<(), Failure> {
        let folder = tempfile::tempdir()?;
        assert!(ask(folder.path()).await.is_err_and(|error| error.to_string().contains("the node does not run")));
        let mut control = Control::listen(Some(folder.path()));
        for outcome in [Ok("yes\nand more".to_owned()), Err("no".to_owned())] {
            let asking = tokio::spawn({
                let folder = folder.path().to_owned();
                async move { ask(&folder).await.map_err(|error| error.to_string()) }
            });
            control.next().await.answer(&outcome).await;
            assert_eq!(asking.await??, outcome.map(|text| text.replace('\n', " ")));
        }
        let mode = std::fs::metadata(folder.path().join(NAME))?.permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let mut stranger = UnixStream::connect(folder.path().join(NAME)).await?;
        stranger.write_all(b"format the disk\n").await?;
        assert_eq!(stranger.read(&mut [0; 8]).await?, 0, "what is not understood is not answered");
        Ok(())
    }

    #[tokio::test]
    async fn what_a_dead_process_left_is_replaced() -> Result<(), Failure> {
        let folder = tempfile::tempdir()?;
        drop(Control::listen(Some(folder.path())));
        let mut control = Control::listen(Some(folder.path()));
        let path = folder.path().to_owned();
        let asking = tokio::spawn(async move { ask(&path).await.map_err(|error| error.to_string()) });
        control.next().await.answer(&Ok("here".to_owned())).await;
        assert_eq!(asking.await??, Ok("here".to_owned()));
        Ok(())
    }
}
