//! Making signatures.
//!
//! The XML is composed as text that is its own canonical form: prefixes are fixed, attributes sorted, no element is
//! self-closed. Inclusive C14N 1.0 of a subtree then differs from the text only by the namespaces on its first tag, and
//! nothing is parsed to sign.

use crate::hashchain::{self, Part};
use crate::{ASIC, DSIG, SignError, SignatureData, XADES, names};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use mekong_base::Instant;
use mekong_crypto::{DigestAlgorithm, PrivateKey, SignatureAlgorithm};
use mekong_pki::Certificate;
use mekong_xml::dsig::{DsigError, sign::signature_value};
use std::fmt::Write as _;

/// The digest of references, certificates and hash chains.
const DIGEST: DigestAlgorithm = DigestAlgorithm::Sha512;
const C14N: &str = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
const POLICY: &str = "urn:oid:1.3.6.1.4.1.3516.16.2";
const POLICY_DESCRIPTION: &str = "Profile for High Performance Digital Signatures (version 1.2)";
const POLICY_SHA512: &str = "BuO0EDNfkxSVlUbxCzmQPzX1AUF1/xx9ytWHk3/6SAOePxQiniEfDYk+90QeYb3lWpV3Izhuz9fKaYyE+lTcXw==";
const POLICY_URL: &str = "https://repo.cyber.ee/dsig-profile-1.2.pdf";

/// Who signs, and the proof that its certificate is good.
#[derive(Debug, Clone)]
pub struct SigningIdentity {
    /// The signing certificate.
    pub certificate: Certificate,
    /// Its key.
    pub key: PrivateKey,
    /// Certificates between it and the approved top certificate, which is left out.
    pub chain: Vec<Certificate>,
    /// OCSP responses (DER) for the certificate and those of `chain`.
    pub ocsp: Vec<Vec<u8>>,
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
/// [`SignError::Certificate`] if the certificate is not for signing or not of this key; [`SignError::Key`].
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
    check(identity)?;
    match messages {
        [] => Err(SignError::Empty),
        [only] if only.attachments.is_empty() => {
            let (algorithm, digest) = &only.message;
            let signature_xml = compose(identity, names::MESSAGE, "text/xml", *algorithm, digest, now)?;
            Ok(vec![SignatureData { signature_xml, hash_chain_result: None, hash_chain: None }])
        }
        several => {
            let inputs: Vec<Vec<Part>> = several.iter().map(MessageDigests::parts).collect();
            let built = hashchain::build(&inputs, DIGEST, names::SIG_HASH_CHAIN)?;
            let digest = DIGEST.digest(built.result.as_bytes());
            let media_type = "application/hash-chain-result";
            let xml = compose(identity, names::SIG_HASH_CHAIN_RESULT, media_type, DIGEST, digest.as_ref(), now)?;
            let signed = built.chains.into_iter().map(|chain| SignatureData {
                signature_xml: xml.clone(),
                hash_chain_result: Some(built.result.clone()),
                hash_chain: Some(chain),
            });
            Ok(signed.collect())
        }
    }
}

fn check(identity: &SigningIdentity) -> Result<(), SignError> {
    let certificate = &identity.certificate;
    let refuse = |reason| Err(SignError::Certificate { subject: certificate.subject(), reason });
    if !certificate.is_signing() {
        return refuse("its key usage has no nonRepudiation");
    }
    if certificate.public_key().spki() != identity.key.public_key().spki() {
        return refuse("it belongs to another key");
    }
    Ok(())
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
    let scope = format!(" xmlns:asic=\"{ASIC}\" xmlns:ds=\"{DSIG}\" xmlns:xades=\"{XADES}\"");
    let properties = signed_properties(identity, media_type, now);
    let canonical =
        format!("<xades:SignedProperties{scope} Id=\"signed-properties\">{properties}</xades:SignedProperties>");
    let info = signed_info(algorithm, uri, digest_algorithm, digest, DIGEST.digest(canonical.as_bytes()).as_ref());
    let canonical = format!("<ds:SignedInfo{scope}>{info}</ds:SignedInfo>");
    let value = signature_value(&identity.key, algorithm, canonical.as_bytes()).map_err(key_failed)?;
    let mut out = String::with_capacity(12_000);
    push(&mut out, format_args!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<asic:XAdESSignatures{scope}>"));
    push(&mut out, format_args!("<ds:Signature Id=\"signature\"><ds:SignedInfo>{info}</ds:SignedInfo>"));
    push(
        &mut out,
        format_args!("<ds:SignatureValue Id=\"signature-value\">{}</ds:SignatureValue>", BASE64.encode(value)),
    );
    let certificate = BASE64.encode(identity.certificate.der());
    push(&mut out, format_args!("<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{certificate}"));
    out.push_str("</ds:X509Certificate></ds:X509Data></ds:KeyInfo>");
    out.push_str("<ds:Object><xades:QualifyingProperties Target=\"#signature\">");
    push(
        &mut out,
        format_args!("<xades:SignedProperties Id=\"signed-properties\">{properties}</xades:SignedProperties>"),
    );
    unsigned_properties(&mut out, identity);
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
    algorithm: SignatureAlgorithm,
    uri: &str,
    digest_algorithm: DigestAlgorithm,
    digest: &[u8],
    properties_digest: &[u8],
) -> String {
    let mut out = String::with_capacity(1_200);
    push(&mut out, format_args!("<ds:CanonicalizationMethod Algorithm=\"{C14N}\"></ds:CanonicalizationMethod>"));
    push(&mut out, format_args!("<ds:SignatureMethod Algorithm=\"{}\"></ds:SignatureMethod>", algorithm.uri()));
    push(&mut out, format_args!("<ds:Reference Id=\"signature-reference-0\" URI=\"{uri}\">"));
    digest_and_value(&mut out, digest_algorithm, digest);
    out.push_str("</ds:Reference><ds:Reference Id=\"signature-reference-1\" Type=\"http://uri.etsi.org/01903#SignedProperties\" URI=\"#signed-properties\">");
    digest_and_value(&mut out, DIGEST, properties_digest);
    out.push_str("</ds:Reference>");
    out
}

/// The inside of `xades:SignedProperties`.
fn signed_properties(identity: &SigningIdentity, media_type: &str, now: Instant) -> String {
    let mut out = String::with_capacity(2_000);
    push(
        &mut out,
        format_args!("<xades:SignedSignatureProperties><xades:SigningTime>{}</xades:SigningTime>", now.whole_seconds()),
    );
    out.push_str("<xades:SigningCertificate><xades:Cert>");
    certificate_reference(&mut out, &identity.certificate);
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
    push(&mut out, format_args!("<xades:MimeType>{media_type}</xades:MimeType>"));
    out.push_str("</xades:DataObjectFormat></xades:SignedDataObjectProperties>");
    out
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

fn unsigned_properties(out: &mut String, identity: &SigningIdentity) {
    out.push_str("<xades:UnsignedProperties><xades:UnsignedSignatureProperties>");
    if !identity.chain.is_empty() {
        out.push_str("<xades:CompleteCertificateRefs Id=\"complete-certificate-refs\"><xades:CertRefs>");
        for (i, certificate) in identity.chain.iter().enumerate() {
            push(out, format_args!("<xades:Cert URI=\"#encapsulated-cert-{}\">", i + 1));
            certificate_reference(out, certificate);
            out.push_str("</xades:Cert>");
        }
        out.push_str("</xades:CertRefs></xades:CompleteCertificateRefs><xades:CertificateValues>");
        for (i, certificate) in identity.chain.iter().enumerate() {
            let value = BASE64.encode(certificate.der());
            push(out, format_args!("<xades:EncapsulatedX509Certificate Id=\"encapsulated-cert-{}\">{value}", i + 1));
            out.push_str("</xades:EncapsulatedX509Certificate>");
        }
        out.push_str("</xades:CertificateValues>");
    }
    if !identity.ocsp.is_empty() {
        out.push_str("<xades:RevocationValues><xades:OCSPValues>");
        for (i, response) in identity.ocsp.iter().enumerate() {
            let value = BASE64.encode(response);
            push(out, format_args!("<xades:EncapsulatedOCSPValue Id=\"ocsp-response-{}\">{value}", i + 1));
            out.push_str("</xades:EncapsulatedOCSPValue>");
        }
        out.push_str("</xades:OCSPValues></xades:RevocationValues>");
    }
    out.push_str("</xades:UnsignedSignatureProperties></xades:UnsignedProperties>");
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
