//! BER elements as they stand: definite or indefinite lengths, octet strings whole or in pieces. Nothing is copied.

use crate::tlv::{self, TlvError};

/// Deepest nesting of indefinite lengths, and of pieces of octet strings.
const DEPTH_MAX: usize = 32;
const OCTET_STRING_SPLIT: u8 = 0x24;

/// One element, borrowed from the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Element<'a> {
    /// The identifier octet.
    pub tag: u8,
    /// Everything from the identifier to the end, end-of-contents octets of an indefinite length included.
    pub whole: &'a [u8],
    /// The value alone, without end-of-contents octets.
    pub value: &'a [u8],
}

impl<'a> Element<'a> {
    /// Walks over the elements inside.
    pub const fn inside(&self) -> Elements<'a> {
        Elements { rest: self.value }
    }

    /// An element with another value whose length is written in the same way, definite or indefinite.
    pub fn with_value(&self, value: &[u8]) -> Vec<u8> {
        match self.whole.get(1) {
            Some(0x80) => [&[self.tag, 0x80], value, &[0, 0]].concat(),
            _ => tlv::wrap(self.tag, value),
        }
    }

    /// The element with another identifier and its shortest length: what an IMPLICIT tag stands for. Elements inside stay.
    pub fn retagged(&self, tag: u8) -> Vec<u8> {
        tlv::wrap(tag, self.value)
    }
}

/// Walks over elements that stand one after another.
#[derive(Debug, Clone, Copy)]
pub struct Elements<'a> {
    rest: &'a [u8],
}

impl<'a> Elements<'a> {
    /// Over the elements in `bytes`.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The only element of `bytes`, which must have `tag`.
    ///
    /// # Errors
    /// [`TlvError`] names `what`, also if bytes follow.
    pub fn only(bytes: &'a [u8], tag: u8, what: &str) -> Result<Element<'a>, TlvError> {
        let mut elements = Self::new(bytes);
        let element = elements.take(tag, what)?;
        elements.finish(what)?;
        Ok(element)
    }

    /// Whether nothing is left.
    pub const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The identifier octet of the next element.
    pub fn peek_tag(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// The next element, whatever it is.
    ///
    /// # Errors
    /// [`TlvError`] if it is cut short, nested too deeply, or its tag number is above 30.
    pub fn next(&mut self, what: &str) -> Result<Element<'a>, TlvError> {
        let fail = |reason: &str| TlvError(format!("{what}: {reason}"));
        let (header, length) = tlv::header(self.rest).map_err(|e| fail(&e.0))?;
        let tag = self.peek_tag().unwrap_or_default();
        let (value, end) = match length {
            Some(length) => (header..header.saturating_add(length), header.saturating_add(length)),
            None if tag & 0x20 == 0 => return Err(fail("primitive element with indefinite length")),
            None => {
                let length = indefinite_length(self.rest.get(header..).unwrap_or_default()).map_err(|e| fail(&e.0))?;
                (header..header.saturating_add(length), header.saturating_add(length).saturating_add(2))
            }
        };
        let (Some(value), Some((whole, rest))) = (self.rest.get(value), self.rest.split_at_checked(end)) else {
            return Err(fail(&format!("{end} bytes announced, {} there", self.rest.len())));
        };
        self.rest = rest;
        Ok(Element { tag, whole, value })
    }

    /// The next element, which must have `tag`.
    ///
    /// # Errors
    /// [`TlvError`] with the wanted and the found tag.
    pub fn take(&mut self, tag: u8, what: &str) -> Result<Element<'a>, TlvError> {
        match self.peek_tag() {
            Some(found) if found == tag => self.next(what),
            Some(found) => Err(TlvError(format!("{what}: tag {tag:#04x} wanted, {found:#04x} found"))),
            None => Err(TlvError(format!("{what} is missing"))),
        }
    }

    /// The next element if it has `tag`.
    ///
    /// # Errors
    /// As [`Elements::next`].
    pub fn optional(&mut self, tag: u8, what: &str) -> Result<Option<Element<'a>>, TlvError> {
        if self.peek_tag() == Some(tag) { self.next(what).map(Some) } else { Ok(None) }
    }

    /// The next element, an octet string whole or in pieces.
    ///
    /// # Errors
    /// [`TlvError`] if it is something else.
    pub fn octets(&mut self, what: &str) -> Result<Octets<'a>, TlvError> {
        match self.peek_tag() {
            Some(OCTET_STRING_SPLIT) => Octets::read(self.next(what)?),
            _ => Octets::read(self.take(tlv::OCTET_STRING, what)?),
        }
    }

    /// Nothing may be left; `what` names the place in the error.
    ///
    /// # Errors
    /// [`TlvError`] with the number of bytes left.
    pub fn finish(self, what: &str) -> Result<(), TlvError> {
        if self.is_empty() { Ok(()) } else { Err(TlvError(format!("{what}: {} bytes too many", self.rest.len()))) }
    }
}

/// Length of the contents before the end-of-contents octets that match an opened indefinite length.
fn indefinite_length(body: &[u8]) -> Result<usize, TlvError> {
    let (mut at, mut open) = (0usize, 1usize);
    loop {
        let rest = body.get(at..).unwrap_or_default();
        if let [0, 0, ..] = rest {
            open -= 1;
            if open == 0 {
                return Ok(at);
            }
            at += 2;
            continue;
        }
        let (header, length) = tlv::header(rest)?;
        if length.is_none() {
            open += 1;
            if open > DEPTH_MAX {
                return Err(TlvError(format!("indefinite lengths nested deeper than {DEPTH_MAX}")));
            }
        }
        at = at.saturating_add(header).saturating_add(length.unwrap_or(0));
    }
}

/// An octet string, whole or in pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Octets<'a> {
    element: Element<'a>,
    length: usize,
}

impl<'a> Octets<'a> {
    fn read(element: Element<'a>) -> Result<Self, TlvError> {
        let mut length = 0;
        pieces(element, 0, &mut |piece| length += piece.len())?;
        Ok(Self { element, length })
    }

    /// Length of the content in bytes.
    pub const fn len(&self) -> usize {
        self.length
    }

    /// Whether the content is empty.
    pub const fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The encoding as it stands.
    pub const fn element(&self) -> Element<'a> {
        self.element
    }

    /// Hands the content over piece by piece.
    pub fn each(&self, take: &mut dyn FnMut(&'a [u8])) {
        // Read once already, so there is no error left.
        let _ = pieces(self.element, 0, take);
    }

    /// The content in one piece, copied only if it stands in several.
    pub fn joined(&self) -> std::borrow::Cow<'a, [u8]> {
        if self.element.tag == tlv::OCTET_STRING {
            return self.element.value.into();
        }
        let mut joined = Vec::with_capacity(self.length);
        self.each(&mut |piece| joined.extend_from_slice(piece));
        joined.into()
    }
}

fn pieces<'a>(element: Element<'a>, depth: usize, take: &mut dyn FnMut(&'a [u8])) -> Result<(), TlvError> {
    if element.tag == tlv::OCTET_STRING {
        take(element.value);
        return Ok(());
    }
    if depth > DEPTH_MAX {
        return Err(TlvError(format!("pieces of an octet string nested deeper than {DEPTH_MAX}")));
    }
    let mut inside = element.inside();
    while !inside.is_empty() {
        let piece = inside.next("piece of an octet string")?;
        if !matches!(piece.tag, tlv::OCTET_STRING | OCTET_STRING_SPLIT) {
            return Err(TlvError(format!("piece of an octet string: tag {:#04x}", piece.tag)));
        }
        pieces(piece, depth + 1, take)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indefinite_lengths_and_pieces_are_read_in_place() -> Result<(), TlvError> {
        let ber = [0x30, 0x80, 0x24, 0x80, 4, 2, 1, 2, 0x24, 3, 4, 1, 3, 0, 0, 2, 1, 5, 0, 0, 9];
        let mut elements = Elements::new(&ber);
        let sequence = elements.take(tlv::SEQUENCE, "sequence")?;
        assert_eq!(sequence.whole.len(), ber.len() - 1);
        let mut inside = sequence.inside();
        let octets = inside.octets("octets")?;
        assert_eq!((octets.joined().as_ref(), octets.len()), (&[1, 2, 3][..], 3));
        assert_eq!(inside.take(tlv::INTEGER, "number")?.value, [5]);
        inside.finish("sequence")?;
        assert!(elements.finish("all").is_err());
        Ok(())
    }

    #[test]
    fn hostile_shapes_are_refused() {
        for bad in [&[0x30, 0x80][..], &[0x30, 0x80, 0], &[4, 0x80, 0, 0], &[0x30, 0x84, 255, 255, 255, 255], &[]] {
            assert!(Elements::new(bad).next("it").is_err(), "{bad:?}");
        }
        assert!(Elements::new(&[0x30, 0x80].repeat(100)).next("deep").is_err());
        assert!(Elements::new(&[0x24, 0x80].repeat(1 << 20)).octets("deep").is_err());
        assert!(Elements::new(&[0x24, 3, 2, 1, 5]).octets("number inside").is_err());
    }
}
