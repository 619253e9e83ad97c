//! Indirect objects, streams and object streams (ISO 32000-2 §7.3.8, §7.3.10, §7.5.7).

use super::cursor::Cursor;
use super::filter;
use super::parse::Parser;
use super::{Location, Pdf};
use crate::PdfError;
use crate::object::{Dictionary, Object, Reference, Stream};
use std::ops::Range;
use std::sync::Arc;

/// Objects in one object stream.
const MEMBERS_MOST: i64 = 100_000;

/// A decoded object stream.
pub(super) struct ObjectStream {
    bytes: Vec<u8>,
    /// Object numbers and their offsets in `bytes`.
    members: Vec<(u32, u64)>,
}

impl<'a> Pdf<'a> {
    /// The indirect object at an offset.
    pub(super) fn indirect(&self, offset: u64) -> Result<(Reference, Object), PdfError> {
        let mut parser = self.parser(offset);
        let reference = parser.header()?;
        let object = parser.object()?;
        let Object::Dictionary(dictionary) = object else { return Ok((reference, object)) };
        parser.space()?;
        if !parser.cursor.take(b"stream")? {
            return Ok((reference, Object::Dictionary(dictionary)));
        }
        if !parser.cursor.take(b"\r\n")? && !parser.cursor.take(b"\n")? {
            parser.cursor.take(b"\r")?;
        }
        let data = self.stream_data(parser.cursor.offset(), &dictionary)?;
        Ok((reference, Object::Stream(Stream { dictionary, data })))
    }

    /// As [`Pdf::parser`], for sections that are longer than one object may be.
    pub(super) fn parser_unbounded(&self, offset: u64) -> Parser<'a> {
        let limits = crate::Limits { object_bytes: u64::MAX, ..self.limits };
        Parser::new(Cursor::new(self.source, offset, self.end), &limits)
    }

    /// From `from` for `/Length` bytes; where that is wrong, up to the first `endstream`.
    fn stream_data(&self, from: u64, dictionary: &Dictionary) -> Result<Range<u64>, PdfError> {
        if let Some(length) = self.length(dictionary)? {
            let end = from.saturating_add(length);
            if end <= self.end {
                let mut parser = self.parser(end);
                parser.space()?;
                if parser.cursor.take(b"endstream")? {
                    return Ok(from..end);
                }
            }
        }
        let end = self.find_endstream(from)?;
        Ok(from..end)
    }

    /// `/Length`; `None` if it is missing or no number. Objects in a chain of lengths are few.
    fn length(&self, dictionary: &Dictionary) -> Result<Option<u64>, PdfError> {
        let length = match dictionary.get("Length") {
            // Before the table is there (cross-reference streams) references lead nowhere.
            Some(Object::Reference(reference)) => match self.get(*reference) {
                Ok(object) => object.integer(),
                Err(PdfError::Malformed { .. }) => None,
                Err(other) => return Err(other),
            },
            Some(Object::Integer(length)) => Some(*length),
            _ => None,
        };
        Ok(length.and_then(|length| u64::try_from(length).ok()))
    }

    fn find_endstream(&self, from: u64) -> Result<u64, PdfError> {
        const PIECE: u64 = 64 << 10;
        let word = b"endstream";
        let most = from.saturating_add(self.limits.stream_bytes as u64).min(self.end);
        let mut at = from;
        while at < most {
            let bytes = self.source.read(at..most.min(at + PIECE + word.len() as u64), 65 << 10)?;
            if let Some(found) = bytes.windows(word.len()).position(|window| window == word) {
                let line_end = match bytes.get(..found) {
                    Some([.., b'\r', b'\n']) => 2,
                    Some([.., b'\n' | b'\r']) => 1,
                    _ => 0,
                };
                return Ok(at + (found - line_end) as u64);
            }
            at += PIECE;
        }
        Err(PdfError::malformed(from, "a stream without endstream"))
    }

    /// The bytes of a stream, decoded.
    ///
    /// # Errors
    /// [`PdfError::Filter`] for filters of images, [`PdfError::Limit`] for decompression bombs, [`PdfError::Encrypted`].
    pub fn decode(&self, stream: &Stream) -> Result<Vec<u8>, PdfError> {
        if self.is_encrypted() {
            return Err(PdfError::Encrypted("a stream".into()));
        }
        self.decode_plain(stream)
    }

    /// The bytes of a stream as they stand.
    ///
    /// # Errors
    /// [`PdfError::Source`] if there are more than the limit.
    pub fn raw(&self, stream: &Stream) -> Result<Vec<u8>, PdfError> {
        Ok(self.source.read(stream.data.clone(), self.limits.stream_bytes)?)
    }

    pub(super) fn decode_plain(&self, stream: &Stream) -> Result<Vec<u8>, PdfError> {
        let raw = self.raw(stream)?;
        let filters = self.each_of(&stream.dictionary, "Filter", "F")?;
        let parameters = self.each_of(&stream.dictionary, "DecodeParms", "DP")?;
        filter::decode(raw, &filters, &parameters, self.limits.decoded_bytes, stream.data.start)
    }

    /// A value or the elements of an array, resolved.
    fn each_of(&self, dictionary: &Dictionary, key: &str, short: &str) -> Result<Vec<Object>, PdfError> {
        let key = if dictionary.has(key) { key } else { short };
        let value = self.value(dictionary, key)?;
        match &*value {
            Object::Array(elements) => {
                elements.iter().take(filter::CHAIN_MOST + 1).map(|e| Ok(self.resolve(e)?.clone())).collect()
            }
            Object::Null => Ok(Vec::new()),
            // A file specification of an external stream: never read.
            Object::String(_) => Err(PdfError::Filter("(external file)".into())),
            one => Ok(vec![one.clone()]),
        }
    }

    /// Object `number` from object stream `stream`.
    pub(super) fn member(&self, stream: u32, index: u32, number: u32) -> Result<Object, PdfError> {
        let members = self.object_stream(stream)?;
        let listed = members.members.get(index as usize).filter(|(found, _)| *found == number);
        // Some writers count wrongly; the number is what counts.
        let listed = listed.or_else(|| members.members.iter().find(|(found, _)| *found == number));
        let Some((_, offset)) = listed else {
            return Err(PdfError::malformed(0, format!("object {number} is not in object stream {stream}")));
        };
        let end = members.bytes.len() as u64;
        Parser::inside_stream(Cursor::new(&members.bytes, *offset, end), &self.limits).object()
    }

    /// The numbers of the objects in an object stream.
    pub(super) fn member_numbers(&self, stream: Reference) -> Result<Vec<u32>, PdfError> {
        Ok(self.object_stream(stream.number)?.members.iter().map(|(number, _)| *number).collect())
    }

    fn object_stream(&self, number: u32) -> Result<Arc<ObjectStream>, PdfError> {
        if let Some(kept) = self.object_streams.borrow().get(&number) {
            return Ok(Arc::clone(kept));
        }
        if self.is_encrypted() {
            return Err(PdfError::Encrypted(format!("object stream {number}")));
        }
        let generation = match self.table.find(number) {
            Location::At { generation, .. } => generation,
            _ => return Err(PdfError::malformed(0, format!("object stream {number} is not in the file"))),
        };
        let object = self.get(Reference { number, generation })?;
        let Some(stream) = object.stream() else {
            return Err(PdfError::malformed(0, format!("object stream {number} is no stream")));
        };
        let members = Arc::new(self.members(stream)?);
        self.keep_object_stream(number, &members);
        Ok(members)
    }

    fn members(&self, stream: &Stream) -> Result<ObjectStream, PdfError> {
        let bytes = self.decode_plain(stream)?;
        let whole = |key| stream.dictionary.get(key).and_then(Object::integer).unwrap_or(-1);
        let (count, first) = (whole("N"), whole("First"));
        let Some(first) = u64::try_from(first).ok().filter(|_| (0..=MEMBERS_MOST).contains(&count)) else {
            return Err(PdfError::malformed(stream.data.start, "an object stream without /N and /First in bounds"));
        };
        let mut parser = Parser::inside_stream(Cursor::new(&bytes, 0, bytes.len() as u64), &self.limits);
        let mut members = Vec::new();
        for _ in 0..count {
            let (number, offset) = (parser.object()?, parser.object()?);
            let number = number.integer().and_then(|n| u32::try_from(n).ok());
            let offset = offset.integer().and_then(|n| u64::try_from(n).ok());
            let (Some(number), Some(offset)) = (number, offset) else {
                return Err(PdfError::malformed(stream.data.start, "an object stream whose index is no numbers"));
            };
            members.push((number, first.saturating_add(offset)));
        }
        Ok(ObjectStream { bytes, members })
    }

    fn keep_object_stream(&self, number: u32, members: &Arc<ObjectStream>) {
        let mut kept = self.object_streams.borrow_mut();
        let held: usize = kept.values().map(|stream| stream.bytes.len()).sum();
        if held + members.bytes.len() > self.limits.kept_bytes || kept.len() > 256 {
            kept.clear();
        }
        kept.insert(number, Arc::clone(members));
    }
}
