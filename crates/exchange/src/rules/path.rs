//! Paths of REST services against patterns of access rights, safe from encoded traversal.
//!
//! The path that is forwarded is the one that was signed, byte for byte; what rights are decided on are its *readings*:
//! how a server behind us might understand it. A right must cover every reading, and a path that can leave the service
//! by `..` has none.

use std::fmt;

/// Longest pattern, in bytes.
pub const PATTERN_BYTES_MAX: usize = 1024;

/// Why no right can be decided for a path. The client's fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PathError {
    /// A `.` or `..` segment, plain or encoded.
    #[error("the path has a relative segment (`.` or `..`, possibly percent-encoded): send it resolved")]
    Traversal,
    /// A percent sign that is itself encoded before a dot, slash or backslash.
    #[error("the path is percent-encoded twice: send it encoded once")]
    DoubleEncoding,
    /// A backslash or control character, plain or encoded.
    #[error("the path has a backslash or control character")]
    Character,
    /// Broken percent-encoding, or not UTF-8 once decoded.
    #[error("the path is not percent-encoded UTF-8")]
    Encoding,
}

/// All the ways in which a path might be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Readings(Vec<String>);

impl Readings {
    /// Reads a path as it stands in the request: empty, or with its leading slash.
    ///
    /// # Errors
    /// [`PathError`] if it can be read as leaving the service, or not at all.
    pub fn of(path: &str) -> Result<Self, PathError> {
        let decoded = percent_decode(path)?;
        if decoded.chars().any(|c| c == '\\' || c.is_control()) {
            return Err(PathError::Character);
        }
        if leads_on(&decoded) {
            return Err(PathError::DoubleEncoding);
        }
        // `;` begins a parameter of the segment for some servers: `/..;/x` is then `/../x`.
        let relative = |segment: &str| matches!(segment.split(';').next(), Some("." | ".."));
        if decoded.split('/').any(relative) {
            return Err(PathError::Traversal);
        }
        let mut all = vec![collapsed(&decoded)];
        for reading in [with_slashes_kept(path)?, decoded] {
            if !all.contains(&reading) {
                all.push(reading);
            }
        }
        Ok(Self(all))
    }

    /// Does the pattern cover every reading?
    pub fn covered_by(&self, pattern: &PathPattern) -> bool {
        self.0.iter().all(|reading| pattern.matches(reading))
    }

    /// The readings, the most resolved first.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

fn percent_decode(path: &str) -> Result<String, PathError> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.bytes();
    while let Some(b) = rest.next() {
        if b != b'%' {
            bytes.push(b);
            continue;
        }
        let mut digit = || rest.next().and_then(|d| char::from(d).to_digit(16)).ok_or(PathError::Encoding);
        let (high, low) = (digit()?, digit()?);
        bytes.push(u8::try_from(high * 16 + low).map_err(|_| PathError::Encoding)?);
    }
    String::from_utf8(bytes).map_err(|_| PathError::Encoding)
}

/// The reading in which an encoded slash is not a separator: it stays encoded, everything else is decoded.
fn with_slashes_kept(path: &str) -> Result<String, PathError> {
    let segments: Result<Vec<String>, PathError> =
        path.split('/').map(|segment| Ok(percent_decode(segment)?.replace('/', "%2F"))).collect();
    Ok(segments?.join("/"))
}

/// The reading in which several slashes are one.
fn collapsed(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for c in path.chars() {
        if c != '/' || !out.ends_with('/') {
            out.push(c);
        }
    }
    out
}

/// Would decoding once more make a dot, slash, backslash or another percent sign of it?
fn leads_on(decoded: &str) -> bool {
    let lower = decoded.to_ascii_lowercase();
    ["%2e", "%2f", "%5c", "%25"].iter().any(|code| lower.contains(code))
}

/// A pattern: `*` stands for any characters of one segment, `**` for any characters; `\*` and `\\` are literal.
///
/// `**` alone covers every path, the empty one too. As the reference documents its patterns; unlike there, characters may
/// follow `*` within a segment (`/file*.json`).
#[derive(Clone, PartialEq, Eq)]
pub struct PathPattern {
    text: String,
    tokens: Vec<Token>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    Char(char),
    /// Zero or more characters but `/`.
    Segment,
    /// Zero or more characters.
    Anything,
}

/// A pattern longer than [`PATTERN_BYTES_MAX`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a path pattern of {0} bytes is longer than {PATTERN_BYTES_MAX}")]
pub struct PatternTooLong(usize);

impl PathPattern {
    /// The pattern that covers every path.
    pub fn any() -> Self {
        Self { text: "**".into(), tokens: vec![Token::Anything] }
    }

    /// Reads a pattern.
    ///
    /// # Errors
    /// [`PatternTooLong`].
    pub fn parse(text: &str) -> Result<Self, PatternTooLong> {
        if text.len() > PATTERN_BYTES_MAX {
            return Err(PatternTooLong(text.len()));
        }
        let mut tokens = Vec::new();
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            tokens.push(match c {
                '\\' => match chars.next_if(|next| matches!(next, '*' | '\\')) {
                    Some(escaped) => Token::Char(escaped),
                    None => Token::Char('\\'),
                },
                '*' if chars.next_if_eq(&'*').is_some() => {
                    while chars.next_if_eq(&'*').is_some() {}
                    Token::Anything
                }
                '*' => Token::Segment,
                c => Token::Char(c),
            });
        }
        Ok(Self { text: text.to_owned(), tokens })
    }

    /// Does it match the whole of this decoded path? Time grows with pattern times path, never worse.
    pub fn matches(&self, path: &str) -> bool {
        self.reached(path).last() == Some(&self.tokens.len())
    }

    /// Is there a path that begins so and is matched?
    pub fn may_go_on_from(&self, beginning: &str) -> bool {
        // Every token that is left can be met by some text.
        !self.reached(beginning).is_empty()
    }

    /// Of which numbers of tokens, in rising order, that many match all of `path`. Ends with the first character that
    /// nothing matches.
    fn reached(&self, path: &str) -> Vec<usize> {
        let (mut reached, mut next) = (Vec::new(), Vec::new());
        self.enter(&mut reached, 0);
        for c in path.chars() {
            for &passed in &reached {
                let last = passed.checked_sub(1).and_then(|last| self.tokens.get(last));
                if last.is_some_and(|token| token.is_wildcard() && token.takes(c)) {
                    self.enter(&mut next, passed);
                }
                if self.tokens.get(passed).is_some_and(|token| token.takes(c)) {
                    self.enter(&mut next, passed + 1);
                }
            }
            std::mem::swap(&mut reached, &mut next);
            next.clear();
            if reached.is_empty() {
                break;
            }
        }
        reached
    }

    /// Adds a number, and those behind it that wildcards reach by matching nothing. Numbers come in rising order, but for
    /// some that such wildcards have added already.
    fn enter(&self, reached: &mut Vec<usize>, passed: usize) {
        if reached.last().is_some_and(|last| *last >= passed) {
            return;
        }
        reached.push(passed);
        let behind = self.tokens.iter().enumerate().skip(passed).take_while(|(_, token)| token.is_wildcard());
        reached.extend(behind.map(|(at, _)| at + 1));
    }
}

impl Token {
    const fn is_wildcard(self) -> bool {
        matches!(self, Self::Segment | Self::Anything)
    }

    fn takes(self, c: char) -> bool {
        match self {
            Self::Char(expected) => c == expected,
            Self::Segment => c != '/',
            Self::Anything => true,
        }
    }
}

impl fmt::Display for PathPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for PathPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PathPattern({:?})", self.text)
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)]
#[path = "path_tests.rs"]
mod tests;
