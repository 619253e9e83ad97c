//! `ds:Signature` and `ds:Manifest` from their elements.

use super::{DsigError, Reference, Signature};
use roxmltree::Node;

impl<'a, 'i> Signature<'a, 'i> {
    /// Reads a `ds:Signature` element.
    ///
    /// # Errors
    /// [`DsigError::Malformed`], [`DsigError::UnsupportedAlgorithm`], [`DsigError::UnsupportedTransform`],
    /// [`DsigError::TooMany`].
    pub fn parse(_node: Node<'a, 'i>) -> Result<Self, DsigError> {
        unimplemented!()
    }
}

/// Reads the references of a `ds:Manifest` element (or any element whose children are `ds:Reference`s).
///
/// # Errors
/// As [`Signature::parse`].
pub fn manifest(_node: Node<'_, '_>) -> Result<Vec<Reference>, DsigError> {
    unimplemented!()
}
