//! Trust anchors from lists: every listed certificate, for what its service does, in the periods in which the service may be
//! relied on.
//!
//! Services with names of another country are understood through agreements: the one in the pointer to their list, and those
//! in their own list: that with themselves, which says what their names mean, and those with others, read backwards. A type or status that nobody maps to a known
//! one makes nobody trusted.

use crate::agreement::{Agreement, Equivalence, Pair};
use crate::list::{Localized, ServiceStatus};
use crate::snapshot::{Entry, Snapshot};
use crate::uri::{service, status};
use mekong_base::Instant;
use mekong_pki::anchors::{Anchor, Anchors, Service, Trusted};

/// Which services make anchors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Grade {
    /// All that may be relied on: what technical validity asks for.
    Any,
    /// Qualified ones only: CA/QC, OCSP/QC, CRL/QC, QTST, PSES/Q.
    Qualified,
}

/// The anchors of all lists of a snapshot.
///
/// A certificate that cannot be decoded is passed over. The source of an anchor names territory, provider, service and the
/// start of the list's SHA-256.
pub fn anchors(snapshot: &Snapshot, grade: Grade) -> Anchors {
    let mut all = Anchors::default();
    for entry in snapshot.entries() {
        let names = Names::of(snapshot, entry);
        for (provider, listed) in entry.verified.list.services() {
            let trusted = merge(listed.periods().flat_map(|(status, until)| names.trusted(status, until, grade)));
            let Some(identity) = listed.identity().filter(|_| !trusted.is_empty()) else { continue };
            let name = |texts: &[Localized]| Localized::choose(texts, &["en"]).unwrap_or_default().to_owned();
            let service = listed.statuses.first().map(|s| name(&s.names)).unwrap_or_default();
            let hash: String = hex::encode(entry.verified.sha256).chars().take(16).collect();
            let territory = entry.verified.list.scheme.territory.as_deref().unwrap_or_default();
            let scheme = if territory.is_empty() { hash.clone() } else { territory.to_owned() };
            let source = format!("{territory}: {}, {service} (list {hash})", name(&provider.names));
            for certificate in identity.decoded() {
                let (certificate, trusted) = (certificate.clone(), trusted.clone());
                all.add(Anchor { certificate, trusted, source: source.clone(), schemes: vec![scheme.clone()] });
            }
        }
    }
    all
}

/// Periods of the same service that follow one another become one.
fn merge(periods: impl Iterator<Item = Trusted>) -> Vec<Trusted> {
    let mut merged: Vec<Trusted> = Vec::new();
    for period in periods {
        let joins = |later: &&mut Trusted| later.service == period.service && later.from == period.until;
        match merged.iter_mut().find(joins) {
            Some(later) if period.until.is_some() => later.from = period.from,
            _ => merged.push(period),
        }
    }
    merged
}

/// What the names in a list mean.
struct Names<'a> {
    /// Theirs to ours: the agreement in the pointer to the list, and the list's own with itself.
    pointed: Vec<&'a Equivalence>,
    /// Theirs to others': the agreements in the list itself.
    pointing: Vec<&'a Equivalence>,
}

impl<'a> Names<'a> {
    fn of(snapshot: &'a Snapshot, entry: &'a Entry) -> Self {
        let own = entry.verified.list.scheme.pointers.iter().filter_map(|pointer| pointer.agreement.as_ref());
        let equivalences = |agreement: &'a Agreement| agreement.equivalences.iter();
        let theirs = snapshot.agreement_on(entry).into_iter().chain(entry.verified.list.own_names());
        Self { pointed: theirs.flat_map(equivalences).collect(), pointing: own.flat_map(equivalences).collect() }
    }

    /// For what a service is trusted in a period.
    fn trusted(&self, status: &ServiceStatus, until: Option<Instant>, grade: Grade) -> Option<Trusted> {
        let service = self.service(status, grade)?;
        (self.is_in_force(&status.status)).then_some(Trusted { service, from: Some(status.since), until })
    }

    fn service(&self, status: &ServiceStatus, grade: Grade) -> Option<Service> {
        let (theirs, kind) = (status.service_type.as_str(), |uri: &str| known(uri, grade));
        if is_standard(theirs) {
            return kind(theirs);
        }
        let pointed = self.pointed.iter().flat_map(|e| &e.periods).filter_map(|period| {
            period.types.pointed.iter().find(|k| k.service_type == theirs)?;
            period.types.pointing.iter().find_map(|k| kind(&k.service_type))
        });
        let pointing = self.pointing.iter().flat_map(|e| &e.periods).filter_map(|period| {
            period.types.pointing.iter().find(|k| k.service_type == theirs)?;
            period.types.pointed.iter().find_map(|k| kind(&k.service_type))
        });
        pointed.chain(pointing).next()
    }

    /// Valid by a known name or by an agreement, and invalid by none.
    fn is_in_force(&self, theirs: &str) -> bool {
        if theirs.starts_with(STATUSES) {
            return IN_FORCE.contains(&theirs);
        }
        let pointed = |pair: &Pair<Vec<String>>| pair.pointed.iter().any(|s| s == theirs);
        let pointing = |pair: &Pair<Vec<String>>| pair.pointing.iter().any(|s| s == theirs);
        let periods = |side: &[&'a Equivalence]| side.iter().flat_map(|e| &e.periods).collect::<Vec<_>>();
        let (of_pointers, own) = (periods(&self.pointed), periods(&self.pointing));
        let valid = of_pointers.iter().any(|p| pointed(&p.valid)) || own.iter().any(|p| pointing(&p.valid));
        let invalid = of_pointers.iter().any(|p| pointed(&p.invalid)) || own.iter().any(|p| pointing(&p.invalid));
        valid && !invalid
    }
}

const TYPES: &str = "http://uri.etsi.org/TrstSvc/Svctype/";
const STATUSES: &str = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/";

/// Statuses by which a service may be relied on, of today and before eIDAS.
const IN_FORCE: [&str; 6] = [
    status::GRANTED,
    status::NATIONAL,
    status::SET_BY_NATIONAL_LAW,
    status::SUPERVISED,
    status::SUPERVISION_IN_CESSATION,
    status::ACCREDITED,
];

fn is_standard(service_type: &str) -> bool {
    service_type.starts_with(TYPES)
}

/// What a service of a standard type does.
fn known(uri: &str, grade: Grade) -> Option<Service> {
    let (service, qualified) = match uri {
        service::CA_QC | service::NATIONAL_ROOT => (Service::Certificates, true),
        service::CA_PKC => (Service::Certificates, false),
        service::OCSP_QC => (Service::Ocsp, true),
        service::OCSP => (Service::Ocsp, false),
        service::CRL_QC => (Service::Crl, true),
        service::CRL => (Service::Crl, false),
        service::QTST => (Service::TimeStamps, true),
        service::TSA | service::TSS_QC | service::TSS_ADES => (Service::TimeStamps, false),
        service::PSES_Q => (Service::Preservation, true),
        service::PSES => (Service::Preservation, false),
        _ => return None,
    };
    (qualified || grade == Grade::Any).then_some(service)
}
