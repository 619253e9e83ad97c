//! Content that is read where it lies: documents of a gigabyte are hashed, never loaded.

use std::fmt;

/// Reading failed; the text says where and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceError(pub String);

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SourceError {}

/// Bytes of known length that can be read at any place: a slice, a file, a part of either.
pub trait Source: Send + Sync {
    /// Length in bytes.
    fn len(&self) -> u64;

    /// Fills `buffer` with the bytes from `offset` on.
    ///
    /// # Errors
    /// [`SourceError`] if the end comes before the buffer is full, or reading fails.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<(), SourceError>;

    /// Whether there is nothing.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes of `range`, at most `most` of them.
    ///
    /// # Errors
    /// [`SourceError`] if there are more than `most`, or reading fails.
    fn read(&self, range: std::ops::Range<u64>, most: usize) -> Result<Vec<u8>, SourceError> {
        let length = range.end.saturating_sub(range.start);
        let Some(length) = usize::try_from(length).ok().filter(|l| *l <= most) else {
            return Err(SourceError(format!("{length} bytes at {}, the limit is {most}", range.start)));
        };
        if range.end > self.len() {
            return Err(SourceError(format!("bytes {}..{} of {}", range.start, range.end, self.len())));
        }
        let mut bytes = vec![0; length];
        self.read_at(range.start, &mut bytes)?;
        Ok(bytes)
    }

    /// Hands the bytes of `range` over piece by piece.
    ///
    /// # Errors
    /// [`SourceError`] if the range leaves the content, or reading fails.
    fn each(&self, range: std::ops::Range<u64>, take: &mut dyn FnMut(&[u8])) -> Result<(), SourceError> {
        const PIECE: usize = 256 << 10;
        if range.end > self.len() || range.start > range.end {
            return Err(SourceError(format!("bytes {}..{} of {}", range.start, range.end, self.len())));
        }
        let mut buffer = vec![0; PIECE.min(usize::try_from(range.end - range.start).unwrap_or(PIECE))];
        let mut at = range.start;
        while at < range.end {
            let length = usize::try_from(range.end - at).unwrap_or(PIECE).min(buffer.len());
            let piece = buffer.get_mut(..length).unwrap_or_default();
            self.read_at(at, piece)?;
            take(piece);
            at += length as u64;
        }
        Ok(())
    }
}

impl Source for [u8] {
    fn len(&self) -> u64 {
        self.len() as u64
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<(), SourceError> {
        let start = usize::try_from(offset).ok();
        let found = start.and_then(|start| self.get(start..start.checked_add(buffer.len())?));
        match found {
            Some(found) => {
                buffer.copy_from_slice(found);
                Ok(())
            }
            None => Err(SourceError(format!("{} bytes at {offset} of {}", buffer.len(), self.len()))),
        }
    }
}

impl Source for Vec<u8> {
    fn len(&self) -> u64 {
        Source::len(self.as_slice())
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<(), SourceError> {
        self.as_slice().read_at(offset, buffer)
    }
}

impl<S: Source + ?Sized> Source for &S {
    fn len(&self) -> u64 {
        (**self).len()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<(), SourceError> {
        (**self).read_at(offset, buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_make_the_whole_and_the_end_is_an_error() -> Result<(), SourceError> {
        let bytes: Vec<u8> = (0..700_000u32).map(|n| n.to_le_bytes()[0]).collect();
        let mut seen = Vec::new();
        bytes.each(3..699_999, &mut |piece| seen.extend_from_slice(piece))?;
        assert_eq!(Some(seen.as_slice()), bytes.get(3..699_999));
        assert!(bytes.each(3..700_001, &mut |_| ()).is_err());
        assert!(bytes.read(0..10, 9).is_err() && bytes.read(0..10, 10).is_ok());
        assert!(bytes.read_at(u64::MAX, &mut [0]).is_err());
        Ok(())
    }
}
