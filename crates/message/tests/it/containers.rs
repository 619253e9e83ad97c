//! The containers of the reference's tests, with the verdicts that its tests demand.

use crate::shared::{TestResult, shared, trust_of};
use mekong_base::limits::ContainerLimits;
use mekong_message::asic::Container;
use mekong_message::evidence::{Trust, Verdict, verify_file};
use std::collections::BTreeMap;
use std::path::Path;

/// File -> (expected, code).
fn expectations(root: &Path) -> Result<BTreeMap<String, (String, String)>, std::io::Error> {
    let text = std::fs::read_to_string(root.join("expected.tsv"))?;
    let rows = text.lines().filter(|l| !l.starts_with('#')).map(|l| l.split('\t').collect::<Vec<_>>());
    Ok(rows.filter_map(|r| Some((r.first()?.to_string(), (r.get(1)?.to_string(), r.get(2)?.to_string())))).collect())
}

fn verdict(path: &Path, trust: Option<&Trust<'_>>) -> Result<Verdict, std::io::Error> {
    Ok(verify_file(&std::fs::read(path)?, &ContainerLimits::default(), trust))
}

#[test]
fn verdicts_on_asic_are_those_of_the_reference() -> TestResult {
    let Some(root) = shared("vectors/xroad")? else { return Ok(()) };
    let dev = trust_of(&root.join("globalconf/parsed/globalconf_good2_v3/DEV/shared-params.xml"))?;
    let of = |instance: &str| (instance == "DEV").then(|| dev.clone());
    let trust = Trust { of: &of, timestampers: &[] };
    let mut seen = 0;
    for (file, (expected, code)) in expectations(&root)?.iter().filter(|(f, _)| f.starts_with("asic/")) {
        let found = verdict(&root.join(file), Some(&trust))?;
        println!("{file}: {:?} {} {}", found.valid, found.reason, found.detail);
        // Two of the bad ones are of another instance, and bad without knowing it.
        assert_eq!(found.valid, Some(expected == "valid"), "{file}: {found:?}");
        assert_eq!(found.reason, if expected == "valid" { "ok" } else { code }, "{file}: {found:?}");
        seen += 1;
    }
    assert_eq!(seen, 12);
    Ok(())
}

#[test]
fn structure_is_judged_as_the_reference_does() -> TestResult {
    let Some(root) = shared("vectors/xroad")? else { return Ok(()) };
    let mut seen = 0;
    for (file, (expected, code)) in expectations(&root)?.iter().filter(|(f, _)| f.starts_with("asic-structure/")) {
        let found = Container::read(std::fs::read(root.join(file))?, &ContainerLimits::default());
        match (expected.as_str(), &found) {
            ("structure-ok", Ok(_)) => {}
            ("structure-bad", Err(error)) => assert_eq!(error.code(), code, "{file}"),
            _ => panic!("{file}: expected {expected}, found {found:?}"),
        }
        seen += 1;
    }
    assert_eq!(seen, 6);
    Ok(())
}

#[test]
fn without_a_configuration_the_verdict_stays_open() -> TestResult {
    let Some(root) = shared("vectors/xroad/asic")? else { return Ok(()) };
    for name in ["valid-signed-message", "valid-signed-hashchain", "valid-batch-ts", "valid-non-batch-rest"] {
        let found = verdict(&root.join(format!("{name}.asice")), None)?;
        assert_eq!((found.valid, found.reason), (None, "signer_not_checked"), "{found:?}");
        assert!(found.detail.contains("--global-conf DIR"), "{found:?}");
        assert!(found.signer.is_some() && found.signed_at.is_some() && found.timestamp.is_some());
    }
    let found = verdict(&root.join("wrong-message.asice"), None)?;
    assert_eq!((found.valid, found.reason), (Some(false), "invalid_signature_value"));
    assert!(found.detail.contains("/message.xml was changed"), "{}", found.detail);
    Ok(())
}

#[test]
fn an_instance_that_the_configuration_lacks_is_named() -> TestResult {
    let Some(root) = shared("vectors/xroad/asic")? else { return Ok(()) };
    let trust = Trust { of: &|_| None, timestampers: &[] };
    let found = verdict(&root.join("valid-signed-message.asice"), Some(&trust))?;
    assert_eq!((found.valid, found.reason), (None, "unknown_instance"));
    assert!(found.detail.contains("no instance DEV"), "{}", found.detail);
    Ok(())
}
