//! Lists made: from definitions, edited, written, signed, and accepted by others.

use crate::country::{Country, agreement, at};
use crate::support::{bytes, vectors};
use mekong_recognition::agreement::AgreementError;
use mekong_recognition::list::edit::{EditError, ServiceId};
use mekong_recognition::list::summary::summary;
use mekong_recognition::list::{self, TrustedList, Version, problem, verify};
use mekong_recognition::uri::status::WITHDRAWN;
use std::path::{Path, PathBuf};
use std::process::Command;

const CA: ServiceId = ServiceId { provider: 0, service: 0 };

fn issued(version: Version) -> (Country, TrustedList) {
    let (vn, la) = (Country::make("VN"), Country::make("LA"));
    let mut list = la.list(&vn);
    list.scheme.version = version;
    list.issue(at("03-01"), at("08-31")).unwrap();
    (la, list)
}

#[test]
fn a_list_is_read_as_it_was_written() {
    for version in [Version::V5, Version::V6] {
        let (la, mut list) = issued(version);
        list.set_status(CA, "http://tsl.la.example/Svcstatus/suspended", at("04-01")).unwrap();
        list.issue(at("04-01"), at("09-01")).unwrap();
        let signed = la.publish(&list);
        let verified = verify(&signed, std::slice::from_ref(&la.list_signer.certificate)).unwrap();
        assert_eq!(verified.list.deviations, []);
        list.id = Some("list".to_owned());
        assert_eq!(verified.list, list);
        assert_eq!(verified.signed_at, Some(at("04-01")));
    }
}

#[test]
fn lists_of_others_are_read_as_they_were_written() {
    let folders =
        ["tl-status/EE_T.xml", "mra/mra-lotl.xml", "mra/mra-zz-tl.xml", "mra/variants/mra-zz-lotl-history.xml"];
    for path in folders {
        let Some(file) = vectors(path) else { return };
        round_trip(&file);
    }
}

#[test]
fn lists_of_a_folder_are_read_as_they_were_written() {
    let Some(folder) = std::env::var_os("MEKONG_LISTS") else {
        println!("skipped: MEKONG_LISTS names no folder of lists");
        return;
    };
    for entry in std::fs::read_dir(folder).unwrap() {
        round_trip(&entry.unwrap().path());
    }
}

fn round_trip(file: &Path) {
    let Ok(mut list) = list::read(&bytes(file)) else { return };
    let mut again = list::read(list::draft(&list).as_bytes()).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    list.deviations.clear();
    again.deviations.clear();
    list.id = again.id.clone();
    // Times are written in whole seconds where the schema of a scheme wants them so.
    list.scheme.issued = list.scheme.issued.whole_seconds();
    list.scheme.next_update = list.scheme.next_update.map(mekong_base::Instant::whole_seconds);
    assert_eq!(again, list, "{}", file.display());
}

#[test]
fn xmlsec_verifies_our_list_and_the_schemas_accept_it() {
    for version in [Version::V5, Version::V6] {
        let (la, list) = issued(version);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list.xml");
        std::fs::write(&path, la.publish(&list)).unwrap();
        xmlsec(&path);
        if version == Version::V5 {
            // Signed lists of version 5 name the serial number, and libxml2 reads integers of 24 digits at most.
            std::fs::write(&path, list::write(&list).unwrap()).unwrap();
        }
        schema(&path);
    }
}

fn has(program: &str) -> bool {
    let found = Command::new(program).arg("--version").output().is_ok();
    if !found {
        assert!(std::env::var("CI").is_err(), "{program} is not installed, in CI");
        println!("skipped: {program} is not installed");
    }
    found
}

fn xmlsec(path: &Path) {
    if !has("xmlsec1") {
        return;
    }
    let root = "http://uri.etsi.org/02231/v2#:TrustServiceStatusList";
    let properties = "http://uri.etsi.org/01903/v1.3.2#:SignedProperties";
    let output = Command::new("xmlsec1")
        .args([
            "--verify",
            "--enabled-key-data",
            "x509",
            "--insecure",
            "--id-attr:Id",
            root,
            "--id-attr:Id",
            properties,
        ])
        .arg(path)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// `MEKONG_TSL_XSD` names a schema that imports those of TS 119 612, XAdES and agreements.
fn schema(path: &Path) {
    let Some(schema) = std::env::var_os("MEKONG_TSL_XSD").map(PathBuf::from) else {
        println!("skipped: MEKONG_TSL_XSD names no schema");
        return;
    };
    let output =
        Command::new("xmllint").args(["--noout", "--nonet", "--schema"]).arg(schema).arg(path).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn every_change_of_a_service_stays_in_its_history() {
    let (_, mut list) = issued(Version::V6);
    list.set_status(CA, WITHDRAWN, at("04-01")).unwrap();
    list.set_status(CA, "http://tsl.la.example/Svcstatus/licensed", at("05-01")).unwrap();
    let service = list.service(CA).unwrap();
    let statuses: Vec<_> = service.statuses.iter().map(|s| (s.since, s.identity.certificates.len())).collect();
    assert_eq!(statuses, [(at("05-01"), 1), (at("04-01"), 0), (at("01-01"), 0)]);
    assert!(service.statuses.iter().all(|s| s.identity.key_identifiers.len() == 1));
    assert!(service.at(at("04-15")).is_some_and(|s| s.status == WITHDRAWN));
    assert!(service.at("2025-12-31T00:00:00Z".parse().unwrap()).is_none());
}

#[test]
fn the_past_cannot_be_changed() {
    let (_, mut list) = issued(Version::V6);
    let before = list.clone();
    let licensed = "http://tsl.la.example/Svcstatus/licensed";
    let refused = list.set_status(CA, WITHDRAWN, at("01-01")).unwrap_err();
    assert_eq!(refused, EditError::TooEarly { at: at("01-01"), since: at("01-01") });
    assert_eq!(list.set_status(CA, licensed, at("05-01")).unwrap_err(), EditError::SameStatus(licensed.to_owned()));
    let nowhere = ServiceId { provider: 0, service: 9 };
    assert_eq!(list.set_status(nowhere, WITHDRAWN, at("05-01")).unwrap_err(), EditError::NoService(nowhere));
    assert!(matches!(list.issue(at("03-01"), at("06-01")), Err(EditError::TooEarly { .. })));
    let again = list.service(CA).unwrap().statuses[0].clone();
    assert!(matches!(list.add_service(0, again), Err(EditError::Listed { .. })));
    assert_eq!(list, before);
}

#[test]
fn a_closed_list_ends_every_service_and_never_changes_again() {
    let (la, mut list) = issued(Version::V6);
    list.close(WITHDRAWN, at("06-01")).unwrap();
    assert!(list.is_closed());
    assert!(list.services().all(|(_, service)| service.statuses[0].status == WITHDRAWN));
    assert_eq!(list.set_status(CA, "x", at("07-01")).unwrap_err(), EditError::Closed);
    assert_eq!(list.issue(at("07-01"), at("08-01")).unwrap_err(), EditError::Closed);
    let signed = la.publish(&list);
    assert!(verify(&signed, &[la.list_signer.certificate]).unwrap().list.is_closed());
}

#[test]
fn a_list_with_faults_is_not_written() {
    let (_, mut list) = issued(Version::V6);
    list.scheme.operator_names.clear();
    list.scheme.next_update = Some(at("12-31"));
    list.providers[0].services[1].statuses[0].identity.certificates.clear();
    let problems: Vec<String> = problem::problems(&list).iter().map(ToString::to_string).collect();
    assert_eq!(problems.len(), 3, "{problems:#?}");
    assert!(list::write(&list).is_err());
}

#[test]
fn a_value_of_another_key_makes_no_list() {
    let (la, list) = issued(Version::V6);
    let xml = list::write(&list).unwrap();
    let algorithm = la.list_signer.key.default_algorithm();
    let prepared = list::sign::prepare(&xml, &la.list_signer.certificate, algorithm, at("03-01")).unwrap();
    let value = la.authority.key.sign(algorithm, &prepared.to_be_signed).unwrap();
    assert!(matches!(prepared.finish(&value), Err(list::sign::SignError::Result(_))));
    let late = "2027-03-01T00:00:00Z".parse().unwrap();
    let prepared = list::sign::prepare(&xml, &la.list_signer.certificate, algorithm, late).unwrap();
    let value = la.list_signer.key.sign(algorithm, &prepared.to_be_signed).unwrap();
    assert!(prepared.finish(&value).is_err(), "the certificate has expired by then");
}

#[test]
fn an_agreement_is_repealed_and_enacted_again_with_its_history() {
    let mut agreement = agreement("vn", "la");
    assert!(matches!(agreement.enact("QCForESig", at("06-01")), Err(AgreementError::SameStatus { .. })));
    agreement.repeal("QCForESig", at("06-01")).unwrap();
    assert!(matches!(agreement.enact("QCForESig", at("06-01")), Err(AgreementError::TooEarly { .. })));
    agreement.enact("QCForESig", at("07-01")).unwrap();
    let periods: Vec<_> = agreement.equivalences[0].periods.iter().map(|p| (p.is_enacted(), p.since)).collect();
    assert_eq!(periods, [(true, at("07-01")), (false, at("06-01")), (true, at("01-01"))]);
    assert!(matches!(agreement.repeal("QCForWeb", at("08-01")), Err(AgreementError::NoEquivalence(_))));
}

#[test]
fn a_summary_speaks_the_readers_language() {
    let (_, mut list) = issued(Version::V6);
    list.set_status(CA, WITHDRAWN, at("04-01")).unwrap();
    let shown = summary(&list, &["lo", "en"], at("05-01"));
    assert_eq!(shown.territory, "LA");
    assert_ne!(shown.name, summary(&list, &["en"], at("05-01")).name);
    let service = &shown.providers[0].services[0];
    assert_eq!(service.periods.len(), 2);
    assert_eq!((service.periods[1].since, service.periods[1].until), (at("01-01"), Some(at("04-01"))));
    assert!(service.certificates[0].subject.contains("Issuing authority"));
    let equivalence = ("QCForESig".to_owned(), true, at("01-01"));
    assert!(shown.pointers[0].equivalences.contains(&equivalence));
}
