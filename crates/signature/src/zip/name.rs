//! Names of entries: decoded, and refused where they lead elsewhere.

use super::ZipError;
use super::error::shorten;
use super::record::Reader;
use flate2::Crc;
use unicode_normalization::UnicodeNormalization;

const NAME_BYTES_MAX: usize = 1024;
/// The extra field that gives an entry a second name.
const UNICODE_PATH: u16 = 0x7075;

/// How a name is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NameEncoding {
    /// UTF-8, and said to be (or ASCII, where there is nothing to say).
    Utf8,
    /// UTF-8 without being said to be.
    Utf8Unsaid,
    /// Not UTF-8: taken for CP437, as the format has it.
    Cp437,
    /// In the extra field of Info-ZIP.
    UnicodePath,
}

/// The name of an entry from its raw bytes, the UTF-8 flag and the extra field of the directory.
pub(super) fn decode(
    raw: &[u8],
    says_utf8: bool,
    extra: &[u8],
    narrow: bool,
) -> Result<(String, NameEncoding), ZipError> {
    let lossy = || shorten(&String::from_utf8_lossy(raw));
    if raw.len() > NAME_BYTES_MAX {
        return Err(ZipError::Name { name: lossy(), what: "it is longer than 1024 bytes" });
    }
    let own = match std::str::from_utf8(raw) {
        Ok(name) if says_utf8 || name.is_ascii() => (name.to_owned(), NameEncoding::Utf8),
        Ok(name) => (name.to_owned(), NameEncoding::Utf8Unsaid),
        Err(_) if says_utf8 || narrow => return Err(ZipError::Name { name: lossy(), what: "it is not UTF-8" }),
        Err(_) => (raw.iter().map(|octet| cp437(*octet)).collect(), NameEncoding::Cp437),
    };
    match second_name(extra) {
        None => Ok(own),
        Some(_) if narrow => Err(ZipError::Name { name: lossy(), what: "it has a second name" }),
        Some(second) => {
            unicode_path(raw, second, own).ok_or(ZipError::Name { name: lossy(), what: "it has a second name" })
        }
    }
}

/// The name in the extra field of Info-ZIP, which must belong to the name in the header and may differ only in what that
/// one cannot write.
fn unicode_path(raw: &[u8], second: &[u8], own: (String, NameEncoding)) -> Option<(String, NameEncoding)> {
    let mut reader = Reader::new(second);
    let (version, crc) = (reader.u8()?, reader.u32()?);
    let second = std::str::from_utf8(reader.rest()).ok()?;
    if second == own.0 {
        return Some(own);
    }
    let mut sum = Crc::new();
    sum.update(raw);
    let ascii = |s: &str| s.chars().filter(char::is_ascii).collect::<String>();
    let same = version == 1 && crc == sum.sum() && !raw.is_ascii() && ascii(second) == ascii(&own.0);
    same.then(|| (second.to_owned(), NameEncoding::UnicodePath))
}

fn second_name(extra: &[u8]) -> Option<&[u8]> {
    field(extra, UNICODE_PATH)
}

/// Whether the extra field of a local header names the entry otherwise than `name`, or at all in the narrow form.
pub(super) fn names_otherwise(extra: &[u8], name: &str, narrow: bool) -> bool {
    second_name(extra).is_some_and(|second| narrow || second.get(5..) != Some(name.as_bytes()))
}

/// The field of this id in an extra field; damaged ones end the search.
pub(super) fn field(extra: &[u8], wanted: u16) -> Option<&[u8]> {
    let mut reader = Reader::new(extra);
    loop {
        let (id, len) = (reader.u16()?, reader.u16()?);
        let value = reader.take(usize::from(len))?;
        if id == wanted {
            return Some(value);
        }
    }
}

/// Refuses names that are no path inside the container.
pub(super) fn check(name: &str, narrow: bool) -> Result<(), ZipError> {
    let refuse = |what| Err(ZipError::Name { name: shorten(name), what });
    let segments = name.strip_suffix('/').unwrap_or(name);
    if segments.is_empty() {
        return refuse("it is empty");
    }
    let is_drive = name.as_bytes().get(1) == Some(&b':') && name.starts_with(|c: char| c.is_ascii_alphabetic());
    if name.starts_with('/') || name.contains('\\') || is_drive || (narrow && name.contains(':')) {
        return refuse("it is not a path inside the container");
    }
    if name.chars().any(char::is_control) {
        return refuse("it has control characters");
    }
    if segments.split('/').any(|s| matches!(s, "" | "." | "..")) {
        return refuse("it leads out of the container");
    }
    Ok(())
}

/// The name as disks compare names that know no case or compose letters (NFKC, lower case); a folder as a file of its name.
pub(super) fn folded(name: &str) -> String {
    let lower: String = name.strip_suffix('/').unwrap_or(name).nfkc().flat_map(char::to_lowercase).collect();
    lower.nfkc().collect()
}

fn cp437(octet: u8) -> char {
    const UPPER: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";
    match octet {
        0..=127 => char::from(octet),
        _ => UPPER.chars().nth(usize::from(octet - 128)).unwrap_or('\u{fffd}'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_decoded_by_flag_and_content() {
        let name = |raw: &[u8], flag, narrow| decode(raw, flag, &[], narrow).ok();
        assert_eq!(name("ລາວ.txt".as_bytes(), true, true), Some(("ລາວ.txt".into(), NameEncoding::Utf8)));
        assert_eq!(name("ລາວ.txt".as_bytes(), false, false), Some(("ລາວ.txt".into(), NameEncoding::Utf8Unsaid)));
        assert_eq!(name(b"\x81bel.txt", false, false), Some(("übel.txt".into(), NameEncoding::Cp437)));
        assert_eq!(name(b"\xff\xe1", false, false), Some(("\u{a0}ß".into(), NameEncoding::Cp437)));
        assert_eq!(name(b"\x81bel.txt", true, false), None);
        assert_eq!(name(b"\x81bel.txt", false, true), None);
    }

    #[test]
    fn a_second_name_says_the_same_or_is_refused() {
        let with = |raw: &[u8], second: &str| {
            let mut sum = Crc::new();
            sum.update(raw);
            let len = u16::try_from(second.len() + 5).unwrap_or(0);
            let extra = [
                &UNICODE_PATH.to_le_bytes()[..],
                &len.to_le_bytes(),
                &[1],
                &sum.sum().to_le_bytes(),
                second.as_bytes(),
            ];
            decode(raw, false, &extra.concat(), false).ok().map(|(name, _)| name)
        };
        assert_eq!(with(b"\xe7.txt", "š.txt"), Some("š.txt".into()));
        assert_eq!(with(b"a.txt", "a.txt"), Some("a.txt".into()));
        assert_eq!(with(b"a.txt", "META-INF/signatures.xml"), None);
        assert_eq!(with(b"\xe7.txt", "š.xml"), None);
    }
}
