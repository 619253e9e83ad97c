//! Time-stamps (EN 319 102-1 §5.4), their order, and how newer ones save older ones.

use crate::land::*;
use mekong_pki::anchors::{Anchor, Anchors, Service, Trusted};
use mekong_signature::facts::*;
use mekong_signature::validation::Report;

fn stamp_verdict(report: &Report, index: usize) -> String {
    report.signatures[0].timestamps[index].conclusion.to_string()
}

#[test]
fn a_time_stamp_over_other_data_fails_and_proves_nothing() {
    let land = Land::new();
    let mut signature = land.stamped();
    signature.timestamps[0].imprint = DataState::Altered;
    let report = report(&document(signature), &land.anchors(), 20);
    assert_eq!(stamp_verdict(&report, 0), "FAILED/HASH_FAILURE");
    assert_eq!(report.signatures[0].best_time_by, None);
    assert_eq!(report.signatures[0].conclusion.to_string(), "TOTAL_PASSED", "the time-stamp is not needed yet");
}

#[test]
fn a_token_that_cannot_be_read_breaks_the_format() {
    let land = Land::new();
    let mut signature = land.stamped();
    signature.timestamps[0].token = Err("no CMS".into());
    let report = report(&document(signature), &land.anchors(), 20);
    assert_eq!(stamp_verdict(&report, 0), "FAILED/FORMAT_FAILURE");
}

#[test]
fn a_time_stamper_that_is_trusted_for_certificates_alone_is_not_trusted() {
    let land = Land::new();
    let mut anchors = Anchors::default();
    let trusted = vec![Trusted { service: Service::Certificates, from: None, until: None }];
    anchors.add(Anchor {
        certificate: land.root.certificate.clone(),
        trusted,
        source: "test".into(),
        schemes: Vec::new(),
    });
    let report = report(&document(land.stamped()), &anchors, 20);
    assert_eq!(stamp_verdict(&report, 0), "INDETERMINATE/NO_CERTIFICATE_CHAIN_FOUND");
    assert_eq!(report.signatures[0].best_time, day(20));
}

#[test]
fn a_time_stamper_must_be_trusted_at_the_time_of_the_stamp() {
    let land = Land::new();
    let with = |from: u64, until: u64| {
        let mut anchors = Anchors::default();
        let trusted = vec![Trusted { service: Service::Certificates, from: None, until: None }];
        anchors.add(Anchor {
            certificate: land.root.certificate.clone(),
            trusted,
            source: "test".into(),
            schemes: Vec::new(),
        });
        let trusted = vec![Trusted { service: Service::TimeStamps, from: Some(day(from)), until: Some(day(until)) }];
        anchors.add(Anchor {
            certificate: land.stamper.certificate.clone(),
            trusted,
            source: "test".into(),
            schemes: Vec::new(),
        });
        stamp_verdict(&report(&document(land.stamped()), &anchors, 20), 0)
    };
    assert_eq!(with(5, 15), "PASSED");
    assert_eq!(with(11, 15), "INDETERMINATE/NO_CERTIFICATE_CHAIN_FOUND");
    assert_eq!(with(5, 9), "INDETERMINATE/NO_CERTIFICATE_CHAIN_FOUND");
}

/// The stamper below the root, which vouches for time-stamps; its own revocation is not asked.
fn issued_stamper(land: &Land) -> (Anchors, mekong_signature::validation::Policy) {
    let trusted =
        [Service::Certificates, Service::TimeStamps].map(|service| Trusted { service, from: None, until: None });
    let root = Anchor {
        certificate: land.root.certificate.clone(),
        trusted: trusted.to_vec(),
        source: "test".into(),
        schemes: Vec::new(),
    };
    let mut anchors: Anchors = [root].into_iter().collect();
    for issuer in [&land.responder, &land.root_responder] {
        let trusted = vec![Trusted { service: Service::Ocsp, from: None, until: None }];
        anchors.add(Anchor {
            certificate: issuer.certificate.clone(),
            trusted,
            source: "test".into(),
            schemes: Vec::new(),
        });
    }
    let changes = [("timestamp = \"fail\"\ntimestamp_authority", "timestamp = \"ignore\"\ntimestamp_authority")];
    (anchors, policy(&changes))
}

#[test]
fn an_expired_time_stamper_is_saved_by_a_newer_time_stamp_only() {
    let land = Land::new();
    let (anchors, policy) = issued_stamper(&land);
    let alone = land.stamped();
    let report = check_by(&policy, alone, &anchors, 400, "INDETERMINATE/OUT_OF_BOUNDS_NOT_REVOKED");
    assert_eq!(stamp_verdict(&report, 0), "INDETERMINATE/OUT_OF_BOUNDS_NO_POE");
    // A newer one by another authority, valid still.
    let mut newer = Land::new();
    newer.stamper = longer_stamper(&land);
    let mut signature = land.stamped();
    signature.timestamps.push(newer.archive(&signature, 200));
    let report = check_by(&policy, signature, &anchors, 400, "TOTAL_PASSED");
    assert_eq!(stamp_verdict(&report, 0), "PASSED");
    assert_eq!(report.signatures[0].best_time, day(10));
}

fn longer_stamper(land: &Land) -> mekong_pki::issue::Issuer {
    use mekong_pki::issue::{self, Order, Profile, Serial, Urls};
    let key = mekong_crypto::PrivateKey::generate(mekong_crypto::KeyType::P256).unwrap();
    let order = Order {
        profile: Profile::TimeStamping,
        subject: &mekong_pki::testing::subject("Long TSA").unwrap(),
        public_key: key.public_key(),
        serial: Serial::random().unwrap(),
        not_before: mekong_pki::testing::epoch(),
        not_after: day(3000),
        urls: &Urls::default(),
        policies: &[],
    };
    issue::Issuer { certificate: issue::issue(&land.root, &order).unwrap(), key }
}

#[test]
fn an_archive_time_stamp_older_than_what_it_covers_contradicts_it() {
    let land = Land::new();
    let mut signature = land.stamped();
    signature.timestamps.push(land.archive(&signature, 5));
    check(signature, &land.anchors(), 20, "INDETERMINATE/TIMESTAMP_ORDER_FAILURE");
}

#[test]
fn a_content_time_stamp_younger_than_the_signature_contradicts_it() {
    let land = Land::new();
    let mut signature = land.stamped();
    signature.timestamps.push(land.stamp("c", TimestampKind::Content, 15, Vec::new()));
    check(signature, &land.anchors(), 20, "INDETERMINATE/TIMESTAMP_ORDER_FAILURE");
}

#[test]
fn a_document_of_time_stamps_alone_passes_with_all_of_them() {
    let land = Land::new();
    let mut only = document(land.signature());
    only.signatures.clear();
    only.timestamps.push(land.stamp("t", TimestampKind::Container, 10, Vec::new()));
    let passed = report(&only, &land.anchors(), 20);
    assert!(passed.is_passed());
    only.faults.push(Fault::new("container", "two data files"));
    assert!(!report(&only, &land.anchors(), 20).is_passed());
}

#[test]
fn a_time_stamp_of_the_document_proves_the_signature_that_it_covers() {
    let land = Land::new();
    let mut all = document(land.signature());
    all.timestamps.push(land.stamp("d", TimestampKind::Document, 12, vec![Proven::Signature("s".into())]));
    let report = report(&all, &land.anchors_with_responders(), 400);
    assert_eq!(report.signatures[0].conclusion.to_string(), "TOTAL_PASSED");
    assert_eq!(report.signatures[0].best_time_by.as_deref(), Some("d"));
}

#[test]
fn a_time_stamp_from_the_future_proves_nothing() {
    let land = Land::new();
    let mut signature = land.signature();
    signature.timestamps.push(land.stamp("t", TimestampKind::Signature, 30, vec![Proven::Signature("s".into())]));
    let report = report(&document(signature), &land.anchors(), 10);
    assert_eq!(report.signatures[0].best_time, day(10));
}
