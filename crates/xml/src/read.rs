//! Bytes to text, text to tree, with every limit kept.

mod declaration;
mod decode;
mod scan;
mod strict;

pub use decode::decode;

use mekong_base::limits::XmlLimits;
use roxmltree::{Document, Node, ParsingOptions, TextPos};
use std::fmt;

/// A place in a document's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

impl Place {
    /// Where a node starts.
    pub fn of(node: Node<'_, '_>) -> Self {
        node.document().text_pos_at(node.range().start).into()
    }

    /// The place of a byte offset in a text.
    pub(crate) fn at(text: &str, offset: usize) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let line = memchr::memchr_iter(b'\n', before.as_bytes()).count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        let number = |n| u32::try_from(n).unwrap_or(u32::MAX);
        Self { line: number(line), column: number(column) }
    }
}

impl From<TextPos> for Place {
    fn from(position: TextPos) -> Self {
        Self { line: position.row, column: position.col }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// Why a document was not read. It is always the document's fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum XmlError {
    /// More bytes than allowed.
    #[error("the XML document has {bytes} bytes, at most {limit} are read")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// Neither UTF-8 nor UTF-16, or not what it declares.
    #[error("the XML document declares encoding {declared}, only UTF-8 and UTF-16 are read")]
    UnsupportedEncoding {
        /// As declared, at most 40 characters.
        declared: String,
    },
    /// Not XML 1.0.
    #[error("the XML document declares version {declared}, only 1.0 is read")]
    UnsupportedVersion {
        /// As declared, at most 40 characters.
        declared: String,
    },
    /// Bytes that are not characters of the encoding.
    #[error("the XML document is not valid {encoding} at byte {offset}")]
    NotText {
        /// `UTF-8` or `UTF-16`.
        encoding: &'static str,
        /// The first wrong byte.
        offset: usize,
    },
    /// A document type declaration: entities and external files are not read, ever.
    #[error("document type declarations are not allowed ({0})")]
    Dtd(Place),
    /// Elements nested too deeply.
    #[error("elements are nested deeper than {limit} ({place})")]
    TooDeep {
        /// The limit.
        limit: u32,
        /// The first element that is too deep.
        place: Place,
    },
    /// Too many elements, attributes, texts and comments.
    #[error("more than {limit} XML nodes ({place})")]
    TooManyNodes {
        /// The limit.
        limit: u32,
        /// Where it was passed.
        place: Place,
    },
    /// Too many attributes on one element, or too many namespaces declared around one.
    #[error("more than {limit} {what} ({place})")]
    TooMany {
        /// `attributes on one element`, `namespace declarations in scope` or `namespace declarations`.
        what: &'static str,
        /// The limit.
        limit: usize,
        /// The element.
        place: Place,
    },
    /// Not well-formed.
    #[error("malformed XML: {what} ({place})")]
    Malformed {
        /// What is wrong.
        what: String,
        /// Where.
        place: Place,
    },
}

/// Attributes on one element, namespace declarations included.
pub const ATTRIBUTES_MAX: usize = 256;
/// Namespace declarations on an element and its ancestors together.
pub const NAMESPACES_IN_SCOPE_MAX: usize = 64;

/// Parses a text that [`decode`] gave.
///
/// A scan before parsing keeps the limits, so neither memory nor stack is spent on a document that passes them. Refuses
/// DTDs; entities other than the five predefined ones are unknown.
///
/// # Errors
/// [`XmlError`] with line and column.
pub fn parse<'t>(text: &'t str, limits: &XmlLimits) -> Result<Document<'t>, XmlError> {
    if text.len() > limits.bytes {
        return Err(XmlError::TooLarge { bytes: text.len(), limit: limits.bytes });
    }
    scan::check(text, limits)?;
    let options = ParsingOptions { allow_dtd: false, nodes_limit: limits.nodes, ..ParsingOptions::default() };
    Document::parse_with_options(text, options).map_err(|error| refused(text, limits, &error))
}

fn check_version(declared: &declaration::Declaration<'_>) -> Result<(), XmlError> {
    match declared.version {
        "1.0" => Ok(()),
        other => Err(XmlError::UnsupportedVersion { declared: quoted(other) }),
    }
}

/// As much of a wrong declaration as an error repeats.
fn quoted(declared: &str) -> String {
    declared.chars().take(40).collect()
}

fn refused(text: &str, limits: &XmlLimits, error: &roxmltree::Error) -> XmlError {
    let end = Place::at(text, text.len());
    match error {
        roxmltree::Error::NodesLimitReached => XmlError::TooManyNodes { limit: limits.nodes, place: end },
        roxmltree::Error::DtdDetected => XmlError::Dtd(error.pos().into()),
        roxmltree::Error::NoRootNode | roxmltree::Error::UnclosedRootNode | roxmltree::Error::UnexpectedEndOfStream => {
            XmlError::Malformed { what: error.to_string(), place: end }
        }
        _ => XmlError::Malformed { what: error.to_string(), place: error.pos().into() },
    }
}
