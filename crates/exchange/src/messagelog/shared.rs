//! What signature documents have in common: the form, in which only digests, signature value and time differ, with the
//! signer's certificate; and at the end the certificates and OCSP responses. Such a piece is written once, as a blob beside
//! the ledger, and named by the records, which have the values that fill it.
//!
//! A piece is shared from the second time on that it is seen, so that peers who never repeat themselves cost no file; it is
//! written in the background, and until it is on disk the records have it whole. A message never waits for it.
//!
//! Where several gateways share a log, any of them removes blobs that no record names, but none that was put lately. A piece
//! is therefore named only as long as it counts as put lately, and then put again.

use super::encoding::{Piece, VALUES_MAX};
use bytes::Bytes;
use mekong_base::Instant;
use mekong_ledger::{BLOB_KEPT, BlobId, Blobs};
use memchr::memmem;
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long a piece is named without being put again. What is left of [`BLOB_KEPT`] is for the record that names it to come
/// into every gateway's index, and for clocks that differ.
const NAMED: Duration = Duration::from_secs(6 * 3600);
const _: () = assert!(NAMED.as_secs() * 4 <= BLOB_KEPT.as_secs());

/// Shorter pieces are not worth a file.
const PIECE_MIN: usize = 512;
/// Longer ones are not kept in memory.
const PIECE_MAX: usize = 64 << 10;
/// Pieces kept in memory: twice as many, each some kilobytes.
const PIECES: usize = 256;

/// Elements whose text differs from one signature to the next.
const VALUES: [&str; 3] = ["DigestValue", "SignatureValue", "SigningTime"];
/// Bytes of their names, with a prefix.
const NAME_MAX: usize = 64;
/// Stands in a form for a value: no XML has it.
const PLACE: char = '\0';

/// Where certificates and OCSP responses begin, up to the end; the end of the document if there are none.
fn tail(xml: &str) -> usize {
    element_start(xml, "UnsignedProperties").unwrap_or(xml.len())
}

/// The texts of [`VALUES`], in order.
fn values(xml: &str) -> impl Iterator<Item = Range<usize>> {
    memmem::find_iter(xml.as_bytes(), b"</").filter_map(|end| {
        let name = xml.as_bytes().get(end + 2..)?.iter().take(NAME_MAX).position(|byte| *byte == b'>')?;
        let local = xml.get(end + 2..end + 2 + name)?.rsplit(':').next()?;
        if !VALUES.contains(&local) {
            return None;
        }
        Some(xml.get(..end)?.rfind('>')? + 1..end)
    })
}

/// A document without its values, and these. `None` if it has other values than a signature of ours and of the reference.
fn form(xml: &str) -> Option<(String, Vec<&str>)> {
    let (mut form, mut found, mut from) = (String::with_capacity(xml.len()), Vec::new(), 0);
    for range in values(xml) {
        form.push_str(xml.get(from..range.start)?);
        form.push(PLACE);
        from = range.end;
        found.push(xml.get(range)?);
    }
    form.push_str(xml.get(from..)?);
    let is_ours = found.len() <= VALUES_MAX && form.matches(PLACE).count() == found.len();
    is_ours.then_some((form, found))
}

/// The document of a form; `None` if there are more or fewer places than values.
pub(super) fn fill(form: &str, values: &[&str]) -> Option<String> {
    let mut pieces = form.split(PLACE);
    let mut document = pieces.next()?.to_owned();
    for value in values {
        document.push_str(value);
        document.push_str(pieces.next()?);
    }
    pieces.next().is_none().then_some(document)
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
    /// The blob, and when it was put.
    blob: Option<(BlobId, Instant)>,
}

impl SharedPieces {
    /// The document in pieces, for a record that is made now.
    pub(super) fn split<'x>(&self, xml: &'x str, blobs: &Blobs, now: Instant) -> Vec<Piece<'x>> {
        let (head, tail) = xml.split_at_checked(tail(xml)).unwrap_or((xml, ""));
        let filled =
            form(head).and_then(|(form, values)| Some(Piece::Filled { form: self.blob(&form, blobs, now)?, values }));
        let shared = self.blob(tail, blobs, now).map(Piece::Shared);
        match (filled, shared) {
            (None, None) => vec![Piece::Text(xml)],
            (filled, shared) => {
                let pieces = [filled.unwrap_or(Piece::Text(head)), shared.unwrap_or(Piece::Text(tail))];
                pieces.into_iter().filter(|piece| *piece != Piece::Text("")).collect()
            }
        }
    }

    /// The blob of a piece, if there is one on disk that nobody removes.
    fn blob(&self, text: &str, blobs: &Blobs, now: Instant) -> Option<BlobId> {
        if !(PIECE_MIN..=PIECE_MAX).contains(&text.len()) {
            return None;
        }
        let mark = mark(text.as_bytes());
        let mut seen = self.lock();
        let Some(known) = seen.find(mark).filter(|known| known.text == text.as_bytes()) else {
            seen.keep(mark, Known { text: Bytes::copy_from_slice(text.as_bytes()), blob: None });
            return None;
        };
        let named = known.blob.filter(|(_, put)| now.since(*put) < NAMED).map(|(blob, _)| blob);
        if named.is_none() && seen.writing.insert(mark) {
            drop(seen);
            tokio::spawn(self.clone().write(mark, known.text, blobs.clone(), now));
        }
        named
    }

    /// Writes a piece; records name it from now on.
    async fn write(self, mark: u64, text: Bytes, blobs: Blobs, now: Instant) {
        let written = blobs.put(text.clone()).await;
        let mut seen = self.lock();
        seen.writing.remove(&mark);
        match written {
            Ok(blob) => seen.keep(mark, Known { text, blob: Some((blob, now)) }),
            Err(error) => tracing::debug!(%error, "a repeated piece of signatures is not shared yet"),
        }
    }

    /// The text of a blob, if it is in memory.
    pub(super) fn text(&self, id: &BlobId) -> Option<Bytes> {
        let seen = self.lock();
        let found =
            seen.now.values().chain(seen.before.values()).find(|known| known.blob.is_some_and(|(blob, _)| blob == *id));
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
            "<a><ds:SignatureValue>{time}</ds:SignatureValue><ds:KeyInfo>{certificate}</ds:KeyInfo><b:SigningTime>{time}</b:SigningTime>\
             <xades:UnsignedProperties>{ocsp}</xades:UnsignedProperties></a>"
        )
    }

    #[test]
    fn forms_have_everything_but_the_values() {
        let (certificate, ocsp) = ("C".repeat(900), "O".repeat(3000));
        let xml = document(&certificate, "now", &ocsp);
        let (head, end) = xml.split_at(tail(&xml));
        assert_eq!(end, format!("<xades:UnsignedProperties>{ocsp}</xades:UnsignedProperties></a>"));
        let (form, values) = form(head).unwrap();
        assert_eq!(values, ["now", "now"]);
        assert_eq!(
            form,
            format!(
                "<a><ds:SignatureValue>\0</ds:SignatureValue><ds:KeyInfo>{certificate}</ds:KeyInfo>\
                 <b:SigningTime>\0</b:SigningTime>"
            )
        );
        assert_eq!(fill(&form, &values).unwrap(), head);
        assert_eq!((fill(&form, &["one"]), fill(&form, &["1", "2", "3"])), (None, None));
    }

    #[test]
    fn any_text_comes_back_byte_for_byte() {
        let odd = [
            "",
            "</",
            "</DigestValue>",
            "></DigestValue>",
            "<a></DigestValue>",
            "<DigestValue></DigestValue>",
            "<DigestValue>x</DigestValue",
            "<x:DigestValue a='>'>x</x:DigestValue><SigningTime/>",
            "\u{1a0}<SignatureValue>\u{1a0}</SignatureValue >",
            "UnsignedProperties",
            "<UnsignedProperties",
        ];
        for xml in odd {
            let (head, end) = xml.split_at(tail(xml));
            let (form, values) = form(head).unwrap();
            assert_eq!(fill(&form, &values).unwrap() + end, xml);
        }
        assert_eq!(form("<DigestValue>\0</DigestValue>\0"), None);
        assert_eq!(form(&"<DigestValue></DigestValue>".repeat(VALUES_MAX + 1)), None);
    }
}
