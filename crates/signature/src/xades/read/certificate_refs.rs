//! `SigningCertificate`, `SigningCertificateV2` and the references of complete certificate references.

use super::name_text;
use crate::facts::CertificateReference;
use crate::xades::names;
use mekong_crypto::DigestAlgorithm;
use mekong_pki::tlv::{self, Walker, context};
use mekong_xml::find;
use mekong_xml::roxmltree::Node;

/// References in one property that are read.
const REFERENCES_MAX: usize = 1_000;

/// The references in a property that holds `Cert` elements.
///
/// # Errors
/// What of them cannot be read.
pub(super) fn references(property: Node<'_, '_>) -> Result<Vec<CertificateReference>, String> {
    names::children(property, "Cert").take(REFERENCES_MAX).map(reference).collect()
}

fn reference(cert: Node<'_, '_>) -> Result<CertificateReference, String> {
    let digest = names::child(cert, "CertDigest").ok_or("a certificate reference without CertDigest")?;
    let mut reference = CertificateReference::default();
    match digest_and_value(digest)? {
        (Ok(algorithm), value) => reference.digest = Some((algorithm, value)),
        (Err(uri), _) => reference.unsupported_digest = Some(uri),
    }
    if let Some(v1) = names::child(cert, "IssuerSerial") {
        reference.issuer_serial = issuer_serial_text(v1);
    }
    if let Some(v2) = names::child(cert, "IssuerSerialV2") {
        reference.issuer_serial = find::decoded(v2).and_then(|der| issuer_serial(&der));
    }
    Ok(reference)
}

/// The digest algorithm (or its unknown URI) and value in a `DigestAlgAndValueType`.
///
/// # Errors
/// What is missing.
pub(super) fn digest_and_value(node: Node<'_, '_>) -> Result<(Result<DigestAlgorithm, String>, Vec<u8>), String> {
    let method = names::child(node, "DigestMethod").and_then(|m| m.attribute("Algorithm"));
    let method = method.ok_or("a digest without its algorithm")?;
    let value = names::child(node, "DigestValue").ok_or("a digest without its value")?;
    let value = find::decoded(value).ok_or("a digest that is not base64")?;
    Ok((DigestAlgorithm::from_uri(method).map_err(|_| method.to_owned()), value))
}

/// `ds:X509IssuerSerial` content: issuer as text, serial number in decimal digits.
fn issuer_serial_text(node: Node<'_, '_>) -> Option<(Vec<u8>, Vec<u8>)> {
    let text = |name| names::child(node, name).map(names::text);
    from_text(&text("X509IssuerName")?, &text("X509SerialNumber")?)
}

/// Issuer and serial number from their text forms.
pub(super) fn from_text(issuer: &str, serial: &str) -> Option<(Vec<u8>, Vec<u8>)> {
    Some((name_text::to_der(issuer)?, name_text::integer(serial.trim())?))
}

/// DER `IssuerSerial` (RFC 5035 §4): general names with one directory name, and a number.
fn issuer_serial(der: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let mut fields = Walker::open(der, tlv::SEQUENCE, "IssuerSerial").ok()?;
    let mut names = fields.enter(tlv::SEQUENCE, "issuer").ok()?;
    let mut name = names.enter(context(4), "directoryName").ok()?;
    let name = name.take(tlv::SEQUENCE, "Name").ok()?;
    let serial = fields.take(tlv::INTEGER, "serialNumber").ok()?;
    Some((name.whole.to_vec(), serial.value.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use mekong_pki::tlv::wrap;

    #[test]
    fn issuer_serial_v2_is_general_names_and_a_number() {
        let name = wrap(tlv::SEQUENCE, &[]);
        let names = wrap(tlv::SEQUENCE, &wrap(context(4), &name));
        let der = wrap(tlv::SEQUENCE, &[names, wrap(tlv::INTEGER, &[0, 200])].concat());
        assert_eq!(issuer_serial(&der), Some((name, vec![0, 200])));
        assert_eq!(issuer_serial(&der[..der.len() - 1]), None);
    }
}
