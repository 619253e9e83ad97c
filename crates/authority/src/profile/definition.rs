//! The TOML form of a certificate profile.

use const_oid::ObjectIdentifier;
use mekong_pki::issue::Purpose;
use mekong_pki::statements::{FOR_SEALS, FOR_SIGNATURES, FOR_WEB, Statements};
use regex::{Regex, RegexBuilder};
use serde::Deserialize;
use std::collections::BTreeMap;
use x509_cert::ext::pkix::KeyUsages;

/// Longest text of a profile, in bytes.
const TEXT_BYTES_MAX: usize = 64 * 1024;
/// Most attributes of a subject.
const FIELDS_MAX: usize = 64;

/// Why a profile is not used, or does not fit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProfileError {
    /// No such profile comes with the product.
    #[error("no profile {name}; there are {known}; a file of your own is given by its path")]
    Unknown {
        /// What was asked for.
        name: String,
        /// Those that there are.
        known: String,
    },
    /// The profile itself is wrong.
    #[error("profile: {0}")]
    Definition(String),
    /// The subject is not as the profile wants it.
    #[error("the subject does not fit the profile {profile}: {}", joined(faults))]
    Subject {
        /// The profile.
        profile: String,
        /// What is wrong, attribute by attribute.
        faults: Vec<SubjectFault>,
    },
    /// The key is of a kind that the profile does not take.
    #[error("the profile {profile} takes keys of {wanted}, this one is {found}")]
    Key {
        /// The profile.
        profile: String,
        /// The key's kind.
        found: String,
        /// The kinds taken.
        wanted: String,
    },
}

/// What is wrong with an attribute of a subject.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SubjectFault {
    /// It must be there.
    #[error("{attribute} is missing: {hint}")]
    Missing {
        /// The attribute.
        attribute: String,
        /// What it is.
        hint: String,
    },
    /// The profile has no such attribute.
    #[error("{attribute} is no attribute of this profile; there are {known}")]
    Unknown {
        /// What was given.
        attribute: String,
        /// Those that there are.
        known: String,
    },
    /// It does not look as it must.
    #[error("{attribute} {value:?} is not as it must be: {hint}")]
    Unfit {
        /// The attribute.
        attribute: String,
        /// Its value.
        value: String,
        /// What it must be.
        hint: String,
    },
    /// It cannot be written into a certificate.
    #[error("{0}")]
    Unwritable(String),
}

fn joined(faults: &[SubjectFault]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// A profile file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Definition {
    version: u32,
    pub(super) name: String,
    pub(super) title: BTreeMap<String, String>,
    /// The rule that it follows.
    #[allow(dead_code)]
    source: String,
    pub(super) validity_days: u32,
    pub(super) keys: Vec<String>,
    #[serde(default)]
    authority: Option<Authority>,
    key_usage: Vec<String>,
    #[serde(default)]
    extended_key_usage: Vec<String>,
    #[serde(default)]
    extended_key_usage_critical: bool,
    #[serde(default)]
    policies: Vec<String>,
    #[serde(default)]
    pub(super) subject: Vec<Field>,
    #[serde(default)]
    qualified: Option<Qualified>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Authority {
    path_length: Option<u8>,
}

/// An attribute of the subject.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Field {
    pub(super) attribute: String,
    #[serde(default)]
    pub(super) required: bool,
    #[serde(default)]
    pattern: Option<String>,
    hint: Hint,
}

/// What an attribute must be: in English, or in several languages.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Hint {
    English(String),
    Each(BTreeMap<String, String>),
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Qualified {
    #[serde(default)]
    compliance: bool,
    #[serde(default)]
    device: bool,
    #[serde(default)]
    types: Vec<String>,
    #[serde(default)]
    legislation: Vec<String>,
    #[serde(default)]
    disclosure: Vec<Disclosure>,
    #[serde(default)]
    retention_years: Option<u8>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Disclosure {
    url: String,
    language: String,
}

/// Attributes of names, by the short names of RFC 4514 and X.520.
pub(super) const ATTRIBUTES: &[(&str, &str)] = &[
    ("C", "2.5.4.6"),
    ("ST", "2.5.4.8"),
    ("L", "2.5.4.7"),
    ("STREET", "2.5.4.9"),
    ("O", "2.5.4.10"),
    ("OU", "2.5.4.11"),
    ("organizationIdentifier", "2.5.4.97"),
    ("T", "2.5.4.12"),
    ("GN", "2.5.4.42"),
    ("SN", "2.5.4.4"),
    ("serialNumber", "2.5.4.5"),
    ("businessCategory", "2.5.4.15"),
    ("CN", "2.5.4.3"),
    ("UID", "0.9.2342.19200300.100.1.1"),
];

const USAGES: &[(&str, KeyUsages)] = &[
    ("digital_signature", KeyUsages::DigitalSignature),
    ("non_repudiation", KeyUsages::NonRepudiation),
    ("key_encipherment", KeyUsages::KeyEncipherment),
    ("key_agreement", KeyUsages::KeyAgreement),
    ("key_cert_sign", KeyUsages::KeyCertSign),
    ("crl_sign", KeyUsages::CRLSign),
];

const TYPES: &[(&str, ObjectIdentifier)] = &[("signature", FOR_SIGNATURES), ("seal", FOR_SEALS), ("web", FOR_WEB)];

impl Definition {
    pub(super) fn read(text: &str) -> Result<Self, ProfileError> {
        if text.len() > TEXT_BYTES_MAX {
            let reason = format!("{} bytes are more than the {TEXT_BYTES_MAX} that are read", text.len());
            return Err(ProfileError::Definition(reason));
        }
        let definition: Self = toml::from_str(text).map_err(|e| ProfileError::Definition(e.to_string()))?;
        if definition.version != 1 {
            return Err(ProfileError::Definition(format!("version {} is not known, 1 is", definition.version)));
        }
        if definition.subject.len() > FIELDS_MAX {
            let reason =
                format!("{} attributes of the subject, at most {FIELDS_MAX} are read", definition.subject.len());
            return Err(ProfileError::Definition(reason));
        }
        definition.policies()?;
        for field in &definition.subject {
            field.oid()?;
        }
        Ok(definition)
    }

    pub(super) fn policies(&self) -> Result<Vec<ObjectIdentifier>, ProfileError> {
        self.policies.iter().map(|text| oid(text)).collect()
    }

    pub(super) fn purpose(&self) -> Result<Purpose, ProfileError> {
        Ok(Purpose {
            authority: self.authority.as_ref().map(|authority| authority.path_length),
            key_usage: self.key_usage.iter().map(|name| named(name, USAGES, "key usage")).collect::<Result<_, _>>()?,
            extended: self.extended_key_usage.iter().map(|text| oid(text)).collect::<Result<_, _>>()?,
            extended_critical: self.extended_key_usage_critical,
            no_check: false,
            statements: self.qualified.as_ref().map(Qualified::statements).transpose()?,
        })
    }
}

impl Field {
    pub(super) fn oid(&self) -> Result<ObjectIdentifier, ProfileError> {
        oid(named(&self.attribute, ATTRIBUTES, "attribute")?)
    }

    /// What it must be, in a language; English if there is no such text.
    pub(super) fn hint(&self, language: &str) -> &str {
        match &self.hint {
            Hint::English(text) => text,
            Hint::Each(texts) => texts.get(language).or_else(|| texts.get("en")).map_or("", String::as_str),
        }
    }

    #[cfg(test)]
    pub(super) fn pattern(&self) -> Option<&str> {
        self.pattern.as_deref()
    }

    pub(super) fn compiled(&self) -> Result<Option<Regex>, ProfileError> {
        let compile = |pattern: &String| {
            RegexBuilder::new(&format!("^(?:{pattern})$"))
                .size_limit(1 << 20)
                .build()
                .map_err(|e| ProfileError::Definition(format!("pattern of {}: {e}", self.attribute)))
        };
        self.pattern.as_ref().map(compile).transpose()
    }
}

impl Qualified {
    fn statements(&self) -> Result<Statements, ProfileError> {
        Ok(Statements {
            compliance: self.compliance,
            device: self.device,
            types: self.types.iter().map(|name| named(name, TYPES, "type")).collect::<Result<_, _>>()?,
            legislation: self.legislation.clone(),
            disclosure: self.disclosure.iter().map(|d| (d.url.clone(), d.language.clone())).collect(),
            retention_years: self.retention_years,
            limit: None,
            others: Vec::new(),
        })
    }
}

fn oid(text: &str) -> Result<ObjectIdentifier, ProfileError> {
    ObjectIdentifier::new(text).map_err(|e| ProfileError::Definition(format!("{text} is no object identifier: {e}")))
}

fn named<T: Copy>(name: &str, known: &[(&str, T)], what: &str) -> Result<T, ProfileError> {
    let found = known.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
    found.ok_or_else(|| {
        let all: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
        ProfileError::Definition(format!("{what} {name:?} is not known; there are {}", all.join(", ")))
    })
}
