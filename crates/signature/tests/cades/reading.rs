//! What OpenSSL makes, read by us.

use crate::vectors::{is_intact, is_stamped};
use mekong_crypto::DigestAlgorithm;
use mekong_pki::testing::{TestResult, openssl};
use mekong_signature::cades::read_cms;
use mekong_signature::facts::{DataState, Format, Level, Proven, SignatureFormat, SignedBytes, TimestampKind};
use mekong_signature::read::{Detached, DetachedContent};
use mekong_signature::{ReadError, Reading, read};
use std::path::Path;

fn beside(content: &Vec<u8>) -> Reading<'_> {
    let content = DetachedContent::Source(content);
    Reading { detached: vec![Detached { name: Some("it".into()), content }], ..Reading::default() }
}

/// Runs OpenSSL in `folder`.
fn run(folder: &Path, line: &str) -> TestResult {
    let inside = |word: &str| match word.strip_prefix('@') {
        Some(name) => folder.join(name).to_string_lossy().into_owned(),
        None => word.to_owned(),
    };
    let words: Vec<String> = line.split_whitespace().map(inside).collect();
    openssl(&words.iter().map(String::as_str).collect::<Vec<_>>()).map_err(|e| format!("{line}: {e}"))?;
    Ok(())
}

fn key_and_certificate(folder: &Path, name: &str, kind: &str) -> TestResult {
    run(
        folder,
        &format!("req -x509 -newkey {kind} -nodes -subj /CN={name} -days 9 -keyout @{name}.key -out @{name}.pem"),
    )
}

#[test]
fn signatures_of_openssl_are_read() -> TestResult {
    let folder = tempfile::tempdir()?;
    let folder = folder.path();
    let content = "ສະບາຍດີ Lào\r\n".repeat(400).into_bytes();
    std::fs::write(folder.join("content"), &content)?;
    for (name, kind) in [("rsa", "rsa:2048"), ("ec", "ec -pkeyopt ec_paramgen_curve:P-256")] {
        key_and_certificate(folder, name, kind)?;
    }
    let pss = "-keyopt rsa_padding_mode:pss -keyopt rsa_pss_saltlen:digest";
    let cases = [
        ("rsa", "-cades", "", SignatureFormat::Cades),
        ("rsa", "-cades -md sha384", pss, SignatureFormat::Cades),
        ("ec", "-cades -md sha512 -keyid", "", SignatureFormat::Cades),
        ("ec", "-md sha256", "", SignatureFormat::Plain),
        ("rsa", "-noattr", "", SignatureFormat::Plain),
        ("ec", "-noattr -md sha256", "", SignatureFormat::Plain),
    ];
    for (name, options, key, format) in cases {
        for packaging in ["", "-nodetach", "-nodetach -stream"] {
            if key.contains("pss") && packaging.contains("stream") {
                continue; // OpenSSL 3.0 cannot write it
            }
            let sign = "cms -sign -binary -outform DER -in @content -out @cms";
            run(folder, &format!("{sign} {options} {packaging} -signer @{name}.pem -inkey @{name}.key {key}"))?;
            let case = format!("{name} {options} {packaging}");
            let cms = std::fs::read(folder.join("cms"))?;
            let document = read(&cms, &beside(&content))?;
            assert_eq!(document.format, Format::Cades);
            let signature = &document.signatures[0];
            assert!(is_intact(signature, &[]), "{case}: {:?} {:?}", signature.data, signature.faults);
            assert_eq!(signature.format, format, "{case}");
            let is_ades = format == SignatureFormat::Cades;
            assert_eq!(signature.level, if is_ades { Level::B } else { Level::NotAdes }, "{case}");

            let other = read(&cms, &beside(&b"other".to_vec()))?;
            assert_eq!(is_intact(&other.signatures[0], &[]), !packaging.is_empty(), "{case}");
            let known = DigestAlgorithm::ALL.map(|a| (a, a.digest(&content).as_ref().to_vec()));
            let digest = |algorithm| known.iter().find(|(a, _)| *a == algorithm).map(|(_, digest)| digest.clone());
            let by_digest = read_cms(&cms, &digest, false)?.remove(0);
            assert_eq!(by_digest.data[0].state, DataState::Intact);
            if options.contains("-noattr") && packaging.is_empty() {
                assert!(matches!(by_digest.value.signed, SignedBytes::Digest(..)), "{case}");
            }
            let nothing = read(&cms, &Reading::default())?;
            assert_eq!(nothing.signatures[0].data[0].state == DataState::Missing, packaging.is_empty(), "{case}");
        }
    }
    Ok(())
}

#[test]
fn pem_smime_certificates_and_nonsense() -> TestResult {
    let folder = tempfile::tempdir()?;
    let folder = folder.path();
    std::fs::write(folder.join("content"), b"content")?;
    key_and_certificate(folder, "rsa", "rsa:2048")?;
    let sign = "-sign -binary -in @content -signer @rsa.pem -inkey @rsa.key -nodetach";
    run(folder, &format!("cms {sign} -cades -outform PEM -out @cms.pem"))?;
    run(folder, &format!("smime {sign} -outform PEM -out @p7.pem"))?;
    for name in ["cms.pem", "p7.pem"] {
        let document = read(&std::fs::read(folder.join(name))?, &Reading::default())?;
        assert!(is_intact(&document.signatures[0], &[]), "{name}");
    }
    run(folder, "crl2pkcs7 -nocrl -certfile @rsa.pem -outform DER -out @bag.p7b")?;
    run(folder, "cms -encrypt -binary -in @content -outform DER -out @encrypted @rsa.pem")?;
    for name in ["bag.p7b", "encrypted", "content"] {
        let found = read(&std::fs::read(folder.join(name))?, &Reading::default());
        assert!(matches!(found, Err(ReadError::NoSignature(_))), "{name}: {found:?}");
    }
    run(folder, &format!("cms {sign} -cades -outform DER -out @cms"))?;
    let cms = std::fs::read(folder.join("cms"))?;
    let padded = [cms.as_slice(), &[0; 100]].concat();
    assert!(read(&padded, &Reading::default()).is_err(), "trailing bytes in a file");
    let digest = |algorithm: DigestAlgorithm| Some(algorithm.digest(b"content").as_ref().to_vec());
    assert_eq!(read_cms(&padded, &digest, true)?[0].format, SignatureFormat::Pades, "zero bytes in a PDF");
    assert!(read_cms(&[padded.as_slice(), &[1]].concat(), &digest, true).is_err(), "other bytes in a PDF");
    Ok(())
}

#[test]
fn timestamps_of_openssl_are_documents() -> TestResult {
    let folder = tempfile::tempdir()?;
    let folder = folder.path();
    let content = b"content".to_vec();
    std::fs::write(folder.join("content"), &content)?;
    std::fs::write(folder.join("ext"), "extendedKeyUsage=critical,timeStamping\nkeyUsage=critical,digitalSignature\n")?;
    run(folder, "req -new -newkey rsa:2048 -nodes -subj /CN=tsa -keyout @tsa.key -out @tsa.csr")?;
    run(folder, "x509 -req -in @tsa.csr -signkey @tsa.key -days 9 -extfile @ext -out @tsa.pem")?;
    let path = |name: &str| folder.join(name).to_string_lossy().into_owned();
    std::fs::write(folder.join("serial"), "01\n")?;
    let config = format!(
        "[tsa]\ndefault_tsa=t\n[t]\nserial={}\nsigner_digest=sha256\ndefault_policy=1.2.3.4\n\
         digests=sha256,sha512\naccuracy=secs:1\ness_cert_id_chain=no\ness_cert_id_alg=sha256\n",
        path("serial")
    );
    std::fs::write(folder.join("config"), config)?;
    run(folder, "ts -query -data @content -sha512 -cert -out @query")?;
    let reply = "ts -reply -config @config -queryfile @query -signer @tsa.pem -inkey @tsa.key";
    run(folder, &format!("{reply} -out @response"))?;
    run(folder, &format!("{reply} -token_out -out @token"))?;
    for name in ["response", "token"] {
        let bytes = std::fs::read(folder.join(name))?;
        let document = read(&bytes, &beside(&content))?;
        assert_eq!(document.format, Format::Timestamp);
        let [timestamp] = &document.timestamps[..] else { return Err("one time-stamp wanted".into()) };
        assert!(is_stamped(timestamp, &[]), "{name}: {:?}", timestamp.imprint);
        assert_eq!(
            (timestamp.kind, &timestamp.proves[..]),
            (TimestampKind::Container, &[Proven::Data("it".into())][..])
        );
        let other = read(&bytes, &beside(&b"other".to_vec()))?;
        assert_eq!((&other.timestamps[0].imprint, other.timestamps[0].proves.len()), (&DataState::Altered, 0));
        let missing = read(&bytes, &Reading::default())?;
        assert_eq!(missing.timestamps[0].imprint, DataState::Missing);
    }
    Ok(())
}
