//! Statements signed over their exact bytes, as JSON: what is asked and what is answered.
//!
//! The signature is over `mekong registration 1`, a zero byte, the kind of the statement, a zero byte, and the statement's
//! UTF-8 bytes as they stand in the envelope. No other thing that the same keys sign begins so: not TLS, not XML, not the
//! directory's MIME headers.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use mekong_crypto::{CryptoError, PrivateKey, PublicKey, SignatureAlgorithm};
use mekong_pki::Certificate;
use serde::{Deserialize, Serialize};

/// What the signed bytes begin with.
const CONTEXT: &str = "mekong registration 1";

/// What kind of statement is signed; one is never taken for the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// What a member asks.
    Request,
    /// What the operator answers.
    Answer,
}

/// Who signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signer {
    /// The key of an invitation, by the invitation's name.
    Invitation(String),
    /// The key of this certificate, DER in base64: a member's signing certificate.
    Certificate(String),
    /// This key, its SubjectPublicKeyInfo in base64: the operator's.
    Key(String),
}

/// A signed statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Envelope {
    /// The statement: JSON, as text, so that its bytes are those that were signed.
    pub statement: String,
    /// Who signed it.
    pub signer: Signer,
    /// The signature algorithm, as XMLDSig names it.
    pub algorithm: String,
    /// The signature value in its X.509 form, base64.
    pub signature: String,
}

/// Why a statement is not the signer's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EnvelopeError {
    /// Base64 or a structure in it cannot be read.
    #[error("the {0} of the envelope cannot be read")]
    Malformed(&'static str),
    /// The signature is not of that key over that statement, or its algorithm is not accepted.
    #[error("the signature of the statement does not verify: {0}")]
    Signature(CryptoError),
}

fn signed_bytes(kind: Kind, statement: &str) -> Vec<u8> {
    let kind = match kind {
        Kind::Request => "request",
        Kind::Answer => "answer",
    };
    [CONTEXT, kind, statement].join("\0").into_bytes()
}

impl Envelope {
    /// Signs a statement.
    ///
    /// # Errors
    /// [`CryptoError`] if the key cannot sign.
    pub fn sign(kind: Kind, statement: String, signer: Signer, key: &PrivateKey) -> Result<Self, CryptoError> {
        let algorithm = key.default_algorithm();
        let signature = BASE64.encode(key.sign(algorithm, &signed_bytes(kind, &statement))?);
        Ok(Self { statement, signer, algorithm: algorithm.uri().to_owned(), signature })
    }

    /// Whether `key` signed this statement, as this kind.
    ///
    /// # Errors
    /// [`EnvelopeError`].
    pub fn verify(&self, kind: Kind, key: &PublicKey) -> Result<(), EnvelopeError> {
        let algorithm = SignatureAlgorithm::from_uri(&self.algorithm).map_err(EnvelopeError::Signature)?;
        if algorithm.digest().is_some_and(|digest| digest.output_len() < 32) {
            let weak = CryptoError::UnsupportedAlgorithm(self.algorithm.clone());
            return Err(EnvelopeError::Signature(weak));
        }
        let signature = BASE64.decode(&self.signature).map_err(|_| EnvelopeError::Malformed("signature"))?;
        let verified = key.verify(algorithm, &signed_bytes(kind, &self.statement), &signature);
        verified.map_err(EnvelopeError::Signature)
    }
}

impl Signer {
    /// A certificate as signer.
    pub fn certificate(certificate: &Certificate) -> Self {
        Self::Certificate(BASE64.encode(certificate.der()))
    }

    /// A bare key as signer.
    pub fn key(key: &PublicKey) -> Self {
        Self::Key(BASE64.encode(key.spki()))
    }
}

/// Bytes in base64 within a statement.
pub(super) fn decode(text: &str, what: &'static str) -> Result<Vec<u8>, EnvelopeError> {
    BASE64.decode(text).map_err(|_| EnvelopeError::Malformed(what))
}

/// Bytes as they stand in a statement.
pub(super) fn encode(bytes: &[u8]) -> String {
    BASE64.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use mekong_crypto::KeyType;

    #[test]
    fn one_kind_is_not_the_other_and_nothing_may_change() -> Result<(), Box<dyn std::error::Error>> {
        for key_type in [KeyType::P256, KeyType::Ed25519, KeyType::Rsa(2048)] {
            let key = PrivateKey::generate(key_type)?;
            let signer = Signer::key(key.public_key());
            let good = Envelope::sign(Kind::Request, "{}".into(), signer, &key)?;
            assert_eq!(good.verify(Kind::Request, key.public_key()), Ok(()));
            assert!(good.verify(Kind::Answer, key.public_key()).is_err());
            let changed = Envelope { statement: "{ }".into(), ..good.clone() };
            assert!(changed.verify(Kind::Request, key.public_key()).is_err());
            let other = PrivateKey::generate(key_type)?;
            assert!(good.verify(Kind::Request, other.public_key()).is_err());
        }
        Ok(())
    }
}
