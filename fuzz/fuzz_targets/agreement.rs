//! Definitions of agreements, lists and manifests of snapshots: read without harm.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mekong_recognition::definition::{self, Resolve};
use mekong_recognition::snapshot::Snapshot;

fuzz_target!(|data: &[u8]| {
    let _ = Snapshot::from_manifest(data, &|_| Some(data.to_vec()));
    let Ok(text) = std::str::from_utf8(data) else { return };
    let _ = definition::agreement(text);
    let resolve = Resolve { certificate: &|_| None, agreement: &|_| None };
    let _ = definition::list(text, &resolve);
});
