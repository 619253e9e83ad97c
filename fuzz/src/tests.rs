//! The seeds are what the targets take them for: genuine. `cargo test --lib`

use crate::fixtures::{self, digest, issuing, responder, signer, timestamper, trust};
use crate::judged;
use crate::picture::placed;
use mekong_base::limits::{ContainerLimits, XmlLimits};
use mekong_directory::anchor::{Anchor, AnchorSource};
use mekong_directory::publish::Definition;
use mekong_directory::signed::{SignedDirectory, TrustedCertificates};
use mekong_message::evidence::{Trust, verify_file};
use mekong_message::{SignatureData, verify_message};
use mekong_pki::ocsp::{self, Status};
use mekong_pki::request::CertificateRequest;
use mekong_pki::tsp::{self, Stamped};
use mekong_population::Country;
use mekong_population::import::{ImportLimits, check};
use mekong_xml::{NS_DSIG, dsig, find};
use std::path::Path;
use std::time::Duration;

fn seed(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn certificates_and_what_they_sign_hold() {
    for certificate in fixtures::certificates() {
        let path =
            mekong_pki::path::validate(certificate, &[issuing().clone()], &[fixtures::root().clone()], fixtures::now());
        assert!(path.is_ok(), "{path:?}");
    }
    assert_eq!(CertificateRequest::from_der(&seed("fuzz_certificate_request/own")).unwrap().verify(), Ok(()));
    let response = seed("fuzz_ocsp_response/good");
    let hour = Duration::from_secs(3600);
    let said = ocsp::verify(&response, signer(), issuing(), &[responder().clone()], fixtures::now(), hour, true);
    assert_eq!(said.unwrap().status, Status::Good);
    for name in ["plain", "with_certificate"] {
        let token = tsp::Response::from_der(&seed(&format!("fuzz_tsp_response/{name}"))).unwrap().token;
        assert!(tsp::verify(&token, Stamped::Data(fixtures::STAMPED), &[timestamper().clone()]).is_ok());
    }
}

#[test]
fn signatures_and_containers_hold() {
    for (name, attachments) in [("plain", vec![]), ("chained", vec![digest(fixtures::ATTACHMENT)])] {
        let bytes = seed(&format!("fuzz_signature/{name}"));
        let mut texts = fixtures::texts(&bytes);
        let signature_xml = texts.next().unwrap();
        let data = SignatureData { signature_xml, hash_chain_result: texts.next(), hash_chain: texts.next() };
        let (client, now) = (fixtures::client(), fixtures::now());
        let verified = verify_message(&data, fixtures::MESSAGE, &attachments, &client, trust(), now);
        assert_eq!(verified.unwrap().is_batch, !attachments.is_empty());
    }
    let of = |instance: &str| (instance == "LA").then(|| trust().clone());
    let trusted = Trust { of: &of, timestampers: &[] };
    for name in ["fuzz_container/plain", "fuzz_container/chained", "fuzz_archive/two"] {
        let verdict = verify_file(&seed(name), &ContainerLimits::default(), Some(&trusted));
        assert_eq!(verdict.valid, Some(true), "{name}: {verdict:?}");
    }
    let document = mekong_xml::parse(fixtures::SIGNED_ORDER, &XmlLimits::SMALL).unwrap();
    let node = document.descendants().find(|n| find::is(*n, NS_DSIG, "Signature")).unwrap();
    let signature = dsig::Signature::parse(node).unwrap();
    assert_eq!(signature.verify(signer().public_key(), &|_| None).unwrap().len(), 1);
}

#[test]
fn directories_and_files_hold() {
    let source = AnchorSource { url: "http://x".into(), certificates: vec![signer().der().to_vec()] };
    let anchor = Anchor { generated_at: None, instance: "LA".into(), sources: vec![source] };
    let directory = SignedDirectory::parse(fixtures::DIRECTORY).unwrap();
    assert!(directory.verify(&TrustedCertificates::from_anchor(&anchor), fixtures::now()).is_ok());
    let members = String::from_utf8(seed("fuzz_members_file/small")).unwrap();
    Definition::parse(&members, &Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")).unwrap();
    for (name, country) in [("vietnam", Country::vietnam()), ("laos", Country::laos())] {
        let file = seed(&format!("fuzz_csv_import/{name}"));
        let checked = check(&country.unwrap(), &file[1..], &ImportLimits::default(), fixtures::now(), |_| ()).unwrap();
        assert_eq!((checked.persons.len(), checked.report.faults), (1, vec![]));
    }
}

/// By every policy: all pass that have a time-stamp and material, and nobody is asked for more than they hold.
#[test]
fn files_for_verdicts_are_valid() {
    for policy in ["european", "vietnam", "laos"] {
        let setting = judged::setting(mekong_signature::validation::Policy::named(policy).unwrap());
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/fuzz_verdict");
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            let verdict = judged::check(&setting, &std::fs::read(&path).unwrap()).unwrap();
            let name = path.file_name().unwrap().to_string_lossy();
            let is_open = name.ends_with("_b") || name.ends_with("_t");
            assert_eq!(verdict.is_passed(), !is_open, "{name} by {policy}: {:#?}", verdict.report);
            judged::write_pdf(&verdict);
        }
    }
}

#[test]
fn keys_and_shares_and_pictures_and_manifests_hold() {
    for name in ["p256", "p384", "ed25519", "rsa"] {
        assert!(mekong_crypto::PrivateKey::from_pkcs8(&seed(&format!("fuzz_private_key/{name}"))).is_ok(), "{name}");
    }
    let of = |_: &str| Some(judged::LIST.to_vec());
    assert!(mekong_recognition::snapshot::Snapshot::from_manifest(&seed("fuzz_agreement/manifest"), &of).is_ok());
    let shares = String::from_utf8(seed("fuzz_share/all")).unwrap();
    assert!(shares.lines().all(|line| mekong_authority::ceremony::Share::from_line(line).is_ok()));
    for name in ["png", "jpeg"] {
        let outcome = placed(&seed(&format!("fuzz_picture/{name}")));
        assert!(outcome.is_ok(), "{name}: {outcome:?}");
    }
}

/// What was taken apart is put together as a file that is valid as before.
#[test]
fn packed_files_are_valid() {
    let setting = judged::setting(mekong_signature::validation::Policy::named("european").unwrap());
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/fuzz_packed");
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let packed = crate::packed::pack(&std::fs::read(&path).unwrap()).unwrap();
        let verdict = judged::check(&setting, &packed).unwrap();
        assert_eq!(verdict.is_passed(), !path.to_string_lossy().ends_with("_b"), "{}", path.display());
    }
}
