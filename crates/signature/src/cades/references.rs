//! References to validation data (EN 319 122-1 annex A.1.1, A.1.2; levels C and X): certificates and revocation data that are
//! named by digest.

use super::material::{Material, proven_certificate, proven_revocation};
use crate::facts::Proven;
use mekong_crypto::DigestAlgorithm::{self, Sha1, Sha224, Sha256, Sha384, Sha512};
use mekong_pki::cms::{SignerInfo, oid};
use mekong_pki::tlv::{self, Walker};
use std::collections::HashSet;

/// The algorithms by which references are looked up.
const ALGORITHMS: [DigestAlgorithm; 5] = [Sha1, Sha224, Sha256, Sha384, Sha512];
/// Deepest nesting that is searched: lists of references to lists of responses are eight deep.
const DEPTH_MAX: usize = 16;
/// Most digests that are read of one signature.
const DIGESTS_MAX: usize = 4096;

/// The certificates and revocation data that complete references name and that came along, as a time-stamp over the references
/// proves them.
pub(super) fn proven(signer: &SignerInfo<'_>, material: &Material) -> Vec<Proven> {
    let named = digests(signer);
    if named.is_empty() {
        return Vec::new();
    }
    let is_named = |der: &[u8]| ALGORITHMS.iter().any(|algorithm| named.contains(algorithm.digest(der).as_ref()));
    let values = Material::of_unsigned(signer).unwrap_or_default();
    let certificates = material.certificates.iter().chain(&values.certificates);
    let certificates = certificates.filter(|c| is_named(c.der())).map(|c| proven_certificate(c.der()));
    let revocations = [&material.crls, &material.ocsps, &values.crls, &values.ocsps].into_iter().flatten();
    let revocations = revocations.filter(|der| is_named(der)).map(|der| proven_revocation(der));
    certificates.chain(revocations).collect()
}

/// Every octet string in the complete references that is as long as a digest.
fn digests<'a>(signer: &SignerInfo<'a>) -> HashSet<&'a [u8]> {
    let mut found = HashSet::new();
    for attribute in signer.unsigned.iter().flat_map(|u| &u.list) {
        if matches!(attribute.id, oid::CERTIFICATE_REFERENCES | oid::REVOCATION_REFERENCES) {
            attribute.values.iter().for_each(|value| collect(value.whole, &mut found, 0));
        }
    }
    found
}

fn collect<'a>(der: &'a [u8], found: &mut HashSet<&'a [u8]>, depth: usize) {
    let mut elements = Walker::new(der);
    while let Ok(element) = elements.next("reference") {
        match element.tag {
            _ if found.len() == DIGESTS_MAX || depth == DEPTH_MAX => return,
            tlv::OCTET_STRING if ALGORITHMS.iter().any(|a| a.output_len() == element.value.len()) => {
                found.insert(element.value);
            }
            tag if tag & 0x20 != 0 => collect(element.value, found, depth + 1),
            _ => {}
        }
    }
}
