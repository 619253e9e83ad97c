//! Tests of the issuing profiles against `openssl verify -x509_strict`.

use super::*;
use crate::testing::{TestResult, days, epoch, issued, openssl, pem_file, self_signed, subject};

fn authentication() -> Profile {
    Profile::Authentication {
        dns: vec!["gw.example".to_owned(), "*.gov.example".to_owned()],
        ips: vec![IpAddr::from([127, 0, 0, 1]), IpAddr::from([0u8; 16])],
    }
}

#[test]
fn every_profile_passes_strict_verification() -> TestResult {
    let dir = tempfile::tempdir()?;
    let at = (epoch() + days(30)).unix_seconds().to_string();
    for key_type in [KeyType::P256, KeyType::Rsa(2048)] {
        let root = self_signed("Gốc quốc gia", key_type)?;
        let issuing = issued(&root, "ອອກໃບຢັ້ງຢືນ", key_type, Profile::IssuingCa { path_len: Some(0) })?;
        let anchors = pem_file(dir.path(), "root.pem", std::slice::from_ref(&root.certificate))?;
        let between = pem_file(dir.path(), "issuing.pem", std::slice::from_ref(&issuing.certificate))?;
        for (profile, purpose) in [
            (Profile::Signing, "any"),
            (authentication(), "sslclient"),
            (authentication(), "sslserver"),
            (Profile::OcspResponder, "ocsphelper"),
            (Profile::TimeStamping, "timestampsign"),
        ] {
            let leaf = issued(&issuing, "Nguyễn Văn Á, \"Sở\" + ສົມພອນ", key_type, profile.clone())?;
            let leaf = pem_file(dir.path(), "leaf.pem", &[leaf.certificate])?;
            let mut arguments = vec!["verify", "-x509_strict", "-check_ss_sig", "-attime", &at, "-CAfile", &anchors];
            arguments.extend(["-untrusted", &between, "-purpose", purpose, &leaf]);
            let verdict = openssl(&arguments).map_err(|e| format!("{key_type} {profile:?}: {e}"))?;
            assert!(String::from_utf8(verdict)?.contains("leaf.pem: OK"));
        }
    }
    Ok(())
}

#[test]
fn profiles_say_what_x_road_looks_for() -> TestResult {
    let root = self_signed("root", KeyType::P256)?;
    let ca = issued(&root, "ca", KeyType::P256, Profile::IssuingCa { path_len: Some(0) })?.certificate;
    assert!(ca.is_ca() && !ca.is_signing() && !ca.is_authentication());
    let sign = issued(&root, "s", KeyType::P256, Profile::Signing)?.certificate;
    assert!(sign.is_signing() && !sign.is_authentication() && !sign.is_ca());
    assert!(sign.names_issuer(&root.certificate) && !sign.is_self_issued() && root.certificate.is_self_issued());
    assert_eq!(sign.ocsp_urls(), ["http://ocsp.example/"]);
    assert_eq!(sign.ca_issuer_urls(), ["http://ca.example/ca.der"]);
    assert_eq!(sign.crl_urls(), ["http://ca.example/ca.crl"]);
    assert_eq!(sign.subject_key_identifier(), Some(sign.key_hash().as_ref()));
    assert_eq!(sign.authority_key_identifier(), root.certificate.subject_key_identifier());
    let auth = issued(&root, "a", KeyType::P256, authentication())?.certificate;
    assert!(auth.is_authentication() && !auth.is_signing());
    assert_eq!(auth.dns_names(), ["gw.example", "*.gov.example"]);
    assert!(!auth.key_usage().is_some_and(|u| u.key_encipherment()));
    let rsa = issued(&root, "a", KeyType::Rsa(2048), authentication())?.certificate;
    assert!(rsa.key_usage().is_some_and(|u| u.key_encipherment() && u.digital_signature()));
    let ocsp = issued(&root, "o", KeyType::P256, Profile::OcspResponder)?.certificate;
    assert!(ocsp.has_extended_key_usage(certificate::OCSP_SIGNING));
    Ok(())
}

#[test]
fn openssl_shows_criticality_policies_and_late_dates() -> TestResult {
    let root = self_signed("root", KeyType::P256)?;
    let key = PrivateKey::generate(KeyType::P256)?;
    let order = Order {
        profile: Profile::TimeStamping,
        subject: &subject("tsa")?,
        public_key: key.public_key(),
        serial: Serial::random()?,
        not_before: epoch(),
        not_after: epoch() + days(365),
        urls: &Urls::default(),
        policies: &[ObjectIdentifier::new_unwrap("1.3.6.1.4.1.55555.1")],
    };
    let dir = tempfile::tempdir()?;
    let tsa = pem_file(dir.path(), "tsa.pem", &[issue(&root, &order)?])?;
    let text = String::from_utf8(openssl(&["x509", "-in", &tsa, "-noout", "-text", "-nameopt", "utf8"])?)?;
    assert!(text.contains("Extended Key Usage: critical\n                Time Stamping"), "{text}");
    assert!(text.contains("Policy: 1.3.6.1.4.1.55555.1"), "{text}");
    assert!(text.contains("Bộ Thông tin và Truyền thông") && text.contains("ກະຊວງເຕັກໂນໂລຊີ"), "{text}");

    let late = "2060-01-01T00:00:00Z".parse::<Instant>()?;
    let late = self_sign(
        &root.key,
        &Order { public_key: root.key.public_key(), not_after: late, profile: Profile::RootCa, ..order },
    )?;
    assert_eq!(late.not_after().to_string(), "2060-01-01T00:00:00Z");
    let late = pem_file(dir.path(), "late.pem", &[late])?;
    let end = String::from_utf8(openssl(&["x509", "-in", &late, "-noout", "-enddate"])?)?;
    assert!(end.contains("Jan  1 00:00:00 2060 GMT"), "{end}");
    Ok(())
}

#[test]
fn serials_are_random_positive_and_of_20_octets() -> TestResult {
    let mut seen = std::collections::HashSet::new();
    for _ in 0..200 {
        let serial = Serial::random()?;
        assert!(seen.insert(serial));
        assert!(matches!(serial.as_bytes(), [0x40..=0x7f, ..]) && serial.as_bytes().len() == 20);
    }
    let root = self_signed("root", KeyType::P256)?;
    assert_eq!(root.certificate.serial().len(), 20);
    Ok(())
}

#[test]
fn refuses_to_issue_what_would_not_verify() -> TestResult {
    let root = self_signed("root", KeyType::P256)?;
    let low = issued(&root, "low", KeyType::P256, Profile::IssuingCa { path_len: Some(0) })?;
    let leaf = issued(&low, "leaf", KeyType::P256, Profile::Signing)?;
    let name = subject("x")?;
    let order = Order {
        profile: Profile::Signing,
        subject: &name,
        public_key: leaf.key.public_key(),
        serial: Serial::random()?,
        not_before: epoch(),
        not_after: epoch() + days(10),
        urls: &Urls::default(),
        policies: &[],
    };
    assert!(issue(&low, &order).is_ok());
    assert!(matches!(issue(&leaf, &order), Err(IssueError::NotAllowed { .. })));
    let sub = Order { profile: Profile::IssuingCa { path_len: None }, ..order.clone() };
    assert!(matches!(issue(&low, &sub), Err(IssueError::NotAllowed { .. })));
    let root_below = Order { profile: Profile::RootCa, ..order.clone() };
    assert!(matches!(issue(&root, &root_below), Err(IssueError::NotAllowed { .. })));
    let wrong = Issuer { certificate: low.certificate.clone(), key: leaf.key.clone() };
    assert!(matches!(issue(&wrong, &order), Err(IssueError::WrongKey { .. })));
    assert!(matches!(self_sign(&low.key, &order), Err(IssueError::WrongKey { .. })));
    let empty = Order { not_after: epoch(), ..order.clone() };
    assert!(matches!(issue(&low, &empty), Err(IssueError::EmptyValidity { .. })));
    let long = Order { not_after: epoch() + days(366), ..order.clone() };
    assert!(matches!(issue(&low, &long), Err(IssueError::OutsideIssuerValidity { .. })));
    let urls = Urls { ocsp: Some("http://ນ/".to_owned()), ..Urls::default() };
    assert!(matches!(issue(&low, &Order { urls: &urls, ..order.clone() }), Err(IssueError::NotEncodable(_))));
    for dns in ["", "a..b", "-a", "a b", "ນ.la", &"a".repeat(64)] {
        let profile = Profile::Authentication { dns: vec![dns.to_owned()], ips: vec![] };
        assert!(matches!(issue(&low, &Order { profile, ..order.clone() }), Err(IssueError::NotEncodable(_))), "{dns}");
    }
    Ok(())
}
