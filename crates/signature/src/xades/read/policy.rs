//! The signature policy: identifier, digest, qualifiers, and a copy in `SignaturePolicyStore`.

use super::certificate_refs::digest_and_value;
use super::claims::{text, without_urn};
use super::signature::Parts;
use crate::facts::{Fault, Finding, PolicyReference, Signature, Weight};
use crate::xades::names;
use mekong_crypto::DigestAlgorithm;
use mekong_xml::find;
use mekong_xml::roxmltree::Node;

pub(super) fn read(parts: &Parts<'_, '_>, signature: &mut Signature) {
    let Some(node) = parts.signed_property("SignaturePolicyIdentifier") else { return };
    if names::child(node, "SignaturePolicyImplied").is_some() {
        signature.policy = Some(PolicyReference { id: None, digest: None, uri: None, matches: None });
        return;
    }
    let Some(policy) = names::child(node, "SignaturePolicyId") else {
        signature.faults.push(Fault::new(find::path(node), "it names no policy"));
        return;
    };
    let id = names::descend(policy, &["SigPolicyId", "Identifier"]).map(text).filter(|t| !t.is_empty());
    if id.is_none() {
        signature.faults.push(Fault::new(find::path(policy), "the policy has no identifier"));
    }
    let hash = names::child(policy, "SigPolicyHash").map(digest_and_value);
    let digest = match hash {
        Some(Ok((Ok(algorithm), value))) => Some((algorithm, value)),
        Some(Ok((Err(uri), _))) => {
            let what = format!("the digest algorithm {uri} of the signature policy is not supported");
            signature.findings.push(Finding::new(Weight::Warning, "policy_digest_unsupported", what));
            None
        }
        Some(Err(reason)) => {
            signature.faults.push(Fault::new(find::path(policy), reason));
            None
        }
        None => None,
    };
    let uri = qualifiers(policy, signature);
    let matches = stored(parts, policy, digest.as_ref());
    let id = id.map(|id| without_urn(&id).to_owned());
    signature.policy = Some(PolicyReference { id, digest, uri, matches });
}

/// Where the policy can be read; a notice to the user becomes a claim.
fn qualifiers(policy: Node<'_, '_>, signature: &mut Signature) -> Option<String> {
    let qualifiers = names::child(policy, "SigPolicyQualifiers");
    let mut uri = None;
    for qualifier in qualifiers.into_iter().flat_map(|q| names::children(q, "SigPolicyQualifier")).take(64) {
        if let Some(place) = names::child(qualifier, "SPURI") {
            uri.get_or_insert_with(|| text(place));
        }
        if let Some(notice) = names::descend(qualifier, &["SPUserNotice", "ExplicitText"]) {
            signature.claims.push(("policy notice".into(), text(notice).chars().take(2_000).collect()));
        }
    }
    uri
}

/// Whether the policy that came along has the digest; `None` if none came, or if it is transformed before.
fn stored(parts: &Parts<'_, '_>, policy: Node<'_, '_>, digest: Option<&(DigestAlgorithm, Vec<u8>)>) -> Option<bool> {
    let store = parts.unsigned_properties().find(|p| names::is(*p, "SignaturePolicyStore"))?;
    let document = find::decoded(names::child(store, "SignaturePolicyDocument")?)?;
    let (algorithm, value) = digest?;
    if names::child(policy, "Transforms").is_some() {
        return None;
    }
    Some(algorithm.digest(&document).as_ref() == value.as_slice())
}
