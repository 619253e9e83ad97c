//! Certificate profiles as data: whom a certificate names, which keys it takes, what it is for, what is stated of it.
//!
//! A profile is a TOML file; those of `definitions/trust/profiles/` come with the binary. The subject's attributes stand in
//! the order in which they are encoded, each with what it must look like, so that a clerk's mistake is caught before a
//! certificate exists.

mod definition;

pub use definition::{ProfileError, SubjectFault};

use const_oid::ObjectIdentifier;
use definition::{ATTRIBUTES, Definition, Field};
use mekong_crypto::KeyType;
use mekong_pki::issue::{Profile, Purpose};
use mekong_pki::name;
use mekong_pki::request::CertificateRequest;
use regex::Regex;
use std::collections::BTreeMap;
use std::time::Duration;
use x509_cert::name::Name;

/// The profiles that come with the product: name and text.
pub const BUILT_IN: &[(&str, &str)] = &[
    ("vn-person", include_str!("../../../../definitions/trust/profiles/vn-person.toml")),
    ("vn-organisation", include_str!("../../../../definitions/trust/profiles/vn-organisation.toml")),
    ("la-person", include_str!("../../../../definitions/trust/profiles/la-person.toml")),
    ("la-organisation", include_str!("../../../../definitions/trust/profiles/la-organisation.toml")),
    ("list-signer", include_str!("../../../../definitions/trust/profiles/list-signer.toml")),
    ("issuing-authority", include_str!("../../../../definitions/trust/profiles/issuing-authority.toml")),
    ("time-stamping", include_str!("../../../../definitions/trust/profiles/time-stamping.toml")),
];

/// Public exponents of RSA keys are greater (FIPS 186-5 appendix A.1.1).
const RSA_EXPONENT_OVER: u64 = 1 << 16;

/// A profile, checked.
#[derive(Debug, Clone)]
pub struct CertificateProfile {
    definition: Definition,
    patterns: Vec<Option<Regex>>,
    purpose: Purpose,
}

impl CertificateProfile {
    /// A profile that comes with the product.
    ///
    /// # Errors
    /// [`ProfileError::Unknown`] lists those that there are.
    pub fn built_in(name: &str) -> Result<Self, ProfileError> {
        let found = BUILT_IN.iter().find(|(known, _)| *known == name);
        let (_, text) = found.ok_or_else(|| ProfileError::Unknown {
            name: name.to_owned(),
            known: BUILT_IN.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", "),
        })?;
        Self::from_toml(text)
    }

    /// From the text of a profile.
    ///
    /// # Errors
    /// [`ProfileError::Definition`] names the place.
    pub fn from_toml(text: &str) -> Result<Self, ProfileError> {
        let definition = Definition::read(text)?;
        let patterns = definition.subject.iter().map(Field::compiled).collect::<Result<_, _>>()?;
        let purpose = definition.purpose()?;
        Ok(Self { definition, patterns, purpose })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.definition.name
    }

    /// What it is for, in a language (`vi`, `lo`, `en`); English if there is no such text.
    pub fn title(&self, language: &str) -> &str {
        let title = &self.definition.title;
        title.get(language).or_else(|| title.get("en")).map_or(&self.definition.name, |text| text)
    }

    /// How long its certificates are valid.
    pub fn validity(&self) -> Duration {
        Duration::from_secs(u64::from(self.definition.validity_days) * 86_400)
    }

    /// What its certificates are for.
    pub fn profile(&self) -> Profile {
        Profile::Defined(self.purpose.clone())
    }

    /// What its certificates are for, extension by extension.
    pub const fn purpose(&self) -> &Purpose {
        &self.purpose
    }

    /// Whether its certificates are those of authorities, which only a root issues.
    pub const fn is_authority(&self) -> bool {
        self.purpose.authority.is_some()
    }

    /// Kinds of keys that it takes: `p256`, `rsa-3072` for at least that many bits.
    pub fn keys(&self) -> &[String] {
        &self.definition.keys
    }

    /// Whether an attribute may have a value, by its pattern; `false` for attributes that the profile has not.
    pub fn takes(&self, attribute: &str, value: &str) -> bool {
        let mut fields = self.definition.subject.iter().zip(&self.patterns);
        let found = fields.find(|(field, _)| field.attribute == attribute);
        found.is_some_and(|(_, pattern)| pattern.as_ref().is_none_or(|pattern| pattern.is_match(value)))
    }

    /// What a request says of the subject, as far as the profile has such attributes: for a form to begin with. Of an
    /// attribute that stands there several times the first counts.
    pub fn asked_by(&self, request: &CertificateRequest) -> BTreeMap<String, String> {
        let asked = |field: &Field| {
            let value = name::attribute(request.subject_name(), field.oid().ok()?)?;
            Some((field.attribute.clone(), value))
        };
        self.definition.subject.iter().filter_map(asked).collect()
    }

    /// Policies that its certificates name.
    pub fn policies(&self) -> Vec<ObjectIdentifier> {
        self.definition.policies().unwrap_or_default()
    }

    /// The attributes that a subject has: short name, whether it must be there, what it is in a language (`vi`, `lo`, `en`).
    pub fn fields(&self, language: &str) -> impl Iterator<Item = (&str, bool, &str)> {
        self.definition.subject.iter().map(move |f| (f.attribute.as_str(), f.required, f.hint(language)))
    }

    /// The subject made of these values, in the profile's order.
    ///
    /// # Errors
    /// [`ProfileError::Subject`] says of every attribute what is wrong with it: missing, unknown, not as it must look.
    pub fn subject(&self, values: &BTreeMap<String, String>) -> Result<Name, ProfileError> {
        let mut faults = Vec::new();
        let known = |name: &str| self.definition.subject.iter().any(|field| field.attribute == name);
        for name in values.keys().filter(|name| !known(name)) {
            let all: Vec<&str> = self.definition.subject.iter().map(|f| f.attribute.as_str()).collect();
            faults.push(SubjectFault::Unknown { attribute: name.clone(), known: all.join(", ") });
        }
        let mut parts = Vec::new();
        for (field, pattern) in self.definition.subject.iter().zip(&self.patterns) {
            let (attribute, hint) = (field.attribute.clone(), field.hint("en").to_owned());
            match values.get(&field.attribute).map(|v| v.trim()).filter(|v| !v.is_empty()) {
                None if field.required => faults.push(SubjectFault::Missing { attribute, hint }),
                None => {}
                Some(value) if pattern.as_ref().is_some_and(|p| !p.is_match(value)) => {
                    faults.push(SubjectFault::Unfit { attribute, value: value.to_owned(), hint });
                }
                Some(value) => parts.push((field.oid()?, value)),
            }
        }
        if !faults.is_empty() {
            return Err(ProfileError::Subject { profile: self.definition.name.clone(), faults });
        }
        let parts: Vec<(ObjectIdentifier, &str)> = parts;
        name::build(&parts).map_err(|e| ProfileError::Subject {
            profile: self.definition.name.clone(),
            faults: vec![SubjectFault::Unwritable(e.to_string())],
        })
    }

    /// Whether the key of a request is one that the profile takes. RSA keys with a public exponent below 2^16 (FIPS 186-5
    /// appendix A.1.1) and those that others would read differently are none.
    ///
    /// # Errors
    /// [`ProfileError::Key`] names those that it takes.
    pub fn accepts(&self, request: &CertificateRequest) -> Result<(), ProfileError> {
        let key = request.public_key();
        let kind = key.key_type();
        let refused = |found: String| {
            let wanted = self.definition.keys.join(", ");
            Err(ProfileError::Key { profile: self.definition.name.clone(), found, wanted })
        };
        if !self.definition.keys.iter().any(|key| takes(key, kind)) {
            return refused(kind.to_string());
        }
        if let Some(exponent) = key.rsa_exponent().filter(|exponent| *exponent <= RSA_EXPONENT_OVER) {
            return refused(format!("{kind} with the exponent {exponent}, 65537 is usual"));
        }
        match key.oddities() {
            [] => Ok(()),
            [oddity, ..] => refused(format!("{kind} written in a way that others read differently: {oddity}")),
        }
    }
}

/// The short name that profiles have for a name's attribute: `CN`; `None` for those that they do not use.
pub fn attribute_name(attribute: ObjectIdentifier) -> Option<&'static str> {
    let text = attribute.to_string();
    ATTRIBUTES.iter().find(|(_, number)| *number == text).map(|(name, _)| *name)
}

/// Whether a key kind as profiles write it, `p256` or `rsa-3072` for at least that many bits, takes a key.
fn takes(wanted: &str, found: KeyType) -> bool {
    match found {
        KeyType::P256 => wanted == "p256",
        KeyType::P384 => wanted == "p384",
        KeyType::P521 => wanted == "p521",
        KeyType::Ed25519 => wanted == "ed25519",
        KeyType::Rsa(bits) => {
            wanted.strip_prefix("rsa-").and_then(|least| least.parse().ok()).is_some_and(|least: u16| bits >= least)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(list: &[(&str, &str)]) -> BTreeMap<String, String> {
        list.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn every_profile_that_comes_along_is_sound() -> Result<(), ProfileError> {
        for (name, _) in BUILT_IN {
            let profile = CertificateProfile::built_in(name)?;
            assert_eq!(profile.name(), *name);
            for language in ["vi", "lo", "en"] {
                assert!(profile.definition.title.contains_key(language), "{name} has no title in {language}");
                for field in &profile.definition.subject {
                    assert!(!field.hint(language).is_empty(), "{name}: no hint of {} in {language}", field.attribute);
                    let is_code = field.pattern().is_some_and(|pattern| field.hint("en") == pattern);
                    let said = language == "en" || is_code || field.hint(language) != field.hint("en");
                    assert!(said, "{name}: the hint of {} is not in {language}", field.attribute);
                }
            }
        }
        Ok(())
    }

    #[test]
    fn every_fault_of_a_subject_is_told_at_once() -> Result<(), ProfileError> {
        let profile = CertificateProfile::built_in("vn-organisation")?;
        let good = values(&[
            ("C", "VN"),
            ("ST", "Hà Nội"),
            ("O", "Công ty Mẫu"),
            ("CN", "Công ty Mẫu"),
            ("UID", "MST:0100000000"),
        ]);
        assert!(profile.subject(&good).is_ok());
        let bad = values(&[("C", "LA"), ("UID", "0100000000"), ("X", "y"), ("CN", "Công ty Mẫu")]);
        let Err(ProfileError::Subject { faults, .. }) = profile.subject(&bad) else {
            return Err(ProfileError::Unknown { name: String::new(), known: String::new() });
        };
        assert!(faults.len() >= 4, "{faults:?}");
        assert!(faults.iter().any(|f| f.to_string().contains("MST:")), "{faults:?}");
        Ok(())
    }

    #[test]
    fn mistakes_in_a_profile_name_their_place() {
        let text = BUILT_IN.iter().map(|(_, text)| *text).next().unwrap_or_default();
        for (from, to) in
            [("validity_days", "validity_day"), ("non_repudiation", "nonrepudiation"), ("\"CN\"", "\"XX\"")]
        {
            assert!(text.contains(from), "{from}");
            assert!(matches!(
                CertificateProfile::from_toml(&text.replacen(from, to, 1)),
                Err(ProfileError::Definition(_))
            ));
        }
    }

    #[test]
    fn profiles_that_are_endless_work_are_refused() {
        let text = BUILT_IN.iter().map(|(_, text)| *text).next().unwrap_or_default();
        let field = "[[subject]]\nattribute = \"OU\"\npattern = '\\w{40}'\nhint = \"x\"\n";
        for (text, word) in [
            (format!("{text}{}", field.repeat(65)), "attributes"),
            (format!("{text}{}", "#".repeat(64 * 1024)), "bytes"),
            (text.replacen("pattern = \"", "pattern = \"(\\\\w{500}){500}|", 1), "pattern"),
        ] {
            let found = CertificateProfile::from_toml(&text).map(|_| ());
            assert!(matches!(&found, Err(ProfileError::Definition(reason)) if reason.contains(word)), "{found:?}");
        }
    }
}
