//! Configuration anchors: what is read is written so that the same is read.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mekong_directory::Anchor;

fuzz_target!(|data: &[u8]| {
    if let Ok(anchor) = Anchor::read(data) {
        assert!(!anchor.sources.is_empty());
        assert_eq!(Anchor::read(anchor.write().as_bytes()), Ok(anchor));
    }
});
