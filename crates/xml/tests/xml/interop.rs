//! Signatures both ways with xmlsec1.

use crate::tools;
use mekong_base::limits::XmlLimits;
use mekong_crypto::PrivateKey;
use mekong_xml::dsig::{CoveredPart, Signature, sign};
use mekong_xml::{NS_DSIG, decode, find, parse};
use std::path::Path;

/// Name, openssl's arguments, signature algorithm. No RSA-PSS: xmlsec1 1.2 does not know it.
const KEYS: [(&str, &[&str], &str); 3] = [
    ("rsa", &["-algorithm", "RSA"], "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512"),
    (
        "p256",
        &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
        "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
    ),
    (
        "p384",
        &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
        "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384",
    ),
];

const EXCLUSIVE: &str = "<ds:Transform Algorithm='http://www.w3.org/2001/10/xml-exc-c14n#'/>";
const ENVELOPED: &str = "<ds:Transform Algorithm='http://www.w3.org/2000/09/xmldsig#enveloped-signature'/>";

fn signature(algorithm: &str, uri: &str, transforms: &str, object: &str) -> String {
    format!(
        "<ds:Signature xmlns:ds='{NS_DSIG}'>\n <ds:SignedInfo><ds:CanonicalizationMethod \
         Algorithm='http://www.w3.org/2001/10/xml-exc-c14n#'/><!-- kept out -->\n<ds:SignatureMethod \
         Algorithm='{algorithm}'/><ds:Reference URI='{uri}'>{transforms}<ds:DigestMethod \
         Algorithm='http://www.w3.org/2001/04/xmlenc#sha512'/><ds:DigestValue></ds:DigestValue></ds:Reference>\
         </ds:SignedInfo><ds:SignatureValue Id='value'/>{object}</ds:Signature>"
    )
}

fn transforms(inside: &str) -> String {
    format!("<ds:Transforms>{inside}</ds:Transforms>")
}

/// An enveloped, a detached and an enveloping signature as templates.
fn templates(algorithm: &str) -> [String; 4] {
    let content = "x &amp; y&#13;\n<!-- c -->z<b xmlns='urn:b' c='&#10;'/>";
    let enveloped = transforms(&format!("{ENVELOPED}{EXCLUSIVE}"));
    [
        format!("<?pi?><!-- c --><a xmlns='urn:a'>{content}{}</a><?pi?>", signature(algorithm, "", &enveloped, "")),
        format!(
            "<a xmlns='urn:a' xml:lang='vi'><body Id='body'>{content}{}</body></a>",
            signature(algorithm, "#body", &transforms(ENVELOPED), "")
        ),
        format!(
            "<a xmlns='urn:a' xml:lang='vi'><body Id='body'>{content}</body>{}</a>",
            signature(algorithm, "#body", "", "")
        ),
        signature(algorithm, "#object", "", &format!("<ds:Object Id='object'>{content}</ds:Object>")),
    ]
}

const IDS: [&str; 4] = ["--id-attr:Id", "urn:a:body", "--id-attr:Id", "http://www.w3.org/2000/09/xmldsig#:Object"];

fn covered_by_ours(text: &[u8], key: &PrivateKey) -> String {
    let text = decode(text, &XmlLimits::SMALL).unwrap();
    let document = parse(&text, &XmlLimits::SMALL).unwrap();
    let node = document.descendants().find(|n| find::is(*n, NS_DSIG, "Signature")).unwrap();
    let covered = Signature::parse(node).unwrap().verify(key.public_key(), &|_| None).unwrap();
    match &covered[..] {
        [one] => match &one.part {
            CoveredPart::Element(node) => format!("element {}", node.tag_name().name()),
            CoveredPart::ElementWithoutSignature(node) => format!("{} without signature", node.tag_name().name()),
            other => format!("{other:?}"),
        },
        many => panic!("{many:?}"),
    }
}

const COVERED: [&str; 4] = ["DocumentWithoutSignature", "body without signature", "element body", "element Object"];

fn with_keys(check: impl Fn(&Path, &str, &PrivateKey, &str)) {
    if !tools::has("xmlsec1") || !tools::has("openssl") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for (name, arguments, algorithm) in KEYS {
        let key = tools::openssl_key(folder.path(), name, arguments);
        check(folder.path(), &format!("{name}.pem"), &key, algorithm);
    }
}

#[test]
fn xmlsec1_signs_and_we_verify() {
    with_keys(|folder, pem, key, algorithm| {
        for (template, expected) in templates(algorithm).iter().zip(COVERED) {
            std::fs::write(folder.join("template.xml"), template).unwrap();
            let signed = tools::run(
                "xmlsec1",
                &[&["--sign", "--privkey-pem", pem], &IDS[..], &["template.xml"]].concat(),
                folder,
            );
            assert_eq!(covered_by_ours(&signed, key), expected);
        }
    });
}

#[test]
fn we_sign_and_xmlsec1_verifies() {
    with_keys(|folder, pem, key, algorithm| {
        for (template, expected) in templates(algorithm).iter().zip(COVERED) {
            let signed = sign::fill(template, &XmlLimits::SMALL, key, &|_| None).unwrap();
            assert_eq!(covered_by_ours(signed.as_bytes(), key), expected);
            std::fs::write(folder.join("signed.xml"), &signed).unwrap();
            tools::run("xmlsec1", &[&["--verify", "--privkey-pem", pem], &IDS[..], &["signed.xml"]].concat(), folder);
            let broken = signed.replace("x &amp; y", "x &amp; z");
            std::fs::write(folder.join("broken.xml"), broken).unwrap();
            let refused = tools::try_run(
                "xmlsec1",
                &[&["--verify", "--privkey-pem", pem], &IDS[..], &["broken.xml"]].concat(),
                folder,
            );
            assert!(!refused.status.success());
        }
    });
}
