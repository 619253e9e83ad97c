//! Public keys and signature values: no key verifies what is not signed; the two forms of ECDSA values agree.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mekong_crypto::{DigestAlgorithm, PublicKey, SignatureAlgorithm, ecdsa};
use mekong_fuzz::fixtures;

fuzz_target!(|data: &[u8]| {
    if let Ok(key) = PublicKey::from_spki(data) {
        assert_eq!(key.spki(), data);
        let _ = (key.key_type().to_string(), key.material().len(), format!("{key:?}"));
        let _ = (key.oddities().len(), key.key_type().bits());
        // The value as long as the modulus: what is wrong with RSA shows only then.
        let value = vec![1; usize::from(key.key_type().bits()).div_ceil(8)];
        for digest in [DigestAlgorithm::Md5, DigestAlgorithm::Sha256] {
            let pss = SignatureAlgorithm::rsa_pss(digest, DigestAlgorithm::Sha1, 1);
            let with =
                [SignatureAlgorithm::RsaPkcs1, SignatureAlgorithm::Ecdsa, SignatureAlgorithm::Dsa].map(|a| a(digest));
            for algorithm in with.into_iter().chain([pss, SignatureAlgorithm::Ed25519]) {
                let _ = key.verify(algorithm, b"message", &value);
                if !key.goes_with(algorithm) {
                    assert!(key.verify(algorithm, b"message", &value).is_err());
                }
            }
        }
        let _ = key.with_inherited_parameters(&key).verify(SignatureAlgorithm::Dsa(DigestAlgorithm::Sha1), b"m", data);
    }
    let algorithm = SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha256);
    assert!(fixtures::signer().public_key().verify(algorithm, b"never signed", data).is_err());
    if let Ok(der) = ecdsa::raw_to_der(data) {
        assert_eq!(ecdsa::der_to_raw(&der, data.len() / 2).as_deref(), Ok(data));
    }
    for length in [32, 48, 66] {
        let Ok(raw) = ecdsa::der_to_raw(data, length) else { continue };
        assert_eq!(raw.len(), 2 * length);
        assert_eq!(ecdsa::raw_to_der(&raw).as_deref(), Ok(data));
    }
});
