//! Subtrees by Id against xmlsec1: it digests them into a template, and we must come to the same digests.

use crate::{tools, trees};
use mekong_base::limits::XmlLimits;
use mekong_xml::c14n::{Method, Subset, canonicalize};
use mekong_xml::dsig::{Signature, sign};
use mekong_xml::{NS_DSIG, decode, find, parse};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use std::path::Path;

/// References that one signature may have are 64; six methods an element.
const ELEMENTS_PER_DOCUMENT: usize = 10;

const METHODS: [&str; 6] = [
    "",
    "<Transform Algorithm='http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments'/>",
    "<Transform Algorithm='http://www.w3.org/2006/12/xml-c14n11'/>",
    "<Transform Algorithm='http://www.w3.org/2001/10/xml-exc-c14n#'/>",
    "<Transform Algorithm='http://www.w3.org/2001/10/xml-exc-c14n#WithComments'>\
     <InclusiveNamespaces xmlns='http://www.w3.org/2001/10/xml-exc-c14n#' PrefixList='p #default u'/></Transform>",
    "<Transform Algorithm='http://www.w3.org/2006/12/xml-c14n11#WithComments'/>",
];

/// A template that references the elements `n1` to `nCOUNT` with every method.
fn template(content: &str, count: usize) -> String {
    let mut references = String::new();
    for n in 1..=count.min(ELEMENTS_PER_DOCUMENT) {
        for transform in METHODS {
            let transforms =
                if transform.is_empty() { String::new() } else { format!("<Transforms>{transform}</Transforms>") };
            references += &format!(
                "<Reference URI='#n{n}'>{transforms}<DigestMethod Algorithm='http://www.w3.org/2001/04/xmlenc#sha256'/>\
                 <DigestValue/></Reference>"
            );
        }
    }
    format!(
        "<u:all xmlns:u='urn:u' xmlns='urn:default' xmlns:p='urn:outer' xml:lang='lo' xml:base='http://base/x/y' \
         xml:space='preserve'><in xml:base='../z/' xmlns:unused='urn:unused'>{content}</in>\
         <Signature xmlns='{NS_DSIG}'><SignedInfo>\
         <CanonicalizationMethod Algorithm='http://www.w3.org/TR/2001/REC-xml-c14n-20010315'/>\
         <SignatureMethod Algorithm='http://www.w3.org/2001/04/xmldsig-more#rsa-sha256'/>{references}</SignedInfo>\
         <SignatureValue/></Signature></u:all>"
    )
}

/// Signs with xmlsec1, then checks each reference and the value with ours.
fn check(content: &str, count: usize, folder: &Path, key: &mekong_crypto::PrivateKey) {
    std::fs::write(folder.join("template.xml"), template(content, count)).unwrap();
    let signed = tools::run("xmlsec1", &["--sign", "--privkey-pem", "rsa.pem", "template.xml"], folder);
    let text = decode(&signed, &XmlLimits::SMALL).unwrap();
    let document = parse(&text, &XmlLimits::SMALL).unwrap();
    let node = document.descendants().find(|n| find::is(*n, NS_DSIG, "Signature")).unwrap();
    let signature = Signature::parse(node).unwrap();
    for (index, reference) in signature.references().iter().enumerate() {
        let result = signature.verify_digests(std::slice::from_ref(reference), &|_| None);
        let id = reference.uri.as_deref().unwrap().trim_start_matches('#');
        let subset = Subset::by_id(&document, id).unwrap();
        let method = METHODS[index % METHODS.len()];
        let shown = String::from_utf8(canonicalize(subset, &Method::Inclusive11).unwrap()).unwrap();
        assert!(result.is_ok(), "{id} with {method:?}\nin {text}\nas 1.1: {shown}");
    }
    signature.verify(key.public_key(), &|_| None).unwrap();
    let template = template(content, count);
    let template = decode(template.as_bytes(), &XmlLimits::SMALL).unwrap();
    let filled = sign::fill(&template, &XmlLimits::SMALL, key, &|_| None).unwrap();
    assert_eq!(digest_values(&filled), digest_values(&text), "the digests of our own signer");
}

fn digest_values(text: &str) -> Vec<String> {
    let document = parse(text, &XmlLimits::SMALL).unwrap();
    let values = document.descendants().filter(|n| find::is(*n, NS_DSIG, "DigestValue"));
    values.map(|v| find::text(v).unwrap().into_owned()).collect()
}

#[test]
fn subtrees_of_random_trees_digest_as_xmlsec1_does() {
    if !tools::has("xmlsec1") || !tools::has("openssl") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let key = tools::openssl_key(folder.path(), "rsa", &["-algorithm", "RSA"]);
    let mut runner = TestRunner::deterministic();
    let strategy = trees::tree();
    for _ in 0..60 {
        let mut count = 0;
        let content = strategy.new_tree(&mut runner).unwrap().current().write(Some(&mut count));
        check(&content, count, folder.path(), &key);
    }
}

#[test]
fn trap_subtrees_digest_as_xmlsec1_does() {
    if !tools::has("xmlsec1") || !tools::has("openssl") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let key = tools::openssl_key(folder.path(), "rsa", &["-algorithm", "RSA"]);
    for content in [
        "<a xmlns='' xml:id='n1'><b/><u:c xml:lang='vi'/></a>",
        "<a xmlns=''><b xml:id='n1'><c xmlns='urn:default'/></b></a>",
        "<p:a xml:id='n1' xmlns:p='urn:1'><p:b xmlns:p='urn:outer' xml:id='n2'/></p:a>",
        "<a xml:id='n1' xml:base='..'><b xml:id='n2' xml:base='c'/></a>",
        "<a xml:base='q?x=1'><b xml:id='n1' xml:base=''/><b xml:id='n2'/></a>",
        "<a xml:base='/r/s/../t/./'><b xml:id='n1' xml:base='../../../../v'/></a>",
        "<a xml:base='urn:x:y'><b xml:id='n1'/><b xml:id='n2' xml:lang=''/></a>",
        "<a xml:id='n1'>one<!-- 1 -->two<?pi?><!-- 2 -->three</a>",
        "<a xml:id='n1'>x&#13;\ny\r\nz<![CDATA[\r\n]]></a>",
        "<u:a xml:id='n1' u:b='1' c='2'><d/></u:a>",
    ] {
        check(content, content.matches("xml:id").count(), folder.path(), &key);
    }
}
