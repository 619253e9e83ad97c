//! Vectors, and what their facts are read against.

use mekong_pki::Certificate;
use mekong_signature::facts::{DataKind, DataState, Document, Signature, SignatureFormat, SignedBytes};
use mekong_signature::read::{Detached, DetachedContent, Reading};
use mekong_signature::{ReadError, xades};

/// Reads a document with content beside it.
pub(crate) fn read(bytes: &[u8], detached: &[(Option<String>, Vec<u8>)]) -> Result<Document, ReadError> {
    let detached = detached
        .iter()
        .map(|(name, content)| Detached { name: name.clone(), content: DetachedContent::Source(content) })
        .collect();
    xades::read(&bytes.to_vec(), &Reading { detached, evidence_records: Vec::new() })
}

/// The certificate that the signed reference names; of a bare XMLDSig, the first.
pub(crate) fn signer(signature: &Signature) -> Option<&Certificate> {
    let Some((algorithm, value)) = signature.certificate_references.first().and_then(|r| r.digest.as_ref()) else {
        return signature.certificates.first().filter(|_| signature.format == SignatureFormat::Plain);
    };
    signature.certificates.iter().find(|c| c.fingerprint(*algorithm).as_ref() == value.as_slice())
}

/// Whether the signature value belongs to this certificate.
pub(crate) fn value_verifies(signature: &Signature, certificate: &Certificate) -> bool {
    match (&signature.value.algorithm, &signature.value.signed) {
        (Ok(algorithm), SignedBytes::Bytes(bytes)) => {
            certificate.public_key().verify(*algorithm, bytes, &signature.value.value).is_ok()
        }
        _ => false,
    }
}

/// Whether everything that is signed directly is there and intact.
pub(crate) fn data_intact(signature: &Signature) -> bool {
    let direct = signature.data.iter().filter(|d| d.kind != DataKind::ManifestEntry);
    !signature.data.is_empty() && direct.into_iter().all(|d| d.state == DataState::Intact)
}

/// Everything that level B wants of the cryptography.
pub(crate) fn b_level(signature: &Signature) -> bool {
    let value = signature.certificates.iter().any(|c| value_verifies(signature, c));
    value && data_intact(signature)
}
