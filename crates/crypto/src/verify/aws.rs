//! What aws-lc verifies. It refuses what it does not offer (`None`), so that [`super::portable`] can answer.

use super::leftmost;
use crate::key::{Curve, Numbers, RsaNumbers};
use crate::{DigestAlgorithm, SignatureAlgorithm};
use aws_lc_rs::digest::{self, Digest};
use aws_lc_rs::signature::{self as backend, ParsedPublicKey, RsaParameters, VerificationAlgorithm};
use std::sync::OnceLock;

/// Parsed keys, one per algorithm that was asked for: aws-lc ties them together.
#[derive(Default)]
pub(crate) struct Prepared {
    rsa: [OnceLock<Option<ParsedPublicKey>>; RSA.len()],
    other: OnceLock<Option<ParsedPublicKey>>,
}

/// An algorithm of aws-lc for RSA: which one it is here, its digest there, and its parameters.
type Rsa = (SignatureAlgorithm, &'static digest::Algorithm, &'static RsaParameters);

static RSA: [Rsa; 7] = {
    use DigestAlgorithm::{Sha1, Sha256, Sha384, Sha512};
    use SignatureAlgorithm::{RsaPkcs1, RsaPss};
    [
        (RsaPkcs1(Sha256), &digest::SHA256, &backend::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY),
        (RsaPkcs1(Sha512), &digest::SHA512, &backend::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY),
        (RsaPkcs1(Sha384), &digest::SHA384, &backend::RSA_PKCS1_2048_8192_SHA384),
        (RsaPkcs1(Sha1), &digest::SHA1_FOR_LEGACY_USE_ONLY, &backend::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY),
        (RsaPss(Sha256), &digest::SHA256, &backend::RSA_PSS_2048_8192_SHA256),
        (RsaPss(Sha384), &digest::SHA384, &backend::RSA_PSS_2048_8192_SHA384),
        (RsaPss(Sha512), &digest::SHA512, &backend::RSA_PSS_2048_8192_SHA512),
    ]
};

/// The largest public exponent that aws-lc takes.
const MAX_EXPONENT: u64 = (1 << 33) - 1;

impl Prepared {
    /// Whether the signature matches; `None` if aws-lc does not offer the algorithm or refuses the key.
    pub(crate) fn verify(
        &self,
        numbers: &Numbers,
        algorithm: SignatureAlgorithm,
        digest: &[u8],
        signature: &[u8],
    ) -> Option<bool> {
        match (numbers, algorithm) {
            (Numbers::Rsa(key), _) => self.verify_rsa(key, algorithm, digest, signature),
            (Numbers::Ec(curve, point), SignatureAlgorithm::Ecdsa(_)) => {
                let (algorithm, hash) = ecdsa(*curve)?;
                let key = prepare(&self.other, algorithm, || point.clone())?;
                // ECDSA signs a number, however it was hashed: so any digest goes as one of the curve's own length.
                let number = Digest::import_less_safe(&leftmost(digest, hash.output_len()), hash).ok()?;
                Some(key.verify_digest_sig(&number, signature).is_ok())
            }
            (Numbers::Ed25519(point), SignatureAlgorithm::Ed25519) => {
                let key = prepare(&self.other, &backend::ED25519, || point.clone())?;
                Some(key.verify_sig(digest, signature).is_ok())
            }
            _ => None,
        }
    }

    fn verify_rsa(
        &self,
        key: &RsaNumbers,
        algorithm: SignatureAlgorithm,
        digest: &[u8],
        signature: &[u8],
    ) -> Option<bool> {
        let (index, (_, hash, parameters)) = RSA.iter().enumerate().find(|(_, (a, ..))| *a == algorithm)?;
        let sizes = parameters.min_modulus_len()..=parameters.max_modulus_len();
        if !sizes.contains(&u32::from(key.bits)) || key.exponent > MAX_EXPONENT {
            return None;
        }
        let parsed = prepare(self.rsa.get(index)?, *parameters, || key.to_pkcs1())?;
        let value = Digest::import_less_safe(digest, hash).ok()?;
        Some(parsed.verify_digest_sig(&value, signature).is_ok())
    }
}

fn prepare<'a>(
    cell: &'a OnceLock<Option<ParsedPublicKey>>,
    algorithm: &'static dyn VerificationAlgorithm,
    material: impl FnOnce() -> Vec<u8>,
) -> Option<&'a ParsedPublicKey> {
    cell.get_or_init(|| ParsedPublicKey::new(algorithm, material()).ok()).as_ref()
}

fn ecdsa(curve: Curve) -> Option<(&'static dyn VerificationAlgorithm, &'static digest::Algorithm)> {
    Some(match curve {
        Curve::P256 => (&backend::ECDSA_P256_SHA256_ASN1, &digest::SHA256),
        Curve::P384 => (&backend::ECDSA_P384_SHA384_ASN1, &digest::SHA384),
        Curve::P521 => (&backend::ECDSA_P521_SHA512_ASN1, &digest::SHA512),
        Curve::Secp256k1 => (&backend::ECDSA_P256K1_SHA256_ASN1, &digest::SHA256),
        _ => return None,
    })
}
