//! Why a revocation list cannot be read or believed.

use crate::tlv::TlvError;
use mekong_base::Instant;
use mekong_crypto::CryptoError;

/// Why a list was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CrlError {
    /// The bytes do not follow RFC 5280 §5.1.
    #[error("malformed CRL: {0}")]
    Malformed(String),
    /// More bytes than are read.
    #[error("a CRL of {found} bytes is larger than {limit}")]
    TooLarge {
        /// Its size in bytes.
        found: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// The list is of another authority.
    #[error("the CRL is of {found}, expected {expected}")]
    OtherIssuer {
        /// Who issued the list.
        found: String,
        /// Who should have.
        expected: String,
    },
    /// The issuer may not sign lists.
    #[error("{0} issued a CRL but its key usage has no cRLSign")]
    NotForCrls(String),
    /// The signature does not verify.
    #[error("the signature of the CRL does not verify with the key of {issuer}: {source}")]
    Signature {
        /// The supposed issuer.
        issuer: String,
        /// What is wrong.
        source: CryptoError,
    },
    /// The signer has no valid path to the anchor of the certificate (§6.3.3 (f)).
    #[error("{signer} signed the CRL but has no valid path to the anchor at {at}")]
    SignerWithoutPath {
        /// Subject of the signer's certificate.
        signer: String,
        /// The time asked for.
        at: Instant,
    },
    /// The key of the issuer cannot sign a new list.
    #[error("signing the CRL: {0}")]
    Signing(CryptoError),
    /// The key given is not the issuer's.
    #[error("the key given for {0} is not the key in its certificate")]
    WrongKey(String),
}

impl From<TlvError> for CrlError {
    fn from(error: TlvError) -> Self {
        Self::Malformed(error.0)
    }
}
