//! The values of PDF (ISO 32000-2 §7.3).

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

/// A reference to an indirect object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reference {
    /// Object number.
    pub number: u32,
    /// Generation; 0 but for numbers used again.
    pub generation: u16,
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} R", self.number, self.generation)
    }
}

/// Any value.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Object {
    /// Nothing; also what a reference to a missing object means.
    #[default]
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction, or one too large for [`Object::Integer`]; not a number where it cannot be read as one.
    Real(f64),
    /// A name, without the slash, escapes resolved.
    Name(Vec<u8>),
    /// A string, escapes resolved.
    String(PdfString),
    /// An array.
    Array(Vec<Object>),
    /// A dictionary.
    Dictionary(Dictionary),
    /// A stream: its dictionary and where its bytes lie.
    Stream(Stream),
    /// A reference.
    Reference(Reference),
}

/// A string and where it stands.
#[derive(Debug, Clone, Default, Eq)]
pub struct PdfString {
    /// Its bytes, decoded.
    pub bytes: Vec<u8>,
    /// The bytes of the file from the opening to the closing delimiter, both included; empty inside object streams.
    pub place: Range<u64>,
    /// Whether it is written in hexadecimal, `<…>`.
    pub hexadecimal: bool,
}

impl PartialEq for PdfString {
    /// Strings of the same bytes are equal wherever and however they are written.
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl PdfString {
    /// A string to be written.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self { bytes: bytes.into(), place: 0..0, hexadecimal: false }
    }

    /// A text string: UTF-16BE with a mark unless it is ASCII (ISO 32000-2 §7.9.2.2).
    pub fn text(text: &str) -> Self {
        if text.is_ascii() {
            return Self::new(text);
        }
        let mut bytes = vec![0xfe, 0xff];
        bytes.extend(text.encode_utf16().flat_map(u16::to_be_bytes));
        Self { bytes, place: 0..0, hexadecimal: true }
    }

    /// The text: UTF-16 (either order) or UTF-8 with a mark, else Latin-1 for the bytes above ASCII.
    pub fn to_text(&self) -> String {
        let utf16 = |rest: &[u8], from: fn([u8; 2]) -> u16| {
            let units: Vec<u16> =
                rest.chunks_exact(2).filter_map(|pair| <[u8; 2]>::try_from(pair).ok()).map(from).collect();
            String::from_utf16_lossy(&units)
        };
        match self.bytes.as_slice() {
            [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
            [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
            [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
            bytes => bytes.iter().map(|byte| char::from(*byte)).collect(),
        }
    }
}

/// A dictionary; ordered by key.
#[derive(Debug, Clone, Default)]
pub struct Dictionary {
    entries: BTreeMap<Vec<u8>, Object>,
    /// A key that stands twice: readers differ in which value they take. Here the last one counts.
    pub twice: Option<Vec<u8>>,
}

impl PartialEq for Dictionary {
    fn eq(&self, other: &Self) -> bool {
        self.entries == other.entries
    }
}

impl Dictionary {
    /// The value of a key, not resolved.
    pub fn get(&self, key: &str) -> Option<&Object> {
        self.entries.get(key.as_bytes())
    }

    /// Whether a key is there.
    pub fn has(&self, key: &str) -> bool {
        self.entries.contains_key(key.as_bytes())
    }

    /// Sets a key; `Null` removes it, which is the same by §7.3.7.
    pub fn set(&mut self, key: &str, value: Object) {
        self.insert(key.as_bytes().to_vec(), value);
    }

    /// Sets a key, and notes that it was there before.
    pub(crate) fn parsed(&mut self, key: Vec<u8>, value: Object) {
        if self.entries.contains_key(&key) {
            self.twice = Some(key.clone());
        }
        self.insert(key, value);
    }

    fn insert(&mut self, key: Vec<u8>, value: Object) {
        match value {
            Object::Null => self.entries.remove(&key),
            value => self.entries.insert(key, value),
        };
    }

    /// The same, with this key set.
    #[must_use]
    pub fn with(mut self, key: &str, value: Object) -> Self {
        self.set(key, value);
        self
    }

    /// Keys and values in order of keys.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &Object)> {
        self.entries.iter().map(|(key, value)| (key.as_slice(), value))
    }

    /// How many keys.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether a key has this name as value.
    pub fn is(&self, key: &str, name: &str) -> bool {
        self.get(key).and_then(Object::name) == Some(name.as_bytes())
    }
}

/// A stream: its dictionary and where its bytes lie.
#[derive(Debug, Clone, PartialEq)]
pub struct Stream {
    /// Length, filters and what else is said of it.
    pub dictionary: Dictionary,
    /// The bytes of the file between `stream` and `endstream`, as they stand, without line ends.
    pub data: Range<u64>,
}

impl Object {
    /// A name.
    pub fn named(name: &str) -> Self {
        Self::Name(name.as_bytes().to_vec())
    }

    /// The name, if it is one.
    pub fn name(&self) -> Option<&[u8]> {
        match self {
            Self::Name(name) => Some(name),
            _ => None,
        }
    }

    /// The whole number, if it is one.
    pub fn integer(&self) -> Option<i64> {
        match self {
            Self::Integer(number) => Some(*number),
            _ => None,
        }
    }

    /// The number, whole or not.
    pub fn number(&self) -> Option<f64> {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "coordinates are small")]
            Self::Integer(number) => Some(*number as f64),
            Self::Real(number) => Some(*number),
            _ => None,
        }
    }

    /// The string, if it is one.
    pub fn string(&self) -> Option<&PdfString> {
        match self {
            Self::String(string) => Some(string),
            _ => None,
        }
    }

    /// The elements, if it is an array.
    pub fn array(&self) -> Option<&[Self]> {
        match self {
            Self::Array(elements) => Some(elements),
            _ => None,
        }
    }

    /// The dictionary, also of a stream.
    pub fn dictionary(&self) -> Option<&Dictionary> {
        match self {
            Self::Dictionary(dictionary) => Some(dictionary),
            Self::Stream(stream) => Some(&stream.dictionary),
            _ => None,
        }
    }

    /// The stream, if it is one.
    pub fn stream(&self) -> Option<&Stream> {
        match self {
            Self::Stream(stream) => Some(stream),
            _ => None,
        }
    }

    /// The reference, if it is one.
    pub fn reference(&self) -> Option<Reference> {
        match self {
            Self::Reference(reference) => Some(*reference),
            _ => None,
        }
    }

    /// Whether it is nothing.
    pub fn is_null(&self) -> bool {
        *self == Self::Null
    }
}

impl From<Reference> for Object {
    fn from(reference: Reference) -> Self {
        Self::Reference(reference)
    }
}

impl From<Dictionary> for Object {
    fn from(dictionary: Dictionary) -> Self {
        Self::Dictionary(dictionary)
    }
}

impl From<PdfString> for Object {
    fn from(string: PdfString) -> Self {
        Self::String(string)
    }
}

impl From<i64> for Object {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}
