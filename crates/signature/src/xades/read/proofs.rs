//! What time-stamps prove to have existed, gathered while the properties are read in order.

use super::bag::Bag;
use super::certificate_refs::{self, digest_and_value};
use crate::facts::{CertificateReference, DataKind, DataState, Proven, Signature, Timestamp};
use crate::xades::names;
use mekong_crypto::{DigestAlgorithm, sha256};
use mekong_pki::Certificate;
use mekong_xml::roxmltree::Node;
use std::collections::HashMap;
use std::sync::Arc;

/// References to revocation data in one property that are read.
const REFERENCES_MAX: usize = 1_000;
/// Certificates, answers, time-stamps and so on that are listed as held.
const HELD_MAX: usize = 10_000;

/// Everything that lies before a place in the unsigned properties.
pub(super) struct Proofs {
    /// The signature, what it signs, and its content time-stamps: what a time-stamp on the value proves.
    pub(super) signature: Vec<Proven>,
    /// What the properties so far refer to by digest.
    pub(super) referred: Vec<Proven>,
    /// What the properties so far hold.
    pub(super) held: Vec<Proven>,
}

impl Proofs {
    /// Before the first unsigned property. `bag` holds what the signature brings, wherever it stands.
    pub(super) fn new(signature: &Signature, bag: &Bag) -> Self {
        let data = signature
            .data
            .iter()
            .filter(|d| d.state == DataState::Intact && matches!(d.kind, DataKind::Document | DataKind::ManifestEntry));
        let mut proven = vec![Proven::Signature(signature.id.clone())];
        proven.extend(data.map(|d| Proven::Data(d.name.clone())));
        proven.extend(signature.timestamps.iter().map(|t| Proven::Timestamp(t.id.clone())));
        proven.extend(certificates_of(&signature.certificate_references, &bag.certificates));
        Self { signature: proven, referred: Vec::new(), held: Vec::new() }
    }

    /// Takes note of a time-stamp and of what it brings.
    pub(super) fn timestamp(&mut self, timestamp: &Timestamp) {
        self.held.push(Proven::Timestamp(timestamp.id.clone()));
        self.values(&timestamp.certificates, &timestamp.crls, &timestamp.ocsps);
    }

    /// Takes note of certificates and revocation data.
    pub(super) fn values(&mut self, certificates: &[Certificate], crls: &[Arc<[u8]>], ocsps: &[Arc<[u8]>]) {
        if self.held.len() > HELD_MAX {
            return;
        }
        self.held.extend(certificates.iter().map(|c| Proven::Certificate(sha256(c.der()))));
        self.held.extend(crls.iter().chain(ocsps).map(|der| Proven::Revocation(sha256(der))));
    }

    /// Takes note of `CompleteCertificateRefs`, `CompleteRevocationRefs` and kin.
    pub(super) fn references(&mut self, property: Node<'_, '_>, bag: &Bag) {
        let references = property.children().filter(|c| names::is(*c, "CertRefs"));
        let certificates: Vec<CertificateReference> =
            references.filter_map(|r| certificate_refs::references(r).ok()).flatten().collect();
        self.referred.extend(certificates_of(&certificates, &bag.certificates));
        let digests = property.descendants().filter(|n| names::is(*n, "DigestAlgAndValue")).take(REFERENCES_MAX);
        let digests = digests.filter_map(|n| digest_and_value(n).ok());
        let digests: Vec<_> = digests.filter_map(|(algorithm, value)| Some((algorithm.ok()?, value))).collect();
        let mut index = Index::default();
        for (algorithm, value) in digests {
            let all = bag.crls.iter().chain(&bag.ocsps).map(AsRef::as_ref);
            if let Some(der) = index.find(algorithm, &value, all) {
                self.referred.push(Proven::Revocation(der));
            }
        }
    }

    /// What an archive time-stamp at this place proves.
    pub(super) fn all(&self) -> Vec<Proven> {
        self.signature.iter().chain(&self.referred).chain(&self.held).cloned().collect()
    }
}

fn certificates_of(references: &[CertificateReference], certificates: &[Certificate]) -> Vec<Proven> {
    let mut index = Index::default();
    let digests = references.iter().filter_map(|r| r.digest.as_ref());
    let found = digests.filter_map(|(a, v)| index.find(*a, v, certificates.iter().map(Certificate::der)));
    found.map(Proven::Certificate).collect()
}

/// Things by digest: each is digested once for each algorithm.
#[derive(Default)]
struct Index {
    by_digest: HashMap<DigestAlgorithm, HashMap<Vec<u8>, [u8; 32]>>,
}

impl Index {
    /// The SHA-256 of the one with this digest.
    fn find<'d>(
        &mut self,
        algorithm: DigestAlgorithm,
        digest: &[u8],
        all: impl Iterator<Item = &'d [u8]>,
    ) -> Option<[u8; 32]> {
        let known = self
            .by_digest
            .entry(algorithm)
            .or_insert_with(|| all.map(|der| (algorithm.digest(der).as_ref().to_vec(), sha256(der))).collect());
        known.get(digest).copied()
    }
}
