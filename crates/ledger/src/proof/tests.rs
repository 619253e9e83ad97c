//! Proofs: made, read, verified, and refused when anything in them is changed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use super::*;
use crate::merkle::{Edge, Node, consistency_plan, inclusion_plan};
use crate::note::{Algorithm, Signer};
use mekong_base::Instant;
use mekong_crypto::{KeyType, PrivateKey};
use std::collections::BTreeMap;

struct Made {
    log: Log,
    signer: Signer,
    nodes: BTreeMap<Node, Hash>,
    roots: Vec<Hash>,
}

fn opening(i: u64) -> Opening {
    Opening::open([u8::try_from(i).unwrap(); 16], 3, Instant::from_unix_micros(1_800_000_000_000_123), &i.to_be_bytes())
}

fn made(count: u64) -> Made {
    let key = PrivateKey::generate(KeyType::Ed25519).unwrap();
    let signer = Signer::new("log.example/audit".parse().unwrap(), Algorithm::Ed25519, key).unwrap();
    let (mut edge, mut nodes) = (Edge::default(), BTreeMap::new());
    let mut roots = vec![edge.root()];
    for i in 0..count {
        let add = |node, hash| assert!(nodes.insert(node, hash).is_none());
        edge.append(leaf_hash(&opening(i).commitment.0), add).unwrap();
        roots.push(edge.root());
    }
    Made { log: Log::of_key(signer.verifier().clone()), signer, nodes, roots }
}

impl Made {
    fn checkpoint(&self, size: usize) -> SignedCheckpoint {
        Checkpoint::new(&self.log.origin, size as u64, self.roots[size]).unwrap().sign(&self.signer).unwrap()
    }

    fn inclusion(&self, position: u64, size: usize) -> InclusionProof {
        let path =
            inclusion_plan(position, size as u64).unwrap().resolve(|n| self.nodes.get(&n).copied().ok_or(())).unwrap();
        InclusionProof { position, opening: opening(position), path, checkpoint: self.checkpoint(size) }
    }

    fn consistency(&self, old: usize, size: usize) -> ConsistencyProof {
        let plan = consistency_plan(old as u64, size as u64).unwrap();
        let hashes = plan.resolve(|n| self.nodes.get(&n).copied().ok_or(())).unwrap();
        ConsistencyProof { old: old as u64, hashes, checkpoint: self.checkpoint(size) }
    }
}

#[test]
fn a_proof_file_verifies_with_nothing_but_the_key() {
    let made = made(11);
    for position in 0..11 {
        let mut proof = made.inclusion(position, 11);
        proof.opening.keys = made.log.keys.clone();
        let text = proof.to_string();
        let proof = InclusionProof::parse(text.as_bytes()).unwrap();
        assert_eq!(proof.to_string(), text);
        assert_eq!(proof.verify(&made.log, &[]).unwrap().checkpoint.size, 11);
        let at = Instant::from_unix_micros(1_800_000_000_000_123);
        assert_eq!(proof.opening.check(&position.to_be_bytes()), Ok((3, at)));
        assert!(matches!(proof.opening.check(b"other"), Err(OpeningError::Other { .. })));
    }
}

#[test]
fn a_closed_proof_tells_nothing_but_the_commitment() {
    let made = made(3);
    let mut proof = made.inclusion(1, 3);
    proof.opening = Opening::closed(proof.opening.commitment);
    let proof = InclusionProof::parse(proof.to_string().as_bytes()).unwrap();
    proof.verify(&made.log, &[]).unwrap();
    assert_eq!(proof.opening.check(&1u64.to_be_bytes()), Err(OpeningError::Closed));
    assert_eq!(proof.opening.secret, None);
}

#[test]
fn no_bit_of_a_proof_can_be_changed() {
    let made = made(11);
    let text = made.inclusion(5, 11).to_string();
    let original = InclusionProof::parse(text.as_bytes()).unwrap();
    for bit in 0..text.len() * 8 {
        let mut bytes = text.as_bytes().to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let Ok(proof) = InclusionProof::parse(&bytes) else { continue };
        let Ok(verified) = proof.verify(&made.log, &[]) else { continue };
        // What opens a record is not proved by itself, only with the payload.
        assert_eq!(verified.checkpoint, *original.checkpoint.unverified());
        assert_eq!((proof.position, proof.opening.commitment), (5, original.opening.commitment), "bit {bit}");
        assert!(proof.opening.check(&5u64.to_be_bytes()).is_err(), "bit {bit}");
    }
}

#[test]
fn a_log_continues_what_it_was() {
    let made = made(20);
    for old in 0..=20 {
        for size in old..=20 {
            let text = made.consistency(old, size).to_string();
            let proof = ConsistencyProof::parse(text.as_bytes()).unwrap();
            assert_eq!(proof.to_string(), text);
            proof.verify(made.checkpoint(old).unverified(), &made.log, &[]).unwrap();
        }
    }
    let proof = made.consistency(7, 20);
    assert!(proof.verify(made.checkpoint(8).unverified(), &made.log, &[]).is_err());
    let rewritten = Checkpoint::new(&made.log.origin, 7, made.roots[8]).unwrap();
    assert!(matches!(proof.verify(&rewritten, &made.log, &[]), Err(ProofError::Tree(TreeError::Root { size: 7, .. }))));
}

#[test]
fn proofs_are_read_strictly() {
    let text = made(11).inclusion(5, 11).to_string();
    let long = format!("index 5\n{}", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n".repeat(64));
    for changed in [
        text.replace("@v1", "@v2"),
        text.replace("extra ", "extra  "),
        text.replace("index 5", "index 05"),
        text.replace("index 5\n", ""),
        text.replace("index 5\n", &long),
        text.replace("\n\nlog", "\nlog"),
        text.replacen('=', "", 1),
        format!("\n{text}"),
        "x".repeat(PROOF_BYTES_MAX + 1),
    ] {
        assert!(
            InclusionProof::parse(changed.as_bytes()).is_err(),
            "{}",
            changed.chars().take(200).collect::<String>()
        );
    }
}
