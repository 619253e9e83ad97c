//! Validation policies as data: what is demanded beyond the standard's own rules, and how much a breach weighs.
//!
//! A policy is a TOML text (`definitions/trust/policies/`); every demand is written out there, unknown keys are refused, and
//! a report names the policy with the SHA-256 of its text.

mod algorithms;

pub use algorithms::{Algorithms, Context, Reliable, Used};

use crate::facts::{Format, Level, Weight};
use mekong_base::Instant;
use mekong_crypto::DigestAlgorithm;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// Longest text of a policy, in bytes.
pub const POLICY_BYTES_MAX: usize = 256 * 1024;

/// The policies that come with the product: name and text.
const EMBEDDED: [(&str, &str); 3] = [
    ("european", include_str!("../../../../../definitions/trust/policies/european.toml")),
    ("vietnam", include_str!("../../../../../definitions/trust/policies/vietnam.toml")),
    ("laos", include_str!("../../../../../definitions/trust/policies/laos.toml")),
];

/// Why a text is no policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// No policy of that name comes with the product.
    #[error("no policy is named {name:?}; there are {known}, or give a file")]
    Unknown {
        /// The name asked for.
        name: String,
        /// Names that there are.
        known: String,
    },
    /// The text is not TOML of this form: the place and what is wrong.
    #[error("the policy cannot be read: {0}")]
    Malformed(String),
    /// Longer than [`POLICY_BYTES_MAX`].
    #[error("a policy of {found} bytes is larger than {POLICY_BYTES_MAX}")]
    TooLarge {
        /// Its size in bytes.
        found: usize,
    },
}

/// How much the breach of a demand weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// No pass.
    Fail,
    /// A warning.
    Warn,
    /// Mentioned.
    Inform,
    /// Not looked at.
    Ignore,
}

impl Severity {
    /// The weight of a finding; `None` if the demand is not looked at.
    pub const fn weight(self) -> Option<Weight> {
        match self {
            Self::Fail => Some(Weight::Error),
            Self::Warn => Some(Weight::Warning),
            Self::Inform => Some(Weight::Information),
            Self::Ignore => None,
        }
    }
}

/// Which policy was applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// Its name.
    pub name: String,
    /// Its version: a date.
    pub version: String,
    /// SHA-256 of its text.
    pub sha256: [u8; 32],
}

/// A validation policy.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Name, version and digest.
    pub applied: Applied,
    /// What it is, in a sentence.
    pub about: String,
    pub(super) rules: Rules,
}

impl Policy {
    /// A policy that comes with the product: `european`, `vietnam`, `laos`.
    ///
    /// # Errors
    /// [`PolicyError::Unknown`] lists the names.
    pub fn named(name: &str) -> Result<Self, PolicyError> {
        match Self::text(name) {
            Some(text) => Self::parse(text),
            None => {
                Err(PolicyError::Unknown { name: name.into(), known: Self::names().collect::<Vec<_>>().join(", ") })
            }
        }
    }

    /// The text of a policy that comes with the product, to start an own one from.
    pub fn text(name: &str) -> Option<&'static str> {
        EMBEDDED.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
    }

    /// Names of the policies that come with the product.
    pub fn names() -> impl Iterator<Item = &'static str> {
        EMBEDDED.iter().map(|(name, _)| *name)
    }

    /// Reads the text of a policy.
    ///
    /// # Errors
    /// [`PolicyError::TooLarge`], [`PolicyError::Malformed`] with the place.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        if text.len() > POLICY_BYTES_MAX {
            return Err(PolicyError::TooLarge { found: text.len() });
        }
        let rules: Rules = toml::from_str(text).map_err(|e| PolicyError::Malformed(e.to_string()))?;
        let digest = DigestAlgorithm::Sha256.digest(text.as_bytes());
        let sha256 = digest.as_ref().try_into().unwrap_or_default();
        Ok(Self {
            applied: Applied { name: rules.name.clone(), version: rules.version.clone(), sha256 },
            about: rules.about.clone(),
            rules,
        })
    }

    /// Which algorithms are acceptable until when.
    pub fn algorithms(&self) -> &Algorithms {
        &self.rules.algorithms
    }
}

/// The demands.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rules {
    name: String,
    version: String,
    about: String,
    /// Formats that are accepted.
    pub(super) formats: Vec<FormatName>,
    /// The lowest level of a signature, and what it weighs.
    pub(super) level: LevelRule,
    pub(super) checks: Checks,
    /// Findings of readers, by their codes, that weigh more or less here.
    #[serde(default)]
    pub(super) findings: BTreeMap<String, Severity>,
    pub(super) revocation: Revocation,
    pub(super) key_usage: KeyUsages,
    pub(super) signature_policy: SignaturePolicies,
    pub(super) timestamp: Timestamps,
    pub(super) algorithms: Algorithms,
}

/// Demands that are either met or not.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Checks {
    /// A signed reference to the signing certificate.
    pub(super) signing_certificate_reference: Severity,
    /// The reference to the signed properties of XAdES says what it is.
    pub(super) signed_properties_type: Severity,
    /// Issuer and serial number in that reference agree with the certificate.
    pub(super) issuer_serial: Severity,
    /// A claimed signing time.
    pub(super) signing_time: Severity,
    /// The claimed signing time lies within the validity of the certificate.
    pub(super) signing_time_in_validity: Severity,
    /// The whole document is signed.
    pub(super) whole_document: Severity,
    /// Pages or their content changed after signing.
    pub(super) undefined_changes: Severity,
    /// A change that the signature forbids.
    pub(super) forbidden_changes: Severity,
    /// Annotations added or changed after signing.
    pub(super) annotation_changes: Severity,
    /// Forms filled after signing.
    pub(super) form_filling: Severity,
    /// The anchor was still trusted at the best signature time.
    pub(super) anchor_sunset: Severity,
    /// Algorithms are acceptable at their time.
    pub(super) algorithms: Severity,
    /// Time-stamps agree with the order in which they were added.
    pub(super) timestamp_order: Severity,
    /// Every time-stamp passes, not only those that are needed.
    pub(super) every_timestamp: Severity,
    /// Every evidence record passes.
    pub(super) every_evidence_record: Severity,
}

/// Demands on revocation data.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Revocation {
    /// Data for the signer's certificate.
    pub(super) signer: Severity,
    /// Data for authorities above the signer.
    pub(super) authority: Severity,
    /// Data for the certificate of a time-stamping unit.
    pub(super) timestamp: Severity,
    /// Data for authorities above it.
    pub(super) timestamp_authority: Severity,
    /// The certificate that signed the data is within its validity, or proved to have been.
    pub(super) issuer_validity: Severity,
    /// The data are recent.
    pub(super) freshness: Severity,
    /// How old data without `nextUpdate` may be, in seconds.
    pub(super) age: u64,
    /// Whether data issued after the expiry of a certificate are taken as good for it, though nothing says that the issuer
    /// keeps expired certificates.
    pub(super) after_expiry: Severity,
}

impl Revocation {
    pub(super) const fn age(&self) -> Duration {
        Duration::from_secs(self.age)
    }
}

/// Key usages that a signer's certificate must have.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeyUsages {
    pub(super) severity: Severity,
    /// One of them suffices; none asked for is an empty list.
    pub(super) any_of: Vec<KeyUsageName>,
}

/// Key usages by the names of RFC 5280.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) enum KeyUsageName {
    #[serde(rename = "digitalSignature")]
    DigitalSignature,
    #[serde(rename = "nonRepudiation")]
    NonRepudiation,
}

/// Which signature policies are accepted.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SignaturePolicies {
    /// A signature policy must be named.
    pub(super) required: Severity,
    /// The policy named must be one of `known`.
    pub(super) known_only: Severity,
    /// The policy document must be at hand.
    pub(super) available: Severity,
    /// The document at hand must have the digest that was signed.
    pub(super) digest: Severity,
    pub(super) known: Vec<KnownPolicy>,
}

/// A signature policy that is understood.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KnownPolicy {
    pub(super) id: String,
    pub(super) meaning: String,
}

/// Demands on time-stamps.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Timestamps {
    /// Longest time from the claimed signing time to the best signature time, in seconds; 0 is any.
    pub(super) delay: u64,
}

/// The lowest level.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LevelRule {
    pub(super) severity: Severity,
    pub(super) lowest: LevelName,
}

/// Levels as policies write them.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) enum LevelName {
    B,
    T,
    #[serde(rename = "LT")]
    Lt,
    #[serde(rename = "LTA")]
    Lta,
}

impl LevelName {
    pub(super) const fn level(self) -> Level {
        match self {
            Self::B => Level::B,
            Self::T => Level::T,
            Self::Lt => Level::Lt,
            Self::Lta => Level::Lta,
        }
    }
}

/// Formats as policies write them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum FormatName {
    Xades,
    Cades,
    Pades,
    Jades,
    Asic,
    Timestamp,
    #[serde(rename = "evidence-record")]
    EvidenceRecord,
}

impl FormatName {
    pub(super) const fn of(format: Format) -> Self {
        match format {
            Format::Xades => Self::Xades,
            Format::Cades => Self::Cades,
            Format::Pades => Self::Pades,
            Format::Jades => Self::Jades,
            Format::Timestamp => Self::Timestamp,
            Format::EvidenceRecord => Self::EvidenceRecord,
            Format::AsicSXades
            | Format::AsicSCades
            | Format::AsicSTimestamp
            | Format::AsicEXades
            | Format::AsicECades => Self::Asic,
        }
    }
}

/// A date of a policy, `2029-01-01`, as the first instant of that day; `no end` is none.
fn date(text: &str) -> Result<Option<Instant>, String> {
    if text == "no end" {
        return Ok(None);
    }
    format!("{text}T00:00:00Z")
        .parse()
        .map(Some)
        .map_err(|_| format!("{text:?} is neither a date such as 2029-01-01 nor \"no end\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_embedded_policy_reads_and_carries_its_own_name() {
        for name in Policy::names() {
            let policy = Policy::named(name).unwrap();
            assert_eq!(policy.applied.name, name);
            assert!(policy.algorithms().complaints().is_empty(), "{:?}", policy.algorithms().complaints());
        }
        assert!(matches!(Policy::named("atlantis"), Err(PolicyError::Unknown { .. })));
    }

    #[test]
    fn a_key_that_nobody_knows_is_refused() {
        let text = EMBEDDED[0].1.replace("signing_time = ", "sining_time = ");
        assert!(matches!(Policy::parse(&text), Err(PolicyError::Malformed(e)) if e.contains("sining_time")));
    }
}
