//! The seeds of the fuzz targets, cut and changed in thousands of ways: an answer or an error, never a panic, and soon.

use mekong_pki::Certificate;
use mekong_pki::anchors::{Anchor, Anchors};
use mekong_pki::bundle;
use mekong_pki::crl::Crl;
use mekong_pki::ocsp::Response;
use mekong_pki::path::{self, Inputs, Limits};
use mekong_pki::revocation::{Material, Question, find};
use std::path::Path;

const CHANGES: usize = 2_000;

/// Numbers without order, the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit.max(1)
    }

    /// The bytes with a few of them changed, some repeated or left out.
    fn change(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut out = bytes.to_vec();
        for _ in 0..=self.below(3) {
            let (place, other) = (self.below(out.len()), self.below(out.len()));
            match self.below(5) {
                0 => out[place] = [0, 1, 0x7f, 0x80, 0x84, 0xff][self.below(6)],
                1 => out[place] ^= 1 << self.below(8),
                2 => out.truncate(place.max(1)),
                3 => out[place] = out[other],
                _ => drop(out.splice(place..place, out.clone().into_iter().skip(other).take(8).collect::<Vec<_>>())),
            }
        }
        out
    }
}

fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    files.into_iter().map(|file| std::fs::read(file).unwrap()).collect()
}

fn changed(target: &str, mut check: impl FnMut(&[u8])) {
    let mut numbers = Numbers(7);
    for seed in seeds(target) {
        check(&seed);
        (0..CHANGES).for_each(|_| check(&numbers.change(&seed)));
    }
}

fn certificate(name: &str) -> Certificate {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/fixtures").join(name);
    Certificate::from_der(&std::fs::read(path).unwrap()).unwrap()
}

#[test]
fn certificates_and_bundles() {
    let root = certificate("root.cer");
    let anchors: Anchors = [Anchor::given(root.clone(), "fixture")].into_iter().collect();
    let at = root.not_before();
    let mut read = 0;
    changed("fuzz_certificate", |bytes| {
        let Ok(found) = Certificate::from_der(bytes) else { return };
        read += 1;
        let _ = (found.oddities(), found.policies(), found.statements(), found.alternative_names());
        let _ = (found.distribution_points(), found.crl_urls(), found.subject(), found.issuer_canonical());
        for chain in path::build(&found, &[], &anchors, &Limits::default()) {
            let _ = path::process(&chain, &Inputs::at(at));
        }
    });
    assert!(read > 100, "{read} could be read");
    changed("fuzz_bundle", |bytes| {
        let _ = bundle::read(bytes);
    });
}

#[test]
fn lists_and_responses() {
    let (root, issuing, signer) = (certificate("root.cer"), certificate("issuing.cer"), certificate("signer.cer"));
    let mut read = 0;
    changed("fuzz_crl", |bytes| {
        let Ok(crl) = Crl::parse(bytes.into()) else { return };
        read += 1;
        assert!(crl.verify(&issuing).is_err());
        for serial in [&[1][..], &[0, 0x80, 2], &[3; 20], &[], &[0xff]] {
            let _ = (crl.lookup(serial), crl.unknown_critical());
        }
    });
    let anchors: Anchors = [Anchor::given(root, "fixture")].into_iter().collect();
    let question = Question { certificate: &signer, issuer: &issuing, anchor: None, signers_at: None };
    let mut believed = 0;
    changed("fuzz_ocsp_response", |bytes| {
        let Ok(response) = Response::from_der(bytes) else { return };
        read += 1;
        let ocsps = [response];
        let material = Material { crls: &[], ocsps: &ocsps, certificates: &[], anchors: &anchors };
        believed += find(&question, &material).statuses.len();
    });
    assert!(read > 500 && believed >= 1, "{read} could be read, {believed} believed");
}
