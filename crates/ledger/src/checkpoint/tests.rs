//! Checkpoints: read strictly, accepted only with the log's signature.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use super::*;
use crate::merkle::leaf_hash;
use mekong_crypto::{KeyType, PrivateKey};

/// C2SP tlog-checkpoint, the example.
const EXAMPLE: &str = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n";

fn signer(name: &str, algorithm: Algorithm) -> Signer {
    Signer::new(name.parse().unwrap(), algorithm, PrivateKey::generate(KeyType::Ed25519).unwrap()).unwrap()
}

#[test]
fn the_example_of_the_specification_is_read() {
    let signed = SignedCheckpoint::parse(EXAMPLE.as_bytes()).unwrap();
    assert_eq!(signed.to_string(), EXAMPLE);
    let checkpoint = signed.unverified();
    assert_eq!((checkpoint.origin.as_str(), checkpoint.size), ("example.com/behind-the-sofa", 20_852_163));
}

#[test]
fn checkpoints_are_read_strictly() {
    let root = leaf_hash(b"");
    let good = format!("log.example\n12\n{root}\n");
    assert_eq!(Checkpoint::parse(&good).unwrap().to_string(), good);
    let extended = format!("{good}more\nand more\n");
    assert_eq!(Checkpoint::parse(&extended).unwrap().to_string(), extended);
    for text in [
        String::new(),
        "log.example\n12\n".into(),
        good.trim_end().into(),
        good.replace("log.example", ""),
        good.replace("12", "012"),
        good.replace("12", "+12"),
        good.replace("12", "-1"),
        good.replace("12", " 12"),
        good.replace("12", "9223372036854775808"),
        good.replace('=', ""),
        format!("{good}\n"),
        format!("{good}more\n\nmore\n"),
        format!("{good}{}", "x\n".repeat(EXTENSIONS_MAX + 1)),
    ] {
        assert!(Checkpoint::parse(&text).is_err(), "{text:?}");
    }
    assert!(Checkpoint::new("log.example", 0, root).is_err());
    assert!(Checkpoint::new("log\nexample", 1, root).is_err());
}

#[test]
fn a_checkpoint_counts_only_with_the_signature_of_its_log() {
    let (log, witness) = (signer("log.example", Algorithm::Ed25519), signer("w.example", Algorithm::Cosignature));
    let other = signer("log.example", Algorithm::Ed25519);
    let checkpoint = Checkpoint::new("log.example", 3, leaf_hash(b"root")).unwrap();
    let at = Instant::from_unix_seconds(1_800_000_000);
    let mut signed = checkpoint.sign(&log).unwrap();
    signed.add(witness.sign(signed.note().text(), at).unwrap());
    let signed = SignedCheckpoint::parse(signed.to_string().as_bytes()).unwrap();
    let ours = Log::of_key(log.verifier().clone());
    let verified = signed.verify(&ours, &[witness.verifier().clone()]).unwrap();
    assert_eq!(verified.checkpoint, checkpoint);
    assert_eq!(verified.witnesses, [Signed { key: witness.verifier().clone(), at: Some(at) }]);
    assert_eq!(signed.verify(&ours, &[]).unwrap().witnesses, []);
    let theirs = Log::of_key(other.verifier().clone());
    assert!(matches!(signed.verify(&theirs, &[]), Err(CheckpointError::NotSigned { .. })));
    let foreign = Log { origin: "other.example".into(), keys: ours.keys.clone() };
    assert!(matches!(signed.verify(&foreign, &[]), Err(CheckpointError::Origin { .. })));
    // The log's own key does not make a witness.
    assert_eq!(signed.verify(&ours, &ours.keys).unwrap().witnesses, []);
}
