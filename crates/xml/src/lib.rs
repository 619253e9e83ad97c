//! XML read safely, canonicalised, signed and checked. No IO.
//!
//! - [`read`] — bytes to text ([`decode`]), text to tree ([`parse`]); no DTD, limits before any tree is built.
//! - [`find`] — elements, attributes, texts and Ids by name, with errors that name the place.
//! - [`c14n`] — Canonical XML 1.0, 1.1 and exclusive, of documents and subtrees, into memory or a digest.
//! - [`dsig`] — XML signatures: parsed, verified (what was covered is returned), and made.
//! - [`mod@write`] — elements with everything escaped so that a parser gives back what was written.
//!
//! Always pass outside bytes through [`decode`] and then [`parse`]: line ends are normalised by the first, limits are kept
//! by the second.
//!
//! What this room does not do: DTDs and entities, XPath beyond the idioms of signatures, XSLT, HMAC, URIs that the caller does not resolve,
//! certificates (they are handed out as bytes). Which algorithms are acceptable, and whether what was covered is what
//! should have been covered, is decided above.
//!
//! ```
//! use mekong_base::limits::XmlLimits;
//! use mekong_xml::{c14n, decode, parse};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let text = decode(b"<b z='1' a='&#x41;'/>", &XmlLimits::SMALL)?;
//! let document = parse(&text, &XmlLimits::SMALL)?;
//! let canonical = c14n::canonicalize(c14n::Subset::Document(&document), &c14n::Method::Inclusive10)?;
//! assert_eq!(canonical, br#"<b a="A" z="1"></b>"#);
//! # Ok(())
//! # }
//! ```
//!
//! Standards: XML 1.0, Namespaces in XML 1.0, Canonical XML 1.0 and 1.1, Exclusive XML Canonicalization 1.0,
//! XML Signature Syntax and Processing 1.1, RFC 9231 (algorithm names).

pub mod c14n;
pub mod dsig;
pub mod find;
pub mod read;
pub mod write;

pub use read::{Place, XmlError, decode, parse};
pub use roxmltree;

/// The namespace of `xml:lang`, `xml:space`, `xml:base` and `xml:id`.
pub const NS_XML: &str = "http://www.w3.org/XML/1998/namespace";
/// The namespace of XML signatures.
pub const NS_DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
