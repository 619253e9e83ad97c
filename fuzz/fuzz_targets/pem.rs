//! PEM: blocks written again are read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mekong_pki::Certificate;
use mekong_pki::pem::{blocks, encode};
use mekong_pki::request::CertificateRequest;

const LABEL: &str = "CERTIFICATE";

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let _ = (Certificate::all_from_pem(text), Certificate::from_pem(text), CertificateRequest::from_pem(text));
    let Ok(found) = blocks(text, LABEL) else { return };
    let written: String = found.iter().map(|der| encode(LABEL, der)).collect();
    assert_eq!(blocks(&written, LABEL), Ok(found));
});
