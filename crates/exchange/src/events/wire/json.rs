//! The members of one JSON object and the elements of one array as they are written: what is carried on is not read and
//! written anew, so that numbers, order and spelling inside stay as the publisher wrote them.

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// Text that is not the JSON that is wanted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// The same name twice: two readers could see two things.
    #[error("the member {0:?} stands there twice: send it once")]
    Duplicate(String),
    /// Nested too deep.
    #[error("the JSON nests deeper than {0}: flatten it")]
    Deep(usize),
    /// No JSON.
    #[error("it is no JSON: {0}")]
    Syntax(String),
    /// JSON, but of another kind.
    #[error("a JSON {0} is wanted")]
    Wanted(&'static str),
}

/// The members of an object: names decoded, values as written. Each may nest as deep as `depth`.
///
/// # Errors
/// [`JsonError`].
pub(crate) fn members(text: &str, depth: usize) -> Result<Vec<(String, &str)>, JsonError> {
    let mut scan = Scan::begin(text, b'{', "object", depth)?;
    let mut found: Vec<(String, &str)> = Vec::new();
    while !scan.ends_with(b'}') {
        let name = scan.value()?;
        let name: String = serde_json::from_str(name).map_err(|e| JsonError::Syntax(e.to_string()))?;
        scan.skip(b':');
        let value = scan.value()?;
        found.push((name, value));
        scan.skip(b',');
    }
    let mut names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    match names.windows(2).find(|pair| pair.first() == pair.last()).and_then(|pair| pair.first()) {
        Some(name) => Err(JsonError::Duplicate((*name).to_owned())),
        None => Ok(found),
    }
}

/// The elements of an array, as written. Each may nest as deep as `depth`.
///
/// # Errors
/// [`JsonError`].
pub(crate) fn elements(text: &str, depth: usize) -> Result<Vec<&str>, JsonError> {
    let mut scan = Scan::begin(text, b'[', "array", depth)?;
    let mut found = Vec::new();
    while !scan.ends_with(b']') {
        found.push(scan.value()?);
        scan.skip(b',');
    }
    Ok(found)
}

/// JSON that every reader can read: no number is beyond those of IEEE 754 (RFC 8259 §6). One that is would break the reader of
/// a whole batch.
struct Readable;

impl<'de> Deserialize<'de> for Readable {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for Readable {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(Self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(Self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(Self)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
        Ok(Self)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(Self)
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(Self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Self, A::Error> {
        while elements.next_element::<Self>()?.is_some() {}
        Ok(Self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self, A::Error> {
        while members.next_entry::<IgnoredAny, Self>()?.is_some() {}
        Ok(Self)
    }
}

/// Reads text of which is known that it is JSON.
struct Scan<'a> {
    text: &'a str,
    at: usize,
    depth_max: usize,
}

impl<'a> Scan<'a> {
    fn begin(text: &'a str, open: u8, wanted: &'static str, depth_max: usize) -> Result<Self, JsonError> {
        serde_json::from_str::<Readable>(text).map_err(|e| JsonError::Syntax(e.to_string()))?;
        let mut scan = Self { text, at: 0, depth_max };
        if scan.next() != Some(open) {
            return Err(JsonError::Wanted(wanted));
        }
        scan.at += 1;
        Ok(scan)
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The next byte that is no white space.
    fn next(&mut self) -> Option<u8> {
        while self.peek().is_some_and(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
        self.peek()
    }

    fn skip(&mut self, byte: u8) {
        if self.next() == Some(byte) {
            self.at += 1;
        }
    }

    fn ends_with(&mut self, close: u8) -> bool {
        self.next().is_none_or(|b| b == close)
    }

    /// One value, from its first byte to its last.
    fn value(&mut self) -> Result<&'a str, JsonError> {
        self.next();
        let start = self.at;
        let mut depth = 0_usize;
        while let Some(byte) = self.peek() {
            match byte {
                b'"' => self.string(),
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                }
                b'}' | b']' if depth > 0 => {
                    depth -= 1;
                    self.at += 1;
                }
                b',' | b':' | b'}' | b']' | b' ' | b'\t' | b'\r' | b'\n' if depth == 0 => break,
                _ => self.at += 1,
            }
            if depth > self.depth_max {
                return Err(JsonError::Deep(self.depth_max));
            }
            if depth == 0 && matches!(byte, b'"' | b'}' | b']') {
                break;
            }
        }
        self.text.get(start..self.at).ok_or(JsonError::Wanted("value"))
    }

    fn string(&mut self) {
        self.at += 1;
        while let Some(byte) = self.peek() {
            self.at += 1;
            match byte {
                b'\\' => self.at += 1,
                b'"' => return,
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stay_as_they_are_written() -> Result<(), JsonError> {
        let text = r#" { "a" : 1.10 , "b\u0062":{"x":[1,{"}":"]\""}]} ,"c":"\\", "d":null,"e":[ ],"f":-0e1 } "#;
        let found = members(text, 64)?;
        let shown: Vec<(&str, &str)> = found.iter().map(|(n, v)| (n.as_str(), *v)).collect();
        let expected = [
            ("a", "1.10"),
            ("bb", r#"{"x":[1,{"}":"]\""}]}"#),
            ("c", r#""\\""#),
            ("d", "null"),
            ("e", "[ ]"),
            ("f", "-0e1"),
        ];
        assert_eq!(shown, expected);
        assert_eq!(elements(r#"[1, "a,b" ,{"c":[2]} , [3]]"#, 64)?, ["1", r#""a,b""#, r#"{"c":[2]}"#, "[3]"]);
        assert!(members("{}", 0)?.is_empty() && elements(" [ ] ", 0)?.is_empty());
        Ok(())
    }

    #[test]
    fn numbers_that_no_reader_has_are_refused() {
        for beyond in ["1e400", "-1e309", "0.033e333333393331333335"] {
            for text in [format!(r#"{{"data":{beyond}}}"#), format!(r#"{{"data":{{"a":[1,{beyond}]}}}}"#)] {
                assert!(serde_json::from_str::<serde_json::Value>(&text).is_err(), "{text}");
                assert!(matches!(members(&text, 64), Err(JsonError::Syntax(_))), "{text}");
            }
        }
        assert!(members(r#"{"a":1e308,"b":66666666666666666666,"c":1e-999,"d":-9223372036854775808}"#, 64).is_ok());
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_refused() {
        assert_eq!(members(r#"{"a":1,"\u0061":2}"#, 64), Err(JsonError::Duplicate("a".into())));
        assert_eq!(members("[]", 64), Err(JsonError::Wanted("object")));
        assert_eq!(elements("{}", 64), Err(JsonError::Wanted("array")));
        for bad in ["", "{", "{]", r#"{"a":}"#, "{} {}", "{'a':1}", r#"{"a":01}"#] {
            assert!(matches!(members(bad, 64), Err(JsonError::Syntax(_))), "{bad}");
        }
        let deep = format!(r#"{{"a":{}{}}}"#, "[".repeat(100), "]".repeat(100));
        assert_eq!(members(&deep, 99), Err(JsonError::Deep(99)));
        assert!(members(&deep, 100).is_ok());
        let very = format!(r#"{{"a":{}"#, "[".repeat(1_000_000));
        assert!(members(&very, 64).is_err());
    }
}
