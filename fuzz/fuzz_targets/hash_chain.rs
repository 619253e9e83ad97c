//! Hash chains: documents hold for one message only; what is built holds.
//!
//! Input that begins with a zero byte is a recipe for a tree: one byte an input, its number of parts. Other input is a
//! result and a chain, separated by a zero byte.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mekong_crypto::DigestAlgorithm;
use mekong_fuzz::fixtures::{self, digest};
use mekong_message::hashchain::{Inputs, Part, Resource, build, verify};
use mekong_message::names;
use std::borrow::Cow;

fuzz_target!(|data: &[u8]| match data {
    [0, recipe @ ..] => what_is_built_holds(recipe),
    data => documents_hold_for_one_message(data),
});

fn documents_hold_for_one_message(data: &[u8]) {
    let mut texts = fixtures::texts(data);
    let (result, chain) = (texts.next().unwrap_or_default(), texts.next().unwrap_or_default());
    let holds = |message: &[u8]| {
        let inputs = Inputs::from([(names::MESSAGE.to_owned(), Some(digest(message)))]);
        let resolve = |uri: &str, algorithm: DigestAlgorithm| match uri {
            names::SIG_HASH_CHAIN => Resource::Bytes(Cow::Borrowed(chain.as_bytes())),
            "/attachment1" => Resource::Digest(algorithm.digest(fixtures::ATTACHMENT).as_ref().to_vec()),
            "/attachment2" => Resource::Bytes(Cow::Borrowed(b"<a/>".as_slice())),
            "/attachment3" => Resource::NotAtHand,
            _ => Resource::Missing,
        };
        let covered = verify(result.as_bytes(), names::SIG_HASH_CHAIN_RESULT, &resolve, &inputs);
        covered.is_ok_and(|covered| {
            let message_covered = covered.iter().any(|c| c.uri == names::MESSAGE);
            assert!(message_covered, "a chain holds that does not cover the message");
            covered.iter().any(|c| c.uri == names::MESSAGE && c.algorithm == DigestAlgorithm::Sha512 && c.checked)
        })
    };
    assert!(!(holds(fixtures::MESSAGE) && holds(b"another message")), "a chain holds for two messages");
}

fn what_is_built_holds(recipe: &[u8]) {
    let file = |number: usize| if number == 0 { names::MESSAGE.to_owned() } else { names::attachment(number) };
    let algorithm = |choice: u8| if choice & 0x80 == 0 { DigestAlgorithm::Sha512 } else { DigestAlgorithm::Sha256 };
    let inputs: Vec<Vec<Part>> = recipe
        .iter()
        .take(9)
        .enumerate()
        .map(|(index, choice)| {
            let part = |number: usize| {
                let algorithm = algorithm(*choice);
                let digest = algorithm.digest(format!("{index}/{number}").as_bytes()).as_ref().to_vec();
                Part { uri: file(number), algorithm, digest }
            };
            (0..usize::from(choice % 8)).map(part).collect()
        })
        .collect();
    let Ok(tree) = build(inputs.clone(), DigestAlgorithm::Sha512, names::SIG_HASH_CHAIN) else { return };
    assert_eq!(tree.chains().count(), inputs.len());
    for (parts, chain) in inputs.iter().zip(tree.chains()) {
        let resolve = |uri: &str, _: DigestAlgorithm| match uri {
            names::SIG_HASH_CHAIN => Resource::Bytes(Cow::Borrowed(chain.as_bytes())),
            _ => Resource::Missing,
        };
        let given: Inputs = parts.iter().map(|p| (p.uri.clone(), Some((p.algorithm, p.digest.clone())))).collect();
        let covered =
            verify(tree.result.as_bytes(), names::SIG_HASH_CHAIN_RESULT, &resolve, &given).expect("it holds");
        assert_eq!(covered.len(), parts.len());
        assert!(covered.iter().all(|c| c.checked));
    }
}
