//! A relay of TCP connections that stands before a server and breaks them on order.

use crate::cli::{CommandError, Context};
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

/// Bytes taken at once.
const CHUNK: u64 = 16 * 1024;
/// Bytes taken at once from and for one who is slow, and how often.
const SLOW: (u64, Duration) = (512, Duration::from_millis(5));

/// How a relay treats its connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mood {
    /// As a good network.
    Fair,
    /// Every connection ends, and new ones end at once.
    Cut,
    /// Nothing arrives any more, and nobody is told; such connections end when the mood does.
    Silent,
    /// Everything arrives late.
    Late(Duration),
    /// Both sides read slowly.
    Slow,
}

/// A running relay; it ends when dropped.
pub(super) struct Relay {
    mood: watch::Sender<Mood>,
    task: JoinHandle<()>,
}

impl Relay {
    /// Listens at `front` and passes everything on to `behind`.
    ///
    /// # Errors
    /// In words, if the address is taken.
    pub(super) async fn start(front: SocketAddr, behind: SocketAddr) -> Result<Self, CommandError> {
        let listener = TcpListener::bind(front).await.context(|| format!("listen on {front}"))?;
        let (mood, moods) = watch::channel(Mood::Fair);
        let task = tokio::spawn(accept(listener, behind, moods));
        Ok(Self { mood, task })
    }

    /// From now on connections are treated so.
    pub(super) fn set(&self, mood: Mood) {
        self.mood.send_replace(mood);
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, behind: SocketAddr, mood: watch::Receiver<Mood>) {
    let mut connections = JoinSet::new();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => drop(connections.spawn(pass(stream, behind, mood.clone()))),
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
        while connections.try_join_next().is_some() {}
    }
}

/// One connection, until a side ends it or the mood does.
async fn pass(front: TcpStream, behind: SocketAddr, mut mood: watch::Receiver<Mood>) {
    if *mood.borrow() == Mood::Cut {
        return;
    }
    let Ok(behind) = TcpStream::connect(behind).await else { return };
    let _ = (front.set_nodelay(true), behind.set_nodelay(true));
    let (mut from_front, mut to_front) = front.into_split();
    let (mut from_behind, mut to_behind) = behind.into_split();
    let (one, other) = (mood.clone(), mood.clone());
    let both = async {
        tokio::try_join!(one_way(&mut from_front, &mut to_behind, one), one_way(&mut from_behind, &mut to_front, other))
    };
    tokio::select! {
        _ = both => {}
        _ = mood.wait_for(|mood| *mood == Mood::Cut) => {}
    }
}

async fn one_way(
    from: &mut (impl AsyncRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
    mut moods: watch::Receiver<Mood>,
) -> io::Result<()> {
    let mut chunk = Vec::new();
    loop {
        let mood = *moods.borrow();
        chunk.clear();
        let most = if mood == Mood::Slow { SLOW.0 } else { CHUNK };
        if (&mut *from).take(most).read_buf(&mut chunk).await? == 0 {
            return to.shutdown().await;
        }
        let mood = *moods.borrow_and_update();
        match mood {
            Mood::Fair => {}
            Mood::Cut => return Err(io::ErrorKind::ConnectionReset.into()),
            Mood::Silent => {
                let _ = moods.wait_for(|mood| *mood != Mood::Silent).await;
                return Err(io::ErrorKind::ConnectionReset.into());
            }
            Mood::Late(by) => tokio::time::sleep(by).await,
            Mood::Slow => tokio::time::sleep(SLOW.1).await,
        }
        to.write_all(&chunk).await?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Failure = Box<dyn std::error::Error>;

    async fn relayed() -> Result<(Relay, SocketAddr, TcpListener), Failure> {
        let behind = TcpListener::bind("127.0.0.1:0").await?;
        let front = TcpListener::bind("127.0.0.1:0").await?.local_addr()?;
        let relay = Relay::start(front, behind.local_addr()?).await.map_err(|e| e.to_string())?;
        Ok((relay, front, behind))
    }

    #[tokio::test]
    async fn what_is_sent_arrives_and_a_cut_ends_it() -> Result<(), Failure> {
        let (relay, front, behind) = relayed().await?;
        let mut client = TcpStream::connect(front).await?;
        client.write_all(b"hello").await?;
        let (mut service, _) = behind.accept().await?;
        let mut got = [0; 5];
        service.read_exact(&mut got).await?;
        assert_eq!(&got, b"hello");
        relay.set(Mood::Cut);
        assert!(matches!(client.read(&mut got).await, Ok(0) | Err(_)));
        assert!(matches!(service.read(&mut got).await, Ok(0) | Err(_)));
        Ok(())
    }

    #[tokio::test]
    async fn silence_is_kept_until_it_ends_and_then_the_connection_does() -> Result<(), Failure> {
        let (relay, front, behind) = relayed().await?;
        let mut client = TcpStream::connect(front).await?;
        let (mut service, _) = behind.accept().await?;
        relay.set(Mood::Silent);
        client.write_all(b"hello").await?;
        let mut got = [0; 5];
        let waited = tokio::time::timeout(Duration::from_millis(200), service.read(&mut got)).await;
        assert!(waited.is_err(), "{waited:?}");
        relay.set(Mood::Fair);
        assert!(matches!(service.read(&mut got).await, Ok(0) | Err(_)));
        Ok(())
    }
}
