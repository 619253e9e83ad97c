//! Which certificate is the signer's (EN 319 102-1 §5.2.3).

use super::block::{Block, BlockKind};
use super::verdict::SubIndication;
use super::work::{Work, digest_text};
use crate::facts::{CertificateReference, Signature, SignedBytes};
use mekong_pki::Certificate;
use mekong_pki::tsp::SignerId;

/// Most certificates whose key is tried where nothing names the signer.
const KEYS_TRIED_MAX: usize = 16;

/// Finds the signer's certificate: by the unsigned hint or the signed reference, else by whose key verifies the value; then
/// holds it against the signed references.
pub(super) fn identify(work: &Work<'_>, signature: &Signature) -> (Block, Option<Certificate>) {
    let mut block = Block::new(BlockKind::SigningCertificate, signature.id.clone());
    let reason = SubIndication::NoSigningCertificateFound;
    let found = candidate(work, signature);
    block.require("signing_certificate_found", found.is_some(), reason, || match &found {
        Some(certificate) => certificate.subject(),
        None => {
            format!("none of the {} certificates at hand is named as the signer's", work.material.certificates().len())
        }
    });
    let Some(certificate) = found else { return (block, None) };
    check_references(work, &mut block, signature, &certificate);
    let kept = block.is_passed().then(|| work.material.same(&certificate));
    (block, kept)
}

fn candidate(work: &Work<'_>, signature: &Signature) -> Option<Certificate> {
    let all = || signature.certificates.iter().chain(work.material.certificates());
    if let Some(hint) = signature.signer_hint.as_ref().filter(|hint| !is_empty(hint)) {
        // A hint binds, unless it says nothing that can be compared.
        return all().find(|c| matches(hint, c)).cloned();
    }
    let referenced = signature.certificate_references.iter().find_map(|r| all().find(|c| matches(r, c)));
    if let Some(referenced) = referenced {
        return Some(referenced.clone());
    }
    let mut tried = signature.certificates.iter().take(KEYS_TRIED_MAX);
    tried.find(|c| verifies(work, signature, c)).or(signature.certificates.first()).cloned()
}

fn verifies(work: &Work<'_>, signature: &Signature, certificate: &Certificate) -> bool {
    let (Ok(algorithm), value) = (&signature.value.algorithm, &signature.value.value) else { return false };
    let key = certificate.public_key();
    work.spend()
        && match &signature.value.signed {
            SignedBytes::Bytes(signed) => key.verify(*algorithm, signed, value).is_ok(),
            SignedBytes::Digest(_, digest) => key.verify_digest(*algorithm, digest, value).is_ok(),
            SignedBytes::Missing => false,
        }
}

const fn is_empty(reference: &CertificateReference) -> bool {
    reference.digest.is_none() && reference.issuer_serial.is_none() && reference.key_identifier.is_none()
}

/// Whether all that a reference says fits; one that says nothing comparable fits nothing.
fn matches(reference: &CertificateReference, certificate: &Certificate) -> bool {
    let digest = reference.digest.as_ref().map(|(algorithm, value)| certificate.fingerprint(*algorithm) == **value);
    if let Some(digest) = digest {
        return digest;
    }
    let key = reference.key_identifier.as_ref().map(|key| SignerId::KeyIdentifier(key.clone()).matches(certificate));
    let serial = reference.issuer_serial.as_ref().map(|pair| is_issuer_serial(pair, certificate));
    key.or(serial).unwrap_or(false)
}

fn is_issuer_serial((issuer, serial): &(Vec<u8>, Vec<u8>), certificate: &Certificate) -> bool {
    SignerId::IssuerAndSerial(issuer.clone(), serial.clone()).matches(certificate)
}

/// The signed references: one of them must be to this certificate (§5.2.3.4).
fn check_references(work: &Work<'_>, block: &mut Block, signature: &Signature, certificate: &Certificate) {
    let references = &signature.certificate_references;
    if references.is_empty() {
        // Whether there must be one is a matter of acceptance (§5.2.8).
        return;
    }
    let reason = SubIndication::NoSigningCertificateFound;
    let found = references.iter().find(|reference| matches(reference, certificate));
    block.require("signing_certificate_digest", found.is_some(), reason, || match found {
        Some(_) => format!("a signed reference is to {}", certificate.subject()),
        None => format!("no signed reference is to {}: {}", certificate.subject(), describe(references)),
    });
    let pair = found.and_then(|reference| reference.issuer_serial.as_ref());
    let (Some(pair), Some(weight)) = (pair, work.rules().checks.issuer_serial.weight()) else { return };
    let holds = is_issuer_serial(pair, certificate);
    let reason = SubIndication::SigConstraintsFailure;
    block.weigh("signing_certificate_issuer_serial", holds, weight, reason, || {
        format!("serial number {} of {}", certificate.serial_hex(), certificate.issuer())
    });
}

fn describe(references: &[CertificateReference]) -> String {
    let one = |r: &CertificateReference| match (&r.digest, &r.unsupported_digest) {
        (Some((algorithm, value)), _) => digest_text(*algorithm, value),
        (None, Some(name)) => format!("digest {name}, which is not supported"),
        (None, None) => "no digest".into(),
    };
    references.iter().take(4).map(one).collect::<Vec<_>>().join("; ")
}
