//! Containers whose members, and JSON web signatures whose headers are mutated before they are packed: judged as any file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mekong_fuzz::{judged, packed};
use mekong_signature::validation::Policy;
use mekong_verdict::Setting;
use std::sync::OnceLock;

fuzz_target!(|data: &[u8]| {
    static SETTING: OnceLock<Setting> = OnceLock::new();
    let setting = SETTING.get_or_init(|| judged::setting(Policy::named("european").expect("a policy of our own")));
    if let Some(file) = packed::pack(data) {
        judged::check(setting, &file);
    }
});
