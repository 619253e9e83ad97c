//! Tag-length-value walking where the exact bytes matter: signed spans are taken from the input as they stand, never
//! re-encoded. Also turns BER (indefinite lengths, split octet strings), which Java time-stampers write, into DER lengths.

use mekong_base::Instant;
use std::borrow::Cow;

/// Deepest nesting that is read.
const DEPTH_MAX: usize = 48;

/// The tag of `BOOLEAN`.
pub const BOOLEAN: u8 = 0x01;
/// The tag of `INTEGER`.
pub const INTEGER: u8 = 0x02;
/// The tag of `BIT STRING`.
pub const BIT_STRING: u8 = 0x03;
/// The tag of `OCTET STRING`, primitive.
pub const OCTET_STRING: u8 = 0x04;
/// The tag of `OBJECT IDENTIFIER`.
pub const OID: u8 = 0x06;
/// The tag of `ENUMERATED`.
pub const ENUMERATED: u8 = 0x0a;
/// The tag of `UTF8String`.
pub const UTF8_STRING: u8 = 0x0c;
/// The tag of `GeneralizedTime`.
pub const GENERALIZED_TIME: u8 = 0x18;
/// The tag of `SEQUENCE`, constructed.
pub const SEQUENCE: u8 = 0x30;
/// The tag of `SET`, constructed.
pub const SET: u8 = 0x31;
const OCTET_STRING_SPLIT: u8 = 0x24;

/// The tag of a constructed context-specific element.
pub const fn context(number: u8) -> u8 {
    0xa0 | number
}

/// What stands where something else was wanted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct TlvError(pub String);

impl From<der::Error> for TlvError {
    fn from(error: der::Error) -> Self {
        Self(error.to_string())
    }
}

fn error<T>(text: impl Into<String>) -> Result<T, TlvError> {
    Err(TlvError(text.into()))
}

/// One element, borrowed from the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tlv<'a> {
    /// The identifier octet.
    pub tag: u8,
    /// Tag, length and value.
    pub whole: &'a [u8],
    /// The value alone.
    pub value: &'a [u8],
}

/// Walks over the elements inside a value.
#[derive(Debug, Clone, Copy)]
pub struct Walker<'a> {
    rest: &'a [u8],
}

impl<'a> Walker<'a> {
    /// Over the elements that stand one after another in `bytes`.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Opens the only element of `der`, which must have `tag`.
    pub fn open(der: &'a [u8], tag: u8, what: &str) -> Result<Self, TlvError> {
        let mut walker = Self::new(der);
        let inner = walker.enter(tag, what)?;
        walker.finish(what)?;
        Ok(inner)
    }

    /// Whether nothing is left.
    pub const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The tag of the next element.
    pub fn peek_tag(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// The next element, whatever it is.
    pub fn next(&mut self, what: &str) -> Result<Tlv<'a>, TlvError> {
        let (header_len, length) = header(self.rest).map_err(|e| TlvError(format!("{what}: {e}")))?;
        let Some(length) = length else { return error(format!("{what}: indefinite length in DER")) };
        let split = self.rest.split_at_checked(header_len + length);
        let (Some((whole, rest)), Some(tag)) = (split, self.rest.first()) else {
            return error(format!("{what}: {length} bytes announced, {} there", self.rest.len() - header_len));
        };
        self.rest = rest;
        Ok(Tlv { tag: *tag, whole, value: whole.get(header_len..).unwrap_or_default() })
    }

    /// The next element, which must have `tag`.
    pub fn take(&mut self, tag: u8, what: &str) -> Result<Tlv<'a>, TlvError> {
        match self.peek_tag() {
            Some(found) if found == tag => self.next(what),
            Some(found) => error(format!("{what}: tag {tag:#04x} wanted, {found:#04x} found")),
            None => error(format!("{what} is missing")),
        }
    }

    /// The next element if it has `tag`.
    pub fn optional(&mut self, tag: u8, what: &str) -> Result<Option<Tlv<'a>>, TlvError> {
        if self.peek_tag() == Some(tag) { self.next(what).map(Some) } else { Ok(None) }
    }

    /// The inside of the next element, which must have `tag`.
    pub fn enter(&mut self, tag: u8, what: &str) -> Result<Self, TlvError> {
        Ok(Self::new(self.take(tag, what)?.value))
    }

    /// Nothing may be left; `what` names the place in the error.
    pub fn finish(self, what: &str) -> Result<(), TlvError> {
        if self.is_empty() { Ok(()) } else { error(format!("{what}: {} bytes too many", self.rest.len())) }
    }
}

/// Length of the header, and the length of the value (`None` if indefinite). BER lengths are accepted.
pub(crate) fn header(bytes: &[u8]) -> Result<(usize, Option<usize>), TlvError> {
    let (Some(tag), Some(first)) = (bytes.first(), bytes.get(1)) else { return error("cut short") };
    if tag & 0x1f == 0x1f {
        return error("tag numbers above 30 are not supported");
    }
    match first {
        0..0x80 => Ok((2, Some(usize::from(*first)))),
        0x80 => Ok((2, None)),
        _ => {
            let count = usize::from(first & 0x7f);
            let Some(octets) = bytes.get(2..2 + count).filter(|_| count <= 4) else { return error("bad length") };
            let length = octets.iter().fold(0usize, |length, octet| (length << 8) | usize::from(*octet));
            Ok((2 + count, Some(length)))
        }
    }
}

/// The same structure with definite, shortest lengths and whole octet strings; DER passes unchanged.
pub fn definite(bytes: &[u8]) -> Result<Cow<'_, [u8]>, TlvError> {
    let mut out = Vec::new();
    let used = transcode(bytes, &mut out, 0)?;
    match bytes.len() - used {
        0 if out == bytes => Ok(Cow::Borrowed(bytes)),
        0 => Ok(Cow::Owned(out)),
        more => error(format!("{more} bytes too many")),
    }
}

/// Appends the first element of `bytes` to `out`; returns how many bytes it took.
fn transcode(bytes: &[u8], out: &mut Vec<u8>, depth: usize) -> Result<usize, TlvError> {
    if depth > DEPTH_MAX {
        return error(format!("nested deeper than {DEPTH_MAX}"));
    }
    let (header_len, length) = header(bytes)?;
    let tag = bytes.first().copied().unwrap_or_default();
    let body = bytes.get(header_len..).unwrap_or_default();
    if let Some(length) = length {
        let Some(value) = body.get(..length) else { return error("cut short") };
        if tag & 0x20 == 0 {
            out.extend_from_slice(&wrap(tag, value));
        } else {
            let inner = transcode_all(value, depth)?;
            push_constructed(tag, &inner, out)?;
        }
        return Ok(header_len + length);
    }
    if tag & 0x20 == 0 {
        return error("primitive element with indefinite length");
    }
    let (mut inner, mut at) = (Vec::new(), 0);
    loop {
        match body.get(at..) {
            Some([0, 0, ..]) => break,
            Some(rest) if !rest.is_empty() => at += transcode(rest, &mut inner, depth + 1)?,
            _ => return error("no end of an element of indefinite length"),
        }
    }
    push_constructed(tag, &inner, out)?;
    Ok(header_len + at + 2)
}

fn transcode_all(mut value: &[u8], depth: usize) -> Result<Vec<u8>, TlvError> {
    let mut inner = Vec::with_capacity(value.len());
    while !value.is_empty() {
        let used = transcode(value, &mut inner, depth + 1)?;
        value = value.get(used..).unwrap_or_default();
    }
    Ok(inner)
}

fn push_constructed(tag: u8, inner: &[u8], out: &mut Vec<u8>) -> Result<(), TlvError> {
    if tag != OCTET_STRING_SPLIT {
        out.extend_from_slice(&wrap(tag, inner));
        return Ok(());
    }
    let (mut joined, mut walker) = (Vec::new(), Walker::new(inner));
    while !walker.is_empty() {
        joined.extend_from_slice(walker.take(OCTET_STRING, "piece of an octet string")?.value);
    }
    out.extend_from_slice(&wrap(OCTET_STRING, &joined));
    Ok(())
}

/// Tag, shortest length, value.
pub fn wrap(tag: u8, value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len() + 6);
    out.push(tag);
    let length = value.len();
    if let Ok(short @ 0..0x80) = u8::try_from(length) {
        out.push(short);
    } else {
        let octets = length.to_be_bytes();
        let octets = octets.get(octets.iter().take_while(|o| **o == 0).count()..).unwrap_or_default();
        out.push(0x80 | u8::try_from(octets.len()).unwrap_or(8));
        out.extend_from_slice(octets);
    }
    out.extend_from_slice(value);
    out
}

/// The concatenation of encoded elements inside one.
pub fn wrap_all(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    wrap(tag, &parts.concat())
}

/// An unsigned big-endian number as INTEGER.
pub fn unsigned(bytes: &[u8]) -> Vec<u8> {
    let digits = bytes.get(bytes.iter().take_while(|b| **b == 0).count()..).unwrap_or_default();
    match digits.first() {
        None => wrap(INTEGER, &[0]),
        Some(first) if *first >= 0x80 => wrap(INTEGER, &[&[0], digits].concat()),
        Some(_) => wrap(INTEGER, digits),
    }
}

/// The value of a `GeneralizedTime`, UTC, with or without a fraction (RFC 3161 §2.4.2 allows one).
pub fn read_time(value: &[u8]) -> Result<Instant, TlvError> {
    let bad = || TlvError(format!("{:?} is not a time such as 20260131235959Z", String::from_utf8_lossy(value)));
    let text = std::str::from_utf8(value).map_err(|_| bad())?;
    let digits = text.strip_suffix('Z').ok_or_else(bad)?;
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(w, f)| (w, Some(f)));
    let all_digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    if whole.len() != 14 || !all_digits(whole) || !fraction.is_none_or(|f| all_digits(f) && f.len() <= 9) {
        return Err(bad());
    }
    let part = |range: std::ops::Range<usize>| whole.get(range).unwrap_or_default();
    let fraction = fraction.map(|f| format!(".{f}")).unwrap_or_default();
    let rfc3339 = format!(
        "{}-{}-{}T{}:{}:{}{fraction}Z",
        part(0..4),
        part(4..6),
        part(6..8),
        part(8..10),
        part(10..12),
        part(12..14)
    );
    rfc3339.parse().map_err(|_| bad())
}

/// A `GeneralizedTime` in whole seconds.
pub fn time(at: Instant) -> Result<Vec<u8>, TlvError> {
    let text: String = at.whole_seconds().to_string().chars().filter(|c| !matches!(c, '-' | ':' | 'T')).collect();
    if text.len() == 15 {
        Ok(wrap(GENERALIZED_TIME, text.as_bytes()))
    } else {
        error(format!("time {at} is out of range"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn der_passes_unchanged_and_ber_becomes_der() -> Result<(), TlvError> {
        let der = wrap_all(SEQUENCE, &[&wrap(OCTET_STRING, &[7; 300]), &unsigned(&[0, 0x80])]);
        assert_eq!(definite(&der)?, der);
        let mut ber = vec![SEQUENCE, 0x80, OCTET_STRING_SPLIT, 0x80];
        ber.extend(wrap(OCTET_STRING, &[7; 200]));
        ber.extend(wrap(OCTET_STRING, &[7; 100]));
        ber.extend([0, 0, INTEGER, 0x81, 2, 0, 0x80, 0, 0]);
        assert_eq!(definite(&ber)?, der);
        Ok(())
    }

    #[test]
    fn hostile_shapes_are_refused() {
        assert!(definite(&[0x30, 0x80].repeat(100)).is_err(), "deep");
        assert!(definite(&[0x30, 0x80]).is_err(), "no end");
        assert!(definite(&[0x30, 0x85, 1, 1, 1, 1, 1]).is_err(), "length of five octets");
        assert!(definite(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff]).is_err(), "4 GiB announced");
        assert!(definite(&[0x04, 0x80, 0, 0]).is_err(), "primitive and indefinite");
        assert!(definite(&[0x3f, 0x81, 0x01, 0]).is_err(), "long tag");
        assert!(definite(&[]).is_err(), "nothing");
        assert!(definite(&[0x30, 0, 0]).is_err(), "trailing byte");
    }

    #[test]
    fn times_read_and_written() -> Result<(), TlvError> {
        let at = read_time(b"20260131235959Z")?;
        assert_eq!(at.to_string(), "2026-01-31T23:59:59Z");
        assert_eq!(time(at)?, wrap(GENERALIZED_TIME, b"20260131235959Z"));
        assert_eq!(read_time(b"20260131235959.25Z")?.to_string(), "2026-01-31T23:59:59.25Z");
        for bad in ["20260131235959", "202601312359Z", "20261331235959Z", "20260131235959.Z", "2026013123595+Z", ""] {
            assert!(read_time(bad.as_bytes()).is_err(), "{bad}");
        }
        Ok(())
    }
}
