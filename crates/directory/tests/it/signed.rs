//! Signed directories: the reference's signed sets and parser cases, our own written ones, tampering.

use crate::vectors::{read, shared};
use mekong_base::Instant;
use mekong_crypto::{KeyType, PrivateKey};
use mekong_directory::signed::{DirectoryContent, Kind, OutgoingPart, TrustedCertificates};
use mekong_directory::verify::{FileVerdict, Request, verify_directory};
use mekong_directory::{Anchor, DirectoryError, SHARED_PARAMETERS, SharedParameters, SignedDirectory, Version};
use std::path::PathBuf;

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

const NOW: &str = "2026-11-22T00:00:00Z";

/// Verdicts of `V?/internalconf` and `V?/externalconf`, with or without their shared parameters taken as given.
fn verdicts(version: &str, given: bool, time: &str) -> Option<Vec<FileVerdict>> {
    let root = shared("vectors/xroad/globalconf/signed")?;
    let anchor = read(&root.join("configuration_anchor_CS_internal.xml"));
    let mut trusted = Vec::new();
    for entry in std::fs::read_dir(root.join(version)).unwrap() {
        let path = entry.unwrap().path().join("shared-params.xml");
        if given && path.is_file() {
            trusted.push((path.display().to_string(), read(&path)));
        }
    }
    let files: Vec<PathBuf> = ["externalconf", "internalconf"].map(|f| format!("{version}/{f}").into()).into();
    let request = Request { anchor: &anchor, trusted: &trusted, files: &files, root: &root, at: at(time) };
    Some(verify_directory(&request).unwrap())
}

#[track_caller]
fn check(version: &str, given: bool, time: &str, expected: [(bool, Option<&str>); 2]) {
    let Some(verdicts) = verdicts(version, given, time) else { return };
    let found: Vec<_> = verdicts.iter().map(|v| (v.valid.unwrap(), v.reason)).collect();
    assert_eq!(found, expected, "{version}: {verdicts:#?}");
}

const OK: (bool, Option<&str>) = (true, None);
const UNTRUSTED: (bool, Option<&str>) = (false, Some("untrusted_certificate"));

#[test]
fn verdicts_on_the_signed_sets() {
    for version in ["V3", "V4", "V5"] {
        check(version, false, NOW, [UNTRUSTED, UNTRUSTED]);
        check(version, true, NOW, [OK, OK]);
    }
    let mismatch = (false, Some("hash_mismatch"));
    check("V6", false, NOW, [mismatch, OK]);
    check("V6", true, NOW, [mismatch, OK]);
}

#[test]
fn verdicts_carry_what_they_are_about() {
    let Some(verdicts) = verdicts("V6", false, NOW) else { return };
    let internal = &verdicts[1];
    assert_eq!(internal.instance.as_deref(), Some("DEV"));
    assert_eq!(internal.version, Some(Version::V6));
    assert_eq!(internal.expires, Some(at("2035-11-11T03:07:40Z")));
    assert_eq!(internal.detail, "signed with a certificate of the anchor; parts SHARED-PARAMETERS, PRIVATE-PARAMETERS");
    assert_eq!(
        verdicts[0].detail,
        "SHARED-PARAMETERS at /V6/20251110170000548026000/shared-params.xml has not the hash that the directory lists"
    );
}

#[test]
fn an_expired_directory_is_not_valid_and_vouches_for_nothing() {
    let expired = (false, Some("expired"));
    check("V6", false, "2035-11-11T03:07:40Z", [UNTRUSTED, expired]);
    check("V5", true, "2035-03-01T14:39:11Z", [expired, expired]);
}

#[test]
fn unreadable_files_and_missing_parts() {
    let Some(root) = shared("vectors/xroad/globalconf/signed") else { return };
    let anchor = read(&root.join("configuration_anchor_CS_internal.xml"));
    let files = [PathBuf::from("V6/none"), root.join("V6/internalconf")];
    let elsewhere = tempfile::tempdir().unwrap();
    let request = Request { anchor: &anchor, trusted: &[], files: &files, root: elsewhere.path(), at: at(NOW) };
    let verdicts = verify_directory(&request).unwrap();
    assert_eq!((verdicts[0].valid, verdicts[0].reason), (None, Some("unreadable")));
    assert_eq!((verdicts[1].valid, verdicts[1].reason), (Some(false), Some("part_unavailable")));
    let request = Request { anchor: b"<a/>", ..request };
    assert_eq!(verify_directory(&request).unwrap_err().code(), "malformed_part");
}

#[track_caller]
fn parser_case(name: &str, expected: Result<&[&str], &str>) -> Option<SignedDirectory> {
    let path = shared(&format!("vectors/xroad/gconf-parser/test-conf-{name}.txt"))?;
    let parsed = SignedDirectory::parse(read(&path));
    let found = parsed.as_ref().map(|d| d.parts().iter().map(|p| p.location.as_str()).collect::<Vec<_>>());
    assert_eq!(found.map_err(|e| e.code()), expected.map(<[&str]>::to_vec), "{name}: {parsed:?}");
    parsed.ok()
}

#[test]
fn parser_cases_of_the_reference() {
    let three: &[&str] = &["/private-params.xml", "/shared-params.xml", "/foo.xml"];
    let simple = parser_case("simple", Ok(three));
    parser_case("detached", Ok(&["/private-params.xml"]));
    parser_case("invalid-signature", Ok(three));
    parser_case("malformed", Err("malformed"));
    parser_case("missing-date", Err("missing_date"));
    parser_case("missing-signature", Err("missing_signature"));
    let Some(simple) = simple else { return };
    assert_eq!(simple.expires(), at("2026-05-20T17:42:55Z"));
    assert_eq!(simple.version(), Version::V2);
    assert_eq!(simple.parts()[2].content_id, "FOO");
    assert_eq!(simple.parts()[2].instance.as_deref(), Some("EE"));
}

/// The parser cases are really signed, with LF line ends, by a certificate that the vectors do not hold.
#[test]
fn parser_cases_are_untrusted_with_other_anchors() {
    let (Some(folder), Some(root)) = (shared("vectors/xroad/gconf-parser"), shared("vectors/xroad/globalconf")) else {
        return;
    };
    let anchor = read(&root.join("parsed/configuration-anchor1.xml"));
    let files = ["simple", "invalid-signature", "malformed"].map(|n| PathBuf::from(format!("test-conf-{n}.txt")));
    let request = Request { anchor: &anchor, trusted: &[], files: &files, root: &folder, at: at(NOW) };
    let codes: Vec<_> = verify_directory(&request).unwrap().into_iter().map(|v| v.reason.unwrap()).collect();
    assert_eq!(codes, ["untrusted_certificate", "untrusted_certificate", "malformed"]);
}

/// A self-signed certificate made by OpenSSL for a key of ours.
fn certificate_of(key: &PrivateKey) -> mekong_pki::Certificate {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("key.der"), &*key.to_pkcs8().unwrap()).unwrap();
    let output = std::process::Command::new("openssl")
        .args(["req", "-x509", "-new", "-key", "key.der", "-keyform", "DER", "-subj", "/CN=signer", "-days", "3650"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    mekong_pki::Certificate::from_pem(&String::from_utf8(output.stdout).unwrap()).unwrap()
}

struct Signed {
    bytes: Vec<u8>,
    trusted: TrustedCertificates,
}

fn sign(key_type: KeyType) -> Signed {
    let key = PrivateKey::generate(key_type).unwrap();
    let certificate = certificate_of(&key);
    let part = OutgoingPart {
        content_id: SHARED_PARAMETERS,
        location: "/V6/20261122000000000000000/shared-params.xml",
        bytes: b"<x/>",
    };
    let content = DirectoryContent {
        instance: "VN",
        version: Version::V6,
        expires: at("2026-11-22T00:10:00.5Z"),
        parts: &[part],
    };
    let bytes = content.sign(&key, &certificate).unwrap();
    let source = mekong_directory::anchor::AnchorSource {
        url: "http://a/".into(),
        certificates: vec![certificate.der().to_vec()],
    };
    let anchor = Anchor { generated_at: None, instance: "VN".into(), sources: vec![source] };
    Signed { bytes, trusted: TrustedCertificates::from_anchor(&anchor) }
}

fn verify(bytes: &[u8], trusted: &TrustedCertificates) -> Result<String, DirectoryError> {
    let directory = SignedDirectory::parse(bytes)?;
    let verified = directory.verify(trusted, at(NOW))?;
    Ok(verified.instance().to_owned())
}

#[test]
fn what_we_sign_verifies_with_rsa_and_ecdsa() {
    for key_type in [KeyType::P256, KeyType::P384, KeyType::Rsa(2048)] {
        let signed = sign(key_type);
        assert_eq!(verify(&signed.bytes, &signed.trusted), Ok("VN".into()), "{key_type}");
        let directory = SignedDirectory::parse(&signed.bytes[..]).unwrap();
        assert_eq!(directory.expires(), at("2026-11-22T00:10:00Z"));
        assert_eq!(directory.parts()[0].generation(), Some("20261122000000000000000"));
        assert!(directory.parts()[0].check(b"<x/>").is_ok());
        assert_eq!(directory.parts()[0].check(b"<y/>").unwrap_err().code(), "hash_mismatch");
    }
}

#[track_caller]
fn tampered(signed: &Signed, from: &str, to: &str, code: &str) {
    let text = String::from_utf8(signed.bytes.clone()).unwrap();
    assert!(text.contains(from), "{from}");
    assert_eq!(
        verify(text.replacen(from, to, 1).as_bytes(), &signed.trusted).map_err(|e| e.code()),
        Err(code),
        "{from} -> {to}"
    );
}

#[test]
fn tampering_is_told_apart() {
    let signed = sign(KeyType::P256);
    tampered(&signed, "Expire-date: 2026", "Expire-date: 2036", "invalid_signature_value");
    tampered(&signed, "Version: 6", "Version: 5", "invalid_signature_value");
    tampered(&signed, "Version: 6", "Version: 7", "unsupported_version");
    tampered(&signed, "instance='VN'", "instance='LA'", "invalid_signature_value");
    tampered(&signed, "shared-params.xml\r\n", "shared-params.xml \r\n", "invalid_signature_value");
    tampered(&signed, "Expire-date", "Expired", "missing_date");
    tampered(&signed, "2026-11-22T00:10:00Z", "tomorrow", "malformed");
    tampered(&signed, "/V6/", "/../", "unsafe_location");
    tampered(&signed, "/V6/", "//evil/", "unsafe_location");
    tampered(&signed, "xmlenc#sha512\r\n", "xmldsig#sha1\r\n", "unsupported_algorithm");
    tampered(&signed, "ecdsa-sha256", "ecdsa-sha1", "unsupported_algorithm");
    tampered(&signed, "ecdsa-sha256", "rsa-sha256", "unsupported_algorithm");
    tampered(&signed, "Signature-Algorithm-Id", "X", "missing_header");
    tampered(
        &signed,
        "Verification-certificate-hash: ",
        "Verification-certificate-hash: AAAA",
        "untrusted_certificate",
    );
    tampered(&signed, "Content-Transfer-Encoding: base64", "Content-Transfer-Encoding: 8bit", "malformed");
    tampered(&signed, "multipart/related", "multipart/mixed", "malformed");
    tampered(&signed, "Content-identifier", "Content-location", "malformed");
}

#[test]
fn bytes_outside_of_the_signed_list_are_refused() {
    let signed = sign(KeyType::P256);
    let text = String::from_utf8(signed.bytes.clone()).unwrap();
    let boundary = text
        .split("multipart/mixed; charset=UTF-8; boundary=")
        .nth(1)
        .unwrap()
        .split("\r\n")
        .next()
        .unwrap()
        .to_owned();
    tampered(&signed, &format!("\r\n\r\n--{boundary}\r\n"), &format!("\r\n\r\nx\r\n--{boundary}\r\n"), "malformed");
    tampered(&signed, &format!("--{boundary}--\r\n"), &format!("--{boundary}--\r\nx\r\n"), "malformed");
    tampered(&signed, &format!("--{boundary}--\r\n"), &format!("--{boundary}--\r\n\r\n"), "invalid_signature_value");
    for cut in (0..signed.bytes.len()).step_by(7) {
        assert!(verify(&signed.bytes[..cut], &signed.trusted).is_err(), "cut at {cut}");
    }
}

#[test]
fn headers_may_be_folded_and_of_any_case_outside_of_the_signed_list() {
    let signed = sign(KeyType::P256);
    let text = String::from_utf8(signed.bytes).unwrap();
    let other = text
        .replace("; hash-algorithm-id=\"", ";\r\n hash-algorithm-id='")
        .replace("\"\r\n", "'\r\n")
        .replace("Signature-Algorithm-Id", "signature-ALGORITHM-id");
    assert_ne!(text, other);
    assert_eq!(verify(other.as_bytes(), &signed.trusted), Ok("VN".into()));
}

#[test]
fn rotated_keys_are_trusted_through_shared_parameters_of_the_same_instance() {
    let old = sign(KeyType::P256);
    let new = sign(KeyType::P256);
    assert_eq!(verify(&new.bytes, &old.trusted).unwrap_err().code(), "untrusted_certificate");
    let announce = |instance: &str| {
        let key = SignedDirectory::parse(&new.bytes[..]).unwrap();
        let der = new
            .trusted
            .certificates()
            .find(|c| key.certificate_hash_algorithm().digest(c).as_ref() == key.certificate_hash());
        let mut shared = empty(instance);
        shared.sources[0].internal_certs.push(der.unwrap().to_vec());
        shared
    };
    let mut trusted = old.trusted.clone();
    assert_eq!(
        trusted.add_shared_parameters(&announce("LA"), Kind::Any, Some("VN"), "x").unwrap_err().code(),
        "wrong_instance"
    );
    trusted.add_shared_parameters(&announce("VN"), Kind::External, Some("VN"), "x").unwrap();
    assert_eq!(verify(&new.bytes, &trusted).unwrap_err().code(), "untrusted_certificate");
    trusted.add_shared_parameters(&announce("VN"), Kind::Internal, Some("VN"), "x").unwrap();
    assert_eq!(verify(&new.bytes, &trusted), Ok("VN".into()));
    let mut other = old.trusted.clone();
    other.add_shared_parameters(&announce("LA"), Kind::Any, None, "x").unwrap();
    assert_eq!(verify(&new.bytes, &other).unwrap_err().code(), "wrong_instance");
}

fn empty(instance: &str) -> SharedParameters {
    SharedParameters {
        instance: instance.into(),
        version: Version::V6,
        sources: vec![mekong_directory::shared::Source::default()],
        authorities: Vec::new(),
        timestampers: Vec::new(),
        members: Vec::new(),
        servers: Vec::new(),
        groups: Vec::new(),
        member_classes: Vec::new(),
        ocsp_freshness: std::time::Duration::from_secs(3600),
    }
}

/// Whatever single byte changes, the directory is refused or says exactly what was signed.
#[test]
fn no_changed_byte_changes_what_is_said() {
    let signed = sign(KeyType::P256);
    let original = SignedDirectory::parse(&signed.bytes[..]).unwrap();
    for at_byte in 0..signed.bytes.len() {
        for flip in [0x01, 0x20, 0x80] {
            let mut bytes = signed.bytes.clone();
            bytes[at_byte] ^= flip;
            let Ok(directory) = SignedDirectory::parse(bytes) else { continue };
            if directory.verify(&signed.trusted, at(NOW)).is_ok() {
                assert_eq!(directory.parts(), original.parts(), "byte {at_byte}");
                assert_eq!(
                    (directory.expires(), directory.version()),
                    (original.expires(), original.version()),
                    "byte {at_byte}"
                );
            }
        }
    }
}
