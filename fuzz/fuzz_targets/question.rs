//! Questions that a page asks the validator in it: every one is answered in JSON, with a verdict or with what is wrong.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mekong_browser::{Outcome, answer};
use mekong_fuzz::judged::LIST;

fuzz_target!(|data: &[u8]| {
    let (question, document) = data.iter().position(|b| *b == b'\n').map_or((data, &[][..]), |at| data.split_at(at));
    let buffers = [
        document.get(1..).unwrap_or_default().to_vec(),
        LIST.to_vec(),
        include_bytes!("../fixtures/verdict/root.cer").to_vec(),
        include_bytes!("../fixtures/verdict/signer.cer").to_vec(),
        include_bytes!("../../definitions/trust/policies/laos.toml").to_vec(),
    ];
    let (outcome, told) = answer(question, &buffers);
    let told: serde_json::Value = serde_json::from_slice(&told).expect("an answer in JSON");
    assert_eq!(outcome == Outcome::BadQuestion, told.get("error").is_some(), "{told}");
    assert_eq!(outcome != Outcome::BadQuestion, told.get("verdict").is_some() && told.get("html").is_some(), "{told}");
});
