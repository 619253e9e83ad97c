//! The pieces to make signatures.
//!
//! Either fill a template with [`fill`], or compose: digest what is covered ([`c14n::digest`] of
//! [`Subset::by_id`]), write `ds:SignedInfo` with [`signed_info`], parse the whole, and make the value with
//! [`sign_in_place`], or with [`signature_value`] over bytes that you canonicalised yourself.

use super::parse::malformed;
use super::{DsigError, ENVELOPED, Reference, Resolved, Signature, Transform};
use crate::c14n::{self, EXCLUSIVE, Method, Subset};
use crate::find;
use crate::write::Writer;
use crate::{NS_DSIG, XmlError};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mekong_base::limits::XmlLimits;
use mekong_crypto::{KeyType, PrivateKey, SignatureAlgorithm, ecdsa};
use roxmltree::{Document, Node};
use std::ops::Range;

/// Writes a `ds:SignedInfo` element, without white space, names with prefix `ds`, which the caller declares around it.
pub fn signed_info(method: &Method, algorithm: SignatureAlgorithm, references: &[Reference]) -> String {
    let mut writer = Writer::new();
    writer.open("ds:SignedInfo", &[]);
    write_method(&mut writer, "ds:CanonicalizationMethod", method);
    writer.empty("ds:SignatureMethod", &[("Algorithm", algorithm.uri())]);
    references.iter().for_each(|reference| write_reference(&mut writer, reference));
    writer.finish()
}

fn write_reference(writer: &mut Writer, reference: &Reference) {
    let attributes = [("Id", &reference.id), ("Type", &reference.kind), ("URI", &reference.uri)];
    let present: Vec<(&str, &str)> = attributes.iter().filter_map(|(n, v)| Some((*n, v.as_deref()?))).collect();
    writer.open("ds:Reference", &present);
    if !reference.transforms.is_empty() {
        writer.open("ds:Transforms", &[]);
        for transform in &reference.transforms {
            match transform {
                Transform::Canonicalize(method) => write_method(writer, "ds:Transform", method),
                Transform::Enveloped => {
                    writer.empty("ds:Transform", &[("Algorithm", ENVELOPED)]);
                }
            }
        }
        writer.close();
    }
    writer.empty("ds:DigestMethod", &[("Algorithm", reference.digest_algorithm.uri())]);
    writer.leaf("ds:DigestValue", &[], &STANDARD.encode(&reference.digest)).close();
}

fn write_method(writer: &mut Writer, name: &str, method: &Method) {
    let algorithm = [("Algorithm", method.uri())];
    match method.prefixes() {
        Some(prefixes) if !prefixes.is_empty() => {
            let list = [("xmlns:ec", EXCLUSIVE), ("PrefixList", &prefixes.join(" "))];
            writer.open(name, &algorithm).empty("ec:InclusiveNamespaces", &list).close();
        }
        _ => {
            writer.empty(name, &algorithm);
        }
    }
}

/// Signs canonical `SignedInfo` bytes; the value has its XML form (ECDSA as r||s).
///
/// # Errors
/// [`DsigError::Key`].
pub fn signature_value(
    key: &PrivateKey,
    algorithm: SignatureAlgorithm,
    canonical_signed_info: &[u8],
) -> Result<Vec<u8>, DsigError> {
    let value = key.sign(algorithm, canonical_signed_info).map_err(DsigError::Key)?;
    let coordinate_len = match (algorithm, key.public_key().key_type()) {
        (SignatureAlgorithm::Ecdsa(_), KeyType::P256) => 32,
        (SignatureAlgorithm::Ecdsa(_), KeyType::P384) => 48,
        (SignatureAlgorithm::Ecdsa(_), _) => 66,
        _ => return Ok(value),
    };
    ecdsa::der_to_raw(&value, coordinate_len).map_err(DsigError::Key)
}

/// Canonicalises the `ds:SignedInfo` of the `ds:Signature` with this Id as its `CanonicalizationMethod` says, and signs it
/// with its `SignatureMethod`. Digests must be in place; they are not looked at, nor is `SignatureValue`.
///
/// # Errors
/// [`DsigError`].
pub fn sign_in_place(document: &Document<'_>, signature_id: &str, key: &PrivateKey) -> Result<Vec<u8>, DsigError> {
    value_of(&Signature::parse(find::by_id(document, signature_id)?)?, key)
}

/// Signs a template: a document with one `ds:Signature` whose `DigestValue`s and `SignatureValue` are empty (or old).
/// Algorithms and transforms are taken from it. Returns the document with the values filled in and all else as it was.
///
/// # Errors
/// [`DsigError`]; [`DsigError::Malformed`] if the template is not XML or has not exactly one signature.
pub fn fill<'r>(
    template: &str,
    limits: &XmlLimits,
    key: &PrivateKey,
    resolve: &dyn Fn(&str) -> Option<Resolved<'r>>,
) -> Result<String, DsigError> {
    let document = crate::parse(template, limits).map_err(unreadable)?;
    let signature = Signature::parse(only_signature(&document)?)?;
    let mut edits = Vec::new();
    let nodes = find::children(signature.signed_info, NS_DSIG, "Reference");
    for (node, reference) in nodes.zip(&signature.references) {
        let (digest, _) = signature.dereference(reference, resolve)?;
        edits.push(edit(find::required_child(node, NS_DSIG, "DigestValue")?, digest.as_ref()));
    }
    let digested = apply(template, edits);
    let document = crate::parse(&digested, limits).map_err(unreadable)?;
    let signature = Signature::parse(only_signature(&document)?)?;
    let value = value_of(&signature, key)?;
    let place = find::required_child(signature.node, NS_DSIG, "SignatureValue")?;
    Ok(apply(&digested, vec![edit(place, &value)]))
}

fn value_of(signature: &Signature<'_, '_>, key: &PrivateKey) -> Result<Vec<u8>, DsigError> {
    let canonical = c14n::canonicalize(Subset::Element(signature.signed_info), &signature.method)?;
    signature_value(key, signature.algorithm, &canonical)
}

fn only_signature<'a, 'i>(document: &'a Document<'i>) -> Result<Node<'a, 'i>, DsigError> {
    let mut found = document.descendants().filter(|n| find::is(*n, NS_DSIG, "Signature"));
    let root = document.root_element();
    let first = found.next().ok_or_else(|| malformed(root, "no ds:Signature to fill"))?;
    match found.next() {
        None => Ok(first),
        Some(second) => Err(malformed(second, "a second ds:Signature")),
    }
}

fn unreadable(error: XmlError) -> DsigError {
    let place = match &error {
        XmlError::Dtd(place)
        | XmlError::TooDeep { place, .. }
        | XmlError::TooManyNodes { place, .. }
        | XmlError::TooMany { place, .. }
        | XmlError::Malformed { place, .. } => *place,
        _ => crate::Place { line: 1, column: 1 },
    };
    DsigError::Malformed { what: error.to_string(), place }
}

/// The replacement of an element's content by base64: where, and what.
fn edit(node: Node<'_, '_>, value: &[u8]) -> (Range<usize>, String) {
    let value = STANDARD.encode(value);
    let (range, source) = (node.range(), node.document().input_text());
    let written = source.get(range.clone()).unwrap_or_default();
    if let Some(head) = written.strip_suffix("/>") {
        let name: String = head.chars().skip(1).take_while(|c| !c.is_ascii_whitespace()).collect();
        let slash = range.end - "/>".len();
        return (slash..range.end, format!(">{value}</{name}>"));
    }
    let end = range.start + written.rfind("</").unwrap_or(written.len());
    let start = node.first_child().map_or(end, |child| child.range().start);
    (start..end, value)
}

/// Applies edits that come in document order.
fn apply(text: &str, edits: Vec<(Range<usize>, String)>) -> String {
    let mut out = String::with_capacity(text.len() + edits.len() * 96);
    let mut done = 0;
    for (range, replacement) in edits {
        out.push_str(text.get(done..range.start).unwrap_or_default());
        out.push_str(&replacement);
        done = range.end;
    }
    out.push_str(text.get(done..).unwrap_or_default());
    out
}
