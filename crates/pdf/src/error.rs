//! Why a PDF, or a part of one, is not read.

use mekong_base::SourceError;

/// Why a PDF, or a part of one, is not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PdfError {
    /// There is no `%PDF-` in the first 1,024 bytes.
    #[error("not a PDF: no %PDF- in the first 1,024 bytes")]
    NotPdf,
    /// The bytes break the format.
    #[error("byte {offset}: {reason}")]
    Malformed {
        /// Where in the file, or in the decoded object stream.
        offset: u64,
        /// What is wrong there.
        reason: String,
    },
    /// More than is read of anything.
    #[error("{what}: the limit is {limit}")]
    Limit {
        /// Of what there is too much.
        what: &'static str,
        /// How much is read.
        limit: u64,
    },
    /// The part that was asked for is encrypted.
    #[error("{0} is encrypted: remove the password before checking or signing")]
    Encrypted(String),
    /// A filter that is not read here; images have such.
    #[error("streams with filter {0} are not decoded")]
    Filter(String),
    /// The bytes could not be had.
    #[error(transparent)]
    Source(#[from] SourceError),
}

impl PdfError {
    /// A breach of the format at a place.
    pub(crate) fn malformed(offset: u64, reason: impl Into<String>) -> Self {
        Self::Malformed { offset, reason: reason.into() }
    }
}
