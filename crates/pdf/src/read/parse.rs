//! Bytes to values (ISO 32000-2 §7.2, §7.3).

use super::cursor::{Cursor, is_regular, is_space};
use crate::object::{Dictionary, Object, PdfString, Reference};
use crate::{Limits, PdfError};

/// Longest number or keyword.
const WORD_BYTES_MAX: usize = 128;
/// Longest name; the standard's former limit is 127.
const NAME_BYTES_MAX: usize = 4096;

/// Reads values one after another.
pub(super) struct Parser<'a> {
    pub(super) cursor: Cursor<'a>,
    depth_most: u32,
    /// Offset after which one value does not go on.
    stop: u64,
    bytes_most: u64,
    /// Whether places of strings are offsets of the file.
    in_file: bool,
}

impl<'a> Parser<'a> {
    /// Over the bytes of a file.
    pub(super) fn new(cursor: Cursor<'a>, limits: &Limits) -> Self {
        let stop = cursor.offset().saturating_add(limits.object_bytes);
        Self { cursor, depth_most: limits.depth, stop, bytes_most: limits.object_bytes, in_file: true }
    }

    /// Over the bytes of an object stream.
    pub(super) fn inside_stream(cursor: Cursor<'a>, limits: &Limits) -> Self {
        Self { in_file: false, ..Self::new(cursor, limits) }
    }

    fn wrong<T>(&self, reason: impl Into<String>) -> Result<T, PdfError> {
        Err(PdfError::malformed(self.cursor.offset(), reason))
    }

    fn check_stop(&self) -> Result<(), PdfError> {
        if self.cursor.offset() > self.stop {
            return Err(PdfError::Limit { what: "bytes of one object", limit: self.bytes_most });
        }
        Ok(())
    }

    /// Skips white space and comments.
    pub(super) fn space(&mut self) -> Result<(), PdfError> {
        while let Some(byte) = self.cursor.peek()? {
            if byte == b'%' {
                while self.cursor.next()?.is_some_and(|byte| byte != b'\n' && byte != b'\r') {}
            } else if is_space(byte) {
                self.cursor.next()?;
            } else {
                break;
            }
            self.check_stop()?;
        }
        Ok(())
    }

    /// The next run of regular characters; may be empty.
    pub(super) fn word(&mut self) -> Result<Vec<u8>, PdfError> {
        self.space()?;
        let mut word = Vec::new();
        while let Some(byte) = self.cursor.peek()?.filter(|byte| is_regular(*byte)) {
            if word.len() >= WORD_BYTES_MAX {
                return self.wrong(format!("a word of more than {WORD_BYTES_MAX} bytes"));
            }
            word.push(byte);
            self.cursor.next()?;
        }
        Ok(word)
    }

    /// The next value.
    pub(super) fn object(&mut self) -> Result<Object, PdfError> {
        self.nested(0)
    }

    fn nested(&mut self, depth: u32) -> Result<Object, PdfError> {
        if depth > self.depth_most {
            return Err(PdfError::Limit { what: "depth of arrays and dictionaries", limit: self.depth_most.into() });
        }
        self.space()?;
        self.check_stop()?;
        match self.cursor.peek()? {
            None => self.wrong("the end instead of a value"),
            Some(b'/') => Ok(Object::Name(self.name()?)),
            Some(b'(') => self.literal().map(Object::String),
            Some(b'[') => self.array(depth),
            Some(b'<') => {
                if self.cursor.take(b"<<")? {
                    return self.dictionary(depth).map(Object::Dictionary);
                }
                self.hexadecimal().map(Object::String)
            }
            Some(byte) if is_regular(byte) => self.plain(),
            Some(byte) => self.wrong(format!("{:?} instead of a value", char::from(byte))),
        }
    }

    fn name(&mut self) -> Result<Vec<u8>, PdfError> {
        self.cursor.next()?;
        let mut name = Vec::new();
        while let Some(byte) = self.cursor.peek()?.filter(|byte| is_regular(*byte)) {
            self.cursor.next()?;
            name.push(if byte == b'#' { self.name_escape()? } else { byte });
            if name.len() > NAME_BYTES_MAX {
                return self.wrong(format!("a name of more than {NAME_BYTES_MAX} bytes"));
            }
        }
        Ok(name)
    }

    /// After `#`: two hexadecimal digits, else the sign itself.
    fn name_escape(&mut self) -> Result<u8, PdfError> {
        let before = self.cursor.offset();
        let high = self.cursor.next()?.and_then(digit);
        let low = self.cursor.next()?.and_then(digit);
        match (high, low) {
            (Some(high), Some(low)) => Ok(high << 4 | low),
            _ => {
                self.cursor.seek(before);
                Ok(b'#')
            }
        }
    }

    fn array(&mut self, depth: u32) -> Result<Object, PdfError> {
        self.cursor.next()?;
        let mut elements = Vec::new();
        loop {
            self.space()?;
            match self.cursor.peek()? {
                Some(b']') => {
                    self.cursor.next()?;
                    return Ok(Object::Array(elements));
                }
                None => return self.wrong("the end inside an array"),
                Some(_) => elements.push(self.nested(depth + 1)?),
            }
        }
    }

    /// After `<<`.
    fn dictionary(&mut self, depth: u32) -> Result<Dictionary, PdfError> {
        let mut dictionary = Dictionary::default();
        loop {
            self.space()?;
            match self.cursor.peek()? {
                Some(b'>') => {
                    return if self.cursor.take(b">>")? {
                        Ok(dictionary)
                    } else {
                        self.wrong("a single '>' at the end of a dictionary")
                    };
                }
                Some(b'/') => {
                    let key = self.name()?;
                    let value = self.nested(depth + 1)?;
                    dictionary.parsed(key, value);
                }
                Some(byte) => return self.wrong(format!("{:?} instead of a key", char::from(byte))),
                None => return self.wrong("the end inside a dictionary"),
            }
        }
    }

    fn placed(&self, bytes: Vec<u8>, from: u64, hexadecimal: bool) -> PdfString {
        let place = if self.in_file { from..self.cursor.offset() } else { 0..0 };
        PdfString { bytes, place, hexadecimal }
    }

    fn hexadecimal(&mut self) -> Result<PdfString, PdfError> {
        let from = self.cursor.offset();
        self.cursor.next()?;
        let (mut bytes, mut half) = (Vec::new(), None);
        loop {
            if half.is_none() {
                // Signatures are long: whole bytes are taken in runs.
                let run = self.cursor.ahead()?;
                let pairs = run.chunks_exact(2).map_while(|pair| match pair {
                    [high, low] => byte_of(*high, *low),
                    _ => None,
                });
                let before = bytes.len();
                bytes.extend(pairs);
                self.cursor.pass(2 * (bytes.len() - before));
            }
            let byte = self.cursor.next()?;
            match (byte, byte.and_then(digit)) {
                (Some(b'>'), _) => break,
                (None, _) => return self.wrong("the end inside a hexadecimal string"),
                (Some(_), Some(low)) => match half.take() {
                    Some(high) => bytes.push(high << 4 | low),
                    None => half = Some(low),
                },
                (Some(byte), None) if is_space(byte) => {}
                (Some(byte), None) => return self.wrong(format!("byte {byte:#04x} in a hexadecimal string")),
            }
            self.check_stop()?;
        }
        bytes.extend(half.map(|high| high << 4));
        Ok(self.placed(bytes, from, true))
    }

    fn literal(&mut self) -> Result<PdfString, PdfError> {
        let from = self.cursor.offset();
        self.cursor.next()?;
        let (mut bytes, mut open) = (Vec::new(), 1u32);
        loop {
            let Some(byte) = self.cursor.next()? else { return self.wrong("the end inside a string") };
            match byte {
                b'(' => open = open.saturating_add(1),
                b')' => open -= 1,
                b'\\' => {
                    bytes.extend(self.escape()?);
                    continue;
                }
                b'\r' => {
                    // Any end of line is one line feed (§7.3.4.2).
                    self.cursor.take(b"\n")?;
                    bytes.push(b'\n');
                    continue;
                }
                _ => {}
            }
            if open == 0 {
                return Ok(self.placed(bytes, from, false));
            }
            bytes.push(byte);
            self.check_stop()?;
        }
    }

    /// After a backslash (table 3).
    fn escape(&mut self) -> Result<Option<u8>, PdfError> {
        let Some(byte) = self.cursor.next()? else { return Ok(None) };
        Ok(match byte {
            b'n' => Some(b'\n'),
            b'r' => Some(b'\r'),
            b't' => Some(b'\t'),
            b'b' => Some(8),
            b'f' => Some(12),
            b'\n' => None,
            b'\r' => {
                self.cursor.take(b"\n")?;
                None
            }
            b'0'..=b'7' => {
                let mut value = u32::from(byte - b'0');
                for _ in 0..2 {
                    let Some(next) = self.cursor.peek()?.filter(|b| (b'0'..=b'7').contains(b)) else { break };
                    self.cursor.next()?;
                    value = value << 3 | u32::from(next - b'0');
                }
                u8::try_from(value & 0xff).ok()
            }
            other => Some(other),
        })
    }

    /// A number, a reference or a keyword.
    fn plain(&mut self) -> Result<Object, PdfError> {
        let word = self.word()?;
        match word.as_slice() {
            b"true" => return Ok(Object::Boolean(true)),
            b"false" => return Ok(Object::Boolean(false)),
            b"null" => return Ok(Object::Null),
            _ => {}
        }
        match number(&word) {
            Some(Object::Integer(first)) => {
                Ok(self.reference(first)?.map_or(Object::Integer(first), Object::Reference))
            }
            Some(real) => Ok(real),
            // `-1.#INF` and other accidents: readers differ in what they make of it, so it equals nothing.
            None if matches!(word.first(), Some(b'0'..=b'9' | b'+' | b'-' | b'.')) => Ok(Object::Real(f64::NAN)),
            None => self.wrong(format!("{:?} instead of a value", String::from_utf8_lossy(&word))),
        }
    }

    /// `n g R`, of which `n` is read already.
    fn reference(&mut self, first: i64) -> Result<Option<Reference>, PdfError> {
        let Ok(number) = u32::try_from(first) else { return Ok(None) };
        let before = self.cursor.offset();
        self.space()?;
        if self.cursor.peek()?.is_some_and(|byte| byte.is_ascii_digit()) {
            let second = self.word()?;
            let generation = std::str::from_utf8(&second).ok().and_then(|text| text.parse::<u16>().ok());
            if let Some(generation) = generation {
                self.space()?;
                if self.cursor.take(b"R")? && !self.cursor.peek()?.is_some_and(is_regular) {
                    return Ok(Some(Reference { number, generation }));
                }
            }
        }
        self.cursor.seek(before);
        Ok(None)
    }

    /// `n g obj`: the number that stands there.
    pub(super) fn header(&mut self) -> Result<Reference, PdfError> {
        let from = self.cursor.offset();
        let (number, generation) = (whole(&self.word()?), whole(&self.word()?));
        self.space()?;
        match (number, generation, self.cursor.take(b"obj")?) {
            (Some(number), Some(generation), true) => {
                Ok(Reference { number, generation: u16::try_from(generation).unwrap_or(u16::MAX) })
            }
            _ => Err(PdfError::malformed(from, "no object begins here")),
        }
    }
}

fn whole(word: &[u8]) -> Option<u32> {
    std::str::from_utf8(word).ok()?.parse().ok()
}

/// The value of every hexadecimal digit, 0xff for all other bytes.
#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler")]
const DIGITS: [u8; 256] = {
    let mut digits = [0xff; 256];
    let mut value = 0;
    while value < 16 {
        digits[b"0123456789abcdef"[value] as usize] = value as u8;
        digits[b"0123456789ABCDEF"[value] as usize] = value as u8;
        value += 1;
    }
    digits
};

fn digit(byte: u8) -> Option<u8> {
    DIGITS.get(usize::from(byte)).copied().filter(|value| *value < 16)
}

fn byte_of(high: u8, low: u8) -> Option<u8> {
    let (high, low) = (DIGITS.get(usize::from(high))?, DIGITS.get(usize::from(low))?);
    ((high | low) < 16).then_some(high << 4 | low)
}

/// A number, if the word is one.
fn number(word: &[u8]) -> Option<Object> {
    let text = std::str::from_utf8(word).ok()?;
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let numeric = digits.bytes().all(|b| b.is_ascii_digit() || b == b'.') && digits.bytes().any(|b| b.is_ascii_digit());
    if !numeric {
        return None;
    }
    match text.parse::<i64>() {
        Ok(integer) => Some(Object::Integer(integer)),
        Err(_) => text.parse::<f64>().ok().filter(|real| real.is_finite()).map(Object::Real),
    }
}
