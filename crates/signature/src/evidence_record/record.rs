//! A record as it stands, the same for both forms.

use mekong_crypto::DigestAlgorithm;
use mekong_xml::c14n::Method;
use std::sync::Arc;

/// Chains in order of time; each but the first renews the hash tree.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) xml: bool,
    pub(super) chains: Vec<Chain>,
    /// Breaches of the format.
    pub(super) faults: Vec<String>,
}

/// Archive time-stamps by one digest algorithm, in order of time; each but the first renews the time-stamp.
#[derive(Debug)]
pub(super) struct Chain {
    pub(super) algorithm: Result<DigestAlgorithm, String>,
    /// The canonicalisation of XML.
    pub(super) method: Option<Method>,
    /// What the first time-stamp of the chain must cover of the chains before; none in the first chain.
    pub(super) before: Option<Vec<u8>>,
    pub(super) stamps: Vec<Stamp>,
}

/// One archive time-stamp.
#[derive(Debug)]
pub(super) struct Stamp {
    /// The reduced hash tree: groups of digests, the one with the data first; empty if the time-stamp is over one digest.
    pub(super) groups: Vec<Vec<Vec<u8>>>,
    /// The token, DER or BER.
    pub(super) token: Vec<u8>,
    /// What it must cover of the time-stamp before it in the chain; none for the first.
    pub(super) before: Option<Vec<u8>>,
    /// Certificates, CRLs and OCSP responses beside the token.
    pub(super) certificates: Vec<Vec<u8>>,
    pub(super) crls: Vec<Arc<[u8]>>,
    pub(super) ocsps: Vec<Arc<[u8]>>,
    /// What is wrong with it.
    pub(super) faults: Vec<String>,
    /// Why its tree cannot lead to its imprint.
    pub(super) unbound: Option<String>,
}

impl Stamp {
    /// A token with its tree, and nothing beside.
    pub(super) fn new(groups: Vec<Vec<Vec<u8>>>, token: Vec<u8>) -> Self {
        let (certificates, crls, ocsps, faults) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { groups, token, before: None, certificates, crls, ocsps, faults, unbound: None }
    }
}

/// Sorts digests in binary order, joins and digests them; a single one stays as it is (RFC 4998 §4.2, RFC 6283 §3.2.2).
pub(super) fn group_digest(algorithm: DigestAlgorithm, mut digests: Vec<&[u8]>) -> Vec<u8> {
    if let [single] = digests.as_slice() {
        return single.to_vec();
    }
    digests.sort_unstable();
    algorithm.digest(&digests.concat()).as_ref().to_vec()
}
