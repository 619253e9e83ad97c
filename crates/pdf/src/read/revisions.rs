//! Incremental updates: where each revision ends (ISO 32000-2 §7.5.6).

use super::Pdf;
use crate::PdfError;
use std::collections::HashSet;

/// How far after `startxref` the mark `%%EOF` is looked for.
const MARK_WITHIN: u64 = 128;

/// One revision: the file as it was first written, or after an incremental update.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revision {
    /// Offset of its cross-reference section.
    pub section: u64,
    /// Offset after its `%%EOF` and the line end behind it.
    pub end: u64,
}

impl Pdf<'_> {
    /// The revisions, oldest first. A file with broken cross-references is one revision.
    ///
    /// # Errors
    /// [`PdfError::Source`].
    pub fn revisions(&self) -> Result<Vec<Revision>, PdfError> {
        let mut revisions = Vec::new();
        let known: HashSet<u64> = self.sections.iter().map(|section| section.offset).collect();
        for section in &self.sections {
            if let Some(end) = self.end_of_revision(section.after, &known)? {
                revisions.push(Revision { section: section.offset, end });
            }
        }
        revisions.sort_by_key(|revision| revision.end);
        revisions.dedup_by_key(|revision| revision.end);
        if revisions.is_empty() {
            revisions.push(Revision { section: self.sections.first().map_or(0, |s| s.offset), end: self.end });
        }
        Ok(revisions)
    }

    /// How many cross-reference sections it has: about the work of opening it.
    pub fn sections(&self) -> usize {
        self.sections.len()
    }

    /// `startxref`, the offset of a `known` section of the chain, and `%%EOF`, after a section. A linearised file has a section at
    /// its begin that is followed by `startxref 0`: no end of a revision.
    fn end_of_revision(&self, after: u64, known: &HashSet<u64>) -> Result<Option<u64>, PdfError> {
        let mut parser = self.parser(after);
        for _ in 0..4 {
            let word = match parser.word() {
                Ok(word) => word,
                Err(PdfError::Source(error)) => return Err(error.into()),
                Err(_) => return Ok(None),
            };
            match word.as_slice() {
                b"endstream" | b"endobj" => {}
                b"startxref" => {
                    let offset = parser.word().ok();
                    let offset = offset.and_then(|word| std::str::from_utf8(&word).ok()?.parse::<u64>().ok());
                    let is_known = offset.is_some_and(|offset| known.contains(&offset));
                    return if is_known { self.after_mark(parser.cursor.offset()).map(Some) } else { Ok(None) };
                }
                _ => return Ok(None),
            }
        }
        Ok(None)
    }

    fn after_mark(&self, from: u64) -> Result<u64, PdfError> {
        let bytes = self.source.read(from..self.end.min(from + MARK_WITHIN), 128)?;
        let mark = b"%%EOF";
        let Some(at) = bytes.windows(mark.len()).position(|window| window == mark) else { return Ok(from) };
        let end = at + mark.len();
        let line_end = match bytes.get(end..) {
            Some([b'\r', b'\n', ..]) => 2,
            Some([b'\n' | b'\r', ..]) => 1,
            _ => 0,
        };
        Ok(from + (end + line_end) as u64)
    }

    /// Whether the newest section is a cross-reference stream, which an update must then use too.
    pub fn uses_xref_streams(&self) -> bool {
        self.sections.first().is_some_and(|section| section.is_stream)
    }

    /// The offset of the newest section, for `/Prev`; `None` if cross-references are broken.
    pub fn newest_section(&self) -> Option<u64> {
        self.sections.first().map(|section| section.offset)
    }
}
