//! Making signatures.
//!
//! The XML is composed as text that is its own canonical form: prefixes are fixed, attributes sorted, no element is
//! self-closed. Inclusive C14N 1.0 of a subtree then differs from the text only by the namespaces on its first tag, and
//! nothing is parsed to sign.

use crate::hashchain::{self, Part};
use crate::{SignError, SignatureData, names};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use mekong_base::Instant;
use mekong_crypto::{DigestAlgorithm, PrivateKey, SignatureAlgorithm};
use mekong_pki::Certificate;
use mekong_xml::dsig::{DsigError, sign::signature_value};
use std::fmt::Write as _;

/// The digest of references, certificates and hash chains.
pub(super) const DIGEST: DigestAlgorithm = DigestAlgorithm::Sha512;
const C14N: &str = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
/// The namespaces of the root element, as canonicalisation writes them on the first tag of a subtree.
const SCOPE: &str = " xmlns:asic=\"http://uri.etsi.org/02918/v1.2.1#\" xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" xmlns:xades=\"http://uri.etsi.org/01903/v1.3.2#\"";
const POLICY: &str = "urn:oid:1.3.6.1.4.1.3516.16.2";
const POLICY_DESCRIPTION: &str = "Profile for High Performance Digital Signatures (version 1.2)";
const POLICY_SHA512: &str = "BuO0EDNfkxSVlUbxCzmQPzX1AUF1/xx9ytWHk3/6SAOePxQiniEfDYk+90QeYb3lWpV3Izhuz9fKaYyE+lTcXw==";
const POLICY_URL: &str = "https://repo.cyber.ee/dsig-profile-1.2.pdf";

/// Who signs, and the proof that its certificate is good. What all its signatures repeat is written once, when it is made.
#[derive(Debug, Clone)]
pub struct SigningIdentity {
    certificate: Certificate,
    key: PrivateKey,
    chain: Vec<Certificate>,
    ocsp: Vec<Vec<u8>>,
    repeated: Repeated,
}

/// Texts that all signatures of one identity repeat.
#[derive(Debug, Clone)]
struct Repeated {
    /// `SignedProperties` between signing time and media type.
    properties: String,
    /// From `KeyInfo` to the signed properties.
    key_info: String,
    /// The unsigned properties.
    unsigned: String,
}

impl SigningIdentity {
    /// `chain` are the certificates between `certificate` and the approved top certificate, which is left out; `ocsp` the
    /// OCSP responses (DER) for `certificate` and those of `chain`.
    ///
    /// # Errors
    /// [`SignError::Certificate`] if the certificate is not for signing or not of this key.
    pub fn new(
        certificate: Certificate,
        key: PrivateKey,
        chain: Vec<Certificate>,
        ocsp: Vec<Vec<u8>>,
    ) -> Result<Self, SignError> {
        let refuse = |reason| Err(SignError::Certificate { subject: certificate.subject(), reason });
        if !certificate.is_signing() {
            return refuse("its key usage has no nonRepudiation");
        }
        if certificate.public_key().spki() != key.public_key().spki() {
            return refuse("it belongs to another key");
        }
        let repeated = Repeated {
            properties: repeated_properties(&certificate),
            key_info: key_info(&certificate),
            unsigned: unsigned_properties(&chain, &ocsp),
        };
        Ok(Self { certificate, key, chain, ocsp, repeated })
    }

    /// The signing certificate.
    pub const fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// Its key.
    pub const fn key(&self) -> &PrivateKey {
        &self.key
    }

    /// Certificates between it and the approved top certificate.
    pub fn chain(&self) -> &[Certificate] {
        &self.chain
    }

    /// OCSP responses (DER) for the certificate and those of the chain.
    pub fn ocsp(&self) -> &[Vec<u8>] {
        &self.ocsp
    }
}

/// A message to be signed, known by its digests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageDigests {
    /// The digest of the message; SHA-512 is usual.
    pub message: (DigestAlgorithm, Vec<u8>),
    /// The digests of the attachments in order.
    pub attachments: Vec<(DigestAlgorithm, Vec<u8>)>,
}

impl MessageDigests {
    fn parts(&self) -> Vec<Part> {
        let part = |uri: String, (algorithm, digest): &(DigestAlgorithm, Vec<u8>)| Part {
            uri,
            algorithm: *algorithm,
            digest: digest.clone(),
        };
        let attachments = self.attachments.iter().enumerate().map(|(i, d)| part(names::attachment(i + 1), d));
        std::iter::once(part(names::MESSAGE.to_owned(), &self.message)).chain(attachments).collect()
    }
}

/// Signs one message: directly if it has no attachments, over a hash chain of its parts otherwise, as the reference does.
///
/// `attachments` are their digests in order. The signing time is `now` in whole seconds.
///
/// # Errors
/// [`SignError::Key`].
pub fn sign_message(
    identity: &SigningIdentity,
    message: &[u8],
    attachments: &[(DigestAlgorithm, Vec<u8>)],
    now: Instant,
) -> Result<SignatureData, SignError> {
    let digest = DIGEST.digest(message).as_ref().to_vec();
    let digests = MessageDigests { message: (DIGEST, digest), attachments: attachments.to_vec() };
    let mut signed = sign_batch(identity, std::slice::from_ref(&digests), now)?;
    signed.pop().ok_or(SignError::Empty)
}

/// Signs many messages with one signature; every message gets it together with the hash chain that leads to it.
///
/// A single message without attachments is signed directly. Results are in the order of `messages`.
///
/// # Errors
/// As [`sign_message`]; [`SignError::Empty`] if there is no message.
pub fn sign_batch(
    identity: &SigningIdentity,
    messages: &[MessageDigests],
    now: Instant,
) -> Result<Vec<SignatureData>, SignError> {
    match messages {
        [] => Err(SignError::Empty),
        [only] if only.attachments.is_empty() => {
            let (algorithm, digest) = &only.message;
            let signature_xml = compose(identity, names::MESSAGE, "text/xml", *algorithm, digest, now)?;
            Ok(vec![SignatureData { signature_xml, hash_chain_result: None, hash_chain: None }])
        }
        several => {
            let inputs: Vec<Vec<Part>> = several.iter().map(MessageDigests::parts).collect();
            let tree = hashchain::build(inputs, DIGEST, names::SIG_HASH_CHAIN)?;
            let digest = DIGEST.digest(tree.result.as_bytes());
            let media_type = "application/hash-chain-result";
            let xml = compose(identity, names::SIG_HASH_CHAIN_RESULT, media_type, DIGEST, digest.as_ref(), now)?;
            let signed = tree.chains().map(|chain| SignatureData {
                signature_xml: xml.clone(),
                hash_chain_result: Some(tree.result.clone()),
                hash_chain: Some(chain),
            });
            Ok(signed.collect())
        }
    }
}

/// The whole document; `uri` has this digest.
fn compose(
    identity: &SigningIdentity,
    uri: &str,
    media_type: &str,
    digest_algorithm: DigestAlgorithm,
    digest: &[u8],
    now: Instant,
) -> Result<String, SignError> {
    let algorithm = identity.key.default_algorithm();
    let Repeated { properties: repeated, key_info, unsigned } = &identity.repeated;
    let mut properties = String::with_capacity(repeated.len() + 800);
    push(&mut properties, format_args!("<xades:SignedProperties{SCOPE} Id=\"signed-properties\">"));
    let begin = properties.len();
    push(&mut properties, format_args!("<xades:SignedSignatureProperties><xades:SigningTime>{}", now.whole_seconds()));
    properties.push_str(repeated);
    push(&mut properties, format_args!("<xades:MimeType>{media_type}</xades:MimeType>"));
    properties.push_str("</xades:DataObjectFormat></xades:SignedDataObjectProperties></xades:SignedProperties>");
    let mut info = String::with_capacity(1_600);
    push(&mut info, format_args!("<ds:SignedInfo{SCOPE}>"));
    let info_begin = info.len();
    signed_info(&mut info, algorithm, uri, digest_algorithm, digest, DIGEST.digest(properties.as_bytes()).as_ref());
    info.push_str("</ds:SignedInfo>");
    let value = signature_value(&identity.key, algorithm, info.as_bytes()).map_err(key_failed)?;
    let capacity = properties.len() + info.len() + key_info.len() + unsigned.len() + value.len() * 2 + 512;
    let mut out = String::with_capacity(capacity);
    push(&mut out, format_args!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<asic:XAdESSignatures{SCOPE}>"));
    out.push_str("<ds:Signature Id=\"signature\"><ds:SignedInfo>");
    out.push_str(info.get(info_begin..).unwrap_or_default());
    out.push_str("<ds:SignatureValue Id=\"signature-value\">");
    BASE64.encode_string(value, &mut out);
    out.push_str("</ds:SignatureValue>");
    out.push_str(key_info);
    out.push_str("<ds:Object><xades:QualifyingProperties Target=\"#signature\">");
    out.push_str("<xades:SignedProperties Id=\"signed-properties\">");
    out.push_str(properties.get(begin..).unwrap_or_default());
    out.push_str(unsigned);
    out.push_str("</xades:QualifyingProperties></ds:Object></ds:Signature></asic:XAdESSignatures>");
    Ok(out)
}

fn key_failed(error: DsigError) -> SignError {
    match error {
        DsigError::Key(error) => SignError::Key(error),
        _ => SignError::Key(mekong_crypto::CryptoError::KeyOperation),
    }
}

/// The inside of `ds:SignedInfo`.
fn signed_info(
    out: &mut String,
    algorithm: SignatureAlgorithm,
    uri: &str,
    digest_algorithm: DigestAlgorithm,
    digest: &[u8],
    properties_digest: &[u8],
) {
    push(out, format_args!("<ds:CanonicalizationMethod Algorithm=\"{C14N}\"></ds:CanonicalizationMethod>"));
    push(out, format_args!("<ds:SignatureMethod Algorithm=\"{}\"></ds:SignatureMethod>", algorithm.uri()));
    push(out, format_args!("<ds:Reference Id=\"signature-reference-0\" URI=\"{uri}\">"));
    digest_and_value(out, digest_algorithm, digest);
    out.push_str("</ds:Reference><ds:Reference Id=\"signature-reference-1\" Type=\"http://uri.etsi.org/01903#SignedProperties\" URI=\"#signed-properties\">");
    digest_and_value(out, DIGEST, properties_digest);
    out.push_str("</ds:Reference>");
}

/// The inside of `xades:SignedProperties` from the end of the signing time to the media type.
fn repeated_properties(certificate: &Certificate) -> String {
    let mut out = String::with_capacity(2_000);
    out.push_str("</xades:SigningTime><xades:SigningCertificate><xades:Cert>");
    certificate_reference(&mut out, certificate);
    out.push_str("</xades:Cert></xades:SigningCertificate><xades:SignaturePolicyIdentifier><xades:SignaturePolicyId>");
    push(
        &mut out,
        format_args!("<xades:SigPolicyId><xades:Identifier Qualifier=\"OIDAsURN\">{POLICY}</xades:Identifier>"),
    );
    push(&mut out, format_args!("<xades:Description>{POLICY_DESCRIPTION}</xades:Description></xades:SigPolicyId>"));
    let sha512 = DigestAlgorithm::Sha512.uri();
    push(&mut out, format_args!("<xades:SigPolicyHash><ds:DigestMethod Algorithm=\"{sha512}\"></ds:DigestMethod>"));
    push(&mut out, format_args!("<ds:DigestValue>{POLICY_SHA512}</ds:DigestValue></xades:SigPolicyHash>"));
    push(
        &mut out,
        format_args!("<xades:SigPolicyQualifiers><xades:SigPolicyQualifier><xades:SPURI>{POLICY_URL}</xades:SPURI>"),
    );
    out.push_str("</xades:SigPolicyQualifier></xades:SigPolicyQualifiers></xades:SignaturePolicyId>");
    out.push_str("</xades:SignaturePolicyIdentifier></xades:SignedSignatureProperties>");
    out.push_str(
        "<xades:SignedDataObjectProperties><xades:DataObjectFormat ObjectReference=\"#signature-reference-0\">",
    );
    out
}

fn key_info(certificate: &Certificate) -> String {
    let value = BASE64.encode(certificate.der());
    format!("<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{value}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>")
}

/// `CertDigest` and `IssuerSerial`.
fn certificate_reference(out: &mut String, certificate: &Certificate) {
    out.push_str("<xades:CertDigest>");
    digest_and_value(out, DIGEST, certificate.fingerprint(DIGEST).as_ref());
    out.push_str("</xades:CertDigest><xades:IssuerSerial><ds:X509IssuerName>");
    escape(out, &certificate.issuer());
    push(out, format_args!("</ds:X509IssuerName><ds:X509SerialNumber>{}", certificate.serial_decimal()));
    out.push_str("</ds:X509SerialNumber></xades:IssuerSerial>");
}

fn unsigned_properties(chain: &[Certificate], ocsp: &[Vec<u8>]) -> String {
    let mut out = String::with_capacity(8_000);
    out.push_str("<xades:UnsignedProperties><xades:UnsignedSignatureProperties>");
    if !chain.is_empty() {
        out.push_str("<xades:CompleteCertificateRefs Id=\"complete-certificate-refs\"><xades:CertRefs>");
        for (i, certificate) in chain.iter().enumerate() {
            push(&mut out, format_args!("<xades:Cert URI=\"#encapsulated-cert-{}\">", i + 1));
            certificate_reference(&mut out, certificate);
            out.push_str("</xades:Cert>");
        }
        out.push_str("</xades:CertRefs></xades:CompleteCertificateRefs><xades:CertificateValues>");
        for (i, certificate) in chain.iter().enumerate() {
            let value = BASE64.encode(certificate.der());
            push(
                &mut out,
                format_args!("<xades:EncapsulatedX509Certificate Id=\"encapsulated-cert-{}\">{value}", i + 1),
            );
            out.push_str("</xades:EncapsulatedX509Certificate>");
        }
        out.push_str("</xades:CertificateValues>");
    }
    if !ocsp.is_empty() {
        out.push_str("<xades:RevocationValues><xades:OCSPValues>");
        for (i, response) in ocsp.iter().enumerate() {
            let value = BASE64.encode(response);
            push(&mut out, format_args!("<xades:EncapsulatedOCSPValue Id=\"ocsp-response-{}\">{value}", i + 1));
            out.push_str("</xades:EncapsulatedOCSPValue>");
        }
        out.push_str("</xades:OCSPValues></xades:RevocationValues>");
    }
    out.push_str("</xades:UnsignedSignatureProperties></xades:UnsignedProperties>");
    out
}

fn digest_and_value(out: &mut String, algorithm: DigestAlgorithm, digest: &[u8]) {
    push(out, format_args!("<ds:DigestMethod Algorithm=\"{}\"></ds:DigestMethod>", algorithm.uri()));
    push(out, format_args!("<ds:DigestValue>{}</ds:DigestValue>", BASE64.encode(digest)));
}

fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = out.write_fmt(text);
}

/// Text as C14N writes it.
fn escape(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\r' => out.push_str("&#xD;"),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_as_c14n_does() {
        let mut out = String::new();
        escape(&mut out, "a<b>&\r\"'ê");
        assert_eq!(out, "a&lt;b&gt;&amp;&#xD;\"'ê");
    }
}
