//! OpenPGP public keys, binary and armored: read or refused, and what is read can be encrypted to or is refused in words.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mekong_crypto::openpgp::{Encryptor, Recipients};
use std::io::Write;

fuzz_target!(|input: &[u8]| {
    let mut recipients = Recipients::default();
    if let Ok(count) = recipients.add(input, 1_800_000_000) {
        assert_eq!(recipients.fingerprints().len(), count);
        if let Ok(mut encryptor) = Encryptor::new(Vec::new(), &recipients) {
            encryptor.write_all(b"content").expect("memory");
            encryptor.finish().expect("memory");
        }
    }
});
