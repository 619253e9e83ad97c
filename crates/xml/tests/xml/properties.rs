//! Properties of canonical forms, over random trees.

use crate::trees;
use mekong_base::limits::XmlLimits;
use mekong_crypto::DigestAlgorithm;
use mekong_xml::c14n::{self, Method, Subset, canonicalize};
use mekong_xml::parse;
use proptest::prelude::*;

fn methods() -> [Method; 5] {
    [
        Method::Inclusive10,
        Method::Inclusive10WithComments,
        Method::Inclusive11WithComments,
        Method::EXCLUSIVE,
        Method::ExclusiveWithComments { prefixes: vec!["p".into(), "#default".into()] },
    ]
}

fn canonical(text: &str, method: &Method) -> String {
    let document = parse(text, &XmlLimits::SMALL).unwrap();
    String::from_utf8(canonicalize(Subset::Document(&document), method).unwrap()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn canonical_forms_are_their_own(tree in trees::tree()) {
        let text = tree.write(None);
        for method in methods() {
            let once = canonical(&text, &method);
            prop_assert_eq!(&canonical(&once, &method), &once);
        }
    }

    #[test]
    fn a_subtree_alone_has_the_same_exclusive_form(tree in trees::tree()) {
        let text = tree.write(Some(&mut 0));
        let document = parse(&text, &XmlLimits::SMALL).unwrap();
        for element in document.descendants().filter(|n| n.is_element()) {
            let inside = canonicalize(Subset::Element(element), &Method::EXCLUSIVE).unwrap();
            let alone = canonical(std::str::from_utf8(&inside).unwrap(), &Method::EXCLUSIVE);
            prop_assert_eq!(alone.as_bytes(), &inside);
        }
    }

    #[test]
    fn digests_are_those_of_the_bytes(tree in trees::tree()) {
        let text = format!("<all>{}</all>", tree.write(None).repeat(20));
        let document = parse(&text, &XmlLimits { nodes: 1_000_000, ..XmlLimits::SMALL }).unwrap();
        for method in methods() {
            let bytes = canonicalize(Subset::Document(&document), &method).unwrap();
            let digest = c14n::digest(Subset::Document(&document), &method, DigestAlgorithm::Sha256).unwrap();
            prop_assert_eq!(digest, DigestAlgorithm::Sha256.digest(&bytes));
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in ".*", tags in "[<>a/ ='\"!\\-\\[\\]?:xmlns&;#\n]{0,60}") {
        let _ = parse(&text, &XmlLimits::SMALL);
        let _ = parse(&tags, &XmlLimits::SMALL);
    }
}
