//! Agreements of mutual recognition: which services, statuses and certificates of another country's list count as which
//! of one's own, and since when.
//!
//! The pointing party carries the agreement in the pointer to the other (pointed) party's list. Names follow the
//! Commission's schema `http://ec.europa.eu/tools/lotl/mra/schema/v2#`.

mod edit;
pub(crate) mod read;
pub(crate) mod write;

pub use edit::AgreementError;

use crate::criteria::Criteria;
use crate::list::AdditionalInformation;
use crate::uri;
use mekong_base::Instant;

/// Most equivalences of an agreement, with all entries of their histories.
pub const PERIODS_MAX: usize = 1_000;

/// A `MutualRecognitionAgreementInformation`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement {
    /// `technicalType`.
    pub technical_type: i64,
    /// `version`.
    pub version: i64,
    /// `MRADepth`.
    pub depth: i64,
    /// The law of the party that recognises, a URI.
    pub pointing_legislation: String,
    /// The law of the party that is recognised, a URI.
    pub pointed_legislation: String,
    /// What counts as what.
    pub equivalences: Vec<Equivalence>,
}

/// A `TrustServiceEquivalenceInformation`: one kind of service that counts as one of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Equivalence {
    /// Its name in the agreement: `QCForESig`.
    pub legal_identifier: String,
    /// As it is now first, then as it was, newest first.
    pub periods: Vec<Period>,
}

/// An equivalence from a time on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period {
    /// Service types.
    pub types: Pair<Vec<ServiceKind>>,
    /// Enacted, repealed, or something else, a URI.
    pub status: String,
    /// Since when.
    pub since: Instant,
    /// Statuses that mean that a service may be relied on.
    pub valid: Pair<Vec<String>>,
    /// Statuses that mean that it may not.
    pub invalid: Pair<Vec<String>>,
    /// What certificates must say on one side, and what that counts as on the other.
    pub contents: Vec<Content>,
    /// Qualifiers.
    pub qualifiers: Option<Qualifiers>,
}

/// The same on the side that recognises (pointing) and on the side that is recognised (pointed).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pair<T> {
    /// Ours.
    pub pointing: T,
    /// Theirs.
    pub pointed: T,
}

/// A service type, perhaps with `additionalServiceInformation`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceKind {
    /// The service type, a URI.
    pub service_type: String,
    /// What the service must say of itself besides.
    pub additional: Option<AdditionalInformation>,
}

/// A `CertificateContentReferenceEquivalence`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// What it is about, a URI: see [`uri::agreement`].
    pub context: String,
    /// The condition on their certificates, and what ours would say instead.
    pub criteria: Pair<Criteria>,
}

/// A `TrustServiceTSLQualificationExtensionEquivalenceList`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Qualifiers {
    /// Names of the extension.
    pub extension: Pair<String>,
    /// Qualifier URIs.
    pub equivalences: Vec<Pair<String>>,
}

impl Equivalence {
    /// All periods, newest first: each with its end, `None` for the present one.
    pub fn ending(&self) -> impl Iterator<Item = (&Period, Option<Instant>)> {
        let ends = std::iter::once(None).chain(self.periods.iter().map(|period| Some(period.since)));
        self.periods.iter().zip(ends)
    }

    /// The period in force at `at`; `None` before the first one.
    pub fn at(&self, at: Instant) -> Option<&Period> {
        self.periods.iter().find(|period| period.since <= at)
    }
}

impl Period {
    /// Whether it says that the equivalence is in force. Any other status than enacted is not.
    pub fn is_enacted(&self) -> bool {
        self.status == uri::agreement::ENACTED
    }
}
