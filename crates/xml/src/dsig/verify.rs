//! Checking references and the signature value.

use super::parse::malformed;
use super::{DsigError, Reference, Signature, Transform};
use crate::c14n::{self, Method, Subset};
use crate::find;
use mekong_crypto::{CryptoError, Digest, DigestAlgorithm, PublicKey, SignatureAlgorithm, ecdsa};
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

/// What a digest was made over. Nothing outside of it is protected; comments are never.
#[derive(Debug, Clone)]
pub enum CoveredPart<'a, 'i> {
    /// The whole document.
    Document,
    /// The whole document without the signature.
    DocumentWithoutSignature,
    /// This element with everything in it.
    Element(Node<'a, 'i>),
    /// This element with everything in it but the signature.
    ElementWithoutSignature(Node<'a, 'i>),
    /// What the caller resolved for this URI.
    External(String),
}

/// A digest as it was computed here, or as the caller knew it.
pub(super) enum Known<'r> {
    Computed(Digest),
    Given(Cow<'r, [u8]>),
}

impl AsRef<[u8]> for Known<'_> {
    fn as_ref(&self) -> &[u8] {
        match self {
            Self::Computed(digest) => digest.as_ref(),
            Self::Given(digest) => digest,
        }
    }
}

/// Checks a signature value (ECDSA as r||s) over a canonical `SignedInfo`.
///
/// # Errors
/// [`DsigError::SignatureMismatch`]; [`DsigError::Key`] if the algorithm does not go with the key.
pub fn check_value(
    key: &PublicKey,
    algorithm: SignatureAlgorithm,
    signed_info: &[u8],
    value: &[u8],
) -> Result<(), DsigError> {
    let result = match algorithm {
        SignatureAlgorithm::Ecdsa(_) => {
            ecdsa::raw_to_der(value).and_then(|value| key.verify(algorithm, signed_info, &value))
        }
        _ => key.verify(algorithm, signed_info, value),
    };
    result.map_err(|error| match error {
        CryptoError::SignatureMismatch | CryptoError::MalformedSignature => DsigError::SignatureMismatch,
        other => DsigError::Key(other),
    })
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
        references: &[Reference],
        resolve: &dyn Fn(&str) -> Option<Resolved<'r>>,
    ) -> Result<Vec<Covered<'a, 'i>>, DsigError> {
        let mut covered = Vec::with_capacity(references.len());
        for (index, reference) in references.iter().enumerate() {
            let (digest, part) = self.dereference(reference, resolve)?;
            if digest.as_ref() != reference.digest {
                return Err(DsigError::ReferenceDigestMismatch { uri: reference.uri.clone().unwrap_or_default() });
            }
            covered.push(Covered { reference: index, part });
        }
        Ok(covered)
    }

    /// Checks the signature value over the canonical `SignedInfo` only: this alone says nothing about any content.
    ///
    /// # Errors
    /// [`DsigError::SignatureMismatch`]; [`DsigError::Key`] if the algorithm does not go with the key.
    pub fn verify_value(&self, key: &PublicKey) -> Result<(), DsigError> {
        let signed = c14n::canonicalize(Subset::Element(self.signed_info), &self.method)?;
        check_value(key, self.algorithm, &signed, &self.value)
    }

    /// Finds what a reference points at and digests it.
    pub(super) fn dereference<'r>(
        &self,
        reference: &Reference,
        resolve: &dyn Fn(&str) -> Option<Resolved<'r>>,
    ) -> Result<(Known<'r>, CoveredPart<'a, 'i>), DsigError> {
        let uri = reference.uri.as_deref();
        match uri {
            None => Err(DsigError::UnresolvedReference { uri: String::new() }),
            Some("") => self.digest_part(reference, None),
            Some(uri) => match uri.strip_prefix('#') {
                Some(id) => self.digest_part(reference, Some(find::by_id(self.node.document(), id)?)),
                None => external(reference, uri, resolve),
            },
        }
    }

    /// Digests an element of this document, or the document if there is none.
    ///
    /// Same-document references never include comments (XMLDSig §4.4.3.2), whatever the canonicalisation.
    fn digest_part<'r>(
        &self,
        reference: &Reference,
        target: Option<Node<'a, 'i>>,
    ) -> Result<(Known<'r>, CoveredPart<'a, 'i>), DsigError> {
        let (enveloped, method) = steps(&reference.transforms)?;
        let method = method.map_or(Method::Inclusive10, Method::without_comments);
        let without = self.node;
        let document = without.document();
        let inside = target.is_none_or(|t| without.ancestors().any(|a| a == t));
        let (subset, part) = match target {
            None if enveloped => (Subset::DocumentWithout { document, without }, CoveredPart::DocumentWithoutSignature),
            None => (Subset::Document(document), CoveredPart::Document),
            Some(apex) if enveloped && apex.ancestors().any(|a| a == without) => {
                return Err(malformed(apex, "the enveloped-signature transform leaves nothing of this reference"));
            }
            Some(apex) if enveloped && inside => {
                (Subset::ElementWithout { apex, without }, CoveredPart::ElementWithoutSignature(apex))
            }
            Some(apex) => (Subset::Element(apex), CoveredPart::Element(apex)),
        };
        Ok((Known::Computed(c14n::digest(subset, &method, reference.digest_algorithm)?), part))
    }
}

/// The accepted sequences: perhaps `enveloped-signature`, then perhaps one canonicalisation. Any other would have to parse
/// again what was canonicalised.
fn steps(transforms: &[Transform]) -> Result<(bool, Option<&Method>), DsigError> {
    let (enveloped, rest) = match transforms {
        [Transform::Enveloped, rest @ ..] => (true, rest),
        all => (false, all),
    };
    match rest {
        [] => Ok((enveloped, None)),
        [Transform::Canonicalize(method)] => Ok((enveloped, Some(method))),
        [.., last] => Err(DsigError::UnsupportedTransform { uri: last.uri().into() }),
    }
}

fn external<'a, 'i, 'r>(
    reference: &Reference,
    uri: &str,
    resolve: &dyn Fn(&str) -> Option<Resolved<'r>>,
) -> Result<(Known<'r>, CoveredPart<'a, 'i>), DsigError> {
    if let Some(transform) = reference.transforms.first() {
        return Err(DsigError::UnsupportedTransform { uri: transform.uri().into() });
    }
    let needed = reference.digest_algorithm;
    let digest = match resolve(uri) {
        None => return Err(DsigError::UnresolvedReference { uri: uri.into() }),
        Some(Resolved::Bytes(bytes)) => Known::Computed(needed.digest(&bytes)),
        Some(Resolved::Digest(known, digest)) if known == needed => Known::Given(digest),
        Some(Resolved::Digest(known, _)) => {
            return Err(DsigError::DigestNotKnown { uri: uri.into(), needed, known });
        }
    };
    Ok((digest, CoveredPart::External(uri.into())))
}
