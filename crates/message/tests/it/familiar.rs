//! Signatures of a familiar form are verified as text. Whatever that accepts, reading them as XML must accept too.

use crate::shared::TestResult;
use crate::signer::{MESSAGE, Signer, now};
use mekong_base::ClientId;
use mekong_crypto::{DigestAlgorithm, KeyType};
use mekong_message::{ChainCache, MessageDigests, SignatureData, sign_batch, sign_message};
use mekong_message::{verify_message, verify_message_cached};
use std::time::Duration;

const OTHER: &[u8] = b"GET\r\n/r1/VN/GOV/MPS/population/persons/v1/persons/2\r\nX-Road-Client:LA/GOV/MOHA/civil\r\n";

fn from() -> Result<ClientId, mekong_base::ident::IdentError> {
    "LA/GOV/MOHA/civil".parse()
}

#[test]
fn one_verified_signature_makes_the_next_ones_familiar() -> TestResult {
    for key_type in [KeyType::P256, KeyType::Rsa(2048)] {
        let (signer, from, cache) = (Signer::new(key_type)?, from()?, ChainCache::new());
        for second in 0..3 {
            let at = now() + Duration::from_secs(second);
            let data = sign_message(&signer.identity, MESSAGE, &[], at)?;
            let verified = verify_message_cached(&cache, &data, MESSAGE, &[], &from, &signer.trust, at)?;
            assert_eq!(verified.signed_at, at);
            assert_eq!(verified.certificate, *signer.identity.certificate());
            let other = verify_message_cached(&cache, &data, OTHER, &[], &from, &signer.trust, at);
            assert_eq!(other.err().map(|e| e.code()), Some("invalid_signature_value"));
            let stranger = "LA/GOV/MTC/x".parse()?;
            assert!(verify_message_cached(&cache, &data, MESSAGE, &[], &stranger, &signer.trust, at).is_err());
        }
    }
    Ok(())
}

#[test]
fn a_batch_is_familiar_by_its_value_and_each_message_by_its_own_chain() -> TestResult {
    let (signer, from, cache) = (Signer::new(KeyType::P256)?, from()?, ChainCache::new());
    let sha512 = DigestAlgorithm::Sha512;
    let messages: Vec<Vec<u8>> = (0..7).map(|n| format!("GET\r\n/r1/a/b/c/d/e/{n}\r\n").into_bytes()).collect();
    let digest = |m: &Vec<u8>| (sha512, sha512.digest(m).as_ref().to_vec());
    let digests: Vec<MessageDigests> =
        messages.iter().map(|m| MessageDigests { message: digest(m), attachments: Vec::new() }).collect();
    let signed = sign_batch(&signer.identity, &digests, now())?;
    for (index, data) in signed.iter().enumerate() {
        for (number, message) in messages.iter().enumerate() {
            let verified = verify_message_cached(&cache, data, message, &[], &from, &signer.trust, now());
            assert_eq!(verified.is_ok(), index == number, "{index} {number}");
        }
    }
    // A chain of another batch under a known value proves nothing.
    let others: Vec<MessageDigests> = digests.iter().take(2).cloned().collect();
    let others = sign_batch(&signer.identity, &others, now())?;
    let [(first, of_first), ..] = [(&signed[0], &others[0])];
    let mixed = SignatureData { hash_chain: of_first.hash_chain.clone(), ..first.clone() };
    assert!(verify_message_cached(&cache, &mixed, &messages[0], &[], &from, &signer.trust, now()).is_err());
    let mixed = SignatureData { signature_xml: first.signature_xml.clone(), ..of_first.clone() };
    assert!(verify_message_cached(&cache, &mixed, &messages[0], &[], &from, &signer.trust, now()).is_err());
    Ok(())
}

#[test]
fn changed_texts_are_never_accepted_by_familiarity() -> TestResult {
    let (signer, from, cache) = (Signer::new(KeyType::P256)?, from()?, ChainCache::new());
    let good = sign_message(&signer.identity, MESSAGE, &[], now())?;
    verify_message_cached(&cache, &good, MESSAGE, &[], &from, &signer.trust, now())?;
    let next = sign_message(&signer.identity, MESSAGE, &[], now() + Duration::from_secs(1))?.signature_xml;
    let end = next.find("<ds:X509Certificate>").unwrap_or(next.len());
    let fields = next.find("<xades:SigningTime>").unwrap_or_default();
    let places = (0..end).step_by(3).chain(fields..fields + 60).chain((end..next.len()).step_by(211));
    for place in places {
        for with in ["<", "&", "A", "0", " ", "=", "!"] {
            let mut xml = next.clone();
            xml.replace_range(place..=place, with);
            if xml == next {
                continue;
            }
            let data = SignatureData { signature_xml: xml, ..good.clone() };
            let cached = verify_message_cached(&cache, &data, MESSAGE, &[], &from, &signer.trust, now()).is_ok();
            if cached {
                assert!(
                    verify_message(&data, MESSAGE, &[], &from, &signer.trust, now()).is_ok(),
                    "accepted with {with:?} at {place}: {}",
                    data.signature_xml
                );
            }
        }
    }
    Ok(())
}

#[test]
fn texts_that_are_not_where_they_seem_are_not_learned() -> TestResult {
    // The digest stands in a comment too: it would not be known which of both is the one that counts.
    let (signer, from) = (Signer::new(KeyType::P256)?, from()?);
    let good = sign_message(&signer.identity, MESSAGE, &[], now())?;
    let start = good.signature_xml.find("<ds:DigestValue>").unwrap_or_default() + "<ds:DigestValue>".len();
    let digest = &good.signature_xml[start..start + 88];
    let commented = good.signature_xml.replacen("<ds:SignedInfo>", &format!("<ds:SignedInfo><!--{digest}-->"), 1);
    let cache = ChainCache::new();
    let data = SignatureData { signature_xml: commented.clone(), ..good.clone() };
    let accepted = verify_message_cached(&cache, &data, MESSAGE, &[], &from, &signer.trust, now()).is_ok();
    let other = sign_message(&signer.identity, OTHER, &[], now())?.signature_xml;
    let theirs = &other[start..start + 88];
    for text in [commented.replacen(digest, theirs, 1), other.replacen(theirs, digest, 1)] {
        let data = SignatureData { signature_xml: text, ..good.clone() };
        for message in [MESSAGE, OTHER] {
            let plain = verify_message(&data, message, &[], &from, &signer.trust, now()).is_ok();
            let cached = verify_message_cached(&cache, &data, message, &[], &from, &signer.trust, now()).is_ok();
            assert_eq!(plain, cached, "accepted before: {accepted}");
        }
    }
    Ok(())
}
