//! Proofs that a record is in a log: what is read is written as the same bytes, and verification ends.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mekong_ledger::checkpoint::Log;
use mekong_ledger::proof::InclusionProof;

fuzz_target!(|data: &[u8]| {
    let Ok(proof) = InclusionProof::parse(data) else { return };
    assert_eq!(proof.to_string().as_bytes(), data);
    let _ = proof.opening.check(data);
    // A log whose private key is not ours (C2SP signed-note, "Example").
    let key = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k".parse().expect("a key");
    assert!(proof.verify(&Log::of_key(key), &[]).is_err());
});
