//! What a record may cover.

use crate::facts::{DataKind, Proven};
use mekong_base::limits::XmlLimits;
use mekong_base::{Source, SourceError};
use mekong_crypto::{DigestAlgorithm, Hasher};
use mekong_xml::c14n::{self, Method, Subset};

/// Largest XML data object that is canonicalised, in bytes; a larger one is only digested as it stands.
const XML_BYTES_MAX: usize = 64 << 20;

/// In which form a data object is digested.
#[derive(Debug, Clone, Copy)]
pub enum Form<'m> {
    /// As it stands.
    AsIs,
    /// With definite, shortest lengths, where it is ASN.1.
    Der,
    /// Canonical, where it is XML (RFC 6283 §3.1.2).
    Canonical(&'m Method),
}

/// A data object that a record may cover.
pub struct Object<'a> {
    /// What to call it.
    pub name: String,
    /// Its part.
    pub kind: DataKind,
    /// Whether the record is nothing without it: the signature that holds the record, an entry of its manifest.
    pub required: bool,
    /// Its digest in a form; none if it has none in that form or is not at hand.
    pub digest: &'a dyn Fn(DigestAlgorithm, Form<'_>) -> Option<Vec<u8>>,
    /// What is proven to have existed if it is covered.
    pub proves: Vec<Proven>,
}

impl Object<'_> {
    /// Its digests in all forms that count for a record; empty if it is not at hand.
    pub(super) fn digests(&self, algorithm: DigestAlgorithm, method: Option<&Method>) -> Vec<Vec<u8>> {
        let other = method.map_or(Form::Der, Form::Canonical);
        let mut digests: Vec<Vec<u8>> =
            [Form::AsIs, other].into_iter().filter_map(|form| (self.digest)(algorithm, form)).collect();
        digests.dedup();
        digests
    }
}

/// The digest of a content in a form; none if it has none in that form. Read where it lies unless it is canonicalised.
///
/// # Errors
/// [`SourceError`] if it cannot be read.
pub fn digest_of(
    source: &dyn Source,
    algorithm: DigestAlgorithm,
    form: Form<'_>,
) -> Result<Option<Vec<u8>>, SourceError> {
    match form {
        Form::AsIs => {
            let mut hasher = Hasher::new(algorithm);
            source.each(0..source.len(), &mut |piece| hasher.update(piece))?;
            Ok(Some(hasher.finish().as_ref().to_vec()))
        }
        Form::Der => Ok(None),
        Form::Canonical(method) => {
            let start = source.read(0..source.len().min(64), 64)?;
            let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&start).trim_ascii_start();
            if !start.starts_with(b"<") || source.len() > XML_BYTES_MAX as u64 {
                return Ok(None);
            }
            Ok(canonical(&source.read(0..source.len(), XML_BYTES_MAX)?, algorithm, method))
        }
    }
}

fn canonical(bytes: &[u8], algorithm: DigestAlgorithm, method: &Method) -> Option<Vec<u8>> {
    let limits = XmlLimits { bytes: XML_BYTES_MAX, ..XmlLimits::DIRECTORY };
    let text = mekong_xml::decode(bytes, &limits).ok()?;
    let document = mekong_xml::parse(&text, &limits).ok()?;
    c14n::digest(Subset::Document(&document), method, algorithm).ok().map(|d| d.as_ref().to_vec())
}
