//! A list signed: enveloped XAdES baseline B over the whole list (TS 119 612 §5.7), in two steps so that the key can be
//! anywhere.

use super::verify::{self, VerifyError};
use super::{ListError, Version, XML_LIMITS, read};
use crate::uri::ns;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mekong_base::Instant;
use mekong_crypto::{CryptoError, DigestAlgorithm, KeyType, SignatureAlgorithm, ecdsa};
use mekong_pki::Certificate;
use mekong_xml::c14n::{C14nError, Method, Subset, canonicalize, digest};
use mekong_xml::dsig::sign::signed_info;
use mekong_xml::dsig::{Reference, Transform};
use mekong_xml::find::{self, FindError};
use mekong_xml::roxmltree::Document;
use mekong_xml::write::Writer;
use mekong_xml::{NS_DSIG, XmlError};

/// A list ready to be signed.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// What the key signs: canonical `SignedInfo`.
    pub to_be_signed: Vec<u8>,
    /// How.
    pub algorithm: SignatureAlgorithm,
    certificate: Certificate,
    /// The list with everything but the signature value, in two halves around it.
    before: String,
    after: String,
}

/// Why a list is not signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// What is to be signed is no list.
    #[error(transparent)]
    List(#[from] ListError),
    /// It has a signature already.
    #[error("the list has a signature already: write it anew from the list as a value")]
    Signed,
    /// The signature value is not one.
    #[error(transparent)]
    Value(#[from] CryptoError),
    /// What came out does not verify: nothing is published.
    #[error("the signed list does not verify, so it is not published: {0}")]
    Result(#[from] VerifyError),
}

impl From<XmlError> for SignError {
    fn from(error: XmlError) -> Self {
        Self::List(error.into())
    }
}

impl From<C14nError> for SignError {
    fn from(error: C14nError) -> Self {
        Self::List(error.into())
    }
}

impl From<FindError> for SignError {
    fn from(error: FindError) -> Self {
        Self::List(error.into())
    }
}

/// Prepares the signature of a list at `time` by the key of `certificate`.
///
/// `xml` is the list without signature. Lists of version 6 name the certificate by
/// `SigningCertificateV2` (EN 319 132-1), older ones by `SigningCertificate`.
///
/// # Errors
/// [`SignError::List`] and [`SignError::Signed`].
pub fn prepare(
    xml: &str,
    certificate: &Certificate,
    algorithm: SignatureAlgorithm,
    time: Instant,
) -> Result<Prepared, SignError> {
    let document = mekong_xml::parse(xml, &XML_LIMITS)?;
    let version = read::from_document(&document)?.scheme.version;
    if find::child(document.root_element(), NS_DSIG, "Signature")?.is_some() {
        return Err(SignError::Signed);
    }
    let end = xml.rfind("</").unwrap_or(xml.len());
    let (head, tail) = xml.split_at_checked(end).unwrap_or((xml, ""));
    let (opened, properties) = (open(), properties(certificate, version, time));
    let object = format!("<ds:Object>{properties}</ds:Object></ds:Signature>");
    // The signed properties stand where they will stand, so that their namespaces are those in the end.
    let placed = format!("{head}{opened}{object}{tail}");
    let properties = digest_of_properties(&placed)?;
    let whole = digest(Subset::Document(&document), &Method::EXCLUSIVE, DIGEST)?.as_ref().to_vec();
    let info = signed_info(&Method::EXCLUSIVE, algorithm, &references(whole, properties));
    let value = r#"<ds:SignatureValue Id="sig-value">"#;
    let key = key_info(certificate);
    let before = format!("{head}{opened}{info}{value}");
    let after = format!("</ds:SignatureValue>{key}{object}{tail}");
    let to_be_signed = canonical_info(&format!("{before}{after}"))?;
    Ok(Prepared { to_be_signed, algorithm, certificate: certificate.clone(), before, after })
}

impl Prepared {
    /// The signed list, from the signature value in its X.509 form (ECDSA as DER).
    ///
    /// # Errors
    /// [`SignError::Value`], or [`SignError::Result`] if the value is not by the key of the certificate, or the certificate
    /// is not valid at that time.
    pub fn finish(self, value: &[u8]) -> Result<Vec<u8>, SignError> {
        let value = xml_form(self.algorithm, self.certificate.public_key().key_type(), value)?;
        let signed = [self.before, STANDARD.encode(value), self.after].concat().into_bytes();
        verify::verify(&signed, &[self.certificate])?;
        Ok(signed)
    }
}

const DIGEST: DigestAlgorithm = DigestAlgorithm::Sha256;

/// ECDSA values are r||s in XML.
fn xml_form(algorithm: SignatureAlgorithm, key: KeyType, value: &[u8]) -> Result<Vec<u8>, CryptoError> {
    match (algorithm, key) {
        (SignatureAlgorithm::Ecdsa(_), KeyType::P256) => ecdsa::der_to_raw(value, 32),
        (SignatureAlgorithm::Ecdsa(_), KeyType::P384) => ecdsa::der_to_raw(value, 48),
        (SignatureAlgorithm::Ecdsa(_), _) => ecdsa::der_to_raw(value, 66),
        _ => Ok(value.to_vec()),
    }
}

fn open() -> String {
    format!(r#"<ds:Signature xmlns:ds="{NS_DSIG}" Id="sig">"#)
}

fn references(whole: Vec<u8>, properties: Vec<u8>) -> [Reference; 2] {
    let exclusive = || Transform::Canonicalize(Method::EXCLUSIVE);
    [
        Reference {
            id: Some("sig-list".to_owned()),
            kind: None,
            uri: Some(String::new()),
            transforms: vec![Transform::Enveloped, exclusive()],
            digest_algorithm: DIGEST,
            digest: whole,
        },
        Reference {
            id: None,
            kind: Some("http://uri.etsi.org/01903#SignedProperties".to_owned()),
            uri: Some("#sig-properties".to_owned()),
            transforms: vec![exclusive()],
            digest_algorithm: DIGEST,
            digest: properties,
        },
    ]
}

fn properties(certificate: &Certificate, version: Version, time: Instant) -> String {
    let mut writer = Writer::new();
    writer
        .open("xades:QualifyingProperties", &[("xmlns:xades", ns::XADES), ("Target", "#sig")])
        .open("xades:SignedProperties", &[("Id", "sig-properties")])
        .open("xades:SignedSignatureProperties", &[])
        .leaf("xades:SigningTime", &[], &time.whole_seconds().to_string());
    let name = match version {
        Version::V6 => "xades:SigningCertificateV2",
        _ => "xades:SigningCertificate",
    };
    writer.open(name, &[]).open("xades:Cert", &[]).open("xades:CertDigest", &[]);
    writer.empty("ds:DigestMethod", &[("Algorithm", DIGEST.uri())]);
    writer.leaf("ds:DigestValue", &[], &STANDARD.encode(certificate.fingerprint(DIGEST).as_ref())).close();
    if version != Version::V6 {
        writer
            .open("xades:IssuerSerial", &[])
            .leaf("ds:X509IssuerName", &[], &certificate.issuer())
            .leaf("ds:X509SerialNumber", &[], &certificate.serial_decimal())
            .close();
    }
    writer.close().close().close();
    writer
        .open("xades:SignedDataObjectProperties", &[])
        .open("xades:DataObjectFormat", &[("ObjectReference", "#sig-list")])
        .leaf("xades:MimeType", &[], "text/xml");
    writer.finish()
}

fn key_info(certificate: &Certificate) -> String {
    let mut writer = Writer::new();
    writer.open("ds:KeyInfo", &[]).open("ds:X509Data", &[]);
    writer.leaf("ds:X509Certificate", &[], &STANDARD.encode(certificate.der()));
    writer.finish()
}

fn digest_of_properties(placed: &str) -> Result<Vec<u8>, SignError> {
    let document = mekong_xml::parse(placed, &XML_LIMITS)?;
    let properties = find::by_id(&document, "sig-properties")?;
    Ok(digest(Subset::Element(properties), &Method::EXCLUSIVE, DIGEST)?.as_ref().to_vec())
}

fn canonical_info(placed: &str) -> Result<Vec<u8>, SignError> {
    let document: Document<'_> = mekong_xml::parse(placed, &XML_LIMITS)?;
    let signature = find::required_child(document.root_element(), NS_DSIG, "Signature")?;
    let info = find::required_child(signature, NS_DSIG, "SignedInfo")?;
    Ok(canonicalize(Subset::Element(info), &Method::EXCLUSIVE)?)
}
