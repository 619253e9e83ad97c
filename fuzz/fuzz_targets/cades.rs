//! CAdES files: read without harm, ids are unique, counter-signatures follow what they sign, and nothing but a seed's signature
//! verifies with the fixed signer's key.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mekong_fuzz::fixtures;
use mekong_signature::facts::{DataState, Document, Signature, SignedBytes};
use mekong_signature::read::{Detached, DetachedContent};
use mekong_signature::{Reading, cades};
use std::collections::HashSet;

fuzz_target!(|data: &[u8]| {
    let bytes = data.to_vec();
    let _ = cades::looks_like(&bytes);
    let _ = cades::read_cms(data, &|algorithm| Some(algorithm.digest(b"content").as_ref().to_vec()), true);
    let content = fixtures::MESSAGE.to_vec();
    let beside = Detached { name: None, content: DetachedContent::Source(&content) };
    for detached in [vec![], vec![beside]] {
        if let Ok(document) = cades::read(&bytes, &Reading { detached, ..Reading::default() }) {
            check(&document);
        }
    }
});

fn check(document: &Document) {
    let mut ids = HashSet::new();
    for (number, signature) in document.signatures.iter().enumerate() {
        assert!(ids.insert(signature.id.as_str()), "{} twice", signature.id);
        assert!(signature.countersigns.is_none_or(|signed| signed < number));
        for timestamp in &signature.timestamps {
            assert!(ids.insert(timestamp.id.as_str()), "{} twice", timestamp.id);
        }
        if is_genuine(signature) {
            let intact = signature.data.iter().filter(|d| d.state == DataState::Intact).count();
            assert!(intact <= 1, "{:?}", signature.data);
        }
    }
}

/// Whether the fixed signer signed it.
fn is_genuine(signature: &Signature) -> bool {
    let (Ok(algorithm), SignedBytes::Bytes(bytes)) = (&signature.value.algorithm, &signature.value.signed) else {
        return false;
    };
    fixtures::signer().public_key().verify(*algorithm, bytes, &signature.value.value).is_ok()
}
