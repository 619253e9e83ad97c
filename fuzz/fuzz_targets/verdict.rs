//! Any file, through the one call by which command line, server and browser judge: nothing is valid but what the fixed signer
//! signed, nothing is recognised but under the fixed list, and every report is made.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mekong_fuzz::judged;
use mekong_signature::validation::Policy;
use mekong_verdict::Setting;
use std::sync::OnceLock;

fuzz_target!(|data: &[u8]| {
    static SETTINGS: OnceLock<Vec<Setting>> = OnceLock::new();
    let named = |name| judged::setting(Policy::named(name).expect("a policy of our own"));
    let settings = SETTINGS.get_or_init(|| ["european", "vietnam", "laos"].map(named).into());
    // One of the policies, by the content, so that the same file is always judged by the same.
    let chosen = data.iter().fold(0, |sum: usize, byte| sum.wrapping_add(usize::from(*byte))) % settings.len();
    let verdict = judged::check(&settings[chosen], data);
    if let Some(verdict) = verdict.filter(|_| data.len() % 64 == 0) {
        judged::write_pdf(&verdict);
    }
});
