//! Why a hash chain does not lead to the parts it should cover.

use crate::shown::Shown;
use mekong_crypto::DigestAlgorithm;

/// Why a hash chain does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HashChainError {
    /// A document is not a hash chain (or not the result of one).
    #[error("{file} is not a hash chain: {what}")]
    Malformed {
        /// The document, such as `/sig-hashchain.xml`.
        file: String,
        /// What is wrong, with line and column where known.
        what: String,
    },
    /// A reference leads nowhere.
    #[error("the hash chain refers to {uri}, which is not there")]
    Unresolved {
        /// The reference.
        uri: String,
    },
    /// A part does not have the digest that the chain gives for it.
    #[error("{uri} does not match the hash chain: its {} digest is {}, the chain says {}", algorithm.name(), Shown(found), Shown(expected))]
    ReferenceMismatch {
        /// The part, such as `/message.xml`.
        uri: String,
        /// The digest algorithm.
        algorithm: DigestAlgorithm,
        /// The digest in the chain.
        expected: Vec<u8>,
        /// The digest of the part.
        found: Vec<u8>,
    },
    /// The chain does not lead to the signed result.
    #[error("the hash chain does not lead to its result: calculated {}, the result says {}{}", Shown(found), Shown(expected), suspect.as_deref().map(|s| format!("; {s} has another digest than the chain gives for it")).unwrap_or_default())]
    ResultMismatch {
        /// The digest in the result document.
        expected: Vec<u8>,
        /// The calculated digest.
        found: Vec<u8>,
        /// A part whose digest differs from that in the chain, if there is one.
        suspect: Option<String>,
    },
    /// Parts that must be covered are not.
    #[error("the hash chain does not cover {}", uris.join(", "))]
    UnusedInputs {
        /// The parts.
        uris: Vec<String>,
    },
    /// The chain asks for an algorithm that is not supported.
    #[error("{file}: {what}")]
    Unsupported {
        /// The document.
        file: String,
        /// The algorithm or transform.
        what: String,
    },
    /// More documents or deeper steps than a chain needs.
    #[error("the hash chain is {what}")]
    TooLarge {
        /// What exceeds which limit.
        what: String,
    },
}

impl HashChainError {
    /// The stable code, as the reference names it.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Malformed { .. } | Self::Unsupported { .. } | Self::TooLarge { .. } => "malformed_hash_chain",
            Self::Unresolved { .. } => "invalid_reference",
            Self::ReferenceMismatch { .. } => "invalid_hash_chain_ref",
            Self::ResultMismatch { .. } => "invalid_hash_chain",
            Self::UnusedInputs { .. } => "hashchain_unused_inputs",
        }
    }

    /// The code where the chain belongs to a signature.
    pub const fn code_in_signature(&self) -> &'static str {
        match self {
            Self::Malformed { .. } | Self::Unsupported { .. } | Self::TooLarge { .. } => {
                "malformed_signature.malformed_hash_chain"
            }
            Self::Unresolved { .. } => "malformed_signature.invalid_reference",
            Self::ReferenceMismatch { .. } => "malformed_signature.invalid_hash_chain_ref",
            Self::ResultMismatch { .. } => "malformed_signature.invalid_hash_chain",
            Self::UnusedInputs { .. } => "malformed_signature.hashchain_unused_inputs",
        }
    }
}
