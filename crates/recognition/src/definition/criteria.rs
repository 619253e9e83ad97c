//! Criteria in a definition.

use super::DefinitionError;
use crate::criteria::{Assert, Criteria, Criterion, KeyUsageBit, QcInfo, QcStatement};
use crate::list::CRITERIA_DEPTH_MAX;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Conditions on certificates; each array is a set that must hold as a whole.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Conditions {
    /// `all`, `atLeastOne` or `none`.
    assert: Option<String>,
    description: Option<String>,
    key_usage: Vec<BTreeMap<String, bool>>,
    policies: Vec<Vec<String>>,
    extended_key_usages: Vec<Vec<String>>,
    subject_attributes: Vec<Vec<String>>,
    statements: Vec<Vec<Statement>>,
    lists: Vec<Conditions>,
}

/// A QC statement by name or number.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Statement {
    id: String,
    #[serde(rename = "type")]
    kind: Option<String>,
    legislation: Option<String>,
}

/// Names of ETSI EN 319 412-5 that may stand for numbers.
const NAMES: [(&str, &str); 7] = [
    ("QcCompliance", "0.4.0.1862.1.1"),
    ("QcSSCD", "0.4.0.1862.1.4"),
    ("QcType", "0.4.0.1862.1.6"),
    ("QcCClegislation", "0.4.0.1862.1.7"),
    ("esign", "0.4.0.1862.1.6.1"),
    ("eseal", "0.4.0.1862.1.6.2"),
    ("web", "0.4.0.1862.1.6.3"),
];

impl Conditions {
    pub(super) fn criteria(&self, place: &str) -> Result<Criteria, DefinitionError> {
        self.nested(place, 0)
    }

    fn nested(&self, place: &str, depth: usize) -> Result<Criteria, DefinitionError> {
        if depth == CRITERIA_DEPTH_MAX {
            let (place, value) = (place.to_owned(), format!("more than {CRITERIA_DEPTH_MAX} levels"));
            return Err(DefinitionError::Value { place, value, expected: "a list of criteria" });
        }
        let assert = self.assert.as_deref().map_or(Ok(Assert::All), |name| {
            Assert::from_name(name).ok_or_else(|| wrong(place, name, "all, atLeastOne or none"))
        });
        let key_usages = self.key_usage.iter().map(|set| key_usage(place, set)).collect::<Result<_, _>>()?;
        let sets = |sets: &[Vec<String>]| sets.iter().map(|set| oids(place, set)).collect::<Result<Vec<_>, _>>();
        let statements = |set: &Vec<Statement>| set.iter().map(|s| s.statement(place)).collect::<Result<Vec<_>, _>>();
        let mut others: Vec<Criterion> = Vec::new();
        others.extend(sets(&self.extended_key_usages)?.into_iter().map(Criterion::ExtendedKeyUsages));
        others.extend(sets(&self.subject_attributes)?.into_iter().map(Criterion::SubjectAttributes));
        for set in &self.statements {
            others.push(Criterion::QcStatements(statements(set)?));
        }
        Ok(Criteria {
            assert: assert?,
            key_usages,
            policy_sets: sets(&self.policies)?,
            lists: self.lists.iter().map(|list| list.nested(place, depth + 1)).collect::<Result<_, _>>()?,
            description: self.description.clone(),
            others,
        })
    }
}

impl Statement {
    fn statement(&self, place: &str) -> Result<QcStatement, DefinitionError> {
        let kind = self.kind.as_deref().map(|kind| oid(place, kind)).transpose()?.map(QcInfo::Type);
        let legislation = self.legislation.clone().map(QcInfo::Legislation);
        if kind.is_some() && legislation.is_some() {
            return Err(wrong(place, &self.id, "a statement with a type or a legislation, not both"));
        }
        Ok(QcStatement { id: oid(place, &self.id)?, info: kind.or(legislation) })
    }
}

fn key_usage(place: &str, set: &BTreeMap<String, bool>) -> Result<Vec<(KeyUsageBit, bool)>, DefinitionError> {
    let bit = |name: &String| KeyUsageBit::from_name(name).ok_or_else(|| wrong(place, name, "a key usage"));
    set.iter().map(|(name, value)| Ok((bit(name)?, *value))).collect()
}

fn oids(place: &str, texts: &[String]) -> Result<Vec<String>, DefinitionError> {
    texts.iter().map(|text| oid(place, text)).collect()
}

fn oid(place: &str, text: &str) -> Result<String, DefinitionError> {
    let number = NAMES.iter().find(|(name, _)| *name == text).map_or(text, |(_, number)| number);
    let parsed = const_oid::ObjectIdentifier::new(number);
    parsed.map(|oid| oid.to_string()).map_err(|_| wrong(place, text, "an object identifier"))
}

fn wrong(place: &str, value: &str, expected: &'static str) -> DefinitionError {
    DefinitionError::Value { place: place.to_owned(), value: value.to_owned(), expected }
}
