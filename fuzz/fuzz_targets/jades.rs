//! JWS: what is read without faults is read the same when it is written in the JSON form.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mekong_base::Source;
use mekong_signature::read::{Detached, DetachedContent};
use mekong_signature::{Reading, jades};

fuzz_target!(|data: &[u8]| {
    let recognised = jades::looks_like(&data);
    let Ok(document) = jades::read(&data, &Reading::default()) else { return };
    assert!(!document.signatures.is_empty());
    for (n, signature) in document.signatures.iter().enumerate() {
        assert_eq!(signature.id, format!("signature-{}", n + 1));
        assert!(signature.countersigns.is_none_or(|parent| parent < n));
    }
    if data.first() == Some(&b'{') && document.signatures.iter().all(|s| s.faults.is_empty()) {
        assert!(recognised, "{}", String::from_utf8_lossy(data));
    }
    let content = data.to_vec();
    let source: &dyn Source = &content;
    let one = |name: Option<&str>| Detached { name: name.map(str::to_owned), content: DetachedContent::Source(source) };
    let reading = Reading { detached: vec![one(Some("a")), one(None)], ..Reading::default() };
    let _ = jades::read(&data, &reading);
});
