//! Forms (`multipart/form-data`, RFC 7578) in a file: where their parts lie. Nothing is copied. `fuzz/` reads this file too.

use mekong_base::Source;
use memchr::memmem::Finder;
use std::ops::Range;

/// Why a form cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FormError {
    /// The sender's fault: what is wrong, and where.
    Malformed(String),
    /// This machine's fault.
    Unreadable(String),
}

/// Most parts of a form.
const PARTS_MAX: usize = 16;
/// Longest head of a part in bytes.
const HEAD_MAX: u64 = 4096;
/// Longest boundary in characters (RFC 2046, 5.1.1).
const BOUNDARY_MAX: usize = 70;
/// Bytes that are looked through at a time.
const WINDOW: u64 = 256 << 10;

/// The boundary, if the media type is that of a form.
///
/// # Errors
/// [`FormError::Malformed`] if it is one without a boundary.
pub(crate) fn boundary(media_type: &str) -> Result<Option<String>, FormError> {
    let (kind, parameters) = media_type.split_once(';').unwrap_or((media_type, ""));
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return Ok(None);
    }
    let named = parameters.split(';').filter_map(|parameter| parameter.split_once('='));
    let mut found = named.filter(|(name, _)| name.trim().eq_ignore_ascii_case("boundary")).map(|(_, value)| value);
    let boundary = found.next().unwrap_or_default().trim().trim_matches('"');
    match boundary.is_empty() || boundary.len() > BOUNDARY_MAX {
        true => Err(FormError::Malformed(format!("the form's boundary must have 1 to {BOUNDARY_MAX} characters"))),
        false => Ok(Some(boundary.to_owned())),
    }
}

/// A part of a form.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// The field.
    pub(crate) name: String,
    /// As the sender calls the file, if it is one; empty if none was chosen.
    pub(crate) file_name: Option<String>,
    /// Where its content lies in the form.
    pub(crate) content: Range<u64>,
}

/// The parts of a form, in order.
///
/// # Errors
/// [`FormError`]; more than 16 parts are malformed.
pub(crate) fn parts(form: &dyn Source, boundary: &str) -> Result<Vec<Part>, FormError> {
    let dashes = format!("--{boundary}");
    let places = delimiters(form, &dashes)?;
    let after = |at: u64| at + dashes.len() as u64;
    let mut parts = Vec::new();
    for (at, next) in places.iter().zip(places.iter().skip(1)) {
        // The line end before a delimiter belongs to it.
        parts.push(part(form, after(*at)..next.saturating_sub(2).max(after(*at)))?);
    }
    let closed = places.last().map(|at| form.read(after(*at)..after(*at) + 2, 2));
    match closed {
        Some(Ok(end)) if end == b"--" => Ok(parts),
        _ => Err(FormError::Malformed("the form has no closing delimiter: it did not come whole".to_owned())),
    }
}

fn part(form: &dyn Source, range: Range<u64>) -> Result<Part, FormError> {
    let head = form.read(range.start..range.end.min(range.start + HEAD_MAX), HEAD_MAX as usize).map_err(unreadable)?;
    let length = memchr::memmem::find(&head, b"\r\n\r\n")
        .ok_or_else(|| FormError::Malformed(format!("the part at byte {} has no end of its head", range.start)))?;
    let text = String::from_utf8_lossy(head.get(..length).unwrap_or_default()).into_owned();
    let is_disposition = |(name, _): &(&str, &str)| name.trim().eq_ignore_ascii_case("content-disposition");
    let fields = text.split("\r\n").filter_map(|line| line.split_once(':'));
    let disposition = fields.into_iter().find(is_disposition).map(|(_, value)| value).unwrap_or_default();
    let name = parameter(disposition, "name")
        .ok_or_else(|| FormError::Malformed(format!("the part at byte {} has no name", range.start)))?;
    let content = range.start + length as u64 + 4..range.end;
    Ok(Part { name, file_name: parameter(disposition, "filename"), content })
}

/// A parameter of a header's value, quoted or not; quotes inside come as `%22` or after a backslash.
fn parameter(value: &str, wanted: &str) -> Option<String> {
    let (mut rest, mut found) = (value.split_once(';')?.1, None);
    while found.is_none() && !rest.is_empty() {
        let (name, after) = rest.split_once('=')?;
        let (text, left) = match after.trim_start().strip_prefix('"') {
            Some(quoted) => unquoted(quoted),
            None => {
                let (text, left) = after.split_once(';').unwrap_or((after, ""));
                (text.trim().to_owned(), left)
            }
        };
        found = name.trim().eq_ignore_ascii_case(wanted).then_some(text);
        rest = left.trim_start().trim_start_matches(';');
    }
    found
}

/// The text up to the closing quote, and what follows it.
fn unquoted(quoted: &str) -> (String, &str) {
    let mut text = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return (text, quoted.get(at + 1..).unwrap_or_default()),
            '\\' => text.extend(characters.next().map(|(_, escaped)| escaped)),
            other => text.push(other),
        }
    }
    (text, "")
}

/// Where `dashes` stand at the start of the form or of a line of it.
fn delimiters(form: &dyn Source, dashes: &str) -> Result<Vec<u64>, FormError> {
    let (needle, mut places) = (format!("\r\n{dashes}"), Vec::new());
    if form.read(0..form.len().min(dashes.len() as u64), dashes.len()).map_err(unreadable)? == dashes.as_bytes() {
        places.push(0);
    }
    let finder = Finder::new(needle.as_bytes());
    let overlap = needle.len() as u64 - 1;
    let mut from = 0;
    while from + overlap < form.len() {
        let window = form.read(from..form.len().min(from + WINDOW + overlap), WINDOW as usize + needle.len());
        for at in finder.find_iter(&window.map_err(unreadable)?) {
            places.push(from + at as u64 + 2);
            if places.len() > PARTS_MAX + 1 {
                return Err(FormError::Malformed(format!("the form has more than {PARTS_MAX} parts")));
            }
        }
        from += WINDOW;
    }
    Ok(places)
}

fn unreadable(error: mekong_base::SourceError) -> FormError {
    FormError::Unreadable(error.to_string())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn form(parts: &[(&str, &[u8])], boundary: &str) -> Vec<u8> {
        let mut form = Vec::new();
        for (disposition, content) in parts {
            form.extend(format!("--{boundary}\r\nContent-Disposition: form-data; {disposition}\r\n\r\n").into_bytes());
            form.extend(*content);
            form.extend(b"\r\n");
        }
        form.extend(format!("--{boundary}--\r\n").into_bytes());
        form
    }

    #[test]
    fn parts_lie_where_they_are() {
        // A delimiter across the border of two windows.
        for length in [0, 1, 5, WINDOW as usize - 120, WINDOW as usize - 100, WINDOW as usize - 80, 3 * WINDOW as usize]
        {
            let content = vec![b'\n'; length];
            let form = form(&[(r#"name="document"; filename="a\"b;.pdf""#, &content), ("name=lang", b"x--xx")], "xx");
            let parts = parts(&form, "xx").unwrap();
            let [document, language] = parts.as_slice() else { unreachable!("{length}: {parts:?}") };
            assert_eq!((document.name.as_str(), document.file_name.as_deref()), ("document", Some("a\"b;.pdf")));
            assert_eq!(form.read(document.content.clone(), 1 << 20).unwrap(), content, "{length}");
            assert_eq!(form.read(language.content.clone(), 9).unwrap(), b"x--xx");
        }
    }

    #[test]
    fn broken_forms_are_refused_in_words() {
        let good = form(&[("name=document", b"x")], "b");
        for (bytes, boundary, word) in [
            (good.get(..good.len() - 5).unwrap().to_vec(), "b", "closing"),
            (good.clone(), "c", "closing"),
            (Vec::new(), "b", "closing"),
            (b"--b\r\n--b--".to_vec(), "b", "end of its head"),
            (form(&[("filename=x", b"x")], "b"), "b", "no name"),
            (form(&[("name=x", b"".as_slice()); 17], "b"), "b", "16 parts"),
        ] {
            let error = parts(&bytes, boundary).unwrap_err();
            assert!(format!("{error:?}").contains(word), "{error:?}: {word}");
        }
        assert_eq!(boundary("application/pdf").unwrap(), None);
        assert_eq!(boundary("multipart/form-data; boundary=\"a b\"").unwrap().as_deref(), Some("a b"));
        assert!(boundary("multipart/form-data").is_err());
    }
}
