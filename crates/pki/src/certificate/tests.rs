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

/// A certificate with parts replaced before it is signed: every one of these is met in the field.
mod odd {
    use super::*;
    use crate::issue::Issuer;
    use crate::tlv::{SEQUENCE, Walker, context, wrap, wrap_all};

    /// The fields of `tbsCertificate`, changed, and the whole signed again.
    fn forged(change: impl Fn(&mut Vec<Vec<u8>>)) -> Result<(Certificate, Issuer), Box<dyn std::error::Error>> {
        let issuer = self_signed("odd", KeyType::P256)?;
        let mut outer = Walker::open(issuer.certificate.der(), SEQUENCE, "certificate")?;
        let mut tbs = outer.enter(SEQUENCE, "tbs")?;
        let algorithm = outer.take(SEQUENCE, "algorithm")?.whole;
        let mut fields = Vec::new();
        while !tbs.is_empty() {
            fields.push(tbs.next("field")?.whole.to_vec());
        }
        change(&mut fields);
        let tbs = wrap(SEQUENCE, &fields.concat());
        let value = issuer.key.sign(issuer.key.default_algorithm(), &tbs)?;
        let signature = wrap_all(0x03, &[&[0], &value]);
        let der = wrap_all(SEQUENCE, &[&tbs, algorithm, &signature]);
        Ok((Certificate::from_der(&der)?, issuer))
    }

    fn check(codes: &[&str], change: impl Fn(&mut Vec<Vec<u8>>)) -> Result<Certificate, Box<dyn std::error::Error>> {
        let (certificate, issuer) = forged(change)?;
        let found: Vec<_> = certificate.oddities().iter().map(|oddity| oddity.code).collect();
        assert_eq!(found, codes);
        certificate.verify_signature(issuer.certificate.public_key())?;
        assert!(certificate.oddities().iter().all(|oddity| !oddity.text.is_empty()));
        Ok(certificate)
    }

    #[test]
    fn serial_numbers() -> TestResult {
        check(&[], |_| {})?;
        let serial = |octets: &'static [u8]| move |fields: &mut Vec<Vec<u8>>| fields[1] = wrap(0x02, octets);
        assert_eq!(check(&["negative_serial"], serial(&[0xff, 1]))?.serial(), [0xff, 1]);
        assert_eq!(check(&["zero_serial"], serial(&[0]))?.serial(), [0]);
        assert_eq!(check(&["padded_serial"], serial(&[0, 0, 5]))?.serial(), [5]);
        assert_eq!(check(&["long_serial"], serial(&[7; 40]))?.serial(), [7; 40]);
        Ok(())
    }

    #[test]
    fn versions_and_times() -> TestResult {
        check(&["extensions_without_version"], |fields| {
            fields.remove(0);
        })?;
        check(&["extensions_without_version"], |fields| fields[0] = wrap(context(0), &[2, 1, 1]))?;
        let validity = |before: &[u8], after: &[u8]| {
            let validity = wrap_all(SEQUENCE, &[before, after]);
            move |fields: &mut Vec<Vec<u8>>| fields[4].clone_from(&validity)
        };
        let (utc, general) = (|text: &str| wrap(0x17, text.as_bytes()), |text: &str| wrap(0x18, text.as_bytes()));
        let old = check(&[], validity(&utc("500101000000Z"), &utc("491231235959Z")))?;
        assert_eq!(old.not_before().to_string(), "1950-01-01T00:00:00Z");
        assert!(old.is_valid_at("1960-01-01T00:00:00Z".parse()?) && !old.is_valid_at("1949-12-31T23:59:59Z".parse()?));
        let short = check(&["time_form"], validity(&utc("2601010000Z"), &utc("270101000000Z")))?;
        assert_eq!(short.not_before().to_string(), "2026-01-01T00:00:00Z");
        let zone = check(&["time_form"], validity(&utc("260101000000+0700"), &utc("270101000000Z")))?;
        assert_eq!(zone.not_before().to_string(), "2025-12-31T17:00:00Z");
        check(&["time_type"], validity(&general("20260101000000Z"), &utc("270101000000Z")))?;
        check(&["inverted_validity"], validity(&utc("270101000000Z"), &utc("260101000000Z")))?;
        Ok(())
    }

    #[test]
    fn strings_and_lengths() -> TestResult {
        let name = |tag: u8, text: &[u8]| {
            let attribute = wrap_all(SEQUENCE, &[&[6, 3, 0x55, 4, 3], &wrap(tag, text)]);
            let name = wrap(SEQUENCE, &wrap(0x31, &attribute));
            move |fields: &mut Vec<Vec<u8>>| fields[5].clone_from(&name)
        };
        assert_eq!(check(&["wrong_string"], name(0x13, b"a@b_c"))?.subject(), "CN=a@b_c");
        assert_eq!(check(&["wrong_string"], name(0x13, "Bộ".as_bytes()))?.subject(), "CN=Bộ");
        assert_eq!(check(&["wrong_string"], name(0x0c, &[0x4d, 0xfc]))?.subject(), "CN=Mü");
        // A length in more octets than needed.
        let long = check(&["ber_encoding"], |fields| {
            let name = fields[5].clone();
            let value = Walker::new(&name).next("subject").map_or(&[][..], |name| name.value);
            let length = u32::try_from(value.len()).unwrap_or(0).to_be_bytes();
            fields[5] = [&[SEQUENCE, 0x84], &length[..], value].concat();
        });
        assert!(long?.subject().contains("CN=odd"));
        Ok(())
    }

    #[test]
    fn criticality_and_trailing_bytes() -> TestResult {
        let extensions = |critical: &'static [u8]| {
            move |fields: &mut Vec<Vec<u8>>| {
                let constraints = [&[6, 3, 0x55, 0x1d, 0x13][..], critical, &[4, 5, 0x30, 3, 1, 1, 0xff]].concat();
                fields[7] = wrap(context(3), &wrap(SEQUENCE, &wrap(SEQUENCE, &constraints)));
            }
        };
        assert!(check(&["default_encoded"], extensions(&[1, 1, 0]))?.is_ca());
        assert!(check(&["ber_encoding"], extensions(&[1, 1, 1]))?.is_ca());
        let (certificate, _) = forged(|_| {})?;
        assert!(Certificate::from_der(&[certificate.der(), &[0]].concat()).is_err());
        Ok(())
    }
}

/// Every certificate of the vectors that openssl reads is read, and what is odd about it is told without a fault.
#[test]
fn real_certificates_have_known_oddities() -> TestResult {
    let Some(folder) = shared("vectors/trust/pkits/certs")? else { return Ok(()) };
    let mut codes = std::collections::BTreeMap::new();
    for entry in std::fs::read_dir(folder)? {
        let certificate = Certificate::from_der(&std::fs::read(entry?.path())?)?;
        for oddity in certificate.oddities() {
            *codes.entry(oddity.code).or_insert(0) += 1;
        }
    }
    println!("{codes:?}");
    assert!(codes.contains_key("negative_serial"), "PKITS has some: {codes:?}");
    Ok(())
}
