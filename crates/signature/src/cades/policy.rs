//! Signature policies: the signed identifier, and the document that may be stored with the signature
//! (EN 319 122-1 §5.2.9, §5.2.10).

use crate::facts::PolicyReference;
use mekong_crypto::DigestAlgorithm;
use mekong_pki::cms::{SignerInfo, oid};
use mekong_pki::tlv::{self, TlvError, Walker};

/// `id-spq-ets-uri`, 1.2.840.113549.1.9.16.5.1.
const QUALIFIER_URI: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x05, 0x01];
/// The tag of `IA5String`.
const IA5_STRING: u8 = 0x16;
/// The tag of `NULL`.
const NULL: u8 = 0x05;

/// Reads the value of a signature policy attribute.
pub(super) fn read(value: &[u8]) -> Result<PolicyReference, TlvError> {
    let implied = PolicyReference { id: None, digest: None, uri: None, matches: None };
    if value.first() == Some(&NULL) {
        return Ok(implied);
    }
    let mut fields = Walker::open(value, tlv::SEQUENCE, "SignaturePolicyId")?;
    let id = oid::text(fields.take(tlv::OID, "sigPolicyId")?.value);
    let mut policy = PolicyReference { id: Some(id), ..implied };
    if let Some(hash) = fields.optional(tlv::SEQUENCE, "sigPolicyHash")? {
        let mut hash = Walker::new(hash.value);
        let algorithm = digest_algorithm(&mut hash)?;
        let digest = hash.take(tlv::OCTET_STRING, "sigPolicyHash")?.value.to_vec();
        policy.digest = algorithm.map(|algorithm| (algorithm, digest));
    }
    if let Some(qualifiers) = fields.optional(tlv::SEQUENCE, "sigPolicyQualifiers")? {
        policy.uri = uri(Walker::new(qualifiers.value))?;
    }
    Ok(policy)
}

/// The algorithm of the next element, an `AlgorithmIdentifier`; `None` if it is not supported.
pub(super) fn digest_algorithm(fields: &mut Walker<'_>) -> Result<Option<DigestAlgorithm>, TlvError> {
    let id = fields.enter(tlv::SEQUENCE, "hashAlgorithm")?.take(tlv::OID, "hashAlgorithm")?.value;
    let found = DigestAlgorithm::ALL.into_iter().find(|a| a.oid().as_bytes() == id);
    Ok(found)
}

fn uri(mut qualifiers: Walker<'_>) -> Result<Option<String>, TlvError> {
    while !qualifiers.is_empty() {
        let mut qualifier = qualifiers.enter(tlv::SEQUENCE, "sigPolicyQualifier")?;
        if qualifier.take(tlv::OID, "sigPolicyQualifierId")?.value == QUALIFIER_URI {
            let text = qualifier.take(IA5_STRING, "SPuri")?.value;
            return Ok(Some(String::from_utf8_lossy(text).into_owned()));
        }
    }
    Ok(None)
}

/// Whether the policy document stored with the signature has the signed digest; `None` if none is stored.
pub(super) fn stored_matches(policy: &PolicyReference, signer: &SignerInfo<'_>) -> Option<bool> {
    let store = signer.unsigned_attributes(oid::SIGNATURE_POLICY_STORE).next()?;
    let document = stored(store.values.first()?.whole).ok().flatten()?;
    let (algorithm, digest) = policy.digest.as_ref()?;
    Some(algorithm.digest(document) == **digest)
}

/// The document in a `SignaturePolicyStore`; `None` if only a place is named.
fn stored(value: &[u8]) -> Result<Option<&[u8]>, TlvError> {
    let mut fields = Walker::open(value, tlv::SEQUENCE, "SignaturePolicyStore")?;
    fields.next("spDocSpec")?;
    Ok(fields.optional(tlv::OCTET_STRING, "spDocument")?.map(|document| document.value))
}
