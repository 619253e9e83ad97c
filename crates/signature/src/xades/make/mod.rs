//! XAdES signatures made, in two steps so that the key can be anywhere.
//!
//! ```text
//! prepare(what, signing, options) -> Prepared { to_be_signed } -- key --> finish(value) -> bytes of the document
//! ```
//!
//! What is there stays as it is, byte for byte: a signature is text put into it. Levels above B are added by
//! [`augment`](super::augment).

mod properties;
mod signature;
mod skeleton;

use super::original::{Original, document_error};
use super::unbroken;
use crate::making::{MakeError, Signing};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mekong_base::Source;
use mekong_crypto::{DigestAlgorithm, KeyType, SignatureAlgorithm, ecdsa};
use mekong_xml::c14n::Method;
use skeleton::Skeleton;

/// What is signed, and where the signature goes.
#[derive(Clone)]
pub enum What<'w> {
    /// An XML document; the signature goes into it, as the last child of its root or of the element named.
    Enveloped {
        /// The document.
        document: &'w [u8],
        /// `Id` of the element that takes the signature; `None` is the root.
        parent: Option<&'w str>,
        /// What of it is signed.
        part: Part<'w>,
    },
    /// Content of any kind, put into the signature as base64.
    Enveloping(Vec<Data<'w>>),
    /// Files outside, named by URI.
    Detached {
        /// The files.
        files: Vec<Data<'w>>,
        /// The document that takes the signature: one with signatures already (a parallel signature, as the last child of its
        /// root), or `None` for a new one.
        into: Option<&'w [u8]>,
        /// Whether a new document has the root `asic:XAdESSignatures` of ASiC (EN 319 162-1 §4.3.3); else it is the signature.
        asic: bool,
    },
    /// A signature in a document; the new one goes into it as `CounterSignature`.
    Counter {
        /// The document.
        document: &'w [u8],
        /// `Id` of the signature that is signed.
        signature: &'w str,
    },
}

/// What of an XML document is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part<'w> {
    /// All of it but the new signature (`enveloped-signature`): one signature for ever, as trusted lists have it.
    Whole,
    /// All of it but any signature, so that others can sign beside (XPath Filter 2.0).
    WholeWithoutSignatures,
    /// The element of this `Id`.
    Element(&'w str),
}

/// Content outside of the document.
#[derive(Clone)]
pub struct Data<'w> {
    /// Detached: the URI as it is written, with percent signs where it needs them. Enveloping: a name, for messages.
    pub uri: String,
    /// Media type; `None` is `application/octet-stream`.
    pub mime: Option<String>,
    /// The content.
    pub content: DataContent<'w>,
}

/// Content, or its digest alone.
#[derive(Clone)]
pub enum DataContent<'w> {
    /// The bytes.
    Source(&'w dyn Source),
    /// A digest by the algorithm of [`Signing::digest`]; detached only.
    Digest(Vec<u8>),
}

/// How a signature is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Canonicalisation of `SignedInfo` and of signed elements.
    pub method: Method,
    /// `Id` of the signature; `None` makes one from what is signed.
    pub id: Option<String>,
    /// Media type of an enveloped document.
    pub mime: String,
}

impl Default for Options {
    fn default() -> Self {
        Self { method: Method::EXCLUSIVE, id: None, mime: "text/xml".into() }
    }
}

/// A signature that waits for its value.
pub struct Prepared {
    /// The bytes to be signed: canonical `SignedInfo`.
    pub to_be_signed: Vec<u8>,
    /// The `Id` of the signature.
    pub id: String,
    document: Vec<u8>,
    /// Where the value goes.
    value_at: usize,
    signing: Signing,
}

/// Prepares a signature.
///
/// # Errors
/// [`MakeError::Document`] if the document is no XML, has no element of the wanted `Id`, or a signature in it would break by
/// the new one; [`MakeError::Value`] if the algorithm does not go with the key of the certificate.
pub fn prepare(what: &What<'_>, signing: &Signing, options: &Options) -> Result<Prepared, MakeError> {
    coordinate_len(signing)?;
    let skeleton = Skeleton::new(what, signing, options)?;
    let original = Original::read(&skeleton.host)?;
    let written = signature::write(&skeleton, &original, signing, options)?;
    let document = original.with(vec![skeleton.insertion(&written.text)]);
    if skeleton.has_signatures {
        unbroken::check(&skeleton.host, &document, &|_| None)?;
    }
    Ok(Prepared {
        to_be_signed: written.to_be_signed,
        value_at: original.own_offset(skeleton.at) + skeleton.before.len() + written.value_at,
        id: skeleton.id,
        document,
        signing: signing.clone(),
    })
}

impl Prepared {
    /// Puts the value in. It has its X.509 form (ECDSA as DER).
    ///
    /// # Errors
    /// [`MakeError::Value`] if it does not verify with the signer's certificate.
    pub fn finish(self, value: &[u8]) -> Result<Vec<u8>, MakeError> {
        let signing = &self.signing;
        let key = signing.certificate.public_key();
        key.verify(signing.algorithm, &self.to_be_signed, value).map_err(|e| refused(signing, e))?;
        let value = match coordinate_len(signing)? {
            Some(length) => ecdsa::der_to_raw(value, length).map_err(|e| refused(signing, e))?,
            None => value.to_vec(),
        };
        let mut document = self.document;
        let value = STANDARD.encode(value);
        let rest = document.split_off(self.value_at.min(document.len()));
        document.extend_from_slice(value.as_bytes());
        document.extend_from_slice(&rest);
        Ok(document)
    }
}

fn refused(signing: &Signing, reason: impl ToString) -> MakeError {
    MakeError::Value { signer: signing.certificate.subject(), reason: reason.to_string() }
}

/// Bytes of each half of an ECDSA value in XML; `None` for other keys.
fn coordinate_len(signing: &Signing) -> Result<Option<usize>, MakeError> {
    let key_type = signing.certificate.public_key().key_type();
    match (signing.algorithm, key_type) {
        (SignatureAlgorithm::Ecdsa(_), KeyType::P256) => Ok(Some(32)),
        (SignatureAlgorithm::Ecdsa(_), KeyType::P384) => Ok(Some(48)),
        (SignatureAlgorithm::Ecdsa(_), KeyType::P521) => Ok(Some(66)),
        (SignatureAlgorithm::RsaPkcs1(_) | SignatureAlgorithm::RsaPss(_), KeyType::Rsa(_))
        | (SignatureAlgorithm::Ed25519, KeyType::Ed25519) => Ok(None),
        (algorithm, key) => Err(refused(signing, format!("{} with a {key} key", algorithm.uri()))),
    }
}

/// The digest of content outside.
fn digest_of(content: &DataContent<'_>, algorithm: DigestAlgorithm, uri: &str) -> Result<Vec<u8>, MakeError> {
    match content {
        DataContent::Digest(digest) if digest.len() == algorithm.output_len() => Ok(digest.clone()),
        DataContent::Digest(digest) => {
            let reason = format!(
                "a digest of {} bytes was given, {} has {}",
                digest.len(),
                algorithm.name(),
                algorithm.output_len()
            );
            Err(document_error(uri, reason))
        }
        DataContent::Source(source) => {
            let mut hasher = mekong_crypto::Hasher::new(algorithm);
            source.each(0..source.len(), &mut |piece| hasher.update(piece)).map_err(|e| document_error(uri, e))?;
            Ok(hasher.finish().as_ref().to_vec())
        }
    }
}
