//! The hole in an update that takes the signature, and the digest of everything around it.

use super::{inner_bytes, refused, unreadable};
use crate::making::MakeError;
use mekong_base::{Source, SourceError};
use mekong_crypto::{DigestAlgorithm, Hasher};
use mekong_pdf::{Append, Dictionary, Reference, Update};

/// Most bytes that are reserved for a signature.
const ROOM_BYTES_MAX: usize = 4 << 20;
/// Ten digits for each of three numbers.
const BYTE_RANGE: &str = "/ByteRange [0 0000000000 0000000000 0000000000]";

/// An update with a hole.
#[derive(Debug, Clone)]
pub(in crate::pades) struct Hole {
    /// The bytes to be appended to the document.
    bytes: Vec<u8>,
    /// Length of the document before.
    base: u64,
    /// Where the `<` of the hole is in `bytes`.
    start: usize,
    /// Bytes that fit.
    room: usize,
}

/// An update whose hole is filled.
#[derive(Debug, Clone)]
pub struct Filled {
    /// The bytes to be appended to the document.
    pub update: Vec<u8>,
}

impl Filled {
    /// The document with the update.
    ///
    /// # Errors
    /// [`MakeError::Document`] if the document cannot be read.
    pub fn whole(self, document: &dyn Source) -> Result<Vec<u8>, MakeError> {
        let mut whole = Vec::with_capacity(usize::try_from(document.len()).unwrap_or(0) + self.update.len());
        document.each(0..document.len(), &mut |piece| whole.extend_from_slice(piece)).map_err(|e| failed(&e))?;
        whole.extend_from_slice(&self.update);
        Ok(whole)
    }
}

fn failed(error: &SourceError) -> MakeError {
    refused("document", error.to_string())
}

impl Hole {
    /// Writes the update with `entries` and a hole of `room` bytes as object `signature`.
    pub(in crate::pades) fn write(
        mut update: Update<'_, '_>,
        signature: Reference,
        entries: &Dictionary,
        room: usize,
    ) -> Result<Self, MakeError> {
        if room > ROOM_BYTES_MAX {
            return Err(refused("/Contents", format!("{room} bytes wanted, at most {ROOM_BYTES_MAX} are reserved")));
        }
        let head = [b"<<".as_slice(), &inner_bytes(entries), BYTE_RANGE.as_bytes(), b"\n/Contents "].concat();
        let raw = [head.as_slice(), b"<", &vec![b'0'; room * 2], b">\n>>"].concat();
        update.set(signature, Append::Raw(raw));
        let base = update.base();
        let written = update.write().map_err(unreadable)?;
        let offset = written.offsets.get(&signature).copied().unwrap_or(base);
        let begin = usize::try_from(offset.saturating_sub(base)).unwrap_or(0);
        let mut hole = Self { bytes: written.bytes, base, start: begin + head.len(), room };
        hole.set_byte_range(begin + head.len() - b"\n/Contents ".len() - BYTE_RANGE.len());
        Ok(hole)
    }

    /// Offset in the document before which and from which on everything is signed.
    fn around(&self) -> (u64, u64) {
        let start = self.base + self.start as u64;
        (start, start + self.room as u64 * 2 + 2)
    }

    fn set_byte_range(&mut self, at: usize) {
        let (hole, resume) = self.around();
        let rest = self.base + self.bytes.len() as u64 - resume;
        let text = format!("/ByteRange [0 {hole:<10} {resume:<10} {rest:<10}]");
        if let Some(place) = self.bytes.get_mut(at..at + BYTE_RANGE.len()) {
            place.copy_from_slice(text.as_bytes().get(..BYTE_RANGE.len()).unwrap_or(BYTE_RANGE.as_bytes()));
        }
    }

    /// The digest of the document and the update without the hole.
    pub(in crate::pades) fn digest(
        &self,
        document: &dyn Source,
        algorithm: DigestAlgorithm,
    ) -> Result<Vec<u8>, MakeError> {
        let mut hasher = Hasher::new(algorithm);
        document.each(0..self.base, &mut |piece| hasher.update(piece)).map_err(|error| failed(&error))?;
        hasher.update(self.bytes.get(..self.start).unwrap_or_default());
        hasher.update(self.bytes.get(self.start + self.room * 2 + 2..).unwrap_or_default());
        Ok(hasher.finish().as_ref().to_vec())
    }

    /// Puts the signature in.
    pub(in crate::pades) fn fill(mut self, signature: &[u8]) -> Result<Filled, MakeError> {
        if signature.len() > self.room {
            let reason =
                format!("the signature has {} bytes, {} are reserved: reserve more", signature.len(), self.room);
            return Err(refused("/Contents", reason));
        }
        let text = hex::encode(signature);
        let from = self.start + 1;
        if let Some(place) = self.bytes.get_mut(from..from + text.len()) {
            place.copy_from_slice(text.as_bytes());
        }
        Ok(Filled { update: self.bytes })
    }
}
