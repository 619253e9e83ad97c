//! Where canonical bytes go.

use mekong_crypto::Hasher;

/// Pieces above this size are handed on, in bytes.
const BUFFER: usize = 8 << 10;

/// Takes canonical bytes in order.
pub trait Sink {
    /// Takes the next piece.
    fn write(&mut self, piece: &[u8]);
}

impl Sink for Vec<u8> {
    #[inline]
    fn write(&mut self, piece: &[u8]) {
        self.extend_from_slice(piece);
    }
}

impl Sink for Hasher {
    fn write(&mut self, piece: &[u8]) {
        self.update(piece);
    }
}

/// Gathers the many small pieces of a canonical form before they reach a sink that likes large ones.
pub(super) struct Buffered<'s, S: Sink> {
    sink: &'s mut S,
    buffer: Vec<u8>,
}

impl<'s, S: Sink> Buffered<'s, S> {
    pub(super) fn new(sink: &'s mut S) -> Self {
        Self { sink, buffer: Vec::with_capacity(BUFFER) }
    }

    pub(super) fn flush(&mut self) {
        self.sink.write(&self.buffer);
        self.buffer.clear();
    }
}

impl<S: Sink> Sink for Buffered<'_, S> {
    #[inline]
    fn write(&mut self, piece: &[u8]) {
        if self.buffer.len() + piece.len() > BUFFER {
            self.flush();
            if piece.len() > BUFFER {
                return self.sink.write(piece);
            }
        }
        self.buffer.extend_from_slice(piece);
    }
}
