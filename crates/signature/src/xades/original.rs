//! A document's own bytes, kept as they are: text is put in at places found in the parsed form.

use crate::making::MakeError;
use crate::xades::LIMITS;
use std::borrow::Cow;

/// A document in UTF-8 as it came, and as it is parsed.
pub(super) struct Original<'b> {
    bytes: &'b [u8],
    text: Cow<'b, str>,
    /// Bytes of the byte order mark.
    mark: usize,
}

/// Something to put in, at an offset of the parsed text.
pub(super) struct Insertion {
    pub(super) at: usize,
    /// Bytes of the parsed text that it replaces.
    pub(super) replaces: usize,
    pub(super) text: String,
}

impl<'b> Original<'b> {
    /// # Errors
    /// [`MakeError::Document`] for UTF-16, and what [`mekong_xml::decode`] refuses.
    pub(super) fn read(bytes: &'b [u8]) -> Result<Self, MakeError> {
        if matches!(bytes, [0xFE, 0xFF, ..] | [0xFF, 0xFE, ..] | [0, ..] | [_, 0, ..]) {
            let reason = "UTF-16 is not signed in place; convert the document to UTF-8".into();
            return Err(MakeError::Document { place: "document".into(), reason });
        }
        let text = mekong_xml::decode(bytes, &LIMITS).map_err(|e| document_error("document", e))?;
        let mark = if bytes.starts_with(&[0xEF, 0xBB, 0xBF]) { 3 } else { 0 };
        Ok(Self { bytes, text, mark })
    }

    /// The parsed form.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The offset in the bytes of an offset in the parsed text.
    pub(super) fn own_offset(&self, parsed: usize) -> usize {
        let mut place = Place { original: self, parsed: 0, own: self.mark };
        place.advance(parsed);
        place.own
    }

    /// The bytes with everything put in; the order does not matter.
    pub(super) fn with(&self, mut insertions: Vec<Insertion>) -> Vec<u8> {
        insertions.sort_by_key(|i| i.at);
        let more: usize = insertions.iter().map(|i| i.text.len()).sum();
        let mut out = Vec::with_capacity(self.bytes.len() + more);
        let mut place = Place { original: self, parsed: 0, own: self.mark };
        out.extend_from_slice(self.bytes.get(..self.mark).unwrap_or_default());
        for insertion in insertions {
            let from = place.own;
            place.advance(insertion.at);
            out.extend_from_slice(self.bytes.get(from..place.own).unwrap_or_default());
            out.extend_from_slice(insertion.text.as_bytes());
            place.advance(insertion.at + insertion.replaces);
        }
        out.extend_from_slice(self.bytes.get(place.own..).unwrap_or_default());
        out
    }
}

/// Corresponding offsets in the parsed text and in the bytes: `\r\n` there is `\n` here.
struct Place<'o, 'b> {
    original: &'o Original<'b>,
    parsed: usize,
    own: usize,
}

impl Place<'_, '_> {
    fn advance(&mut self, parsed: usize) {
        if matches!(self.original.text, Cow::Borrowed(_)) {
            self.own += parsed.saturating_sub(self.parsed);
            self.parsed = parsed;
            return;
        }
        while self.parsed < parsed {
            let rest = self.original.bytes.get(self.own..).unwrap_or_default();
            let two = rest.starts_with(b"\r\n");
            self.own += if two { 2 } else { 1 };
            self.parsed += 1;
        }
    }
}

/// A [`MakeError::Document`].
pub(super) fn document_error(place: &str, reason: impl ToString) -> MakeError {
    MakeError::Document { place: place.into(), reason: reason.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_and_mark_stay() {
        let bytes = "\u{FEFF}<a>\r\n<b/>\r\r\n</a>\r\n".as_bytes();
        let original = Original::read(bytes).unwrap();
        assert_eq!(original.text(), "<a>\n<b/>\n\n</a>\n");
        let insertion = |at, replaces, text: &str| Insertion { at, replaces, text: text.into() };
        let out = original.with(vec![insertion(10, 0, "<c/>"), insertion(4, 4, "X")]);
        assert_eq!(out, "\u{FEFF}<a>\r\nX\r\r\n<c/></a>\r\n".as_bytes());
        assert!(Original::read(&[0xFF, 0xFE, b'<', 0]).is_err());
    }
}
