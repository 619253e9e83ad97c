//! A certificate of another country in our words: what its QC statements count as.

use super::service::Listed;
use super::{Applied, translate};
use crate::agreement::{Content, Equivalence, Period};
use crate::criteria::{Assert, CertificateContent, Criteria, Criterion, Held, QcInfo, QcStatement};
use crate::uri::{additional, agreement as context};
use const_oid::ObjectIdentifier;
use mekong_base::Instant;
use mekong_pki::statements::{self, Statements};

/// What a certificate says, as it counts here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Translated {
    /// What it counts as saying.
    pub content: CertificateContent,
    /// The equivalence under which it was translated; `None` if it was not.
    pub legal_identifier: Option<String>,
    /// Contexts of the agreement whose condition the certificate does not meet.
    pub unmet: Vec<String>,
    /// Equivalences that would give different results, so that none was applied.
    pub conflict: bool,
}

impl Translated {
    /// A certificate as it is.
    pub fn unchanged(content: CertificateContent) -> Self {
        Self { content, legal_identifier: None, unmet: Vec::new(), conflict: false }
    }

    /// Translates the content of a certificate issued at `issuance` under the equivalences of the services that stand
    /// behind it: those enacted at that time.
    pub fn of(content: CertificateContent, issuance: Instant, services: &[Applied], lists: &[Listed<'_>]) -> Self {
        let mut results: Vec<Self> = Vec::new();
        for service in services {
            let agreement = lists.get(service.list).and_then(|listed| listed.agreement);
            let (Some(agreement), Some(mapping)) = (agreement, &service.mapping) else { continue };
            let equivalence = translate::only_equivalence(agreement, &mapping.original, issuance);
            results.extend(equivalence.and_then(|e| translate_under(&content, e, issuance)));
        }
        let mut results = results.into_iter();
        let Some(first) = results.next() else { return Self::unchanged(content) };
        if first.conflict || results.any(|other| other.conflict || other.content != first.content) {
            return Self { conflict: true, ..Self::unchanged(content) };
        }
        first
    }
}

/// Under one equivalence: by each enacted period that the issuance falls into, which must agree.
fn translate_under(content: &CertificateContent, equivalence: &Equivalence, issuance: Instant) -> Option<Translated> {
    let within = |(period, until): &(&Period, Option<Instant>)| {
        period.is_enacted() && period.since <= issuance && until.is_none_or(|until| issuance < until)
    };
    let mut periods = equivalence.ending().filter(within).filter(|(period, _)| kind_fits(period, content));
    let (period, _) = periods.next()?;
    if period.contents.is_empty() {
        return None;
    }
    let mut translated = Translated::unchanged(content.clone());
    translated.legal_identifier = Some(equivalence.legal_identifier.clone());
    let mut statements = content.statements.clone().unwrap_or_default();
    for part in &period.contents {
        if !replace(&mut statements, part, content) {
            translated.unmet.push(part.context.clone());
        }
    }
    translated.content.statements = Some(statements);
    Some(translated)
}

/// Whether the type of the certificate is that of our service: none of one that says nothing, signatures by default.
fn kind_fits(period: &Period, content: &CertificateContent) -> bool {
    let statements = content.statements.clone().unwrap_or_default();
    period.types.pointing.iter().any(|kind| {
        let Some(additional) = kind.additional.as_ref().map(|a| a.uri.text.as_str()) else { return true };
        match (statements.types.as_slice(), statements.compliance) {
            ([], false) => true,
            ([], true) => additional == additional::FOR_SIGNATURES,
            (types, _) => types.iter().any(|oid| usage(*oid) == Some(additional)),
        }
    })
}

fn usage(oid: ObjectIdentifier) -> Option<&'static str> {
    match oid {
        statements::FOR_SIGNATURES => Some(additional::FOR_SIGNATURES),
        statements::FOR_SEALS => Some(additional::FOR_SEALS),
        statements::FOR_WEB => Some(additional::FOR_WEB),
        _ => None,
    }
}

/// Replaces what the context is about if the certificate meets the condition; false if it does not. Contexts that are not
/// known change nothing.
fn replace(statements: &mut Statements, part: &Content, content: &CertificateContent) -> bool {
    let ours = || Replacement::of(&part.criteria.pointing);
    let holds = part.criteria.pointed.hold(content) == Held::Yes;
    match part.context.as_str() {
        context::QC_COMPLIANCE if holds => ours().compliance(statements),
        context::QC_TYPE if holds => ours().types(statements),
        context::QC_QSCD if holds => ours().device(statements),
        context::QC_COMPLIANCE | context::QC_TYPE | context::QC_QSCD => return false,
        _ => {}
    }
    true
}

/// What criteria of ours say that a certificate should state, and what not.
#[derive(Default)]
struct Replacement<'a> {
    set: Stated<'a>,
    removed: Stated<'a>,
}

#[derive(Default)]
struct Stated<'a> {
    ids: Vec<&'a str>,
    types: Vec<&'a str>,
    legislation: Vec<&'a str>,
}

impl<'a> Stated<'a> {
    fn add(&mut self, statement: &'a QcStatement) {
        self.ids.push(&statement.id);
        match &statement.info {
            Some(QcInfo::Type(kind)) => self.types.push(kind),
            Some(QcInfo::Legislation(country)) => self.legislation.push(country),
            None => {}
        }
    }

    fn append(&mut self, other: Self) {
        self.ids.extend(other.ids);
        self.types.extend(other.types);
        self.legislation.extend(other.legislation);
    }

    fn has(&self, oid: ObjectIdentifier) -> bool {
        self.ids.iter().any(|id| parsed(id) == Some(oid))
    }
}

fn parsed(text: &str) -> Option<ObjectIdentifier> {
    ObjectIdentifier::new(text).ok()
}

impl<'a> Replacement<'a> {
    /// Of alternatives the first one is taken; what must not be is removed. The depth is bounded by the reader.
    fn of(criteria: &'a Criteria) -> Self {
        let empty = criteria.key_usages.len() + criteria.policy_sets.len();
        let others = criteria.others.iter().map(Self::of_criterion);
        let children = (0..empty).map(|_| Self::default()).chain(others).chain(criteria.lists.iter().map(Self::of));
        let most = if criteria.assert == Assert::AtLeastOne { 1 } else { usize::MAX };
        let mut all = Self::default();
        for child in children.take(most) {
            let (set, removed) = match criteria.assert {
                Assert::None => (child.removed, child.set),
                _ => (child.set, child.removed),
            };
            all.set.append(set);
            all.removed.append(removed);
        }
        all
    }

    fn of_criterion(criterion: &'a Criterion) -> Self {
        let mut one = Self::default();
        if let Criterion::QcStatements(statements) = criterion {
            statements.iter().for_each(|statement| one.set.add(statement));
        }
        one
    }

    fn compliance(&self, statements: &mut Statements) {
        statements.compliance = self.set.has(statements::COMPLIANCE) && !self.removed.has(statements::COMPLIANCE);
        if !self.set.legislation.is_empty() {
            statements.legislation = self.set.legislation.iter().map(|c| (*c).to_owned()).collect();
        }
        if self.removed.has(statements::LEGISLATION) {
            let named = &self.removed.legislation;
            statements.legislation.retain(|country| !named.is_empty() && !named.contains(&country.as_str()));
        }
    }

    fn types(&self, statements: &mut Statements) {
        if !self.set.types.is_empty() {
            statements.types = self.set.types.iter().filter_map(|kind| parsed(kind)).collect();
        }
        if self.removed.has(statements::TYPE) {
            let named: Vec<_> = self.removed.types.iter().filter_map(|kind| parsed(kind)).collect();
            statements.types.retain(|kind| !self.removed.types.is_empty() && !named.contains(kind));
        }
    }

    fn device(&self, statements: &mut Statements) {
        statements.device = self.set.has(statements::DEVICE) && !self.removed.has(statements::DEVICE);
    }
}
