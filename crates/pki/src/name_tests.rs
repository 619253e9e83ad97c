//! Tests of distinguished names, with OpenSSL on the other side.

use super::*;
use crate::testing::{TestResult, openssl};
use crate::{Certificate, CertificateError};

/// The subject of a certificate that OpenSSL makes for this `-subj`.
fn by_openssl(subject: &str, options: &[&str]) -> Result<Certificate, Box<dyn std::error::Error>> {
    let dir = tempfile::tempdir()?;
    let (key, out) = (dir.path().join("key"), dir.path().join("out"));
    let (key, out) = (key.to_string_lossy().into_owned(), out.to_string_lossy().into_owned());
    let curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
    let rest = ["-keyout", &key, "-out", &out, "-subj", subject];
    openssl(&[&["req", "-x509"], &curve[..], &rest[..], options].concat())?;
    let pem = std::fs::read_to_string(&out)?;
    Ok(Certificate::from_pem(&pem).map_err(|e: CertificateError| e.to_string())?)
}

#[test]
fn special_characters_are_escaped() -> TestResult {
    for (subject, text) in [
        ("/CN= a ", "CN=\\ a\\ "),
        ("/CN=#a#", "CN=\\#a#"),
        ("/CN=a,b\\+c;d<e>f\"g", "CN=a\\,b\\+c\\;d\\<e\\>f\\\"g"),
        ("/CN=a\\\\b", "CN=a\\\\b"),
        ("/C=VN/O=Bộ/OU=ກະຊວງ/CN=x", "CN=x,OU=ກະຊວງ,O=Bộ,C=VN"),
        ("/serialNumber=DEV\\/ss\\/COM/CN=1", "CN=1,serialNumber=DEV/ss/COM"),
        ("/organizationIdentifier=NTREE-1", "2.5.4.97=#0c074e545245452d31"),
    ] {
        assert_eq!(by_openssl(subject, &["-utf8"])?.subject(), text);
    }
    let several = by_openssl("/C=VN/OU=b+CN=a", &["-utf8", "-multivalue-rdn"])?;
    assert_eq!(several.subject().matches(['+', ',']).collect::<String>(), "+,");
    Ok(())
}

#[test]
fn names_compare_without_case_blanks_and_string_type() -> TestResult {
    let of = |cn: &str| build(&[(COUNTRY, "VN"), (COMMON_NAME, cn)]);
    assert!(same(&of("Root  CA")?, &of("root ca")?));
    assert!(same(&of("BỘ CÔNG AN")?, &of("bộ công an")?));
    assert!(!same(&of("Root CA 1")?, &of("Root CA 2")?));
    assert!(!same(&of("a")?, &build(&[(COMMON_NAME, "a"), (COUNTRY, "VN")])?), "order counts");
    assert!(!same(&of("a")?, &build(&[(COMMON_NAME, "a")])?));
    // `-utf8` off: OpenSSL writes PrintableString where it can, or Latin-1 as T61String.
    let dir = tempfile::tempdir()?;
    let config = dir.path().join("config");
    for (mask, subject) in [("nombstr", "/CN=Root CA"), ("utf8only", "/CN=Root CA"), ("default", "/CN=Root CA")] {
        std::fs::write(&config, format!("[req]\nstring_mask={mask}\ndistinguished_name=d\n[d]\n"))?;
        let certificate = by_openssl(subject, &["-config", &config.to_string_lossy()])?;
        assert!(same(certificate.subject_name(), &build(&[(COMMON_NAME, "root ca")])?), "{mask}");
    }
    Ok(())
}

#[test]
fn what_looks_like_something_else_is_not_written() {
    let of = |cn: &str| build(&[(COMMON_NAME, cn)]);
    for bad in [
        "a\u{202e}b",
        "a\u{2066}b",
        "a\u{2028}b",
        "\u{feff}a",
        "\u{e0041}a",
        "\u{ffff}",
        "\u{200b}",
        " \u{ad} ",
        "a\0b",
    ] {
        assert!(of(bad).is_err(), "{bad:?}");
    }
    for good in ["ກະຊວງ\u{200b}ຍຸຕິທຳ", "Bộ Tư pháp", "a-b", "a,O=b+C=c"] {
        assert!(of(good).is_ok(), "{good:?}");
    }
}

#[test]
fn old_string_types_are_read() -> TestResult {
    let bmp = Any::new(Tag::BmpString, [0x1e, 0xd9, 0x0e, 0xa5])?;
    assert_eq!(attribute_text(&bmp).as_deref(), Some("ộລ"));
    let teletex = Any::new(Tag::TeletexString, [0x4d, 0xfc, 0x6c])?;
    assert_eq!(attribute_text(&teletex).as_deref(), Some("Mül"));
    assert_eq!(attribute_text(&Any::new(Tag::Integer, [1])?), None);
    assert_eq!(attribute_text(&Any::new(Tag::Utf8String, [0xff])?).as_deref(), Some("ÿ"), "Latin-1 under a wrong type");
    Ok(())
}

#[test]
fn values_that_cannot_be_written_are_named() {
    let long = "x".repeat(257);
    for (oid, text) in
        [(COUNTRY, "Vietnam"), (COUNTRY, "V1"), (COMMON_NAME, ""), (COMMON_NAME, "a\nb"), (COMMON_NAME, &long)]
    {
        match build(&[(oid, text)]) {
            Err(error) => assert_eq!(error.text, text),
            Ok(name) => unreachable!("{}", to_rfc4514(&name)),
        }
    }
}
