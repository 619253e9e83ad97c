//! Containers that we write, before programs that others wrote: an independent checker, xmlsec1, unzip.

use crate::shared::{TestResult, shared};
use crate::signer::{MESSAGE, Signer, digest, now};
use mekong_base::limits::ContainerLimits;
use mekong_crypto::{DigestAlgorithm, KeyType};
use mekong_message::asic::{self, Container, Contents};
use mekong_message::evidence::{Trust, verify_file};
use mekong_message::timestamp::{self, BatchTimestamp};
use mekong_message::{MessageDigests, SignatureData, sign_batch, sign_message};
use std::path::{Path, PathBuf};
use std::process::Command;

pub(crate) struct Sample {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

fn container(
    message: &[u8],
    signature: &SignatureData,
    timestamp: Option<&BatchTimestamp>,
    attachments: &[&[u8]],
) -> Result<Vec<u8>, asic::AsicError> {
    asic::write(&Contents { message, signature, timestamp, attachments, created_at: now() })
}

/// Plain and batch signatures, each with both kinds of time-stamps.
pub(crate) fn samples(signer: &Signer) -> Result<Vec<Sample>, Box<dyn std::error::Error>> {
    let body: &[u8] = b"{\"name\":\"\xe0\xba\xaa\xe0\xba\xbb\xe0\xba\xa1\"}";
    let identity = &signer.identity;
    let mut signed = vec![
        ("plain", MESSAGE.to_vec(), sign_message(identity, MESSAGE, &[], now())?, Vec::new()),
        ("attachment", MESSAGE.to_vec(), sign_message(identity, MESSAGE, &[digest(body)], now())?, vec![body]),
    ];
    let other = [MESSAGE, b"x-road-issue:7\r\n"].concat();
    let batch = [
        MessageDigests { message: digest(MESSAGE), attachments: vec![digest(body), digest(b"")] },
        MessageDigests { message: digest(&other), attachments: Vec::new() },
    ];
    let mut in_batch = sign_batch(identity, &batch, now())?.into_iter();
    let mut next = || in_batch.next().ok_or("a signature is missing");
    signed.push(("batch-attachments", MESSAGE.to_vec(), next()?, vec![body, b""]));
    signed.push(("batch-plain", other, next()?, Vec::new()));
    let mut samples = Vec::new();
    for (name, message, signature, attachments) in &signed {
        let token = signer.stamp(&timestamp::signature_value(&signature.signature_xml)?)?;
        let mut stamped = signature.clone();
        stamped.signature_xml = timestamp::embed(&signature.signature_xml, &token)?;
        let bytes = container(message, &stamped, None, attachments)?;
        samples.push(Sample { name: format!("{name}-single-stamp"), bytes });
    }
    let digests: Vec<Vec<u8>> = signed.iter().map(|(_, _, s, _)| digest(s.signature_xml.as_bytes()).1).collect();
    let tree = timestamp::batch(&digests, DigestAlgorithm::Sha512)?;
    let token = signer.stamp(tree.hash_chain_result().as_bytes())?;
    for (place, (name, message, signature, attachments)) in signed.iter().enumerate() {
        let stamp = tree.stamped(place, &token).ok_or("no time-stamp")?;
        let bytes = container(message, signature, Some(&stamp), attachments)?;
        samples.push(Sample { name: format!("{name}-batch-stamp"), bytes });
    }
    Ok(samples)
}

/// What is repeated often packs into next to nothing, as an attack on readers does.
#[test]
fn bodies_of_zeros_are_evidence_too() -> TestResult {
    let signer = Signer::new(KeyType::P256)?;
    let body = vec![0; 8 << 20];
    let mut signature = sign_message(&signer.identity, MESSAGE, &[digest(&body)], now())?;
    let token = signer.stamp(&timestamp::signature_value(&signature.signature_xml)?)?;
    signature.signature_xml = timestamp::embed(&signature.signature_xml, &token)?;
    let of = |instance: &str| (instance == "LA").then(|| signer.trust.clone());
    let trust = Trust { of: &of, timestampers: &[] };
    let bytes = container(MESSAGE, &signature, None, &[&body])?;
    let verdict = verify_file(&bytes, &ContainerLimits::default(), Some(&trust));
    assert_eq!(verdict.valid, Some(true), "{}", verdict.detail);
    Ok(())
}

#[test]
fn our_containers_hold_before_us() -> TestResult {
    let signer = Signer::new(KeyType::P256)?;
    let of = |instance: &str| (instance == "LA").then(|| signer.trust.clone());
    let trust = Trust { of: &of, timestampers: &[] };
    for sample in samples(&signer)? {
        let verdict = verify_file(&sample.bytes, &ContainerLimits::default(), Some(&trust));
        assert_eq!((verdict.valid, verdict.reason), (Some(true), "ok"), "{}: {verdict:?}", sample.name);
        assert_eq!(verdict.signer, Some("LA/GOV/MOHA/civil".parse()?));
        assert_eq!((verdict.signed_at, verdict.timestamp), (Some(now()), Some(now())));
        let open = verify_file(&sample.bytes, &ContainerLimits::default(), None);
        assert_eq!((open.valid, open.reason), (None, "signer_not_checked"), "{}: {open:?}", sample.name);
        let container = Container::read(sample.bytes, &ContainerLimits::default())?;
        assert!(container.mimetype_is_first());
        for number in container.attachments() {
            let content = container.attachment(number).ok_or("no attachment")?;
            assert_eq!(
                container.attachment_digest(number, DigestAlgorithm::Sha256),
                Some(DigestAlgorithm::Sha256.digest(&content).as_ref().to_vec())
            );
        }
    }
    Ok(())
}

#[test]
fn a_stamp_by_another_authority_is_refused() -> TestResult {
    let (signer, stranger) = (Signer::new(KeyType::P256)?, Signer::new(KeyType::P256)?);
    let mut signature = sign_message(&signer.identity, MESSAGE, &[], now())?;
    let token = stranger.stamp(&timestamp::signature_value(&signature.signature_xml)?)?;
    let plain = signature.signature_xml.clone();
    signature.signature_xml = timestamp::embed(&plain, &token)?;
    let bytes = container(MESSAGE, &signature, None, &[])?;
    let of = |_: &str| Some(signer.trust.clone());
    let verdict = |bytes: &[u8], trust: &Trust<'_>| verify_file(bytes, &ContainerLimits::default(), Some(trust));
    let found = verdict(&bytes, &Trust { of: &of, timestampers: &[] });
    assert_eq!((found.valid, found.reason), (Some(false), "tsp_certificate_not_found"), "{found:?}");
    // The same stamp by an authority of another instance in the configuration is good.
    let others = &stranger.trust.timestampers;
    assert_eq!(verdict(&bytes, &Trust { of: &of, timestampers: others }).reason, "ok");
    // A stamp over something else.
    let token = signer.stamp(b"something else")?;
    signature.signature_xml = timestamp::embed(&plain, &token)?;
    let found = verdict(&container(MESSAGE, &signature, None, &[])?, &Trust { of: &of, timestampers: &[] });
    assert_eq!((found.valid, found.reason), (Some(false), "malformed_signature"), "{found:?}");
    // None at all.
    signature.signature_xml = plain;
    let found = verdict(&container(MESSAGE, &signature, None, &[])?, &Trust { of: &of, timestampers: &[] });
    assert_eq!((found.valid, found.detail.as_str()), (Some(false), "the time-stamp is malformed: there is none"));
    Ok(())
}

/// The Python that runs the independent checker: that of `./dev test`, or one made once beside the build's other files.
fn python(requirements: &Path) -> Result<PathBuf, Box<dyn std::error::Error>> {
    let ready = |python: &Path| {
        let imports = Command::new(python).args(["-c", "import asn1crypto, cryptography, lxml"]).output();
        imports.is_ok_and(|output| output.status.success())
    };
    let venv = Path::new(env!("CARGO_TARGET_TMPDIR")).join("python");
    let python = std::env::var_os("MEKONG_TEST_PYTHON").map_or_else(|| venv.join("bin/python"), PathBuf::from);
    if !ready(&python) {
        run(Command::new("python3").arg("-m").arg("venv").arg(&venv))?;
        run(Command::new(venv.join("bin/python")).args(["-m", "pip", "install", "--quiet", "-r"]).arg(requirements))?;
        return Ok(venv.join("bin/python"));
    }
    Ok(python)
}

fn run(command: &mut Command) -> Result<String, Box<dyn std::error::Error>> {
    let output = command.output().map_err(|e| format!("{command:?}: {e}"))?;
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    if output.status.success() { Ok(text) } else { Err(format!("{command:?}: {text}").into()) }
}

#[test]
fn our_containers_hold_before_an_independent_checker() -> TestResult {
    let Some(tools) = shared("tools")? else { return Ok(()) };
    let python = python(&tools.join("requirements.txt"))?;
    for key_type in [KeyType::P256, KeyType::Rsa(2048)] {
        let signer = Signer::new(key_type)?;
        let dir = tempfile::tempdir()?;
        let authorities = [signer.authority.root(), signer.authority.issuing()];
        let certificates: String = authorities.iter().map(|c| c.pem()).collect();
        std::fs::write(dir.path().join("ca.pem"), certificates)?;
        let mut command = Command::new(&python);
        command.arg(tools.join("asic_check.py"));
        for sample in samples(&signer)? {
            let path = dir.path().join(format!("{}.asice", sample.name));
            std::fs::write(&path, &sample.bytes)?;
            command.arg(path);
        }
        command.args(["--profile", "xroad", "--ca"]).arg(dir.path().join("ca.pem"));
        let report = run(&mut command)?;
        println!("{report}");
        assert_eq!(report.lines().filter(|l| l.starts_with("ok ")).count(), 8, "{report}");
    }
    Ok(())
}

/// xmlsec1 takes files that references name from its working directory if their names are relative, so the container's
/// root becomes the root of a URI map.
#[test]
fn xmlsec1_verifies_our_signatures() -> TestResult {
    for key_type in [KeyType::P256, KeyType::Rsa(2048)] {
        let signer = Signer::new(key_type)?;
        let dir = tempfile::tempdir()?;
        for (message, attachments) in [(MESSAGE, vec![]), (MESSAGE, vec![digest(b"body")])] {
            let data = sign_message(&signer.identity, message, &attachments, now())?;
            let path = |name: &str| dir.path().join(name);
            std::fs::write(path("signatures.xml"), &data.signature_xml)?;
            std::fs::write(path("message.xml"), message)?;
            std::fs::write(path("result.xml"), data.hash_chain_result.unwrap_or_default())?;
            std::fs::write(path("ca.pem"), signer.authority.root().pem())?;
            std::fs::write(path("issuing.pem"), signer.authority.issuing().pem())?;
            std::fs::write(path("signer.pem"), signer.identity.certificate().pem())?;
            let map = |uri: &str, file: &str| [format!("--url-map:{uri}"), path(file).display().to_string()];
            let mut command = Command::new("xmlsec1");
            command.args(["--verify", "--id-attr:Id", "http://uri.etsi.org/01903/v1.3.2#:SignedProperties"]);
            command.args(map("/message.xml", "message.xml")).args(map("/sig-hashchainresult.xml", "result.xml"));
            command.args(["--verification-gmt-time", "2026-11-18 00:00:00"]);
            command.arg("--trusted-pem").arg(path("ca.pem")).arg("--untrusted-pem").arg(path("issuing.pem"));
            command.arg("--pubkey-cert-pem").arg(path("signer.pem")).arg(path("signatures.xml"));
            let report = run(&mut command)?;
            assert!(report.contains("OK"), "{report}");
        }
    }
    Ok(())
}

#[test]
fn unzip_reads_our_containers() -> TestResult {
    let signer = Signer::new(KeyType::P256)?;
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("a.asice");
    for sample in samples(&signer)? {
        std::fs::write(&path, &sample.bytes)?;
        let report = run(Command::new("unzip").arg("-t").arg(&path))?;
        assert!(report.contains("No errors detected"), "{report}");
        // Where `file` and other magic readers look for it (ETSI TS 102 918 §6.2.1).
        assert_eq!(sample.bytes.get(30..69), Some(b"mimetypeapplication/vnd.etsi.asic-e+zip".as_slice()));
    }
    Ok(())
}

/// Whatever a changed message says, even about its sender, the verdict is that it was changed.
#[test]
fn a_changed_message_is_named_before_anything_it_says() -> TestResult {
    let signer = Signer::new(KeyType::P256)?;
    let of = |instance: &str| (instance == "LA").then(|| signer.trust.clone());
    let trust = Trust { of: &of, timestampers: &[] };
    let plain = sign_message(&signer.identity, MESSAGE, &[], now())?;
    let token = signer.stamp(&timestamp::signature_value(&plain.signature_xml)?)?;
    let stamped = SignatureData { signature_xml: timestamp::embed(&plain.signature_xml, &token)?, ..plain.clone() };
    let tree = timestamp::batch(&[digest(plain.signature_xml.as_bytes()).1, digest(b"x").1], DigestAlgorithm::Sha512)?;
    let token = signer.stamp(tree.hash_chain_result().as_bytes())?;
    let batch = tree.stamped(0, &token).ok_or("no time-stamp")?;
    let text = String::from_utf8(MESSAGE.to_vec())?;
    for changed in
        [text.replace("GET", "GEX"), text.replace("LA/GOV/MOHA", "LA/GOV/MOF"), text.replace("LA/GOV", "XX/GOV")]
    {
        for (signature, timestamp) in [(&stamped, None), (&plain, Some(&batch))] {
            let bytes = container(changed.as_bytes(), signature, timestamp, &[])?;
            let found = verify_file(&bytes, &ContainerLimits::default(), Some(&trust));
            assert_eq!((found.valid, found.reason), (Some(false), "invalid_signature_value"), "{found:?}");
            assert!(
                found.detail.starts_with("/message.xml was changed after signing: its digest is "),
                "{}",
                found.detail
            );
        }
    }
    // A changed signature under a batch time-stamp: the signature tells what, not the time-stamp.
    let mut other = plain.clone();
    other.signature_xml = plain.signature_xml.replace("SigningTime>2026", "SigningTime>2025");
    let found = verify_file(&container(MESSAGE, &other, Some(&batch), &[])?, &ContainerLimits::default(), Some(&trust));
    assert!(found.detail.starts_with("#signed-properties was changed"), "{}", found.detail);
    // What no signature covers is covered by the time-stamp.
    other.signature_xml = plain.signature_xml.replace("</xades:OCSPValues>", "<!-- --></xades:OCSPValues>");
    let found = verify_file(&container(MESSAGE, &other, Some(&batch), &[])?, &ContainerLimits::default(), Some(&trust));
    assert_eq!((found.valid, found.reason), (Some(false), "malformed_signature"));
    assert!(found.detail.contains("/META-INF/signatures.xml does not match the hash chain"), "{}", found.detail);
    // Nothing was changed, but nobody can tell who it is from.
    let unreadable = sign_message(&signer.identity, b"hello", &[], now())?;
    let found = verify_file(&container(b"hello", &unreadable, None, &[])?, &ContainerLimits::default(), Some(&trust));
    assert_eq!((found.valid, found.reason), (Some(false), "unreadable_message"));
    Ok(())
}
