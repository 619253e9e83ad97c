//! Names of algorithms in JOSE (RFC 7518 §3.1, RFC 8037) and of digests in JAdES.

use DigestAlgorithm::{Sha256, Sha384, Sha512};
use SignatureAlgorithm::{Ecdsa, RsaPkcs1, RsaPss};
use mekong_crypto::{DigestAlgorithm, KeyType, SignatureAlgorithm, ecdsa};

const NAMES: [(&str, SignatureAlgorithm); 10] = [
    ("RS256", RsaPkcs1(Sha256)),
    ("RS384", RsaPkcs1(Sha384)),
    ("RS512", RsaPkcs1(Sha512)),
    ("PS256", RsaPss(Sha256)),
    ("PS384", RsaPss(Sha384)),
    ("PS512", RsaPss(Sha512)),
    ("ES256", Ecdsa(Sha256)),
    ("ES384", Ecdsa(Sha384)),
    ("ES512", Ecdsa(Sha512)),
    ("EdDSA", SignatureAlgorithm::Ed25519),
];

/// The algorithm of an `alg` value.
pub(super) fn by_name(name: &str) -> Option<SignatureAlgorithm> {
    // RFC 9864 gives Ed25519 a name of its own.
    let name = if name == "Ed25519" { "EdDSA" } else { name };
    NAMES.iter().find(|(n, _)| *n == name).map(|(_, a)| *a)
}

/// The `alg` value of an algorithm; SHA-1, SHA-224 and SHA-3 have none.
pub(super) fn name_of(algorithm: SignatureAlgorithm) -> Option<&'static str> {
    NAMES.iter().find(|(_, a)| *a == algorithm).map(|(n, _)| *n)
}

/// Octets of a coordinate of the curve that goes with an ECDSA algorithm in JOSE.
const fn coordinate_len(algorithm: SignatureAlgorithm) -> Option<usize> {
    match algorithm {
        Ecdsa(Sha256) => Some(32),
        Ecdsa(Sha384) => Some(48),
        Ecdsa(Sha512) => Some(66),
        _ => None,
    }
}

/// The curve that an ECDSA algorithm demands (RFC 7518 §3.4).
pub(super) const fn curve(algorithm: SignatureAlgorithm) -> Option<KeyType> {
    match algorithm {
        Ecdsa(Sha256) => Some(KeyType::P256),
        Ecdsa(Sha384) => Some(KeyType::P384),
        Ecdsa(Sha512) => Some(KeyType::P521),
        _ => None,
    }
}

/// A signature value from JOSE's form into that of X.509.
pub(super) fn value_to_x509(algorithm: SignatureAlgorithm, value: &[u8]) -> Result<Vec<u8>, String> {
    match coordinate_len(algorithm) {
        None => Ok(value.to_vec()),
        Some(len) if value.len() == 2 * len => ecdsa::raw_to_der(value).map_err(|e| e.to_string()),
        Some(len) => Err(format!("{} octets, {} are expected", value.len(), 2 * len)),
    }
}

/// A signature value from the form of X.509 into that of JOSE.
pub(super) fn value_to_jose(algorithm: SignatureAlgorithm, value: &[u8]) -> Result<Vec<u8>, String> {
    match coordinate_len(algorithm) {
        None => Ok(value.to_vec()),
        Some(len) => ecdsa::der_to_raw(value, len).map_err(|e| e.to_string()),
    }
}

/// The digest of a name as JAdES writes it (`S256`), or of a URI or common name as others do.
pub(super) fn digest_by_name(name: &str) -> Result<DigestAlgorithm, String> {
    let found = DigestAlgorithm::ALL.into_iter().find(|a| digest_name(*a) == name);
    let found =
        found.or_else(|| DigestAlgorithm::from_uri(name).ok()).or_else(|| DigestAlgorithm::from_name(name).ok());
    found.ok_or_else(|| name.chars().take(100).collect())
}

/// The name of a digest: `S256`, `S3-256`.
pub(super) fn digest_name(algorithm: DigestAlgorithm) -> String {
    let name = algorithm.name();
    match name.strip_prefix("SHA-").or(name.strip_prefix("SHA")) {
        Some(rest) => format!("S{rest}"),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back() {
        for (name, algorithm) in NAMES {
            assert_eq!((by_name(name), name_of(algorithm)), (Some(algorithm), Some(name)));
        }
        assert_eq!(by_name("none"), None);
        assert_eq!(name_of(RsaPkcs1(DigestAlgorithm::Sha1)), None);
        for algorithm in DigestAlgorithm::ALL {
            assert_eq!(digest_by_name(&digest_name(algorithm)), Ok(algorithm));
        }
        assert_eq!(digest_name(Sha256), "S256");
    }
}
