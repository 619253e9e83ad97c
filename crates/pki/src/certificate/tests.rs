//! Tests of reading certificates: ours, OpenSSL's, and those of real authorities.

use super::*;
use crate::testing::{TestResult, openssl, self_signed, shared};
use mekong_crypto::KeyType;
use std::path::Path;

/// Everything OpenSSL says about a certificate must be what we say.
fn agrees_with_openssl(der: &[u8], path: &Path) -> TestResult {
    let certificate = Certificate::from_der(der).map_err(|e| format!("{}: {e}", path.display()))?;
    let file = tempfile::NamedTempFile::new()?;
    std::fs::write(file.path(), der)?;
    let file = file.path().to_string_lossy().into_owned();
    let ask = |what: &[&str]| -> Result<String, Box<dyn std::error::Error>> {
        let arguments = [&["x509", "-inform", "DER", "-in", &file, "-noout"], what].concat();
        Ok(String::from_utf8_lossy(&openssl(&arguments)?).trim().to_owned())
    };
    let serial = ask(&["-serial"])?.to_lowercase();
    let ours = certificate.serial_hex();
    let ours = ours.trim_start_matches('0');
    let theirs = serial.trim_start_matches("serial=").trim_start_matches('0').to_owned();
    assert!(theirs == ours || theirs.starts_with('-'), "{}: {theirs} {ours}", path.display());
    let dates = ask(&["-dates", "-dateopt", "iso_8601"]).unwrap_or_default();
    for (line, instant) in dates.lines().zip([certificate.not_before(), certificate.not_after()]) {
        let theirs = line.split_once('=').ok_or("date")?.1.replace(' ', "T");
        assert_eq!(theirs.parse::<Instant>()?, instant, "{}", path.display());
    }
    let fingerprint = ask(&["-fingerprint", "-sha256"])?.to_lowercase().replace(':', "");
    assert!(fingerprint.ends_with(&format!("{:?}", certificate.fingerprint(DigestAlgorithm::Sha256))));
    let extension = ask(&["-ext", "basicConstraints"]).unwrap_or_default();
    assert_eq!(extension.contains("CA:TRUE"), certificate.is_ca(), "{}", path.display());
    let usage = ask(&["-ext", "keyUsage"]).unwrap_or_default();
    assert_eq!(usage.contains("Non Repudiation"), certificate.is_signing(), "{}", path.display());
    assert_eq!(usage.contains("Certificate Sign"), certificate.key_usage().is_some_and(|u| u.key_cert_sign()));
    let text = |e: &str| ask(&["-subject", "-nameopt", e]);
    let theirs = text("RFC2253,-esc_msb,utf8")?;
    let theirs = theirs.trim_start_matches("subject=");
    let ours = certificate.subject();
    // OpenSSL writes attribute types by its own short names, so compare only where all are common ones.
    if !theirs.contains("emailAddress") && !ours.contains("=#") && !theirs.contains("=#") {
        let same = |s: &str| s.replace("serialNumber=", "2.5.4.5=").replace("GN=", "givenName=").to_lowercase();
        assert_eq!(same(&ours), same(theirs), "{}", path.display());
    }
    Ok(())
}

#[test]
fn certificates_of_real_authorities_are_read() -> TestResult {
    let Some(folder) = shared("vectors/trust/dss/anchors")? else { return Ok(()) };
    let mut count = 0;
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|e| e == "pem") {
            let certificate = Certificate::from_pem(&std::fs::read_to_string(&path)?)?;
            agrees_with_openssl(certificate.der(), &path)?;
            if certificate.is_self_issued() {
                certificate.verify_signature(certificate.public_key())?;
            }
            count += 1;
        }
    }
    assert!(count >= 25, "only {count} certificates found");
    Ok(())
}

/// Every base64 text in the X-Road files that begins like a certificate.
#[test]
fn certificates_in_x_road_files_are_read() -> TestResult {
    use base64::Engine as _;
    let Some(folder) = shared("vectors/xroad")? else { return Ok(()) };
    let mut folders = vec![folder];
    let mut seen = std::collections::HashSet::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let Ok(text) = std::fs::read_to_string(&path) else { continue };
            for piece in text.split(['<', '>']).map(|p| p.replace("&#13;", "")) {
                let base64: String = piece.split_ascii_whitespace().collect();
                let bytes = base64::engine::general_purpose::STANDARD.decode(&base64).unwrap_or_default();
                let is_certificate = matches!(bytes.as_slice(), [0x30, 0x82, _, _, 0x30, 0x82, ..]);
                if is_certificate && bytes.len() < 4000 && seen.insert(bytes.clone()) {
                    agrees_with_openssl(&bytes, &path)?;
                }
            }
        }
    }
    println!("{} different certificates", seen.len());
    assert!(seen.len() >= 10, "only {} certificates found", seen.len());
    Ok(())
}

#[test]
fn openssl_certificates_with_odd_serials_are_read() -> TestResult {
    let dir = tempfile::tempdir()?;
    let at = |name: &str| dir.path().join(name).to_string_lossy().into_owned();
    let (key, out) = (at("key"), at("certificate"));
    for (serial, ours) in [("-5", "fb"), ("0", "00"), ("0x80", "0080"), ("0x7f", "7f")] {
        let mut arguments = vec!["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
        arguments.extend(["-keyout", &key, "-out", &out, "-subj", "/CN=x", "-set_serial", serial]);
        openssl(&arguments)?;
        let certificate = Certificate::from_pem(&std::fs::read_to_string(&out)?)?;
        assert_eq!(certificate.serial_hex(), ours);
        agrees_with_openssl(certificate.der(), Path::new(serial))?;
    }
    Ok(())
}

#[test]
fn pem_and_equality() -> TestResult {
    let root = self_signed("Ŕoot", KeyType::P256)?.certificate;
    let again = Certificate::from_pem(&format!("text\r\n{}text", root.pem().replace('\n', "\r\n")))?;
    assert_eq!(again, root);
    assert_eq!(Certificate::from_der_or_pem(root.pem().as_bytes())?, root);
    assert_eq!(Certificate::from_der_or_pem(root.der())?, root);
    let both = Certificate::all_from_pem(&root.pem().repeat(2))?;
    assert_eq!(both.len(), 2);
    assert!(matches!(Certificate::from_pem(&root.pem().repeat(2)), Err(CertificateError::Pem(_))));
    assert!(matches!(Certificate::from_pem("-----BEGIN CERTIFICATE-----\nAA"), Err(CertificateError::Pem(_))));
    assert_eq!(root.subject_attribute(crate::name::COMMON_NAME).as_deref(), Some("Ŕoot"));
    assert_eq!(root.subject_der(), root.issuer_der());
    assert!(format!("{root:?}").contains("Ŕoot"));
    Ok(())
}

#[test]
fn malformed_certificates_are_refused() -> TestResult {
    let root = self_signed("root", KeyType::P256)?.certificate;
    for length in 0..root.der().len() {
        assert!(Certificate::from_der(root.der().get(..length).unwrap_or_default()).is_err());
    }
    assert!(matches!(Certificate::from_der(&[root.der(), &[0]].concat()), Err(CertificateError::Malformed(_))));
    assert!(matches!(Certificate::from_der(&vec![0x30; 70_000]), Err(CertificateError::TooLarge { found: 70_000 })));
    Ok(())
}

/// No single changed byte may panic, nor leave the signature valid.
#[test]
fn no_changed_byte_goes_unnoticed() -> TestResult {
    let root = self_signed("root", KeyType::P256)?.certificate;
    for place in 0..root.der().len() {
        let mut der = root.der().to_vec();
        if let Some(byte) = der.get_mut(place) {
            *byte ^= 0x01;
        }
        if let Ok(changed) = Certificate::from_der(&der) {
            assert!(changed.verify_signature(root.public_key()).is_err(), "byte {place}");
        }
    }
    Ok(())
}

#[test]
fn unsupported_keys_are_named() -> TestResult {
    let dir = tempfile::tempdir()?;
    let at = |name: &str| dir.path().join(name).to_string_lossy().into_owned();
    let (key, out) = (at("key"), at("certificate"));
    let mut arguments =
        vec!["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:brainpoolP256t1", "-nodes"];
    arguments.extend(["-keyout", &key, "-out", &out, "-subj", "/CN=t1"]);
    openssl(&arguments)?;
    match Certificate::from_pem(&std::fs::read_to_string(&out)?) {
        Err(CertificateError::Key { subject, .. }) => assert_eq!(subject, "CN=t1"),
        other => return Err(format!("{other:?}").into()),
    }
    Ok(())
}
