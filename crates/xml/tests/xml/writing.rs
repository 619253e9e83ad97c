//! What is written comes back.

use mekong_base::limits::XmlLimits;
use mekong_xml::write::{Writer, escape_attribute, escape_text};
use mekong_xml::{decode, find, parse};

const NASTY: &str = "<&>\"' \r\n\r\t ]]> \u{1F600}\u{E000}";

#[test]
fn texts_and_attributes_come_back() {
    let mut writer = Writer::with_declaration();
    writer
        .open("a", &[("xmlns", "urn:a"), ("b", NASTY)])
        .leaf("c", &[("d", "")], NASTY)
        .text(NASTY)
        .raw("<e/>")
        .close();
    let written = writer.finish();
    let text = decode(written.as_bytes(), &XmlLimits::SMALL).unwrap();
    let document = parse(&text, &XmlLimits::SMALL).unwrap();
    let root = document.root_element();
    assert_eq!(find::required_attribute(root, "b"), Ok(NASTY));
    assert_eq!(find::required_text(root, "urn:a", "c").unwrap(), NASTY);
    assert!(find::child(root, "urn:a", "e").unwrap().is_some());
    assert_eq!(root.tail(), None);
}

#[test]
fn what_is_open_is_closed_at_the_end() {
    let mut writer = Writer::new();
    writer.open("a", &[]).open("b", &[]).empty("c", &[]);
    assert_eq!(writer.finish(), "<a><b><c/></b></a>");
    let mut nothing = Writer::new();
    nothing.close();
    assert_eq!(nothing.finish(), "");
}

#[test]
fn characters_that_xml_forbids_are_replaced() {
    let (mut text, mut attribute) = (String::new(), String::new());
    escape_text(&mut text, "a\0\u{1}\u{FFFE}b");
    escape_attribute(&mut attribute, "\u{B}\u{FFFF}");
    assert_eq!(text, "a\u{FFFD}\u{FFFD}\u{FFFD}b");
    assert_eq!(attribute, "\u{FFFD}\u{FFFD}");
}

#[test]
fn finding_says_what_is_missing_and_where() {
    let text = "<a>\n <b i='1'>x<!-- -->y<?p?>z</b>\n <b/><c><d/></c><e>!</e></a>";
    let document = parse(text, &XmlLimits::SMALL).unwrap();
    let root = document.root_element();
    let said = |error: find::FindError| error.to_string();
    assert_eq!(find::text(find::children(root, "", "b").next().unwrap()).unwrap(), "xyz");
    assert_eq!(said(find::child(root, "", "b").unwrap_err()), "/a: element b occurs more than once (line 3, column 2)");
    assert_eq!(said(find::required_child(root, "", "z").unwrap_err()), "/a: element z is missing (line 1, column 1)");
    assert_eq!(
        said(find::required_text(root, "", "c").unwrap_err()),
        "/a/c: only text is allowed here (line 3, column 9)"
    );
    let e = find::required_child(root, "", "e").unwrap();
    assert_eq!(said(find::required_attribute(e, "i").unwrap_err()), "/a/e: attribute i is missing (line 3, column 17)");
    assert_eq!(said(find::base64(e).unwrap_err()), "/a/e: base64 expected (line 3, column 17)");
    assert_eq!(find::child_text(root, "urn:other", "e"), Ok(None));
}
