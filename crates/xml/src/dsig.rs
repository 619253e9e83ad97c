//! XML signatures (XMLDSig 1.1): parsed, verified, made.
//!
//! - [`Signature`] — a parsed `ds:Signature`; [`Signature::verify`] returns what each reference covered, and it is for the
//!   caller to see that this is what it asked for.
//! - [`Reference`], [`Transform`] — accepted transforms are the canonicalisations and `enveloped-signature`, nothing else.
//! - [`examine`] — the same read leniently and reference by reference, with more transforms, for validators.
//! - [`Ids`] — the Ids of a document, looked up fast.
//! - [`sign`] — the pieces to make signatures, and [`sign::fill`] for a whole template.
//!
//! Against wrapping: an Id that two elements answer to is refused, same-document references are Ids or the whole document,
//! and [`Covered`] gives the very element whose bytes were digested.

mod error;
pub mod examine;
mod ids;
mod parse;
mod reference;
pub mod sign;
mod verify;

pub use error::DsigError;
pub use ids::{Ids, NamedBy};
pub use parse::manifest;
pub use reference::{Reference, Transform};
pub use verify::{Covered, CoveredPart, Resolved, check_value};

use crate::c14n::Method;
use mekong_crypto::SignatureAlgorithm;
use roxmltree::Node;

/// References in one `SignedInfo` or `Manifest`.
pub const REFERENCES_MAX: usize = 64;
/// Transforms of one reference.
pub const TRANSFORMS_MAX: usize = 8;
/// Prefixes in one `PrefixList`.
pub const PREFIXES_MAX: usize = 64;
/// Certificates in one `KeyInfo`.
pub const CERTIFICATES_MAX: usize = 16;
/// The `enveloped-signature` transform.
pub const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";

/// A parsed `ds:Signature`. Parsing checks form, never trust.
#[derive(Debug, Clone)]
pub struct Signature<'a, 'i> {
    pub(crate) node: Node<'a, 'i>,
    pub(crate) signed_info: Node<'a, 'i>,
    pub(crate) method: Method,
    pub(crate) algorithm: SignatureAlgorithm,
    pub(crate) references: Vec<Reference>,
    pub(crate) value: Vec<u8>,
    pub(crate) certificates: Vec<Vec<u8>>,
}

impl<'a, 'i> Signature<'a, 'i> {
    /// The `ds:Signature` element.
    pub const fn node(&self) -> Node<'a, 'i> {
        self.node
    }

    /// Its `Id`.
    pub fn id(&self) -> Option<&'a str> {
        self.node.attribute("Id")
    }

    /// The `ds:SignedInfo` element.
    pub const fn signed_info(&self) -> Node<'a, 'i> {
        self.signed_info
    }

    /// How `SignedInfo` is canonicalised.
    pub const fn canonicalization(&self) -> &Method {
        &self.method
    }

    /// The signature algorithm; whether it is acceptable is policy.
    pub const fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    /// The references of `SignedInfo`, in order; at least one.
    pub fn references(&self) -> &[Reference] {
        &self.references
    }

    /// The decoded `SignatureValue` (ECDSA as r||s): what a time-stamp of the signature is made over.
    pub fn value(&self) -> &[u8] {
        &self.value
    }

    /// The `X509Certificate`s of `KeyInfo` in order, decoded from base64 and no further.
    pub fn certificates(&self) -> &[Vec<u8>] {
        &self.certificates
    }

    /// The `ds:Object` elements.
    pub fn objects(&self) -> impl Iterator<Item = Node<'a, 'i>> + use<'a, 'i> {
        crate::find::children(self.node, crate::NS_DSIG, "Object")
    }
}
