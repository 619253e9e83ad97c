//! Message archives: linking of the reference's cases, and of ours.

use crate::shared::{TestResult, shared};
use crate::signer::Signer;
use crate::written::samples;
use mekong_base::limits::ContainerLimits;
use mekong_crypto::{DigestAlgorithm, KeyType};
use mekong_message::evidence::archive::{self, linking_info};
use mekong_message::evidence::{Trust, looks_like, verify_file};
use std::process::Command;

#[test]
fn archive_of_a_real_server_holds() -> TestResult {
    let Some(path) = shared("vectors/xroad/archive/message-archive-0.zip")? else { return Ok(()) };
    let bytes = std::fs::read(path)?;
    let limits = ContainerLimits::default();
    let found = archive::verify(&bytes, &limits, Some(""), None);
    println!("{}", found.verdict.detail);
    assert_eq!((found.verdict.valid, found.verdict.reason), (Some(true), "ok"), "{found:?}");
    assert!(found.verdict.detail.contains("no global configuration was given"), "{}", found.verdict.detail);
    assert_eq!(
        found.containers.iter().map(|(_, v)| (v.valid, v.reason)).collect::<Vec<_>>(),
        [(None, "signer_not_checked")]
    );
    // Where the reference's second archive continues.
    let last = "9011ab557706b5050584d6888af7b390e5350f4edad296bd7a582aa51732aac7f49a4ec44dd361027945ade0de8b8cf607fb7b7d11f17b0560d44b965c358eaa";
    assert_eq!(found.last_digest.as_deref(), Some(last));
    assert_eq!(
        archive::verify(&bytes, &limits, Some("4145ab"), None).verdict.reason,
        "archive_previous_digest_differs"
    );
    let unknown = archive::verify(&bytes, &limits, None, Some(&Trust { of: &|_| None, timestampers: &[] }));
    assert_eq!((unknown.verdict.valid, unknown.containers[0].1.reason), (Some(true), "unknown_instance"));
    Ok(())
}

#[test]
fn linking_cases_of_the_reference() -> TestResult {
    let Some(root) = shared("vectors/xroad/archive/linking")? else { return Ok(()) };
    let expected = [
        ("WITH_LINKINGINFO", Some(true), "ok", "linking holds"),
        ("WITH_INVALID_LINKINGINFO", Some(false), "archive_digest_mismatch", "linkinginfo says INVALID_DIGEST"),
        ("NO_LINKINGINFO", Some(false), "archive_linking_info_not_found", "no linkinginfo"),
        (
            "EXCESSIVE_FILES_IN_LINKINGINFO",
            Some(false),
            "archive_files_differ",
            "8888888888-request-OUxhMqY0Kx.asice, which is not in",
        ),
        ("NO_ASIC_CONTAINERS", Some(false), "archive_no_containers", "at least one"),
    ];
    for (name, valid, reason, detail) in expected {
        let bytes = std::fs::read(root.join(format!("mlog-{name}.zip")))?;
        let found = verify_file(&bytes, &ContainerLimits::default(), None);
        println!("{name}: {}", found.detail);
        assert_eq!((found.valid, found.reason), (valid, reason), "{name}: {found:?}");
        assert!(found.detail.contains(detail), "{name}: {found:?}");
    }
    Ok(())
}

/// Packs files with Python, in this order.
fn zip(files: &[(&str, &[u8])]) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let dir = tempfile::tempdir()?;
    let mut command = Command::new("python3");
    let script = "import sys, zipfile; z = zipfile.ZipFile('archive.zip', 'w'); [z.write(n) for n in sys.argv[1:]]";
    command.current_dir(dir.path()).args(["-c", script]);
    for (name, bytes) in files {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap_or(dir.path()))?;
        std::fs::write(path, bytes)?;
        command.arg(name);
    }
    assert!(command.status()?.success());
    Ok(std::fs::read(dir.path().join("archive.zip"))?)
}

#[test]
fn our_archives_hold_and_changes_are_named() -> TestResult {
    let signer = Signer::new(KeyType::P256)?;
    let samples = samples(&signer)?;
    let names: Vec<String> = samples.iter().map(|s| format!("{}.asice", s.name)).collect();
    let containers = || names.iter().map(String::as_str).zip(samples.iter().map(|s| s.bytes.as_slice()));
    let (info, last) = linking_info(DigestAlgorithm::Sha512, Some(("abcd", "before.zip")), containers());
    let of = |_: &str| Some(signer.trust.clone());
    let trust = Trust { of: &of, timestampers: &[] };
    let verify = |info: &str, containers: &[(&str, &[u8])]| -> Result<_, Box<dyn std::error::Error>> {
        let files = [containers, &[("linkinginfo", info.as_bytes())]].concat();
        Ok(archive::verify(&zip(&files)?, &ContainerLimits::default(), Some("abcd"), Some(&trust)))
    };
    let all: Vec<(&str, &[u8])> = containers().collect();
    let found = verify(&info, &all)?;
    assert_eq!((found.verdict.valid, found.last_digest), (Some(true), Some(last)), "{:?}", found.verdict);
    assert!(found.containers.iter().all(|(_, v)| v.valid == Some(true)));
    let reason = |info: &str, containers: &[(&str, &[u8])]| {
        Ok::<_, Box<dyn std::error::Error>>(verify(info, containers)?.verdict.reason)
    };
    assert_eq!(reason(&info, &all[1..])?, "archive_files_differ");
    let extra = [all.as_slice(), &[("x.asice", b"x")]].concat();
    assert_eq!(reason(&info, &extra)?, "archive_files_differ");
    let stray = [all.as_slice(), &[("readme.txt", b"x")]].concat();
    assert_eq!(reason(&info, &stray)?, "archive_files_differ");
    let mut exchanged = all.clone();
    exchanged[0].1 = all[1].1;
    assert_eq!(reason(&info, &exchanged)?, "archive_digest_mismatch");
    assert_eq!(reason(&info.replace("SHA-512", "SHA-1"), &all)?, "archive_linking_info_malformed");
    assert_eq!(reason(&info.replace("SHA-512", ""), &all)?, "archive_linking_info_malformed");
    assert_eq!(reason(&format!("{info}a b c\n"), &all)?, "archive_linking_info_malformed");
    // Linking alone does not make a bad container good.
    let bad = [("bad.asice", b"not a container".as_slice())];
    let (bad_info, _) = linking_info(DigestAlgorithm::Sha512, Some(("abcd", "before.zip")), bad.iter().copied());
    let found = verify(&bad_info, &bad)?;
    assert_eq!(found.verdict.reason, "asic_mime_type_not_found");
    assert!(found.verdict.detail.starts_with("bad.asice: "));
    Ok(())
}

#[test]
fn documents_named_as_messages_and_containers_stay_documents() -> TestResult {
    let is_ours = |names: &[&str]| -> Result<(bool, bool), Box<dyn std::error::Error>> {
        let files: Vec<(&str, &[u8])> = names.iter().map(|name| (*name, b"x".as_slice())).collect();
        let (bytes, limits) = (zip(&files)?, ContainerLimits::default());
        Ok((looks_like(&bytes.as_slice(), &limits), archive::is_archive(&bytes, &limits)))
    };
    assert_eq!(is_ours(&["a.asice", "linkinginfo"])?, (true, true));
    assert_eq!(is_ours(&["a.asice"])?, (true, true));
    let others: [&[&str]; 5] = [
        &["mimetype", "a.asice", "META-INF/manifest.xml", "META-INF/signatures001.xml"],
        &["a.asice", "META-INF/signature.p7s"],
        &["mimetype", "linkinginfo", "META-INF/signatures0.xml"],
        &["mimetype", "message.xml", "META-INF/manifest.xml", "META-INF/signatures001.xml"],
        &["mimetype", "message.xml", "META-INF/signatures.xml"],
    ];
    for names in others {
        assert_eq!(is_ours(names)?, (false, false), "{names:?}");
    }
    let message = ["mimetype", "message.xml", "META-INF/signatures.xml", "META-INF/manifest.xml"];
    assert_eq!(is_ours(&message)?, (true, false));
    assert_eq!(is_ours(&["mimetype", "message.xml", "sig-hashchainresult.xml"])?, (true, false));
    Ok(())
}
