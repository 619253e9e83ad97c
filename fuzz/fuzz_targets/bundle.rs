//! Bundles of certificates, and the paths through them: no certificate but ours has a valid path to the fixed root, whatever
//! comes along, and the search ends.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mekong_fuzz::fixtures;
use mekong_pki::anchors::{Anchor, Anchors};
use mekong_pki::bundle::{BUNDLE_CERTIFICATES_MAX, read};
use mekong_pki::path::{Inputs, Limits, build, process};

fuzz_target!(|data: &[u8]| {
    let Ok(bundle) = read(data) else { return };
    assert!(bundle.certificates.len() <= BUNDLE_CERTIFICATES_MAX);
    let anchors: Anchors = [Anchor::given(fixtures::root().clone(), "fixture")].into_iter().collect();
    for leaf in bundle.certificates.iter().take(4) {
        for chain in build(leaf, &bundle.certificates, &anchors, &Limits::default()) {
            if process(&chain, &Inputs::at(fixtures::now())).is_ok() {
                let genuine = |known: &&mekong_pki::Certificate| {
                    known.serial() == leaf.serial() && known.public_key().spki() == leaf.public_key().spki()
                };
                assert!(fixtures::certificates().iter().any(genuine), "{leaf:?} is believed");
            }
        }
    }
});
