//! XML: the canonical form of whatever parses is XML with the same canonical form, by every method.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mekong_base::limits::XmlLimits;
use mekong_xml::c14n::{Method, Subset, canonicalize};
use mekong_xml::{decode, find, parse};

/// Escapes and namespaces written again make canonical forms longer than their source.
const CANONICAL: XmlLimits = XmlLimits { bytes: 64 << 20, nodes: 100_000, depth: 64 };

fuzz_target!(|data: &[u8]| {
    let Ok(text) = decode(data, &XmlLimits::SMALL) else { return };
    let Ok(document) = parse(&text, &XmlLimits::SMALL) else { return };
    // Each is looked up in the whole document.
    for node in document.descendants().take(200) {
        let _ = (find::path(node), find::text(node), find::base64(node));
        find::ids(node).for_each(|id| drop(find::by_id(&document, id)));
    }
    let prefixes = || vec!["#default".to_owned(), "a".to_owned()];
    let methods = [
        Method::Inclusive10,
        Method::Inclusive10WithComments,
        Method::Inclusive11,
        Method::Inclusive11WithComments,
        Method::EXCLUSIVE,
        Method::ExclusiveWithComments { prefixes: prefixes() },
    ];
    for method in methods {
        again(Subset::Document(&document), &method);
        if let Some(child) = document.root_element().first_element_child() {
            again(Subset::Element(child), &method);
        }
    }
});

fn again(subset: Subset<'_, '_>, method: &Method) {
    let Ok(first) = canonicalize(subset, method) else { return };
    let text = decode(&first, &CANONICAL).expect("a canonical form is text");
    let document = parse(&text, &CANONICAL).expect("a canonical form is XML");
    let second = canonicalize(Subset::Document(&document), method).expect("it has a canonical form");
    assert_eq!(String::from_utf8_lossy(&first), String::from_utf8_lossy(&second), "{method:?}");
}
