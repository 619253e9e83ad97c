//! Basic validation: format, signer, context, cryptography, path, acceptance (EN 319 102-1 §5.2, §5.3).

use crate::land::*;
use mekong_crypto::DigestAlgorithm;
use mekong_pki::anchors::{Anchor, Anchors, Service, Trusted};
use mekong_pki::ocsp::Status;
use mekong_signature::facts::*;

#[test]
fn a_fresh_signature_with_good_answers_passes_and_is_proved_for_now() {
    let land = Land::new();
    let report = check_by(&policy(&[]), land.signature(), &land.anchors(), 10, "TOTAL_PASSED");
    let signature = &report.signatures[0];
    assert_eq!(signature.best_time, day(10));
    assert_eq!(signature.best_time_by, None);
    assert_eq!(signature.chain.as_ref().unwrap().certificates.len(), 2);
    assert_eq!(report.policy.name, "european");
}

#[test]
fn a_breach_of_the_format_fails() {
    let land = Land::new();
    let mut signature = land.signature();
    signature.faults.push(Fault::new("/Signature", "two elements share an Id"));
    check(signature, &land.anchors(), 10, "TOTAL_FAILED/FORMAT_FAILURE");
}

#[test]
fn a_fault_of_the_container_fails_every_signature_in_it() {
    let land = Land::new();
    let mut all = document(land.signature());
    all.faults.push(Fault::new("mimetype", "wrong"));
    let report = report(&all, &land.anchors(), 10);
    assert_eq!(report.signatures[0].conclusion.to_string(), "TOTAL_FAILED/FORMAT_FAILURE");
    assert!(!report.is_passed());
}

#[test]
fn changed_data_fail_and_what_is_missing_leaves_it_open() {
    let land = Land::new();
    let with = |state| {
        let mut signature = land.signature();
        signature.data.push(data(state));
        signature
    };
    check(with(DataState::Altered), &land.anchors(), 10, "TOTAL_FAILED/HASH_FAILURE");
    check(with(DataState::Missing), &land.anchors(), 10, "INDETERMINATE/SIGNED_DATA_NOT_FOUND");
    check(with(DataState::Unchecked("XSLT".into())), &land.anchors(), 10, "INDETERMINATE/SIGNED_DATA_NOT_FOUND");
}

#[test]
fn a_value_over_other_bytes_fails() {
    let land = Land::new();
    let mut signature = land.signature();
    signature.value.signed = SignedBytes::Bytes(b"something else".to_vec());
    check(signature, &land.anchors(), 10, "TOTAL_FAILED/SIG_CRYPTO_FAILURE");
}

#[test]
fn an_algorithm_that_is_not_supported_leaves_it_open() {
    let land = Land::new();
    let mut signature = land.signature();
    signature.value.algorithm = Err("GOST R 34.10".into());
    check(signature, &land.anchors(), 10, "INDETERMINATE/CRYPTO_CONSTRAINTS_FAILURE_NO_POE");
}

#[test]
fn a_reference_to_another_certificate_identifies_no_signer() {
    let land = Land::new();
    let mut signature = land.signature();
    let other = land.stamper.certificate.fingerprint(DigestAlgorithm::Sha256).as_ref().to_vec();
    signature.certificate_references[0].digest = Some((DigestAlgorithm::Sha256, other));
    check(signature, &land.anchors(), 10, "INDETERMINATE/NO_SIGNING_CERTIFICATE_FOUND");
}

#[test]
fn without_certificates_there_is_no_signer() {
    let land = Land::new();
    let mut signature = land.signature();
    signature.certificates.clear();
    signature.ocsps.clear();
    check(signature, &land.anchors(), 10, "INDETERMINATE/NO_SIGNING_CERTIFICATE_FOUND");
}

#[test]
fn a_missing_reference_is_a_matter_of_acceptance() {
    let land = Land::new();
    let mut signature = land.signature();
    signature.certificate_references.clear();
    check(signature, &land.anchors(), 10, "INDETERMINATE/SIG_CONSTRAINTS_FAILURE");
}

#[test]
fn a_level_below_the_one_that_the_policy_asks_for_is_not_accepted() {
    let land = Land::new();
    let policy = policy(&[("{ severity = \"ignore\", lowest = \"B\" }", "{ severity = \"fail\", lowest = \"LT\" }")]);
    check_by(&policy, land.signature(), &land.anchors(), 10, "INDETERMINATE/SIG_CONSTRAINTS_FAILURE");
    check_by(&policy, land.stamped(), &land.anchors(), 10, "TOTAL_PASSED");
}

#[test]
fn without_an_anchor_there_is_no_chain() {
    let land = Land::new();
    check(land.signature(), &Anchors::default(), 10, "INDETERMINATE/NO_CERTIFICATE_CHAIN_FOUND");
}

#[test]
fn an_anchor_for_time_stamps_alone_issues_no_signers() {
    let land = Land::new();
    let trusted = vec![Trusted { service: Service::TimeStamps, from: None, until: None }];
    let anchor =
        Anchor { certificate: land.root.certificate.clone(), trusted, source: "test".into(), schemes: Vec::new() };
    let anchors = [anchor].into_iter().collect();
    check(land.signature(), &anchors, 10, "INDETERMINATE/NO_CERTIFICATE_CHAIN_FOUND");
}

#[test]
fn an_anchor_that_was_trusted_only_after_the_certificate_was_issued_does_not_count() {
    let land = Land::new();
    let trusted = vec![Trusted { service: Service::Certificates, from: Some(day(5)), until: None }];
    let anchor =
        Anchor { certificate: land.root.certificate.clone(), trusted, source: "test".into(), schemes: Vec::new() };
    let anchors = [anchor].into_iter().collect();
    check(land.signature(), &anchors, 10, "INDETERMINATE/NO_CERTIFICATE_CHAIN_FOUND");
}

#[test]
fn an_issuer_that_is_no_authority_breaks_the_path() {
    let mut land = Land::new();
    // The authority's length constraint allows no authority below it.
    let below = mekong_pki::issue::Profile::IssuingCa { path_len: Some(0) };
    let rogue = mekong_pki::testing::issued(&land.root, "Rogue", mekong_crypto::KeyType::P256, below).unwrap();
    let key = rogue.key.clone();
    let plain =
        mekong_pki::testing::issued(&rogue, "Plain", mekong_crypto::KeyType::P256, mekong_pki::issue::Profile::Signing);
    let plain = plain.unwrap();
    // A signer's certificate that "issues": the path is found by its signatures, then refused.
    land.authority = mekong_pki::issue::Issuer { certificate: rogue.certificate, key };
    land.signer = plain;
    let mut signature = land.signature();
    signature.ocsps.clear();
    check(signature, &land.anchors(), 10, "INDETERMINATE/CERTIFICATE_CHAIN_GENERAL_FAILURE");
}

#[test]
fn without_revocation_data_the_path_is_not_valid() {
    let land = Land::new();
    let mut signature = land.signature();
    signature.ocsps.remove(0);
    check(signature, &land.anchors(), 10, "INDETERMINATE/CERTIFICATE_CHAIN_GENERAL_FAILURE");
}

#[test]
fn a_revocation_list_serves_as_well_as_a_response() {
    let land = Land::new();
    let mut signature = land.signature();
    signature.ocsps.remove(0);
    signature.crls.push(land.list(9, None));
    check(signature.clone(), &land.anchors(), 10, "TOTAL_PASSED");
    signature.crls.push(land.list(10, Some(8)));
    check(signature, &land.anchors(), 10, "INDETERMINATE/REVOKED_NO_POE");
}

#[test]
fn a_responder_of_another_authority_is_not_believed() {
    let land = Land::new();
    let mut signature = land.signature();
    signature.ocsps[0] = Land::new().signer_status(Status::Good, 10);
    check(signature, &land.anchors(), 10, "INDETERMINATE/CERTIFICATE_CHAIN_GENERAL_FAILURE");
}

#[test]
fn a_responder_that_does_not_know_the_certificate_may_know_it_later() {
    let land = Land::new();
    let mut signature = land.signature();
    signature.ocsps[0] = land.signer_status(Status::Unknown, 10);
    check(signature, &land.anchors(), 10, "INDETERMINATE/TRY_LATER");
}

#[test]
fn a_certificate_on_hold_may_come_back() {
    let land = Land::new();
    let mut signature = land.signature();
    signature.ocsps[0] = land.signer_status(Status::Revoked { at: day(5), reason: Some(6) }, 10);
    check(signature, &land.anchors(), 10, "INDETERMINATE/TRY_LATER");
}

#[test]
fn stale_revocation_data_end_it_where_the_policy_says_so() {
    let land = Land::new();
    let strict = policy(&[("freshness = \"warn\"", "freshness = \"fail\"")]);
    check_by(&strict, land.signature(), &land.anchors(), 10, "TOTAL_PASSED");
    check_by(&strict, land.signature(), &land.anchors(), 13, "INDETERMINATE/TRY_LATER");
    check(land.signature(), &land.anchors(), 13, "TOTAL_PASSED");
}

#[test]
fn a_key_usage_that_the_policy_does_not_accept_ends_it() {
    let land = Land::new();
    let strict = policy(&[("any_of = [\"nonRepudiation\", \"digitalSignature\"]", "any_of = [\"digitalSignature\"]")]);
    check_by(&strict, land.signature(), &land.anchors(), 10, "INDETERMINATE/CHAIN_CONSTRAINTS_FAILURE");
}

#[test]
fn a_weak_algorithm_without_proof_leaves_it_open() {
    let land = Land::new();
    let dated = policy(&[("\"SHA-256\" = \"no end\"", "\"SHA-256\" = \"2026-01-05\"")]);
    check_by(&dated, land.signature(), &land.anchors(), 10, "INDETERMINATE/CRYPTO_CONSTRAINTS_FAILURE_NO_POE");
}

#[test]
fn a_signature_policy_is_accepted_known_or_available_as_the_policy_asks() {
    let land = Land::new();
    let with = |matches| {
        let mut signature = land.signature();
        signature.policy = Some(PolicyReference { id: Some("1.2.3".into()), digest: None, uri: None, matches });
        signature
    };
    let anchors = land.anchors();
    check(with(None), &anchors, 10, "TOTAL_PASSED");
    check(with(Some(false)), &anchors, 10, "INDETERMINATE/POLICY_PROCESSING_ERROR");
    let known = policy(&[("known_only = \"inform\"", "known_only = \"fail\"")]);
    check_by(&known, with(None), &anchors, 10, "INDETERMINATE/POLICY_PROCESSING_ERROR");
    let knows = policy(&[
        ("known_only = \"inform\"", "known_only = \"fail\""),
        ("known = []", "known = [{ id = \"1.2.3\", meaning = \"invoices\" }]"),
    ]);
    check_by(&knows, with(None), &anchors, 10, "TOTAL_PASSED");
    let available = policy(&[("available = \"inform\"", "available = \"fail\"")]);
    check_by(&available, with(None), &anchors, 10, "INDETERMINATE/SIGNATURE_POLICY_NOT_AVAILABLE");
    let required = policy(&[("required = \"ignore\"", "required = \"fail\"")]);
    check_by(&required, land.signature(), &anchors, 10, "INDETERMINATE/SIG_CONSTRAINTS_FAILURE");
}

#[test]
fn a_format_that_the_policy_does_not_accept_fails() {
    let land = Land::new();
    let only = policy(&[("formats = [\"xades\", ", "formats = [")]);
    check_by(&only, land.signature(), &land.anchors(), 10, "TOTAL_FAILED/FORMAT_FAILURE");
}

#[test]
fn what_a_reader_found_weighs_what_the_policy_says() {
    let land = Land::new();
    let mut signature = land.signature();
    signature.findings.push(Finding::new(Weight::Information, "unsigned_file", "b.txt is not signed"));
    check(signature.clone(), &land.anchors(), 10, "TOTAL_PASSED");
    let strict = policy(&[("[revocation]", "[findings]\nunsigned_file = \"fail\"\n\n[revocation]")]);
    check_by(&strict, signature, &land.anchors(), 10, "TOTAL_FAILED/FORMAT_FAILURE");
}

#[test]
fn a_page_changed_after_signing_fails_and_a_filled_form_does_not() {
    let land = Land::new();
    let with = |kind| {
        let mut signature = land.signature();
        signature.changes.push(Change { kind, what: "page 1".into() });
        signature
    };
    check(with(ChangeKind::FormFilling), &land.anchors(), 10, "TOTAL_PASSED");
    check(with(ChangeKind::Extension), &land.anchors(), 10, "TOTAL_PASSED");
    check(with(ChangeKind::Undefined), &land.anchors(), 10, "TOTAL_FAILED/FORMAT_FAILURE");
    check(with(ChangeKind::Forbidden), &land.anchors(), 10, "TOTAL_FAILED/FORMAT_FAILURE");
}

#[test]
fn a_document_without_signatures_says_so() {
    let land = Land::new();
    let mut empty = document(land.signature());
    empty.signatures.clear();
    let report = report(&empty, &land.anchors(), 10);
    assert_eq!(report.indication().name(), "NO_SIGNATURE_FOUND");
    assert!(!report.is_passed());
}
