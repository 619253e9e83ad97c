//! Bytes of a source one after another, through a small window.

use crate::PdfError;
use mekong_base::Source;

const WINDOW_FIRST: usize = 1 << 10;
const WINDOW_MOST: usize = 64 << 10;

/// A place in a source; the window grows while one reads on, so that small objects cost little.
pub(super) struct Cursor<'a> {
    source: &'a dyn Source,
    end: u64,
    window: Vec<u8>,
    /// Offset of the window's first byte.
    start: u64,
    /// Index into the window.
    at: usize,
    grown: usize,
}

impl<'a> Cursor<'a> {
    /// At `offset`; nothing at or after `end` is seen.
    pub(super) fn new(source: &'a dyn Source, offset: u64, end: u64) -> Self {
        let end = end.min(source.len());
        Self { source, end, window: Vec::new(), start: offset.min(end), at: 0, grown: WINDOW_FIRST }
    }

    /// The offset of the next byte.
    pub(super) fn offset(&self) -> u64 {
        self.start + self.at as u64
    }

    /// Goes to an offset.
    pub(super) fn seek(&mut self, offset: u64) {
        let offset = offset.min(self.end);
        match offset.checked_sub(self.start).and_then(|n| usize::try_from(n).ok()) {
            Some(at) if at <= self.window.len() => self.at = at,
            _ => {
                self.window.clear();
                (self.start, self.at) = (offset, 0);
            }
        }
    }

    /// The next byte, which stays.
    pub(super) fn peek(&mut self) -> Result<Option<u8>, PdfError> {
        if let Some(byte) = self.window.get(self.at) {
            return Ok(Some(*byte));
        }
        self.fill()?;
        Ok(self.window.get(self.at).copied())
    }

    /// The next byte, taken.
    pub(super) fn next(&mut self) -> Result<Option<u8>, PdfError> {
        let byte = self.peek()?;
        if byte.is_some() {
            self.at += 1;
        }
        Ok(byte)
    }

    /// Bytes that come next, some of them; none at the end only.
    pub(super) fn ahead(&mut self) -> Result<&[u8], PdfError> {
        self.peek()?;
        Ok(self.window.get(self.at..).unwrap_or_default())
    }

    /// Takes that many of the bytes [`Cursor::ahead`].
    pub(super) fn pass(&mut self, bytes: usize) {
        self.at = (self.at + bytes).min(self.window.len());
    }

    /// Whether these bytes come next; if so they are taken.
    pub(super) fn take(&mut self, wanted: &[u8]) -> Result<bool, PdfError> {
        let before = self.offset();
        for byte in wanted {
            if self.next()? != Some(*byte) {
                self.seek(before);
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn fill(&mut self) -> Result<(), PdfError> {
        let offset = self.offset();
        let left = usize::try_from(self.end - offset.min(self.end)).unwrap_or(usize::MAX);
        // A little of the past stays, for looking back over a token.
        let kept = self.window.len().min(self.at).min(256);
        let past = offset - kept as u64;
        let size = left.min(self.grown);
        let mut window = self.window.split_off(self.window.len() - kept.min(self.window.len()));
        window.resize(kept + size, 0);
        if let Some(fresh) = window.get_mut(kept..) {
            self.source.read_at(offset, fresh)?;
        }
        self.grown = (self.grown * 4).min(WINDOW_MOST);
        (self.window, self.start, self.at) = (window, past, kept);
        Ok(())
    }
}

/// White space (ISO 32000-2 table 1).
pub(super) const fn is_space(byte: u8) -> bool {
    matches!(byte, 0 | 9 | 10 | 12 | 13 | 32)
}

/// Neither white space nor delimiter (table 2).
pub(super) const fn is_regular(byte: u8) -> bool {
    !is_space(byte) && !matches!(byte, b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%')
}
