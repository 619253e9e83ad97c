//! How slow the other side of a connection may be: silent for a while, and on the whole no slower than a trickle. Else
//! anyone could hold a connection, and what it occupies, for as long as they like by a byte now and then.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

/// Bytes a second below which a sender is too slow, once the start is over.
const RATE_MIN: u64 = 1024;
/// The start is so many times the silence that is allowed.
const START: u32 = 4;

/// The pace of one sender.
#[derive(Debug)]
pub(super) struct Pace {
    idle: Duration,
    until: Instant,
}

impl Pace {
    pub(super) fn new(idle: Duration) -> Self {
        Self { idle, until: Instant::now() + idle * START }
    }

    /// Notes what came.
    pub(super) fn received(&mut self, bytes: usize) {
        self.until += Duration::from_micros((bytes as u64).saturating_mul(1_000_000 / RATE_MIN));
    }

    /// When the next bytes must have come.
    pub(super) fn deadline(&self) -> Instant {
        self.until.min(Instant::now() + self.idle)
    }

    /// The end of a sentence that begins with what was too slow.
    pub(super) fn too_slow(&self) -> String {
        let (start, idle) = ((self.idle * START).as_secs(), self.idle.as_secs());
        format!("was silent for {idle} seconds, or came with less than {RATE_MIN} bytes a second for more than {start}")
    }
}

/// A connection whose other side must take what is written: after `limit` without any progress, writing fails.
#[derive(Debug)]
pub(super) struct Impatient<IO> {
    io: IO,
    limit: Duration,
    waiting: Option<Pin<Box<Sleep>>>,
}

impl<IO> Impatient<IO> {
    pub(super) const fn new(io: IO, limit: Duration) -> Self {
        Self { io, limit, waiting: None }
    }

    fn watch<T>(&mut self, cx: &mut Context<'_>, polled: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if polled.is_ready() {
            self.waiting = None;
            return polled;
        }
        let limit = self.limit;
        let waiting = self.waiting.get_or_insert_with(|| Box::pin(sleep(limit)));
        waiting.as_mut().poll(cx).map(|()| Err(io::Error::new(io::ErrorKind::TimedOut, "the other side takes nothing")))
    }
}

impl<IO: AsyncRead + Unpin> AsyncRead for Impatient<IO> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_read(cx, buffer)
    }
}

impl<IO: AsyncWrite + Unpin> AsyncWrite for Impatient<IO> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.io).poll_write(cx, bytes);
        this.watch(cx, polled)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.io).poll_write_vectored(cx, bytes);
        this.watch(cx, polled)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.io).poll_flush(cx);
        this.watch(cx, polled)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.io).poll_shutdown(cx);
        this.watch(cx, polled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncWriteExt;

    #[tokio::test(start_paused = true)]
    async fn a_trickle_is_too_slow_and_what_keeps_pace_is_not() {
        let second = Duration::from_secs(1);
        let mut pace = Pace::new(second);
        let start = Instant::now();
        assert_eq!(pace.deadline(), start + second);
        for _ in 0..40 {
            tokio::time::advance(second / 10).await;
            pace.received(1);
        }
        assert!(pace.deadline() < Instant::now() + second / 10, "never silent, yet too slow");
        pace.received(1 << 20);
        assert_eq!(pace.deadline(), Instant::now() + second, "a megabyte buys time, but no silence");
    }

    #[tokio::test(start_paused = true)]
    async fn who_takes_nothing_is_written_to_no_more() -> io::Result<()> {
        let (near, far) = tokio::io::duplex(10);
        let mut near = Impatient::new(near, Duration::from_secs(3));
        let start = Instant::now();
        near.write_all(b"0123456789").await?;
        assert_eq!(near.write_all(b"x").await.map_err(|e| e.kind()), Err(io::ErrorKind::TimedOut));
        assert_eq!(start.elapsed().as_secs(), 3);
        drop(far);
        Ok(())
    }
}
