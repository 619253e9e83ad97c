//! Hostile and odd references.

use super::{Content, Examination, Form, KeyInfoItem, Unread, key_info};
use mekong_base::limits::XmlLimits;
use mekong_crypto::DigestAlgorithm;
use roxmltree::Document;
use std::borrow::Cow;

fn document(references: &str, rest: &str) -> String {
    format!(
        r#"<root xmlns:ds="http://www.w3.org/2000/09/xmldsig#" xmlns:e="http://www.w3.org/2009/xmldsig11#">{rest}<ds:Signature><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="urn:none"/><ds:SignatureMethod Algorithm="urn:unknown"/>{references}</ds:SignedInfo><ds:SignatureValue>AA==</ds:SignatureValue></ds:Signature></root>"#
    )
}

fn reference(uri: &str, transforms: &str) -> String {
    format!(
        r#"<ds:Reference URI="{uri}"><ds:Transforms>{transforms}</ds:Transforms><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue>AA==</ds:DigestValue></ds:Reference>"#
    )
}

fn xpath(expression: &str) -> String {
    format!(
        r#"<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"><ds:XPath>{expression}</ds:XPath></ds:Transform>"#
    )
}

fn parsed(text: &str) -> Document<'_> {
    crate::parse(text, &XmlLimits::SMALL).expect("XML")
}

/// What digesting the only reference gives.
fn digest(references: &str, rest: &str, budget: u64) -> Result<Vec<u8>, Unread> {
    let text = document(references, rest);
    let document = parsed(&text);
    let resolve = |uri: &str| match uri {
        "xml" => Some(Content::Bytes(Cow::Borrowed(b"<a><b/></a>".as_slice()))),
        "dtd" => Some(Content::Bytes(Cow::Borrowed(b"<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>".as_slice()))),
        "digest" => Some(Content::Digests(vec![(DigestAlgorithm::Sha1, vec![0; 20])])),
        _ => None,
    };
    let examination = Examination::new(&document, budget, &resolve);
    let node = document.descendants().find(|n| n.tag_name().name() == "Signature").expect("one");
    let form = Form::read(node).expect("a signature");
    assert_eq!(form.algorithm, Err("urn:unknown".to_owned()));
    examination.digest(node, &form.references[0])
}

#[test]
fn what_cannot_be_digested_is_said_by_kind() {
    let unsupported = |result| matches!(result, Err(Unread::Unsupported(_)));
    let broken = |result| matches!(result, Err(Unread::Broken(_)));
    let exclusive = r#"<ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>"#;
    let base64 = r#"<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#base64"/>"#;
    let xslt = r#"<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"/>"#;
    let enough = 1 << 20;
    assert!(digest(&reference("", exclusive), "", enough).is_ok());
    assert!(unsupported(digest(&reference("", exclusive), "", 100)), "beyond the budget");
    assert!(unsupported(digest(&reference("", xslt), "", enough)));
    assert_eq!(digest(&reference("#x", ""), "", enough), Err(Unread::Missing("#x".into())));
    assert_eq!(digest(&reference("#x", ""), "<a Id='x'/><b id='x'/>", enough), Err(Unread::Duplicate("x".into())));
    assert!(digest(&reference("#x", ""), "<a Id='x' ID='x'/>", enough).is_ok(), "one element, one Id, twice");
    assert_eq!(digest(&reference("gone", ""), "", enough), Err(Unread::Missing("gone".into())));
    assert!(digest(&reference("xml", exclusive), "", enough).is_ok());
    assert!(broken(digest(&reference("dtd", exclusive), "", enough)), "no DTD in content either");
    assert!(unsupported(digest(&reference("digest", ""), "", enough)), "another algorithm");
    assert!(broken(digest(&reference("#x", base64), "<a Id='x'>!</a>", enough)));
    let enveloped = r#"<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>"#;
    assert!(unsupported(digest(&reference("xml", enveloped), "", enough)), "the signature is not in there");
}

#[test]
fn expressions_beyond_the_idioms_are_refused() {
    for expression in [
        "",
        "true()",
        "self::ds:Signature",
        "ancestor::ds:Signature",
        "not(ancestor-or-self::ds:Signature",
        "ancestor-or-self::x:y",
        "ancestor-or-self::ds:Signature[1]",
        "ancestor-or-self::node()",
        "count(//*) &gt; 3",
        "ancestor-or-self::*[@a='1' or @b='2']",
        "'unclosed",
        "document('http://x')",
    ] {
        let result = digest(&reference("", &xpath(expression)), "", 1 << 20);
        assert!(matches!(result, Err(Unread::Unsupported(_))), "{expression}: {result:?}");
    }
    for deep in [format!("{}ancestor-or-self::*{}", "not(".repeat(200), ")".repeat(200)), "(".repeat(200)] {
        assert!(matches!(digest(&reference("", &xpath(&deep)), "", 1 << 20), Err(Unread::Unsupported(_))));
    }
    let wide = vec!["ancestor-or-self::*[@a='b']"; 40].join(" or ");
    assert!(matches!(digest(&reference("", &xpath(&wide)), "", 1 << 20), Err(Unread::Unsupported(_))));
}

#[test]
fn key_info_says_what_it_names() {
    let text = r##"<ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#" xmlns:e="http://www.w3.org/2009/xmldsig11#"><ds:KeyName>n</ds:KeyName><ds:KeyValue><ds:RSAKeyValue><ds:Modulus>AQ==</ds:Modulus><ds:Exponent>Aw==</ds:Exponent></ds:RSAKeyValue></ds:KeyValue><ds:KeyValue><e:ECKeyValue><e:NamedCurve URI="urn:oid:1.2.840.10045.3.1.7"/><e:PublicKey>BA==</e:PublicKey></e:ECKeyValue></ds:KeyValue><ds:X509Data Id="d"><ds:X509SKI>AQI=</ds:X509SKI><ds:X509IssuerSerial><ds:X509IssuerName>CN=a</ds:X509IssuerName><ds:X509SerialNumber>7</ds:X509SerialNumber></ds:X509IssuerSerial><e:X509Digest Algorithm="urn:d">AA==</e:X509Digest></ds:X509Data><ds:RetrievalMethod URI="#d" Type="http://www.w3.org/2000/09/xmldsig#X509Data"/><ds:RetrievalMethod URI="http://x/"/></ds:KeyInfo>"##;
    let document = parsed(text);
    let examination = Examination::new(&document, 0, &|_| None);
    let info = key_info(&examination, document.root_element());
    assert_eq!(info.items.len(), 9, "three of them retrieved once more: {info:?}");
    assert!(info.items.contains(&KeyInfoItem::EcKey("1.2.840.10045.3.1.7".into(), vec![4])));
    assert!(info.items.contains(&KeyInfoItem::IssuerSerial("CN=a".into(), "7".into())));
    assert_eq!(info.refused.len(), 1, "nothing is fetched");
}
