//! Any signed file, its form found out by content and not by name.

use crate::facts::{Document, Finding, Format, Weight};
use mekong_base::{Source, SourceError};
use mekong_crypto::DigestAlgorithm;

/// Content that a detached signature signs.
pub struct Detached<'a> {
    /// Its name, as references may give it.
    pub name: Option<String>,
    /// The content.
    pub content: DetachedContent<'a>,
}

/// Content, or only its digests.
pub enum DetachedContent<'a> {
    /// The bytes.
    Source(&'a dyn Source),
    /// Known only by digest.
    Digests(Vec<(DigestAlgorithm, Vec<u8>)>),
}

/// What a reader may use beside the file.
#[derive(Default)]
pub struct Reading<'a> {
    /// What detached signatures sign.
    pub detached: Vec<Detached<'a>>,
    /// Evidence records given beside the file.
    pub evidence_records: Vec<&'a [u8]>,
}

/// Why a file could not be read as signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// No known form, or no signature in it.
    #[error("no signature found: {0}")]
    NoSignature(String),
    /// The form is known but broken beyond reading.
    #[error("{place}: {reason}")]
    Malformed {
        /// Where.
        place: String,
        /// What is wrong.
        reason: String,
    },
    /// More than is read of anything.
    #[error("{place}: {reason}")]
    Limit {
        /// Where.
        place: String,
        /// Which limit.
        reason: String,
    },
    /// The bytes could not be had.
    #[error(transparent)]
    Source(#[from] SourceError),
}

/// Reads a signed file.
///
/// # Errors
/// [`ReadError::NoSignature`] for files that are none; the others name the place.
pub fn read(source: &dyn Source, reading: &Reading<'_>) -> Result<Document, ReadError> {
    let mut document = read_form(source, reading)?;
    let has_all_inside = !matches!(
        document.format,
        Format::Xades | Format::Cades | Format::Jades | Format::Timestamp | Format::EvidenceRecord
    );
    if has_all_inside {
        document.findings.extend(content_not_used(&reading.detached, |_| false));
    }
    crate::evidence_record::attach(&mut document, source, reading)?;
    Ok(document)
}

/// What was given beside a file is not what its signatures sign: nobody shall take the verdict for one on that.
pub(crate) fn content_not_used(given: &[Detached<'_>], is_used: impl Fn(usize) -> bool) -> Option<Finding> {
    const SHOWN: usize = 8;
    let unused: Vec<usize> = (0..given.len()).filter(|place| !is_used(*place)).collect();
    let name = |place: &usize| match given.get(*place).and_then(|d| d.name.as_deref()) {
        Some(name) => format!("{name:?}"),
        None => format!("content {}", place + 1),
    };
    let mut names: Vec<String> = unused.iter().take(SHOWN).map(name).collect();
    if unused.len() > SHOWN {
        names.push(format!("{} more", unused.len() - SHOWN));
    }
    let text = format!("given beside the file, but not what was signed: {}", names.join(", "));
    (!unused.is_empty()).then(|| Finding::new(Weight::Warning, "content_not_used", text))
}

fn read_form(source: &dyn Source, reading: &Reading<'_>) -> Result<Document, ReadError> {
    if crate::asic::looks_like(source) {
        return crate::asic::read(source, reading);
    }
    if crate::evidence_record::looks_like(source) {
        return crate::evidence_record::read(source, reading);
    }
    if crate::jades::looks_like(source) {
        return crate::jades::read(source, reading);
    }
    if crate::pades::looks_like(source) {
        return crate::pades::read(source, reading);
    }
    if crate::cades::looks_like(source) {
        return crate::cades::read(source, reading);
    }
    if crate::xades::looks_like(source) {
        return crate::xades::read(source, reading);
    }
    Err(ReadError::NoSignature(format!("{} bytes of no known form", source.len())))
}
