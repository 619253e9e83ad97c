//! CAdES signatures made in two steps (EN 319 122-1 §5, baseline B of §6), for files, containers and PDF.

use super::attributes;
use crate::making::{MakeError, Signing};
use mekong_base::Source;
use mekong_crypto::{DigestAlgorithm, Hasher};
use mekong_pki::cms::{self, CmsError, NewSigner, SignedData, Writing, attribute, oid};

/// Largest content that is put inside a signature, in bytes.
pub const ATTACHED_BYTES_MAX: u64 = 64 << 20;

/// Where the content goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Packaging {
    /// Into the signature.
    #[default]
    Attached,
    /// Stays beside it.
    Detached,
}

/// By which rules the attributes are chosen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Profile {
    /// EN 319 122-1.
    #[default]
    Cades,
    /// EN 319 142-1 §6.3: no signing time, place or MIME type; the signature dictionary holds them.
    Pades,
}

/// How a signature is made.
#[derive(Debug, Clone, Default)]
pub struct Options<'a> {
    /// Where the content goes; an existing signature keeps its own way.
    pub packaging: Packaging,
    /// By which rules the attributes are chosen.
    pub profile: Profile,
    /// A file with signatures to which another one is added, in parallel to them.
    pub existing: Option<&'a [u8]>,
    /// The MIME type of the content, to be signed too.
    pub mime_type: Option<String>,
}

/// A signature that lacks its value.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// What is to be signed.
    pub to_be_signed: Vec<u8>,
    writing: Writing,
    signing: Signing,
    digest: DigestAlgorithm,
    place: Place,
}

/// Where the new signer goes.
#[derive(Debug, Clone, Copy)]
enum Place {
    /// Beside the others.
    Parallel,
    /// Under the signer with this number.
    Counter(usize),
}

/// The digest algorithm of the content: that of the signature algorithm, because verifiers of CMS use one for both
/// (RFC 5754); SHA-512 for Ed25519 (RFC 8419 §3.1).
pub fn content_digest(signing: &Signing) -> DigestAlgorithm {
    signing.algorithm.digest().unwrap_or(DigestAlgorithm::Sha512)
}

/// Prepares a signature over a content. Detached content is hashed where it lies.
///
/// # Errors
/// [`MakeError::Document`] if the content cannot be read, is too large to be attached, is not the one that the existing
/// signatures sign, or if `signing` says something that CAdES cannot express.
pub fn prepare(document: &dyn Source, signing: &Signing, options: &Options<'_>) -> Result<Prepared, MakeError> {
    let algorithm = content_digest(signing);
    let mut hasher = Hasher::new(algorithm);
    let failed = |e: mekong_base::SourceError| refused("content", e.to_string());
    document.each(0..document.len(), &mut |piece| hasher.update(piece)).map_err(failed)?;
    let digest = hasher.finish();
    if let Some(existing) = options.existing {
        let data = SignedData::parse(existing).map_err(unreadable)?;
        if data.content_digest(algorithm).is_some_and(|inside| digest != *inside) {
            let reason = "the content to be signed is not the one in the existing signature";
            return Err(refused("content", reason.into()));
        }
        return parallel(Writing::of(&data), digest.as_ref(), signing, options);
    }
    let writing = match options.packaging {
        Packaging::Detached => Writing::new(oid::DATA, None),
        Packaging::Attached => {
            let most = usize::try_from(ATTACHED_BYTES_MAX).unwrap_or(usize::MAX);
            let content = document.read(0..document.len(), most).map_err(failed)?;
            Writing::new(oid::DATA, Some(&content))
        }
    };
    parallel(writing, digest.as_ref(), signing, options)
}

/// Prepares a detached signature over a content that is known by its digest, made with [`content_digest`]: for PDF, for
/// containers, and where the content stays elsewhere.
///
/// # Errors
/// [`MakeError::Document`] if the digest has the wrong length, the existing signatures hold their content, or `signing` says
/// something that CAdES cannot express.
pub fn prepare_digest(digest: &[u8], signing: &Signing, options: &Options<'_>) -> Result<Prepared, MakeError> {
    let algorithm = content_digest(signing);
    if digest.len() != algorithm.output_len() {
        let (name, found) = (algorithm.name(), digest.len());
        return Err(refused("content", format!("a {name} digest has {} bytes, found {found}", algorithm.output_len())));
    }
    let writing = match options.existing {
        None => Writing::new(oid::DATA, None),
        Some(existing) => {
            let data = SignedData::parse(existing).map_err(unreadable)?;
            if data.content_digest(algorithm).is_some_and(|inside| inside != digest) {
                let reason = "the digest is not that of the content in the existing signature";
                return Err(refused("content", reason.into()));
            }
            Writing::of(&data)
        }
    };
    parallel(writing, digest, signing, options)
}

fn parallel(writing: Writing, digest: &[u8], signing: &Signing, options: &Options<'_>) -> Result<Prepared, MakeError> {
    let to_be_signed = attributes::signed(digest, Some(oid::DATA), signing, options)?;
    let digest = content_digest(signing);
    Ok(Prepared { to_be_signed, writing, signing: signing.clone(), digest, place: Place::Parallel })
}

/// Prepares a counter-signature: over the value of signer number `signer`, from 0, in the order of the file
/// (EN 319 122-1 §5.2.7).
///
/// # Errors
/// [`MakeError::Document`] if there is no such signer, or `signing` says something that CAdES cannot express.
pub fn prepare_counter(existing: &[u8], signer: usize, signing: &Signing) -> Result<Prepared, MakeError> {
    let data = SignedData::parse(existing).map_err(unreadable)?;
    let found = data.signers.len();
    let target = data.signers.get(signer).ok_or(CmsError::NoSigner { wanted: signer, found }).map_err(unreadable)?;
    let digest = content_digest(signing);
    let value = digest.digest(&target.value);
    let to_be_signed = attributes::signed(value.as_ref(), None, signing, &Options::default())?;
    let writing = Writing::of(&data);
    Ok(Prepared { to_be_signed, writing, signing: signing.clone(), digest, place: Place::Counter(signer) })
}

impl Prepared {
    /// The whole file with the signature value (ECDSA as DER); the signer's certificate and its chain are put in.
    ///
    /// # Errors
    /// [`MakeError::Value`] if the value does not verify with the signer's certificate.
    pub fn finish(mut self, signature_value: &[u8]) -> Result<Vec<u8>, MakeError> {
        let signing = &self.signing;
        let verified = signing.certificate.public_key().verify(signing.algorithm, &self.to_be_signed, signature_value);
        verified.map_err(|e| MakeError::Value { signer: signing.certificate.subject(), reason: e.to_string() })?;
        for certificate in [&signing.certificate].into_iter().chain(&signing.chain) {
            self.writing.add_certificate(certificate);
        }
        let signer = NewSigner {
            certificate: &signing.certificate,
            digest: self.digest,
            signed_attributes: Some(&self.to_be_signed),
            algorithm: signing.algorithm,
            value: signature_value,
        };
        match self.place {
            Place::Parallel => self.writing.add_signer(&signer).map_err(unreadable)?,
            Place::Counter(number) => {
                let counter = signer.to_der().map_err(unreadable)?;
                let unsigned = self.writing.unsigned_attributes(number).map_err(unreadable)?;
                unsigned.push(attribute(oid::COUNTER_SIGNATURE, &[&counter]));
            }
        }
        Ok(self.writing.to_der())
    }
}

pub(super) fn unreadable(error: cms::CmsError) -> MakeError {
    refused("CMS", error.to_string())
}

pub(super) fn refused(place: impl Into<String>, reason: String) -> MakeError {
    MakeError::Document { place: place.into(), reason }
}
