//! The protocol's answers, and the two histories that a witness must find.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use super::*;
use crate::checkpoint::Checkpoint;
use crate::merkle::{Edge, Hash, Node, consistency_plan, empty_root, leaf_hash};
use crate::note::Algorithm;
use mekong_crypto::{KeyType, PrivateKey};
use std::collections::BTreeMap;

fn signer(name: &str, algorithm: Algorithm) -> Signer {
    Signer::new(name.parse().unwrap(), algorithm, PrivateKey::generate(KeyType::Ed25519).unwrap()).unwrap()
}

fn now() -> Instant {
    Instant::from_unix_seconds(1_800_000_000)
}

/// A log that can tell more than one history: each by its seed.
struct History<'a> {
    signer: &'a Signer,
    nodes: BTreeMap<Node, Hash>,
    roots: Vec<Hash>,
}

fn history(signer: &Signer, count: u64, from: u64, seed: u8) -> History<'_> {
    let (mut edge, mut nodes) = (Edge::default(), BTreeMap::new());
    let mut roots = vec![edge.root()];
    for i in 0..count {
        let entry = [if i < from { 0 } else { seed }, u8::try_from(i).unwrap()];
        let add = |node, hash| assert!(nodes.insert(node, hash).is_none());
        edge.append(leaf_hash(&entry), add).unwrap();
        roots.push(edge.root());
    }
    History { signer, nodes, roots }
}

impl History<'_> {
    fn checkpoint(&self, size: usize) -> SignedCheckpoint {
        Checkpoint::new("log.example", size as u64, self.roots[size]).unwrap().sign(self.signer).unwrap()
    }

    fn request(&self, old: usize, size: usize) -> ConsistencyProof {
        let plan = consistency_plan(old as u64, size as u64).unwrap();
        let hashes = plan.resolve(|n| self.nodes.get(&n).copied().ok_or(())).unwrap();
        let request = ConsistencyProof { old: old as u64, hashes, checkpoint: self.checkpoint(size) };
        parse(request.to_string().as_bytes()).unwrap()
    }
}

/// A witness with its memory.
struct Memory {
    log: Log,
    signer: Signer,
    seen: Option<SignedCheckpoint>,
}

impl Memory {
    fn new(log: &Signer) -> Self {
        let signer = signer("w.example", Algorithm::Cosignature);
        Self { log: Log::of_key(log.verifier().clone()), signer, seen: None }
    }

    fn ask(&mut self, request: &ConsistencyProof) -> Answer {
        let answer = decide(request, Some(&self.log), self.seen.as_ref(), &self.signer, now());
        if let Answer::Cosigned { seen, .. } = &answer {
            let stored = SignedCheckpoint::parse(seen.to_string().as_bytes()).unwrap();
            assert_eq!(stored.verify(&self.log, &[self.signer.verifier().clone()]).unwrap().witnesses.len(), 1);
            self.seen = Some(stored);
        }
        answer
    }
}

#[test]
fn a_log_that_only_grows_is_cosigned() {
    let log = signer("log.example", Algorithm::Ed25519);
    let history = history(&log, 40, 40, 0);
    let mut witness = Memory::new(&log);
    for (old, size) in [(0, 0), (0, 3), (3, 3), (3, 4), (4, 17), (17, 40), (40, 40)] {
        let answer = witness.ask(&history.request(old, size));
        let Answer::Cosigned { cosignature, .. } = &answer else { panic!("{old} to {size}: {answer:?}") };
        let mut checkpoint = history.checkpoint(size);
        checkpoint.add(SignatureLine::parse(&cosignature.to_string()).unwrap());
        let verified = checkpoint.verify(&witness.log, &[witness.signer.verifier().clone()]).unwrap();
        assert_eq!(verified.witnesses[0].at, Some(now()));
    }
}

#[test]
fn another_old_size_is_a_conflict_that_names_the_right_one() {
    let log = signer("log.example", Algorithm::Ed25519);
    let history = history(&log, 10, 10, 0);
    let mut witness = Memory::new(&log);
    assert_eq!(witness.ask(&history.request(2, 3)), Answer::Conflict { size: 0, evidence: None });
    assert_eq!(witness.ask(&history.request(0, 5)).status(), 200);
    for (old, size) in [(0, 5), (0, 7), (4, 7), (6, 7), (0, 3)] {
        assert_eq!(witness.ask(&history.request(old, size)), Answer::Conflict { size: 5, evidence: None });
    }
}

#[test]
fn strangers_false_keys_and_nonsense_are_refused() {
    let (log, thief) = (signer("log.example", Algorithm::Ed25519), signer("log.example", Algorithm::Ed25519));
    let mut witness = Memory::new(&log);
    let good = history(&log, 5, 5, 0);
    assert_eq!(witness.ask(&history(&thief, 5, 5, 0).request(0, 5)).status(), 403);
    assert_eq!(decide(&good.request(0, 5), None, None, &witness.signer, now()).status(), 404);
    // A line with the log's name and id whose signature is false makes the whole note false.
    let mut request = good.request(0, 5);
    request.checkpoint =
        SignedCheckpoint::parse(good.checkpoint(5).to_string().replace("\n5\n", "\n4\n").as_bytes()).unwrap();
    assert_eq!(witness.ask(&request).status(), 403);
    request = good.request(0, 5);
    request.old = 6;
    assert_eq!(witness.ask(&request).status(), 400);
    for body in [
        String::new(),
        "old 0\n\n".into(),
        good.request(0, 5).to_string().replace("old 0", "old 00"),
        good.request(0, 5).to_string().replace("old 0\n", "old 0\nAAAA\n"),
        good.request(0, 5)
            .to_string()
            .replace("old 0\n", &format!("old 0\n{}", format!("{}\n", empty_root()).repeat(64))),
    ] {
        assert_eq!(parse(body.as_bytes()).unwrap_err().status(), 400, "{body}");
    }
}

#[test]
fn proofs_that_do_not_hold_are_unprocessable() {
    let log = signer("log.example", Algorithm::Ed25519);
    let history = history(&log, 10, 10, 0);
    let mut witness = Memory::new(&log);
    let mut request = history.request(0, 5);
    request.hashes.push(empty_root());
    assert_eq!(witness.ask(&request).status(), 422);
    let mut nothing = history.request(0, 5);
    nothing.checkpoint =
        Checkpoint { origin: "log.example".into(), size: 0, root: history.roots[1], extensions: Vec::new() }
            .sign(&log)
            .unwrap();
    assert_eq!(witness.ask(&nothing).status(), 422);
    assert_eq!(witness.ask(&history.request(0, 5)).status(), 200);
    let mut short = history.request(5, 10);
    short.hashes.pop();
    assert_eq!(witness.ask(&short).status(), 422);
}

#[test]
fn two_histories_of_one_size_are_found_and_kept() {
    let log = signer("log.example", Algorithm::Ed25519);
    let (told, other) = (history(&log, 10, 10, 0), history(&log, 10, 4, 1));
    let mut witness = Memory::new(&log);
    assert_eq!(witness.ask(&told.request(0, 8)).status(), 200);
    // Whether the log asks to go on from the right size or not: both are its signatures.
    for request in [other.request(8, 8), other.request(0, 8)] {
        let (Answer::Inconsistent { evidence, .. } | Answer::Conflict { evidence, .. }) = witness.ask(&request) else {
            panic!("cosigned two histories")
        };
        let evidence = evidence.unwrap();
        assert!(evidence.proven && evidence.summary().contains("log.example shows two histories"), "{evidence}");
        assert_eq!(evidence.second.unverified().root, other.roots[8]);
        // What is kept is enough for anybody who has the log's key.
        let text = evidence.to_string();
        let both: Vec<_> = text
            .split("-----\n")
            .skip(1)
            .map(|c| {
                SignedCheckpoint::parse(c.strip_suffix("\n\n").map_or(c.to_owned(), |c| format!("{c}\n")).as_bytes())
            })
            .collect();
        assert!(both.iter().all(Result::is_ok), "{both:?}");
    }
    assert_eq!(witness.seen.as_ref().unwrap().unverified().root, told.roots[8]);
}

#[test]
fn a_rewritten_log_that_goes_on_is_refused_and_kept() {
    let log = signer("log.example", Algorithm::Ed25519);
    let (told, other) = (history(&log, 10, 10, 0), history(&log, 10, 4, 1));
    let mut witness = Memory::new(&log);
    assert_eq!(witness.ask(&told.request(0, 8)).status(), 200);
    let Answer::Inconsistent { evidence, reason } = witness.ask(&other.request(8, 10)) else { panic!("cosigned") };
    let evidence = evidence.unwrap();
    assert!(!evidence.proven && evidence.summary().contains("did not prove"), "{evidence}");
    assert!(reason.starts_with("the proof leads to the root"), "{reason}");
}

#[test]
fn a_witness_that_cosigns_two_histories_is_named() {
    let log = signer("log.example", Algorithm::Ed25519);
    let (told, other) = (history(&log, 8, 8, 0), history(&log, 8, 4, 1));
    let (mut honest, mut helper) = (Memory::new(&log), Memory::new(&log));
    assert_eq!(honest.ask(&told.request(0, 8)).status(), 200);
    assert_eq!(helper.ask(&told.request(0, 8)).status(), 200);
    let first = helper.seen.take().unwrap();
    assert_eq!(helper.ask(&other.request(0, 8)).status(), 200);
    let second = helper.seen.take().unwrap();
    let keys = [honest.signer.verifier().clone(), helper.signer.verifier().clone()];
    let found = equivocation(&first, &second, &helper.log, &keys).unwrap();
    assert_eq!(found.witnesses, ["w.example"]);
    assert!(equivocation(&first, &first, &helper.log, &keys).is_none());
    assert_eq!(equivocation(honest.seen.as_ref().unwrap(), &second, &helper.log, &keys).unwrap().witnesses, [""; 0]);
}
