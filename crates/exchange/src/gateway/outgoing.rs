//! HTTP bodies that we send: bytes and files in a row, with a known length; and how far one of them is.

use bytes::{Bytes, BytesMut};
use http_body::{Body, Frame, SizeHint};
use std::collections::VecDeque;
use std::io;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, ReadBuf};
use tokio::time::{Instant, timeout_at};

/// How much of a file is read at once, in bytes.
const CHUNK: usize = 64 << 10;

/// A body to send.
#[derive(Debug, Default)]
pub(super) struct Outgoing {
    pieces: VecDeque<Piece>,
    left: u64,
    progress: Option<Progress>,
}

#[derive(Debug)]
enum Piece {
    Bytes(Bytes),
    File(Box<tokio::fs::File>, u64),
}

impl Outgoing {
    pub(super) fn bytes(&mut self, bytes: Bytes) {
        if !bytes.is_empty() {
            self.left += bytes.len() as u64;
            self.pieces.push_back(Piece::Bytes(bytes));
        }
    }

    /// The first `size` bytes of a file.
    pub(super) fn file(&mut self, file: std::fs::File, size: u64) {
        if size > 0 {
            self.left += size;
            self.pieces.push_back(Piece::File(Box::new(tokio::fs::File::from_std(file)), size));
        }
    }

    /// For whoever waits for what comes after this body.
    pub(super) fn progress(&mut self) -> Progress {
        self.progress.get_or_insert_with(|| Progress(Arc::new(Mutex::new(Instant::now())))).clone()
    }

    fn sent(&mut self, bytes: usize) {
        self.left = self.left.saturating_sub(bytes as u64);
        if let Some(progress) = &self.progress {
            *progress.0.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        }
    }
}

/// When a connection last took a piece of a body. A large body on a slow line takes its time, and only from its end on is an
/// answer waited for.
#[derive(Debug, Clone)]
pub(super) struct Progress(Arc<Mutex<Instant>>);

impl Progress {
    /// Waits for what `sending` the body brings, until `limit` has passed without a piece of it being taken.
    pub(super) async fn follow<T>(&self, sending: impl Future<Output = T>, limit: Duration) -> Option<T> {
        let mut sending = pin!(sending);
        let mut until = Instant::now() + limit;
        loop {
            if let Ok(done) = timeout_at(until, sending.as_mut()).await {
                return Some(done);
            }
            let extended = *self.0.lock().unwrap_or_else(PoisonError::into_inner) + limit;
            if extended <= until {
                return None;
            }
            until = extended;
        }
    }
}

impl From<Bytes> for Outgoing {
    fn from(bytes: Bytes) -> Self {
        let mut out = Self::default();
        out.bytes(bytes);
        out
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let this = self.get_mut();
        match this.pieces.pop_front() {
            None => Poll::Ready(None),
            Some(Piece::Bytes(bytes)) => {
                this.sent(bytes.len());
                Poll::Ready(Some(Ok(Frame::data(bytes))))
            }
            Some(Piece::File(mut file, left)) => {
                let wanted = usize::try_from(left).unwrap_or(CHUNK).min(CHUNK);
                let mut chunk = BytesMut::zeroed(wanted);
                let mut buffer = ReadBuf::new(&mut chunk);
                let polled = Pin::new(&mut file).poll_read(cx, &mut buffer);
                let read = buffer.filled().len();
                if polled.is_pending() {
                    this.pieces.push_front(Piece::File(file, left));
                    return Poll::Pending;
                }
                ready!(polled)?;
                if read == 0 {
                    return Poll::Ready(Some(Err(io::ErrorKind::UnexpectedEof.into())));
                }
                let left = left.saturating_sub(read as u64);
                if left > 0 {
                    this.pieces.push_front(Piece::File(file, left));
                }
                this.sent(read);
                chunk.truncate(read);
                Poll::Ready(Some(Ok(Frame::data(chunk.freeze()))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.pieces.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
