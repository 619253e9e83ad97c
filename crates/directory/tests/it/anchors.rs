//! Anchors of the reference, and our own written and read back.

use crate::vectors::{read, shared};
use mekong_directory::Anchor;

#[test]
fn reads_anchors_of_the_reference_and_writes_them_back() {
    let Some(folder) = shared("vectors/xroad/globalconf") else { return };
    let cases = [
        ("signed/configuration_anchor_CS_internal.xml", "DEV", 2, 2),
        ("parsed/configuration-anchor1.xml", "EE", 3, 4),
        ("parsed/configuration-anchor2.xml", "EE", 1, 2),
    ];
    for (file, instance, sources, certificates) in cases {
        let anchor = Anchor::read(&read(&folder.join(file))).unwrap();
        assert_eq!((anchor.instance.as_str(), anchor.sources.len()), (instance, sources), "{file}");
        assert_eq!(anchor.certificates().count(), certificates, "{file}");
        assert_eq!(Anchor::read(anchor.write().as_bytes()).unwrap(), anchor, "{file}");
    }
}

#[track_caller]
fn refuses(xml: &str, expected: &str) {
    assert_eq!(Anchor::read(xml.as_bytes()).unwrap_err().to_string(), expected);
}

const OPEN: &str = "<a:configurationAnchor xmlns:a='http://x-road.eu/xsd/xroad.xsd'>";

#[test]
fn names_the_place_of_what_is_wrong() {
    refuses(
        "<configurationAnchor/>",
        "anchor: document: the root is \"configurationAnchor\" of None, expected configurationAnchor of http://x-road.eu/xsd/xroad.xsd",
    );
    refuses(&format!("{OPEN}</a:configurationAnchor>"), "anchor: configurationAnchor at 1:1: names no source");
    refuses(
        &format!("{OPEN}\n <source><downloadURL>http://a/</downloadURL></source></a:configurationAnchor>"),
        "anchor: configurationAnchor/source at 2:2: names no verificationCert",
    );
    refuses(
        &format!("{OPEN}\n<source><verificationCert>?</verificationCert></source></a:configurationAnchor>"),
        "anchor: configurationAnchor/source/verificationCert at 2:9: is not base64: Invalid symbol 63, offset 0.",
    );
    let doctype = format!("<!DOCTYPE a [<!ENTITY b 'c'>]>{OPEN}</a:configurationAnchor>");
    assert!(Anchor::read(doctype.as_bytes()).unwrap_err().to_string().contains("anchor: document:"));
}
