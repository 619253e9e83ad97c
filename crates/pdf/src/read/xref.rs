//! Cross-reference sections: tables, streams, both, and the chain of `/Prev` (ISO 32000-2 §7.5.4, §7.5.8).

use super::{Known, Location, Pdf};
use crate::PdfError;
use crate::object::{Dictionary, Object};
use std::collections::HashSet;
use std::sync::Arc;

/// One section with its trailer.
#[derive(Debug, Clone)]
pub(crate) struct Section {
    /// Where it begins, as `startxref` and `/Prev` give it.
    pub(crate) offset: u64,
    /// Where reading of it ended: after the trailer dictionary, or after the stream's data.
    pub(crate) after: u64,
    /// Its trailer dictionary.
    pub(crate) trailer: Dictionary,
    /// Whether it is a stream.
    pub(crate) is_stream: bool,
    /// Entries in order of rank.
    pub(crate) entries: Vec<(u32, Location)>,
}

impl Section {
    /// The same, its entries being merged into the table.
    pub(crate) fn without_entries(&self) -> Self {
        let Self { offset, after, ref trailer, is_stream, .. } = *self;
        Self { offset, after, trailer: trailer.clone(), is_stream, entries: Vec::new() }
    }

    /// Whether it is read the same where the file ends at `end`. One with a hidden section may not be: which of several
    /// takes that in depends on the chain.
    pub(super) fn is_same_before(&self, end: u64) -> bool {
        self.after <= end && !self.trailer.has("XRefStm") && !self.entries.is_empty()
    }
}

/// The sections from the newest to the oldest; those that are known are taken as they are. A `/Prev` that leads back ends
/// the chain.
pub(super) fn chain(pdf: &Pdf<'_>, start: u64, known: &Known) -> Result<Vec<Arc<Section>>, PdfError> {
    let mut sections: Vec<Arc<Section>> = Vec::new();
    let (mut seen, mut entries) = (HashSet::new(), 0usize);
    let mut next = Some(start);
    while let Some(offset) = next.filter(|offset| seen.insert(*offset)) {
        if sections.len() >= pdf.limits.sections {
            return Err(PdfError::Limit { what: "cross-reference sections", limit: pdf.limits.sections as u64 });
        }
        if let Some(section) = known.get(&offset) {
            next = offset_of(&section.trailer, "Prev");
            sections.push(Arc::clone(section));
            continue;
        }
        let mut section = read(pdf, offset, &mut entries)?;
        if let Some(hidden) = offset_of(&section.trailer, "XRefStm").filter(|offset| seen.insert(*offset)) {
            add_hidden(pdf, &mut section, hidden, &mut entries)?;
        }
        next = offset_of(&section.trailer, "Prev");
        sections.push(Arc::new(section));
    }
    Ok(sections)
}

fn offset_of(trailer: &Dictionary, key: &str) -> Option<u64> {
    match trailer.get(key)? {
        Object::Integer(offset) => u64::try_from(*offset).ok(),
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "some writers give 1234.0")]
        Object::Real(offset) if *offset >= 0.0 => Some(*offset as u64),
        _ => None,
    }
}

/// Entries of the stream of a hybrid file rank behind what the table has in use, before what it calls free (§7.5.8.4).
fn add_hidden(pdf: &Pdf<'_>, section: &mut Section, offset: u64, entries: &mut usize) -> Result<(), PdfError> {
    let hidden = read(pdf, offset, entries)?;
    let (free, used): (Vec<_>, Vec<_>) =
        std::mem::take(&mut section.entries).into_iter().partition(|(_, location)| *location == Location::Free);
    section.entries = used.into_iter().chain(hidden.entries).chain(free).collect();
    Ok(())
}

fn read(pdf: &Pdf<'_>, offset: u64, entries: &mut usize) -> Result<Section, PdfError> {
    let first = read_at(pdf, offset, offset, entries);
    if first.is_err() && pdf.shift > 0 {
        return read_at(pdf, offset, offset.saturating_add(pdf.shift), entries);
    }
    first
}

fn read_at(pdf: &Pdf<'_>, offset: u64, real: u64, entries: &mut usize) -> Result<Section, PdfError> {
    if real >= pdf.end {
        return Err(PdfError::malformed(real, format!("cross-references beyond the end at {}", pdf.end)));
    }
    let mut parser = pdf.parser(real);
    parser.space()?;
    let shift = real - offset;
    let mut section =
        if parser.cursor.take(b"xref")? { table(pdf, real, entries)? } else { stream(pdf, real, entries)? };
    section.offset = offset;
    for (_, location) in &mut section.entries {
        if let Location::At { offset, .. } = location {
            *offset = offset.saturating_add(shift);
        }
    }
    Ok(section)
}

fn count(pdf: &Pdf<'_>, entries: &mut usize, more: usize) -> Result<(), PdfError> {
    *entries = entries.saturating_add(more);
    if *entries > pdf.limits.entries {
        return Err(PdfError::Limit { what: "cross-reference entries", limit: pdf.limits.entries as u64 });
    }
    Ok(())
}

fn number(word: &[u8]) -> Option<u64> {
    std::str::from_utf8(word).ok()?.parse().ok()
}

/// A table and the trailer after it.
fn table(pdf: &Pdf<'_>, offset: u64, entries: &mut usize) -> Result<Section, PdfError> {
    let mut parser = pdf.parser_unbounded(offset);
    parser.space()?;
    parser.cursor.take(b"xref")?;
    let mut found = Vec::new();
    loop {
        let word = parser.word()?;
        if word == b"trailer" {
            break;
        }
        let at = parser.cursor.offset();
        let (Some(mut first), Some(length)) = (number(&word), number(&parser.word()?)) else {
            return Err(PdfError::malformed(at, "neither a subsection nor a trailer in the cross-reference table"));
        };
        count(pdf, entries, usize::try_from(length).unwrap_or(usize::MAX))?;
        for index in 0..length {
            let (place, generation, kind) = (parser.word()?, parser.word()?, parser.word()?);
            let (Some(place), Some(generation)) = (number(&place), number(&generation)) else {
                return Err(PdfError::malformed(parser.cursor.offset(), "an entry without offset and generation"));
            };
            if index == 0 && first == 1 && generation == 65535 && kind == b"f" {
                first = 0; // a known slip of some writers
            }
            let Ok(number) = u32::try_from(first + index) else { continue };
            let generation = u16::try_from(generation).unwrap_or(u16::MAX);
            found.push((
                number,
                match kind.as_slice() {
                    b"n" if place > 0 => Location::At { offset: place, generation },
                    b"n" | b"f" => Location::Free,
                    _ => return Err(PdfError::malformed(parser.cursor.offset(), "an entry that is neither n nor f")),
                },
            ));
        }
    }
    let from = parser.cursor.offset();
    let mut parser = pdf.parser(from);
    let trailer = match parser.object()? {
        Object::Dictionary(trailer) => trailer,
        _ => return Err(PdfError::malformed(from, "the trailer is no dictionary")),
    };
    Ok(Section { offset, after: parser.cursor.offset(), trailer, is_stream: false, entries: found })
}

/// A cross-reference stream.
fn stream(pdf: &Pdf<'_>, offset: u64, entries: &mut usize) -> Result<Section, PdfError> {
    let (_, object) = pdf.indirect(offset)?;
    let Object::Stream(stream) = object else {
        return Err(PdfError::malformed(offset, "neither a cross-reference table nor a stream"));
    };
    let dictionary = &stream.dictionary;
    if !dictionary.is("Type", "XRef") {
        return Err(PdfError::malformed(offset, "a stream that is no cross-reference stream"));
    }
    let data = pdf.decode_plain(&stream)?;
    let widths = whole_numbers(dictionary.get("W"));
    let &[kind_width, second_width, third_width] = widths.as_slice() else {
        return Err(PdfError::malformed(offset, "/W of the cross-reference stream has not three numbers"));
    };
    let width = kind_width.saturating_add(second_width).saturating_add(third_width);
    if width == 0 || widths.iter().any(|width| *width > 8) {
        return Err(PdfError::malformed(offset, "/W of the cross-reference stream has widths beyond 8"));
    }
    let width = usize::try_from(width).unwrap_or(usize::MAX);
    let size = dictionary.get("Size").and_then(Object::integer).and_then(|n| u64::try_from(n).ok()).unwrap_or(0);
    let index = match whole_numbers(dictionary.get("Index")) {
        index if index.is_empty() => vec![0, size],
        index => index,
    };
    let mut rows = data.chunks_exact(width);
    count(pdf, entries, data.len() / width)?;
    let mut found = Vec::with_capacity(data.len() / width);
    for pair in index.chunks_exact(2) {
        let &[first, length] = pair else { continue };
        for at in 0..length {
            let Some(row) = rows.next() else { break };
            let (kind, rest) = field(row, kind_width);
            let (second, rest) = field(rest, second_width);
            let (third, _) = field(rest, third_width);
            let Ok(number) = u32::try_from(first.saturating_add(at)) else { continue };
            found.push((number, entry(if kind_width == 0 { 1 } else { kind }, second, third)));
        }
    }
    Ok(Section { offset, after: stream.data.end, trailer: stream.dictionary, is_stream: true, entries: found })
}

/// One row (table 18).
fn entry(kind: u64, second: u64, third: u64) -> Location {
    match (kind, u32::try_from(second), u32::try_from(third)) {
        (1, _, _) if second > 0 => {
            Location::At { offset: second, generation: u16::try_from(third).unwrap_or(u16::MAX) }
        }
        (2, Ok(stream), Ok(index)) => Location::In { stream, index },
        _ => Location::Free,
    }
}

fn whole_numbers(object: Option<&Object>) -> Vec<u64> {
    let elements = object.and_then(Object::array).unwrap_or_default();
    elements.iter().map(|e| e.integer().and_then(|n| u64::try_from(n).ok()).unwrap_or(u64::MAX)).collect()
}

fn field(row: &[u8], width: u64) -> (u64, &[u8]) {
    let (field, rest) = row.split_at(usize::try_from(width).unwrap_or(0).min(row.len()));
    (field.iter().fold(0, |value, byte| value << 8 | u64::from(*byte)), rest)
}
