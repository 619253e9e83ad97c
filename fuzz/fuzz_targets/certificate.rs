//! Certificates: no bytes but ours are a certificate of the fixed authority.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mekong_crypto::DigestAlgorithm;
use mekong_fuzz::fixtures;
use mekong_message::subject::SubjectProfile;
use mekong_pki::{Certificate, certificate, path};

fuzz_target!(|data: &[u8]| {
    let _ = Certificate::from_der_or_pem(data);
    let Ok(found) = Certificate::from_der(data) else { return };
    assert_eq!(found.der(), data);
    assert_eq!(Certificate::from_pem(&found.pem()).as_ref(), Ok(&found));
    read_all(&found);
    let (root, issuing) = (fixtures::root().clone(), fixtures::issuing().clone());
    if path::validate(&found, &[issuing.clone()], &[root], fixtures::now()).is_ok() {
        let same = |known: &&Certificate| {
            known.subject() == found.subject()
                && known.serial() == found.serial()
                && known.public_key().spki() == found.public_key().spki()
                && known.not_after() == found.not_after()
        };
        assert!(fixtures::certificates().iter().any(same), "{} is believed", found.subject());
    }
    let _ = fixtures::trust().verify_chain(&found, &[issuing], &[], fixtures::now());
});

fn read_all(found: &Certificate) {
    let _ = (found.subject(), found.issuer(), found.serial_hex(), found.key_usage(), found.is_signing());
    let _ = (found.is_authentication(), found.is_ca(), found.is_self_issued(), found.not_before(), found.not_after());
    let _ = (found.ocsp_urls(), found.ca_issuer_urls(), found.crl_urls(), found.dns_names());
    let _ = (found.subject_attribute(mekong_pki::name::COMMON_NAME), found.key_hash(), format!("{found:?}"));
    let _ = (found.has_extended_key_usage(certificate::SERVER_AUTH), found.fingerprint(DigestAlgorithm::Sha256));
    let _ = (found.oddities(), found.distribution_points(), found.policies(), found.statements(), found.has_no_check());
    assert!(found.names_issuer(found) == found.is_self_issued());
    for profile in
        [SubjectProfile::FiVrk, SubjectProfile::from_class_name("ee.x.SkEsteIdCertificateProfileInfoProvider")]
    {
        let _ = profile.member_of(found, "LA");
    }
}
