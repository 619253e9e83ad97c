//! Whole documents: validated with the anchors of lists, then recognised.

use crate::support::{bytes, certificate, json_lines, vectors};
use mekong_base::Instant;
use mekong_pki::Certificate;
use mekong_pki::anchors::{Anchor, Anchors};
use mekong_recognition::anchors::{Grade, anchors};
use mekong_recognition::qualification::{Rules, Technical};
use mekong_recognition::snapshot::{Fetched, Snapshot};
use mekong_recognition::{Question, recognise};
use mekong_signature::Reading;
use mekong_signature::validation::{Context, Indication, Policy, Report, validate};
use std::path::Path;

fn snapshot(files: &[&Path], signers: &[Certificate]) -> Snapshot {
    let at = "2026-11-22T00:00:00Z".parse().unwrap();
    let fetched = files.iter().map(|file| Fetched { bytes: bytes(file), from: file.display().to_string(), at });
    let (snapshot, rejected) = Snapshot::assemble(fetched.collect(), signers);
    assert_eq!(rejected, []);
    snapshot
}

fn report(document: &Path, anchors: &Anchors, policy: &Policy, at: Instant) -> Report {
    let source = bytes(document);
    let document = mekong_signature::read(&source, &Reading::default()).unwrap();
    validate(&document, &Context::new(anchors, policy, at))
}

#[test]
fn documents_under_the_agreement_pass_and_count_as_qualified() {
    let Some(folder) = vectors("mra") else { return };
    let expected: serde_json::Value = serde_json::from_slice(&bytes(&folder.join("expected.json"))).unwrap();
    let at = expected["validation_time"].as_str().unwrap().parse().unwrap();
    let signer = [certificate(&folder.join("certs/ZZ-LOTL-signer.crt"))];
    let lists = snapshot(&[&folder.join("mra-lotl.xml"), &folder.join("mra-zz-tl.xml")], &signer);
    let mut trusted = anchors(&lists, Grade::Any);
    assert_eq!(trusted.len() as u64, expected["trusted_certificates_from_the_lists"].as_u64().unwrap());
    let mut given = Vec::new();
    for file in expected["extra_trust_anchors"].as_array().unwrap() {
        let certificate = certificate(&folder.join(file.as_str().unwrap()));
        trusted.add(Anchor::given(certificate.clone(), "given"));
        given.push(certificate);
    }
    for document in expected["documents"].as_array().unwrap() {
        let name = document["file"].as_str().unwrap();
        let report = report(&folder.join(name), &trusted, &Policy::named("european").unwrap(), at);
        let signature = &report.signatures[0];
        assert_eq!(signature.conclusion.indication, Indication::TotalPassed, "{name}: {:#?}", signature.blocks);
        let stamps: Vec<_> = signature.timestamps.iter().chain(&report.timestamps).collect();
        assert_eq!(stamps.len(), 2, "{name}");
        assert!(stamps.iter().all(|stamp| stamp.conclusion.indication == Indication::Passed), "{name}");
        // The signer's issuer is an anchor given by hand, below the listed service.
        let chain: Vec<Certificate> = given.iter().take(2).cloned().collect();
        let question = Question {
            signer: signature.signer.as_ref().unwrap(),
            chain: &chain,
            best_time: signature.best_time,
            technical: Technical::Passed,
        };
        let recognition = recognise(&question, &lists, &Rules::european());
        assert_eq!(recognition.counts_as.name(), "QESIG", "{name}: {:?}", recognition.reasons);
    }
}

/// The European policy without ends of algorithms: the source dates out nothing.
fn without_ends() -> Policy {
    let without_end = |line: &str| match line.find("\"20").filter(|_| line.contains("SHA") || line.contains("until")) {
        Some(start) => format!("{}\"no end\"{}", &line[..start], &line[start + 12..]),
        None => line.to_owned(),
    };
    let lines: Vec<String> = Policy::text("european").unwrap().lines().map(without_end).collect();
    Policy::parse(&lines.join("\n")).unwrap()
}

#[test]
fn a_container_passes_only_while_its_services_are_in_force() {
    let Some(folder) = vectors("tl-status") else { return };
    let signer = [certificate(&folder.join("TSL.crt"))];
    let (mut wrong, policy) = (Vec::new(), without_ends());
    for line in json_lines(&folder.join("expected.jsonl")) {
        let name = line["trusted_list"].as_str().unwrap();
        let lists = snapshot(&[&folder.join(name)], &signer);
        let trusted = anchors(&lists, Grade::Qualified);
        // The signer's certificate has expired by then: without the time-stamp nothing proves when it signed.
        let at = "2026-01-01T00:00:00Z".parse().unwrap();
        let report = report(&folder.join("tsl.asice"), &trusted, &policy, at);
        let conclusion = report.signatures[0].conclusion;
        let passed = conclusion.indication == Indication::TotalPassed;
        let expected = line["expected"] == "good" || line["kind"] == "qualification";
        if passed != expected {
            wrong.push(format!("{name}: {conclusion:?} ({})", line["reason"]));
        }
    }
    assert!(wrong.is_empty(), "{} of 25:\n{}", wrong.len(), wrong.join("\n"));
}
