//! Which algorithms and key sizes are acceptable for what, and until when (ETSI TS 119 312, TS 119 322).

use super::date;
use mekong_base::Instant;
use mekong_crypto::{DigestAlgorithm, KeyType, PublicKey, Scheme, SignatureAlgorithm};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt;

/// What an algorithm is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Context {
    /// A signature on a document, with the digests that it holds.
    Signature,
    /// A signature on a certificate.
    Certificate,
    /// A time-stamp token, with its imprint.
    Timestamp,
    /// A CRL or OCSP response.
    Revocation,
}

/// An algorithm in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Used {
    /// A digest on its own.
    Digest(DigestAlgorithm),
    /// A signature value by a key.
    Signature(SignatureAlgorithm, KeyType),
}

impl Used {
    /// A signature value that this key verifies.
    pub fn by(algorithm: SignatureAlgorithm, key: &PublicKey) -> Self {
        Self::Signature(algorithm, key.key_type())
    }
}

impl fmt::Display for Used {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Digest(digest) => f.write_str(digest.name()),
            Self::Signature(algorithm, key) => {
                write!(f, "{} with {key}", scheme(*algorithm))?;
                algorithm.digest().map_or(Ok(()), |digest| write!(f, " and {}", digest.name()))
            }
        }
    }
}

/// How long something is acceptable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reliable {
    /// No end is known.
    Always,
    /// Until then, exclusive.
    Until(Instant),
    /// Not by this policy.
    Never,
}

impl Reliable {
    /// Whether it is acceptable at `at`.
    pub fn at(self, at: Instant) -> bool {
        match self {
            Self::Always => true,
            Self::Until(end) => at < end,
            Self::Never => false,
        }
    }

    /// The shorter of two.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Never, _) | (_, Self::Never) => Self::Never,
            (Self::Until(a), Self::Until(b)) => Self::Until(a.min(b)),
            (Self::Until(a), Self::Always) | (Self::Always, Self::Until(a)) => Self::Until(a),
            (Self::Always, Self::Always) => Self::Always,
        }
    }
}

impl fmt::Display for Reliable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Always => f.write_str("acceptable without end"),
            Self::Until(end) => write!(f, "acceptable until {end}"),
            Self::Never => f.write_str("not acceptable"),
        }
    }
}

/// Tables of algorithms, each for some uses; the first that names a use decides.
#[derive(Debug, Clone, Deserialize)]
#[serde(transparent)]
pub struct Algorithms(Vec<Table>);

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[serde(rename = "for")]
    uses: Vec<Context>,
    /// Digest names with the end of each.
    digests: BTreeMap<String, End>,
    /// Scheme names with ends by the size of the key.
    schemes: BTreeMap<String, Vec<Size>>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct Size {
    /// Keys of that many bits and more.
    bits: u16,
    until: End,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
struct End(Option<Instant>);

impl TryFrom<String> for End {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        date(&text).map(Self)
    }
}

impl End {
    fn reliable(self) -> Reliable {
        self.0.map_or(Reliable::Always, Reliable::Until)
    }
}

impl Algorithms {
    /// How long `used` is acceptable for that use; what is not named is not.
    pub fn reliable(&self, used: Used, context: Context) -> Reliable {
        let Some(table) = self.0.iter().find(|table| table.uses.contains(&context)) else { return Reliable::Never };
        match used {
            Used::Digest(digest) => table.digest(digest),
            Used::Signature(algorithm, key) => {
                let digest = algorithm.digest().map_or(Reliable::Always, |digest| table.digest(digest));
                digest.and(table.scheme(scheme(algorithm), bits(key)))
            }
        }
    }

    /// Names in the tables that nothing here goes by, and uses without a table.
    pub fn complaints(&self) -> Vec<String> {
        let mut complaints = Vec::new();
        for context in [Context::Signature, Context::Certificate, Context::Timestamp, Context::Revocation] {
            if !self.0.iter().any(|table| table.uses.contains(&context)) {
                complaints.push(format!("no table is for {context:?}"));
            }
        }
        for table in &self.0 {
            let known = |name: &&String| !SCHEMES.contains(&name.as_str());
            complaints.extend(table.schemes.keys().filter(known).map(|name| format!("unknown scheme {name}")));
        }
        complaints
    }
}

impl Table {
    fn digest(&self, digest: DigestAlgorithm) -> Reliable {
        self.digests.get(digest.name()).map_or(Reliable::Never, |end| end.reliable())
    }

    fn scheme(&self, name: &str, bits: u16) -> Reliable {
        let sizes = self.schemes.get(name).map(Vec::as_slice).unwrap_or_default();
        let best = sizes.iter().filter(|size| size.bits <= bits).max_by_key(|size| size.bits);
        best.map_or(Reliable::Never, |size| size.until.reliable())
    }
}

const SCHEMES: [&str; 5] = ["RSASSA-PKCS1-v1_5", "RSASSA-PSS", "ECDSA", "EdDSA", "DSA"];

/// The scheme of an algorithm as policies name it.
pub(super) fn scheme(algorithm: SignatureAlgorithm) -> &'static str {
    match algorithm.scheme() {
        Scheme::RsaPkcs1 => "RSASSA-PKCS1-v1_5",
        Scheme::RsaPss => "RSASSA-PSS",
        Scheme::Ecdsa => "ECDSA",
        Scheme::Ed25519 => "EdDSA",
        Scheme::Dsa => "DSA",
    }
}

/// The size of a key; 0 for the curve that no policy knows (TS 119 312 names the NIST and the brainpool curves).
fn bits(key: KeyType) -> u16 {
    if key == KeyType::Secp256k1 { 0 } else { key.bits() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::validation::Policy;

    #[test]
    fn european_dates_are_those_of_ts_119_312() {
        let policy = Policy::named("european").unwrap();
        let reliable = |used| policy.algorithms().reliable(used, Context::Signature).to_string();
        let sha256 = DigestAlgorithm::Sha256;
        assert_eq!(reliable(Used::Digest(DigestAlgorithm::Sha1)), "acceptable until 2012-08-01T00:00:00Z");
        assert_eq!(reliable(Used::Digest(sha256)), "acceptable without end");
        let rsa = |bits| Used::Signature(SignatureAlgorithm::RsaPkcs1(sha256), KeyType::Rsa(bits));
        assert_eq!(reliable(rsa(1024)), "acceptable until 2019-10-01T00:00:00Z");
        assert_eq!(reliable(rsa(2048)), "acceptable until 2029-01-01T00:00:00Z");
        let pss = Used::Signature(SignatureAlgorithm::RsaPss(sha256), KeyType::Rsa(3072));
        assert_eq!(reliable(pss), "acceptable without end");
        assert_eq!(
            reliable(Used::Signature(SignatureAlgorithm::Ecdsa(sha256), KeyType::P256)),
            "acceptable without end"
        );
        assert_eq!(
            reliable(Used::Signature(SignatureAlgorithm::RsaPkcs1(sha256), KeyType::Rsa(512))),
            "not acceptable"
        );
    }

    #[test]
    fn the_shorter_of_two_ends_counts() {
        let (early, late) = (Instant::from_unix_seconds(1), Instant::from_unix_seconds(2));
        assert_eq!(Reliable::Until(late).and(Reliable::Until(early)), Reliable::Until(early));
        assert!(Reliable::Until(late).at(early) && !Reliable::Until(late).at(late));
        assert_eq!(Reliable::Always.and(Reliable::Never), Reliable::Never);
    }
}
