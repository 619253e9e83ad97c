//! Signed notes and verifier keys: what is read is written as the same bytes, and what verifies was signed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mekong_ledger::note::{Note, VerifierKey};

/// C2SP signed-note, "Example". The private key is not ours.
const KEY: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";

fuzz_target!(|data: &[u8]| {
    if let Ok(text) = std::str::from_utf8(data)
        && let Ok(key) = text.parse::<VerifierKey>()
    {
        assert_eq!(key.to_string(), text);
    }
    let Ok(note) = Note::parse(data) else { return };
    assert_eq!(note.to_string().as_bytes(), data);
    let key: VerifierKey = KEY.parse().expect("the key of the specification");
    if note.verify(&[key]).is_ok_and(|signed| !signed.is_empty()) {
        assert_eq!(note.text(), "This is an example message.\n");
    }
});
