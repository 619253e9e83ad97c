//! Segments on disk: found, walked and read.

use super::Shared;
use crate::LedgerError;
use crate::at_rest::{Cipher, Head, Keys};
use crate::disk::{Disk, DiskFile};
use crate::record::{Entry, Record, SALT_LEN};
use crate::segment::{
    FRAME_LEN, Frame, FrameFault, HEADER_LEN, Header, INDEX_KIND, Index, TRAILER_LEN, frame_len, read_trailer,
};
use bytes::Bytes;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes read at once: at first, and when more and more follow.
const CHUNK: (usize, usize) = (16 << 10, 1 << 20);

/// A segment of the ledger.
#[derive(Debug)]
pub(super) struct Segment {
    pub(super) path: PathBuf,
    pub(super) header: Header,
    pub(super) seed: u32,
    /// An error tells that its key is missing: noticed by those who read it.
    pub(super) cipher: Result<Option<Cipher>, LedgerError>,
    /// Of a sealed segment read when it is first needed.
    index: Mutex<Option<Arc<Index>>>,
    /// Bytes that may be read; of a sealed segment all.
    durable: AtomicU64,
}

/// The file name of the segment that begins with this position.
pub(super) fn file_name(first: u64) -> String {
    format!("{first:020}.seg")
}

impl Segment {
    /// A segment with this header.
    pub(super) fn new(path: PathBuf, header: Header, keys: &Keys) -> Self {
        let place = [header.ledger.as_slice(), b"segment", &header.nonce];
        let cipher = keys.cipher(header.key, &place, || path.display().to_string());
        Self { path, header, seed: header.seed(), cipher, index: Mutex::new(None), durable: AtomicU64::new(u64::MAX) }
    }

    /// Makes the file of a segment that begins now.
    pub(super) fn create(shared: &Shared, header: Header) -> Result<(Arc<Self>, DiskFile), LedgerError> {
        let segment = Self::new(shared.segment_path(header.first), header, &shared.options.keys);
        segment.cipher.clone()?;
        segment.durable.store(HEADER_LEN as u64, Ordering::Release);
        let made = shared.disk.write(&segment.path, &header.encode()).and_then(|()| shared.disk.open(&segment.path));
        let file = made.map_err(|error| LedgerError::writing(&segment.path, error))?;
        Ok((Arc::new(segment), file))
    }

    /// Reads the header of the file.
    pub(super) fn load(disk: &Disk, path: PathBuf, keys: &Keys) -> Result<Self, LedgerError> {
        let fault = |error| LedgerError::io(&path, error);
        let file = disk.open(&path).map_err(fault)?;
        let mut head = vec![0; HEADER_LEN.min(usize::try_from(file.len().map_err(fault)?).unwrap_or(HEADER_LEN))];
        file.read_at(&mut head, 0).map_err(fault)?;
        let header = Header::decode(&head).map_err(|reason| {
            let position = position_of(&path).unwrap_or_default();
            LedgerError::Damaged { place: path.display().to_string(), offset: 0, position, reason }
        })?;
        if position_of(&path) != Some(header.first) {
            let reason = format!("its header says that it begins with record {}", header.first);
            return Err(LedgerError::Unknown { path, reason });
        }
        Ok(Self::new(path, header, keys))
    }

    pub(super) const fn first(&self) -> u64 {
        self.header.first
    }

    pub(super) fn damaged(&self, offset: u64, position: u64, reason: impl ToString) -> LedgerError {
        let place = self.path.display().to_string();
        LedgerError::Damaged { place, offset, position, reason: reason.to_string() }
    }

    /// Where to start reading for `position`.
    pub(super) fn find(&self, position: u64) -> u64 {
        let index = self.index.lock().unwrap_or_else(PoisonError::into_inner);
        let place = index.as_ref().and_then(|index| index.find(position.saturating_sub(self.first())));
        place.map_or(HEADER_LEN as u64, |(_, offset)| offset)
    }

    /// Where its readable part ends.
    pub(super) fn end(&self, file: &DiskFile) -> Result<u64, LedgerError> {
        let len = file.len().map_err(|error| LedgerError::io(&self.path, error))?;
        Ok(len.min(self.durable.load(Ordering::Acquire)))
    }

    pub(super) fn set_durable(&self, durable: u64) {
        self.durable.store(durable, Ordering::Release);
    }

    pub(super) fn set_index(&self, index: Index) {
        *self.index.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(index));
    }

    /// Notes places of records just written; only the writer does.
    pub(super) fn note(&self, places: impl Iterator<Item = (u64, u64)>, durable: u64) {
        self.durable.store(durable, Ordering::Release);
        let mut index = self.index.lock().unwrap_or_else(PoisonError::into_inner);
        let index = Arc::make_mut(index.get_or_insert_default());
        places.for_each(|(position, offset)| index.note(position.saturating_sub(self.first()), offset));
    }

    pub(super) fn index(&self) -> Option<Arc<Index>> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads the index of a sealed segment unless it is there; without one it is read from its beginning.
    pub(super) fn load_index(&self, file: &DiskFile) {
        if self.index().is_none()
            && let Some(index) = self.read_index(file)
        {
            self.set_index(index);
        }
    }

    fn read_index(&self, file: &DiskFile) -> Option<Index> {
        let end = file.len().ok()?.checked_sub(TRAILER_LEN as u64)?;
        let mut trailer = [0; TRAILER_LEN];
        file.read_at(&mut trailer, end).ok()?;
        let offset = u64::from(read_trailer(&trailer)?);
        let mut bytes = vec![0; usize::try_from(end.checked_sub(offset)?).ok()?];
        file.read_at(&mut bytes, offset).ok()?;
        let frame = Frame::decode(self.seed, offset, &bytes).ok()?;
        (frame.kind == INDEX_KIND).then(|| Index::decode(frame.body))?
    }

    /// The record of a frame.
    pub(super) fn entry(&self, frame: &Frame<'_>, offset: u64) -> Result<Entry, LedgerError> {
        let record = |payload| Record { position: frame.position, kind: frame.kind, at: frame.at, payload };
        let Some(cipher) = self.cipher.clone()? else {
            return Ok(Entry { record: record(Bytes::copy_from_slice(frame.body)), salt: frame.salt });
        };
        let head = Head { position: frame.position, at: frame.at, kind: frame.kind, salt: [0; SALT_LEN] };
        let nonce = frame.salt.first_chunk().copied().unwrap_or_default();
        let Some((salt, payload)) = cipher.open_record(nonce, &head, frame.body) else {
            return Err(self.damaged(offset, frame.position, "it cannot be decrypted"));
        };
        Ok(Entry { record: record(payload.into()), salt })
    }
}

/// The position that a segment's file name says.
pub(super) fn position_of(path: &Path) -> Option<u64> {
    let name = path.file_name()?.to_str()?.strip_suffix(".seg")?;
    (name.len() == 20).then(|| name.parse().ok())?
}

/// Walks the frames of a segment.
pub(super) struct Walk<'a> {
    segment: &'a Segment,
    file: &'a DiskFile,
    /// Where the unread part of the buffer is in the file.
    offset: u64,
    end: u64,
    buffer: Vec<u8>,
    start: usize,
    chunk: usize,
}

impl<'a> Walk<'a> {
    /// From `offset`, where a frame begins, to the end of the file or `end`.
    pub(super) fn new(segment: &'a Segment, file: &'a DiskFile, offset: u64, end: u64) -> Self {
        Self { segment, file, offset, end, buffer: Vec::new(), start: 0, chunk: CHUNK.0 }
    }

    /// The next frame and its offset, or why there is none.
    pub(super) fn next(&mut self) -> Result<(u64, Result<Frame<'_>, FrameFault>), LedgerError> {
        self.fill(FRAME_LEN)?;
        let length = match frame_len(self.unread()) {
            Ok(length) => length,
            Err(fault) => return Ok((self.offset, Err(fault))),
        };
        self.fill(length)?;
        let (offset, start) = (self.offset, self.start);
        let decoded = Frame::decode(self.segment.seed, offset, self.buffer.get(start..).unwrap_or_default());
        if decoded.is_ok() {
            self.start += length;
            self.offset += length as u64;
        }
        Ok((offset, decoded))
    }

    fn unread(&self) -> &[u8] {
        self.buffer.get(self.start..).unwrap_or_default()
    }

    /// Reads until `wanted` bytes are there, or all.
    fn fill(&mut self, wanted: usize) -> Result<(), LedgerError> {
        let unread = self.unread().len();
        if unread >= wanted {
            return Ok(());
        }
        let left = self.end.saturating_sub(self.offset + unread as u64);
        let more = usize::try_from(left).unwrap_or(usize::MAX).min(self.chunk.max(wanted - unread));
        self.buffer.drain(..self.start);
        self.start = 0;
        self.buffer.resize(unread + more, 0);
        let into = self.buffer.get_mut(unread..).unwrap_or_default();
        let read = self.file.read_at(into, self.offset + unread as u64);
        self.chunk = (self.chunk * 4).min(CHUNK.1);
        read.map_err(|error| LedgerError::io(&self.segment.path, error))
    }
}
