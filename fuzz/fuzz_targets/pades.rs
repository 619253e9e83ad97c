//! Signed PDFs: read within bounds; what is not signed as it stands is not said to be intact; a signature can be added.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mekong_signature::Reading;
use mekong_signature::facts::{DataState, Proven};
use mekong_signature::pades;

fuzz_target!(|data: &[u8]| {
    let Ok(document) = pades::read(&data, &Reading::default()) else { return };
    let mut ids = std::collections::HashSet::new();
    for signature in &document.signatures {
        assert!(ids.insert(&signature.id), "{} stands twice", signature.id);
        let has_range = signature.faults.iter().all(|fault| fault.place != "/ByteRange");
        let is_intact = !signature.data.is_empty() && signature.data.iter().all(|d| d.state == DataState::Intact);
        assert!(!is_intact || has_range || !signature.faults.is_empty());
    }
    for stamp in &document.timestamps {
        assert!(ids.insert(&stamp.id), "{} stands twice", stamp.id);
        assert!(!stamp.proves.contains(&Proven::Timestamp(stamp.id.clone())), "a time-stamp proves itself");
    }
});
