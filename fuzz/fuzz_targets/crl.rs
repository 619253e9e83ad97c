//! Revocation lists: every entry that was walked is found again, and nothing is believed, as the fixed authority signed none.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mekong_fuzz::fixtures::{issuing, root};
use mekong_pki::crl::Crl;

fuzz_target!(|data: &[u8]| {
    let _ = Crl::parse_der_or_pem(data);
    let Ok(crl) = Crl::parse(data.into()) else { return };
    let _ = (crl.issuer(), crl.this_update(), crl.next_update(), crl.number(), crl.is_delta(), format!("{crl:?}"));
    let _ = (crl.distribution(), crl.authority_key_identifier(), crl.expired_certs_on_crl(), crl.unknown_critical());
    let _ = (crl.freshest().len(), crl.algorithm());
    assert!(crl.index_bytes() <= data.len() * 4, "{} bytes of index for {}", crl.index_bytes(), data.len());
    for window in data.windows(8).step_by(7) {
        let _ = (crl.lookup(window), crl.lookup_of(window, window));
    }
    for issuer in [issuing(), root()] {
        assert!(crl.verify(issuer).is_err(), "{crl:?} is believed");
    }
});
