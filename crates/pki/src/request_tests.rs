//! Tests of certificate requests, with OpenSSL on the other side.

use super::*;
use crate::testing::{TestResult, openssl, subject};
use mekong_crypto::KeyType;

#[test]
fn openssl_verifies_ours() -> TestResult {
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("request.pem").to_string_lossy().into_owned();
    for key_type in [KeyType::P256, KeyType::P384, KeyType::Rsa(2048), KeyType::Ed25519] {
        let key = PrivateKey::generate(key_type)?;
        let ips = [IpAddr::from([10, 0, 0, 1])];
        let dns = ["gw.example".to_owned()];
        let request = CertificateRequest::create_with_names(&key, &subject("Cổng ປະຕູ")?, &dns, &ips)?;
        request.verify()?;
        assert_eq!((request.dns_names(), request.ip_addresses()), (dns.to_vec(), ips.to_vec()));
        std::fs::write(&path, request.pem())?;
        let text = openssl(&["req", "-in", &path, "-verify", "-noout", "-text", "-nameopt", "utf8"])?;
        let text = String::from_utf8(text)?;
        assert!(text.contains("CN=Cổng ປະຕູ") || text.contains("CN = Cổng ປະຕູ"), "{text}");
        assert!(text.contains("DNS:gw.example, IP Address:10.0.0.1"), "{text}");
    }
    Ok(())
}

#[test]
fn ours_verifies_openssls() -> TestResult {
    let dir = tempfile::tempdir()?;
    let at = |name: &str| dir.path().join(name).to_string_lossy().into_owned();
    for (algorithm, option) in [("EC", "ec_paramgen_curve:P-256"), ("RSA", "rsa_keygen_bits:2048")] {
        openssl(&["genpkey", "-algorithm", algorithm, "-pkeyopt", option, "-out", &at("key")])?;
        let mut arguments = vec!["req", "-new", "-utf8", "-subj", "/C=LA/O=ກະຊວງ/CN=Thủ tướng", "-sha256"];
        let (key, out) = (at("key"), at("request"));
        arguments.extend(["-key", &key, "-out", &out, "-addext", "subjectAltName=DNS:a.example,IP:::1"]);
        openssl(&arguments)?;
        let request = CertificateRequest::from_pem(&std::fs::read_to_string(&out)?)?;
        request.verify()?;
        assert_eq!(request.subject(), "CN=Thủ tướng,O=ກະຊວງ,C=LA");
        assert_eq!(request.dns_names(), ["a.example"]);
        assert_eq!(request.ip_addresses(), ["::1".parse::<IpAddr>()?]);
    }
    Ok(())
}

#[test]
fn changed_and_malformed_requests_are_refused() -> TestResult {
    let key = PrivateKey::generate(KeyType::P256)?;
    let request = CertificateRequest::create(&key, &subject("abc")?)?;
    let mut der = request.der().to_vec();
    let place = der.windows(3).position(|w| w == b"abc").ok_or("no name")?;
    if let Some(byte) = der.get_mut(place) {
        *byte = b'x';
    }
    let changed = CertificateRequest::from_der(&der)?;
    let mismatch = |e: &RequestError| matches!(e, RequestError::Key { source: CryptoError::SignatureMismatch, .. });
    assert!(changed.verify().is_err_and(|e| mismatch(&e)));
    assert!(matches!(CertificateRequest::from_der(&[]), Err(RequestError::Malformed(_))));
    let with_tail = [request.der(), &[0]].concat();
    assert!(matches!(CertificateRequest::from_der(&with_tail), Err(RequestError::Malformed(_))));
    for length in 0..request.der().len() {
        assert!(CertificateRequest::from_der(request.der().get(..length).unwrap_or_default()).is_err());
    }
    assert!(matches!(CertificateRequest::from_der(&vec![0; 70_000]), Err(RequestError::TooLarge { found: 70_000 })));
    assert!(matches!(CertificateRequest::from_pem("hello"), Err(RequestError::Pem(_))));
    let twice = request.pem().repeat(2);
    assert!(matches!(CertificateRequest::from_pem(&twice), Err(RequestError::Pem(_))));
    let bad = CertificateRequest::create_with_names(&key, &subject("a")?, &["a b".to_owned()], &[]);
    assert!(matches!(bad, Err(RequestError::DnsName(_))));
    Ok(())
}
