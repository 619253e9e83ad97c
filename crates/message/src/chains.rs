//! What was verified before. A peer sends the same certificates and OCSP responses with every message until it fetches new
//! ones: verifying them, and reading the XML around them, costs more than verifying the message.

use crate::SignatureData;
use crate::trust::{Authority, InstanceTrust, TrustError, VerifiedChain};
use crate::xades::cover::Files;
use crate::xades::form::Form;
use crate::xades::verify::VerifiedSignature;
use mekong_base::{ClientId, Instant, MemberId};
use mekong_crypto::{DigestAlgorithm, Hasher};
use mekong_pki::Certificate;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Chains that are kept.
const CHAINS_MAX: usize = 4096;
/// Signers whose forms are kept, each of about 10 kB.
const SIGNERS_MAX: usize = 512;
/// Forms of one signer: plain and batch signatures, by an old and a new certificate.
const FORMS_MAX: usize = 8;

/// Remembers good chains by the digest of everything that made them good: the certificates, the OCSP responses, and all
/// that the instance trusts. So a chain is forgotten by itself when the global configuration changes, and is believed only
/// between the time it was verified for and [`VerifiedChain::valid_until`]. Chains that fail are not remembered.
///
/// It remembers as well the form of signatures that were good, by signer: see `xades/form.rs`.
#[derive(Default)]
pub struct ChainCache {
    chains: Mutex<HashMap<Vec<u8>, Known>>,
    /// Newest first.
    forms: Mutex<HashMap<MemberId, Vec<Arc<Form>>>>,
}

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

    /// Verifies a signature of a form that is known; `None` where it has to be read as XML.
    pub(crate) fn verify_familiar(
        &self,
        data: &SignatureData,
        files: &Files<'_>,
        signer: &ClientId,
        trust: &InstanceTrust,
        at: Instant,
    ) -> Option<VerifiedSignature> {
        let forms = self.forms().get(&signer.member)?.clone();
        forms.iter().find_map(|form| form.verify(self, data, files, signer, trust, at))
    }

    /// Keeps the form of a signature that was verified; one that is known already comes to the front.
    pub(crate) fn learn(&self, signer: &MemberId, form: impl FnOnce() -> Option<Form>) {
        let Some(form) = form() else { return };
        let mut all = self.forms();
        if all.len() >= SIGNERS_MAX && !all.contains_key(signer) {
            all.clear();
        }
        let forms = all.entry(signer.clone()).or_default();
        forms.retain(|known| !known.is_like(&form));
        forms.insert(0, Arc::new(form));
        forms.truncate(FORMS_MAX);
    }

    fn forms(&self) -> MutexGuard<'_, HashMap<MemberId, Vec<Arc<Form>>>> {
        self.forms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn known(&self) -> MutexGuard<'_, HashMap<Vec<u8>, Known>> {
        self.chains.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for ChainCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ChainCache({} chains)", self.known().len())
    }
}

/// The digest of all that a trust says.
pub(crate) fn fingerprint(trust: &InstanceTrust) -> [u8; 32] {
    let mut key = Key(Hasher::new(DigestAlgorithm::Sha256));
    key.trust(trust);
    let mut out = [0; 32];
    out.iter_mut().zip(key.0.finish().as_ref()).for_each(|(to, from)| *to = *from);
    out
}

/// The digest of all that a verdict depends on but the time; every field with its length, every list with its count.
fn key(trust: &InstanceTrust, leaf: &Certificate, extra: &[Certificate], ocsp: &[Vec<u8>]) -> Vec<u8> {
    let mut key = Key(Hasher::new(DigestAlgorithm::Sha256));
    key.field(leaf.der());
    key.list(extra.iter().map(Certificate::der));
    key.list(ocsp.iter().map(Vec::as_slice));
    key.trust(trust);
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

    fn trust(&mut self, trust: &InstanceTrust) {
        self.field(trust.instance.as_bytes());
        self.field(format!("{:?} {}", trust.ocsp_freshness, trust.check_next_update).as_bytes());
        self.count(trust.authorities.len());
        trust.authorities.iter().for_each(|authority| self.authority(authority));
    }

    fn authority(&mut self, authority: &Authority) {
        self.field(authority.top.der());
        self.list(authority.intermediates.iter().map(Certificate::der));
        self.list(authority.ocsp_responders.iter().map(|(_, c)| c.as_ref().map_or(&[][..], Certificate::der)));
        self.field(format!("{:?} {}", authority.profile, authority.authentication_only).as_bytes());
    }
}
