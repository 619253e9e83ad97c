//! Reading signatures, as strictly as evidence deserves: exactly the elements that the profile has, each where it belongs.

use crate::{DSIG, VerifyError, XADES, names};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use mekong_base::Instant;
use mekong_base::limits::XmlLimits;
use mekong_crypto::DigestAlgorithm;
use mekong_pki::Certificate;
use mekong_xml::dsig::{DsigError, Signature as Dsig};
use mekong_xml::find::{self, FindError};
use mekong_xml::roxmltree::{Document, Node};
use mekong_xml::{Place, decode, parse};

/// The namespaces of the root element: now, and in evidence from before 2014.
const ROOTS: [&str; 2] = [crate::ASIC, "http://uri.etsi.org/02918/v1.1.1#"];
/// Certificates and OCSP responses in one signature.
const VALUES_MAX: usize = 16;
/// For signatures that are not stamped yet: less than for those that are, so that a time-stamp always finds room.
pub(crate) const UNSTAMPED: XmlLimits = XmlLimits { bytes: 1 << 20, nodes: 40_000, depth: 64 };
/// What only the unsigned properties have. Readers differ in whether they follow the path to these elements or look for the
/// first of that name, with or without its namespace; where each stands in one place all of them find the same.
const UNSIGNED_ONLY: [&str; 5] = [
    "UnsignedProperties",
    "UnsignedSignatureProperties",
    "SignatureTimeStamp",
    "EncapsulatedTimeStamp",
    "EncapsulatedOCSPValue",
];

/// A signature as read; nothing is verified but digests of certificates that name each other.
pub(crate) struct Signature<'a, 'i> {
    pub(crate) dsig: Dsig<'a, 'i>,
    /// The decoded signature value.
    pub(crate) value: Vec<u8>,
    /// The certificate that `SigningCertificate` names.
    pub(crate) certificate: Certificate,
    pub(crate) signed_properties: Node<'a, 'i>,
    pub(crate) signed_at: Instant,
    /// Intermediate certificates.
    pub(crate) extra: Vec<Certificate>,
    pub(crate) ocsp: Vec<Vec<u8>>,
    pub(crate) timestamp: Option<Vec<u8>>,
    /// `UnsignedSignatureProperties`.
    unsigned: Option<Node<'a, 'i>>,
}

/// Parses a `signatures.xml` and hands its only signature on.
pub(crate) fn with_signature<T>(
    xml: &str,
    limits: &XmlLimits,
    body: impl FnOnce(&Signature<'_, '_>) -> Result<T, VerifyError>,
) -> Result<T, VerifyError> {
    let refused = |error| VerifyError::Xml { file: names::SIGNATURE, error };
    let text = decode(xml.as_bytes(), limits).map_err(refused)?;
    let document = parse(&text, limits).map_err(refused)?;
    body(&read(&document)?)
}

fn malformed(node: Node<'_, '_>, what: &str) -> VerifyError {
    VerifyError::malformed(format!("{what} ({})", Place::of(node)))
}

fn found(error: FindError) -> VerifyError {
    VerifyError::malformed(error.to_string())
}

pub(crate) fn dsig_error(error: DsigError) -> VerifyError {
    match error {
        DsigError::UnsupportedAlgorithm { .. } | DsigError::UnsupportedTransform { .. } => {
            VerifyError::Unsupported { what: error.to_string() }
        }
        other => VerifyError::malformed(other.to_string()),
    }
}

fn signature_element<'a, 'i>(document: &'a Document<'i>) -> Result<Node<'a, 'i>, VerifyError> {
    let root = document.root_element();
    if find::is(root, DSIG, "Signature") {
        return Ok(root);
    }
    if !ROOTS.iter().any(|ns| find::is(root, ns, "XAdESSignatures")) {
        return Err(malformed(root, "the root element is neither asic:XAdESSignatures nor ds:Signature"));
    }
    let [signature] = only_children(root, &[(DSIG, "Signature")])?;
    signature.ok_or_else(|| malformed(root, "there is no ds:Signature"))
}

/// Attributes that no signature covers carry nothing, so only those that the schema has may be there.
fn only_attributes(node: Node<'_, '_>, allowed: &[&str]) -> Result<(), VerifyError> {
    let other = node.attributes().find(|a| a.namespace().is_some() || !allowed.contains(&a.name()));
    other.map_or(Ok(()), |a| Err(malformed(node, &format!("attribute {} is not allowed here", a.name()))))
}

/// The child elements with these names, each at most once, in this order, and no others.
fn only_children<'a, 'i, const N: usize>(
    node: Node<'a, 'i>,
    allowed: &[(&str, &str); N],
) -> Result<[Option<Node<'a, 'i>>; N], VerifyError> {
    let mut result = [None; N];
    let mut next = 0;
    for child in node.children().filter(|n| n.is_element()) {
        let later = allowed.iter().skip(next).position(|(ns, name)| find::is(child, ns, name));
        let unexpected = || malformed(child, &format!("element {} is not allowed here", child.tag_name().name()));
        let at = next + later.ok_or_else(unexpected)?;
        if let Some(slot) = result.get_mut(at) {
            *slot = Some(child);
        }
        next = at + 1;
    }
    Ok(result)
}

fn read<'a, 'i>(document: &'a Document<'i>) -> Result<Signature<'a, 'i>, VerifyError> {
    let node = signature_element(document)?;
    let allowed = [(DSIG, "SignedInfo"), (DSIG, "SignatureValue"), (DSIG, "KeyInfo"), (DSIG, "Object")];
    let [_, value, key_info, object] = only_children(node, &allowed)?;
    let key_info = key_info.ok_or_else(|| malformed(node, "ds:KeyInfo is missing"))?;
    only_attributes(node, &["Id"])?;
    value.map_or(Ok(()), |value| only_attributes(value, &["Id"]))?;
    key_info.descendants().skip(1).filter(|n| n.is_element()).try_for_each(|n| only_attributes(n, &[]))?;
    only_attributes(key_info, &["Id"])?;
    let object = object.ok_or_else(|| malformed(node, "ds:Object with the XAdES properties is missing"))?;
    only_attributes(object, &["Id"])?;
    let dsig = Dsig::parse(node).map_err(dsig_error)?;
    let (signed_properties, unsigned) = qualifying_properties(node, object)?;
    let signing = signed_properties.children().find(|n| find::is(*n, XADES, "SignedSignatureProperties"));
    let signing = signing.ok_or_else(|| malformed(signed_properties, "SignedSignatureProperties are missing"))?;
    only_unsigned(document, unsigned)?;
    let unsigned =
        unsigned.map(|n| find::child(n, XADES, "UnsignedSignatureProperties")).transpose().map_err(found)?.flatten();
    Ok(Signature {
        value: dsig.value().to_vec(),
        certificate: signing_certificate(&dsig, signing)?,
        signed_at: signing_time(signing)?,
        extra: extra_certificates(document, unsigned)?,
        ocsp: ocsp_responses(unsigned)?,
        timestamp: timestamp(unsigned)?,
        dsig,
        signed_properties,
        unsigned,
    })
}

/// What belongs to the unsigned properties is nowhere else, and they are there once.
fn only_unsigned(document: &Document<'_>, unsigned: Option<Node<'_, '_>>) -> Result<(), VerifyError> {
    let place = unsigned.map(|n| n.range()).unwrap_or_default();
    let mut containers = 0;
    for node in document.descendants().filter(|n| n.is_element() && UNSIGNED_ONLY.contains(&n.tag_name().name())) {
        let range = node.range();
        containers += usize::from(node.tag_name().name() == "UnsignedSignatureProperties");
        if range.start < place.start || range.end > place.end || containers > 1 {
            let name = node.tag_name().name();
            return Err(malformed(node, &format!("element {name} is not allowed here")));
        }
    }
    Ok(())
}

/// `SignedProperties` and `UnsignedProperties` of the only `QualifyingProperties`, which must be about this signature.
fn qualifying_properties<'a, 'i>(
    signature: Node<'a, 'i>,
    object: Node<'a, 'i>,
) -> Result<(Node<'a, 'i>, Option<Node<'a, 'i>>), VerifyError> {
    let [qualifying] = only_children(object, &[(XADES, "QualifyingProperties")])?;
    let qualifying = qualifying.ok_or_else(|| malformed(object, "xades:QualifyingProperties are missing"))?;
    only_attributes(qualifying, &["Target", "Id"])?;
    let target = qualifying.attribute("Target").and_then(|t| t.strip_prefix('#'));
    if target.is_none() || target != signature.attribute("Id") {
        return Err(malformed(qualifying, "the XAdES properties are about another signature"));
    }
    let [signed, unsigned] = only_children(qualifying, &[(XADES, "SignedProperties"), (XADES, "UnsignedProperties")])?;
    let signed = signed.ok_or_else(|| malformed(qualifying, "xades:SignedProperties are missing"))?;
    Ok((signed, unsigned))
}

fn signing_time(signing: Node<'_, '_>) -> Result<Instant, VerifyError> {
    let text = find::required_text(signing, XADES, "SigningTime").map_err(found)?;
    let text = text.trim();
    text.parse()
        .map_err(|_| malformed(signing, &format!("SigningTime {:?} is not a time with an offset", shorten(text))))
}

fn shorten(text: &str) -> String {
    text.chars().take(60).collect()
}

/// The certificate of `KeyInfo` that the signed `SigningCertificate` names by digest.
fn signing_certificate(dsig: &Dsig<'_, '_>, signing: Node<'_, '_>) -> Result<Certificate, VerifyError> {
    let first = find::child(signing, XADES, "SigningCertificate").map_err(found)?;
    let second = find::child(signing, XADES, "SigningCertificateV2").map_err(found)?;
    let named = match (first, second) {
        (Some(named), None) | (None, Some(named)) => named,
        _ => return Err(malformed(signing, "one of SigningCertificate and SigningCertificateV2 is required")),
    };
    let cert = find::children(named, XADES, "Cert").next();
    let cert = cert.ok_or_else(|| malformed(named, "it names no certificate"))?;
    let certificates = dsig.certificates();
    let der = certificates.first().ok_or_else(|| malformed(dsig.node(), "ds:KeyInfo has no X509Certificate"))?;
    if !matches_digest(cert, der)? {
        return Err(malformed(
            cert,
            "the signed SigningCertificate digest is not that of the certificate in ds:KeyInfo",
        ));
    }
    let unreadable = |e| malformed(dsig.node(), &format!("the certificate in ds:KeyInfo cannot be read: {e}"));
    Certificate::from_der(der).map_err(unreadable)
}

/// Whether the `CertDigest` of a `Cert` is that of a certificate.
fn matches_digest(cert: Node<'_, '_>, der: &[u8]) -> Result<bool, VerifyError> {
    let digest = find::required_child(cert, XADES, "CertDigest").map_err(found)?;
    let method = find::required_child(digest, DSIG, "DigestMethod").map_err(found)?;
    let uri = find::required_attribute(method, "Algorithm").map_err(found)?;
    let algorithm = DigestAlgorithm::from_uri(uri).map_err(|e| VerifyError::Unsupported { what: e.to_string() })?;
    let value = find::required_child(digest, DSIG, "DigestValue").map_err(found)?;
    Ok(algorithm.digest(der) == *find::base64(value).map_err(found)?.as_slice())
}

/// The certificates that `CompleteCertificateRefs` name, from `CertificateValues`, each with the digest it should have.
fn extra_certificates(
    document: &Document<'_>,
    unsigned: Option<Node<'_, '_>>,
) -> Result<Vec<Certificate>, VerifyError> {
    let Some(unsigned) = unsigned else { return Ok(Vec::new()) };
    let Some(complete) = find::child(unsigned, XADES, "CompleteCertificateRefs").map_err(found)? else {
        return Ok(Vec::new());
    };
    let refs = find::required_child(complete, XADES, "CertRefs").map_err(found)?;
    let mut certificates = Vec::new();
    for cert in find::children(refs, XADES, "Cert") {
        if certificates.len() == VALUES_MAX {
            return Err(malformed(cert, "more than 16 intermediate certificates"));
        }
        certificates.push(extra_certificate(document, cert)?);
    }
    Ok(certificates)
}

fn extra_certificate(document: &Document<'_>, cert: Node<'_, '_>) -> Result<Certificate, VerifyError> {
    let uri = cert.attribute("URI").unwrap_or_default();
    let id = uri.strip_prefix('#').unwrap_or(uri);
    if id.is_empty() {
        return Err(malformed(cert, "a certificate reference has no URI"));
    }
    let node = find::by_id(document, id).map_err(found)?;
    if !find::is(node, XADES, "EncapsulatedX509Certificate") {
        return Err(malformed(node, &format!("{id:?} is not an encapsulated certificate")));
    }
    let der = find::base64(node).map_err(found)?;
    if !matches_digest(cert, &der)? {
        return Err(malformed(
            cert,
            &format!("the certificate {id:?} does not have the digest that its reference gives"),
        ));
    }
    Certificate::from_der(&der).map_err(|e| malformed(node, &format!("the certificate {id:?} cannot be read: {e}")))
}

fn ocsp_responses(unsigned: Option<Node<'_, '_>>) -> Result<Vec<Vec<u8>>, VerifyError> {
    let values = |parent: Option<Node<'_, '_>>, name| match parent {
        Some(parent) => find::child(parent, XADES, name).map_err(found).map(|n| n.map(|n| n.id())),
        None => Ok(None),
    };
    let Some(revocation) = values(unsigned, "RevocationValues")? else { return Ok(Vec::new()) };
    let document = unsigned.map(|n| n.document());
    let revocation = document.and_then(|d| d.get_node(revocation));
    let Some(ocsp) = values(revocation, "OCSPValues")? else { return Ok(Vec::new()) };
    let Some(ocsp) = document.and_then(|d| d.get_node(ocsp)) else { return Ok(Vec::new()) };
    let responses: Vec<Node<'_, '_>> =
        find::children(ocsp, XADES, "EncapsulatedOCSPValue").take(VALUES_MAX + 1).collect();
    if responses.len() > VALUES_MAX {
        return Err(malformed(ocsp, "more than 16 OCSP responses"));
    }
    responses.into_iter().map(|node| find::base64(node).map_err(found)).collect()
}

/// The token of the first `SignatureTimeStamp`; evidence from before 2014 has it without `EncapsulatedTimeStamp`.
fn timestamp(unsigned: Option<Node<'_, '_>>) -> Result<Option<Vec<u8>>, VerifyError> {
    let stamp = unsigned.and_then(|n| n.children().find(|n| find::is(*n, XADES, "SignatureTimeStamp")));
    let Some(stamp) = stamp else { return Ok(None) };
    let token = stamp.children().find(|n| find::is(*n, XADES, "EncapsulatedTimeStamp")).unwrap_or(stamp);
    find::base64(token).map(Some).map_err(found)
}

/// The text with a `SignatureTimeStamp` as the first of the unsigned signature properties.
pub(crate) fn insert_timestamp(xml: &str, token: &[u8]) -> Result<String, VerifyError> {
    let refused = |error| VerifyError::Xml { file: names::SIGNATURE, error };
    let text = decode(xml.as_bytes(), &XmlLimits::SMALL).map_err(refused)?;
    let document = parse(&text, &XmlLimits::SMALL).map_err(refused)?;
    let Signature { unsigned, dsig, .. } = read(&document)?;
    let properties = unsigned.ok_or_else(|| malformed(dsig.node(), "there are no unsigned properties to stamp"))?;
    // In front of an element, because where a text begins is not told where it is CDATA.
    let first = properties.first_element_child();
    let at =
        first.map(|n| n.range().start).ok_or_else(|| malformed(properties, "the unsigned properties are empty"))?;
    let (before, after) = text.split_at_checked(at).ok_or_else(|| malformed(properties, "the text cannot be split"))?;
    let prefix = properties_prefix(&text, properties);
    let token = BASE64.encode(token);
    Ok(format!(
        "{before}<{prefix}SignatureTimeStamp><{prefix}EncapsulatedTimeStamp>{token}</{prefix}EncapsulatedTimeStamp></{prefix}SignatureTimeStamp>{after}"
    ))
}

/// The prefix with colon by which this element is written.
fn properties_prefix<'t>(text: &'t str, node: Node<'_, '_>) -> &'t str {
    let tag = text.get(node.range()).and_then(|t| t.strip_prefix('<')).unwrap_or_default();
    let end = tag.find(|c: char| c.is_ascii_whitespace() || c == '>' || c == '/').unwrap_or(tag.len());
    let name = tag.get(..end).unwrap_or_default();
    name.find(':').and_then(|colon| name.get(..=colon)).unwrap_or_default()
}
