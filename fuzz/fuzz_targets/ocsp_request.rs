//! OCSP requests: what is read is written so that the same is read.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mekong_pki::ocsp::Request;

fuzz_target!(|data: &[u8]| {
    if let Ok(request) = Request::from_der(data) {
        let _ = (request.cert_id.to_string(), format!("{request:?}"));
        assert_eq!(Request::from_der(&request.to_der()), Ok(request));
    }
});
