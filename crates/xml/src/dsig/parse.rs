//! `ds:Signature` and `ds:Manifest` from their elements.

use super::{
    CERTIFICATES_MAX, DsigError, ENVELOPED, PREFIXES_MAX, REFERENCES_MAX, Reference, Signature, TRANSFORMS_MAX,
    Transform,
};
use crate::c14n::{EXCLUSIVE, Method};
use crate::find;
use crate::{NS_DSIG, Place};
use mekong_crypto::{DigestAlgorithm, SignatureAlgorithm};
use roxmltree::Node;

impl<'a, 'i> Signature<'a, 'i> {
    /// Reads a `ds:Signature` element.
    ///
    /// # Errors
    /// [`DsigError::Malformed`], [`DsigError::UnsupportedAlgorithm`], [`DsigError::UnsupportedTransform`],
    /// [`DsigError::TooMany`].
    pub fn parse(node: Node<'a, 'i>) -> Result<Self, DsigError> {
        if !find::is(node, NS_DSIG, "Signature") {
            return Err(malformed(node, "not a ds:Signature element"));
        }
        let signed_info = find::required_child(node, NS_DSIG, "SignedInfo")?;
        let value = find::required_child(node, NS_DSIG, "SignatureValue")?;
        in_order(signed_info, &["CanonicalizationMethod", "SignatureMethod", "Reference"])?;
        let method = find::required_child(signed_info, NS_DSIG, "CanonicalizationMethod")?;
        let algorithm = find::required_child(signed_info, NS_DSIG, "SignatureMethod")?;
        Ok(Self {
            node,
            signed_info,
            method: canonicalization(method)?.ok_or_else(|| unsupported(method))?,
            algorithm: SignatureAlgorithm::from_uri(algorithm_uri(algorithm)?).map_err(|_| unsupported(algorithm))?,
            references: references(signed_info)?,
            value: find::base64(value)?,
            certificates: certificates(node)?,
        })
    }
}

/// Reads the references of a `ds:Manifest` element.
///
/// # Errors
/// As [`Signature::parse`].
pub fn manifest(node: Node<'_, '_>) -> Result<Vec<Reference>, DsigError> {
    if !find::is(node, NS_DSIG, "Manifest") {
        return Err(malformed(node, "not a ds:Manifest element"));
    }
    in_order(node, &["Reference"])?;
    references(node)
}

/// At least one reference, in document order.
fn references(parent: Node<'_, '_>) -> Result<Vec<Reference>, DsigError> {
    let mut references = Vec::new();
    for node in find::children(parent, NS_DSIG, "Reference") {
        if references.len() == REFERENCES_MAX {
            return Err(too_many(node, "references", REFERENCES_MAX));
        }
        references.push(reference(node)?);
    }
    if references.is_empty() {
        return Err(malformed(parent, "no ds:Reference"));
    }
    Ok(references)
}

fn reference(node: Node<'_, '_>) -> Result<Reference, DsigError> {
    in_order(node, &["Transforms", "DigestMethod", "DigestValue"])?;
    let method = find::required_child(node, NS_DSIG, "DigestMethod")?;
    let own = |name| node.attribute(name).map(str::to_owned);
    Ok(Reference {
        id: own("Id"),
        kind: own("Type"),
        uri: own("URI"),
        transforms: find::child(node, NS_DSIG, "Transforms")?.map_or_else(|| Ok(Vec::new()), transforms)?,
        digest_algorithm: DigestAlgorithm::from_uri(algorithm_uri(method)?).map_err(|_| unsupported(method))?,
        digest: find::base64(find::required_child(node, NS_DSIG, "DigestValue")?)?,
    })
}

fn transforms(node: Node<'_, '_>) -> Result<Vec<Transform>, DsigError> {
    let mut transforms = Vec::new();
    for child in find::children(node, NS_DSIG, "Transform") {
        if transforms.len() == TRANSFORMS_MAX {
            return Err(too_many(child, "transforms", TRANSFORMS_MAX));
        }
        let uri = algorithm_uri(child)?;
        transforms.push(match canonicalization(child)? {
            Some(method) => Transform::Canonicalize(method),
            None if uri == ENVELOPED => Transform::Enveloped,
            None => return Err(DsigError::UnsupportedTransform { uri: uri.into() }),
        });
    }
    Ok(transforms)
}

/// The canonicalisation that an element with an `Algorithm` names; `None` if it is something else.
pub(super) fn canonicalization(node: Node<'_, '_>) -> Result<Option<Method>, DsigError> {
    let list = find::child(node, EXCLUSIVE, "InclusiveNamespaces")?;
    let list = list.and_then(|l| l.attribute("PrefixList")).unwrap_or_default();
    let prefixes: Vec<String> = list.split_ascii_whitespace().take(PREFIXES_MAX + 1).map(str::to_owned).collect();
    if prefixes.len() > PREFIXES_MAX {
        return Err(too_many(node, "prefixes", PREFIXES_MAX));
    }
    Ok(Method::from_uri(algorithm_uri(node)?, prefixes))
}

fn certificates(signature: Node<'_, '_>) -> Result<Vec<Vec<u8>>, DsigError> {
    let Some(key_info) = find::child(signature, NS_DSIG, "KeyInfo")? else { return Ok(Vec::new()) };
    let mut certificates = Vec::new();
    for data in find::children(key_info, NS_DSIG, "X509Data") {
        for node in find::children(data, NS_DSIG, "X509Certificate") {
            if certificates.len() == CERTIFICATES_MAX {
                return Err(too_many(node, "certificates in KeyInfo", CERTIFICATES_MAX));
            }
            certificates.push(find::base64(node)?);
        }
    }
    Ok(certificates)
}

/// Child elements must be of XMLDSig, have these names, and come in this order.
fn in_order(parent: Node<'_, '_>, names: &[&str]) -> Result<(), DsigError> {
    let mut reached = 0;
    for child in parent.children().filter(Node::is_element) {
        let position = names.iter().position(|name| find::is(child, NS_DSIG, name));
        match position.filter(|p| *p >= reached) {
            Some(position) => reached = position,
            None => return Err(malformed(child, "this element is not allowed here")),
        }
    }
    Ok(())
}

fn algorithm_uri<'a>(node: Node<'a, '_>) -> Result<&'a str, DsigError> {
    Ok(find::required_attribute(node, "Algorithm")?)
}

fn unsupported(node: Node<'_, '_>) -> DsigError {
    DsigError::UnsupportedAlgorithm {
        uri: node.attribute("Algorithm").unwrap_or_default().into(),
        place: Place::of(node),
    }
}

pub(super) fn malformed(node: Node<'_, '_>, what: &str) -> DsigError {
    DsigError::Malformed { what: format!("{}: {what}", find::path(node)), place: Place::of(node) }
}

pub(super) fn too_many(node: Node<'_, '_>, what: &'static str, limit: usize) -> DsigError {
    DsigError::TooMany { what, limit, place: Place::of(node) }
}
