//! Checkpoints, proofs that a log continues, and what a witness answers: what is read is written as the same bytes, and
//! nothing is cosigned that no log signed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mekong_base::Instant;
use mekong_crypto::{KeyType, PrivateKey};
use mekong_ledger::checkpoint::{Log, SignedCheckpoint};
use mekong_ledger::note::{Algorithm, Signer};
use mekong_ledger::witness;
use std::sync::OnceLock;

/// The witness, and a log whose private key is not ours (C2SP signed-note, "Example").
fn parties() -> &'static (Signer, Log) {
    static PARTIES: OnceLock<(Signer, Log)> = OnceLock::new();
    PARTIES.get_or_init(|| {
        let key = PrivateKey::generate(KeyType::Ed25519).expect("a key");
        let name = "witness.example".parse().expect("a name");
        let log = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k".parse().expect("a key");
        (Signer::new(name, Algorithm::Cosignature, key).expect("Ed25519"), Log::of_key(log))
    })
}

fuzz_target!(|data: &[u8]| {
    if let Ok(checkpoint) = SignedCheckpoint::parse(data) {
        assert_eq!(checkpoint.to_string().as_bytes(), data);
    }
    let Ok(request) = witness::parse(data) else { return };
    assert_eq!(request.to_string().as_bytes(), data);
    let (signer, log) = parties();
    let answer = witness::decide(&request, Some(log), None, signer, Instant::from_unix_seconds(1_800_000_000));
    assert_eq!(answer.status(), 403, "{answer:?}");
});
