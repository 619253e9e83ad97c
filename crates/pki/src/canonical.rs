//! The canonical form of distinguished names, in which names are equal that RFC 5280 §7.1 calls the same.
//!
//! Text is prepared as RFC 4518 §2 says: invisible characters dropped, blanks made one, case folded, Unicode NFKC, whatever
//! the string type. Values of other types stay as they are.

use crate::tlv::{self, Tlv, TlvError, Walker};
use std::borrow::Cow;
use unicode_normalization::UnicodeNormalization as _;

/// Most attributes of one name that are prepared; a longer name is compared byte for byte.
const ATTRIBUTES_MAX: usize = 256;

/// The canonical form of a DER `Name`: RDN after RDN, so that a name that begins like another begins with its canonical
/// form. Bytes that are no `Name` are returned as they are.
pub fn canonical(der: &[u8]) -> Vec<u8> {
    prepare(der).unwrap_or_else(|_| der.to_vec())
}

fn prepare(der: &[u8]) -> Result<Vec<u8>, TlvError> {
    let mut rdns = Walker::open(der, tlv::SEQUENCE, "Name")?;
    let (mut out, mut attributes_left) = (Vec::with_capacity(der.len()), ATTRIBUTES_MAX);
    while !rdns.is_empty() {
        out.extend_from_slice(&rdn(rdns.take(tlv::SET, "RelativeDistinguishedName")?.value, &mut attributes_left)?);
    }
    Ok(out)
}

/// The canonical form of one `RelativeDistinguishedName`, given its content octets.
pub(crate) fn relative(content: &[u8]) -> Vec<u8> {
    rdn(content, &mut ATTRIBUTES_MAX.clone()).unwrap_or_else(|_| content.to_vec())
}

fn rdn(content: &[u8], attributes_left: &mut usize) -> Result<Vec<u8>, TlvError> {
    let (mut walker, mut values) = (Walker::new(content), Vec::new());
    while !walker.is_empty() {
        let left = attributes_left.checked_sub(1);
        *attributes_left = left.ok_or_else(|| TlvError(format!("more than {ATTRIBUTES_MAX} attributes")))?;
        let mut attribute = walker.enter(tlv::SEQUENCE, "AttributeTypeAndValue")?;
        let oid = attribute.take(tlv::OID, "type")?;
        let value = attribute.next("value")?;
        attribute.finish("AttributeTypeAndValue")?;
        let prepared = match text(value.tag, value.value) {
            Some(text) => tlv::wrap(tlv::UTF8_STRING, fold(&text).as_bytes()),
            None => value.whole.to_vec(),
        };
        values.push([oid.whole, &prepared].concat());
    }
    values.sort();
    Ok(tlv::wrap(tlv::SET, &values.concat()))
}

/// The text of a string value of any type; `None` for values that are no strings.
///
/// Characters that the type forbids are read nevertheless: as UTF-8 if they are, else as Latin-1.
pub(crate) fn text(tag: u8, value: &[u8]) -> Option<Cow<'_, str>> {
    match tag {
        // UTF8, Numeric, Printable, Teletex, Videotex, IA5, Graphic, Visible, General
        0x0c | 0x12..=0x16 | 0x19..=0x1b => Some(match std::str::from_utf8(value) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => Cow::Owned(value.iter().map(|b| char::from(*b)).collect()),
        }),
        // BMP: UTF-16 without surrogates in theory
        0x1e if value.len().is_multiple_of(2) => {
            let units = value.chunks_exact(2).map(|pair| u16::from_be_bytes([first(pair, 0), first(pair, 1)]));
            Some(Cow::Owned(char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()))
        }
        // Universal: UTF-32
        0x1c if value.len().is_multiple_of(4) => {
            let scalar = |four: &[u8]| four.iter().fold(0u32, |scalar, byte| (scalar << 8) | u32::from(*byte));
            let read = |four| char::from_u32(scalar(four)).unwrap_or(char::REPLACEMENT_CHARACTER);
            Some(Cow::Owned(value.chunks_exact(4).map(read).collect()))
        }
        _ => None,
    }
}

fn first(bytes: &[u8], place: usize) -> u8 {
    bytes.get(place).copied().unwrap_or_default()
}

/// The text of bytes that should be ASCII.
pub(crate) fn lenient_text(value: &[u8]) -> String {
    text(tlv::UTF8_STRING, value).unwrap_or_default().into_owned()
}

/// Whether the characters are those that the string type allows (RFC 5280 §4.1.2.4).
pub(crate) fn fits_type(value: Tlv<'_>) -> bool {
    let printable = |b: &u8| b.is_ascii_alphanumeric() || b" '()+,-./:=?".contains(b);
    match value.tag {
        0x0c => std::str::from_utf8(value.value).is_ok(),
        0x12 => value.value.iter().all(|b| b.is_ascii_digit() || *b == b' '),
        0x13 => value.value.iter().all(printable),
        0x16 | 0x1a => value.value.is_ascii(),
        0x1c => value.value.len().is_multiple_of(4),
        0x1e => value.value.len().is_multiple_of(2),
        _ => true,
    }
}

/// Case, blanks and forms of characters levelled out (RFC 4518 §2.2 to §2.6).
fn fold(text: &str) -> String {
    if text.is_ascii() {
        return words(text.chars().map(|c| c.to_ascii_lowercase()));
    }
    let lower = text.chars().filter(|c| !is_invisible(*c)).flat_map(char::to_lowercase);
    let composed: String = lower.nfkc().flat_map(char::to_lowercase).collect();
    words(composed.nfkc())
}

/// One blank between words, none around them; control characters dropped.
fn words(characters: impl Iterator<Item = char>) -> String {
    let (mut out, mut blank) = (String::new(), false);
    for c in characters {
        if c.is_whitespace() {
            blank = true;
        } else if !c.is_control() {
            if blank && !out.is_empty() {
                out.push(' ');
            }
            blank = false;
            out.push(c);
        }
    }
    out
}

const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{1806}' | '\u{180b}'..='\u{180e}' | '\u{200b}'..='\u{200f}')
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fff9}'..='\u{fffc}')
        || matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}
