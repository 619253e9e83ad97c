//! The content of an entry as a source: stored entries lie in the file, deflated ones are unpacked as they are read.

use super::{Entry, ZipError};
use flate2::{Crc, Decompress, FlushDecompress, Status};
use mekong_base::{Source, SourceError};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

const PIECE: usize = 64 << 10;

/// How many bytes of entries may still be unpacked, over all who read: what bounds the work on a hostile container.
#[derive(Debug, Clone)]
pub struct Budget(Arc<AtomicU64>);

impl Budget {
    /// So many bytes.
    pub fn new(bytes: u64) -> Self {
        Self(Arc::new(AtomicU64::new(bytes)))
    }

    /// Takes `bytes` of it.
    ///
    /// # Errors
    /// [`ZipError::Limit`] if not so many are left.
    pub fn take(&self, bytes: u64) -> Result<(), ZipError> {
        let less = |left: u64| left.checked_sub(bytes);
        let taken = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
        taken.map(|_| ()).map_err(|_| ZipError::Limit { what: "it asks for its files to be read too often".into() })
    }
}

/// The content of one entry. Reading forward is cheap; reading a deflated entry backward starts over. Who reads it from its
/// start to its end without a gap is told if it is not what the directory says.
pub struct Member<'s> {
    source: &'s dyn Source,
    entry: Entry,
    budget: Budget,
    stream: Mutex<Option<Stream>>,
    passed: Mutex<Passed>,
    is_whole: AtomicBool,
}

/// The content as far as it was read without a gap from its start.
#[derive(Default)]
struct Passed {
    at: u64,
    crc: Crc,
}

/// An entry that is being unpacked.
struct Stream {
    engine: Decompress,
    /// Where the next packed bytes are.
    packed_at: u64,
    input: Vec<u8>,
    /// Bytes of `input` that are used up, and that are filled.
    used: usize,
    filled: usize,
}

impl<'s> Member<'s> {
    /// The content of an entry of the ZIP file `source`.
    pub fn new(source: &'s dyn Source, entry: Entry, budget: Budget) -> Self {
        Self {
            source,
            entry,
            budget,
            stream: Mutex::default(),
            passed: Mutex::default(),
            is_whole: AtomicBool::default(),
        }
    }

    /// The entry.
    pub const fn entry(&self) -> &Entry {
        &self.entry
    }

    /// The whole content, at most `most` bytes, checked against its CRC.
    ///
    /// # Errors
    /// As [`super::read`].
    pub fn content(&self, most: usize) -> Result<Vec<u8>, ZipError> {
        self.budget.take(self.entry.size.min(most as u64))?;
        let content = super::read(self.source, &self.entry, most)?;
        self.is_whole.store(true, Ordering::Relaxed);
        Ok(content)
    }

    /// Unpacks the content unless it was read to its end before, and keeps nothing of it.
    ///
    /// # Errors
    /// As [`super::unpack`].
    pub fn check(&self) -> Result<(), ZipError> {
        if !self.is_whole.load(Ordering::Relaxed) {
            self.budget.take(self.entry.size)?;
            super::unpack(self.source, &self.entry, &mut |_| ())?;
            self.is_whole.store(true, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Takes note of a piece that was read.
    fn pass(&self, offset: u64, piece: &[u8]) -> Result<(), SourceError> {
        if self.is_whole.load(Ordering::Relaxed) {
            return Ok(());
        }
        let mut passed = self.passed.lock().map_err(|_| self.damaged("it was left half read"))?;
        if offset == 0 {
            *passed = Passed::default();
        }
        if offset != passed.at {
            return Ok(());
        }
        passed.at += piece.len() as u64;
        passed.crc.update(piece);
        if passed.at < self.entry.size {
            return Ok(());
        }
        let (found, listed) = (passed.crc.sum(), self.entry.crc);
        if found != listed {
            return Err(self.damaged(format!("its checksum is {found:08x}, the directory says {listed:08x}")));
        }
        self.is_whole.store(true, Ordering::Relaxed);
        Ok(())
    }

    fn damaged(&self, what: impl Into<String>) -> SourceError {
        SourceError(ZipError::Damaged { name: self.entry.name.clone(), what: what.into() }.to_string())
    }

    fn fill(&self, stream: &mut Stream, buffer: &mut [u8]) -> Result<(), SourceError> {
        let mut at = 0;
        while at < buffer.len() {
            if stream.used == stream.filled {
                let left = usize::try_from(self.entry.packed.end - stream.packed_at).unwrap_or(PIECE);
                stream.filled = left.min(PIECE);
                stream.used = 0;
                let into = stream.input.get_mut(..stream.filled).unwrap_or_default();
                self.source.read_at(stream.packed_at, into)?;
                stream.packed_at += stream.filled as u64;
            }
            let given = stream.input.get(stream.used..stream.filled).unwrap_or_default();
            let (before_in, before_out) = (stream.engine.total_in(), stream.engine.total_out());
            let into = buffer.get_mut(at..).unwrap_or_default();
            let status = stream.engine.decompress(given, into, FlushDecompress::None);
            let status = status.map_err(|e| self.damaged(format!("it does not unpack: {e}")))?;
            let used = usize::try_from(stream.engine.total_in() - before_in).unwrap_or_default();
            let made = usize::try_from(stream.engine.total_out() - before_out).unwrap_or_default();
            stream.used += used;
            at += made;
            if (status == Status::StreamEnd || (used == 0 && made == 0)) && at < buffer.len() {
                return Err(self.damaged("it is shorter than the directory says"));
            }
        }
        Ok(())
    }

    /// Nothing may come after the last byte that the directory announces: others unpack it too.
    fn end(&self, stream: &mut Stream) -> Result<(), SourceError> {
        let mut more = [0];
        match self.fill(stream, &mut more) {
            Ok(()) => Err(self.damaged("it is longer than the directory says")),
            Err(_) => match stream.packed_at == self.entry.packed.end && stream.used == stream.filled {
                true => Ok(()),
                false => Err(self.damaged("packed bytes are left over")),
            },
        }
    }
}

impl Stream {
    fn new(entry: &Entry) -> Self {
        let (engine, input) = (Decompress::new(false), vec![0; PIECE]);
        Self { engine, packed_at: entry.packed.start, input, used: 0, filled: 0 }
    }
}

impl Source for Member<'_> {
    fn len(&self) -> u64 {
        self.entry.size
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<(), SourceError> {
        if offset.checked_add(buffer.len() as u64).is_none_or(|end| end > self.entry.size) {
            return Err(SourceError(format!("{} bytes at {offset} of {}", buffer.len(), self.entry.size)));
        }
        let take = |bytes| self.budget.take(bytes).map_err(|e| SourceError(e.to_string()));
        take(buffer.len() as u64)?;
        if !self.entry.is_deflated {
            return match self.entry.packed.end - self.entry.packed.start == self.entry.size {
                true => {
                    self.source.read_at(self.entry.packed.start + offset, buffer)?;
                    self.pass(offset, buffer)
                }
                false => Err(self.damaged("it has another size than the directory says")),
            };
        }
        let mut guard = self.stream.lock().map_err(|_| self.damaged("it was left half read"))?;
        let mut stream = match guard.take() {
            Some(stream) if stream.engine.total_out() <= offset => stream,
            _ => Stream::new(&self.entry),
        };
        let mut skip = vec![0; PIECE.min(usize::try_from(offset - stream.engine.total_out()).unwrap_or(PIECE))];
        take(offset - stream.engine.total_out())?;
        while stream.engine.total_out() < offset {
            let at = stream.engine.total_out();
            let left = usize::try_from(offset - at).unwrap_or(PIECE).min(skip.len());
            let skipped = skip.get_mut(..left).unwrap_or_default();
            self.fill(&mut stream, skipped)?;
            self.pass(at, skipped)?;
        }
        self.fill(&mut stream, buffer)?;
        self.pass(offset, buffer)?;
        if offset + buffer.len() as u64 == self.entry.size {
            self.end(&mut stream)?;
        }
        *guard = Some(stream);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Packing, Rules, Writer, directory};
    use super::*;
    use mekong_base::Instant;

    #[test]
    fn entries_read_at_any_place_are_the_same() -> Result<(), Box<dyn std::error::Error>> {
        let content: Vec<u8> = (0..900_000u32).flat_map(|n| (n / 3).to_le_bytes()).collect();
        let mut writer = Writer::new(Vec::new(), Instant::from_unix_seconds(0));
        writer.add("stored", &content, Packing::Stored)?;
        writer.add("deflated", &content, Packing::Deflated)?;
        let zip = writer.finish("")?;
        for entry in directory(&zip, &Rules::CONTAINER)?.entries {
            let member = Member::new(&zip, entry, Budget::new(1 << 30));
            for (at, len) in [(0, 10), (3_000_000, 70_000), (5, 5), (3_599_990, 10), (1_000_000, 200_000)] {
                let mut buffer = vec![0; len];
                member.read_at(at as u64, &mut buffer)?;
                assert_eq!(Some(buffer.as_slice()), content.get(at..at + len));
            }
            assert!(member.read_at(3_599_991, &mut [0; 10]).is_err());
            let mut all = Vec::new();
            member.each(0..member.len(), &mut |piece| all.extend_from_slice(piece))?;
            assert!(all == content && member.content(4 << 20)? == content);
        }
        Ok(())
    }
}
