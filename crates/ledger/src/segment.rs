//! The format of a segment: a header, frames of records, and when it is sealed an index and a trailer. No IO.
//!
//! All numbers are little-endian. A frame's checksum (CRC-32C) is seeded with the header and the frame's offset: bytes of
//! another ledger, segment or place are never taken for a frame, nor are bytes that a payload contains.
//!
//! | Header | Bytes | | Frame | Bytes |
//! |---|---|---|---|---|
//! | magic `MKLEDG01` | 8 | | length of the body | 4 |
//! | ledger | 16 | | checksum | 4 |
//! | position of the first record | 8 | | position | 8 |
//! | nonce of the segment | 16 | | time, microseconds since 1970 | 8 |
//! | id of its key, 0 for none | 8 | | records since the group began | 4 |
//! | zeros | 68 | | records that follow in the same append | 4 |
//! | checksum | 4 | | kind | 1 |
//! | | | | mark `rec` | 3 |
//! | | | | salt (of an encrypted record: 12 bytes of nonce, zeros) | 16 |
//! | | | | body: the payload (encrypted: salt and payload, tag) | |
//!
//! A group is what reached the disk by one sync. That of a record which follows tells whether a bad frame was once whole
//! (damage) or never acknowledged (a torn tail). The index of a sealed segment is a frame of kind 0, the trailer its
//! offset (4 bytes) and `MKSEALED`.

use crate::record::SALT_LEN;
use mekong_base::Instant;

/// Bytes of a segment before its first frame.
pub const HEADER_LEN: usize = 128;
/// Bytes of a frame before its body.
pub const FRAME_LEN: usize = 52;
/// Bytes after the index of a sealed segment.
pub const TRAILER_LEN: usize = 12;
/// The longest body of a frame, in bytes.
pub const BODY_MAX: usize = 64 << 20;
/// The kind of the frame that has the index.
pub const INDEX_KIND: u8 = 0;
/// Every frame has it at this offset.
pub const MARK: [u8; 3] = *b"rec";
/// Where [`MARK`] is in a frame.
pub const MARK_AT: usize = 33;

const MAGIC: [u8; 8] = *b"MKLEDG01";
const SEALED: [u8; 8] = *b"MKSEALED";

/// What a segment says about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Random id of the ledger.
    pub ledger: [u8; 16],
    /// Position of the first record.
    pub first: u64,
    /// Random; the key of the segment's records is derived from it.
    pub nonce: [u8; 16],
    /// Id of the key that its records are encrypted with; zeros if they are not.
    pub key: [u8; 8],
}

/// One record as it lies in a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame<'a> {
    /// Its place in the ledger.
    pub position: u64,
    /// When it was recorded.
    pub at: Instant,
    /// Records of the same group before it.
    pub back: u32,
    /// Records of the same append after it.
    pub more: u32,
    /// The user's kind; 0 for the index.
    pub kind: u8,
    /// Salt or nonce.
    pub salt: [u8; SALT_LEN],
    /// Payload, or what it was encrypted to.
    pub body: &'a [u8],
}

/// Why there is no frame here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrameFault {
    /// Zeros: nothing was written here.
    #[error("nothing is written here")]
    Nothing,
    /// The bytes end within the frame, which has this many.
    #[error("the segment ends within a record of {0} bytes")]
    Short(usize),
    /// The length is impossible.
    #[error("the length {0} is impossible")]
    Length(u32),
    /// There is no mark.
    #[error("there is no record here")]
    Mark,
    /// The checksum does not agree.
    #[error("the checksum is {found:08x}, the content has {computed:08x}")]
    Checksum {
        /// As written.
        found: u32,
        /// As computed.
        computed: u32,
    },
}

/// Reads numbers from the front; gives zeros behind the end, as lengths were checked before.
struct Cursor<'a>(&'a [u8]);

impl Cursor<'_> {
    fn take<const N: usize>(&mut self) -> [u8; N] {
        let mut array = [0; N];
        let (head, rest) = self.0.split_at(N.min(self.0.len()));
        array.iter_mut().zip(head).for_each(|(to, from)| *to = *from);
        self.0 = rest;
        array
    }

    fn u32(&mut self) -> u32 {
        u32::from_le_bytes(self.take())
    }

    fn u64(&mut self) -> u64 {
        u64::from_le_bytes(self.take())
    }
}

impl Header {
    /// Its bytes.
    pub fn encode(&self) -> [u8; HEADER_LEN] {
        let mut bytes = Vec::with_capacity(HEADER_LEN);
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&self.ledger);
        bytes.extend_from_slice(&self.first.to_le_bytes());
        bytes.extend_from_slice(&self.nonce);
        bytes.extend_from_slice(&self.key);
        bytes.resize(HEADER_LEN - 4, 0);
        bytes.extend_from_slice(&crc32c::crc32c(&bytes).to_le_bytes());
        let mut array = [0; HEADER_LEN];
        array.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
        array
    }

    /// Reads the bytes of a header; says what is wrong.
    ///
    /// # Errors
    /// A sentence for people.
    pub fn decode(bytes: &[u8]) -> Result<Self, String> {
        let Some((content, checksum)) = bytes.get(..HEADER_LEN).and_then(|head| head.split_last_chunk::<4>()) else {
            return Err(format!("the header has {} of {HEADER_LEN} bytes", bytes.len()));
        };
        let mut cursor = Cursor(content);
        let magic = cursor.take();
        if magic != MAGIC {
            return Err(format!("it does not begin with {:?}", String::from_utf8_lossy(&MAGIC)));
        }
        let (found, computed) = (u32::from_le_bytes(*checksum), crc32c::crc32c(content));
        if found != computed {
            return Err(format!("the checksum of the header is {found:08x}, its content has {computed:08x}"));
        }
        let (ledger, first) = (cursor.take(), cursor.u64());
        Ok(Self { ledger, first, nonce: cursor.take(), key: cursor.take() })
    }

    /// What checksums of its frames begin with.
    pub fn seed(&self) -> u32 {
        crc32c::crc32c(&self.encode())
    }
}

fn checksum(seed: u32, offset: u64, length: &[u8], rest: &[u8]) -> u32 {
    let crc = crc32c::crc32c_append(seed, &offset.to_le_bytes());
    crc32c::crc32c_append(crc32c::crc32c_append(crc, length), rest)
}

impl<'a> Frame<'a> {
    /// Bytes in the segment.
    pub const fn encoded_len(&self) -> usize {
        FRAME_LEN + self.body.len()
    }

    /// Appends its bytes to `out`; `offset` is where they will be in the segment with this seed.
    pub fn encode(&self, seed: u32, offset: u64, out: &mut Vec<u8>) {
        let start = out.len();
        let length = u32::try_from(self.body.len()).unwrap_or(u32::MAX).to_le_bytes();
        out.extend_from_slice(&length);
        out.extend_from_slice(&[0; 4]);
        out.extend_from_slice(&self.position.to_le_bytes());
        out.extend_from_slice(&self.at.unix_micros().to_le_bytes());
        out.extend_from_slice(&self.back.to_le_bytes());
        out.extend_from_slice(&self.more.to_le_bytes());
        out.push(self.kind);
        out.extend_from_slice(&MARK);
        out.extend_from_slice(&self.salt);
        out.extend_from_slice(self.body);
        let crc = checksum(seed, offset, &length, out.get(start + 8..).unwrap_or_default());
        if let Some(place) = out.get_mut(start + 4..start + 8) {
            place.copy_from_slice(&crc.to_le_bytes());
        }
    }

    /// Reads the frame that `bytes` begin with, which are at `offset` of the segment with this seed.
    ///
    /// # Errors
    /// [`FrameFault`].
    pub fn decode(seed: u32, offset: u64, bytes: &'a [u8]) -> Result<Self, FrameFault> {
        let length = frame_len(bytes)?;
        let Some(whole) = bytes.get(..length) else { return Err(FrameFault::Short(length)) };
        let (head, body) = whole.split_at(FRAME_LEN);
        let mut cursor = Cursor(head);
        let length: [u8; 4] = cursor.take();
        let found = cursor.u32();
        let computed = checksum(seed, offset, &length, whole.get(8..).unwrap_or_default());
        if found != computed {
            return Err(FrameFault::Checksum { found, computed });
        }
        let position = cursor.u64();
        let at = Instant::from_unix_micros(i64::from_le_bytes(cursor.take()));
        let (back, more) = (cursor.u32(), cursor.u32());
        let [kind, _, _, _] = cursor.take();
        Ok(Self { position, at, back, more, kind, salt: cursor.take(), body })
    }
}

/// Length of the frame that `bytes` begin with, by its head alone.
///
/// # Errors
/// [`FrameFault`], but not for its checksum.
pub fn frame_len(bytes: &[u8]) -> Result<usize, FrameFault> {
    let Some(head) = bytes.get(..FRAME_LEN) else {
        let empty = bytes.iter().all(|b| *b == 0);
        return Err(if empty { FrameFault::Nothing } else { FrameFault::Short(FRAME_LEN) });
    };
    if head.iter().all(|b| *b == 0) {
        return Err(FrameFault::Nothing);
    }
    if head.get(MARK_AT..MARK_AT + MARK.len()) != Some(&MARK) {
        return Err(FrameFault::Mark);
    }
    let length = Cursor(head).u32();
    match usize::try_from(length) {
        Ok(body) if body <= BODY_MAX => Ok(FRAME_LEN + body),
        _ => Err(FrameFault::Length(length)),
    }
}

/// Position of the frame that `bytes` begin with, by its head alone.
pub fn frame_position(bytes: &[u8]) -> u64 {
    Cursor(bytes.get(8..).unwrap_or_default()).u64()
}

/// Where some of a segment's records are: positions counted from its first, and offsets, both rising.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Index(Vec<(u32, u32)>);

impl Index {
    /// Records, and bytes, after which the next place is kept.
    const EVERY: (u32, u32) = (64, 64 << 10);

    /// Keeps the place of a record if it is time to.
    pub fn note(&mut self, relative: u64, offset: u64) {
        let (Ok(relative), Ok(offset)) = (u32::try_from(relative), u32::try_from(offset)) else { return };
        let due = self.0.last().is_none_or(|(last, at)| {
            relative.saturating_sub(*last) >= Self::EVERY.0 || offset.saturating_sub(*at) >= Self::EVERY.1
        });
        if due {
            self.0.push((relative, offset));
        }
    }

    /// Forgets the records from this one on.
    pub fn cut(&mut self, relative: u64) {
        self.0.retain(|(known, _)| u64::from(*known) < relative);
    }

    /// The kept place at or before this record.
    pub fn find(&self, relative: u64) -> Option<(u64, u64)> {
        let after = self.0.partition_point(|(known, _)| u64::from(*known) <= relative);
        self.0.get(after.checked_sub(1)?).map(|(relative, offset)| (u64::from(*relative), u64::from(*offset)))
    }

    /// Its bytes, for a frame of kind 0.
    pub fn encode(&self) -> Vec<u8> {
        self.0.iter().flat_map(|(relative, offset)| [relative.to_le_bytes(), offset.to_le_bytes()]).flatten().collect()
    }

    /// Reads its bytes; nothing if they are no index.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let (places, rest) = bytes.as_chunks::<8>();
        let places: Vec<_> = places.iter().map(|place| (Cursor(place).u32(), Cursor(&place[4..]).u32())).collect();
        let rising = places.is_sorted_by(|a, b| a.0 < b.0 && a.1 < b.1);
        (rest.is_empty() && rising).then_some(Self(places))
    }
}

/// The last bytes of a sealed segment whose index frame is at `offset`.
pub fn trailer(offset: u32) -> [u8; TRAILER_LEN] {
    let mut bytes = [0; TRAILER_LEN];
    bytes.iter_mut().zip(offset.to_le_bytes().into_iter().chain(SEALED)).for_each(|(to, from)| *to = from);
    bytes
}

/// The offset of the index frame, if these are the last bytes of a sealed segment.
pub fn read_trailer(bytes: &[u8]) -> Option<u32> {
    let mut cursor = Cursor(bytes);
    let offset = cursor.u32();
    (bytes.len() == TRAILER_LEN && cursor.0 == SEALED).then_some(offset)
}
