//! Versions of the global configuration.

use mekong_crypto::DigestAlgorithm;
use std::fmt;

/// A version of the global configuration's format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// Authentication certificates by SHA-1; no `source` elements. Read only.
    V2,
    /// SHA-256, `source` with verification certificates, ACME servers, extension elements.
    V3,
    /// ACME profile identifiers.
    V4,
    /// Subsystem names, maintenance mode.
    V5,
    /// Cost types, default CSR format.
    V6,
}

impl Version {
    /// The newest, which is asked for first.
    pub const NEWEST: Self = Self::V6;
    /// Newest first, the order in which a server is asked.
    pub const NEWEST_FIRST: [Self; 5] = [Self::V6, Self::V5, Self::V4, Self::V3, Self::V2];
    /// Those that are written, oldest first.
    pub const WRITTEN: [Self; 4] = [Self::V3, Self::V4, Self::V5, Self::V6];

    /// The number: 2 to 6.
    pub const fn number(self) -> u8 {
        match self {
            Self::V2 => 2,
            Self::V3 => 3,
            Self::V4 => 4,
            Self::V5 => 5,
            Self::V6 => 6,
        }
    }

    /// The version of a number as it stands in headers; `None` if it is not 2 to 6.
    pub fn from_text(text: &str) -> Option<Self> {
        let number: u8 = text.trim().parse().ok()?;
        Self::NEWEST_FIRST.into_iter().find(|v| v.number() == number)
    }

    /// The digest that `authCertHash` is of.
    pub const fn auth_cert_digest(self) -> DigestAlgorithm {
        match self {
            Self::V2 => DigestAlgorithm::Sha1,
            _ => DigestAlgorithm::Sha256,
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "V{}", self.number())
    }
}
