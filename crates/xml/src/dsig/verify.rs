//! Checking references and the signature value.

use super::{DsigError, Reference, Signature};
use mekong_crypto::{DigestAlgorithm, PublicKey};
use roxmltree::Node;
use std::borrow::Cow;

/// The content of a reference outside the document, as the caller knows it.
#[derive(Debug, Clone)]
pub enum Resolved<'r> {
    /// The bytes.
    Bytes(Cow<'r, [u8]>),
    /// Only a digest of the bytes.
    Digest(DigestAlgorithm, Cow<'r, [u8]>),
}

/// What one reference covered.
#[derive(Debug, Clone)]
pub struct Covered<'a, 'i> {
    /// The index of the reference.
    pub reference: usize,
    /// What its digest was made over.
    pub part: CoveredPart<'a, 'i>,
}

/// What a digest was made over. Nothing outside of it is protected.
#[derive(Debug, Clone)]
pub enum CoveredPart<'a, 'i> {
    /// The whole document without the signature.
    DocumentWithoutSignature,
    /// The whole document.
    Document,
    /// This element with everything in it.
    Element(Node<'a, 'i>),
    /// This element with everything in it but the signature.
    ElementWithoutSignature(Node<'a, 'i>),
    /// What the caller resolved for this URI.
    External(String),
}

impl<'a, 'i> Signature<'a, 'i> {
    /// Checks the digest of every reference, then the signature value.
    ///
    /// `resolve` gives the content of URIs other than `""` and `#id`. What was covered is returned in the order of
    /// [`Signature::references`]: the caller must see that it is what should have been.
    ///
    /// # Errors
    /// [`DsigError`], of the first reference that fails.
    pub fn verify<'r>(
        &self,
        key: &PublicKey,
        resolve: &dyn Fn(&str) -> Option<Resolved<'r>>,
    ) -> Result<Vec<Covered<'a, 'i>>, DsigError> {
        let covered = self.verify_references(resolve)?;
        self.verify_value(key)?;
        Ok(covered)
    }

    /// Checks the digest of every reference only: this alone proves nothing about who signed.
    ///
    /// # Errors
    /// As [`Signature::verify`].
    pub fn verify_references<'r>(
        &self,
        resolve: &dyn Fn(&str) -> Option<Resolved<'r>>,
    ) -> Result<Vec<Covered<'a, 'i>>, DsigError> {
        self.verify_digests(&self.references, resolve)
    }

    /// Checks the digests of other references, those of a `ds:Manifest` (see [`manifest`](super::manifest)) that this
    /// signature covers.
    ///
    /// # Errors
    /// As [`Signature::verify`].
    pub fn verify_digests<'r>(
        &self,
        _references: &[Reference],
        _resolve: &dyn Fn(&str) -> Option<Resolved<'r>>,
    ) -> Result<Vec<Covered<'a, 'i>>, DsigError> {
        unimplemented!()
    }

    /// Checks the signature value over the canonical `SignedInfo` only: this alone says nothing about any content.
    ///
    /// # Errors
    /// [`DsigError::SignatureMismatch`]; [`DsigError::Key`] if the algorithm does not go with the key.
    pub fn verify_value(&self, _key: &PublicKey) -> Result<(), DsigError> {
        unimplemented!()
    }
}
