//! Verification without aws-lc: the curves of RustCrypto, and RSA, DSA and rare curves over plain integers. Public keys
//! only, so nothing here needs to hide its timing.

use super::curve::{self, Point};
use super::{curves, dsa, rsa};
use crate::key::{Curve, Numbers};
use crate::{CryptoError, SignatureAlgorithm};
use crypto_bigint::{U256, U384, U512};

/// A key ready to verify.
pub(crate) enum Prepared {
    Rsa(rsa::Key),
    Dsa(dsa::Key),
    #[cfg(any(target_family = "wasm", feature = "portable", test))]
    P256(Box<p256::ecdsa::VerifyingKey>),
    #[cfg(any(target_family = "wasm", feature = "portable", test))]
    P384(Box<p384::ecdsa::VerifyingKey>),
    #[cfg(any(target_family = "wasm", feature = "portable", test))]
    P521(Box<p521::ecdsa::VerifyingKey>),
    #[cfg(any(target_family = "wasm", feature = "portable", test))]
    Ed25519(Box<ed25519_dalek::VerifyingKey>),
    Curve256(Box<Point<{ U256::LIMBS }>>),
    Curve384(Box<Point<{ U384::LIMBS }>>),
    Curve512(Box<Point<{ U512::LIMBS }>>),
}

impl Prepared {
    /// Checks and converts the numbers.
    pub(crate) fn new(numbers: &Numbers) -> Result<Self, CryptoError> {
        let malformed = |what: &str| CryptoError::MalformedKey(what.into());
        let beside = || malformed("the point does not lie on its curve");
        match numbers {
            Numbers::Rsa(key) => rsa::Key::new(key).map(Self::Rsa).ok_or_else(|| malformed("RSA")),
            Numbers::Dsa(Some(parameters), y) => {
                dsa::Key::new(parameters, y).map(Self::Dsa).ok_or_else(|| malformed("DSA: numbers out of range"))
            }
            Numbers::Dsa(None, _) => {
                Err(CryptoError::UnsupportedKey("DSA parameters are the issuer's, which is not known here".into()))
            }
            Numbers::Ed25519(point) => ed25519(point).ok_or_else(beside),
            Numbers::Ec(curve, point) => match curve {
                Curve::P256 | Curve::P384 | Curve::P521 => nist(*curve, point).ok_or_else(beside),
                _ => rare(*curve, point).ok_or_else(beside),
            },
        }
    }

    /// Whether the signature over the digest (Ed25519: over the message) matches.
    ///
    /// # Errors
    /// [`CryptoError::UnsupportedAlgorithm`] if the algorithm is for another kind of key.
    pub(crate) fn verify(
        &self,
        algorithm: SignatureAlgorithm,
        digest: &[u8],
        signature: &[u8],
    ) -> Result<bool, CryptoError> {
        Ok(match (self, algorithm) {
            (Self::Rsa(key), SignatureAlgorithm::RsaPkcs1(d)) => key.verify_pkcs1(d, digest, signature),
            (Self::Rsa(key), _) => match algorithm.pss_parameters() {
                Some(parameters) => key.verify_pss(parameters, digest, signature),
                None => return Err(CryptoError::UnsupportedAlgorithm(format!("{algorithm} with an RSA key"))),
            },
            (Self::Dsa(key), SignatureAlgorithm::Dsa(_)) => key.verify(digest, signature),
            (Self::Curve256(key), SignatureAlgorithm::Ecdsa(_)) => key.verify(digest, signature),
            (Self::Curve384(key), SignatureAlgorithm::Ecdsa(_)) => key.verify(digest, signature),
            (Self::Curve512(key), SignatureAlgorithm::Ecdsa(_)) => key.verify(digest, signature),
            _ => self.verify_rustcrypto(algorithm, digest, signature)?,
        })
    }

    #[cfg(any(target_family = "wasm", feature = "portable", test))]
    fn verify_rustcrypto(
        &self,
        algorithm: SignatureAlgorithm,
        digest: &[u8],
        signature: &[u8],
    ) -> Result<bool, CryptoError> {
        use super::leftmost;
        use crate::ecdsa;
        use p256::ecdsa::signature::hazmat::PrehashVerifier;
        /// One curve: `r || s` read, the digest as the number that is signed, the verdict.
        macro_rules! ecdsa {
            ($curve:ident, $key:expr, $len:literal) => {
                ecdsa::der_to_raw(signature, $len)
                    .ok()
                    .and_then(|raw| $curve::ecdsa::Signature::from_slice(&raw).ok())
                    .is_some_and(|value| $key.verify_prehash(&leftmost(digest, $len), &value).is_ok())
            };
        }
        Ok(match (self, algorithm) {
            (Self::P256(key), SignatureAlgorithm::Ecdsa(_)) => ecdsa!(p256, key, 32),
            (Self::P384(key), SignatureAlgorithm::Ecdsa(_)) => ecdsa!(p384, key, 48),
            (Self::P521(key), SignatureAlgorithm::Ecdsa(_)) => ecdsa!(p521, key, 66),
            (Self::Ed25519(key), SignatureAlgorithm::Ed25519) => {
                use ed25519_dalek::Verifier;
                ed25519_dalek::Signature::from_slice(signature).is_ok_and(|value| key.verify(digest, &value).is_ok())
            }
            _ => return Err(CryptoError::UnsupportedAlgorithm(algorithm.to_string())),
        })
    }

    #[cfg(not(any(target_family = "wasm", feature = "portable", test)))]
    #[expect(clippy::unused_self, reason = "the other build uses it")]
    fn verify_rustcrypto(&self, algorithm: SignatureAlgorithm, _: &[u8], _: &[u8]) -> Result<bool, CryptoError> {
        Err(CryptoError::UnsupportedAlgorithm(algorithm.to_string()))
    }
}

#[cfg(any(target_family = "wasm", feature = "portable", test))]
fn ed25519(point: &[u8]) -> Option<Prepared> {
    let key = ed25519_dalek::VerifyingKey::from_bytes(point.try_into().ok()?).ok()?;
    Some(Prepared::Ed25519(Box::new(key)))
}

#[cfg(any(target_family = "wasm", feature = "portable", test))]
fn nist(curve: Curve, point: &[u8]) -> Option<Prepared> {
    Some(match curve {
        Curve::P256 => Prepared::P256(Box::new(p256::ecdsa::VerifyingKey::from_sec1_bytes(point).ok()?)),
        Curve::P384 => Prepared::P384(Box::new(p384::ecdsa::VerifyingKey::from_sec1_bytes(point).ok()?)),
        _ => Prepared::P521(Box::new(p521::ecdsa::VerifyingKey::from_sec1_bytes(point).ok()?)),
    })
}

/// Natively aws-lc has answered for these kinds of key, unless it refused the key itself.
#[cfg(not(any(target_family = "wasm", feature = "portable", test)))]
const fn ed25519(_: &[u8]) -> Option<Prepared> {
    None
}

/// As above.
#[cfg(not(any(target_family = "wasm", feature = "portable", test)))]
const fn nist(_: Curve, _: &[u8]) -> Option<Prepared> {
    None
}

fn rare(curve: Curve, point: &[u8]) -> Option<Prepared> {
    Some(match curve {
        Curve::P224 => Prepared::Curve256(Box::new(curve::Point::new(&curves::P224, point)?)),
        Curve::Secp256k1 => Prepared::Curve256(Box::new(curve::Point::new(&curves::SECP256K1, point)?)),
        Curve::Brainpool224 => Prepared::Curve256(Box::new(curve::Point::new(&curves::BRAINPOOL_P224R1, point)?)),
        Curve::Brainpool256 => Prepared::Curve256(Box::new(curve::Point::new(&curves::BRAINPOOL_P256R1, point)?)),
        Curve::Brainpool320 => Prepared::Curve384(Box::new(curve::Point::new(&curves::BRAINPOOL_P320R1, point)?)),
        Curve::Brainpool384 => Prepared::Curve384(Box::new(curve::Point::new(&curves::BRAINPOOL_P384R1, point)?)),
        Curve::Brainpool512 => Prepared::Curve512(Box::new(curve::Point::new(&curves::BRAINPOOL_P512R1, point)?)),
        Curve::P256 | Curve::P384 | Curve::P521 => return None,
    })
}
