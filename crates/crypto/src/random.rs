//! Randomness of the operating system.

use crate::CryptoError;

/// Fills `bytes` with random ones.
///
/// # Errors
/// [`CryptoError::NoRandomness`] if the system gives none, and always in browsers: nothing is made there, only verified.
#[cfg(not(target_family = "wasm"))]
pub fn fill(bytes: &mut [u8]) -> Result<(), CryptoError> {
    use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
    SystemRandom::new().fill(bytes).map_err(|_| CryptoError::NoRandomness)
}

/// As on servers, but there is none.
///
/// # Errors
/// [`CryptoError::NoRandomness`].
#[cfg(target_family = "wasm")]
pub fn fill(_: &mut [u8]) -> Result<(), CryptoError> {
    Err(CryptoError::NoRandomness)
}
