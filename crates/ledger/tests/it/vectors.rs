//! Proofs with the verdicts of their makers: `conformance/merkle/proofs.json`, from transparency-dev/merkle.

use mekong_ledger::Hash;
use mekong_ledger::merkle::{leaf_hash, verify_consistency, verify_inclusion};
use serde_json::Value;

/// What a case gives as Base64. What is not 32 bytes long, which our types cannot hold, is `None`.
fn hash(value: &Value) -> Option<Hash> {
    value.as_str().unwrap_or_default().parse().ok()
}

/// As `hash`, but what is not 32 bytes long stands for itself by its hash: there are cases whose roots may be anything.
fn any_hash(value: &Value) -> Hash {
    hash(value).unwrap_or_else(|| leaf_hash(value.as_str().unwrap_or_default().as_bytes()))
}

/// Cases that we accept although their makers do not: to them a proof from nothing is useless, to witnesses (C2SP
/// tlog-witness) it is the first one of a log.
const FROM_NOTHING: [&str; 1] = ["consistency/additional/size1-is-zero-and-size2-is-not-zero"];

fn accepted(case: &Value) -> bool {
    let number = |name: &str| case[name].as_u64().unwrap();
    let proof: Vec<&Value> = case["proof"].as_array().into_iter().flatten().collect();
    let proof: Vec<Hash> = proof.into_iter().map(any_hash).collect();
    if case["case"].as_str().unwrap().starts_with("inclusion") {
        let (Some(leaf), Some(root)) = (hash(&case["leafHash"]), hash(&case["root"])) else { return false };
        verify_inclusion(number("leafIdx"), number("treeSize"), &leaf, &proof, &root).is_ok()
    } else {
        let (old, new) = (any_hash(&case["root1"]), any_hash(&case["root2"]));
        verify_consistency(number("size1"), &old, number("size2"), &new, &proof).is_ok()
    }
}

#[test]
fn proofs_are_judged_as_by_their_makers() {
    let file: Value = serde_json::from_str(include_str!("../../../../conformance/merkle/proofs.json")).unwrap();
    let cases = file["cases"].as_array().unwrap();
    let (mut good, mut bad) = (0, 0);
    for case in cases {
        let exception = FROM_NOTHING.contains(&case["case"].as_str().unwrap());
        let expected = case["wantErr"].as_bool().unwrap() == exception;
        assert_eq!(accepted(case), expected, "{case}");
        *if expected { &mut good } else { &mut bad } += 1;
    }
    assert!(good >= 10 && bad >= 150, "{good} good, {bad} bad");
}
