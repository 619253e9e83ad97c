//! Time-stamp responses and tokens: nothing but what the authority stamped is believed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mekong_fuzz::fixtures::{self, signer, timestamper};
use mekong_pki::tsp::{Response, Stamped, Token, add_certificate, verify};

fuzz_target!(|data: &[u8]| {
    check_token(data);
    if let Ok(response) = Response::from_der(data) {
        assert_eq!(Response::from_der(&response.to_der()).as_ref(), Ok(&response));
        check_token(&response.token);
    }
});

fn check_token(token: &[u8]) {
    let authorities = [signer().clone(), timestamper().clone()];
    assert!(verify(token, Stamped::Data(b"anything else"), &authorities).is_err());
    let Ok(read) = Token::from_der(token) else { return };
    let _ = (read.signer.to_string(), read.info.policy.to_string(), format!("{read:?}"));
    let full = add_certificate(token, timestamper()).expect("it was read");
    let again = Token::from_der(&full).expect("it was written");
    assert_eq!((&again.info, &again.signer), (&read.info, &read.signer));
    assert!(again.certificates.contains(timestamper()));
    assert_eq!(add_certificate(&full, timestamper()), Ok(full));
    if let Ok(verified) = verify(token, Stamped::Data(fixtures::STAMPED), &authorities) {
        let genuine = Token::from_der(fixtures::TOKEN).expect("our own token");
        assert_eq!((&verified.info.digest, verified.info.gen_time), (&genuine.info.digest, genuine.info.gen_time));
        assert_eq!((&verified.info.policy, &verified.authority), (&genuine.info.policy, timestamper()));
    }
}
