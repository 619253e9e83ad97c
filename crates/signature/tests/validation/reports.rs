//! What is written of a report, and what a memory changes: nothing but the time it takes.

use crate::land::*;
use mekong_base::limits::XmlLimits;
use mekong_signature::report::{detailed::Detailed, etsi};
use mekong_signature::validation::{Context, Memory, validate};

#[test]
fn the_detailed_report_holds_every_block() {
    let land = Land::new();
    let report = report(&document(land.stamped()), &land.anchors(), 20);
    let json = serde_json::to_string(&Detailed::of(&report)).unwrap();
    for block in ["format_checking", "cryptographic_verification", "certificate_validation", "timestamp_validation"] {
        assert!(json.contains(block), "{block}");
    }
}

#[test]
fn the_etsi_report_is_xml_whose_references_lead_somewhere() {
    let land = Land::new();
    let report = report(&document(land.stamped()), &land.anchors(), 20);
    let xml = etsi::write(&report);
    let text = mekong_xml::decode(xml.as_bytes(), &XmlLimits::SMALL).unwrap();
    let parsed = mekong_xml::parse(&text, &XmlLimits::SMALL).unwrap();
    let ids: Vec<&str> = parsed.descendants().filter_map(|n| n.attribute("id")).collect();
    let references: Vec<&str> = parsed.descendants().filter_map(|n| n.attribute("VOReference")).collect();
    assert!(!references.is_empty());
    assert!(references.iter().all(|r| ids.contains(r)), "{references:?} of {ids:?}");
    assert!(xml.contains("urn:etsi:019102:mainindication:total-passed"));
}

#[test]
fn a_memory_changes_no_verdict() {
    let land = Land::new();
    let (anchors, policy, memory) = (land.anchors(), policy(&[]), Memory::new());
    for at in [20, 400] {
        let all = document(land.stamped());
        let without = Context::new(&anchors, &policy, day(at));
        let with = Context { memory: Some(&memory), ..without };
        let expected = validate(&all, &without).signatures[0].conclusion;
        assert_eq!(validate(&all, &with).signatures[0].conclusion, expected);
        assert_eq!(validate(&all, &with).signatures[0].conclusion, expected, "the second time");
    }
    let mut broken = land.stamped();
    broken.value.value[10] ^= 1;
    let with = Context { memory: Some(&memory), ..Context::new(&anchors, &policy, day(20)) };
    assert!(!validate(&document(broken), &with).is_passed());
}
