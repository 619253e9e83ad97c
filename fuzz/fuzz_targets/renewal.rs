//! Renewal requests: what is read is written alike.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mekong_authority::renewal::RenewalRequest;

fuzz_target!(|data: &[u8]| {
    let Ok(asked) = RenewalRequest::from_json(data) else { return };
    assert_eq!(RenewalRequest::from_json(asked.to_json().as_bytes()).as_ref(), Ok(&asked));
    let _ = asked.verify();
});
