//! Our own certificates with proof that they are good: chain and fresh OCSP responses, renewed in the background.

use super::status::OwnCertificate;
use super::{GatewayConfig, KeyPair};
use mekong_authority::ocsp_client::{Inquiry, OcspClient};
use mekong_base::{Instant, MemberId};
use mekong_directory::GlobalConf;
use mekong_message::SigningIdentity;
use mekong_pki::Certificate;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

/// A certificate with its chain (without the top) and an OCSP response for each of them.
#[derive(Debug, Clone)]
pub(super) struct Proven {
    pub(super) chain: Vec<Certificate>,
    pub(super) ocsp: Vec<Vec<u8>>,
    until: Instant,
}

/// Why there is no proof; a sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct Unproven(pub(super) String);

type Proof<T> = Result<Arc<T>, Unproven>;

#[derive(Debug)]
struct Signer {
    identity: Arc<SigningIdentity>,
    until: Instant,
}

#[derive(Debug)]
struct Current {
    authentication: Proof<Proven>,
    signers: HashMap<MemberId, Proof<Signer>>,
}

/// Our certificates.
#[derive(Debug)]
pub(super) struct Credentials {
    instance: String,
    authentication: KeyPair,
    signing: HashMap<MemberId, KeyPair>,
    ocsp: OcspClient,
    current: RwLock<Option<Arc<Current>>>,
    renewing: tokio::sync::Mutex<()>,
}

impl Credentials {
    pub(super) fn new(config: &GatewayConfig, ocsp: OcspClient) -> Self {
        Self {
            instance: config.server.owner.instance.clone(),
            authentication: config.authentication.clone(),
            signing: config.signing.iter().map(|s| (s.member.clone(), s.pair.clone())).collect(),
            ocsp,
            current: RwLock::new(None),
            renewing: tokio::sync::Mutex::new(()),
        }
    }

    /// The TLS certificate's chain with OCSP responses.
    pub(super) async fn authentication(&self, directory: &GlobalConf, now: Instant) -> Result<Arc<Proven>, Unproven> {
        let kept = |current: &Current| current.authentication.clone().ok().filter(|p| p.until > now);
        if let Some(proven) = self.current().as_deref().and_then(kept) {
            return Ok(proven);
        }
        self.renew_if(directory, now, |current| kept(current).is_none()).await.authentication.clone()
    }

    /// With what a member's messages are signed.
    pub(super) async fn signer(
        &self,
        member: &MemberId,
        directory: &GlobalConf,
        now: Instant,
    ) -> Result<Arc<SigningIdentity>, Unproven> {
        let none =
            || Unproven(format!("this gateway has no signing key of {member}: create one and have it certified"));
        if !self.signing.contains_key(member) {
            return Err(none());
        }
        let kept = |current: &Current| {
            let signer = current.signers.get(member)?.clone().ok()?;
            (signer.until > now).then(|| Arc::clone(&signer.identity))
        };
        if let Some(identity) = self.current().as_deref().and_then(kept) {
            return Ok(identity);
        }
        let renewed = self.renew_if(directory, now, |current| kept(current).is_none()).await;
        let signer = renewed.signers.get(member).cloned().ok_or_else(none)??;
        Ok(Arc::clone(&signer.identity))
    }

    /// Renews everything that is due; for a background task.
    pub(super) async fn renew(&self, directory: &GlobalConf, now: Instant) {
        self.ocsp.refresh_due(now).await;
        self.renew_if(directory, now, |_| true).await;
    }

    /// OCSP responses by the SHA-1 of the certificate, for the side channel.
    pub(super) async fn ocsp_by_sha1(
        &self,
        sha1: &[u8],
        directory: &GlobalConf,
        now: Instant,
    ) -> Result<Vec<u8>, Unproven> {
        let proven = self.authentication(directory, now).await?;
        let is_it = |c: &&Certificate| c.fingerprint(mekong_crypto::DigestAlgorithm::Sha1).as_ref() == sha1;
        let position = proven.chain.iter().position(|c| is_it(&c));
        let response = position.and_then(|p| proven.ocsp.get(p)).cloned();
        response
            .ok_or_else(|| Unproven(format!("certificate {} is not of this gateway's TLS chain", hex::encode(sha1))))
    }

    /// Every certificate with its state.
    pub(super) fn certificates(&self, now: Instant) -> Vec<OwnCertificate> {
        let current = self.current();
        let problem = |proof: Option<Result<Instant, Unproven>>| match proof {
            None => Some("not yet asked".to_owned()),
            Some(Err(error)) => Some(error.to_string()),
            Some(Ok(until)) => (until <= now).then(|| "the last OCSP response is no longer fresh".to_owned()),
        };
        let tls = current.as_ref().map(|c| c.authentication.as_ref().map(|p| p.until).map_err(Clone::clone));
        let mut all = vec![own("authentication".into(), &self.authentication.certificate, problem(tls))];
        let mut members: Vec<_> = self.signing.iter().collect();
        members.sort_by_key(|(member, _)| *member);
        for (member, pair) in members {
            let proof = current.as_ref().and_then(|c| c.signers.get(member));
            let proof = proof.map(|p| p.as_ref().map(|s| s.until).map_err(Clone::clone));
            all.push(own(member.to_string(), &pair.certificate, problem(proof)));
        }
        all
    }

    fn current(&self) -> Option<Arc<Current>> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn renew_if(&self, directory: &GlobalConf, now: Instant, due: impl Fn(&Current) -> bool) -> Arc<Current> {
        let before = self.current();
        let _turn = self.renewing.lock().await;
        // What was found while we waited is the answer to us too, though it be a failure: else everyone who waits for a
        // responder that is silent would ask it once more, one after the other.
        let is_new = |c: &Arc<Current>| before.as_ref().is_none_or(|b| !Arc::ptr_eq(b, c));
        if let Some(current) = self.current().filter(|c| is_new(c) || !due(c)) {
            return current;
        }
        let authentication = self.prove(&self.authentication.certificate, directory, now).await.map(Arc::new);
        let mut signers = HashMap::new();
        for (member, pair) in &self.signing {
            let proven = self.prove(&pair.certificate, directory, now).await;
            signers.insert(member.clone(), proven.map(|proven| Arc::new(Signer::new(pair, proven))));
        }
        let current = Arc::new(Current { authentication, signers });
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&current));
        current
    }

    async fn prove(&self, leaf: &Certificate, directory: &GlobalConf, now: Instant) -> Result<Proven, Unproven> {
        let subject = leaf.subject();
        if !leaf.is_valid_at(now) {
            let (from, to) = (leaf.not_before(), leaf.not_after());
            return Err(Unproven(format!("our certificate {subject} is valid from {from} to {to}: renew it")));
        }
        let no_trust = || Unproven(format!("the directory does not know our own instance {}", self.instance));
        let trust = directory.trust(&self.instance).ok_or_else(no_trust)?;
        let issuers = trust.issuer_chain(leaf, &[]).map_err(|e| Unproven(e.to_string()))?;
        let responders = trust.authority_of(leaf).map(|a| a.responder_certificates()).unwrap_or_default();
        let mut proven = Proven { chain: Vec::new(), ocsp: Vec::new(), until: leaf.not_after() };
        let mut certificate = leaf.clone();
        for issuer in issuers {
            let mut urls = directory.ocsp_urls(&issuer);
            urls.extend(certificate.ocsp_urls().into_iter().filter(|u| !urls.contains(u)).collect::<Vec<_>>());
            let inquiry = Inquiry {
                certificate: certificate.clone(),
                issuer: issuer.clone(),
                urls,
                responders: responders.clone(),
                freshness: trust.ocsp_freshness,
                check_next_update: trust.check_next_update,
            };
            let fresh = self.ocsp.fetch(&inquiry, now).await.map_err(|e| Unproven(e.to_string()))?;
            let not_good = |e| Unproven(format!("our certificate {}: {e}", certificate.subject()));
            fresh.status.require_good().map_err(not_good)?;
            let next = fresh.status.next_update.filter(|_| trust.check_next_update);
            let ends = [Some(fresh.status.this_update + trust.ocsp_freshness), next, Some(certificate.not_after())];
            proven.until = ends.into_iter().flatten().fold(proven.until, std::cmp::min);
            proven.ocsp.push(fresh.der.to_vec());
            proven.chain.push(std::mem::replace(&mut certificate, issuer));
        }
        Ok(proven)
    }
}

impl Signer {
    fn new(pair: &KeyPair, proven: Proven) -> Self {
        let identity = SigningIdentity {
            certificate: pair.certificate.clone(),
            key: pair.key.clone(),
            chain: proven.chain.get(1..).unwrap_or_default().to_vec(),
            ocsp: proven.ocsp,
        };
        Self { identity: Arc::new(identity), until: proven.until }
    }
}

fn own(purpose: String, certificate: &Certificate, ocsp_problem: Option<String>) -> OwnCertificate {
    OwnCertificate { purpose, subject: certificate.subject(), not_after: certificate.not_after(), ocsp_problem }
}
