//! Broken cross-references: objects found by search (`n g obj`), within bounds.

use super::table::Table;
use super::{Location, Pdf, Repair};
use crate::PdfError;
use crate::object::{Dictionary, Object};

const PIECE: u64 = 256 << 10;
/// `n g obj` is not longer than this: overlap of pieces.
const OVERLAP: u64 = 40;

/// What a search found.
#[derive(Default)]
struct Found {
    /// In the order of the file.
    objects: Vec<(u32, Location)>,
    /// Offsets after `trailer`.
    trailers: Vec<u64>,
}

impl Pdf<'_> {
    /// Builds the table by search; later objects of a number win, as they would after an update.
    pub(super) fn repair_all(&mut self, why: String) -> Result<(), PdfError> {
        let most = self.limits.repair_bytes;
        if self.end > most {
            let reason = format!("cross-references are broken ({why}), and the file is too large for a search");
            return Err(PdfError::Malformed { offset: 0, reason });
        }
        let mut found = self.search()?;
        found.objects.reverse();
        self.sections.clear();
        self.table = Table::from_ranked(found.objects);
        let objects = self.table.iter().count();
        self.kept.borrow_mut().clear();
        self.object_streams.borrow_mut().clear();
        self.trailer = Dictionary::default();
        for offset in found.trailers.iter().rev().take(64) {
            if let Ok(Object::Dictionary(trailer)) = self.parser(*offset).object()
                && trailer.has("Root")
            {
                self.trailer = trailer;
                break;
            }
        }
        self.look_inside();
        self.repair = Some(Repair { why: why.clone(), objects });
        if self.is_encrypted() {
            return Ok(());
        }
        self.catalog().map(|_| ()).map_err(|_| {
            PdfError::malformed(0, format!("cross-references are broken ({why}), and no document catalog was found"))
        })
    }

    fn search(&self) -> Result<Found, PdfError> {
        let mut found = Found::default();
        let mut at = 0;
        while at < self.end {
            let piece = self.source.read(at..self.end.min(at + PIECE + OVERLAP), (PIECE + OVERLAP) as usize)?;
            let fresh = usize::try_from(self.end.min(at + PIECE) - at).unwrap_or(0);
            for end in words(&piece, b"obj").filter(|end| *end > 3) {
                if let Some((number, generation, begin)) = before(piece.get(..end - 3).unwrap_or_default())
                    && begin < fresh
                {
                    let offset = at + begin as u64;
                    found.objects.push((number, Location::At { offset, generation }));
                }
            }
            let trailers = words(&piece, b"trailer").filter(|end| *end <= fresh + OVERLAP as usize);
            found.trailers.extend(trailers.map(|end| at + end as u64));
            if found.objects.len() > self.limits.entries {
                return Err(PdfError::Limit { what: "objects", limit: self.limits.entries as u64 });
            }
            at += PIECE;
        }
        found.objects.dedup();
        Ok(found)
    }

    /// Objects in object streams, and a catalog if no trailer names one.
    fn look_inside(&mut self) {
        const LOOKED_AT_MOST: usize = 100_000;
        let places: Vec<(u32, Location)> = self.table.iter().take(LOOKED_AT_MOST).collect();
        let mut inside = Vec::new();
        let mut root = None;
        for (number, location) in places {
            let Location::At { offset, generation } = location else { continue };
            let Ok((reference, object)) = self.indirect(offset) else { continue };
            let Some(dictionary) = object.dictionary() else { continue };
            if dictionary.is("Type", "Catalog") {
                root = Some(reference);
            } else if dictionary.is("Type", "XRef") && !self.trailer.has("Root") && dictionary.has("Root") {
                self.trailer = dictionary.clone();
            } else if dictionary.is("Type", "ObjStm")
                && inside.len() < self.limits.entries
                && let Ok(members) = self.member_numbers(crate::Reference { number, generation })
            {
                let at = |(index, member)| {
                    Some((member, Location::In { stream: number, index: u32::try_from(index).ok()? }))
                };
                inside.extend(members.into_iter().enumerate().filter_map(at));
            }
        }
        inside.reverse();
        let whole: Vec<_> = self.table.iter().chain(inside).collect();
        self.table = Table::from_ranked(whole);
        if let Some(root) = root.filter(|_| !self.trailer.has("Root")) {
            self.trailer.set("Root", Object::Reference(root));
        }
    }
}

/// Ends of a word in bytes.
fn words<'b>(bytes: &'b [u8], word: &'b [u8]) -> impl Iterator<Item = usize> + 'b {
    bytes.windows(word.len()).enumerate().filter(move |(_, window)| *window == word).map(move |(at, _)| at + word.len())
}

/// `n g` at the end of bytes: number, generation and where it begins.
fn before(bytes: &[u8]) -> Option<(u32, u16, usize)> {
    let skipped = bytes.len().saturating_sub(OVERLAP as usize - 4);
    let bytes = bytes.get(skipped..)?;
    let cut = |bytes: &[u8]| -> Option<(u64, usize)> {
        let end = bytes.len() - bytes.iter().rev().take_while(|b| super::cursor::is_space(**b)).count();
        let begin = end - bytes.get(..end)?.iter().rev().take_while(|b| b.is_ascii_digit()).count();
        let number = std::str::from_utf8(bytes.get(begin..end)?).ok()?.parse().ok()?;
        Some((number, begin))
    };
    let (generation, middle) = cut(bytes)?;
    let spaced = bytes.get(..middle)?.last().is_some_and(|b| super::cursor::is_space(*b));
    let (number, begin) = cut(bytes.get(..middle)?)?;
    let generation = u16::try_from(generation).ok().filter(|_| spaced)?;
    Some((u32::try_from(number).ok()?, generation, skipped + begin))
}
