//! Members files: what is accepted holds together and can be published; what is not is said with its place.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mekong_directory::publish::Definition;
use mekong_directory::{PrivateParameters, SharedParameters, Version};
use std::path::Path;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match Definition::parse(text, Path::new("fixtures")) {
        Ok(definition) => {
            definition.check().expect("it was checked");
            let shared = definition.shared.write(Version::V6);
            SharedParameters::read(shared.as_bytes(), Version::V6).expect("gateways can read what is published");
            PrivateParameters::read(definition.private.write().as_bytes())
                .expect("gateways can read what is published");
        }
        Err(faults) => assert!(!faults.0.is_empty() && faults.0.iter().all(|fault| !fault.reason.is_empty())),
    }
});
