//! Header blocks of parts, and the one header whose value has structure: `Content-Type`.

use super::{BOUNDARY_BYTES_MAX, MultipartError};

/// One header: name as received, value unfolded and trimmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The name, in the case in which it came.
    pub name: String,
    /// The value.
    pub value: String,
}

/// The headers of one part, in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PartHeaders {
    /// All of them.
    pub list: Vec<Header>,
}

impl PartHeaders {
    /// Parses a header block without its final blank line. `part` is for errors only.
    ///
    /// # Errors
    /// [`MultipartError::Header`] for a line that is not a header, [`MultipartError::Limit`] for more than `limit` headers.
    ///
    /// Source: RFC 5322 §2.2 (folding: a line that starts with a blank continues the one before).
    pub fn parse(block: &[u8], part: usize, limit: usize) -> Result<Self, MultipartError> {
        let mut list: Vec<Header> = Vec::new();
        for line in lines(block) {
            let text = latin_or_utf8(line);
            if text.chars().any(|c| c.is_control() && c != '\t') {
                return Err(malformed(part, &text));
            }
            if line.first().is_some_and(|b| matches!(b, b' ' | b'\t')) {
                let last = list.last_mut().ok_or_else(|| malformed(part, &text))?;
                last.value.push_str(text.trim_end());
                continue;
            }
            let (name, value) = text.split_once(':').ok_or_else(|| malformed(part, &text))?;
            let name = name.trim_end_matches([' ', '\t']);
            if name.is_empty() || !name.bytes().all(is_token) {
                return Err(malformed(part, &text));
            }
            if list.len() >= limit {
                return Err(MultipartError::Limit { what: "headers", part, limit: limit as u64 });
            }
            list.push(Header { name: name.to_owned(), value: value.trim().to_owned() });
        }
        for header in &mut list {
            header.value = header.value.trim().to_owned();
        }
        Ok(Self { list })
    }

    /// The value of the first header of this name, in any case.
    pub fn find(&self, name: &str) -> Option<&str> {
        self.list.iter().find(|h| h.name.eq_ignore_ascii_case(name)).map(|h| h.value.as_str())
    }

    /// The `Content-Type` as sent, if any.
    pub fn content_type(&self) -> Option<&str> {
        self.find("content-type")
    }

    /// The media type in lower case without parameters; `text/plain` if there is none (RFC 2045 §5.2).
    pub fn media_type(&self) -> String {
        self.content_type().map_or_else(|| "text/plain".to_owned(), |text| ContentType::parse(text).media_type)
    }
}

fn malformed(part: usize, line: &str) -> MultipartError {
    MultipartError::Header { part, line: line.chars().take(60).collect() }
}

fn lines(block: &[u8]) -> impl Iterator<Item = &[u8]> {
    block.split(|b| *b == b'\n').map(|l| l.strip_suffix(b"\r").unwrap_or(l)).filter(|l| !l.is_empty())
}

fn latin_or_utf8(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|b| char::from(*b)).collect(),
    }
}

/// RFC 9110 §5.6.2 token characters.
pub(crate) fn is_token(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b)
}

/// A `Content-Type` value, read leniently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentType {
    /// Type and subtype in lower case.
    pub media_type: String,
    /// Parameters in order: name in lower case, value without quotes.
    pub parameters: Vec<(String, String)>,
}

impl ContentType {
    /// Reads a value such as `multipart/mixed; charset=UTF-8; boundary="x"`. What is not a parameter is skipped.
    pub fn parse(text: &str) -> Self {
        let mut pieces = split_unquoted(text);
        let media_type = pieces.next().unwrap_or_default().trim().to_ascii_lowercase();
        let parameters = pieces
            .filter_map(|piece| piece.split_once('='))
            .map(|(name, value)| (name.trim().to_ascii_lowercase(), unquote(value.trim())))
            .collect();
        Self { media_type, parameters }
    }

    /// The first parameter of this (lower-case) name.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// The boundary, checked.
    ///
    /// # Errors
    /// [`MultipartError::Boundary`] if it is missing or not as RFC 2046 §5.1.1 wants it.
    pub fn boundary(&self) -> Result<&str, MultipartError> {
        let boundary = self.parameter("boundary").unwrap_or_default();
        check_boundary(boundary)?;
        Ok(boundary)
    }
}

/// Checks characters and length of a boundary (RFC 2046 §5.1.1 `bchars`).
pub(crate) fn check_boundary(boundary: &str) -> Result<(), MultipartError> {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(&b);
    if boundary.is_empty()
        || boundary.len() > BOUNDARY_BYTES_MAX
        || boundary.ends_with(' ')
        || !boundary.bytes().all(allowed)
    {
        return Err(MultipartError::Boundary(boundary.chars().take(BOUNDARY_BYTES_MAX).collect()));
    }
    Ok(())
}

fn split_unquoted(text: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    let mut escaped = false;
    text.split(move |c: char| {
        if escaped {
            escaped = false;
            return false;
        }
        match c {
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ';' => return !quoted,
            _ => {}
        }
        false
    })
}

fn unquote(value: &str) -> String {
    let Some(inner) = value.strip_prefix('"').and_then(|v| v.strip_suffix('"')) else {
        return value.to_owned();
    };
    let mut out = String::with_capacity(inner.len());
    let mut escaped = false;
    for c in inner.chars() {
        if c == '\\' && !escaped {
            escaped = true;
        } else {
            out.push(c);
            escaped = false;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(block: &str) -> Result<Vec<(String, String)>, MultipartError> {
        let headers = PartHeaders::parse(block.as_bytes(), 1, 5)?;
        Ok(headers.list.into_iter().map(|h| (h.name, h.value)).collect())
    }

    #[test]
    fn folded_lines_continue_the_header_before() {
        let expected = vec![("A".to_owned(), "one two".to_owned()), ("b".to_owned(), "3".to_owned())];
        assert_eq!(parse("A: one\r\n two\r\nb:3\r\n"), Ok(expected.clone()));
        assert_eq!(parse("A: one\n two\nb:3"), Ok(expected));
    }

    #[test]
    fn lines_that_are_no_headers_are_refused() {
        for bad in ["no colon", " starts folded", ": x", "na me: x", "a: b\rc: d", "a: \0"] {
            assert!(matches!(parse(bad), Err(MultipartError::Header { part: 1, .. })), "{bad:?}");
        }
        assert_eq!(
            parse("a:1\nb:2\nc:3\nd:4\ne:5\nf:6"),
            Err(MultipartError::Limit { what: "headers", part: 1, limit: 5 })
        );
    }

    #[test]
    fn content_type_parameters_may_be_quoted() {
        let parsed = ContentType::parse(r#"Multipart/Mixed; charset=UTF-8; Boundary="a;\"b""#);
        assert_eq!(parsed.media_type, "multipart/mixed");
        assert_eq!(parsed.parameter("boundary"), Some("a;\"b"));
        assert!(parsed.boundary().is_err());
        assert_eq!(ContentType::parse("multipart/mixed; boundary=xtop1").boundary(), Ok("xtop1"));
        assert!(ContentType::parse("multipart/mixed").boundary().is_err());
        let long = format!("multipart/mixed; boundary={}", "a".repeat(71));
        assert!(ContentType::parse(&long).boundary().is_err());
    }
}
