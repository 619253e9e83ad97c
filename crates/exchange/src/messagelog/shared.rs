//! What signature documents have in common: the signer's certificate, and at the end the certificates and OCSP responses,
//! the same for many messages. Such a piece is written once, as a blob beside the ledger, and named by the records.
//!
//! A piece is shared from the second time on that it is seen, so that peers who never repeat themselves cost no file; it is
//! written in the background, and until it is on disk the records have it whole. A message never waits for it.

use super::encoding::Piece;
use bytes::Bytes;
use mekong_ledger::{BlobId, Blobs};
use memchr::memmem;
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

/// Shorter pieces are not worth a file.
const PIECE_MIN: usize = 512;
/// Longer ones are not kept in memory.
const PIECE_MAX: usize = 64 << 10;
/// Pieces kept in memory: twice as many, each some kilobytes.
const PIECES: usize = 256;

/// Where the repeated pieces of a signature document are, in order and apart.
fn repeated(xml: &str) -> impl Iterator<Item = Range<usize>> {
    let unsigned = element_start(xml, "UnsignedProperties");
    let key_info = element_start(xml, "KeyInfo").and_then(|start| {
        let content = start + memmem::find(xml.as_bytes().get(start..)?, b">")? + 1;
        let end = memmem::find(xml.as_bytes().get(content..)?, b"KeyInfo>")?;
        Some(start..content + end + "KeyInfo>".len())
    });
    let key_info = key_info.filter(|range| unsigned.is_none_or(|unsigned| range.end <= unsigned));
    let tail = unsigned.map(|start| start..xml.len());
    key_info.into_iter().chain(tail).filter(|range| (PIECE_MIN..=PIECE_MAX).contains(&range.len()))
}

/// Where the first element with this local name begins.
fn element_start(xml: &str, name: &str) -> Option<usize> {
    let at = memmem::find(xml.as_bytes(), name.as_bytes())?;
    let before = xml.get(..at)?;
    let start = before.rfind('<')?;
    // A prefix and a colon at most between.
    (at - start <= 32).then_some(start)
}

/// The pieces that were seen, and which of them are blobs.
#[derive(Clone, Default)]
pub(super) struct SharedPieces(Arc<Mutex<Seen>>);

#[derive(Default)]
struct Seen {
    now: Generation,
    before: Generation,
    writing: HashSet<u64>,
}

/// By [`mark`].
type Generation = HashMap<u64, Known>;

#[derive(Clone)]
struct Known {
    text: Bytes,
    blob: Option<BlobId>,
}

impl SharedPieces {
    /// The document in pieces.
    pub(super) fn split<'x>(&self, xml: &'x str, blobs: &Blobs) -> Vec<Piece<'x>> {
        let mut pieces = Vec::with_capacity(4);
        let mut from = 0;
        for range in repeated(xml) {
            let Some(text) = xml.get(range.clone()) else { continue };
            let Some(blob) = self.blob(text, blobs) else { continue };
            pieces.extend(xml.get(from..range.start).filter(|text| !text.is_empty()).map(Piece::Text));
            pieces.push(Piece::Shared(blob));
            from = range.end;
        }
        pieces.extend(xml.get(from..).filter(|text| !text.is_empty()).map(Piece::Text));
        pieces
    }

    /// The blob of a piece, if there is one on disk.
    fn blob(&self, text: &str, blobs: &Blobs) -> Option<BlobId> {
        let mark = mark(text.as_bytes());
        let mut seen = self.lock();
        let Some(known) = seen.find(mark).filter(|known| known.text == text.as_bytes()) else {
            seen.keep(mark, Known { text: Bytes::copy_from_slice(text.as_bytes()), blob: None });
            return None;
        };
        if known.blob.is_none() && seen.writing.insert(mark) {
            drop(seen);
            tokio::spawn(self.clone().write(mark, known.text, blobs.clone()));
            return None;
        }
        known.blob
    }

    /// Writes a piece; records name it from now on.
    async fn write(self, mark: u64, text: Bytes, blobs: Blobs) {
        let written = blobs.put(text.clone()).await;
        let mut seen = self.lock();
        seen.writing.remove(&mark);
        match written {
            Ok(blob) => seen.keep(mark, Known { text, blob: Some(blob) }),
            Err(error) => tracing::debug!(%error, "a repeated piece of signatures is not shared yet"),
        }
    }

    /// The text of a blob, if it is in memory.
    pub(super) fn text(&self, id: &BlobId) -> Option<Bytes> {
        let seen = self.lock();
        let found = seen.now.values().chain(seen.before.values()).find(|known| known.blob == Some(*id));
        found.map(|known| known.text.clone())
    }

    /// Forgets blobs that are about to be removed.
    pub(super) fn forget(&self) {
        let mut seen = self.lock();
        seen.now.clear();
        seen.before.clear();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seen {
    /// What is found in the older generation is used again, so it stays.
    fn find(&mut self, mark: u64) -> Option<Known> {
        if let Some(known) = self.now.get(&mark) {
            return Some(known.clone());
        }
        let known = self.before.remove(&mark)?;
        self.keep(mark, known.clone());
        Some(known)
    }

    fn keep(&mut self, mark: u64, known: Known) {
        if self.now.len() >= PIECES {
            self.before = std::mem::take(&mut self.now);
        }
        self.now.insert(mark, known);
    }
}

/// A quick mark of a piece by some of its bytes; what has the same mark is compared.
fn mark(text: &[u8]) -> u64 {
    const SAMPLES: usize = 64;
    let mut mark = 0xcbf2_9ce4_8422_2325 ^ text.len() as u64;
    let step = (text.len() / SAMPLES).max(8);
    for piece in text.chunks(step) {
        let sample = piece.first_chunk::<8>().map_or(0, |bytes| u64::from_le_bytes(*bytes));
        mark = (mark ^ sample).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(23);
    }
    mark
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(certificate: &str, time: &str, ocsp: &str) -> String {
        format!(
            "<a><ds:SignatureValue>{time}</ds:SignatureValue><ds:KeyInfo>{certificate}</ds:KeyInfo><b>{time}</b>\
             <xades:UnsignedProperties>{ocsp}</xades:UnsignedProperties></a>"
        )
    }

    #[test]
    fn certificate_and_values_are_found_in_any_document() {
        let of = |xml: &str| repeated(xml).map(|range| xml[range].to_owned()).collect::<Vec<_>>();
        let (certificate, values) = ("C".repeat(900), "O".repeat(3000));
        let xml = document(&certificate, "now", &values);
        assert_eq!(
            of(&xml),
            [
                format!("<ds:KeyInfo>{certificate}</ds:KeyInfo>"),
                format!("<xades:UnsignedProperties>{values}</xades:UnsignedProperties></a>")
            ]
        );
        assert_eq!(of(&document("short", "now", "short")), [""; 0]);
        for odd in ["", "<KeyInfo", "KeyInfo>", "UnsignedProperties", "<KeyInfo>KeyInfo>", "\u{1a0}UnsignedProperties"]
        {
            assert_eq!(of(odd), [""; 0], "{odd}");
        }
    }
}
