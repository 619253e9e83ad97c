//! XML signatures: what a signature that holds covers is what was signed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mekong_base::limits::XmlLimits;
use mekong_fuzz::fixtures;
use mekong_xml::c14n::{Method, Subset, canonicalize};
use mekong_xml::dsig::{CoveredPart, Resolved, Signature, manifest};
use mekong_xml::{NS_DSIG, decode, find, parse};
use std::borrow::Cow;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = decode(data, &XmlLimits::SMALL) else { return };
    let Ok(document) = parse(&text, &XmlLimits::SMALL) else { return };
    for node in document.descendants().filter(|n| n.is_element()).take(50) {
        let _ = manifest(node);
        if !find::is(node, NS_DSIG, "Signature") {
            continue;
        }
        let Ok(signature) = Signature::parse(node) else { continue };
        let resolve = |_: &str| Some(Resolved::Bytes(Cow::Borrowed(b"content".as_slice())));
        let _ = signature.verify_references(&resolve);
        let Ok(covered) = signature.verify(fixtures::signer().public_key(), &resolve) else { continue };
        let [covered] = covered.as_slice() else { panic!("{} references hold", covered.len()) };
        let CoveredPart::DocumentWithoutSignature = covered.part else { panic!("{:?} is covered", covered.part) };
        let subset = Subset::DocumentWithout { document: &document, without: node };
        let canonical = canonicalize(subset, &Method::EXCLUSIVE).expect("it was digested");
        assert_eq!(String::from_utf8_lossy(&canonical), fixtures::ORDER);
    }
});
