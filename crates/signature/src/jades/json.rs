//! JSON read strictly (RFC 8259): a name that occurs twice in an object is refused, so that nobody can read another value.

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::collections::BTreeSet;
use std::fmt::{self, Write as _};

/// Members of one object, elements of one array.
const ITEMS_MAX: usize = 10_000;

/// A JSON value; objects keep their order. Nesting is bounded by the parser (128).
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Json {
    Null,
    Bool(bool),
    Number(serde_json::Number),
    String(String),
    Array(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Reads one value that fills all bytes.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, String> {
        serde_json::from_slice(bytes).map_err(|e| e.to_string())
    }

    pub(super) fn get(&self, name: &str) -> Option<&Json> {
        self.members().iter().find(|(n, _)| n == name).map(|(_, v)| v)
    }

    /// The members of an object; none of anything else.
    pub(super) fn members(&self) -> &[(String, Json)] {
        match self {
            Self::Object(members) => members,
            _ => &[],
        }
    }

    /// The elements of an array; none of anything else.
    pub(super) fn elements(&self) -> &[Json] {
        match self {
            Self::Array(elements) => elements,
            _ => &[],
        }
    }

    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The text of a member.
    pub(super) fn text_of(&self, name: &str) -> Option<&str> {
        self.get(name)?.text()
    }

    /// All strings of an array; `None` if anything else is in it, or it is none.
    pub(super) fn texts(&self) -> Option<Vec<&str>> {
        match self {
            Self::Array(elements) => elements.iter().map(Self::text).collect(),
            _ => None,
        }
    }

    /// The value without white space, members in their order.
    pub(super) fn compact(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, false);
        out
    }

    /// The value without white space, members sorted by UTF-16 code units (RFC 8785, for values without fractions).
    pub(super) fn canonical(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, true);
        out
    }

    fn write(&self, out: &mut String, sorted: bool) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Self::Number(number) => drop(write!(out, "{number}")),
            Self::String(text) => out.push_str(&quote(text)),
            Self::Array(elements) => {
                out.push('[');
                for (n, element) in elements.iter().enumerate() {
                    if n > 0 {
                        out.push(',');
                    }
                    element.write(out, sorted);
                }
                out.push(']');
            }
            Self::Object(members) => {
                let mut members: Vec<&(String, Json)> = members.iter().collect();
                if sorted {
                    members.sort_by_key(|(name, _)| name.encode_utf16().collect::<Vec<u16>>());
                }
                out.push('{');
                for (n, (name, value)) in members.into_iter().enumerate() {
                    if n > 0 {
                        out.push(',');
                    }
                    let _ = write!(out, "{}:", quote(name));
                    value.write(out, sorted);
                }
                out.push('}');
            }
        }
    }
}

/// A string literal.
pub(super) fn quote(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Strict)
    }
}

struct Strict;

impl<'de> Visitor<'de> for Strict {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Json, E> {
        serde_json::Number::from_f64(value).map(Json::Number).ok_or_else(|| E::custom("a number that is none"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Json, E> {
        Ok(Json::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Json, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = sequence.next_element()? {
            if elements.len() == ITEMS_MAX {
                return Err(A::Error::custom(format!("an array of more than {ITEMS_MAX} elements")));
            }
            elements.push(element);
        }
        Ok(Json::Array(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let (mut members, mut names) = (Vec::new(), BTreeSet::new());
        while let Some((name, value)) = map.next_entry::<String, Json>()? {
            if members.len() == ITEMS_MAX {
                return Err(A::Error::custom(format!("an object of more than {ITEMS_MAX} members")));
            }
            if !names.insert(name.clone()) {
                return Err(A::Error::custom(format!("the name {name:?} occurs twice in one object")));
            }
            members.push((name, value));
        }
        Ok(Json::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_occurs_once_however_it_is_written() {
        assert!(Json::parse(br#"{"a":1,"b":[{"a":null}]}"#).is_ok());
        assert!(Json::parse(br#"{"a":1,"a":1}"#).is_err_and(|e| e.contains("twice")));
        assert!(Json::parse(br#"{"x":[{"a":1,"\u0061":2}]}"#).is_err_and(|e| e.contains("twice")));
        assert!(Json::parse(b"{} x").is_err() && Json::parse(b"").is_err() && Json::parse(b"\"\xff\"").is_err());
        assert!(Json::parse("[".repeat(100_000).as_bytes()).is_err());
    }

    #[test]
    fn values_are_written_again() {
        let value = Json::parse(br#" { "b" : [1, true, null, "\u00e4\/\n"], "a" : {} } "#);
        assert_eq!(value.as_ref().map(Json::compact), Ok(r#"{"b":[1,true,null,"ä/\n"],"a":{}}"#.into()));
        assert_eq!(value.as_ref().map(Json::canonical), Ok(r#"{"a":{},"b":[1,true,null,"ä/\n"]}"#.into()));
    }
}
