//! OCSP requests: what is read is written so that the same is read, and the authority answers every one: about what it issued
//! with a response that holds.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mekong_authority::ca::{AuthoritySpec, CertificateAuthority};
use mekong_crypto::Zeroizing;
use mekong_fuzz::fixtures::now;
use mekong_pki::ocsp::{self, Request, Response, Status};
use std::sync::OnceLock;
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);

fn authority() -> &'static CertificateAuthority {
    static AUTHORITY: OnceLock<CertificateAuthority> = OnceLock::new();
    AUTHORITY.get_or_init(|| {
        let folder = std::env::temp_dir().join(format!("mekong-fuzz-ocsp-{}", std::process::id()));
        let secret = Zeroizing::new("a passphrase of some length".to_owned());
        let spec = AuthoritySpec::new("Authority", "LA", "Ministry", "http://ca.example");
        CertificateAuthority::create(&folder, secret, &spec, now() - HOUR).expect("an authority")
    })
}

fuzz_target!(|data: &[u8]| {
    let answer = authority().answer_ocsp(data, now());
    let Ok(request) = Request::from_der(data) else {
        return assert!(Response::from_der(&answer.der).is_err());
    };
    let _ = (request.cert_id.to_string(), format!("{request:?}"));
    assert_eq!(Request::from_der(&request.to_der()).as_ref(), Ok(&request));
    // The same about a certificate that it issued.
    let (certificate, issuer) = (authority().tsa().certificate(), authority().issuing());
    let mut ours = Request::new(certificate, issuer);
    ours.nonce.clone_from(&request.nonce);
    let answer = authority().answer_ocsp(&ours.to_der(), now());
    let responders = [authority().ocsp_responder().clone()];
    let said = ocsp::verify(&answer.der, certificate, issuer, &responders, now(), HOUR, true).expect("it holds");
    let echoed = Response::from_der(&answer.der).expect("it was verified").nonce;
    assert_eq!((said.status, echoed), (Status::Good, request.nonce));
});
