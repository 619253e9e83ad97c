//! A document: parsed once, its signatures found and read.

use super::counter;
use super::signature::{self, Context};
use crate::facts::{Document, Format, Signature};
use crate::read::{Detached, DetachedContent, ReadError, Reading, content_not_used};
use crate::xades::Resolved;
use mekong_base::Source;
use mekong_base::limits::XmlLimits;
use mekong_xml::roxmltree::{self, Node};
use mekong_xml::{NS_DSIG, XmlError, find};
use std::cell::RefCell;
use std::collections::BTreeSet;

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
    let outside = Outside::of(&document, reading);
    let resolve = |uri: &str| outside.content(uri);
    let signatures = signatures_in(&document, None, &resolve)?;
    if signatures.is_empty() {
        return Err(ReadError::NoSignature("an XML document without ds:Signature".into()));
    }
    let findings = content_not_used(&reading.detached, |place| outside.used.borrow().contains(&place));
    Ok(Document {
        format: Format::Xades,
        signatures,
        timestamps: Vec::new(),
        evidence_records: Vec::new(),
        faults: Vec::new(),
        findings: findings.into_iter().collect(),
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

/// What references that lead out of a document mean: the detached content of that name, or the only one if it has no name.
/// The only file stands for the only one that is asked for, whatever its name: files are renamed on their way.
pub(crate) struct Outside<'r> {
    detached: &'r [Detached<'r>],
    /// Whether the only content stands for whatever is asked for.
    only: bool,
    /// Places in `detached` that signatures asked for.
    used: RefCell<BTreeSet<usize>>,
}

impl<'r> Outside<'r> {
    fn of(document: &roxmltree::Document<'_>, reading: &'r Reading<'r>) -> Self {
        let only = match reading.detached.as_slice() {
            [only] if only.name.is_none() => true,
            [only] => matches!(only.content, DetachedContent::Source(_)) && asks_for_one(document),
            _ => false,
        };
        Self { detached: &reading.detached, only, used: RefCell::default() }
    }

    /// For a document that was read before.
    pub(crate) fn of_text(xml: &[u8], reading: &'r Reading<'r>) -> Self {
        let none = || Self { detached: &reading.detached, only: false, used: RefCell::default() };
        let Ok(text) = mekong_xml::decode(xml, &LIMITS) else { return none() };
        mekong_xml::parse(&text, &LIMITS).map_or_else(|_| none(), |document| Self::of(&document, reading))
    }

    pub(crate) fn content(&self, uri: &str) -> Option<Resolved<'r>> {
        let decoded = crate::uri::decoded(uri);
        let names = |d: &Detached<'_>| d.name.as_deref().is_some_and(|name| name == uri || name == decoded);
        let place = self.detached.iter().position(names).or(self.only.then_some(0))?;
        self.used.borrow_mut().insert(place);
        Some(match &self.detached.get(place)?.content {
            DetachedContent::Source(source) => Resolved::Source(*source),
            DetachedContent::Digests(digests) => Resolved::Digests(digests.clone()),
        })
    }
}

/// Whether all references that lead out of a document ask for the same.
fn asks_for_one(document: &roxmltree::Document<'_>) -> bool {
    let references = document.descendants().filter(|n| find::is(*n, NS_DSIG, "Reference"));
    let mut outside =
        references.filter_map(|n| n.attribute("URI")).filter(|uri| !uri.is_empty() && !uri.starts_with('#'));
    outside.next().is_some_and(|first| outside.all(|other| other == first))
}
