//! A trusted list as a value.

use super::Identity;
use crate::agreement::Agreement;
use crate::criteria::Criteria;
use mekong_base::Instant;
use mekong_xml::Place;
use std::fmt;

/// The version of the format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Version {
    /// TS 119 612 v2.1.1 and v2.2.1.
    V5,
    /// TS 119 612 v2.3.1 and v2.4.1.
    V6,
    /// Another one: old lists that closed (3, 4), or lists of the future.
    Other(u32),
}

impl Version {
    /// The number in the list.
    pub const fn number(self) -> u32 {
        match self {
            Self::V5 => 5,
            Self::V6 => 6,
            Self::Other(number) => number,
        }
    }
}

impl From<u32> for Version {
    fn from(number: u32) -> Self {
        match number {
            5 => Self::V5,
            6 => Self::V6,
            other => Self::Other(other),
        }
    }
}

/// A text or URI in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Localized {
    /// BCP 47 tag in lower case; empty if the list gives none.
    pub lang: String,
    /// The text.
    pub text: String,
}

impl Localized {
    /// A text in a language.
    pub fn new(lang: impl Into<String>, text: impl Into<String>) -> Self {
        Self { lang: lang.into(), text: text.into() }
    }

    /// Of several, the one in the first of `languages` that is there, else the first.
    pub fn choose<'a>(texts: &'a [Self], languages: &[&str]) -> Option<&'a str> {
        let of = |lang: &&str| texts.iter().find(|t| t.lang == **lang);
        languages.iter().find_map(of).or(texts.first()).map(|t| t.text.as_str())
    }
}

/// A list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedList {
    /// `Id` of the root element.
    pub id: Option<String>,
    /// What the operator says of the scheme.
    pub scheme: Scheme,
    /// Those who provide services.
    pub providers: Vec<Provider>,
    /// What was not as it should be and was read nevertheless.
    pub deviations: Vec<Deviation>,
}

/// Something that is not as TS 119 612 says but decides nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deviation {
    /// The element.
    pub path: String,
    /// What is wrong.
    pub what: String,
    /// Where.
    pub place: Place,
}

impl fmt::Display for Deviation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.path, self.what, self.place)
    }
}

/// Scheme information (TS 119 612 §5.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scheme {
    /// Version of the format.
    pub version: Version,
    /// Counts up with every issue, from 1.
    pub sequence_number: u64,
    /// `TSLType`, a URI.
    pub kind: String,
    /// The operator's name.
    pub operator_names: Vec<Localized>,
    /// The operator's addresses.
    pub operator_address: Address,
    /// The scheme's name.
    pub names: Vec<Localized>,
    /// Where to read about the scheme.
    pub information_uris: Vec<Localized>,
    /// How statuses are determined, a URI.
    pub status_determination: String,
    /// Types, communities and rules, URIs.
    pub rules: Vec<Localized>,
    /// The territory, two letters as a rule.
    pub territory: Option<String>,
    /// Policy or legal notice.
    pub notice: Option<Notice>,
    /// For how many days history is kept; 65535 is without end.
    pub historical_period_days: u32,
    /// Pointers to other lists.
    pub pointers: Vec<Pointer>,
    /// When the list was issued.
    pub issued: Instant,
    /// When the next one is due; `None` is a closed list, the last of its scheme.
    pub next_update: Option<Instant>,
    /// Where the list is published.
    pub distribution_points: Vec<String>,
    /// Scheme extensions.
    pub extensions: Vec<Extension>,
}

/// `PolicyOrLegalNotice`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// URIs of the policy.
    Policy(Vec<Localized>),
    /// The notice itself.
    Legal(Vec<Localized>),
}

/// Postal and electronic addresses.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Address {
    /// By post.
    pub postal: Vec<PostalAddress>,
    /// `mailto:` and web addresses.
    pub electronic: Vec<Localized>,
}

/// A postal address.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PostalAddress {
    /// Its language.
    pub lang: String,
    /// Street and number.
    pub street: String,
    /// City.
    pub locality: String,
    /// Province.
    pub state: Option<String>,
    /// Postal code.
    pub postal_code: Option<String>,
    /// Country, two letters as a rule.
    pub country: String,
}

/// A pointer to another list (TS 119 612 §5.3.13).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pointer {
    /// Who may sign the other list.
    pub identities: Vec<Identity>,
    /// Where it is.
    pub location: String,
    /// Its type, a URI.
    pub kind: Option<String>,
    /// Its operator.
    pub operator_names: Vec<Localized>,
    /// Its rules.
    pub rules: Vec<Localized>,
    /// Its territory.
    pub territory: Option<String>,
    /// Its MIME type.
    pub mime_type: Option<String>,
    /// The agreement under which its services count here.
    pub agreement: Option<Agreement>,
    /// Information as text.
    pub texts: Vec<Localized>,
    /// Other information, as canonical XML of the content.
    pub others: Vec<String>,
}

impl Pointer {
    /// The certificates of those who may sign the other list.
    pub fn signers(&self) -> Vec<mekong_pki::Certificate> {
        self.identities.iter().flat_map(Identity::decoded).cloned().collect()
    }
}

/// A trust service provider (TS 119 612 §5.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provider {
    /// Its name.
    pub names: Vec<Localized>,
    /// Trade names; the first may be an official identifier (`VATVN-...`, `NTRLA-...`).
    pub trade_names: Vec<Localized>,
    /// Its addresses.
    pub address: Address,
    /// Where to read about it.
    pub information_uris: Vec<Localized>,
    /// Extensions.
    pub extensions: Vec<Extension>,
    /// Its services.
    pub services: Vec<Service>,
}

/// A service with its history (TS 119 612 §5.5, §5.6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// As it is now first, then as it was, newest first.
    pub statuses: Vec<ServiceStatus>,
    /// Where the scheme defines the service.
    pub scheme_definition_uris: Vec<Localized>,
    /// Where the provider defines it.
    pub provider_definition_uris: Vec<Localized>,
    /// Where it is reached.
    pub supply_points: Vec<SupplyPoint>,
}

/// Where a service is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SupplyPoint {
    /// The address.
    pub uri: String,
    /// What is there, a service type.
    pub kind: Option<String>,
}

/// A service in one period: now, or in its history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceStatus {
    /// Service type, a URI.
    pub service_type: String,
    /// Its name.
    pub names: Vec<Localized>,
    /// Whose key it is.
    pub identity: Identity,
    /// Its status, a URI.
    pub status: String,
    /// Since when.
    pub since: Instant,
    /// `additionalServiceInformation`.
    pub additional: Vec<AdditionalInformation>,
    /// `Qualifications`.
    pub qualifications: Vec<Qualification>,
    /// Who took the service over.
    pub taken_over: Option<TakenOver>,
    /// Since when revocation information is kept for expired certificates.
    pub expired_certificates_since: Option<Instant>,
    /// Other extensions.
    pub extensions: Vec<Extension>,
}

/// An `AdditionalServiceInformation`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdditionalInformation {
    /// Whether it must be understood.
    pub critical: bool,
    /// What it says.
    pub uri: Localized,
    /// A value.
    pub value: Option<String>,
}

/// A `QualificationElement`: qualifiers for the certificates that meet the criteria.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Qualification {
    /// Whether it must be understood.
    pub critical: bool,
    /// URIs.
    pub qualifiers: Vec<String>,
    /// For which certificates.
    pub criteria: Criteria,
}

/// `TakenOverBy`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenOver {
    /// Whether it must be understood.
    pub critical: bool,
    /// Where to read about it.
    pub uri: Localized,
    /// By which provider.
    pub provider_names: Vec<Localized>,
    /// Under which operator.
    pub operator_names: Vec<Localized>,
    /// In which territory.
    pub territory: String,
}

/// An extension that means nothing to us, kept as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    /// Whether it must be understood.
    pub critical: bool,
    /// The name of its first element, `{namespace}name`; empty if it has none.
    pub name: String,
    /// The content, canonical XML with the namespaces it needs.
    pub xml: String,
}

impl TrustedList {
    /// All services with their providers, in the order of the list.
    pub fn services(&self) -> impl Iterator<Item = (&Provider, &Service)> {
        self.providers.iter().flat_map(|provider| provider.services.iter().map(move |service| (provider, service)))
    }

    /// What the national names in this list mean: the agreement in its pointer to itself. `None`: they are those of ETSI.
    pub fn own_names(&self) -> Option<&Agreement> {
        let scheme = &self.scheme;
        let itself =
            |pointer: &&Pointer| pointer.kind.as_ref() == Some(&scheme.kind) && pointer.territory == scheme.territory;
        scheme.pointers.iter().filter(itself).find_map(|pointer| pointer.agreement.as_ref())
    }

    /// Whether this is the last list of its scheme.
    pub const fn is_closed(&self) -> bool {
        self.scheme.next_update.is_none()
    }
}

impl Service {
    /// The status in force at `at`; `None` before the first one.
    pub fn at(&self, at: Instant) -> Option<&ServiceStatus> {
        self.statuses.iter().find(|status| status.since <= at)
    }

    /// All periods, newest first: the status and when it ended, `None` for the present one.
    pub fn periods(&self) -> impl Iterator<Item = (&ServiceStatus, Option<Instant>)> {
        let ends = std::iter::once(None).chain(self.statuses.iter().map(|status| Some(status.since)));
        self.statuses.iter().zip(ends)
    }

    /// The identity as it is now.
    pub fn identity(&self) -> Option<&Identity> {
        self.statuses.first().map(|status| &status.identity)
    }
}

impl ServiceStatus {
    /// Whether `additionalServiceInformation` says this.
    pub fn has_additional(&self, uri: &str) -> bool {
        self.additional.iter().any(|information| information.uri.text == uri)
    }
}
