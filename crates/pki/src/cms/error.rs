//! Why bytes are not signed data that we can read.

use crate::tlv::TlvError;

/// Why signed data cannot be read or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CmsError {
    /// The bytes do not follow RFC 5652.
    #[error("malformed CMS: {0}")]
    Malformed(String),
    /// A content type other than signed data.
    #[error("the CMS holds {found}, not signed data")]
    NotSignedData {
        /// Its content type, dotted.
        found: String,
    },
    /// More of something than is read.
    #[error("{what} of the CMS: more than {limit}")]
    Limit {
        /// Of what.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
    /// There is no such signer to write to.
    #[error("the CMS has {found} signers, number {wanted} was asked for")]
    NoSigner {
        /// Which was asked for, from 0.
        wanted: usize,
        /// How many there are.
        found: usize,
    },
}

impl From<TlvError> for CmsError {
    fn from(error: TlvError) -> Self {
        Self::Malformed(error.0)
    }
}
