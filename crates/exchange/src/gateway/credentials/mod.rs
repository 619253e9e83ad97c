//! Our own certificates and keys: several for TLS, several for each member. Every one is proven good (chain and fresh OCSP
//! responses, renewed in the background), and of those that are the right one is used. Keys may come and go while the
//! gateway runs; no message waits for that.

mod choose;
mod prove;
mod warn;

use super::signing::{Queue, Signer, Tally};
use super::status::OwnCertificate;
use super::tls::Tls;
use super::{GatewayConfig, KeyPair, SigningKey, StartError};
use mekong_authority::ocsp_client::OcspClient;
use mekong_base::{Instant, MemberId, ServerId};
use mekong_crypto::DigestAlgorithm;
use mekong_directory::GlobalConf;
use mekong_directory::client::OnDemand;
use mekong_message::SigningIdentity;
use mekong_pki::Certificate;
use prove::Proof;
pub(super) use prove::Unproven;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::watch;

/// The TLS certificate in use, with proof and with the TLS that shows it.
#[derive(Debug, Clone)]
pub(super) struct Proven {
    pub(super) ocsp: Vec<Vec<u8>>,
    pub(super) tls: Arc<Tls>,
    until: Instant,
}

type Proved<T> = Result<T, Unproven>;

/// The keys there are.
#[derive(Debug)]
struct Keys {
    authentication: Vec<KeyPair>,
    signing: Vec<SigningKey>,
}

/// What is known of a certificate.
#[derive(Debug, Clone)]
struct Known {
    /// `None`: it is for TLS.
    member: Option<MemberId>,
    certificate: Certificate,
    proof: Proved<Proof>,
    registered_since: Option<Instant>,
    is_used: bool,
    is_disabled: bool,
}

#[derive(Debug)]
struct Current {
    keys: Arc<Keys>,
    all: Vec<Known>,
    authentication: Proved<Arc<Proven>>,
    signers: BTreeMap<MemberId, Proved<(Arc<Signer>, Instant)>>,
}

/// Our certificates and keys.
#[derive(Debug)]
pub(super) struct Credentials {
    server: ServerId,
    settle: Duration,
    ocsp: OcspClient,
    directory: watch::Receiver<Arc<GlobalConf>>,
    on_demand: OnDemand,
    keys: RwLock<Arc<Keys>>,
    /// SHA-256 of the certificates that are out of use, in hexadecimal.
    disabled: RwLock<Arc<BTreeSet<String>>>,
    current: RwLock<Option<Arc<Current>>>,
    tls: RwLock<Arc<Tls>>,
    /// Queues of signing keys, by the SHA-256 of the public key.
    queues: Mutex<BTreeMap<Vec<u8>, Arc<Queue>>>,
    /// Since when the directory has which TLS certificate as ours, by its SHA-256.
    registered: Mutex<BTreeMap<Vec<u8>, Instant>>,
    pub(super) tally: Arc<Tally>,
    renewing: tokio::sync::Mutex<()>,
    /// Tells that keys came or went.
    pub(super) changed: tokio::sync::Notify,
    warned: Mutex<BTreeMap<String, Instant>>,
}

impl Credentials {
    /// Until something is proven, the first TLS certificate is shown that the directory knows.
    pub(super) fn new(
        config: &GatewayConfig,
        ocsp: OcspClient,
        directory: watch::Receiver<Arc<GlobalConf>>,
        on_demand: OnDemand,
        now: Instant,
    ) -> Result<Self, StartError> {
        let conf = Arc::clone(&directory.borrow());
        let is_ours = |pair: &&KeyPair| conf.server_by_auth_cert(&pair.certificate).as_ref() == Some(&config.server);
        let is_enabled = |pair: &&KeyPair| !config.disabled.contains(&hex::encode(sha256(&pair.certificate)));
        let enabled = || config.authentication.iter().filter(is_enabled);
        let first = enabled().find(is_ours).or(enabled().next()).or(config.authentication.first());
        let none = || StartError::Config("there is no authentication certificate".into());
        let first = first.ok_or_else(none)?;
        let intermediates = intermediates(&config.server, &first.certificate, &conf);
        let credentials = Self {
            server: config.server.clone(),
            settle: config.settle,
            ocsp,
            tls: RwLock::new(Arc::new(Tls::new(first, intermediates, directory.clone(), on_demand.clone())?)),
            directory,
            on_demand,
            keys: RwLock::new(Arc::new(Keys {
                authentication: config.authentication.clone(),
                signing: config.signing.clone(),
            })),
            disabled: RwLock::new(Arc::new(config.disabled.clone())),
            current: RwLock::new(None),
            queues: Mutex::default(),
            registered: Mutex::default(),
            tally: Arc::default(),
            renewing: tokio::sync::Mutex::new(()),
            changed: tokio::sync::Notify::new(),
            warned: Mutex::default(),
        };
        credentials.note_registered(&conf, now);
        Ok(credentials)
    }

    /// Replaces the keys. Those that stay go on with their proofs and connections; new ones are used once they are proven,
    /// and for TLS registered.
    pub(super) fn set_keys(&self, authentication: Vec<KeyPair>, signing: Vec<SigningKey>) {
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(Keys { authentication, signing });
        self.changed.notify_one();
    }

    /// Replaces which certificates are out of use. Another takes the place of one that was used.
    pub(super) fn set_disabled(&self, disabled: BTreeSet<String>) {
        let mut known = self.disabled.write().unwrap_or_else(PoisonError::into_inner);
        if **known != disabled {
            *known = Arc::new(disabled);
            self.changed.notify_one();
        }
    }

    /// What is shown to peers that connect.
    pub(super) fn tls(&self) -> Arc<Tls> {
        Arc::clone(&self.tls.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The TLS certificate in use, with OCSP responses for it and its chain.
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
    ) -> Result<Arc<Signer>, Unproven> {
        let none =
            || Unproven(format!("this gateway has no signing key of {member}: create one and have it certified"));
        if !self.keys().signing.iter().any(|key| key.member == *member) {
            return Err(none());
        }
        let kept = |current: &Current| {
            let (signer, until) = current.signers.get(member)?.as_ref().ok()?;
            (*until > now).then(|| Arc::clone(signer))
        };
        if let Some(signer) = self.current().as_deref().and_then(kept) {
            return Ok(signer);
        }
        let renewed = self.renew_if(directory, now, |current| kept(current).is_none()).await;
        renewed.signers.get(member).cloned().ok_or_else(none)?.map(|(signer, _)| signer)
    }

    /// Renews everything that is due, and chooses anew; for a background task.
    pub(super) async fn renew(&self, directory: &GlobalConf, now: Instant) {
        self.ocsp.refresh_due(now).await;
        self.renew_if(directory, now, |_| true).await;
        self.warn(now);
    }

    /// OCSP responses by the SHA-1 of the certificate, for the side channel: of every TLS certificate, because one that is no
    /// longer used may still be shown on connections that are open.
    pub(super) async fn ocsp_by_sha1(
        &self,
        sha1: &[u8],
        directory: &GlobalConf,
        now: Instant,
    ) -> Result<Vec<u8>, Unproven> {
        self.authentication(directory, now).await?;
        let current = self.current();
        let proofs = current.iter().flat_map(|c| &c.all).filter(|k| k.member.is_none());
        let mut links = proofs.filter_map(|k| k.proof.as_ref().ok()).filter(|p| p.until > now).flat_map(Proof::links);
        let found = links.find(|(c, _)| c.fingerprint(DigestAlgorithm::Sha1).as_ref() == sha1);
        let unknown = || Unproven(format!("certificate {} is not of this gateway's TLS chain", hex::encode(sha1)));
        found.map(|(_, response)| response.clone()).ok_or_else(unknown)
    }

    /// Every certificate with its state.
    pub(super) fn certificates(&self, now: Instant) -> Vec<OwnCertificate> {
        let keys = self.keys();
        let current = self.current().filter(|c| Arc::ptr_eq(&c.keys, &keys));
        let all = match &current {
            Some(current) => current.all.clone(),
            None => keys.all().map(|(member, pair)| Known::new(member.cloned(), pair)).collect(),
        };
        let disabled = self.disabled();
        let shown = |known: Known| Known { is_disabled: known.is_in(&disabled), ..known }.shown(now);
        all.into_iter().map(shown).collect()
    }

    fn keys(&self) -> Arc<Keys> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn disabled(&self) -> Arc<BTreeSet<String>> {
        Arc::clone(&self.disabled.read().unwrap_or_else(PoisonError::into_inner))
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
        let current = Arc::new(self.look(directory, now).await);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&current));
        current
    }

    /// Proves all certificates and chooses.
    async fn look(&self, directory: &GlobalConf, now: Instant) -> Current {
        let (keys, disabled) = (self.keys(), self.disabled());
        self.note_registered(directory, now);
        let mut all: Vec<Known> = keys.all().map(|(member, pair)| Known::new(member.cloned(), pair)).collect();
        for known in &mut all {
            let instance = &self.server.owner.instance;
            known.proof = prove::prove(&self.ocsp, instance, &known.certificate, directory, now).await;
            known.registered_since = self.registered_since(&known.certificate);
            known.is_disabled = known.is_in(&disabled);
        }
        let authentication = self.choose_tls(&keys, &mut all, directory, now);
        let mut signers = BTreeMap::new();
        for member in keys.signing.iter().map(|key| &key.member) {
            if !signers.contains_key(member) {
                signers.insert(member.clone(), self.choose_signer(&keys, &mut all, member));
            }
        }
        Current { keys, all, authentication, signers }
    }

    fn choose_tls(&self, keys: &Keys, all: &mut [Known], directory: &GlobalConf, now: Instant) -> Proved<Arc<Proven>> {
        let tls: Vec<choose::Tls> = all.iter().take(keys.authentication.len()).map(Known::tls).collect();
        let none = || Unproven("this gateway has no authentication key: create one and have it certified".into());
        let index = choose::tls(&tls, self.settle, now).ok_or_else(none)?;
        let (known, pair) = all.get_mut(index).zip(keys.authentication.get(index)).ok_or_else(none)?;
        let proof = known.usable()?;
        let tls = self.use_tls(pair, directory).map_err(|e| Unproven(e.to_string()))?;
        known.is_used = true;
        Ok(Arc::new(Proven { ocsp: proof.ocsp, tls, until: proof.until }))
    }

    /// The TLS with this certificate: the one in use, if it is that, because its sessions are worth keeping.
    fn use_tls(&self, pair: &KeyPair, directory: &GlobalConf) -> Result<Arc<Tls>, StartError> {
        let intermediates = intermediates(&self.server, &pair.certificate, directory);
        let used = self.tls();
        if used.certificate == pair.certificate && used.intermediates == intermediates {
            return Ok(used);
        }
        let tls = Arc::new(Tls::new(pair, intermediates, self.directory.clone(), self.on_demand.clone())?);
        tracing::info!(
            subject = pair.certificate.subject(),
            serial = pair.certificate.serial_hex(),
            "TLS certificate in use"
        );
        *self.tls.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&tls);
        Ok(tls)
    }

    fn choose_signer(&self, keys: &Keys, all: &mut [Known], member: &MemberId) -> Proved<(Arc<Signer>, Instant)> {
        let mine: Vec<usize> =
            all.iter().enumerate().filter(|(_, k)| k.member.as_ref() == Some(member)).map(|(i, _)| i).collect();
        let known: Vec<(bool, Instant)> =
            mine.iter().filter_map(|i| all.get(*i)).map(|k| (k.usable().is_ok(), k.certificate.not_before())).collect();
        let none =
            || Unproven(format!("this gateway has no signing key of {member}: create one and have it certified"));
        let Some(index) = choose::signing(&known).and_then(|chosen| mine.get(chosen)) else {
            let first = mine.first().and_then(|i| all.get(*i)).map(|k| k.usable().map(|_| ()));
            return Err(first.and_then(Result::err).unwrap_or_else(none));
        };
        let known = all.get_mut(*index).ok_or_else(none)?;
        let proof = known.usable()?;
        known.is_used = true;
        let key = keys.signing.iter().find(|k| k.member == *member && k.pair.certificate == known.certificate);
        let pair = &key.ok_or_else(none)?.pair;
        let previous = self.current();
        let previous = previous.as_ref().and_then(|c| c.signers.get(member)?.as_ref().ok());
        // The same certificate with the same proofs: the same signer, so that its messages share batches.
        if let Some((signer, until)) = previous.filter(|(s, _)| s.is_of(&pair.certificate, &proof.ocsp)) {
            return Ok((Arc::clone(signer), *until));
        }
        let chain = proof.chain.get(1..).unwrap_or_default().to_vec();
        let identity = SigningIdentity::new(pair.certificate.clone(), pair.key.clone(), chain, proof.ocsp);
        let identity = identity.map_err(|e| Unproven(e.to_string()))?;
        Ok((Arc::new(Signer::new(identity, self.queue(pair))), proof.until))
    }

    /// The queue of a key; it outlives certificates and proofs.
    fn queue(&self, pair: &KeyPair) -> Arc<Queue> {
        let key = DigestAlgorithm::Sha256.digest(pair.key.public_key().spki()).as_ref().to_vec();
        let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(queues.entry(key).or_insert_with(|| Arc::new(Queue::new(Arc::clone(&self.tally)))))
    }

    /// Notes which of our TLS certificates the directory has as ours, and since when.
    fn note_registered(&self, directory: &GlobalConf, now: Instant) {
        let keys = self.keys();
        let is_ours = |c: &&Certificate| directory.server_by_auth_cert(c).as_ref() == Some(&self.server);
        let ours = keys.authentication.iter().map(|pair| &pair.certificate).filter(is_ours);
        let ours: Vec<Vec<u8>> = ours.map(sha256).collect();
        let mut registered = self.registered.lock().unwrap_or_else(PoisonError::into_inner);
        registered.retain(|known, _| ours.contains(known));
        for certificate in ours {
            registered.entry(certificate).or_insert(now);
        }
    }

    fn registered_since(&self, certificate: &Certificate) -> Option<Instant> {
        self.registered.lock().unwrap_or_else(PoisonError::into_inner).get(&sha256(certificate)).copied()
    }
}

fn sha256(certificate: &Certificate) -> Vec<u8> {
    certificate.fingerprint(DigestAlgorithm::Sha256).as_ref().to_vec()
}

impl Keys {
    /// TLS first.
    fn all(&self) -> impl Iterator<Item = (Option<&MemberId>, &KeyPair)> {
        let tls = self.authentication.iter().map(|pair| (None, pair));
        tls.chain(self.signing.iter().map(|key| (Some(&key.member), &key.pair)))
    }
}

impl Known {
    fn new(member: Option<MemberId>, pair: &KeyPair) -> Self {
        let proof = Err(Unproven("not yet asked".into()));
        Self {
            member,
            certificate: pair.certificate.clone(),
            proof,
            registered_since: None,
            is_used: false,
            is_disabled: false,
        }
    }

    fn is_in(&self, disabled: &BTreeSet<String>) -> bool {
        !disabled.is_empty() && disabled.contains(&hex::encode(sha256(&self.certificate)))
    }

    /// The proof, unless it was taken out of use.
    fn usable(&self) -> Proved<Proof> {
        if self.is_disabled {
            let (subject, serial) = (self.certificate.subject(), self.certificate.serial_hex());
            return Err(Unproven(format!("our certificate {subject} (serial {serial}) was taken out of use")));
        }
        self.proof.clone()
    }

    fn tls(&self) -> choose::Tls {
        choose::Tls {
            is_proven: self.usable().is_ok(),
            registered_since: self.registered_since,
            not_before: self.certificate.not_before(),
        }
    }
}

/// Authorities between a TLS certificate of ours and the approved one; none if the directory does not know them yet.
fn intermediates(server: &ServerId, certificate: &Certificate, directory: &GlobalConf) -> Vec<Certificate> {
    let trust = directory.trust(&server.owner.instance);
    let mut chain = trust.and_then(|t| t.issuer_chain(certificate, &[]).ok()).unwrap_or_default();
    chain.pop();
    chain
}
