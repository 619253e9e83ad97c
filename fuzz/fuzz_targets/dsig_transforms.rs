//! References with every transform: bounded, and the same twice.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mekong_base::limits::XmlLimits;
use mekong_xml::dsig::examine::{Content, Examination, Form, Pointer, key_info};
use mekong_xml::{NS_DSIG, decode, find, parse};
use std::borrow::Cow;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = decode(data, &XmlLimits::SMALL) else { return };
    let Ok(document) = parse(&text, &XmlLimits::SMALL) else { return };
    let resolve = |_: &str| Some(Content::Bytes(Cow::Borrowed(b"<content>aGVsbG8=</content>".as_slice())));
    let examination = Examination::new(&document, 1 << 24, &resolve);
    for node in document.descendants().filter(|n| n.is_element()).take(50) {
        if find::is(node, NS_DSIG, "KeyInfo") {
            let _ = key_info(&examination, node);
        }
        let Ok(pointers) = Pointer::all(node) else { continue };
        for pointer in pointers.iter().take(20) {
            let (first, second) = (examination.digest(node, pointer), examination.digest(node, pointer));
            if let (Ok(first), Ok(second)) = (&first, &second) {
                assert_eq!(first, second);
            }
        }
        let _ = Form::read(node);
    }
});
