//! The two fixed points of a PDF: the header at its begin and `startxref` at its end (ISO 32000-2 §7.5.2, §7.5.5).

use super::cursor::Cursor;
use super::parse::Parser;
use crate::{Limits, PdfError};
use mekong_base::Source;

/// The header may have this much before it.
const HEADER_WITHIN: u64 = 1024;
/// `startxref` stands in this much of the end.
const START_WITHIN: u64 = 2048;

/// The last place of a word in bytes.
pub(super) fn last_of(bytes: &[u8], word: &[u8]) -> Option<usize> {
    bytes.windows(word.len()).rposition(|window| window == word)
}

/// Bytes before the header, and the version in it.
pub(super) fn header(source: &dyn Source, end: u64) -> Result<(u64, String), PdfError> {
    let head = source.read(0..end.min(HEADER_WITHIN), 1024)?;
    let mark = b"%PDF-";
    let Some(at) = head.windows(mark.len()).position(|window| window == mark) else { return Err(PdfError::NotPdf) };
    let version = head.iter().skip(at + mark.len()).take_while(|b| b.is_ascii_digit() || **b == b'.').take(8);
    Ok((at as u64, version.map(|b| char::from(*b)).collect()))
}

/// The offset that `startxref` gives.
pub(super) fn start(source: &dyn Source, end: u64) -> Result<u64, PdfError> {
    let from = end.saturating_sub(START_WITHIN);
    let tail = source.read(from..end, 2048)?;
    let word = b"startxref";
    let Some(at) = last_of(&tail, word) else { return Err(PdfError::malformed(end, "no startxref at the end")) };
    let offset = from + (at + word.len()) as u64;
    let mut parser = Parser::new(Cursor::new(source, offset, end), &Limits::default());
    let number = parser.word()?;
    let number = std::str::from_utf8(&number).ok().and_then(|text| text.parse::<u64>().ok());
    number.ok_or_else(|| PdfError::malformed(offset, "no number after startxref"))
}
