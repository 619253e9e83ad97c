//! Pictures for the appearance of a signature: taken in bounded time and memory, or refused.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let _ = mekong_fuzz::picture::placed(data);
});
