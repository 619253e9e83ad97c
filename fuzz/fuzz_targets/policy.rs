//! Validation policies and certificate profiles: what is read can be applied to a signed file, or to a subject, without harm.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mekong_authority::profile::CertificateProfile;
use mekong_fuzz::{fixtures, judged};
use mekong_signature::validation::Policy;
use std::collections::BTreeMap;

/// A signed file that is small and has every level.
const SIGNED: &[u8] = include_bytes!("../corpus/fuzz_verdict/cades_lta");

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(policy) = Policy::parse(text) {
        judged::check(&judged::setting(policy), SIGNED);
    }
    if let Ok(profile) = CertificateProfile::from_toml(text) {
        applied(&profile);
    }
});

fn applied(profile: &CertificateProfile) {
    let _ = (profile.name(), profile.title("lo"), profile.profile(), profile.policies());
    let end = fixtures::now() + profile.validity();
    assert!(end >= fixtures::now(), "{end}");
    let fields: Vec<(&str, bool, &str)> = profile.fields("lo").collect();
    for value in ["VN", "CCCD:000000000000", "1"] {
        let values: BTreeMap<String, String> = fields.iter().map(|f| (f.0.to_owned(), value.to_owned())).collect();
        let _ = profile.subject(&values);
    }
    if fields.iter().any(|(_, required, _)| *required) {
        assert!(profile.subject(&BTreeMap::new()).is_err());
    }
}
