//! Numbers, texts and byte strings, written and read.

use super::VERSION;

/// The bytes of a record are not what this release, or an earlier one, writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{what} is malformed, {left} bytes before the end of the record")]
pub(in super::super) struct Malformed {
    /// The field.
    pub(in super::super) what: &'static str,
    /// Bytes not read yet.
    pub(in super::super) left: usize,
}

/// Bytes of a number, at most.
const NUMBER_BYTES_MAX: usize = 10;

/// Writes the fields of a record.
pub(in super::super) struct Writer(Vec<u8>);

impl Writer {
    /// Begins a record of about `bytes`.
    pub(in super::super) fn new(bytes: usize) -> Self {
        let mut out = Vec::with_capacity(bytes + 1);
        out.push(VERSION);
        Self(out)
    }

    pub(in super::super) fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    pub(in super::super) fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push((number & 0x7f) as u8 | 0x80);
            number >>= 7;
        }
        self.0.push((number & 0x7f) as u8);
    }

    pub(in super::super) fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    pub(in super::super) fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// A number that may be missing: 0, or itself plus one.
    pub(in super::super) fn optional(&mut self, number: Option<u64>) {
        self.number(number.map_or(0, |number| number.saturating_add(1)));
    }

    /// A text that may be missing: 0, or its length plus one and itself.
    pub(in super::super) fn optional_text(&mut self, text: Option<&str>) {
        self.optional(text.map(|text| text.len() as u64));
        self.0.extend_from_slice(text.unwrap_or_default().as_bytes());
    }

    /// Bytes of a known length.
    pub(in super::super) fn fixed(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    pub(in super::super) fn finish(self) -> Vec<u8> {
        self.0
    }
}

/// Reads the fields of a record.
pub(in super::super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// Begins with the version.
    ///
    /// # Errors
    /// [`Malformed`] for a version that a newer release wrote.
    pub(in super::super) fn new(record: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = Self(record);
        match reader.byte("version")? {
            VERSION => Ok(reader),
            _ => Err(Malformed { what: "version", left: record.len() }),
        }
    }

    fn malformed(&self, what: &'static str) -> Malformed {
        Malformed { what, left: self.0.len() }
    }

    pub(in super::super) fn byte(&mut self, what: &'static str) -> Result<u8, Malformed> {
        let (first, rest) = self.0.split_first().ok_or_else(|| self.malformed(what))?;
        self.0 = rest;
        Ok(*first)
    }

    pub(in super::super) fn number(&mut self, what: &'static str) -> Result<u64, Malformed> {
        let mut number: u64 = 0;
        for place in 0..NUMBER_BYTES_MAX {
            let byte = self.byte(what)?;
            let part = u64::from(byte & 0x7f);
            let shifted = part.checked_shl(7 * u32::try_from(place).unwrap_or(u32::MAX)).unwrap_or(0);
            if place + 1 == NUMBER_BYTES_MAX && part > 1 {
                return Err(self.malformed(what));
            }
            number |= shifted;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(self.malformed(what))
    }

    pub(in super::super) fn fixed(&mut self, what: &'static str, length: usize) -> Result<&'a [u8], Malformed> {
        let (bytes, rest) = self.0.split_at_checked(length).ok_or_else(|| self.malformed(what))?;
        self.0 = rest;
        Ok(bytes)
    }

    pub(in super::super) fn array<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], Malformed> {
        let bytes = self.fixed(what, N)?;
        bytes.try_into().map_err(|_| self.malformed(what))
    }

    pub(in super::super) fn bytes(&mut self, what: &'static str) -> Result<&'a [u8], Malformed> {
        let length = self.number(what)?;
        self.fixed(what, usize::try_from(length).unwrap_or(usize::MAX))
    }

    pub(in super::super) fn text(&mut self, what: &'static str) -> Result<&'a str, Malformed> {
        let bytes = self.bytes(what)?;
        std::str::from_utf8(bytes).map_err(|_| self.malformed(what))
    }

    pub(in super::super) fn optional(&mut self, what: &'static str) -> Result<Option<u64>, Malformed> {
        Ok(self.number(what)?.checked_sub(1))
    }

    pub(in super::super) fn optional_text(&mut self, what: &'static str) -> Result<Option<&'a str>, Malformed> {
        let Some(length) = self.optional(what)? else { return Ok(None) };
        let bytes = self.fixed(what, usize::try_from(length).unwrap_or(usize::MAX))?;
        std::str::from_utf8(bytes).map(Some).map_err(|_| self.malformed(what))
    }

    /// Nothing may follow.
    pub(in super::super) fn end(self) -> Result<(), Malformed> {
        if self.0.is_empty() { Ok(()) } else { Err(self.malformed("end")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_texts_come_back() -> Result<(), Malformed> {
        let mut out = Writer::new(0);
        for number in [0, 1, 127, 128, 300, u64::from(u32::MAX), u64::MAX] {
            out.number(number);
        }
        out.optional(None);
        out.optional(Some(7));
        out.optional_text(None);
        out.optional_text(Some(""));
        out.optional_text(Some("ຄຳ"));
        let bytes = out.finish();
        let mut back = Reader::new(&bytes)?;
        for number in [0, 1, 127, 128, 300, u64::from(u32::MAX), u64::MAX] {
            assert_eq!(back.number("n")?, number);
        }
        assert_eq!((back.optional("o")?, back.optional("o")?), (None, Some(7)));
        assert_eq!(back.optional_text("t")?, None);
        assert_eq!(back.optional_text("t")?, Some(""));
        assert_eq!(back.optional_text("t")?, Some("ຄຳ"));
        back.end()
    }

    #[test]
    fn what_is_cut_too_long_or_too_large_is_malformed() {
        let read = |bytes: &[u8]| -> Result<u64, Malformed> {
            let mut reader = Reader::new(bytes)?;
            let number = reader.number("n")?;
            reader.end().map(|()| number)
        };
        assert_eq!(read(&[1, 5]), Ok(5));
        assert!(read(&[2, 5]).is_err_and(|e| e.what == "version"));
        assert!(read(&[1, 0x80]).is_err());
        assert!(read(&[1, 5, 0]).is_err_and(|e| e.what == "end"));
        assert!(read(&[&[1][..], &[0xff; 9], &[2]].concat()).is_err(), "more than 64 bits");
        let length = [1, 0xff, 0xff, 0xff, 0xff, 0x0f, b'x'];
        assert!(Reader::new(&length).and_then(|mut r| r.text("t").map(str::len)).is_err(), "length beyond the end");
        assert!(Reader::new(&[1, 1, 0xff]).and_then(|mut r| r.text("t").map(str::len)).is_err(), "not UTF-8");
    }
}
