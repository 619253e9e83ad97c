//! Metadata of parts on disk: what is read is written so that the same is read.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mekong_directory::globalconf::PartMetadata;

fuzz_target!(|data: &[u8]| {
    if let Ok(metadata) = PartMetadata::from_json(data) {
        assert_eq!(PartMetadata::from_json(metadata.to_json().as_bytes()), Ok(metadata));
    }
});
