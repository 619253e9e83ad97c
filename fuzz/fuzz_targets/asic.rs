//! ASiC containers: ids are unique, nobody is trusted, and what a time-stamp proves is there.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mekong_signature::facts::{DataState, Proven};
use mekong_signature::{Reading, asic};
use std::collections::BTreeSet;

fuzz_target!(|data: &[u8]| {
    let _ = asic::looks_like(&data);
    let Ok(document) = asic::read(&data, &Reading::default()) else { return };
    let ids: BTreeSet<&str> = document.signatures.iter().map(|s| s.id.as_str()).collect();
    assert_eq!(ids.len(), document.signatures.len(), "ids are unique");
    for signature in &document.signatures {
        assert!(signature.countersigns.is_none_or(|n| n < document.signatures.len()));
        assert!(signature.file.is_some());
    }
    for timestamp in &document.timestamps {
        for proven in &timestamp.proves {
            match proven {
                Proven::Signature(id) => assert!(ids.contains(id.as_str())),
                Proven::Data(name) => {
                    assert!(timestamp.data.iter().any(|d| d.name == *name && d.state == DataState::Intact));
                }
                _ => {}
            }
        }
    }
});
