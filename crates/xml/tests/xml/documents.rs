//! Whole documents against xmllint.

use crate::{tools, trees};
use mekong_base::limits::XmlLimits;
use mekong_xml::c14n::{BASE_BYTES_MAX, C14nError, Method, Subset, canonicalize};
use mekong_xml::{decode, parse};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use std::path::Path;

const TRAPS: &[(&str, &str)] = &[
    ("carriage returns", "<a b='x&#13;y'>&#13;\r\n\r<![CDATA[\r\n\r]]>&#xD;&amp;\r&amp;</a>"),
    ("carriage return before a reference", "<a>x\r&#65;\r&lt;&#13;\r</a>"),
    ("white space in attributes", "<a b='1\t2\n3\r\n4&#9;5&#10;6&#13;7' c=\"  x  y  \"/>"),
    ("references", "<a b='&lt;&gt;&amp;&quot;&apos;&#x26;&#38;#38;'>&lt;&gt;&amp;&quot;&apos;&#60;&#x3e;</a>"),
    ("beyond the basic plane", "<a b='\u{1D49C}&#x1F600;'>\u{10FFFF}&#x10000;\u{E000}\u{FFFD}</a>"),
    ("default undeclared", "<a xmlns='urn:a'><b xmlns=''><c xmlns=''/><d xmlns='urn:a'/></b><e/></a>"),
    ("default undeclared at the root", "<a xmlns=''><b xmlns=''/></a>"),
    ("unused namespaces", "<a xmlns:u='urn:u' xmlns:v='urn:v'><v:b/><c xmlns:u='urn:u'/></a>"),
    (
        "redeclared",
        "<p:a xmlns:p='urn:1'><p:b xmlns:p='urn:2'><p:c xmlns:p='urn:1'/></p:b><p:d xmlns:p='urn:1'/></p:a>",
    ),
    ("shadowed default", "<a xmlns='urn:1'><b xmlns='urn:2'><c xmlns='urn:1'><d/></c></b></a>"),
    ("two prefixes of one namespace", "<a xmlns:p='urn:1' xmlns:q='urn:1' q:x='1' p:y='2'><q:b/><p:b/></a>"),
    (
        "attribute order",
        "<a xmlns:z='urn:a' xmlns:a='urn:z' z:b='1' a:a='2' c='3' B='4' b='5' z:a='6' \u{E9}='7' xml:lang='en'/>",
    ),
    ("prefixes sort as written, URIs as names", "<a xmlns:b='urn:2' xmlns:a='urn:9' xmlns='urn:5' xmlns:B='urn:1'/>"),
    ("comments", "<!-- 1 --><!--2--><a><!-- in --> <!----></a><!-- 3 -->\n<!-- 4 -->"),
    ("instructions", "<?xml version='1.0'?><?a?><?b   x  ?>\n<a><?c d?></a>\n\n<?e?><?f g?>"),
    ("CDATA", "<a><![CDATA[<&>]]>]]&gt;<![CDATA[]]>x<![CDATA[ ]]]]><![CDATA[>]]></a>"),
    ("white space in tags", "<a  b = '1'\n\tc\n=\n'2'   ><d   /><e></e   ></a  >"),
    ("declaration with a line feed", "<?xml\nversion='1.0'\nstandalone='yes'\n?>\n<a/>"),
    ("byte order mark", "\u{FEFF}<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<a/>"),
    ("xml attributes", "<a xml:base='http://x/' xml:lang='en' xml:space='preserve'> <b xml:id='i' xml:lang=''/></a>"),
    ("declared xml prefix", "<a xmlns:xml='http://www.w3.org/XML/1998/namespace' xml:lang='en'/>"),
    (
        "names beyond ASCII",
        "<\u{E0}\u{301} xmlns:\u{3B1}='urn:%CE%B1'><\u{3B1}:\u{4E2D} \u{3B1}:\u{4E2D}='1'/></\u{E0}\u{301}>",
    ),
    ("empty text", "<a><b></b>  <c/>\n</a>\n"),
];

const METHODS: [(&str, Method); 3] = [
    ("--c14n", Method::Inclusive10WithComments),
    ("--c14n11", Method::Inclusive11WithComments),
    ("--exc-c14n", Method::ExclusiveWithComments { prefixes: Vec::new() }),
];

fn ours(document: &str, method: &Method) -> String {
    let text = decode(document.as_bytes(), &XmlLimits::SMALL).unwrap();
    let document = parse(&text, &XmlLimits::SMALL).unwrap_or_else(|error| panic!("{error}: {text}"));
    String::from_utf8(canonicalize(Subset::Document(&document), method).unwrap()).unwrap()
}

/// All documents in one process: a document of its own kind separates them.
fn theirs(flag: &str, documents: &[String], folder: &Path) -> Vec<String> {
    const SEPARATOR: &str = "<separator-of-documents></separator-of-documents>";
    std::fs::write(folder.join("separator.xml"), SEPARATOR).unwrap();
    let names: Vec<String> = (0..documents.len()).map(|n| format!("{n}.xml")).collect();
    let mut arguments = vec!["--nonet", flag];
    for (name, document) in names.iter().zip(documents) {
        std::fs::write(folder.join(name), document).unwrap();
        arguments.extend([name.as_str(), "separator.xml"]);
    }
    let output = String::from_utf8(tools::run("xmllint", &arguments, folder)).unwrap();
    output.split_terminator(SEPARATOR).map(str::to_owned).collect()
}

fn check(documents: &[(String, String)]) {
    if !tools::has("xmllint") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let texts: Vec<String> = documents.iter().map(|(_, text)| text.clone()).collect();
    for (flag, method) in METHODS {
        let expected = theirs(flag, &texts, folder.path());
        assert_eq!(expected.len(), texts.len());
        for ((name, text), expected) in documents.iter().zip(expected) {
            assert_eq!(ours(text, &method), expected, "{flag}, {name}:\n{text}");
        }
    }
}

#[test]
fn traps_are_canonicalised_as_xmllint_does() {
    check(&TRAPS.iter().map(|(name, text)| ((*name).into(), (*text).into())).collect::<Vec<_>>());
}

#[test]
fn random_trees_are_canonicalised_as_xmllint_does() {
    let mut runner = TestRunner::deterministic();
    let strategy = trees::tree();
    let documents: Vec<(String, String)> = (0..400)
        .map(|n| (format!("tree {n}"), strategy.new_tree(&mut runner).unwrap().current().write(None)))
        .collect();
    check(&documents);
}

#[test]
fn comments_and_instructions_outside_the_root_follow_the_method() {
    let document = "<!-- 1 --><?x?><a><!-- 2 --></a><!-- 3 --><?y?>";
    assert_eq!(ours(document, &Method::Inclusive10), "<?x?>\n<a></a>\n<?y?>");
    assert_eq!(ours(document, &Method::EXCLUSIVE), "<?x?>\n<a></a>\n<?y?>");
    assert_eq!(
        ours(document, &Method::Inclusive11WithComments),
        "<!-- 1 -->\n<?x?>\n<a><!-- 2 --></a>\n<!-- 3 -->\n<?y?>"
    );
}

/// libxml2 writes namespace names without escaping, which is not XML any more; Canonical XML 1.0 §2.3 treats them as
/// attribute values.
#[test]
fn namespace_names_are_escaped() {
    let document = "<a xmlns:p='urn:&amp;&lt;&quot;&#9;'><p:b/></a>";
    assert_eq!(ours(document, &Method::Inclusive10), "<a xmlns:p=\"urn:&amp;&lt;&quot;&#x9;\"><p:b></p:b></a>");
}

#[test]
fn long_bases_are_not_joined() {
    let document = format!("<a xml:base='{0}'><b xml:base='{0}'><c/></b></a>", "x/".repeat(BASE_BYTES_MAX / 4 + 1));
    let document = parse(&document, &XmlLimits::SMALL).unwrap();
    let apex = document.descendants().next_back().unwrap();
    let error = canonicalize(Subset::Element(apex), &Method::Inclusive11).unwrap_err();
    assert!(matches!(error, C14nError::BaseTooLong(_)), "{error}");
    assert!(canonicalize(Subset::Element(apex), &Method::Inclusive10).is_ok());
}

#[test]
fn relative_namespaces_are_refused() {
    for document in ["<a xmlns='b'/>", "<p:a xmlns:p='../b:c'/>", "<a><b xmlns='1:x'/></a>"] {
        let document = parse(document, &XmlLimits::SMALL).unwrap();
        for method in [Method::Inclusive10, Method::Inclusive11, Method::EXCLUSIVE] {
            let error = canonicalize(Subset::Document(&document), &method).unwrap_err();
            assert!(matches!(error, C14nError::RelativeNamespace { .. }), "{error}");
        }
    }
}
