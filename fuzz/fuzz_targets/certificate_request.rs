//! Certificate requests: the holder of a key proves no other request than the one it made.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mekong_fuzz::fixtures;
use mekong_pki::request::CertificateRequest;

fuzz_target!(|data: &[u8]| {
    let Ok(request) = CertificateRequest::from_der_or_pem(data) else { return };
    if !data.starts_with(b"-") {
        assert!(request.der() == data || String::from_utf8_lossy(data).contains("-----BEGIN"));
    }
    assert_eq!(CertificateRequest::from_pem(&request.pem()).as_ref(), Ok(&request));
    let _ = (request.ip_addresses(), request.extensions(), format!("{request:?}"));
    if request.verify().is_ok() {
        assert_eq!(request.subject(), fixtures::signer().subject());
        assert_eq!(request.dns_names(), ["gw-1.example"]);
        assert_eq!(request.public_key().spki(), fixtures::signer().public_key().spki());
    }
});
