//! The pieces to make signatures.
//!
//! Either fill a template with [`fill`], or compose: digest what is covered ([`c14n::digest`](crate::c14n::digest) with
//! [`Subset::by_id`](crate::c14n::Subset::by_id)), write `ds:SignedInfo` with [`signed_info`], canonicalise it in the
//! place where it will stand, and make the value with [`signature_value`].

use super::{DsigError, Reference, Resolved};
use crate::c14n::Method;
use mekong_base::limits::XmlLimits;
use mekong_crypto::{PrivateKey, SignatureAlgorithm};
use roxmltree::Document;

/// Writes a `ds:SignedInfo` element, without white space, names with prefix `ds` (which the caller declares around it).
pub fn signed_info(_method: &Method, _algorithm: SignatureAlgorithm, _references: &[Reference]) -> String {
    unimplemented!()
}

/// Signs canonical `SignedInfo` bytes; the value has its XML form (ECDSA as r||s).
///
/// # Errors
/// [`DsigError::Key`].
pub fn signature_value(
    _key: &PrivateKey,
    _algorithm: SignatureAlgorithm,
    _canonical_signed_info: &[u8],
) -> Result<Vec<u8>, DsigError> {
    unimplemented!()
}

/// Canonicalises the `ds:SignedInfo` of the `ds:Signature` with this Id as its `CanonicalizationMethod` says, and signs it
/// with its `SignatureMethod`. Digests must be in place; they are not looked at.
///
/// # Errors
/// [`DsigError`].
pub fn sign_in_place(_document: &Document<'_>, _signature_id: &str, _key: &PrivateKey) -> Result<Vec<u8>, DsigError> {
    unimplemented!()
}

/// Signs a template: a document with one `ds:Signature` whose `DigestValue`s and `SignatureValue` are empty. Algorithms and
/// transforms are taken from it. Returns the document with the values filled in and everything else as it was.
///
/// # Errors
/// [`DsigError`]; [`DsigError::Malformed`] if the template is not XML or has not exactly one signature.
pub fn fill(
    _template: &str,
    _limits: &XmlLimits,
    _key: &PrivateKey,
    _resolve: &dyn Fn(&str) -> Option<Resolved<'_>>,
) -> Result<String, DsigError> {
    unimplemented!()
}
