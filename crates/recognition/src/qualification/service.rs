//! The services of lists that stand behind a certificate, as they count here.

use super::translate::{self, Equivalent};
use crate::agreement::Agreement;
use crate::criteria::{CertificateContent, Held};
use crate::list::{Qualification, Service, ServiceStatus, TrustedList};
use mekong_base::Instant;
use mekong_pki::Certificate;

/// A list, and the agreement in the pointer by which it was reached.
#[derive(Debug, Clone, Copy)]
pub struct Listed<'a> {
    /// The list.
    pub list: &'a TrustedList,
    /// The agreement, if it is another country's list and there is one.
    pub agreement: Option<&'a Agreement>,
}

/// A service in one period, with everything as it counts here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// Which of the lists.
    pub list: usize,
    /// Whether that list has an agreement, so that only enacted equivalents count.
    pub under_agreement: bool,
    /// Service type.
    pub service_type: String,
    /// Status.
    pub status: String,
    /// `additionalServiceInformation`.
    pub additional: Vec<String>,
    /// Qualifiers of the elements whose criteria hold for the certificate.
    pub qualifiers: Vec<String>,
    /// Whether the criteria of a critical element could not be decided.
    pub undecided: bool,
    /// Name of the service.
    pub name: String,
    /// Since when.
    pub since: Instant,
    /// Until when, exclusive; `None` is still.
    pub until: Option<Instant>,
    /// What it was translated from.
    pub mapping: Option<Mapping>,
}

/// How a service came to count here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    /// The equivalence in the agreement.
    pub legal_identifier: String,
    /// Whether it is enacted.
    pub enacted: bool,
    /// Since when the equivalence has this status.
    pub since: Instant,
    /// Until when, exclusive; `None` is still.
    pub until: Option<Instant>,
    /// What the other country's list says.
    pub original: Original,
}

/// A service in the words of its own country.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Original {
    /// Service type.
    pub service_type: String,
    /// `additionalServiceInformation`.
    pub additional: Vec<String>,
    /// Status.
    pub status: String,
    /// Qualifiers.
    pub qualifiers: Vec<String>,
}

/// The services, in every period not over before the certificate was issued, of a certificate in `chain`; translated where
/// exactly one equivalence of the list's agreement fits, else as they are.
///
/// `chain` are the certificate's issuers up to the anchor. `content` is what the certificate says itself.
pub fn services(
    certificate: &Certificate,
    chain: &[Certificate],
    content: &CertificateContent,
    lists: &[Listed<'_>],
) -> Vec<Applied> {
    let mut all = Vec::new();
    for (place, listed) in lists.iter().enumerate() {
        for (_, service) in listed.list.services().filter(|(_, service)| stands_behind(service, chain)) {
            for (status, until) in service.periods() {
                if until.is_some_and(|until| until < certificate.not_before()) {
                    continue;
                }
                all.extend(apply(place, listed, status, until, certificate, content));
            }
        }
    }
    all
}

/// Whether a certificate of the chain has the key and the name of a certificate of the service.
fn stands_behind(service: &Service, chain: &[Certificate]) -> bool {
    let same = |listed: &Certificate, issuer: &Certificate| {
        listed.public_key().spki() == issuer.public_key().spki() && listed.subject_der() == issuer.subject_der()
    };
    let identity = service.identity();
    identity.is_some_and(|identity| identity.decoded().any(|listed| chain.iter().any(|issuer| same(listed, issuer))))
}

/// One period of a service; with an agreement, once for each value of `additionalServiceInformation` and each period of the
/// equivalence.
fn apply(
    place: usize,
    listed: &Listed<'_>,
    status: &ServiceStatus,
    until: Option<Instant>,
    certificate: &Certificate,
    content: &CertificateContent,
) -> Vec<Applied> {
    let additional: Vec<String> = status.additional.iter().map(|a| a.uri.text.clone()).collect();
    let (qualifiers, undecided) = captured(&status.qualifications, content);
    let original =
        Original { service_type: status.service_type.clone(), additional, status: status.status.clone(), qualifiers };
    let base = Applied {
        list: place,
        under_agreement: listed.agreement.is_some(),
        service_type: original.service_type.clone(),
        status: original.status.clone(),
        additional: original.additional.clone(),
        qualifiers: original.qualifiers.clone(),
        undecided,
        name: crate::list::Localized::choose(&status.names, &["en"]).unwrap_or_default().to_owned(),
        since: status.since,
        until,
        mapping: None,
    };
    let Some(agreement) = listed.agreement else { return vec![base] };
    let mut all = Vec::new();
    for original in translate::split(original) {
        let equivalents = translate::equivalents(agreement, &original, certificate.not_before());
        if equivalents.is_empty() {
            all.push(Applied { additional: original.additional.clone(), ..base.clone() });
        }
        all.extend(equivalents.into_iter().map(|equivalent| translated(&base, original.clone(), equivalent)));
    }
    all
}

fn translated(base: &Applied, original: Original, equivalent: Equivalent<'_>) -> Applied {
    let (period, until) = (equivalent.period, equivalent.until);
    Applied {
        service_type: equivalent.service_type.to_owned(),
        status: equivalent.status.to_owned(),
        additional: equivalent.additional.into_iter().collect(),
        qualifiers: equivalent.qualifiers,
        mapping: Some(Mapping {
            legal_identifier: equivalent.legal_identifier.to_owned(),
            enacted: period.is_enacted(),
            since: period.since,
            until,
            original,
        }),
        ..base.clone()
    }
}

/// The qualifiers of the elements that hold for the certificate, and whether a critical one is left open.
fn captured(qualifications: &[Qualification], content: &CertificateContent) -> (Vec<String>, bool) {
    let (mut qualifiers, mut undecided) = (Vec::new(), false);
    for qualification in qualifications {
        match qualification.criteria.hold(content) {
            Held::Yes => qualifiers.extend(qualification.qualifiers.iter().cloned()),
            Held::No => {}
            Held::Unknown => undecided |= qualification.critical,
        }
    }
    (qualifiers, undecided)
}

impl Applied {
    /// Whether its period holds `at`.
    pub fn is_at(&self, at: Instant) -> bool {
        self.since <= at && self.until.is_none_or(|until| at < until)
    }

    /// Whether it counts under an equivalence that is enacted and whose period holds `at`.
    pub fn is_enacted_at(&self, at: Instant) -> bool {
        self.mapping.as_ref().is_some_and(|m| m.enacted && m.since <= at && m.until.is_none_or(|until| at < until))
    }

    pub(super) fn has_qualifier(&self, uri: &str) -> bool {
        self.qualifiers.iter().any(|q| q == uri)
    }

    pub(super) fn has_additional(&self, uri: &str) -> bool {
        self.additional.iter().any(|a| a == uri)
    }
}
