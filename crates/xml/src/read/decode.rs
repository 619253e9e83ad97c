//! Bytes to text: byte order mark, encoding, line ends, size.

use super::{XmlError, check_version, declaration, quoted};
use mekong_base::limits::XmlLimits;
use std::borrow::Cow;

/// Decodes a document to text with XML line ends, borrowing where nothing has to change.
///
/// UTF-8 and UTF-16 with or without byte order mark. CR and CRLF become LF (XML 1.0 §2.11): here and once, because the
/// parser below does it only in some places.
///
/// # Errors
/// [`XmlError::TooLarge`], [`XmlError::NotText`], [`XmlError::UnsupportedEncoding`] if another encoding is declared,
/// [`XmlError::UnsupportedVersion`].
pub fn decode<'a>(bytes: &'a [u8], limits: &XmlLimits) -> Result<Cow<'a, str>, XmlError> {
    if bytes.len() > limits.bytes {
        return Err(XmlError::TooLarge { bytes: bytes.len(), limit: limits.bytes });
    }
    let (text, accepted): (Cow<'a, str>, &[&str]) = match bytes {
        [0xFF, 0xFE, rest @ ..] => (Cow::Owned(utf16(rest, 2, u16::from_le_bytes)?), &["UTF-16", "UTF-16LE"]),
        [0xFE, 0xFF, rest @ ..] => (Cow::Owned(utf16(rest, 2, u16::from_be_bytes)?), &["UTF-16", "UTF-16BE"]),
        [b'<', 0, b'?', 0, ..] => (Cow::Owned(utf16(bytes, 0, u16::from_le_bytes)?), &["UTF-16", "UTF-16LE"]),
        [0, b'<', 0, b'?', ..] => (Cow::Owned(utf16(bytes, 0, u16::from_be_bytes)?), &["UTF-16", "UTF-16BE"]),
        [0xEF, 0xBB, 0xBF, rest @ ..] => (Cow::Borrowed(utf8(rest, 3)?), &["UTF-8"]),
        _ => (Cow::Borrowed(utf8(bytes, 0)?), &["UTF-8", "US-ASCII", "ASCII"]),
    };
    check_declaration(&text, accepted)?;
    let has_cr = memchr::memchr(b'\r', text.as_bytes()).is_some();
    let text = if has_cr { Cow::Owned(normalise_line_ends(&text)) } else { text };
    Ok(plain_declaration(text))
}

fn utf8(bytes: &[u8], skipped: usize) -> Result<&str, XmlError> {
    std::str::from_utf8(bytes)
        .map_err(|error| XmlError::NotText { encoding: "UTF-8", offset: error.valid_up_to() + skipped })
}

fn utf16(bytes: &[u8], skipped: usize, unit: fn([u8; 2]) -> u16) -> Result<String, XmlError> {
    let not_text = |units: usize| XmlError::NotText { encoding: "UTF-16", offset: units * 2 + skipped };
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(not_text(pairs.len()));
    }
    let mut text = String::with_capacity(pairs.len());
    let mut units = 0;
    for decoded in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
        let character = decoded.map_err(|_| not_text(units))?;
        units += character.len_utf16();
        text.push(character);
    }
    Ok(text)
}

/// The parser knows the XML declaration by the blank after `<?xml`; a tab or line feed there is as good.
fn plain_declaration(text: Cow<'_, str>) -> Cow<'_, str> {
    match text.strip_prefix("<?xml\t").or_else(|| text.strip_prefix("<?xml\n")) {
        Some(rest) => Cow::Owned(format!("<?xml {rest}")),
        None => text,
    }
}

/// A malformed declaration is refused later, with its place.
fn check_declaration(text: &str, accepted: &[&str]) -> Result<(), XmlError> {
    let Some(declared) = declaration::read(text).filter(|_| declaration::is_there(text)) else { return Ok(()) };
    check_version(&declared)?;
    match declared.encoding {
        Some(encoding) if !accepted.iter().any(|a| a.eq_ignore_ascii_case(encoding)) => {
            Err(XmlError::UnsupportedEncoding { declared: quoted(encoding) })
        }
        _ => Ok(()),
    }
}

fn normalise_line_ends(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((line, after)) = rest.split_once('\r') {
        out.push_str(line);
        out.push('\n');
        rest = after.strip_prefix('\n').unwrap_or(after);
    }
    out.push_str(rest);
    out
}
