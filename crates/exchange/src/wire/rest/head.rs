//! Two first lines and headers: the shape that requests and responses share.

use super::{Limits, RestError, names};
use crate::wire::multipart::Header;
use std::fmt::Write as _;
use std::ops::Range;

/// A parsed message head; ranges point into `text`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) text: String,
    pub(super) first: Range<usize>,
    pub(super) second: Range<usize>,
    fields: Vec<(Range<usize>, Range<usize>)>,
}

impl Head {
    pub(super) fn parse(text: String, limits: Limits) -> Result<Self, RestError> {
        if text.len() > limits.bytes {
            return Err(RestError::TooLarge { bytes: text.len(), limit: limits.bytes });
        }
        let mut lines = Lines { text: &text, at: 0, number: 0 };
        let (first, second) = (lines.next_range()?, lines.next_range()?);
        let first = first.ok_or(RestError::Missing("first line"))?;
        let second = second.ok_or(RestError::Missing("second line"))?;
        let mut fields = Vec::new();
        while let Some(line) = lines.next_range()? {
            if fields.len() >= limits.headers {
                return Err(RestError::TooManyHeaders(limits.headers));
            }
            fields.push(field(&text, line, lines.number)?);
        }
        Ok(Self { text, first, second, fields })
    }

    pub(super) fn get(&self, range: &Range<usize>) -> &str {
        self.text.get(range.clone()).unwrap_or_default()
    }

    pub(super) fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter().map(|(name, value)| (self.get(name), self.get(value)))
    }

    /// The value of a header that may stand once.
    pub(super) fn single(&self, name: &'static str) -> Result<Option<&str>, RestError> {
        let mut values = self.headers().filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.trim());
        let value = values.next();
        if values.next().is_some() {
            return Err(RestError::DuplicateHeader(name));
        }
        Ok(value)
    }
}

fn field(text: &str, line: Range<usize>, number: usize) -> Result<(Range<usize>, Range<usize>), RestError> {
    let content = text.get(line.clone()).unwrap_or_default();
    let colon = content.find(':').ok_or(RestError::Header { line: number })?;
    let name = content.get(..colon).unwrap_or_default();
    if name.is_empty() || !name.bytes().all(crate::wire::multipart::is_token) {
        return Err(RestError::Header { line: number });
    }
    if names::is_skipped(name) {
        return Err(RestError::ForbiddenHeader(name.to_owned()));
    }
    let split = line.start + colon;
    Ok((line.start..split, split + 1..line.end))
}

/// Lines that end with CRLF and nothing else; the last may lack its end.
struct Lines<'a> {
    text: &'a str,
    at: usize,
    number: usize,
}

impl Lines<'_> {
    fn next_range(&mut self) -> Result<Option<Range<usize>>, RestError> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        if rest.is_empty() {
            return Ok(None);
        }
        self.number += 1;
        let length = rest.find("\r\n").unwrap_or(rest.len());
        let line = rest.get(..length).unwrap_or_default();
        if line.chars().any(|c| c.is_control() && c != '\t') {
            return Err(RestError::Control { line: self.number });
        }
        let range = self.at..self.at + length;
        self.at = (range.end + 2).min(self.text.len());
        Ok(Some(range))
    }
}

/// Writes a head. Headers of connections are left out, also those that `Connection` names (RFC 9110 §7.6.1), and those
/// that `except` names.
pub(super) fn write(first: &str, second: &str, headers: &[Header], except: &[&str], added: &[(&str, &str)]) -> String {
    let of_connection = |name: &str| {
        let nominated = headers.iter().filter(|h| h.name.eq_ignore_ascii_case("connection"));
        nominated.flat_map(|h| h.value.split(',')).any(|token| token.trim().eq_ignore_ascii_case(name))
    };
    let kept = headers.iter().filter(|h| {
        !names::is_skipped(&h.name)
            && !except.iter().any(|e| e.eq_ignore_ascii_case(&h.name))
            && !of_connection(&h.name)
    });
    let mut text = String::with_capacity(512);
    let _ = write!(text, "{first}\r\n{second}\r\n");
    for (name, value) in kept.map(|h| (h.name.as_str(), h.value.as_str())).chain(added.iter().copied()) {
        text.push_str(name);
        text.push(':');
        text.push_str(value);
        text.push_str("\r\n");
    }
    text
}
