//! Lists read and verified.

use crate::support::{bytes, certificate, json_lines, vectors};
use mekong_recognition::list::verify::VerifyError;
use mekong_recognition::list::{self, Freshness, Version};
use mekong_xml::dsig::DsigError;

#[test]
fn lists_of_the_vectors_are_read_and_verified() {
    let Some(folder) = vectors("tl-status") else { return };
    let signer = [certificate(&folder.join("TSL.crt"))];
    let lists: Vec<_> = json_lines(&folder.join("expected.jsonl"));
    assert_eq!(lists.len(), 25);
    for line in lists {
        let name = line["trusted_list"].as_str().unwrap();
        let verified = list::verify(&bytes(&folder.join(name)), &signer).unwrap_or_else(|e| panic!("{name}: {e}"));
        let version = if name == "EE_T.xml" { Version::V6 } else { Version::V5 };
        assert_eq!(verified.list.scheme.version, version, "{name}");
        assert_eq!(verified.list.scheme.territory.as_deref(), Some("EE_T"), "{name}");
        assert!(verified.list.services().count() > 20, "{name}");
        assert_eq!(verified.list.deviations, [], "{name}");
    }
}

#[test]
fn a_list_is_stale_after_its_next_update() {
    let Some(folder) = vectors("tl-status") else { return };
    let list = list::read(&bytes(&folder.join("EE_T.xml"))).unwrap();
    let at = |text: &str| list.freshness(text.parse().unwrap());
    let next_update = list.scheme.next_update.unwrap();
    assert!(next_update.to_string().starts_with("2027-08-20"), "{next_update}");
    assert_eq!(at("2026-11-22T00:00:00Z"), Freshness::Fresh { next_update });
    assert_eq!(at("2027-08-22T00:00:00Z"), Freshness::Stale { next_update });
    assert_eq!(at("2001-01-01T00:00:00Z"), Freshness::NotYetIssued { issued: list.scheme.issued });
}

#[test]
fn lists_that_were_changed_or_not_signed_are_refused() {
    let Some(folder) = vectors("dss") else { return };
    for line in json_lines(&folder.join("expected.jsonl")) {
        if line["group"] != "trusted-list" {
            continue;
        }
        let file = line["file"].as_str().unwrap();
        let signer = [certificate(&folder.join(line["tl_signer"].as_str().unwrap()))];
        let error = list::verify(&bytes(&folder.join(file)), &signer).unwrap_err();
        match line["facts"]["signatures"].as_u64() {
            Some(0) => assert_eq!(error, VerifyError::NoSignature { found: 0 }, "{file}"),
            _ => {
                let altered = matches!(error, VerifyError::Signature(DsigError::ReferenceDigestMismatch { .. }));
                assert!(altered, "{file}: {error}");
            }
        }
    }
}

#[test]
fn a_list_signed_by_somebody_else_is_refused() {
    let Some(folder) = vectors("mra") else { return };
    let lotl = bytes(&folder.join("mra-lotl.xml"));
    let other = [certificate(&folder.join("certs/good-tsa.crt"))];
    let error = list::verify(&lotl, &other).unwrap_err();
    assert!(matches!(error, VerifyError::UnknownSigner { given: 1, .. }), "{error}");
    let error = list::verify(&lotl, &[]).unwrap_err();
    assert!(matches!(error, VerifyError::UnknownSigner { given: 0, .. }), "{error}");
}

#[test]
fn the_signer_of_a_list_comes_from_the_pointer_to_it() {
    let Some(folder) = vectors("mra") else { return };
    let signer = [certificate(&folder.join("certs/ZZ-LOTL-signer.crt"))];
    let lotl = list::verify(&bytes(&folder.join("mra-lotl.xml")), &signer).unwrap();
    let pointer = lotl.list.scheme.pointers.last().unwrap();
    assert!(pointer.kind.as_deref().unwrap().ends_with("/ZZlist"));
    let list = list::verify(&bytes(&folder.join("mra-zz-tl.xml")), &pointer.signers()).unwrap();
    assert_eq!(list.list.services().count(), 1);
    let agreement = pointer.agreement.as_ref().unwrap();
    assert_eq!(agreement.equivalences[0].legal_identifier, "QCForESig");
    assert!(agreement.equivalences[0].periods[0].is_enacted());
    let theirs = list.list.scheme.pointers[0].agreement.as_ref().unwrap();
    assert!(!theirs.equivalences[0].periods[0].is_enacted(), "a status of their own, which is not ours to read");
}
