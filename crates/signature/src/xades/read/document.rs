//! A document: parsed once, its signatures found and read.

use super::counter;
use super::signature::{self, Context};
use crate::facts::{Document, Format, Signature};
use crate::read::{Detached, DetachedContent, ReadError, Reading};
use crate::xades::Resolved;
use mekong_base::Source;
use mekong_base::limits::XmlLimits;
use mekong_xml::roxmltree::{self, Node};
use mekong_xml::{NS_DSIG, XmlError, find};

/// Limits on one document with signatures.
pub const LIMITS: XmlLimits = XmlLimits { depth: 128, ..XmlLimits::DIRECTORY };
/// Signatures in one document, counter-signatures included.
pub const SIGNATURES_MAX: usize = 1_000;

/// Whether a file may be XML: `<` in UTF-8 or UTF-16 comes first, after a byte order mark and white space.
pub fn looks_like(source: &dyn Source) -> bool {
    let length = source.len().min(256);
    let Ok(start) = source.read(0..length, 256) else { return false };
    let skipped = |byte: &&u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | 0 | 0xEF | 0xBB | 0xBF | 0xFE | 0xFF);
    start.iter().find(|byte| !skipped(byte)) == Some(&b'<')
}

/// Reads an XML document with XAdES or XMLDSig signatures.
///
/// # Errors
/// [`ReadError::NoSignature`] if there is no `ds:Signature`; [`ReadError::Malformed`] for what is no well-formed XML or has a
/// DTD; [`ReadError::Limit`] beyond [`LIMITS`] or [`SIGNATURES_MAX`].
pub fn read(source: &dyn Source, reading: &Reading<'_>) -> Result<Document, ReadError> {
    if source.len() > LIMITS.bytes as u64 {
        let reason = format!("{} bytes of XML, at most {} are read", source.len(), LIMITS.bytes);
        return Err(ReadError::Limit { place: "document".into(), reason });
    }
    let bytes = source.read(0..source.len(), LIMITS.bytes)?;
    let text = mekong_xml::decode(&bytes, &LIMITS).map_err(refused)?;
    let document = mekong_xml::parse(&text, &LIMITS).map_err(refused)?;
    // The only file stands for the only one that is signed, whatever its name: files are renamed on their way.
    let only = match reading.detached.as_slice() {
        [only] if matches!(only.content, DetachedContent::Source(_)) && has_one_outside(&document) => Some(only),
        _ => None,
    };
    let resolve = |uri: &str| given(&reading.detached, uri).or_else(|| only.map(resolved));
    let signatures = signatures_in(&document, None, &resolve)?;
    if signatures.is_empty() {
        return Err(ReadError::NoSignature("an XML document without ds:Signature".into()));
    }
    Ok(Document {
        format: Format::Xades,
        signatures,
        timestamps: Vec::new(),
        evidence_records: Vec::new(),
        faults: Vec::new(),
        findings: Vec::new(),
    })
}

/// Reads the signatures of a document, for containers too.
///
/// `file` is what to call the document in [`Signature::file`]. `resolve` gives the content of references that lead out of the
/// document; the URI comes as it is written there, with its percent signs. Nothing is fetched.
/// [`Signature::countersigns`] counts from 0 in what is returned; it is empty if there is no `ds:Signature`.
///
/// # Errors
/// As [`read`], but for [`ReadError::NoSignature`].
pub fn read_signatures<'r>(
    xml: &[u8],
    file: Option<&str>,
    resolve: &'r dyn Fn(&str) -> Option<Resolved<'r>>,
) -> Result<Vec<Signature>, ReadError> {
    let text = mekong_xml::decode(xml, &LIMITS).map_err(refused)?;
    signatures_in(&mekong_xml::parse(&text, &LIMITS).map_err(refused)?, file, resolve)
}

fn signatures_in<'r>(
    document: &roxmltree::Document<'_>,
    file: Option<&str>,
    resolve: &'r dyn Fn(&str) -> Option<Resolved<'r>>,
) -> Result<Vec<Signature>, ReadError> {
    let nodes = signature_elements(document)?;
    let context = Context::new(document, file, resolve);
    let read = nodes.into_iter().map(|node| signature::read(&context, node)).collect();
    Ok(counter::order(read))
}

/// Whether all references that lead out of a document ask for the same.
fn has_one_outside(document: &roxmltree::Document<'_>) -> bool {
    let references = document.descendants().filter(|n| find::is(*n, NS_DSIG, "Reference"));
    let mut outside =
        references.filter_map(|n| n.attribute("URI")).filter(|uri| !uri.is_empty() && !uri.starts_with('#'));
    outside.next().is_some_and(|first| outside.all(|other| other == first))
}

pub(in crate::xades) fn signature_elements<'a, 'i>(
    document: &'a roxmltree::Document<'i>,
) -> Result<Vec<Node<'a, 'i>>, ReadError> {
    let found = document.descendants().filter(|n| find::is(*n, NS_DSIG, "Signature"));
    let nodes: Vec<Node<'a, 'i>> = found.take(SIGNATURES_MAX + 1).collect();
    match nodes.get(SIGNATURES_MAX) {
        Some(node) => {
            let reason = format!("more than {SIGNATURES_MAX} signatures");
            Err(ReadError::Limit { place: find::path(*node), reason })
        }
        None => Ok(nodes),
    }
}

fn refused(error: XmlError) -> ReadError {
    let (place, reason) = ("document".to_owned(), error.to_string());
    match error {
        XmlError::TooLarge { .. }
        | XmlError::TooDeep { .. }
        | XmlError::TooManyNodes { .. }
        | XmlError::TooMany { .. } => ReadError::Limit { place, reason },
        _ => ReadError::Malformed { place, reason },
    }
}

/// The detached content that a URI means: the one of that name, else the only one if it has no name.
pub(crate) fn given<'r>(detached: &'r [Detached<'r>], uri: &str) -> Option<Resolved<'r>> {
    let decoded = percent_decoded(uri);
    let names =
        |d: &&Detached<'_>| d.name.as_deref().is_some_and(|name| name == uri || Some(name) == decoded.as_deref());
    let nameless = || match detached {
        [only] if only.name.is_none() => Some(only),
        _ => None,
    };
    let found = detached.iter().find(names).or_else(nameless)?;
    Some(resolved(found))
}

fn resolved<'r>(detached: &'r Detached<'r>) -> Resolved<'r> {
    match &detached.content {
        DetachedContent::Source(source) => Resolved::Source(*source),
        DetachedContent::Digests(digests) => Resolved::Digests(digests.clone()),
    }
}

/// The text behind `%xx` escapes; `None` if there are none, or if it is not UTF-8.
fn percent_decoded(uri: &str) -> Option<String> {
    if !uri.contains('%') {
        return None;
    }
    let mut out = Vec::with_capacity(uri.len());
    let mut rest = uri.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escaped = after.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        match escaped.and_then(|two| u8::from_str_radix(two, 16).ok()).filter(|_| *first == b'%') {
            Some(byte) => {
                out.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                out.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8(out).ok()
}
