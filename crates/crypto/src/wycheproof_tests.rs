//! Project Wycheproof: hostile and unusual signatures with known verdicts, for both backends.
//!
//! No signature that Wycheproof calls invalid may pass, none that it calls valid may fail, and the backends must agree on
//! all of them. What we refuse although Wycheproof tolerates it (`acceptable`) is counted, not judged.

use crate::{DigestAlgorithm, KeyType, PublicKey, SignatureAlgorithm};
use wycheproof::{HashFunction, TestResult};

/// Sets that do not apply (a part of their names), each with its reason; one that matches no set fails the test.
const SKIPPED: [(&str, &str); 7] = [
    ("secp160", "curves of 160 bits are below every policy"),
    ("secp192", "curves of 192 bits are below every policy"),
    ("secp224k1", "nobody issues certificates for it"),
    ("p1363", "the plain form r || s goes through `ecdsa::raw_to_der`, tested there"),
    ("bitcoin", "demands a low s, which no certificate standard does"),
    ("shake", "SHAKE has no digest of fixed length; no signature format names it"),
    ("ed448", "there is no released Ed448 for either backend"),
];

/// What became of one set of vectors.
#[derive(Default)]
struct Tally {
    vectors: usize,
    wrong: Vec<String>,
}

impl Tally {
    fn check(
        &mut self,
        name: &str,
        expected: TestResult,
        spki: &[u8],
        algorithm: SignatureAlgorithm,
        (message, signature): (&[u8], &[u8]),
    ) {
        self.vectors += 1;
        let verdicts = PublicKey::from_spki(spki).map(|key| {
            let native = key.verify(algorithm, message, signature);
            (native, key.verify_portably(algorithm, message, signature))
        });
        let wrong = match &verdicts {
            Err(_) => expected == TestResult::Valid,
            Ok((native, portable)) => {
                native.is_ok() != portable.is_ok()
                    || (expected == TestResult::Valid && native.is_err())
                    || (expected == TestResult::Invalid && native.is_ok())
            }
        };
        if wrong {
            self.wrong.push(format!("{name}: expected {expected:?}, was {verdicts:?}"));
        }
    }

    fn finish(self, at_least: usize) {
        assert!(self.wrong.is_empty(), "{} wrong of {}:\n{}", self.wrong.len(), self.vectors, self.wrong.join("\n"));
        assert!(self.vectors >= at_least, "only {} vectors", self.vectors);
        println!("{} vectors", self.vectors);
    }
}

fn skipped(name: &str) -> bool {
    SKIPPED.iter().any(|(part, _)| name.contains(part))
}

fn digest(hash: HashFunction) -> Option<DigestAlgorithm> {
    Some(match hash {
        HashFunction::Sha1 => DigestAlgorithm::Sha1,
        HashFunction::Sha2_224 => DigestAlgorithm::Sha224,
        HashFunction::Sha2_256 => DigestAlgorithm::Sha256,
        HashFunction::Sha2_384 => DigestAlgorithm::Sha384,
        HashFunction::Sha2_512 => DigestAlgorithm::Sha512,
        HashFunction::Sha2_512_224 => DigestAlgorithm::Sha512_224,
        HashFunction::Sha2_512_256 => DigestAlgorithm::Sha512_256,
        HashFunction::Sha3_224 => DigestAlgorithm::Sha3_224,
        HashFunction::Sha3_256 => DigestAlgorithm::Sha3_256,
        HashFunction::Sha3_384 => DigestAlgorithm::Sha3_384,
        HashFunction::Sha3_512 => DigestAlgorithm::Sha3_512,
        _ => return None,
    })
}

/// Runs the sets of one Wycheproof module that [`SKIPPED`] does not name.
macro_rules! sets {
    ($module:ident, $at_least:literal, |$group:ident| $algorithm:expr) => {{
        let mut tally = Tally::default();
        for name in wycheproof::$module::TestName::all() {
            let label = format!("{name:?}").to_lowercase();
            if skipped(&label) {
                continue;
            }
            let set = wycheproof::$module::TestSet::load(name).expect("vectors");
            for $group in &set.test_groups {
                let algorithm: Option<SignatureAlgorithm> = $algorithm;
                let Some(algorithm) = algorithm else { panic!("{label} is not skipped, and has no algorithm") };
                for test in &$group.tests {
                    let name = format!("{label} {}", test.tc_id);
                    tally.check(&name, test.result, &$group.der, algorithm, (&test.msg, &test.sig));
                }
            }
        }
        tally.finish($at_least);
    }};
}

#[test]
fn rsa_pkcs1() {
    sets!(rsa_pkcs1_verify, 6000, |group| digest(group.hash).map(SignatureAlgorithm::RsaPkcs1));
}

#[test]
fn rsa_pss() {
    sets!(rsa_pss_verify, 2000, |group| {
        let salt = u16::try_from(group.salt_size).expect("length");
        digest(group.hash).map(|hash| {
            let mask = group.mgf_hash.map_or(hash, |h| digest(h).expect("hash"));
            SignatureAlgorithm::rsa_pss(hash, mask, salt)
        })
    });
}

#[test]
fn ecdsa() {
    sets!(ecdsa, 10000, |group| digest(group.hash).map(SignatureAlgorithm::Ecdsa));
}

#[test]
fn eddsa() {
    sets!(eddsa, 100, |_group| Some(SignatureAlgorithm::Ed25519));
}

#[test]
fn dsa() {
    sets!(dsa, 1000, |group| digest(group.hash).map(SignatureAlgorithm::Dsa));
}

/// Every kind of key is reached by the vectors, so that a set that vanished is noticed.
#[test]
fn every_curve_has_vectors() {
    let mut kinds = std::collections::HashSet::new();
    for name in wycheproof::ecdsa::TestName::all() {
        if !skipped(&format!("{name:?}").to_lowercase()) {
            let set = wycheproof::ecdsa::TestSet::load(name).expect("vectors");
            let group = set.test_groups.first().expect("a group");
            kinds.insert(PublicKey::from_spki(&group.der).expect("key").key_type());
        }
    }
    let brainpool = [224, 256, 320, 384, 512].map(KeyType::Brainpool);
    let others = [KeyType::P224, KeyType::P256, KeyType::P384, KeyType::P521, KeyType::Secp256k1];
    assert_eq!(kinds, brainpool.into_iter().chain(others).collect());
}

#[test]
fn every_exception_is_needed() {
    let ecdsa = wycheproof::ecdsa::TestName::all().into_iter().map(|name| format!("{name:?}").to_lowercase());
    let eddsa = wycheproof::eddsa::TestName::all().into_iter().map(|name| format!("{name:?}").to_lowercase());
    let names: Vec<String> = ecdsa.chain(eddsa).collect();
    for (part, reason) in SKIPPED {
        assert!(names.iter().any(|name| name.contains(part)), "{part} ({reason}) names no set");
    }
}
