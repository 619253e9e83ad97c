//! Long-term and past validation (EN 319 102-1 §5.5, §5.6).

use crate::land::*;
use mekong_crypto::KeyType;
use mekong_pki::anchors::{Anchor, Anchors, Service, Trusted};
use mekong_pki::ocsp::Status;
use mekong_pki::testing::issued;
use mekong_signature::facts::*;
use mekong_signature::validation::BlockKind;

const REVOKED: Status =
    Status::Revoked { at: mekong_base::Instant::from_unix_seconds(1_767_225_600 + 20 * 86_400), reason: Some(1) };

#[test]
fn a_time_stamp_within_the_validity_saves_a_signature_whose_certificate_expired() {
    let land = Land::new();
    let report = check_by(&policy(&[]), land.stamped(), &land.anchors_with_responders(), 400, "TOTAL_PASSED");
    let signature = &report.signatures[0];
    assert_eq!((signature.best_time, signature.best_time_by.as_deref()), (day(10), Some("t")));
    let basic = signature.blocks.iter().find(|b| b.kind == BlockKind::BasicSignature).unwrap();
    assert_eq!(basic.conclusion.to_string(), "INDETERMINATE/OUT_OF_BOUNDS_NOT_REVOKED");
    assert!(signature.findings.iter().all(|f| f.weight != Weight::Error), "{:#?}", signature.findings);
}

#[test]
fn without_a_time_stamp_an_expired_certificate_that_was_not_revoked_leaves_it_open() {
    let land = Land::new();
    check(land.signature(), &land.anchors_with_responders(), 400, "INDETERMINATE/OUT_OF_BOUNDS_NOT_REVOKED");
}

#[test]
fn where_nothing_believable_is_said_an_expired_certificate_is_just_out_of_bounds() {
    let land = Land::new();
    let silent = policy(&[("signer = \"fail\"\nauthority = \"fail\"", "signer = \"ignore\"\nauthority = \"ignore\"")]);
    let mut signature = land.signature();
    signature.ocsps.clear();
    check_by(&silent, signature, &land.anchors(), 400, "INDETERMINATE/OUT_OF_BOUNDS_NO_POE");
}

#[test]
fn a_signature_that_existed_before_its_certificate_was_valid_has_failed() {
    let land = Land::new();
    let mut signature = land.signature();
    signature.timestamps.push(land.stamp("t", TimestampKind::Signature, 10, vec![Proven::Signature("s".into())]));
    let signer = later_signer(&land);
    let mut other = with_signer(&land, signature, &signer);
    other.ocsps[0] = answer_for(&land, &signer, 40);
    check(other, &land.anchors(), 40, "TOTAL_FAILED/NOT_YET_VALID");
}

/// A signer whose certificate is valid from the 30th day on.
fn later_signer(land: &Land) -> mekong_pki::issue::Issuer {
    use mekong_pki::issue::{self, Order, Profile, Serial, Urls};
    let key = mekong_crypto::PrivateKey::generate(mekong_crypto::KeyType::P256).unwrap();
    let order = Order {
        profile: Profile::Signing,
        subject: &mekong_pki::testing::subject("Later").unwrap(),
        public_key: key.public_key(),
        serial: Serial::random().unwrap(),
        not_before: day(30),
        not_after: day(300),
        urls: &Urls::default(),
        policies: &[],
    };
    issue::Issuer { certificate: issue::issue(&land.authority, &order).unwrap(), key }
}

fn with_signer(land: &Land, mut signature: Signature, signer: &mekong_pki::issue::Issuer) -> Signature {
    let algorithm = signer.key.default_algorithm();
    signature.value.value = signer.key.sign(algorithm, CONTENT).unwrap();
    signature.value.algorithm = Ok(algorithm);
    let digest = signer.certificate.fingerprint(mekong_crypto::DigestAlgorithm::Sha256).as_ref().to_vec();
    signature.certificate_references[0].digest = Some((mekong_crypto::DigestAlgorithm::Sha256, digest));
    signature.certificates = vec![signer.certificate.clone(), land.authority.certificate.clone()];
    signature
}

fn answer_for(land: &Land, signer: &mekong_pki::issue::Issuer, at: u64) -> std::sync::Arc<[u8]> {
    let copy = Land {
        root: land.root.clone(),
        authority: land.authority.clone(),
        signer: signer.clone(),
        responder: land.responder.clone(),
        root_responder: land.root_responder.clone(),
        stamper: land.stamper.clone(),
    };
    copy.signer_status(Status::Good, at)
}

#[test]
fn revocation_after_the_best_signature_time_does_no_harm() {
    let land = Land::new();
    let mut signature = land.stamped();
    signature.ocsps[0] = land.signer_status(REVOKED, 25);
    check(signature, &land.anchors(), 30, "TOTAL_PASSED");
}

#[test]
fn revocation_without_proof_of_earlier_existence_leaves_it_open() {
    let land = Land::new();
    let mut signature = land.signature();
    signature.ocsps[0] = land.signer_status(REVOKED, 25);
    let report = check_by(&policy(&[]), signature, &land.anchors(), 30, "INDETERMINATE/REVOKED_NO_POE");
    let certificate = report.signatures[0].blocks.iter().find_map(|b| b.find(BlockKind::Certificate)).unwrap();
    assert!(certificate.data.iter().any(|(name, value)| *name == "revocation_time" && value == "2026-01-21T00:00:00Z"));
}

#[test]
fn revocation_of_the_authority_without_proof_leaves_it_open() {
    let land = Land::new();
    let mut signature = land.signature();
    signature.ocsps[1] = land.authority_status(REVOKED, 25);
    check(signature, &land.anchors(), 30, "INDETERMINATE/REVOKED_CA_NO_POE");
    let mut stamped = land.stamped();
    stamped.ocsps[1] = land.authority_status(REVOKED, 25);
    check(stamped, &land.anchors(), 30, "TOTAL_PASSED");
}

#[test]
fn a_content_time_stamp_after_the_revocation_proves_that_it_was_signed_too_late() {
    let land = Land::new();
    let mut signature = land.signature();
    signature.ocsps[0] = land.signer_status(REVOKED, 25);
    signature.timestamps.push(land.stamp("c", TimestampKind::Content, 22, Vec::new()));
    check(signature, &land.anchors(), 30, "TOTAL_FAILED/REVOKED");
}

#[test]
fn a_content_time_stamp_after_the_expiry_proves_that_it_was_signed_too_late() {
    let land = Land::new();
    let signer = short_signer(&land);
    let mut signature = with_signer(&land, land.signature(), &signer);
    signature.ocsps[0] = answer_for(&land, &signer, 10);
    signature.timestamps.push(land.stamp("c", TimestampKind::Content, 60, Vec::new()));
    check(signature, &land.anchors(), 70, "TOTAL_FAILED/EXPIRED");
}

/// A signer whose certificate is valid for 50 days.
fn short_signer(land: &Land) -> mekong_pki::issue::Issuer {
    use mekong_pki::issue::{self, Order, Profile, Serial, Urls};
    let key = mekong_crypto::PrivateKey::generate(mekong_crypto::KeyType::P256).unwrap();
    let order = Order {
        profile: Profile::Signing,
        subject: &mekong_pki::testing::subject("Short").unwrap(),
        public_key: key.public_key(),
        serial: Serial::random().unwrap(),
        not_before: mekong_pki::testing::epoch(),
        not_after: day(50),
        urls: &Urls::default(),
        policies: &[],
    };
    issue::Issuer { certificate: issue::issue(&land.authority, &order).unwrap(), key }
}

#[test]
fn a_content_time_stamp_after_the_end_of_an_algorithm_proves_that_it_was_weak_when_used() {
    let land = Land::new();
    // Weak for signatures alone, so that certificates and time-stamps stay as they are.
    let table = "[[algorithms]]\nfor = [\"signature\"]\n[algorithms.digests]\n\"SHA-256\" = \"2026-01-05\"\n\
                 [algorithms.schemes]\n\"ECDSA\" = [{ bits = 256, until = \"no end\" }]\n\n\
                 [[algorithms]]\nfor = [\"signature\", \"certificate\"";
    let dated = policy(&[("[[algorithms]]\nfor = [\"signature\", \"certificate\"", table)]);
    let mut signature = land.signature();
    check_by(&dated, signature.clone(), &land.anchors(), 10, "INDETERMINATE/CRYPTO_CONSTRAINTS_FAILURE_NO_POE");
    signature.timestamps.push(land.stamp("c", TimestampKind::Content, 8, Vec::new()));
    check_by(&dated, signature, &land.anchors(), 10, "INDETERMINATE/CRYPTO_CONSTRAINTS_FAILURE");
}

#[test]
fn a_time_stamp_before_the_end_of_an_algorithm_saves_the_signature() {
    let land = Land::new();
    let table = "[[algorithms]]\nfor = [\"signature\"]\n[algorithms.digests]\n\"SHA-256\" = \"2026-01-15\"\n\
                 [algorithms.schemes]\n\"ECDSA\" = [{ bits = 256, until = \"no end\" }]\n\n\
                 [[algorithms]]\nfor = [\"signature\", \"certificate\"";
    let dated = policy(&[("[[algorithms]]\nfor = [\"signature\", \"certificate\"", table)]);
    check_by(&dated, land.signature(), &land.anchors(), 20, "INDETERMINATE/CRYPTO_CONSTRAINTS_FAILURE_NO_POE");
    check_by(&dated, land.stamped(), &land.anchors(), 20, "TOTAL_PASSED");
}

#[test]
fn an_expired_responder_needs_proof_that_its_answer_is_older() {
    let land = Land::new();
    let mut signature = land.stamped();
    check(signature.clone(), &land.anchors(), 400, "INDETERMINATE/REVOCATION_OUT_OF_BOUNDS_NO_POE");
    signature.timestamps.push(land.archive(&signature, 200));
    let report = check_by(&policy(&[]), signature, &land.anchors(), 400, "TOTAL_PASSED");
    let archival = report.signatures[0].blocks.last().unwrap();
    assert_eq!(archival.kind, BlockKind::Archival);
    assert!(archival.find(BlockKind::TimeSliding).is_some());
}

#[test]
fn a_revoked_responder_needs_proof_that_its_answer_is_older() {
    let land = Land::new();
    let signature = land.signature();
    check(signature.clone(), &land.anchors(), 10, "TOTAL_PASSED");
    // A responder that is not exempt from being asked about, as those of the land are.
    let key_usage = vec![x509_cert::ext::pkix::KeyUsages::DigitalSignature];
    let extended = vec![mekong_pki::certificate::OCSP_SIGNING];
    let purpose = mekong_pki::issue::Purpose { key_usage, extended, ..Default::default() };
    let profile = mekong_pki::issue::Profile::Defined(purpose);
    let land = Land { responder: issued(&land.authority, "OCSP 2", KeyType::P256, profile).unwrap(), ..land };
    let answered = Signature {
        ocsps: vec![land.signer_status(Status::Good, 10), land.authority_status(Status::Good, 10)],
        ..signature
    };
    check(answered.clone(), &land.anchors(), 10, "TOTAL_PASSED");
    // Its answer is the newer one, and by a key that may be anybody's.
    let newer = land.signer_status(Status::Good, 11);
    let told = Signature { ocsps: vec![newer, land.authority_status(Status::Good, 11)], ..answered };
    check(told.clone(), &land.anchors(), 11, "TOTAL_PASSED");
    let revoked = Signature { crls: vec![land.list_of_both(10, 9, 5)], ..told };
    check(revoked, &land.anchors(), 11, "INDETERMINATE/REVOKED_NO_POE");
}

#[test]
fn an_archive_time_stamp_that_does_not_cover_the_answers_proves_nothing_of_them() {
    let land = Land::new();
    let mut signature = land.stamped();
    let mut archive = land.archive(&signature, 200);
    archive.proves.retain(|p| !matches!(p, Proven::Revocation(_)));
    signature.timestamps.push(archive);
    let report =
        check_by(&policy(&[]), signature, &land.anchors(), 400, "INDETERMINATE/REVOCATION_OUT_OF_BOUNDS_NO_POE");
    let sliding = report.signatures[0].blocks.last().unwrap().find(BlockKind::TimeSliding).unwrap();
    assert_eq!(sliding.conclusion.to_string(), "INDETERMINATE/NO_POE");
}

#[test]
fn past_validation_slides_to_the_revocation_of_the_authority_and_asks_for_older_proof() {
    let land = Land::new();
    // The responders have expired, so that only the past can tell; the authority was revoked on day 20.
    let with = |early_archive: bool| {
        let mut signature = land.stamped();
        if early_archive {
            let archive = land.archive(&signature, 15);
            signature.timestamps.push(Timestamp { id: "early".into(), ..archive });
        }
        signature.ocsps.push(land.authority_status(REVOKED, 25));
        signature.timestamps.push(land.archive(&signature, 200));
        signature
    };
    let anchors = land.anchors();
    let report = check_by(&policy(&[]), with(true), &anchors, 400, "TOTAL_PASSED");
    let past = report.signatures[0].blocks.last().unwrap().find(BlockKind::PastCertificate).unwrap();
    assert!(past.data.iter().any(|(name, value)| *name == "control_time" && value == "2026-01-21T00:00:00Z"));
    // Without it, the answer about the signer is proved for day 200 only, after the control time.
    let open = "INDETERMINATE/REVOCATION_OUT_OF_BOUNDS_NO_POE";
    let report = check_by(&policy(&[]), with(false), &anchors, 400, open);
    let sliding = report.signatures[0].blocks.last().unwrap().find(BlockKind::TimeSliding).unwrap();
    assert_eq!(sliding.conclusion.to_string(), "INDETERMINATE/NO_POE");
}

#[test]
fn an_anchor_that_is_not_trusted_any_more_helps_older_signatures_only() {
    let land = Land::new();
    let anchors = |until| -> Anchors {
        let mut anchors = Anchors::default();
        let trusted = vec![Trusted { service: Service::Certificates, from: None, until: Some(day(until)) }];
        anchors.add(Anchor {
            certificate: land.root.certificate.clone(),
            trusted,
            source: "test".into(),
            schemes: Vec::new(),
        });
        let trusted = vec![Trusted { service: Service::TimeStamps, from: None, until: None }];
        anchors.add(Anchor {
            certificate: land.stamper.certificate.clone(),
            trusted,
            source: "test".into(),
            schemes: Vec::new(),
        });
        anchors
    };
    check(land.signature(), &anchors(20), 10, "TOTAL_PASSED");
    check(land.signature(), &anchors(20), 30, "INDETERMINATE/NO_CERTIFICATE_CHAIN_FOUND_NO_POE");
    check(land.stamped(), &anchors(20), 30, "TOTAL_PASSED");
    check(land.stamped(), &anchors(5), 30, "INDETERMINATE/NO_CERTIFICATE_CHAIN_FOUND_NO_POE");
}

#[test]
fn time_from_signing_to_time_stamp_is_limited_where_the_policy_says_so() {
    let land = Land::new();
    let hasty = policy(&[("delay = 0", "delay = 3600")]);
    check_by(&hasty, land.stamped(), &land.anchors(), 30, "INDETERMINATE/SIG_CONSTRAINTS_FAILURE");
    let patient = policy(&[("delay = 0", "delay = 90000")]);
    check_by(&patient, land.stamped(), &land.anchors(), 30, "TOTAL_PASSED");
}

#[test]
fn an_evidence_record_proves_what_it_covers_for_the_time_of_its_first_time_stamp() {
    let land = Land::new();
    let mut signature = land.signature();
    let archive = land.archive(&signature, 12);
    let record = EvidenceRecord {
        id: "e".into(),
        file: None,
        xml: false,
        data: vec![data(DataState::Intact)],
        proves: archive.proves.clone(),
        timestamps: vec![Timestamp { id: "e-1".into(), ..archive }],
        faults: Vec::new(),
    };
    signature.evidence_records.push(record.clone());
    let report = check_by(&policy(&[]), signature.clone(), &land.anchors(), 400, "TOTAL_PASSED");
    assert_eq!(report.signatures[0].best_time_by.as_deref(), Some("e"));
    let mut altered = signature.clone();
    altered.evidence_records.clear();
    let data = vec![data(DataState::Altered)];
    altered.evidence_records.push(EvidenceRecord { data, ..record });
    let report = check_by(&policy(&[]), altered, &land.anchors(), 400, "INDETERMINATE/OUT_OF_BOUNDS_NO_POE");
    assert_eq!(report.signatures[0].evidence_records[0].conclusion.to_string(), "FAILED/HASH_FAILURE");
}
