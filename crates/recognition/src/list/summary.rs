//! A list as a reader sees it: every text in one language, every certificate by name and fingerprint, every status with
//! its period. What a page or a command shows.

use super::{Freshness, Localized, Pointer, Provider, Service, TrustedList};
use crate::agreement::Agreement;
use mekong_base::Instant;
use mekong_pki::Certificate;

/// A list for readers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// The scheme's name.
    pub name: String,
    /// Its operator.
    pub operator: String,
    /// Its territory.
    pub territory: String,
    /// Version of the format.
    pub version: u32,
    /// Sequence number.
    pub sequence_number: u64,
    /// When it was issued.
    pub issued: Instant,
    /// Whether it may be used at the time asked for.
    pub freshness: Freshness,
    /// Providers with their services.
    pub providers: Vec<ProviderSummary>,
    /// Other countries' lists.
    pub pointers: Vec<PointerSummary>,
    /// What is not as it should be, in words.
    pub deviations: Vec<String>,
}

/// A provider for readers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderSummary {
    /// Its name.
    pub name: String,
    /// Other names and registration numbers.
    pub trade_names: Vec<String>,
    /// Where to read about it.
    pub information: String,
    /// Its services.
    pub services: Vec<ServiceSummary>,
}

/// A service for readers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceSummary {
    /// Its name.
    pub name: String,
    /// Its type, a URI.
    pub service_type: String,
    /// What it says of itself besides, URIs.
    pub additional: Vec<String>,
    /// Now first, then as it was.
    pub periods: Vec<PeriodSummary>,
    /// Its certificates.
    pub certificates: Vec<CertificateSummary>,
}

/// A status in its period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeriodSummary {
    /// A URI.
    pub status: String,
    /// Since when.
    pub since: Instant,
    /// Until when; `None` is still.
    pub until: Option<Instant>,
}

/// A certificate for readers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateSummary {
    /// Its subject, RFC 4514; the reason if it cannot be read.
    pub subject: String,
    /// SHA-256, hexadecimal.
    pub sha256: String,
    /// When it expires.
    pub not_after: Option<Instant>,
}

/// A pointer for readers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PointerSummary {
    /// Whose list.
    pub territory: String,
    /// Where.
    pub location: String,
    /// Who signs it.
    pub signers: Vec<CertificateSummary>,
    /// What is recognised: the name, whether it is in force now, and since when.
    pub equivalences: Vec<(String, bool, Instant)>,
}

/// The summary of a list at a time, in the first of `languages` in which a text is given.
pub fn summary(list: &TrustedList, languages: &[&str], at: Instant) -> Summary {
    let text = |texts: &[Localized]| chosen(texts, languages);
    Summary {
        name: text(&list.scheme.names),
        operator: text(&list.scheme.operator_names),
        territory: list.scheme.territory.clone().unwrap_or_default(),
        version: list.scheme.version.number(),
        sequence_number: list.scheme.sequence_number,
        issued: list.scheme.issued,
        freshness: list.freshness(at),
        providers: list.providers.iter().map(|one| provider(one, languages)).collect(),
        pointers: list.scheme.pointers.iter().map(|one| pointer(one, at)).collect(),
        deviations: list.deviations.iter().map(ToString::to_string).collect(),
    }
}

fn chosen(texts: &[Localized], languages: &[&str]) -> String {
    Localized::choose(texts, languages).unwrap_or_default().to_owned()
}

fn provider(provider: &Provider, languages: &[&str]) -> ProviderSummary {
    ProviderSummary {
        name: chosen(&provider.names, languages),
        trade_names: provider.trade_names.iter().map(|name| name.text.clone()).collect(),
        information: chosen(&provider.information_uris, languages),
        services: provider.services.iter().map(|one| service(one, languages)).collect(),
    }
}

fn service(service: &Service, languages: &[&str]) -> ServiceSummary {
    let now = service.statuses.first();
    let listed = service.identity().map(|identity| identity.certificates.as_slice()).unwrap_or_default();
    let certificates = listed.iter().map(|listed| match listed.certificate() {
        Ok(known) => certificate(known),
        Err(error) => {
            let sha256 = hex::encode(listed.fingerprint().as_ref());
            CertificateSummary { subject: error.to_string(), sha256, not_after: None }
        }
    });
    let periods = service.periods().map(|(status, until)| PeriodSummary {
        status: status.status.clone(),
        since: status.since,
        until,
    });
    ServiceSummary {
        name: now.map(|status| chosen(&status.names, languages)).unwrap_or_default(),
        service_type: now.map(|status| status.service_type.clone()).unwrap_or_default(),
        additional: now.map(|s| s.additional.iter().map(|a| a.uri.text.clone()).collect()).unwrap_or_default(),
        periods: periods.collect(),
        certificates: certificates.collect(),
    }
}

fn certificate(certificate: &Certificate) -> CertificateSummary {
    let fingerprint = certificate.fingerprint(mekong_crypto::DigestAlgorithm::Sha256);
    CertificateSummary {
        subject: certificate.subject(),
        sha256: hex::encode(fingerprint.as_ref()),
        not_after: Some(certificate.not_after()),
    }
}

fn pointer(pointer: &Pointer, at: Instant) -> PointerSummary {
    let equivalences = |agreement: &Agreement| {
        let states = agreement.equivalences.iter().filter_map(|equivalence| {
            let period = equivalence.at(at)?;
            Some((equivalence.legal_identifier.clone(), period.is_enacted(), period.since))
        });
        states.collect()
    };
    PointerSummary {
        territory: pointer.territory.clone().unwrap_or_default(),
        location: pointer.location.clone(),
        signers: pointer.signers().iter().map(certificate).collect(),
        equivalences: pointer.agreement.as_ref().map(equivalences).unwrap_or_default(),
    }
}
