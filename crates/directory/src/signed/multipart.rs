//! Multipart messages of the signed directory (RFC 2046 §5.1), by byte ranges, since the bytes are signed. Lines end with
//! CRLF or LF: the reference writes CRLF and reads both.

use std::ops::Range;

/// Bytes of the headers of one part.
const HEADER_BYTES_MAX: usize = 16 << 10;
/// Headers of one part.
const HEADERS_MAX: usize = 64;
/// Parts of one message.
const PARTS_MAX: usize = 256;

/// Headers by lower-case name, unfolded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Headers(Vec<(String, String)>);

impl Headers {
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str()).filter(|v| !v.is_empty())
    }
}

/// Where the line that starts at `start` ends, and where the next one starts.
fn line(data: &[u8], start: usize) -> (usize, usize) {
    let rest = data.get(start..).unwrap_or_default();
    match rest.iter().position(|b| *b == b'\n') {
        Some(lf) => {
            let end = if lf > 0 && rest.get(lf - 1) == Some(&b'\r') { lf - 1 } else { lf };
            (start + end, start + lf + 1)
        }
        None => (data.len(), data.len()),
    }
}

/// Splits `range` of `data` into headers and the range of the body after the empty line.
pub(super) fn split_headers(data: &[u8], range: Range<usize>) -> Result<(Headers, Range<usize>), String> {
    let data = data.get(..range.end).unwrap_or_default();
    let mut headers: Vec<(String, String)> = Vec::new();
    let mut at = range.start;
    while at < range.end {
        let (end, next) = line(data, at);
        let bytes = data.get(at..end).unwrap_or_default();
        at = next;
        if bytes.is_empty() {
            break;
        }
        if at - range.start > HEADER_BYTES_MAX || headers.len() >= HEADERS_MAX {
            return Err(format!("more than {HEADER_BYTES_MAX} bytes or {HEADERS_MAX} headers in one part"));
        }
        add_header_line(&mut headers, bytes)?;
    }
    Ok((Headers(headers), at..range.end))
}

fn add_header_line(headers: &mut Vec<(String, String)>, bytes: &[u8]) -> Result<(), String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "a header is not UTF-8".to_owned())?;
    if text.starts_with([' ', '\t']) {
        let (_, value) = headers.last_mut().ok_or("the first header line is a continuation")?;
        value.push(' ');
        value.push_str(text.trim());
        return Ok(());
    }
    let (name, value) = text.split_once(':').ok_or_else(|| format!("header line {text:.60?} has no colon"))?;
    let name = name.trim().to_ascii_lowercase();
    if name.is_empty() || headers.iter().any(|(n, _)| *n == name) {
        return Err(format!("header {name:?} is empty or there twice"));
    }
    headers.push((name, value.trim().to_owned()));
    Ok(())
}

/// The parts of a multipart body.
pub(super) struct Parts {
    /// Ranges of the parts, without the line end that belongs to the delimiter after each.
    pub(super) parts: Vec<Range<usize>>,
    /// Whether the closing delimiter is there.
    pub(super) closed: bool,
    /// Whether anything but white space stands before the first or after the closing delimiter.
    pub(super) litter: bool,
}

/// Finds the delimiter lines of `boundary` in `range`.
pub(super) fn split_multipart(data: &[u8], range: Range<usize>, boundary: &str) -> Result<Parts, String> {
    let data = data.get(..range.end).unwrap_or_default();
    let mut found = Parts { parts: Vec::new(), closed: false, litter: false };
    let mut open: Option<usize> = None;
    let (mut at, mut previous_end) = (range.start, range.start);
    while at < range.end {
        let (end, next) = line(data, at);
        let bytes = data.get(at..end).unwrap_or_default();
        match delimiter(bytes, boundary) {
            Some(closing) if !found.closed => {
                if let Some(start) = open.take() {
                    found.parts.push(start..previous_end.max(start));
                }
                open = Some(next).filter(|_| !closing);
                found.closed = closing;
            }
            _ if open.is_none() && !bytes.trim_ascii().is_empty() => found.litter = true,
            _ => {}
        }
        previous_end = end;
        at = next;
        if found.parts.len() > PARTS_MAX {
            return Err(format!("more than {PARTS_MAX} parts"));
        }
    }
    if let Some(start) = open {
        found.parts.push(start..range.end);
    }
    Ok(found)
}

/// Whether the line delimits parts, and whether it closes the message.
fn delimiter(line: &[u8], boundary: &str) -> Option<bool> {
    let rest = line.strip_prefix(b"--")?.strip_prefix(boundary.as_bytes())?.trim_ascii_end();
    match rest {
        b"" => Some(false),
        b"--" => Some(true),
        _ => None,
    }
}

/// A header value `main; a=b; c="d"; e='f'`: the main value and a parameter by lower-case name.
pub(super) struct Value {
    pub(super) main: String,
    parameters: Vec<(String, String)>,
}

impl Value {
    pub(super) fn parse(text: &str) -> Self {
        let mut items = split_unquoted(text).into_iter();
        let main = items.next().unwrap_or_default().trim().to_owned();
        let parameters = items.filter_map(|item| {
            let (name, value) = item.split_once('=')?;
            Some((name.trim().to_ascii_lowercase(), unquote(value.trim())))
        });
        Self { main, parameters: parameters.collect() }
    }

    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str()).filter(|v| !v.is_empty())
    }
}

/// Splits at semicolons outside quotes of either kind.
fn split_unquoted(text: &str) -> Vec<&str> {
    let mut items = Vec::new();
    let (mut start, mut quote, mut escaped) = (0, None, false);
    for (at, c) in text.char_indices() {
        match (quote, c) {
            _ if escaped => escaped = false,
            (Some('"'), '\\') => escaped = true,
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, ';') => {
                items.push(text.get(start..at).unwrap_or_default());
                start = at + 1;
            }
            _ => {}
        }
    }
    items.push(text.get(start..).unwrap_or_default());
    items
}

fn unquote(value: &str) -> String {
    for quote in ['"', '\''] {
        if let Some(inner) = value.strip_prefix(quote).and_then(|v| v.strip_suffix(quote)) {
            return if quote == '"' { unescape(inner) } else { inner.to_owned() };
        }
    }
    value.to_owned()
}

fn unescape(inner: &str) -> String {
    let mut out = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        out.extend(if c == '\\' { chars.next() } else { Some(c) });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_with_either_quotes() {
        let value = Value::parse(r#"SHARED-PARAMETERS; instance='a;b' ; Other="c\"d;"; bare=e"#);
        assert_eq!(value.main, "SHARED-PARAMETERS");
        assert_eq!(value.parameter("instance"), Some("a;b"));
        assert_eq!(value.parameter("other"), Some("c\"d;"));
        assert_eq!(value.parameter("bare"), Some("e"));
        assert_eq!(value.parameter("none"), None);
    }

    #[test]
    fn headers_are_unfolded_and_case_does_not_matter() -> Result<(), String> {
        let data = b"Content-Type: a;\r\n\tb=c\r\nX: y\n\nbody";
        let (headers, body) = split_headers(data, 0..data.len())?;
        assert_eq!(headers.get("content-type"), Some("a; b=c"));
        assert_eq!(headers.get("x"), Some("y"));
        assert_eq!(data.get(body), Some(&b"body"[..]));
        assert!(split_headers(b" a: b\n", 0..6).is_err());
        assert!(split_headers(b"a: b\nA: c\n", 0..10).is_err());
        assert!(split_headers(b"abc\n", 0..4).is_err());
        Ok(())
    }

    #[test]
    fn a_longer_boundary_does_not_delimit() -> Result<(), String> {
        let data = b"--a\r\n1\r\n--ab\r\n2\r\n--a \r\n3\r\n--a--\r\n";
        let parts = split_multipart(data, 0..data.len(), "a")?;
        let texts: Vec<_> = parts.parts.iter().filter_map(|r| data.get(r.clone())).collect();
        assert_eq!(texts, [&b"1\r\n--ab\r\n2"[..], b"3"]);
        assert!(parts.closed && !parts.litter);
        let data = b"x\n--a\n\n--a--\ny";
        let parts = split_multipart(data, 0..data.len(), "a")?;
        assert!(parts.litter && parts.parts.len() == 1);
        Ok(())
    }
}
