//! Whether criteria hold for a certificate.

use super::{Criteria, Criterion, QcInfo, QcStatement};
use crate::criteria::Assert;
use mekong_pki::statements::{self, Statements};
use mekong_pki::{Certificate, name};
use x509_cert::ext::pkix::{CertificatePolicies, KeyUsage};

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
    /// Its QC statements; `None` without the extension.
    pub statements: Option<Statements>,
}

impl CertificateContent {
    /// Reads it from a certificate; extensions that do not decode count as absent.
    pub fn of(certificate: &Certificate) -> Self {
        let policies = certificate.extension::<CertificatePolicies>().ok().flatten();
        let policies = policies.map(|(_, p)| p.0).unwrap_or_default();
        let subject = certificate.subject_name().0.iter().flat_map(|rdn| rdn.0.iter());
        let filled = subject.filter(|a| name::attribute_text(&a.value).is_none_or(|text| !text.is_empty()));
        let extensions = certificate.x509().tbs_certificate.extensions.as_deref().unwrap_or_default();
        let statements = extensions.iter().find(|e| e.extn_id == statements::QC_STATEMENTS);
        Self {
            key_usage: certificate.key_usage(),
            extended_key_usages: certificate.extended_key_usages().iter().map(ToString::to_string).collect(),
            policies: policies.iter().map(|p| p.policy_identifier.to_string()).collect(),
            subject_attributes: filled.map(|a| a.oid.to_string()).collect(),
            statements: statements.and_then(|e| Statements::from_der(e.extn_value.as_bytes()).ok()),
        }
    }

    fn satisfies(&self, wanted: &QcStatement) -> bool {
        let Some(statements) = &self.statements else { return false };
        has_statement(statements, &wanted.id)
            && match &wanted.info {
                None => true,
                Some(QcInfo::Type(kind)) => statements.types.iter().any(|t| t.to_string() == *kind),
                Some(QcInfo::Legislation(country)) => statements.legislation.contains(country),
            }
    }
}

fn has_statement(statements: &Statements, id: &str) -> bool {
    let present = [
        (statements::COMPLIANCE, statements.compliance),
        (statements::DEVICE, statements.device),
        (statements::TYPE, !statements.types.is_empty()),
        (statements::LEGISLATION, !statements.legislation.is_empty()),
        (statements::DISCLOSURE, !statements.disclosure.is_empty()),
        (statements::RETENTION, statements.retention_years.is_some()),
    ];
    let known = present.iter().filter(|(_, there)| *there).map(|(oid, _)| oid);
    known.chain(&statements.others).any(|oid| oid.to_string() == id)
}

impl Criteria {
    /// Whether these criteria hold for a certificate of this content (TS 119 612 §5.5.9.2.2).
    pub fn hold(&self, content: &CertificateContent) -> Held {
        let bits = |set: &Vec<(super::KeyUsageBit, bool)>| {
            Held::from(
                set.iter()
                    .all(|(bit, value)| content.key_usage.is_some_and(|usage| usage.0.contains(bit.flag())) == *value),
            )
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
        CertificateContent { policies: vec!["1.2.3".into(), "1.2.4".into()], ..CertificateContent::default() }
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
