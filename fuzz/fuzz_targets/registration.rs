//! Registrations: an invitation that is read is written as the same; whatever changes are asked, the directory holds together
//! and gateways can read it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mekong_directory::publish::Definition;
use mekong_directory::registration::{Answer, Change, Envelope, Invitation, Request};
use mekong_directory::{SharedParameters, Version};
use std::path::Path;
use std::sync::LazyLock;

static DEFINITION: LazyLock<Definition> = LazyLock::new(|| {
    let text = "version = 1\ninstance = 'VN'\nsources = ['127.0.0.1:1']\n[management]\nprovider = 'VN/GOV/MPS/management'\n\
                [[class]]\ncode = 'GOV'\n[[member]]\nclass = 'GOV'\ncode = 'MPS'\nname = 'X'\n\
                subsystem = [{ code = 'management' }]\n[[server]]\nowner = 'VN/GOV/MPS'\ncode = 'gw'\naddress = 'a'\n";
    Definition::parse(text, Path::new(".")).expect("it is good")
});

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(invitation) = text.parse::<Invitation>() {
        assert_eq!(invitation.to_string().parse::<Invitation>().as_ref(), Ok(&invitation));
        invitation.key().expect("every seed is a key");
    }
    if let Ok(envelope) = serde_json::from_str::<Envelope>(text) {
        let _ = serde_json::from_str::<Request>(&envelope.statement);
        let _ = serde_json::from_str::<Answer>(&envelope.statement);
    }
    if let Ok(changes) = serde_json::from_str::<Vec<Change>>(text) {
        let mut definition = DEFINITION.clone();
        match Change::apply_all(&changes, &mut definition) {
            Ok(()) => {
                definition.check().expect("it was checked");
                let shared = definition.shared.write(Version::V6);
                SharedParameters::read(shared.as_bytes(), Version::V6).expect("gateways can read what is published");
            }
            Err(_) => assert_eq!(definition, *DEFINITION, "nothing is changed by halves"),
        }
    }
});
