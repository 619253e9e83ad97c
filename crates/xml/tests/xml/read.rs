//! Reading: encodings, line ends, limits, hostile documents.

use mekong_base::limits::XmlLimits;
use mekong_xml::read::{ATTRIBUTES_MAX, NAMESPACES_IN_SCOPE_MAX, Place};
use mekong_xml::{XmlError, decode, parse};
use std::borrow::Cow;

const SMALL: XmlLimits = XmlLimits::SMALL;

fn refused(text: &str) -> XmlError {
    parse(text, &SMALL).map(|_| ()).unwrap_err()
}

fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

#[test]
fn utf8_is_borrowed() {
    for text in
        ["<a/>", "<?xml version=\"1.0\" encoding='utf-8'?><a>\u{1F600}</a>", "<?xml-stylesheet encoding='x'?><a/>"]
    {
        assert!(matches!(decode(text.as_bytes(), &SMALL), Ok(Cow::Borrowed(t)) if t == text));
    }
    assert_eq!(decode("\u{FEFF}<a/>".as_bytes(), &SMALL).unwrap(), "<a/>");
}

#[test]
fn utf16_is_converted() {
    let text = "<?xml version='1.0' encoding='UTF-16'?><a>\u{1F600}\u{E9}</a>";
    let with_mark = format!("\u{FEFF}{text}");
    for bytes in [
        utf16(&with_mark, u16::to_le_bytes),
        utf16(&with_mark, u16::to_be_bytes),
        utf16(text, u16::to_le_bytes),
        utf16(text, u16::to_be_bytes),
    ] {
        assert_eq!(decode(&bytes, &SMALL).unwrap(), text);
    }
}

#[test]
fn line_ends_become_line_feeds() {
    assert_eq!(decode(b"<a>\r\n\r\r\n\n</a>\r", &SMALL).unwrap(), "<a>\n\n\n\n</a>\n");
}

#[test]
fn white_space_in_the_declaration_may_be_of_any_kind() {
    for blank in ["\t", "\n", "\r\n", " ", "  \n"] {
        let document =
            format!("<?xml{blank}version = '1.0'{blank}encoding=\"UTF-8\"{blank}standalone='yes'{blank}?>{blank}<a/>");
        let text = decode(document.as_bytes(), &SMALL).unwrap();
        let document = parse(&text, &SMALL).unwrap();
        assert_eq!(document.root().children().count(), 1, "no instruction");
    }
}

#[test]
fn other_encodings_are_refused() {
    let declared = |declared: &str| XmlError::UnsupportedEncoding { declared: declared.into() };
    assert_eq!(decode(b"<?xml version='1.0' encoding='ISO-8859-1'?><a/>", &SMALL), Err(declared("ISO-8859-1")));
    assert_eq!(decode(b"<?xml version='1.0' encoding = \"UTF-16\"?><a/>", &SMALL), Err(declared("UTF-16")));
    assert_eq!(
        decode(b"<?xml version='1.1'?><a/>", &SMALL),
        Err(XmlError::UnsupportedVersion { declared: "1.1".into() })
    );
    assert_eq!(decode(b"<a>\xE9</a>", &SMALL), Err(XmlError::NotText { encoding: "UTF-8", offset: 3 }));
    assert_eq!(decode(b"\xFF\xFE<\0a", &SMALL), Err(XmlError::NotText { encoding: "UTF-16", offset: 4 }));
    let lone_surrogate = [0xFE, 0xFF, 0, b'<', 0xD8, 0];
    assert_eq!(decode(&lone_surrogate, &SMALL), Err(XmlError::NotText { encoding: "UTF-16", offset: 4 }));
}

#[test]
fn large_documents_are_refused_before_they_are_read() {
    let limits = XmlLimits { bytes: 3, ..SMALL };
    assert_eq!(decode(b"<a/>", &limits), Err(XmlError::TooLarge { bytes: 4, limit: 3 }));
    assert_eq!(parse("<a/>", &limits).map(|_| ()), Err(XmlError::TooLarge { bytes: 4, limit: 3 }));
}

#[test]
fn a_million_nested_elements_are_refused() {
    let limits = XmlLimits { bytes: usize::MAX, nodes: u32::MAX, depth: 64 };
    let deep = "<a>".repeat(1_000_000) + &"</a>".repeat(1_000_000);
    let place = Place { line: 1, column: 64 * 3 + 1 };
    assert_eq!(parse(&deep, &limits).map(|_| ()), Err(XmlError::TooDeep { limit: 64, place }));
    assert_eq!(parse(&"<a>".repeat(1_000_000), &limits).map(|_| ()), Err(XmlError::TooDeep { limit: 64, place }));
    let tail = "<b><![CDATA[<a><a>]]><!--<a>--><?p <a>?></b>".repeat(1000);
    let fits = "<a x='>' y=\"/>'\">".repeat(63) + "<c/>" + &tail + &"</a>".repeat(63);
    assert!(parse(&fits, &limits).is_ok());
    assert!(parse(&"<a>".repeat(64).replacen("<a>", "<a><b><c/></b>", 1), &limits).is_err());
}

#[test]
fn many_nodes_are_refused() {
    let limits = XmlLimits { nodes: 10, ..SMALL };
    for (text, fits) in [
        ("<a>1<b/>2<b/>3<b/>4<b/></a>", true),
        ("<a>1<b/>2<b/>3<b/>4<b/>5</a>", false),
        ("<a><b></b><b></b><b></b><b></b><b></b><b></b><b></b><b></b></a>", true),
        ("<a b='' c='' d='' e='' f='' g='' h='' i=''/>", true),
        ("<a b='' c='' d='' e='' f='' g='' h='' i='' j=''/>", false),
        ("<a><!----><!----><!----><!----><!----><!----><!----><!----></a>", true),
        ("<a><!----><!----><!----><!----><!----><!----><!----><?p?><?p?></a>", false),
    ] {
        let result = parse(text, &limits).map(|_| ());
        assert_eq!(result.is_ok(), fits, "{text}");
        assert!(fits || matches!(result, Err(XmlError::TooManyNodes { limit: 10, .. })));
    }
}

#[test]
fn attributes_and_namespaces_are_limited() {
    let attributes = |n: usize| format!("<a{}/>", (0..n).map(|i| format!(" a{i}='>'")).collect::<String>());
    assert!(parse(&attributes(ATTRIBUTES_MAX), &SMALL).is_ok());
    assert!(matches!(refused(&attributes(ATTRIBUTES_MAX + 1)), XmlError::TooMany { limit: ATTRIBUTES_MAX, .. }));
    let namespaces = |n: usize| {
        let open: String = (0..n / 32).map(|d| declarations(d * 32..d * 32 + 32)).collect();
        format!("{open}<b xmlns:last='urn:last'/>{}", "</a>".repeat(n / 32))
    };
    assert!(parse(&namespaces(NAMESPACES_IN_SCOPE_MAX - 32), &SMALL).is_ok());
    assert!(matches!(refused(&namespaces(NAMESPACES_IN_SCOPE_MAX)), XmlError::TooMany { .. }));
    let many = format!("<r>{}</r>", "<b xmlns:last='urn:last'/>".repeat(20_000));
    assert!(matches!(refused(&many), XmlError::TooMany { what: "namespace declarations", .. }));
    let copies = declarations(0..60) + &"<b xmlns:c='urn:c'/>".repeat(10_000) + "</a>";
    assert!(matches!(refused(&copies), XmlError::TooMany { what: "namespace declarations", .. }));
}

fn declarations(range: std::ops::Range<usize>) -> String {
    format!("<a{}>", range.map(|i| format!(" xmlns:p{i} = 'urn:{i}'")).collect::<String>())
}

#[test]
fn document_types_and_entities_are_refused() {
    let place = Place { line: 2, column: 1 };
    for text in [
        "<?xml version='1.0'?>\n<!DOCTYPE a><a/>",
        "<!-- -->\n<!DOCTYPE a SYSTEM 'http://example.org/a.dtd'><a/>",
        "<?p?>\n<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>",
        "<!---->\n<!DOCTYPE a [<!ENTITY % p SYSTEM 'http://example.org/p'>%p;]><a/>",
        "<!---->\n<!DOCTYPE a [<!ENTITY a 'ha'><!ENTITY b '&a;&a;'><!ENTITY c '&b;&b;'>]><a>&c;</a>",
        "<a>\n<!DOCTYPE b></a>",
    ] {
        assert_eq!(refused(text), XmlError::Dtd(place), "{text}");
    }
    assert!(matches!(refused("<a>&x;</a>"), XmlError::Malformed { .. }));
    assert!(parse("<a><![CDATA[<!DOCTYPE a>]]><!--<!DOCTYPE a>--></a>", &SMALL).is_ok());
}

#[test]
fn malformed_documents_are_refused_with_their_place() {
    for (text, line, column) in [
        ("", 1, 1),
        ("<a>", 1, 4),
        ("<a>\n</b>", 2, 1),
        ("<a/><b/>", 1, 5),
        ("<a b='1' b='2'/>", 1, 10),
        ("<p:a/>", 1, 2),
        ("<a>\n  <b c='<'/></a>", 2, 9),
        ("<a>\u{E9}\u{1}</a>", 1, 5),
        ("<a>&#0;</a>", 1, 4),
        ("<a xmlns='urn:a' xmlns='urn:b'/>", 1, 1),
        ("<a>\n<b xmlns:p=''/></a>", 2, 1),
        ("<a>\r\n</a>", 1, 4),
        ("<a xmlns:p='urn:p' p:xmlns='urn:a'/>", 1, 1),
        ("<a xmlns:xmlns='urn:p'/>", 1, 1),
        ("<a :xmlns='urn:p'/>", 1, 1),
        ("<a :b='1'/>", 1, 1),
        ("<a>\n<:b/></a>", 2, 1),
        ("<a><?xml version='1.0'?></a>", 1, 4),
        ("<a><?xml\n?></a>", 1, 4),
        ("<a><?XML?></a>", 1, 4),
        ("\n<?xml version='1.0'?><a/>", 2, 1),
        ("<?xml\nversion='1.0'?><a/>", 1, 1),
        ("\u{FEFF}<a/>", 1, 1),
        ("<a><?p:q?></a>", 1, 4),
        ("<a><?p'q?></a>", 1, 4),
        ("<?xml version='1.0'encoding='UTF-8'?><a/>", 1, 1),
        ("<a></:a>", 1, 4),
        ("<a>&#xD800;</a>", 1, 4),
        ("<a>\n<b c='&#57343;'/></a>", 2, 1),
        ("<a", 1, 3),
        ("<a b='", 1, 7),
        ("<!--", 1, 5),
        ("<a><![CDATA[</a>", 1, 17),
    ] {
        let XmlError::Malformed { place, what } = refused(text) else { panic!("{text}") };
        assert_eq!(place, Place { line, column }, "{text}: {what}");
    }
}
