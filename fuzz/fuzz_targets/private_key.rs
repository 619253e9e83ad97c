//! Private keys, PKCS#8 and PEM: a key that is read is written so that the same is read, and what it signs verifies.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mekong_authority::token::key_from_pem;
use mekong_crypto::PrivateKey;
use std::path::Path;

fuzz_target!(|data: &[u8]| {
    if let Ok(key) = PrivateKey::from_pkcs8(data) {
        check(&key);
    }
    let text = mekong_pki::pem::encode("PRIVATE KEY", data);
    for text in [text.as_str(), &String::from_utf8_lossy(data)] {
        if let Ok(key) = key_from_pem(text, None, Path::new("key.pem")) {
            check(&key);
        }
    }
});

fn check(key: &PrivateKey) {
    let der = key.to_pkcs8().expect("a key in memory");
    let again = PrivateKey::from_pkcs8(&der).expect("it was written");
    assert_eq!(again.public_key(), key.public_key());
    // A key that is no number that belongs to its public half may refuse, but must not sign what does not verify.
    if let Ok(value) = key.sign(key.default_algorithm(), b"message") {
        assert!(key.public_key().verify(key.default_algorithm(), b"message", &value).is_ok());
    }
}
