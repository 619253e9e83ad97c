//! Whether criteria hold for a certificate.

use super::{Criteria, Criterion, QcInfo, QcStatement};
use crate::criteria::Assert;
use const_oid::ObjectIdentifier;
use mekong_pki::tlv::{self, TlvError, Walker};
use mekong_pki::{Certificate, name};
use x509_cert::ext::pkix::{CertificatePolicies, KeyUsage};

/// Most QC statements, types and countries that are read of one certificate.
const STATEMENTS_MAX: usize = 64;
const QC_STATEMENTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.1.3");
/// `id-etsi-qcs-QcCompliance` (ETSI EN 319 412-5 §4.2.1).
pub(crate) const QC_COMPLIANCE: &str = "0.4.0.1862.1.1";
/// `id-etsi-qcs-QcSSCD` (§4.2.2).
pub(crate) const QC_SSCD: &str = "0.4.0.1862.1.4";
/// `id-etsi-qcs-QcType` (§4.2.3).
pub(crate) const QC_TYPE: &str = "0.4.0.1862.1.6";
/// `id-etsi-qcs-QcCClegislation` (§4.2.4).
pub(crate) const QC_LEGISLATION: &str = "0.4.0.1862.1.7";

/// Whether something holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// It holds.
    Yes,
    /// It does not.
    No,
    /// It depends on a criterion that we do not know.
    Unknown,
}

impl From<bool> for Held {
    fn from(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}

impl std::ops::Not for Held {
    type Output = Self;
    fn not(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            Self::Unknown => Self::Unknown,
        }
    }
}

/// What a certificate says, as far as criteria ask. Object identifiers are in dotted form.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CertificateContent {
    /// Its key usage; without the extension no bit is set.
    pub key_usage: Option<KeyUsage>,
    /// Its extended key usages.
    pub extended_key_usages: Vec<String>,
    /// Its policies.
    pub policies: Vec<String>,
    /// The attribute types of its subject.
    pub subject_attributes: Vec<String>,
    /// The identifiers of its QC statements.
    pub statements: Vec<String>,
    /// The types in its QC statements.
    pub qc_types: Vec<String>,
    /// The countries in its QC statements.
    pub legislations: Vec<String>,
}

impl CertificateContent {
    /// Reads it from a certificate; extensions that do not decode count as absent.
    pub fn of(certificate: &Certificate) -> Self {
        let policies = certificate.extension::<CertificatePolicies>().ok().flatten();
        let policies = policies.map(|(_, p)| p.0).unwrap_or_default();
        let subject = certificate.subject_name().0.iter().flat_map(|rdn| rdn.0.iter());
        let filled = subject.filter(|a| name::attribute_text(&a.value).is_none_or(|text| !text.is_empty()));
        let mut content = Self {
            key_usage: certificate.key_usage(),
            extended_key_usages: certificate.extended_key_usages().iter().map(ToString::to_string).collect(),
            policies: policies.iter().map(|p| p.policy_identifier.to_string()).collect(),
            subject_attributes: filled.map(|a| a.oid.to_string()).collect(),
            ..Self::default()
        };
        let extensions = certificate.x509().tbs_certificate.extensions.as_deref().unwrap_or_default();
        if let Some(extension) = extensions.iter().find(|e| e.extn_id == QC_STATEMENTS) {
            // A malformed rest is no reason to forget what stands before it.
            let _ = content.read_statements(extension.extn_value.as_bytes());
        }
        content
    }

    /// Whether it says that it is qualified.
    pub fn is_qualified(&self) -> bool {
        self.has_statement(QC_COMPLIANCE)
    }

    /// Whether it says that the key is in a qualified device.
    pub fn is_in_device(&self) -> bool {
        self.has_statement(QC_SSCD)
    }

    /// Sets or takes away a QC statement without content.
    pub(crate) fn set_statement(&mut self, id: &str, present: bool) {
        self.statements.retain(|s| s != id);
        if present {
            self.statements.push(id.to_owned());
        }
    }

    fn has_statement(&self, id: &str) -> bool {
        self.statements.iter().any(|s| s == id)
    }

    fn read_statements(&mut self, der: &[u8]) -> Result<(), TlvError> {
        let mut all = Walker::open(der, tlv::SEQUENCE, "QCStatements")?;
        while !all.is_empty() && self.statements.len() < STATEMENTS_MAX {
            let mut statement = all.enter(tlv::SEQUENCE, "QCStatement")?;
            let Some(id) = oid(&mut statement)? else { continue };
            if id == QC_TYPE && !statement.is_empty() {
                let mut types = statement.enter(tlv::SEQUENCE, "QcType")?;
                while !types.is_empty() && self.qc_types.len() < STATEMENTS_MAX {
                    self.qc_types.extend(oid(&mut types)?);
                }
            }
            if id == QC_LEGISLATION && !statement.is_empty() {
                let mut countries = statement.enter(tlv::SEQUENCE, "QcCClegislation")?;
                while !countries.is_empty() && self.legislations.len() < STATEMENTS_MAX {
                    let country = countries.next("country")?;
                    self.legislations.push(String::from_utf8_lossy(country.value).into_owned());
                }
            }
            self.statements.push(id);
        }
        Ok(())
    }

    fn satisfies(&self, wanted: &QcStatement) -> bool {
        self.has_statement(&wanted.id)
            && match &wanted.info {
                None => true,
                Some(QcInfo::Type(kind)) => self.qc_types.contains(kind),
                Some(QcInfo::Legislation(country)) => self.legislations.contains(country),
            }
    }
}

fn oid(walker: &mut Walker<'_>) -> Result<Option<String>, TlvError> {
    let value = walker.take(tlv::OID, "object identifier")?.value;
    Ok(ObjectIdentifier::from_bytes(value).ok().map(|oid| oid.to_string()))
}

impl Criteria {
    /// Whether these criteria hold for a certificate of this content (TS 119 612 §5.5.9.2.2).
    pub fn hold(&self, content: &CertificateContent) -> Held {
        let bits = |set: &Vec<(super::KeyUsageBit, bool)>| {
            Held::from(set.iter().all(|(bit, value)| {
                content.key_usage.is_some_and(|usage| usage.0.contains(bit.flag())) == *value
            }))
        };
        let within = |wanted: &Vec<String>, there: &[String]| wanted.iter().all(|oid| there.contains(oid)).into();
        let usages = self.key_usages.iter().map(bits);
        let policies = self.policy_sets.iter().map(|set| within(set, &content.policies));
        let others = self.others.iter().map(|criterion| match criterion {
            Criterion::ExtendedKeyUsages(oids) => within(oids, &content.extended_key_usages),
            Criterion::SubjectAttributes(oids) => within(oids, &content.subject_attributes),
            Criterion::QcStatements(statements) => statements.iter().all(|s| content.satisfies(s)).into(),
            Criterion::Unknown { .. } => Held::Unknown,
        });
        let lists = self.lists.iter().map(|list| list.hold(content));
        combine(self.assert, usages.chain(policies).chain(others).chain(lists))
    }
}

/// Three-valued: what is not known only counts if the rest leaves it open.
fn combine(assert: Assert, mut each: impl Iterator<Item = Held>) -> Held {
    let decisive = match assert {
        Assert::All => Held::No,
        Assert::AtLeastOne | Assert::None => Held::Yes,
    };
    let mut open = false;
    let decided = each.any(|held| {
        open |= held == Held::Unknown;
        held == decisive
    });
    let some = match (decided, open) {
        (true, _) => decisive,
        (false, true) => Held::Unknown,
        (false, false) => !decisive,
    };
    if assert == Assert::None { !some } else { some }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content() -> CertificateContent {
        CertificateContent {
            policies: vec!["1.2.3".into(), "1.2.4".into()],
            statements: vec![QC_COMPLIANCE.into(), QC_TYPE.into()],
            qc_types: vec!["0.4.0.1862.1.6.1".into()],
            ..CertificateContent::default()
        }
    }

    fn policy(oids: &[&str]) -> Vec<String> {
        oids.iter().map(|oid| (*oid).to_owned()).collect()
    }

    fn check(assert: Assert, policy_sets: &[&[&str]], unknown: bool, expected: Held) {
        let xml = String::new();
        let unknown = unknown.then_some(Criterion::Unknown { name: "x".into(), xml });
        let criteria = Criteria {
            assert,
            policy_sets: policy_sets.iter().map(|set| policy(set)).collect(),
            others: unknown.into_iter().collect(),
            ..Criteria::default()
        };
        assert_eq!(criteria.hold(&content()), expected, "{assert:?} {policy_sets:?}");
    }

    #[test]
    fn asserts_combine_as_the_standard_says() {
        check(Assert::All, &[&["1.2.3"], &["1.2.4"]], false, Held::Yes);
        check(Assert::All, &[&["1.2.3", "1.2.4"]], false, Held::Yes);
        check(Assert::All, &[&["1.2.3"], &["1.2.5"]], false, Held::No);
        check(Assert::AtLeastOne, &[&["1.2.5"], &["1.2.3"]], false, Held::Yes);
        check(Assert::AtLeastOne, &[&["1.2.3", "1.2.5"]], false, Held::No);
        check(Assert::None, &[&["1.2.5"]], false, Held::Yes);
        check(Assert::None, &[&["1.2.5"], &["1.2.3"]], false, Held::No);
    }

    #[test]
    fn an_unknown_criterion_leaves_open_what_depends_on_it() {
        check(Assert::All, &[&["1.2.3"]], true, Held::Unknown);
        check(Assert::All, &[&["1.2.5"]], true, Held::No);
        check(Assert::AtLeastOne, &[&["1.2.3"]], true, Held::Yes);
        check(Assert::AtLeastOne, &[&["1.2.5"]], true, Held::Unknown);
        check(Assert::None, &[&["1.2.5"]], true, Held::Unknown);
        check(Assert::None, &[&["1.2.3"]], true, Held::No);
    }
}
