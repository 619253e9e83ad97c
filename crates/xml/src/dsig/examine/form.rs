//! A `ds:Signature` read leniently.

use super::REFERENCES_MAX;
use super::step::{Step, steps};
use crate::c14n::Method;
use crate::dsig::DsigError;
use crate::dsig::parse::{canonicalization, malformed, too_many};
use crate::{NS_DSIG, find};
use mekong_crypto::{DigestAlgorithm, SignatureAlgorithm};
use roxmltree::Node;

const NS_MORE: &str = "http://www.w3.org/2007/05/xmldsig-more#";
const RSA_PSS: &str = "http://www.w3.org/2007/05/xmldsig-more#rsa-pss";

/// A `ds:Signature`: its parts, and by name what is not supported.
#[derive(Debug, Clone)]
pub struct Form<'a, 'i> {
    /// The element.
    pub node: Node<'a, 'i>,
    /// `ds:SignedInfo`.
    pub signed_info: Node<'a, 'i>,
    /// How it is canonicalised; else the unknown URI.
    pub method: Result<Method, String>,
    /// The signature algorithm; else the unknown URI.
    pub algorithm: Result<SignatureAlgorithm, String>,
    /// The references in order; at least one.
    pub references: Vec<Pointer<'a, 'i>>,
    /// `ds:SignatureValue`.
    pub value_node: Node<'a, 'i>,
    /// Its bytes; ECDSA usually as r||s.
    pub value: Vec<u8>,
    /// `ds:KeyInfo`.
    pub key_info: Option<Node<'a, 'i>>,
    /// The `ds:Object`s.
    pub objects: Vec<Node<'a, 'i>>,
}

/// A `ds:Reference`.
#[derive(Debug, Clone)]
pub struct Pointer<'a, 'i> {
    /// The element.
    pub node: Node<'a, 'i>,
    /// `Id`.
    pub id: Option<&'a str>,
    /// `Type`.
    pub kind: Option<&'a str>,
    /// `URI`.
    pub uri: Option<&'a str>,
    /// The transforms; else which one is not supported and why.
    pub steps: Result<Vec<Step<'a, 'i>>, String>,
    /// The digest algorithm; else the unknown URI.
    pub algorithm: Result<DigestAlgorithm, String>,
    /// The digest that was signed.
    pub digest: Vec<u8>,
}

impl<'a, 'i> Form<'a, 'i> {
    /// Reads a `ds:Signature` element.
    ///
    /// # Errors
    /// [`DsigError::Malformed`] and [`DsigError::TooMany`]; unknown algorithms and transforms are no errors.
    pub fn read(node: Node<'a, 'i>) -> Result<Self, DsigError> {
        if !find::is(node, NS_DSIG, "Signature") {
            return Err(malformed(node, "not a ds:Signature element"));
        }
        let signed_info = find::required_child(node, NS_DSIG, "SignedInfo")?;
        let value_node = find::required_child(node, NS_DSIG, "SignatureValue")?;
        let method = find::required_child(signed_info, NS_DSIG, "CanonicalizationMethod")?;
        let algorithm = find::required_child(signed_info, NS_DSIG, "SignatureMethod")?;
        Ok(Self {
            node,
            signed_info,
            method: canonicalization(method)?.ok_or_else(|| uri_of(method).to_owned()),
            algorithm: signature_algorithm(algorithm),
            references: Pointer::all(signed_info)?,
            value_node,
            value: find::base64(value_node)?,
            key_info: find::child(node, NS_DSIG, "KeyInfo")?,
            objects: find::children(node, NS_DSIG, "Object").collect(),
        })
    }

    /// The `Id` of the signature.
    pub fn id(&self) -> Option<&'a str> {
        find::ids(self.node).next()
    }
}

impl<'a, 'i> Pointer<'a, 'i> {
    /// The references of a `ds:SignedInfo` or `ds:Manifest`, in order; at least one.
    ///
    /// # Errors
    /// [`DsigError::Malformed`], or [`DsigError::TooMany`] beyond [`REFERENCES_MAX`].
    pub fn all(parent: Node<'a, 'i>) -> Result<Vec<Self>, DsigError> {
        let mut all = Vec::new();
        for node in find::children(parent, NS_DSIG, "Reference") {
            if all.len() == REFERENCES_MAX {
                return Err(too_many(node, "references", REFERENCES_MAX));
            }
            all.push(Self::read(node)?);
        }
        if all.is_empty() {
            return Err(malformed(parent, "no ds:Reference"));
        }
        Ok(all)
    }

    fn read(node: Node<'a, 'i>) -> Result<Self, DsigError> {
        let method = find::required_child(node, NS_DSIG, "DigestMethod")?;
        Ok(Self {
            node,
            id: node.attribute("Id"),
            kind: node.attribute("Type"),
            uri: node.attribute("URI"),
            steps: find::child(node, NS_DSIG, "Transforms")?.map_or_else(|| Ok(Ok(Vec::new())), steps)?,
            algorithm: DigestAlgorithm::from_uri(uri_of(method)).map_err(|_| uri_of(method).to_owned()),
            digest: find::base64(find::required_child(node, NS_DSIG, "DigestValue")?)?,
        })
    }
}

fn uri_of<'a>(node: Node<'a, '_>) -> &'a str {
    node.attribute("Algorithm").unwrap_or_default()
}

fn signature_algorithm(node: Node<'_, '_>) -> Result<SignatureAlgorithm, String> {
    let uri = uri_of(node);
    if uri == RSA_PSS {
        return pss(node).ok_or_else(|| format!("{RSA_PSS} with parameters other than one digest throughout"));
    }
    SignatureAlgorithm::from_uri(uri).map_err(|_| uri.to_owned())
}

/// RSASSA-PSS with its parameters beside it (RFC 9231 §2.3.9); only one digest for content and mask, salt of its length.
fn pss(node: Node<'_, '_>) -> Option<SignatureAlgorithm> {
    let digest_of = |parent: Node<'_, '_>| match find::child(parent, NS_DSIG, "DigestMethod").ok()? {
        Some(method) => DigestAlgorithm::from_uri(uri_of(method)).ok(),
        None => Some(DigestAlgorithm::Sha256),
    };
    let Some(parameters) = find::child(node, NS_MORE, "RSAPSSParams").ok()? else {
        return Some(SignatureAlgorithm::RsaPss(DigestAlgorithm::Sha256));
    };
    let digest = digest_of(parameters)?;
    let mask = match find::child(parameters, NS_MORE, "MaskGenerationFunction").ok()? {
        Some(function) => digest_of(function)?,
        None => digest,
    };
    let number = |name| -> Option<Option<usize>> {
        let text = find::child_text(parameters, NS_MORE, name).ok()?;
        text.map_or(Some(None), |t| t.trim().parse().ok().map(Some))
    };
    let salt = number("SaltLength")?.unwrap_or(digest.output_len());
    let trailer = number("TrailerField")?.unwrap_or(1);
    let usual = mask == digest && salt == digest.output_len() && trailer == 1;
    usual.then_some(SignatureAlgorithm::RsaPss(digest))
}
