//! Certificate chains that were verified before. A peer sends the same certificates and OCSP responses with every message
//! until it fetches new ones, and verifying them costs more than verifying the message.

use crate::trust::{Authority, InstanceTrust, TrustError, VerifiedChain};
use mekong_base::Instant;
use mekong_crypto::{DigestAlgorithm, Hasher};
use mekong_pki::Certificate;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Chains that are kept.
const CHAINS_MAX: usize = 4096;

/// Remembers good chains by the digest of everything that made them good: the certificates, the OCSP responses, and all
/// that the instance trusts. So a chain is forgotten by itself when the global configuration changes, and is believed only
/// between the time it was verified for and [`VerifiedChain::valid_until`]. Chains that fail are not remembered.
#[derive(Default)]
pub struct ChainCache(Mutex<HashMap<Vec<u8>, Known>>);

struct Known {
    chain: VerifiedChain,
    since: Instant,
}

impl ChainCache {
    /// An empty cache; it keeps at most 4096 chains.
    pub fn new() -> Self {
        Self::default()
    }

    /// As [`InstanceTrust::verify_chain`].
    ///
    /// # Errors
    /// As [`InstanceTrust::verify_chain`].
    pub fn verify(
        &self,
        trust: &InstanceTrust,
        leaf: &Certificate,
        extra: &[Certificate],
        ocsp: &[Vec<u8>],
        at: Instant,
    ) -> Result<VerifiedChain, TrustError> {
        let key = key(trust, leaf, extra, ocsp);
        if let Some(known) = self.known().get(&key)
            && (known.since..=known.chain.valid_until).contains(&at)
        {
            return Ok(known.chain.clone());
        }
        let chain = trust.verify_chain(leaf, extra, ocsp, at)?;
        self.remember(key, &chain, at);
        Ok(chain)
    }

    fn remember(&self, key: Vec<u8>, chain: &VerifiedChain, at: Instant) {
        let mut known = self.known();
        if known.len() >= CHAINS_MAX {
            known.retain(|_, k| k.chain.valid_until >= at);
        }
        if known.len() >= CHAINS_MAX {
            known.clear();
        }
        known.insert(key, Known { chain: chain.clone(), since: at });
    }

    fn known(&self) -> MutexGuard<'_, HashMap<Vec<u8>, Known>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for ChainCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ChainCache({} chains)", self.known().len())
    }
}

/// The digest of all that a verdict depends on but the time; every field with its length, every list with its count.
fn key(trust: &InstanceTrust, leaf: &Certificate, extra: &[Certificate], ocsp: &[Vec<u8>]) -> Vec<u8> {
    let mut key = Key(Hasher::new(DigestAlgorithm::Sha256));
    key.field(leaf.der());
    key.list(extra.iter().map(Certificate::der));
    key.list(ocsp.iter().map(Vec::as_slice));
    key.field(trust.instance.as_bytes());
    key.field(format!("{:?} {}", trust.ocsp_freshness, trust.check_next_update).as_bytes());
    key.count(trust.authorities.len());
    trust.authorities.iter().for_each(|authority| key.authority(authority));
    key.0.finish().as_ref().to_vec()
}

struct Key(Hasher);

impl Key {
    fn count(&mut self, count: usize) {
        self.0.update(&(count as u64).to_be_bytes());
    }

    fn field(&mut self, bytes: &[u8]) {
        self.count(bytes.len());
        self.0.update(bytes);
    }

    fn list<'b>(&mut self, items: impl ExactSizeIterator<Item = &'b [u8]>) {
        self.count(items.len());
        items.for_each(|item| self.field(item));
    }

    fn authority(&mut self, authority: &Authority) {
        self.field(authority.top.der());
        self.list(authority.intermediates.iter().map(Certificate::der));
        self.list(authority.ocsp_responders.iter().map(|(_, c)| c.as_ref().map_or(&[][..], Certificate::der)));
        self.field(format!("{:?} {}", authority.profile, authority.authentication_only).as_bytes());
    }
}
