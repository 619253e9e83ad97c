//! Time-stamps of signatures: what is stamped, and how tokens join the evidence (RFC 3161).
//!
//! One signature alone is stamped over its value ([`signature_value`]) and the token goes into the signature
//! ([`embed`]). Several are stamped together: a tree over the digests of their `signatures.xml` ([`batch`]), the token over
//! the tree's result; token, result and chain stand beside the signature in the container.

use crate::hashchain::{self, HashChainError, Part};
use crate::{VerifyError, names};
use mekong_base::limits::XmlLimits;
use mekong_crypto::{Digest, DigestAlgorithm};

/// What one container keeps of a batch time-stamp.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchTimestamp {
    /// The DER token, over the hash chain result.
    pub token: Vec<u8>,
    /// `ts-hashchainresult.xml`.
    pub hash_chain_result: String,
    /// `ts-hashchain.xml`, from the result to this container's signature.
    pub hash_chain: String,
}

/// A tree over signatures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch(hashchain::Tree);

impl Batch {
    /// `ts-hashchainresult.xml`, the same for all.
    pub fn hash_chain_result(&self) -> &str {
        &self.0.result
    }

    /// What the token must be over.
    pub fn imprint(&self, algorithm: DigestAlgorithm) -> Digest {
        algorithm.digest(self.0.result.as_bytes())
    }

    /// The evidence for a signature, by its place among those that were given, once the token is there; `None` if they are
    /// not so many.
    pub fn stamped(&self, place: usize, token: &[u8]) -> Option<BatchTimestamp> {
        let hash_chain = self.0.chain(place)?;
        Some(BatchTimestamp { token: token.to_vec(), hash_chain_result: self.0.result.clone(), hash_chain })
    }
}

/// The tree over the digests of `signatures.xml` files, all by `algorithm`.
///
/// # Errors
/// [`HashChainError::TooLarge`] for fewer than two: a single signature is stamped by itself.
pub fn batch<D: AsRef<[u8]>>(signatures: &[D], algorithm: DigestAlgorithm) -> Result<Batch, HashChainError> {
    let part = |d: &D| Part { uri: names::SIGNATURE.to_owned(), algorithm, digest: d.as_ref().to_vec() };
    let inputs = signatures.iter().map(|digest| vec![part(digest)]).collect();
    hashchain::build(inputs, algorithm, names::TS_HASH_CHAIN).map(Batch)
}

/// What the time-stamp of one signature alone is over: the decoded bytes of its `SignatureValue`.
///
/// # Errors
/// [`VerifyError::Xml`] or [`VerifyError::Malformed`].
pub fn signature_value(signature_xml: &str) -> Result<Vec<u8>, VerifyError> {
    crate::xades::read::with_signature(signature_xml, &XmlLimits::SMALL, |signature| Ok(signature.value.clone()))
}

/// The signature with a token in its unsigned properties, in front of what is there; nothing else changes.
///
/// # Errors
/// [`VerifyError::Xml`], or [`VerifyError::Malformed`] if the signature has no unsigned properties.
pub fn embed(signature_xml: &str, token: &[u8]) -> Result<String, VerifyError> {
    crate::xades::read::insert_timestamp(signature_xml, token)
}
