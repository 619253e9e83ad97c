//! Versions that gateways say they have: three numbers, whatever stands around them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mekong_exchange::wire::version::ProxyVersion;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(version) = text.parse::<ProxyVersion>() else { return };
    assert!(text.len() <= 64);
    assert_eq!(version.to_string().parse(), Ok(version));
});
