//! The independent checker on what we serve and on what we write to disk.

use crate::country::{Country, keys, start};
use crate::vectors::shared;
use mekong_base::Clock;
use mekong_crypto::{KeyType, PrivateKey};
use mekong_directory::publish::{Publisher, Ring, SigningKey};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A Python that has what the checker needs.
fn python() -> Option<PathBuf> {
    let python = std::env::var_os("MEKONG_TEST_PYTHON").map_or_else(|| PathBuf::from("python3"), PathBuf::from);
    let has =
        Command::new(&python).args(["-c", "import lxml, cryptography"]).output().is_ok_and(|o| o.status.success());
    if !has {
        assert!(
            std::env::var("CI").as_deref() != Ok("true"),
            "MEKONG_TEST_PYTHON has no lxml and cryptography, and CI=true"
        );
        println!("skipped: no Python with lxml and cryptography; set MEKONG_TEST_PYTHON");
    }
    has.then_some(python)
}

/// Runs the checker; its exit status and lines.
fn check(anchor: &Path, arguments: &[&str]) -> Option<(Option<i32>, Vec<String>)> {
    let (tool, python) = (shared("tools/gconf_check.py")?, python()?);
    let output = Command::new(python)
        .arg(tool)
        .arg("--anchor")
        .arg(anchor)
        .args(arguments)
        .args(["--at", "2026-11-22T06:05:00Z"])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap() + &String::from_utf8_lossy(&output.stderr);
    Some((output.status.code(), text.lines().map(str::to_owned).collect()))
}

const ALL: [&str; 8] = [
    "V3/internalconf",
    "V4/internalconf",
    "V5/internalconf",
    "V6/internalconf",
    "V3/externalconf",
    "V4/externalconf",
    "V5/externalconf",
    "V6/externalconf",
];

fn check_written(publisher: &Publisher, algorithm: &str) {
    let folder = tempfile::tempdir().unwrap();
    publisher.write_dir(folder.path()).unwrap();
    let anchor = folder.path().join("anchor.xml");
    std::fs::write(&anchor, publisher.internal_anchor().write()).unwrap();
    let root = folder.path().to_str().unwrap();
    let arguments: Vec<&str> = std::iter::once(root).chain(ALL).collect();
    let Some((status, lines)) = check(&anchor, &arguments) else { return };
    assert_eq!(status, Some(0), "{lines:#?}");
    assert_eq!(lines.iter().filter(|l| l.starts_with("ok ") && l.contains(algorithm)).count(), 8, "{lines:#?}");
}

#[test]
fn accepts_what_we_write_to_disk() {
    let publisher = Publisher::new(crate::country::definition("VN"), keys(), Clock::manual(start())).unwrap();
    check_written(&publisher, "ecdsa-sha256");
    for ring in [Ring::Internal, Ring::External] {
        let key = PrivateKey::generate(KeyType::Rsa(2048)).unwrap();
        publisher.rotate(ring, SigningKey::self_signed(key, "rsa", start()).unwrap()).unwrap();
    }
    check_written(&publisher, "rsa-sha512");
}

#[tokio::test(flavor = "multi_thread")]
async fn accepts_what_we_serve_and_not_what_was_tampered_with() {
    let country = Country::start("VN", &Clock::manual(start())).await;
    let folder = tempfile::tempdir().unwrap();
    let anchor = folder.path().join("anchor.xml");
    std::fs::write(&anchor, country.publisher.internal_anchor().write()).unwrap();
    let url = |name: &str| format!("http://{}/{name}", country.server.address);
    let urls = [url("internalconf?version=6"), url("externalconf?version=3"), url("internalconf")];
    let arguments = ["--url", &urls[0], &urls[1], &urls[2]];
    let Some((status, lines)) = check(&anchor, &arguments) else { return };
    assert_eq!(status, Some(0), "{lines:#?}");
    country.server.tap.change(|path, response| {
        if path.ends_with("shared-params.xml") { response.map(|b| [&b[..], b" "].concat().into()) } else { response }
    });
    let (status, lines) = check(&anchor, &arguments).unwrap();
    assert_eq!(status, Some(1));
    assert!(lines[0].starts_with("BAD") && lines[0].contains("does not match"), "{lines:#?}");
}
