//! Private parameters: what is read is written so that the same is read.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mekong_directory::PrivateParameters;

fuzz_target!(|data: &[u8]| {
    if let Ok(private) = PrivateParameters::read(data) {
        assert_eq!(PrivateParameters::read(private.write().as_bytes()), Ok(private));
    }
});
