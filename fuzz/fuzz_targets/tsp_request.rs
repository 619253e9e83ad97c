//! Time-stamp requests: the authority answers every one, with a token that holds or a refusal.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mekong_crypto::{KeyType, PrivateKey};
use mekong_fuzz::fixtures;
use mekong_pki::issue::{Order, Profile, Serial, Urls, self_sign};
use mekong_pki::name::{self, COMMON_NAME};
use mekong_pki::tsp::{Request, Response, Stamped, TimeStampAuthority, TspError, verify};
use std::sync::OnceLock;
use std::time::Duration;

fn authority() -> &'static TimeStampAuthority {
    static AUTHORITY: OnceLock<TimeStampAuthority> = OnceLock::new();
    AUTHORITY.get_or_init(|| {
        let key = PrivateKey::generate(KeyType::P256).expect("a key");
        let subject = name::build(&[(COMMON_NAME, "TSA")]).expect("a name");
        let order = Order {
            profile: Profile::TimeStamping,
            subject: &subject,
            public_key: key.public_key(),
            serial: Serial::random().expect("a serial number"),
            not_before: fixtures::now() - Duration::from_secs(3600),
            not_after: fixtures::now() + Duration::from_secs(3600),
            urls: &Urls::default(),
            policies: &[],
        };
        let certificate = self_sign(&key, &order).expect("a certificate");
        TimeStampAuthority::new(certificate, key, mekong_authority::ca::TIME_STAMP_POLICY)
    })
}

fuzz_target!(|data: &[u8]| {
    let request = Request::from_der(data);
    if let Ok(request) = &request {
        assert_eq!(Request::from_der(&request.to_der()).as_ref(), Ok(request));
    }
    let answer = Response::from_der(&authority().respond(data, fixtures::now()));
    match (request, answer) {
        (Ok(request), Ok(response)) => {
            let stamped = Stamped::Digest(request.algorithm, &request.digest);
            let verified = verify(&response.token, stamped, &[authority().certificate().clone()]);
            assert_eq!(verified.map(|v| v.info.nonce), Ok(request.nonce));
        }
        (_, Err(TspError::Refused(_))) => {}
        (request, answer) => panic!("{request:?} was answered with {answer:?}"),
    }
});
