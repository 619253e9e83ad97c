//! Evidence records in DER: read without harm; what they prove is what the hash tree holds; what can be renewed is read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mekong_fuzz::evidence::check;
use mekong_signature::evidence_record::looks_like;

fuzz_target!(|data: &[u8]| {
    if looks_like(&data.to_vec()) {
        check(data);
    }
});
