//! Verifying a digest with a public key: aws-lc where it offers the operation, [`portable`] otherwise and in browsers.

#[cfg(not(target_family = "wasm"))]
pub(crate) mod aws;
mod curve;
mod curves;
mod dsa;
pub(crate) mod portable;
mod rsa;

use crate::key::Numbers;
use crate::{CryptoError, SignatureAlgorithm};
use std::sync::OnceLock;

/// What was prepared of a key, once: its operations are many times cheaper than reading it each time.
#[derive(Default)]
pub(crate) struct Prepared {
    #[cfg(not(target_family = "wasm"))]
    aws: aws::Prepared,
    portable: OnceLock<Result<portable::Prepared, CryptoError>>,
}

impl Prepared {
    /// Verifies a digest; for Ed25519 the message itself.
    ///
    /// # Errors
    /// [`CryptoError::SignatureMismatch`], [`CryptoError::MalformedKey`] or [`CryptoError::UnsupportedAlgorithm`].
    pub(crate) fn verify(
        &self,
        numbers: &Numbers,
        algorithm: SignatureAlgorithm,
        digest: &[u8],
        signature: &[u8],
    ) -> Result<(), CryptoError> {
        #[cfg(all(not(target_family = "wasm"), not(feature = "portable")))]
        if let Some(matches) = self.aws.verify(numbers, algorithm, digest, signature) {
            return verdict(matches);
        }
        self.verify_portably(numbers, algorithm, digest, signature)
    }

    /// As [`Prepared::verify`], without aws-lc.
    pub(crate) fn verify_portably(
        &self,
        numbers: &Numbers,
        algorithm: SignatureAlgorithm,
        digest: &[u8],
        signature: &[u8],
    ) -> Result<(), CryptoError> {
        let key = self.portable.get_or_init(|| portable::Prepared::new(numbers));
        verdict(key.as_ref().map_err(Clone::clone)?.verify(algorithm, digest, signature)?)
    }
}

fn verdict(matches: bool) -> Result<(), CryptoError> {
    if matches { Ok(()) } else { Err(CryptoError::SignatureMismatch) }
}

/// The digest as the number that ECDSA and DSA sign: its leftmost bytes, at most as many as the order of the group has,
/// with zeros before it if it is shorter (FIPS 186-5 §6.4.2; orders here have whole bytes, or more bits than any digest).
pub(crate) fn leftmost(digest: &[u8], len: usize) -> Vec<u8> {
    let taken = digest.get(..len).unwrap_or(digest);
    let mut out = vec![0; len - taken.len()];
    out.extend_from_slice(taken);
    out
}
