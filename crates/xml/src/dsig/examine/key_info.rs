//! `ds:KeyInfo`: which key, said in many ways. All of it is a hint unless a signature covers it.

use super::run::{Examination, Target};
use crate::{NS_DSIG, find};
use roxmltree::Node;

const NS_DSIG11: &str = "http://www.w3.org/2009/xmldsig11#";
const RETRIEVED_X509: &str = "http://www.w3.org/2000/09/xmldsig#X509Data";
/// Things that one `ds:KeyInfo` may hold.
const ITEMS_MAX: usize = 1_024;
/// Things of them that are refused and told.
const REFUSED_MAX: usize = 32;

/// What a `ds:KeyInfo` says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyInfo {
    /// In document order.
    pub items: Vec<KeyInfoItem>,
    /// What was not read, and why.
    pub refused: Vec<String>,
}

/// One thing that a `ds:KeyInfo` says.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyInfoItem {
    /// A certificate, DER as given.
    Certificate(Vec<u8>),
    /// A CRL, DER as given.
    Crl(Vec<u8>),
    /// Issuer as text (RFC 4514 or near it) and serial number in decimal digits.
    IssuerSerial(String, String),
    /// Subject as text.
    Subject(String),
    /// Subject key identifier.
    KeyIdentifier(Vec<u8>),
    /// Digest of the certificate: algorithm URI and value.
    CertificateDigest(String, Vec<u8>),
    /// RSA modulus and exponent, big-endian.
    RsaKey(Vec<u8>, Vec<u8>),
    /// Elliptic curve, as an OID with dots, and the point.
    EcKey(String, Vec<u8>),
    /// DER `SubjectPublicKeyInfo`.
    EncodedKey(Vec<u8>),
    /// A name of the key.
    Name(String),
}

/// Reads a `ds:KeyInfo`. `ds:RetrievalMethod` is followed within the document, to `ds:X509Data` and once only.
pub fn key_info<'a, 'i>(examination: &Examination<'a, 'i, '_>, node: Node<'a, 'i>) -> KeyInfo {
    let mut info = KeyInfo::default();
    for child in node.children().filter(Node::is_element) {
        if info.items.len() >= ITEMS_MAX {
            info.refused.push(format!("more than {ITEMS_MAX} entries in KeyInfo"));
            break;
        }
        match local(child) {
            "X509Data" => x509_data(child, &mut info),
            "KeyValue" => key_value(child, &mut info),
            "KeyName" => push(&mut info, text(child).map(KeyInfoItem::Name)),
            "DEREncodedKeyValue" => push(&mut info, bytes(child).map(KeyInfoItem::EncodedKey)),
            "RetrievalMethod" => retrieve(examination, child, &mut info),
            _ => {}
        }
    }
    info
}

/// The local name of an element of XMLDSig; else nothing.
fn local<'a>(node: Node<'a, '_>) -> &'a str {
    match node.tag_name().namespace() {
        Some(NS_DSIG | NS_DSIG11) => node.tag_name().name(),
        _ => "",
    }
}

fn push(info: &mut KeyInfo, item: Result<KeyInfoItem, String>) {
    match item {
        Ok(item) => info.items.push(item),
        Err(reason) if info.refused.len() < REFUSED_MAX => info.refused.push(reason),
        Err(_) => {}
    }
}

fn text(node: Node<'_, '_>) -> Result<String, String> {
    let texts = node.children().filter(Node::is_text).filter_map(|n| n.text());
    Ok(texts.collect::<String>().trim().to_owned())
}

fn bytes(node: Node<'_, '_>) -> Result<Vec<u8>, String> {
    find::decoded(node).ok_or_else(|| format!("{} is not base64", find::path(node)))
}

fn part<'a, 'i>(node: Node<'a, 'i>, namespace: &str, name: &str) -> Result<Node<'a, 'i>, String> {
    let found = node.children().find(|c| find::is(*c, namespace, name));
    found.ok_or_else(|| format!("{} has no {name}", find::path(node)))
}

fn x509_data(data: Node<'_, '_>, info: &mut KeyInfo) {
    for child in data.children().filter(Node::is_element) {
        if info.items.len() >= ITEMS_MAX {
            return;
        }
        match local(child) {
            "X509Certificate" => push(info, bytes(child).map(KeyInfoItem::Certificate)),
            "X509CRL" => push(info, bytes(child).map(KeyInfoItem::Crl)),
            "X509IssuerSerial" => push(info, issuer_serial(child)),
            "X509SubjectName" => push(info, text(child).map(KeyInfoItem::Subject)),
            "X509SKI" => push(info, bytes(child).map(KeyInfoItem::KeyIdentifier)),
            "X509Digest" => {
                let algorithm = child.attribute("Algorithm").unwrap_or_default().to_owned();
                push(info, bytes(child).map(|digest| KeyInfoItem::CertificateDigest(algorithm, digest)));
            }
            _ => {}
        }
    }
}

fn issuer_serial(node: Node<'_, '_>) -> Result<KeyInfoItem, String> {
    let part = |name| part(node, NS_DSIG, name).and_then(text);
    Ok(KeyInfoItem::IssuerSerial(part("X509IssuerName")?, part("X509SerialNumber")?))
}

fn key_value(value: Node<'_, '_>, info: &mut KeyInfo) {
    for child in value.children().filter(Node::is_element) {
        match local(child) {
            "RSAKeyValue" => push(info, rsa(child)),
            "ECKeyValue" => push(info, ec(child)),
            other => push(info, Err(format!("a key value of kind {other:?}"))),
        }
    }
}

fn rsa(node: Node<'_, '_>) -> Result<KeyInfoItem, String> {
    let part = |name| part(node, NS_DSIG, name).and_then(bytes);
    Ok(KeyInfoItem::RsaKey(part("Modulus")?, part("Exponent")?))
}

fn ec(node: Node<'_, '_>) -> Result<KeyInfoItem, String> {
    let part = |name| part(node, NS_DSIG11, name);
    let curve = part("NamedCurve")?.attribute("URI").unwrap_or_default();
    let curve = curve.strip_prefix("urn:oid:").ok_or_else(|| format!("the curve {curve:?} is no urn:oid"))?;
    Ok(KeyInfoItem::EcKey(curve.to_owned(), bytes(part("PublicKey")?)?))
}

fn retrieve<'a, 'i>(examination: &Examination<'a, 'i, '_>, node: Node<'a, 'i>, info: &mut KeyInfo) {
    let uri = node.attribute("URI");
    let kind = node.attribute("Type");
    let transformed = find::children(node, NS_DSIG, "Transforms").next().is_some();
    let target = examination.target(uri).ok().filter(|_| kind.is_none_or(|k| k == RETRIEVED_X509) && !transformed);
    match target {
        Some(Target::Element(data)) if find::is(data, NS_DSIG, "X509Data") => x509_data(data, info),
        _ => push(info, Err(format!("RetrievalMethod to {uri:?}: only X509Data of the same document is read"))),
    }
}
