//! Definitions of agreements, lists and manifests of snapshots: read without harm; a manifest gives the list that it was made of,
//! or none.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mekong_fuzz::judged::{self, LIST};
use mekong_recognition::definition::{self, Resolve};
use mekong_recognition::snapshot::Snapshot;

fuzz_target!(|data: &[u8]| {
    if let Ok(snapshot) = Snapshot::from_manifest(data, &|_| Some(LIST.to_vec())) {
        assert!(snapshot.is_empty() || snapshot.sha256() == judged::lists().sha256());
    }
    let Ok(text) = std::str::from_utf8(data) else { return };
    let _ = definition::agreement(text);
    let resolve = Resolve { certificate: &|_| None, agreement: &|_| None };
    let _ = definition::list(text, &resolve);
});
