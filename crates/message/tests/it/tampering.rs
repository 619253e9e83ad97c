//! Hash chains of any shape hold, and no byte of the evidence can change.

use crate::shared::TestResult;
use crate::signer::{MESSAGE, Signer, digest, now};
use crate::written::samples;
use mekong_base::ClientId;
use mekong_base::limits::ContainerLimits;
use mekong_crypto::{DigestAlgorithm, KeyType};
use mekong_message::asic::Container;
use mekong_message::evidence::{Trust, verify_container, verify_file};
use mekong_message::hashchain::{self, Inputs, Part, Resource};
use mekong_message::{SignatureData, sign_message, verify_message};
use proptest::prelude::*;
use std::borrow::Cow;

fn uri(index: usize) -> String {
    if index == 0 { "/message.xml".to_owned() } else { format!("/attachment{index}") }
}

/// Messages with their parts.
fn messages() -> impl Strategy<Value = Vec<Vec<Vec<u8>>>> {
    let part = proptest::collection::vec(any::<u8>(), 0..40);
    let message = proptest::collection::vec(part, 1..5);
    proptest::collection::vec(message, 1..41)
        .prop_filter("a single part is not chained", |m| m.len() > 1 || m.iter().any(|p| p.len() > 1))
}

fn verify(result: &[u8], chain: &[u8], parts: &[Vec<u8>]) -> Result<usize, hashchain::HashChainError> {
    let resolve = |name: &str, _: DigestAlgorithm| {
        let bytes = if name == "/chain" {
            Some(chain)
        } else {
            (0..parts.len()).find(|i| uri(*i) == name).map(|i| parts[i].as_slice())
        };
        bytes.map_or(Resource::Missing, |b| Resource::Bytes(Cow::Owned(b.to_vec())))
    };
    let inputs: Inputs = (0..parts.len()).map(|i| (uri(i), None)).collect();
    hashchain::verify(result, "/result", &resolve, &inputs).map(|covered| covered.len())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn chains_of_any_batch_hold_and_hold_nothing_else(messages in messages(), algorithm in prop_oneof![Just(DigestAlgorithm::Sha256), Just(DigestAlgorithm::Sha512)], pick in any::<prop::sample::Index>()) {
        let inputs: Vec<Vec<Part>> = messages.iter().map(|parts| parts.iter().enumerate().map(|(i, p)| Part {
            uri: uri(i), algorithm, digest: algorithm.digest(p).as_ref().to_vec(),
        }).collect()).collect();
        let tree = hashchain::build(inputs, algorithm, "/chain")?;
        for (parts, chain) in messages.iter().zip(tree.chains()) {
            prop_assert_eq!(verify(tree.result.as_bytes(), chain.as_bytes(), parts), Ok(parts.len()));
        }
        let index = pick.index(messages.len());
        let parts = &messages[index];
        let chain = tree.chain(index).ok_or_else(|| TestCaseError::fail("no chain"))?;
        for changed in 0..parts.len() {
            let mut other = parts.clone();
            other[changed].push(0);
            prop_assert!(verify(tree.result.as_bytes(), chain.as_bytes(), &other).is_err());
        }
        let mut more = parts.clone();
        more.push(vec![1]);
        prop_assert!(verify(tree.result.as_bytes(), chain.as_bytes(), &more).is_err());
    }

    #[test]
    fn no_bytes_make_the_readers_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = verify_file(&bytes, &ContainerLimits::default(), None);
        let _ = verify(&bytes, &bytes, &[]);
        let _ = mekong_message::sender::sender(&bytes);
    }
}

/// What a document says where it matters: the canonical form of these elements, or of the root. What stands before the
/// root, how attributes and empty elements are written, and the Ids of unsigned wrappers may change without changing it; a
/// change there is found by nobody and means nothing. Everything else must be found.
fn said(text: &str, elements: &[&str]) -> Option<Vec<Vec<u8>>> {
    use mekong_xml::c14n::{Method, Subset, canonicalize};
    let document = mekong_xml::roxmltree::Document::parse(text).ok()?;
    let canonical = |node| canonicalize(Subset::Element(node), &Method::Inclusive10).ok();
    if elements.is_empty() {
        return Some(vec![canonical(document.root_element())?]);
    }
    let find = |name: &&str| document.descendants().find(|n| n.tag_name().name() == *name);
    elements
        .iter()
        .map(|name| canonical(find(name)?).map(|c| c[c.iter().position(|b| *b == b'>').unwrap_or(0)..].to_vec()))
        .collect()
}

/// Flips one bit of every byte of a text that stays text.
fn flips(text: &str) -> impl Iterator<Item = String> + '_ {
    (0..text.len()).filter_map(|at| {
        let mut bytes = text.as_bytes().to_vec();
        bytes[at] ^= 1;
        String::from_utf8(bytes).ok()
    })
}

/// The part of a signature that nothing protects: unsigned properties, whose values prove themselves.
fn unsigned(xml: &str) -> Option<usize> {
    xml.find("<xades:UnsignedProperties>")
}

#[test]
fn every_byte_of_a_signed_message_counts() -> TestResult {
    let signer = Signer::new(KeyType::P256)?;
    let from: ClientId = "LA/GOV/MOHA/civil".parse()?;
    let attachments = [digest(b"body")];
    let data = sign_message(&signer.identity, MESSAGE, &attachments, now())?;
    let holds = |data: &SignatureData, message: &[u8], attachments: &[_]| {
        verify_message(data, message, attachments, &from, &signer.trust, now()).is_ok()
    };
    assert!(holds(&data, MESSAGE, &attachments));
    for at in 0..MESSAGE.len() {
        let mut message = MESSAGE.to_vec();
        message[at] ^= 1;
        assert!(!holds(&data, &message, &attachments), "byte {at} of the message");
    }
    for at in 0..attachments[0].1.len() {
        let mut changed = attachments.clone();
        changed[0].1[at] ^= 1;
        assert!(!holds(&data, MESSAGE, &changed), "byte {at} of the attachment's digest");
    }
    let result = data.hash_chain_result.clone().ok_or("no result")?;
    for changed in flips(&result) {
        let data = SignatureData { hash_chain_result: Some(changed), ..data.clone() };
        assert!(!holds(&data, MESSAGE, &attachments));
    }
    let chain = data.hash_chain.clone().ok_or("no chain")?;
    let says = said(&chain, &[]);
    for changed in flips(&chain).filter(|c| said(c, &[]) != says) {
        let data = SignatureData { hash_chain: Some(changed.clone()), ..data.clone() };
        assert!(!holds(&data, MESSAGE, &attachments), "{changed}");
    }
    let end = unsigned(&data.signature_xml).ok_or("no unsigned properties")?;
    let (signed, rest) = data.signature_xml.split_at(end);
    let signed_elements = ["SignedInfo", "SignatureValue", "X509Certificate", "SignedProperties"];
    let says = said(&data.signature_xml, &signed_elements);
    for changed in flips(signed) {
        let changed = format!("{changed}{rest}");
        if said(&changed, &signed_elements) != says {
            let data = SignatureData { signature_xml: changed.clone(), ..data.clone() };
            assert!(!holds(&data, MESSAGE, &attachments), "{changed}");
        }
    }
    Ok(())
}

/// A bit anywhere in a container: unreadable, invalid, or nothing but the time of an entry, a folder's or comment's text,
/// or a part that the format leaves unprotected.
#[test]
fn every_byte_of_a_container_counts() -> TestResult {
    let signer = Signer::new(KeyType::P256)?;
    let of = |_: &str| Some(signer.trust.clone());
    let trust = Trust { of: &of, timestampers: &[] };
    for sample in samples(&signer)?.iter().filter(|s| s.name == "attachment-batch-stamp") {
        let original = Container::read(sample.bytes.as_slice(), &ContainerLimits::default())?;
        for at in 0..sample.bytes.len() {
            let mut bytes = sample.bytes.clone();
            bytes[at] ^= 1;
            let Ok(changed) = Container::read(bytes, &ContainerLimits::default()) else { continue };
            if verify_container(&changed, Some(&trust)).valid == Some(true) {
                let same = |name: &str| original.document(name) == changed.document(name);
                let names = [
                    "/message.xml",
                    "/META-INF/signatures.xml",
                    "/sig-hashchain.xml",
                    "/sig-hashchainresult.xml",
                    "/ts-hashchain.xml",
                    "/ts-hashchainresult.xml",
                    "/META-INF/timestamp.tst",
                ];
                assert!(names.iter().all(|name| same(name)), "byte {at}");
                assert_eq!(original.attachment(1), changed.attachment(1), "byte {at}");
            }
        }
    }
    Ok(())
}
