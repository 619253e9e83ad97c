//! Who signed: the signed references to the certificate, the hints of `ds:KeyInfo`, and the certificates themselves.

use super::bag::Bag;
use super::certificate_refs;
use super::signature::{Context, Parts};
use crate::facts::{
    CertificateReference, DataKind, DataState, Fault, Finding, Signature, SignatureFormat, SignedData, Weight,
};
use crate::xades::names;
use mekong_crypto::DigestAlgorithm;
use mekong_xml::dsig::examine::{KeyInfo, KeyInfoItem, Pointer, key_info};
use mekong_xml::find;

/// Reads who signed; certificates go into the bag, those of `ds:KeyInfo` first.
pub(super) fn read<'a, 'i>(
    context: &Context<'a, 'i, '_>,
    parts: &Parts<'a, 'i>,
    signature: &mut Signature,
    bag: &mut Bag,
) {
    // A signature of its own properties alone signs nothing.
    let is_own = |pointer: &Pointer<'_, '_>| pointer.kind.is_some_and(names::means_signed_properties);
    if parts.signed.is_some() && !parts.form.references.iter().all(is_own) {
        signature.format = SignatureFormat::Xades;
    }
    signed_references(parts, signature);
    if let Some(node) = parts.form.key_info {
        let info = key_info(&context.examination, node);
        signature.signer_hint = hint(&info);
        for item in info.items {
            match item {
                KeyInfoItem::Certificate(der) => drop(bag.certificate(&context.parsed, &der)),
                KeyInfoItem::Crl(der) => bag.crl(der),
                _ => {}
            }
        }
        signed_key_info(signature, bag);
        let refused = info.refused.into_iter().map(|r| Finding::new(Weight::Warning, "key_info_not_read", r));
        signature.findings.extend(refused);
    }
}

fn signed_references(parts: &Parts<'_, '_>, signature: &mut Signature) {
    for name in ["SigningCertificateV2", "SigningCertificate"] {
        let Some(property) = parts.signed_property(name) else { continue };
        match certificate_refs::references(property) {
            Ok(references) if references.is_empty() => {
                signature.faults.push(Fault::new(find::path(property), "it names no certificate"));
            }
            Ok(mut references) if signature.certificate_references.is_empty() => {
                signature.certificate_references.append(&mut references);
            }
            Ok(_) => {}
            Err(reason) => signature.faults.push(Fault::new(find::path(property), reason)),
        }
    }
}

/// TS 101 903 §4.4.1 lets a signed `ds:KeyInfo` with the certificate stand for the property.
fn signed_key_info(signature: &mut Signature, bag: &Bag) {
    let is_signed = |d: &SignedData| d.kind == DataKind::KeyInfo && d.state == DataState::Intact;
    let [certificate] = bag.certificates.as_slice() else { return };
    if signature.certificate_references.is_empty()
        && signature.format == SignatureFormat::Xades
        && signature.data.iter().any(is_signed)
    {
        let digest = certificate.fingerprint(DigestAlgorithm::Sha256).as_ref().to_vec();
        let digest = Some((DigestAlgorithm::Sha256, digest));
        signature.certificate_references.push(CertificateReference { digest, ..CertificateReference::default() });
        let what = "the signed KeyInfo names the certificate, there is no SigningCertificate";
        signature.findings.push(Finding::new(Weight::Information, "certificate_by_key_info", what));
    }
}

/// What `ds:KeyInfo` says of the certificate beside giving it.
fn hint(info: &KeyInfo) -> Option<CertificateReference> {
    let mut hint = CertificateReference::default();
    for item in &info.items {
        match item {
            KeyInfoItem::IssuerSerial(issuer, serial) if hint.issuer_serial.is_none() => {
                hint.issuer_serial = certificate_refs::from_text(issuer, serial);
            }
            KeyInfoItem::KeyIdentifier(id) if hint.key_identifier.is_none() => {
                hint.key_identifier = Some(id.clone());
            }
            KeyInfoItem::CertificateDigest(uri, value) if hint.digest.is_none() => {
                match DigestAlgorithm::from_uri(uri) {
                    Ok(algorithm) => hint.digest = Some((algorithm, value.clone())),
                    Err(_) => hint.unsupported_digest = Some(uri.clone()),
                }
            }
            _ => {}
        }
    }
    (hint != CertificateReference::default()).then_some(hint)
}
