//! Time-stamps and OCSP responses of X-Road's own test data.

use crate::support::{names, vectors};
use mekong_crypto::DigestAlgorithm;
use mekong_pki::Certificate;
use mekong_pki::ocsp::{Response, Status};
use mekong_pki::tsp::{self, Stamped, Token, TspError};
use std::io::Read as _;
use std::path::{Path, PathBuf};

fn between<'t>(text: &'t str, start: &str, end: &str) -> Vec<&'t str> {
    text.split(start).skip(1).filter_map(|rest| rest.split_once(end)).map(|(inside, _)| inside).collect()
}

fn base64(text: &str) -> Vec<u8> {
    use base64::Engine as _;
    let plain = text.replace("&#13;", "").replace("&#xD;", "").split_whitespace().collect::<String>();
    base64::engine::general_purpose::STANDARD.decode(plain).unwrap()
}

/// The time-stamping authorities in every parsed global configuration.
fn authorities(vectors: &Path) -> Vec<Certificate> {
    let mut found: Vec<Certificate> = Vec::new();
    for file in files(&vectors.join("globalconf/parsed")) {
        let Ok(text) = std::fs::read_to_string(&file) else { continue };
        for section in between(&text, "<approvedTSA>", "</approvedTSA>") {
            for cert in between(section, "<cert>", "</cert>") {
                // The reference reads both: DER, and PEM inside the base64.
                let bytes = base64(cert);
                let pem = || Certificate::from_pem(std::str::from_utf8(&bytes).ok()?).ok();
                found.extend(Certificate::from_der(&bytes).ok().or_else(pem).filter(|c| !found.contains(c)));
            }
        }
    }
    found
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() { all.extend(files(&path)) } else { all.push(path) }
    }
    all.sort();
    all
}

fn entry(container: &Path, name: &str) -> Option<Vec<u8>> {
    let mut zip = zip::ZipArchive::new(std::fs::File::open(container).unwrap()).ok()?;
    let mut bytes = Vec::new();
    zip.by_name(name).ok()?.read_to_end(&mut bytes).unwrap();
    Some(bytes)
}

/// The time-stamp of a container and the bytes it stamps.
fn time_stamp(container: &Path) -> Option<(Vec<u8>, Vec<u8>)> {
    if let Some(token) = entry(container, "META-INF/timestamp.tst") {
        return Some((
            token,
            entry(container, "META-INF/ts-hashchainresult.xml")
                .or_else(|| entry(container, "ts-hashchainresult.xml"))?,
        ));
    }
    let signature = String::from_utf8(entry(container, "META-INF/signatures.xml")?).ok()?;
    let token = *between(&signature, "EncapsulatedTimeStamp", "<").first()?;
    let value = *between(&signature, "SignatureValue", "<").first()?;
    let content = |text: &str| base64(text.split_once('>').unwrap().1);
    Some((content(token), content(value)))
}

#[test]
fn time_stamps_of_containers_verify() {
    let Some(vectors) = vectors() else { return };
    let trusted = authorities(&vectors);
    let mut verified = Vec::new();
    for container in files(&vectors.join("asic")) {
        let name = container.file_name().unwrap().to_string_lossy().into_owned();
        let Some((token, stamped)) = time_stamp(&container) else { continue };
        match tsp::verify(&token, Stamped::Data(&stamped), &trusted) {
            Ok(_) => verified.push(name),
            Err(error) => println!("{name}: {error} ({})", names(&trusted)),
        }
    }
    println!("{verified:?}");
    for expected in ["valid-batch-ts", "valid-non-batch-rest", "valid-signed-hashchain", "valid-signed-message"] {
        assert!(verified.iter().any(|n| n.starts_with(expected)), "{expected} is not among {verified:?}");
    }
}

#[test]
fn old_time_stamp_in_ber_verifies_and_its_forgery_does_not() {
    let Some(vectors) = vectors() else { return };
    let read = |name: &str| std::fs::read(vectors.join("timestamps").join(name)).unwrap();
    let (valid, forged, data) = (read("valid"), read("invalid-signature"), read("stamped-data"));
    let trusted = authorities(&vectors);
    let token = Token::from_der(&valid).unwrap();
    assert_eq!(token.info.gen_time.to_string(), "2012-11-29T13:10:04Z");
    assert_eq!(token.info.algorithm, DigestAlgorithm::Sha256);
    tsp::verify(&valid, Stamped::Data(&data), &trusted).unwrap_or_else(|e| panic!("{e}: {}", names(&trusted)));
    let error = tsp::verify(&forged, Stamped::Data(&data), &trusted).unwrap_err();
    assert!(matches!(error, TspError::Signature { .. }), "{error}");
    assert_eq!(error.code(), "timestamp_signer_verification_failed");
    let mut other = data;
    other[42] = 1;
    let error = tsp::verify(&valid, Stamped::Data(&other), &trusted).unwrap_err();
    assert_eq!(error.code(), "malformed_signature");
}

#[test]
fn ocsp_responses_inside_containers_are_read() {
    let Some(vectors) = vectors() else { return };
    let mut read = 0;
    for container in files(&vectors.join("asic")) {
        let Some(signature) = entry(&container, "META-INF/signatures.xml") else { continue };
        let signature = String::from_utf8_lossy(&signature).into_owned();
        for value in between(&signature, "EncapsulatedOCSPValue", "<") {
            let Some((_, text)) = value.split_once('>') else { continue };
            if text.trim().is_empty() {
                continue;
            }
            let response = Response::from_der(&base64(text)).unwrap_or_else(|e| panic!("{}: {e}", container.display()));
            assert_eq!(response.answer.status, Status::Good);
            read += 1;
        }
    }
    assert!(read >= 10, "{read}");
    let file = std::fs::read(vectors.join("queries/test.ocsp")).unwrap();
    println!("{:?}", Response::from_der(&file).map(|r| r.answer));
}
