//! What a signature covers: its references, and the hash chain behind them.

use super::read::Signature;
use super::sign::DIGEST;
use crate::hashchain::{self, Inputs, Part, Resource};
use crate::{VerifyError, names};
use mekong_crypto::DigestAlgorithm;
use mekong_xml::dsig::{Covered, CoveredPart, DsigError, Reference, Resolved};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

const SIGNED_PROPERTIES: &str = "http://uri.etsi.org/01903#SignedProperties";

/// The files beside a signature.
pub(crate) struct Files<'f> {
    pub(crate) message: &'f [u8],
    /// The numbers of the attachments that are there.
    pub(crate) attachments: Vec<usize>,
    /// The digest of an attachment.
    pub(crate) digest: &'f dyn Fn(usize, DigestAlgorithm) -> Option<Vec<u8>>,
    pub(crate) hash_chain_result: Option<&'f [u8]>,
    pub(crate) hash_chain: Option<&'f [u8]>,
    /// Whether a hash chain may name attachments that are not there.
    pub(crate) may_lack_attachments: bool,
}

/// What was found covered.
#[derive(Debug, Default)]
pub(crate) struct Coverage {
    /// Attachments that the hash chain names and nobody has.
    pub(crate) absent: Vec<String>,
    pub(crate) is_batch: bool,
}

/// How the references of a signature lead to the message.
enum Shape {
    /// `/message.xml` and every attachment, directly.
    Direct,
    /// Through `/sig-hashchainresult.xml`.
    Batch,
}

/// Checks the set of references: exactly one to the signed properties, and the message with its attachments or the hash
/// chain result; no transforms on files.
fn shape(signature: &Signature<'_, '_>, files: &Files<'_>) -> Result<Shape, VerifyError> {
    let (own, external): (Vec<&Reference>, Vec<&Reference>) = signature
        .dsig
        .references()
        .iter()
        .partition(|r| r.uri.as_deref().is_none_or(|u| u.is_empty() || u.starts_with('#')));
    match own.as_slice() {
        [only] if only.kind.as_deref() == Some(SIGNED_PROPERTIES) => {}
        _ => return Err(VerifyError::malformed("exactly one reference must be to the signed properties")),
    }
    let mut uris = BTreeSet::new();
    for reference in &external {
        let uri = reference.uri.as_deref().unwrap_or_default();
        if !uris.insert(uri) {
            return Err(VerifyError::malformed(format!("{uri} is referred to twice")));
        }
        if !reference.transforms.is_empty() {
            return Err(VerifyError::Unsupported { what: format!("transforms of {uri}") });
        }
        weak(reference.digest_algorithm)?;
    }
    if uris.contains(names::SIG_HASH_CHAIN_RESULT) && uris.len() == 1 {
        return Ok(Shape::Batch);
    }
    if !uris.contains(names::MESSAGE) {
        let (message, result) = (names::MESSAGE, names::SIG_HASH_CHAIN_RESULT);
        return Err(VerifyError::malformed(format!("the signature refers neither to {message} nor to {result}")));
    }
    if let Some(other) = uris.iter().find(|uri| **uri != names::MESSAGE && names::attachment_number(uri).is_none()) {
        return Err(VerifyError::malformed(format!("the signature refers to {other}, which is no part of a message")));
    }
    let missing = files.attachments.iter().map(|n| names::attachment(*n)).find(|uri| !uris.contains(uri.as_str()));
    missing.map_or(Ok(Shape::Direct), |uri| Err(VerifyError::NotCovered { uri }))
}

fn weak(algorithm: DigestAlgorithm) -> Result<(), VerifyError> {
    if algorithm.is_broken() {
        return Err(VerifyError::Unsupported {
            what: format!("{} is no longer evidence of anything", algorithm.name()),
        });
    }
    Ok(())
}

/// Follows the references to the hash chain, and the chain to the parts; the digests of the references themselves are
/// checked by [`verify_value`].
pub(crate) fn verify_chain(signature: &Signature<'_, '_>, files: &Files<'_>) -> Result<Coverage, VerifyError> {
    match shape(signature, files)? {
        Shape::Direct => Ok(Coverage::default()),
        Shape::Batch => follow(files),
    }
}

/// Follows the hash chain from its result to the parts.
pub(crate) fn follow(files: &Files<'_>) -> Result<Coverage, VerifyError> {
    let missing = |uri: &str| VerifyError::malformed(format!("{uri} is missing"));
    let result = files.hash_chain_result.ok_or_else(|| missing(names::SIG_HASH_CHAIN_RESULT))?;
    if is_as_written(files, result) {
        return Ok(Coverage { absent: Vec::new(), is_batch: true });
    }
    let mut inputs: Inputs = files.attachments.iter().map(|n| (names::attachment(*n), None)).collect();
    inputs.insert(names::MESSAGE.to_owned(), None);
    let resolve = |uri: &str, algorithm: DigestAlgorithm| part(files, uri, algorithm);
    let covered =
        hashchain::verify(result, names::SIG_HASH_CHAIN_RESULT, &resolve, &inputs).map_err(VerifyError::HashChain)?;
    in_order(&covered)?;
    covered.iter().try_for_each(|c| weak(c.algorithm))?;
    let absent = covered.into_iter().filter(|c| !c.checked).map(|c| c.uri).collect();
    Ok(Coverage { absent, is_batch: true })
}

/// Whether result and chain are, byte by byte, what [`sign_batch`](super::sign_batch) writes for this message alone with
/// all its attachments: then there is nothing in them to be read. So it is with most messages that have a body.
fn is_as_written(files: &Files<'_>, result: &[u8]) -> bool {
    let Some(chain) = files.hash_chain else { return false };
    let is_alone = std::str::from_utf8(chain).is_ok_and(|chain| !chain.contains("<hc:HashValue>"));
    if !is_alone || !files.attachments.iter().copied().eq(1..=files.attachments.len()) {
        return false;
    }
    let part = |uri: String, digest: Vec<u8>| Part { uri, algorithm: DIGEST, digest };
    let attachment = |n: &usize| (files.digest)(*n, DIGEST).map(|digest| part(names::attachment(*n), digest));
    let Some(attachments) = files.attachments.iter().map(attachment).collect::<Option<Vec<_>>>() else { return false };
    let message = part(names::MESSAGE.to_owned(), DIGEST.digest(files.message).as_ref().to_vec());
    let parts = std::iter::once(message).chain(attachments).collect();
    let tree = hashchain::build(vec![parts], DIGEST, names::SIG_HASH_CHAIN);
    tree.is_ok_and(|tree| tree.result.as_bytes() == result && tree.chain(0).is_some_and(|own| own.as_bytes() == chain))
}

fn part<'f>(files: &Files<'f>, uri: &str, algorithm: DigestAlgorithm) -> Resource<'f> {
    let bytes = |file: Option<&'f [u8]>| file.map_or(Resource::Missing, |b| Resource::Bytes(Cow::Borrowed(b)));
    match uri {
        names::MESSAGE => Resource::Bytes(Cow::Borrowed(files.message)),
        names::SIG_HASH_CHAIN => bytes(files.hash_chain),
        _ => match names::attachment_number(uri).map(|n| (n, (files.digest)(n, algorithm))) {
            Some((_, Some(digest))) => Resource::Digest(digest),
            // Other names than those of attachments are refused afterwards, with a better reason.
            _ if files.may_lack_attachments => Resource::NotAtHand,
            _ => Resource::Missing,
        },
    }
}

/// The digests of a chain do not say which file they are of, so files could change roles: the message must come first, and
/// its attachments after it, counted without gaps.
fn in_order(covered: &[hashchain::Covered]) -> Result<(), VerifyError> {
    let expected = std::iter::once(names::MESSAGE.to_owned()).chain((1..).map(names::attachment));
    match covered.iter().zip(expected).find(|(c, expected)| c.uri != *expected) {
        None => Ok(()),
        Some((c, expected)) => {
            Err(VerifyError::malformed(format!("the hash chain has {} where {expected} should be", c.uri)))
        }
    }
}

/// Checks the digest of every reference and the signature value, and that the signed properties are this signature's own.
pub(crate) fn verify_value(signature: &Signature<'_, '_>, files: &Files<'_>) -> Result<(), VerifyError> {
    signature.dsig.algorithm().digest().map_or(Ok(()), weak)?;
    let mut digests = BTreeMap::new();
    for reference in signature.dsig.references() {
        let uri = reference.uri.as_deref().unwrap_or_default();
        if !uri.is_empty() && !uri.starts_with('#') {
            digests.insert(uri, (reference.digest_algorithm, checked_digest(uri, reference, files)?));
        }
    }
    let known = |uri: &str| {
        digests.get(uri).map(|(algorithm, digest)| Resolved::Digest(*algorithm, Cow::Borrowed(digest.as_slice())))
    };
    let covered = signature.dsig.verify(signature.certificate.public_key(), &known);
    let covered = covered.map_err(|error| refused(signature, error))?;
    let is_own =
        |c: &Covered<'_, '_>| matches!(&c.part, CoveredPart::Element(node) if *node == signature.signed_properties);
    if covered.iter().any(is_own) {
        Ok(())
    } else {
        Err(VerifyError::malformed("the reference to signed properties leads to another element"))
    }
}

/// The digest of a file, which must be the one that was signed.
fn checked_digest(uri: &str, reference: &Reference, files: &Files<'_>) -> Result<Vec<u8>, VerifyError> {
    let algorithm = reference.digest_algorithm;
    let of = |bytes: &[u8]| algorithm.digest(bytes).as_ref().to_vec();
    let found = match uri {
        names::MESSAGE => Some(of(files.message)),
        names::SIG_HASH_CHAIN_RESULT => files.hash_chain_result.map(of),
        _ => names::attachment_number(uri).and_then(|number| (files.digest)(number, algorithm)),
    };
    let found = found.ok_or_else(|| VerifyError::malformed(format!("{uri} is signed and missing")))?;
    let expected = reference.digest.clone();
    if found == expected {
        Ok(found)
    } else {
        Err(VerifyError::ReferenceMismatch { uri: uri.to_owned(), expected, found })
    }
}

fn refused(signature: &Signature<'_, '_>, error: DsigError) -> VerifyError {
    match error {
        DsigError::ReferenceDigestMismatch { uri } => VerifyError::PropertiesChanged { uri },
        DsigError::SignatureMismatch => VerifyError::ValueMismatch { subject: signature.certificate.subject() },
        DsigError::Key(error) => VerifyError::Unsupported { what: error.to_string() },
        other => super::read::dsig_error(other),
    }
}
