//! Attacks on XML signatures, each with what stops it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mekong_base::limits::XmlLimits;
use mekong_crypto::{DigestAlgorithm, KeyType, PrivateKey, SignatureAlgorithm};
use mekong_xml::c14n::Method;
use mekong_xml::dsig::{self, CoveredPart, DsigError, REFERENCES_MAX, Reference, Resolved, Signature, Transform, sign};
use mekong_xml::{NS_DSIG, find, parse};
use std::borrow::Cow;

const SMALL: XmlLimits = XmlLimits::SMALL;
const C14N: &str = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";

fn key() -> PrivateKey {
    PrivateKey::generate(KeyType::P256).unwrap()
}

fn reference(uri: &str) -> Reference {
    Reference {
        id: None,
        kind: None,
        uri: Some(uri.into()),
        transforms: Vec::new(),
        digest_algorithm: DigestAlgorithm::Sha256,
        digest: Vec::new(),
    }
}

/// A `ds:Signature` template over references.
fn template(references: &[Reference]) -> String {
    let algorithm = SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha256);
    let info = sign::signed_info(&Method::Inclusive10, algorithm, references);
    format!("<ds:Signature xmlns:ds=\"{NS_DSIG}\" Id=\"s\">{info}<ds:SignatureValue/></ds:Signature>")
}

/// An order for one, signed.
fn signed(key: &PrivateKey) -> String {
    let text = format!("<m><order Id=\"o\"><to>one</to></order>{}</m>", template(&[reference("#o")]));
    sign::fill(&text, &SMALL, key, &|_| None).unwrap()
}

fn resolve_nothing(_: &str) -> Option<Resolved<'static>> {
    None
}

/// What the signature in a document covers, as text: `name` for an element, `name!` without the signature.
fn verify(text: &str, key: &PrivateKey) -> Result<Vec<String>, DsigError> {
    let document = parse(text, &SMALL).unwrap();
    let node = document.descendants().find(|n| find::is(*n, NS_DSIG, "Signature")).unwrap();
    let covered = Signature::parse(node)?.verify(key.public_key(), &resolve_nothing)?;
    Ok(covered
        .iter()
        .map(|c| match &c.part {
            CoveredPart::Element(node) => find::path(*node),
            CoveredPart::ElementWithoutSignature(node) => find::path(*node) + "!",
            other => format!("{other:?}"),
        })
        .collect())
}

fn mismatch(uri: &str) -> DsigError {
    DsigError::ReferenceDigestMismatch { uri: uri.into() }
}

#[test]
fn the_untouched_document_verifies() {
    let key = key();
    assert_eq!(verify(&signed(&key), &key), Ok(vec!["/m/order".into()]));
}

#[test]
fn another_key_does_not_verify() {
    assert_eq!(verify(&signed(&key()), &key()), Err(DsigError::SignatureMismatch));
    let rsa = PrivateKey::generate(KeyType::Rsa(2048)).unwrap();
    assert!(matches!(verify(&signed(&key()), &rsa), Err(DsigError::Key(_))));
}

#[test]
fn changed_content_does_not_verify() {
    let key = key();
    let text = signed(&key);
    assert_eq!(verify(&text.replace("<to>one", "<to>two"), &key), Err(mismatch("#o")));
    assert_eq!(verify(&text.replace("<to>", "<to a=\"\">"), &key), Err(mismatch("#o")));
    assert_eq!(verify(&text.replace("<m>", "<m xml:lang=\"vi\">"), &key), Err(mismatch("#o")));
    // Inclusive canonicalisation: SignedInfo takes the new default namespace over.
    let renamed = text.replace("<m>", "<m xmlns=\"urn:other\">").replace("<order", "<order xmlns=\"\"");
    assert_eq!(verify(&renamed, &key), Err(DsigError::SignatureMismatch));
}

#[test]
fn changed_digest_does_not_verify() {
    let key = key();
    let text = signed(&key).replace("<to>one", "<to>two");
    let start = text.find("<ds:DigestValue>").unwrap() + "<ds:DigestValue>".len();
    let end = text.find("</ds:DigestValue>").unwrap();
    let recomputed = sign::fill(&text, &SMALL, &PrivateKey::generate(KeyType::P256).unwrap(), &|_| None).unwrap();
    let forged = format!("{}{}{}", &text[..start], &recomputed[start..end], &text[end..]);
    assert_eq!(verify(&forged, &key), Err(DsigError::SignatureMismatch));
    let short = format!("{}{}", &text[..start], &text[end..]);
    assert_eq!(verify(&short, &key), Err(mismatch("#o")));
}

#[test]
fn changed_value_does_not_verify() {
    let key = key();
    let text = signed(&key);
    let start = text.find("<ds:SignatureValue>").unwrap() + "<ds:SignatureValue>".len();
    let end = text.find("</ds:SignatureValue>").unwrap();
    for value in ["", "AAAA", "AAA=", &"A".repeat(88), &"A".repeat(512)] {
        let forged = format!("{}{value}{}", &text[..start], &text[end..]);
        assert_eq!(verify(&forged, &key), Err(DsigError::SignatureMismatch), "{value}");
    }
    let not_base64 = format!("{}!{}", &text[..start], &text[end..]);
    assert!(matches!(verify(&not_base64, &key), Err(DsigError::Malformed { .. })));
}

#[test]
fn a_copy_with_the_same_id_is_refused() {
    let key = key();
    let text = signed(&key);
    let wrapped = text.replace("<m>", "<m><order Id=\"o\"><to>two</to></order>");
    assert!(matches!(verify(&wrapped, &key), Err(DsigError::DuplicateId { id, .. }) if id == "o"));
    for spelling in ["ID", "id", "xml:id"] {
        let wrapped = text.replace("<m>", &format!("<m><order {spelling}=\"o\"><to>two</to></order>"));
        assert!(matches!(verify(&wrapped, &key), Err(DsigError::DuplicateId { .. })), "{spelling}");
    }
}

/// The signature is valid, and says what it covers: not the element that was put where the signed one stood.
#[test]
fn a_moved_element_is_seen_to_have_moved() {
    let key = key();
    let order = "<order Id=\"o\"><to>one</to></order>";
    let text = signed(&key).replace(order, "<order Id=\"p\"><to>two</to></order>");
    let wrapped = text.replace("</m>", &format!("<w>{order}</w></m>"));
    assert_eq!(verify(&wrapped, &key), Ok(vec!["/m/w/order".into()]));
}

#[test]
fn what_is_not_referenced_is_not_covered() {
    let key = key();
    let text = signed(&key).replace("</m>", "<order Id=\"q\"><to>two</to></order></m>");
    assert_eq!(verify(&text, &key), Ok(vec!["/m/order".into()]));
    let document = parse(&text, &SMALL).unwrap();
    let node = find::by_id(&document, "s").unwrap();
    let covered = Signature::parse(node).unwrap().verify(key.public_key(), &resolve_nothing).unwrap();
    let other = find::by_id(&document, "q").unwrap();
    assert!(!covered.iter().any(|c| matches!(c.part, CoveredPart::Element(e) if e == other)));
}

/// A comment does not change what is signed, so it must not change what is read: texts are read whole.
#[test]
fn a_comment_does_not_cut_a_text_short() {
    let key = key();
    let text = signed(&key).replace("<to>one", "<to>o<!-- -->ne");
    assert_eq!(verify(&text, &key), Ok(vec!["/m/order".into()]));
    let document = parse(&text, &SMALL).unwrap();
    let order = find::by_id(&document, "o").unwrap();
    assert_eq!(find::required_text(order, "", "to").unwrap(), "one");
}

#[test]
fn a_reference_to_nothing_is_refused() {
    let key = key();
    let text = signed(&key);
    let gone = text.replace("<order Id=\"o\">", "<order>");
    assert_eq!(verify(&gone, &key), Err(DsigError::UnresolvedReference { uri: "#o".into() }));
    for uri in
        ["other.xml", "http://example.org/", "file:///etc/passwd", "#xpointer(/)", "#xpointer(id('o'))", "#", "/o"]
    {
        let text = text.replace("URI=\"#o\"", &format!("URI=\"{uri}\""));
        assert_eq!(verify(&text, &key), Err(DsigError::UnresolvedReference { uri: uri.into() }));
    }
    let without = text.replace(" URI=\"#o\"", "");
    assert_eq!(verify(&without, &key), Err(DsigError::UnresolvedReference { uri: String::new() }));
}

#[test]
fn transforms_that_compute_are_refused() {
    let key = key();
    for uri in [
        "http://www.w3.org/TR/1999/REC-xslt-19991116",
        "http://www.w3.org/TR/1999/REC-xpath-19991116",
        "http://www.w3.org/2002/06/xmldsig-filter2",
        "http://www.w3.org/2000/09/xmldsig#base64",
        "urn:unknown",
    ] {
        let transform = format!("<ds:Transforms><ds:Transform Algorithm=\"{uri}\"/></ds:Transforms><ds:DigestMethod");
        let text = signed(&key).replacen("<ds:DigestMethod", &transform, 1);
        assert_eq!(verify(&text, &key), Err(DsigError::UnsupportedTransform { uri: uri.into() }));
    }
}

#[test]
fn transforms_after_a_canonicalisation_are_refused() {
    let key = key();
    let canonicalize = || Transform::Canonicalize(Method::Inclusive10);
    for transforms in [
        vec![canonicalize(), canonicalize()],
        vec![canonicalize(), Transform::Enveloped],
        vec![Transform::Enveloped, Transform::Enveloped],
    ] {
        let text = format!("<m Id=\"o\">{}</m>", template(&[Reference { transforms, ..reference("#o") }]));
        assert!(matches!(verify(&text, &key), Err(DsigError::UnsupportedTransform { .. })));
    }
}

#[test]
fn hmac_and_unknown_algorithms_are_refused() {
    let key = key();
    let ecdsa = SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha256).uri();
    for (from, to) in [
        (ecdsa, "http://www.w3.org/2000/09/xmldsig#hmac-sha1"),
        (ecdsa, "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"),
        (C14N, "urn:unknown"),
        (DigestAlgorithm::Sha256.uri(), "http://www.w3.org/2001/04/xmldsig-more#md2"),
    ] {
        let text = signed(&key).replace(from, to);
        assert!(matches!(verify(&text, &key), Err(DsigError::UnsupportedAlgorithm { uri, .. }) if uri == to));
    }
}

#[test]
fn an_enveloped_signature_that_leaves_nothing_is_refused() {
    let key = key();
    let inside = Reference { transforms: vec![Transform::Enveloped], ..reference("#s") };
    let text = format!("<m>{}</m>", template(&[inside]));
    assert!(matches!(verify(&text, &key), Err(DsigError::Malformed { .. })));
}

#[test]
fn an_enveloped_signature_covers_the_rest() {
    let key = key();
    let whole = Reference { transforms: vec![Transform::Enveloped], ..reference("") };
    let part = Reference { transforms: vec![Transform::Enveloped], ..reference("#o") };
    let text = format!("<m><a/><order Id=\"o\"><to>one</to>{}</order></m>", template(&[whole, part]));
    let text = sign::fill(&text, &SMALL, &key, &|_| None).unwrap();
    assert_eq!(verify(&text, &key), Ok(vec!["DocumentWithoutSignature".into(), "/m/order!".into()]));
    assert_eq!(verify(&text.replace("<a/>", "<b/>"), &key), Err(mismatch("")));
    assert_eq!(verify(&text.replace("one", "two"), &key), Err(mismatch("")));
}

#[test]
fn malformed_signatures_are_refused() {
    let key = key();
    let text = signed(&key);
    let no_references = text.replace("ds:Reference", "ds:Nothing");
    for broken in [
        no_references.as_str(),
        &text.replace("ds:SignedInfo", "ds:Other"),
        &text.replace("ds:SignatureValue", "ds:Other"),
        &text.replace("ds:DigestValue", "ds:Other"),
        &text.replace(" Algorithm=", " Algo="),
        &text.replace("<ds:SignatureValue>", "<ds:SignatureValue/><ds:SignatureValue>"),
        &text.replace("<ds:SignatureMethod", "<ds:Reference/><ds:SignatureMethod"),
        &text.replace("<ds:DigestMethod", "<x/><ds:DigestMethod"),
        &text.replace("<ds:SignedInfo>", "<ds:SignedInfo><ds:SignedInfo/>"),
    ] {
        assert!(matches!(verify(broken, &key), Err(DsigError::Malformed { .. })), "{broken}");
    }
    let document = parse("<m/>", &SMALL).unwrap();
    assert!(matches!(Signature::parse(document.root_element()), Err(DsigError::Malformed { .. })));
    assert!(matches!(dsig::manifest(document.root_element()), Err(DsigError::Malformed { .. })));
    assert!(matches!(sign::fill("<m/>", &SMALL, &key, &|_| None), Err(DsigError::Malformed { .. })));
    assert!(matches!(sign::fill("<m>", &SMALL, &key, &|_| None), Err(DsigError::Malformed { .. })));
}

#[test]
fn too_much_of_anything_is_refused() {
    let key = key();
    let most = vec![reference("#o"); REFERENCES_MAX];
    let text = format!("<m><order Id=\"o\"/>{}</m>", template(&most));
    let text = sign::fill(&text, &SMALL, &key, &|_| None).unwrap();
    assert_eq!(verify(&text, &key).map(|c| c.len()), Ok(REFERENCES_MAX));
    let too_many = |text: &str| matches!(verify(text, &key), Err(DsigError::TooMany { .. }));
    assert!(too_many(&format!("<m><order Id=\"o\"/>{}</m>", template(&vec![reference("#o"); REFERENCES_MAX + 1]))));
    let transforms = vec![Transform::Enveloped; dsig::TRANSFORMS_MAX + 1];
    assert!(too_many(&format!("<m Id=\"o\">{}</m>", template(&[Reference { transforms, ..reference("#o") }]))));
    let prefixes = (0..=dsig::PREFIXES_MAX).map(|n| format!("p{n}")).collect();
    let transforms = vec![Transform::Canonicalize(Method::Exclusive { prefixes })];
    assert!(too_many(&format!("<m Id=\"o\">{}</m>", template(&[Reference { transforms, ..reference("#o") }]))));
    let certificates = "<ds:X509Certificate/>".repeat(dsig::CERTIFICATES_MAX + 1);
    let info = format!("</ds:SignatureValue><ds:KeyInfo><ds:X509Data>{certificates}</ds:X509Data></ds:KeyInfo>");
    assert!(too_many(&signed(&key).replace("</ds:SignatureValue>", &info)));
}

#[test]
fn external_contents_are_known_by_bytes_or_by_digest() {
    let key = key();
    let sha256 = DigestAlgorithm::Sha256;
    let references = [reference("/message.xml"), reference("/attachment1")];
    let resolve = |uri: &str| match uri {
        "/message.xml" => Some(Resolved::Bytes(Cow::Borrowed(b"message"))),
        "/attachment1" => Some(Resolved::Digest(sha256, sha256.digest(b"attachment").as_ref().to_vec().into())),
        _ => None,
    };
    let text = sign::fill(&template(&references), &SMALL, &key, &resolve).unwrap();
    let document = parse(&text, &SMALL).unwrap();
    let signature = Signature::parse(document.root_element()).unwrap();
    let check = |message: &'static [u8], known: DigestAlgorithm| {
        signature.verify(key.public_key(), &|uri| match uri {
            "/message.xml" => Some(Resolved::Bytes(Cow::Borrowed(message))),
            _ => Some(Resolved::Digest(known, known.digest(b"attachment").as_ref().to_vec().into())),
        })
    };
    let covered = check(b"message", sha256).unwrap();
    assert!(matches!(&covered[1].part, CoveredPart::External(uri) if uri == "/attachment1"));
    assert_eq!(check(b"massage", sha256).map(|_| ()), Err(mismatch("/message.xml")));
    let known = DigestAlgorithm::Sha512;
    let error = DsigError::DigestNotKnown { uri: "/attachment1".into(), needed: sha256, known };
    assert_eq!(check(b"message", known).map(|_| ()), Err(error));
    let transformed =
        Reference { transforms: vec![Transform::Canonicalize(Method::EXCLUSIVE)], ..reference("/message.xml") };
    let error = sign::fill(&template(&[transformed]), &SMALL, &key, &resolve).unwrap_err();
    assert!(matches!(error, DsigError::UnsupportedTransform { .. }));
}

#[test]
fn manifests_are_checked_reference_by_reference() {
    let key = key();
    let manifest = |digest: &str| {
        format!(
            "<ds:Object><ds:Manifest Id=\"m\"><ds:Reference URI=\"/a\"><ds:DigestMethod Algorithm=\"{}\"/>\
             <ds:DigestValue>{digest}</ds:DigestValue></ds:Reference></ds:Manifest></ds:Object></ds:Signature>",
            DigestAlgorithm::Sha256.uri()
        )
    };
    // openssl dgst -sha256 -binary <<< '' without the line end, in base64.
    let digest = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    let text = template(&[reference("#m")]).replace("</ds:Signature>", &manifest(digest));
    let text = sign::fill(&text, &SMALL, &key, &|_| None).unwrap();
    let document = parse(&text, &SMALL).unwrap();
    let signature = Signature::parse(document.root_element()).unwrap();
    let covered = signature.verify(key.public_key(), &|_| None).unwrap();
    let CoveredPart::Element(node) = covered[0].part else { panic!("{covered:?}") };
    let references = dsig::manifest(node).unwrap();
    let content = |bytes: &'static [u8]| move |_: &str| Some(Resolved::Bytes(Cow::Borrowed(bytes)));
    assert_eq!(signature.verify_digests(&references, &content(b"")).unwrap().len(), 1);
    assert_eq!(signature.verify_digests(&references, &content(b"x")).map(|_| ()), Err(mismatch("/a")));
}

#[test]
fn every_kind_of_key_signs_in_place() {
    for (key_type, algorithm) in [
        (KeyType::P256, SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha256)),
        (KeyType::P384, SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha384)),
        (KeyType::P521, SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha512)),
        (KeyType::Ed25519, SignatureAlgorithm::Ed25519),
        (KeyType::Rsa(2048), SignatureAlgorithm::RsaPss(DigestAlgorithm::Sha256)),
    ] {
        let key = PrivateKey::generate(key_type).unwrap();
        let info = sign::signed_info(&Method::Inclusive11, algorithm, &[reference("/a")]);
        let text = format!(
            "<ds:Signature xmlns:ds=\"{NS_DSIG}\" Id=\"s\">{info}<ds:SignatureValue>VALUE=</ds:SignatureValue></ds:Signature>"
        );
        let parsed = text.replace("VALUE=", "");
        let value = sign::sign_in_place(&parse(&parsed, &SMALL).unwrap(), "s", &key).unwrap();
        let text = text.replace("VALUE=", &STANDARD.encode(&value));
        let document = parse(&text, &SMALL).unwrap();
        let signature = Signature::parse(document.root_element()).unwrap();
        assert_eq!(signature.verify_value(key.public_key()), Ok(()), "{key_type}");
        assert_eq!(signature.value(), value);
    }
}
