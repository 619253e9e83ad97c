//! A batch signature that was verified once is not believed for anything else than what it covers.

use crate::shared::TestResult;
use crate::signer::{Signer, digest, now};
use mekong_base::{ClientId, Instant};
use mekong_crypto::{DigestAlgorithm, KeyType};
use mekong_message::{ChainCache, MessageDigests, SignatureData, sign_batch, verify_message, verify_message_cached};
use std::time::Duration;

type Attachments = Vec<(DigestAlgorithm, Vec<u8>)>;

/// One question to the verifier.
#[derive(Clone)]
struct Case {
    data: SignatureData,
    message: Vec<u8>,
    attachments: Attachments,
    from: ClientId,
    at: Instant,
}

fn batch(signer: &Signer, salt: &str) -> Result<Vec<Case>, Box<dyn std::error::Error>> {
    let messages: Vec<Vec<u8>> = (0..5).map(|i| format!("{salt} {i}").into_bytes()).collect();
    let attachments = |i: usize| -> Attachments { (0..i % 3).map(|n| digest(&[n as u8])).collect() };
    let digests: Vec<_> = messages
        .iter()
        .enumerate()
        .map(|(i, m)| MessageDigests { message: digest(m), attachments: attachments(i) })
        .collect();
    let signed = sign_batch(&signer.identity, &digests, now())?;
    let from: ClientId = "LA/GOV/MOHA/civil".parse()?;
    let case =
        |(i, (data, message))| Case { data, message, attachments: attachments(i), from: from.clone(), at: now() };
    Ok(signed.into_iter().zip(messages).enumerate().map(case).collect())
}

/// Everything that may be changed of a case, with cases of another batch at hand.
fn changed(case: &Case, other: &Case, foreign: &Case) -> Result<Vec<(&'static str, Case)>, Box<dyn std::error::Error>> {
    let with = |change: &dyn Fn(&mut Case)| {
        let mut changed = case.clone();
        change(&mut changed);
        changed
    };
    let last = case.data.signature_xml.rfind("<ds:SignatureValue").unwrap_or_default() + 60;
    let stranger: ClientId = "LA/GOV/OTHER/civil".parse()?;
    Ok(vec![
        ("another message", with(&|c| c.message = b"something else".to_vec())),
        ("the neighbour's message", with(&|c| c.message = other.message.clone())),
        ("the neighbour's chain", with(&|c| c.data.hash_chain = other.data.hash_chain.clone())),
        ("a chain of another batch", with(&|c| c.data.hash_chain = foreign.data.hash_chain.clone())),
        (
            "chain and message of another batch",
            with(&|c| {
                c.data.hash_chain = foreign.data.hash_chain.clone();
                c.message = foreign.message.clone();
                c.attachments = foreign.attachments.clone();
            }),
        ),
        (
            "chain, result and message of another batch",
            with(&|c| {
                c.data.hash_chain = foreign.data.hash_chain.clone();
                c.data.hash_chain_result = foreign.data.hash_chain_result.clone();
                c.message = foreign.message.clone();
                c.attachments = foreign.attachments.clone();
            }),
        ),
        ("the signature of another batch", with(&|c| c.data.signature_xml = foreign.data.signature_xml.clone())),
        ("one more attachment", with(&|c| c.attachments.push(digest(b"more")))),
        ("no chain", with(&|c| c.data.hash_chain = None)),
        ("no chain result", with(&|c| c.data.hash_chain_result = None)),
        (
            "a space in the result",
            with(&|c| {
                c.data.hash_chain_result = c.data.hash_chain_result.as_ref().map(|r| format!("{r} "));
            }),
        ),
        (
            "another signature value",
            with(&|c| {
                let was = c.data.signature_xml.as_bytes()[last];
                c.data.signature_xml.replace_range(last..=last, if was == b'A' { "B" } else { "A" });
            }),
        ),
        ("another signer", with(&|c| c.from = stranger.clone())),
        ("too late", with(&|c| c.at = c.at + Duration::from_secs(2 * 3600))),
        ("too early", with(&|c| c.at = c.at - Duration::from_secs(5 * 365 * 86_400))),
    ])
}

#[test]
fn a_known_batch_vouches_for_nothing_but_its_messages() -> TestResult {
    let signer = Signer::new(KeyType::P256)?;
    let (batch, foreign) = (batch(&signer, "one")?, batch(&signer, "two")?);
    let cache = ChainCache::new();
    let ask = |cache: &ChainCache, c: &Case| {
        let verified = verify_message_cached(cache, &c.data, &c.message, &c.attachments, &c.from, &signer.trust, c.at);
        verified.map(|v| (v.certificate, v.signed_at, v.is_batch)).map_err(|e| e.to_string())
    };
    for case in batch.iter().chain(&foreign) {
        ask(&cache, case)?;
    }
    let mut refused = 0;
    for (i, case) in batch.iter().enumerate() {
        assert_eq!(ask(&cache, case)?, ask(&ChainCache::new(), case)?);
        for (what, changed) in changed(case, &batch[(i + 1) % batch.len()], &foreign[i])? {
            let (known, fresh) = (ask(&cache, &changed), ask(&ChainCache::new(), &changed));
            assert!(fresh.is_err(), "{what} passes");
            assert_eq!(known, fresh, "{what}");
            refused += 1;
        }
    }
    assert_eq!(refused, 75);
    Ok(())
}

#[test]
fn another_trust_knows_nothing_of_a_batch() -> TestResult {
    let (signer, stranger) = (Signer::new(KeyType::P256)?, Signer::new(KeyType::P256)?);
    let (case, cache) = (batch(&signer, "one")?.remove(0), ChainCache::new());
    let ask = |trust| {
        verify_message_cached(&cache, &case.data, &case.message, &case.attachments, &case.from, trust, case.at).is_ok()
    };
    assert!(ask(&signer.trust));
    assert!(!ask(&stranger.trust), "the other authority never issued that certificate");
    let mut only_tls = signer.trust.clone();
    only_tls.authorities.iter_mut().for_each(|a| a.authentication_only = true);
    assert!(!ask(&only_tls), "the authority was taken the right to issue signing certificates");
    let verified = verify_message(&case.data, &case.message, &case.attachments, &case.from, &signer.trust, case.at);
    assert!(verified.is_ok());
    Ok(())
}
