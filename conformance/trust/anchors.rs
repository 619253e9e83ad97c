//! Trust anchors of the vectors: certificates given by hand, and the services of trusted lists with their periods.

use mekong_pki::Certificate;
use mekong_pki::anchors::{Anchor, Anchors, Service, Trusted};
use mekong_recognition::list::{self, ServiceStatus};
use mekong_recognition::uri::{service as kind, status};
use std::path::Path;

/// Certificates in PEM files, trusted for everything.
pub(crate) fn given(folder: &Path, files: &[serde_json::Value]) -> Anchors {
    let one = |file: &serde_json::Value| {
        let name = file.as_str().expect("a file name");
        Anchor::given(certificate(&folder.join(name)), name)
    };
    files.iter().map(one).collect()
}

/// One PEM certificate.
pub(crate) fn certificate(path: &Path) -> Certificate {
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    Certificate::from_pem(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The services of trusted lists, each trusted in the periods in which its status says so.
pub(crate) fn listed(folder: &Path, lists: &[&str]) -> Anchors {
    let mut anchors = Anchors::default();
    for name in lists {
        let path = folder.join(format!("{name}.xml"));
        let bytes = std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let list = list::read(&bytes).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        for service in list.providers.iter().flat_map(|provider| &provider.services) {
            let certificates: Vec<_> = service.statuses.iter().flat_map(|s| s.identity.decoded()).collect();
            for certificate in certificates {
                let trusted = periods(&service.statuses);
                let source = (*name).to_owned();
                anchors.add(Anchor { certificate: certificate.clone(), trusted, source, schemes: Vec::new() });
            }
        }
    }
    anchors
}

fn periods(statuses: &[ServiceStatus]) -> Vec<Trusted> {
    let mut until = None;
    let mut trusted = Vec::new();
    for entry in statuses {
        if is_trusted(&entry.status) {
            let services = services(&entry.service_type);
            trusted.extend(services.iter().map(|service| Trusted {
                service: *service,
                from: Some(entry.since),
                until,
            }));
        }
        until = Some(entry.since);
    }
    trusted
}

fn is_trusted(uri: &str) -> bool {
    [status::GRANTED, status::ACCREDITED, status::SUPERVISED, status::SUPERVISION_IN_CESSATION, status::NATIONAL]
        .contains(&uri)
        || uri == status::SET_BY_NATIONAL_LAW
}

fn services(uri: &str) -> &'static [Service] {
    match uri {
        kind::CA_QC | kind::CA_PKC | kind::NATIONAL_ROOT => &[Service::Certificates],
        kind::OCSP_QC | kind::OCSP => &[Service::Ocsp],
        kind::CRL_QC | kind::CRL => &[Service::Crl],
        kind::QTST | kind::TSA | kind::TSS_QC | kind::TSS_ADES => &[Service::TimeStamps],
        _ => &[],
    }
}
