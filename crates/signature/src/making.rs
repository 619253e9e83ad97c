//! What makers of all formats share: what the signer says, the material of long-term levels, and the services that give it.
//!
//! A signature is made in two steps, so that the key can be anywhere: `prepare` gives the bytes to be signed, `finish`
//! takes the signature value. Levels above B are added to a finished document by [`Services`].

use crate::facts::Level;
use mekong_base::Instant;
use mekong_crypto::{DigestAlgorithm, SignatureAlgorithm};
use mekong_pki::Certificate;

/// What the signer says with a signature.
#[derive(Debug, Clone)]
pub struct Signing {
    /// The signer's certificate.
    pub certificate: Certificate,
    /// Its issuers, to be put into the signature; without the anchor.
    pub chain: Vec<Certificate>,
    /// How the signature value is made.
    pub algorithm: SignatureAlgorithm,
    /// The digest of documents and references.
    pub digest: DigestAlgorithm,
    /// The signing time to claim.
    pub time: Instant,
    /// City, region, country of signing.
    pub place: Option<Place>,
    /// Roles that the signer claims.
    pub roles: Vec<String>,
    /// Commitment, an OID: `1.2.840.113549.1.9.16.6.1` is proof of origin.
    pub commitment: Option<String>,
    /// A signature policy: OID or URI, with its digest.
    pub policy: Option<(String, DigestAlgorithm, Vec<u8>)>,
}

/// Where a signature was made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// City or commune.
    pub city: Option<String>,
    /// Province.
    pub province: Option<String>,
    /// Country, two letters (ISO 3166-1).
    pub country: Option<String>,
}

/// What long-term levels add: everything needed to validate without a network.
#[derive(Debug, Clone, Default)]
pub struct Material {
    /// Certificates of all paths.
    pub certificates: Vec<Certificate>,
    /// OCSP responses, DER.
    pub ocsps: Vec<Vec<u8>>,
    /// CRLs, DER.
    pub crls: Vec<Vec<u8>>,
}

/// Which signatures of a document are augmented.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Selection {
    /// All of them.
    #[default]
    All,
    /// Those with these ids, as [`crate::facts::Signature::id`] has them.
    Ids(Vec<String>),
}

impl Selection {
    /// Whether the signature with this id is one of them.
    pub fn takes(&self, id: &str) -> bool {
        match self {
            Self::All => true,
            Self::Ids(ids) => ids.iter().any(|i| i == id),
        }
    }
}

/// Services of others that levels above B need. The binary asks the network; tests ask an authority in memory.
pub trait Services {
    /// A time-stamp token (DER `TimeStampToken`) over a digest.
    ///
    /// # Errors
    /// Says which authority was asked and what it said.
    fn timestamp(&self, algorithm: DigestAlgorithm, digest: &[u8]) -> Result<Vec<u8>, ServiceError>;

    /// What is needed to validate paths of these certificates later: issuers, OCSP responses or CRLs.
    ///
    /// # Errors
    /// Says for which certificate nothing was found, and where it was asked for.
    fn material(&self, certificates: &[Certificate]) -> Result<Material, ServiceError>;
}

/// A service did not give what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{service}: {reason}")]
pub struct ServiceError {
    /// Which one: its address, or what it was asked for.
    pub service: String,
    /// What went wrong and what to do.
    pub reason: String,
}

/// Why a signature could not be made or augmented.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MakeError {
    /// The document cannot be signed or augmented: where and why.
    #[error("{place}: {reason}")]
    Document {
        /// The place.
        place: String,
        /// What is wrong there, and what to do.
        reason: String,
    },
    /// The signature value does not verify with the signer's certificate.
    #[error("the signature value does not belong to the certificate of {signer}: {reason}")]
    Value {
        /// Subject of the certificate.
        signer: String,
        /// What is wrong.
        reason: String,
    },
    /// A service failed.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// The wanted level cannot follow the present one.
    #[error("level {wanted:?} cannot be added to a signature of level {found:?}")]
    Level {
        /// What was asked for.
        wanted: Level,
        /// What is there.
        found: Level,
    },
}
