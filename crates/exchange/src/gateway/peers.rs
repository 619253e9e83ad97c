//! Whether the gateway at the other end may speak: its TLS certificate's chain, its OCSP responses, its registration.
//!
//! A chain that was verified is remembered until the first of its ends of validity or freshness, and only for the
//! directory that it was verified against.

use super::Inner;
use super::faults::Faults;
use super::ocsp;
use super::status::Counters;
use super::tls::PeerCertificates;
use crate::wire::fault::{Fault, Kind, Origin};
use mekong_base::{ClientId, Instant, ServerId};
use mekong_crypto::{DigestAlgorithm, Hasher};
use mekong_directory::GlobalConf;
use mekong_directory::globalconf::InstanceConf;
use mekong_message::trust::TrustError;
use mekong_pki::Certificate;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Chains that are remembered.
const REMEMBERED_MAX: usize = 4096;

/// What is known of other gateways.
#[derive(Debug, Default)]
pub(super) struct Peers {
    remembered: Mutex<HashMap<[u8; 32], Remembered>>,
    /// Who asks a gateway for its OCSP responses; the others wait for the answer.
    asking: Mutex<HashMap<[u8; 32], Turn>>,
}

/// Held by who asks; what he failed with, and when, is the answer to those who waited for him.
type Turn = Arc<tokio::sync::Mutex<Option<(tokio::time::Instant, Fault)>>>;

#[derive(Debug)]
struct Remembered {
    directory: Arc<InstanceConf>,
    until: Instant,
}

impl Peers {
    fn is_known(&self, key: &[u8; 32], directory: &InstanceConf, now: Instant) -> bool {
        let remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |known: &Remembered| std::ptr::eq(known.directory.trust(), directory.trust()) && known.until > now;
        remembered.get(key).is_some_and(same)
    }

    fn turn(&self, key: [u8; 32]) -> Turn {
        let mut asking = self.asking.lock().unwrap_or_else(PoisonError::into_inner);
        asking.retain(|_, turn| Arc::strong_count(turn) > 1);
        Arc::clone(asking.entry(key).or_default())
    }

    fn remember(&self, key: [u8; 32], directory: Arc<InstanceConf>, until: Instant, now: Instant) {
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        if remembered.len() >= REMEMBERED_MAX {
            remembered.retain(|_, known| known.until > now);
            if remembered.len() >= REMEMBERED_MAX {
                remembered.clear();
            }
        }
        remembered.insert(key, Remembered { directory, until });
    }
}

/// Verifies the gateway that sent us a message, with the OCSP responses that came in it.
pub(super) fn verify_client(
    inner: &Inner,
    peer: &PeerCertificates,
    ocsp: &[Vec<u8>],
    client: &ClientId,
) -> Result<ServerId, Fault> {
    let faults = Faults(Origin::ServerProxy);
    let directory = inner.directory();
    let server = registered(&directory, &peer.leaf, client, faults)?;
    if ocsp.is_empty() {
        let text = "the message has no OCSP responses for the TLS certificate of its gateway";
        return Err(faults.fault(&[Kind::SslAuthenticationFailed], text));
    }
    let instance = instance(&directory, client, faults)?;
    let key = key(&peer.leaf, ocsp);
    verify_chain(inner, &instance, key, peer, ocsp, inner.now()).map_err(|e| faults.peer_certificate(&e))?;
    Ok(server)
}

/// Verifies the gateway that we are about to send a message to; asks it for its OCSP responses if need be.
pub(super) async fn verify_server(
    inner: &Inner,
    peer: &PeerCertificates,
    provider: &ClientId,
    host: &str,
) -> Result<ServerId, Fault> {
    let faults = Faults(Origin::ClientProxy);
    let mut directory = inner.directory();
    let now = inner.now();
    let server = match registered(&directory, &peer.leaf, provider, faults) {
        Ok(server) => server,
        Err(fault) => {
            // A gateway or a certificate that was registered a moment ago, perhaps.
            directory = inner.directory_after(&directory).await.ok_or(fault)?;
            registered(&directory, &peer.leaf, provider, faults)?
        }
    };
    let instance = instance(&directory, provider, faults)?;
    let key = key(&peer.leaf, &[]);
    if inner.peers.is_known(&key, &instance, now) {
        Counters::count(&inner.counters.chains_remembered);
        return Ok(server);
    }
    let (began, turn) = (tokio::time::Instant::now(), inner.peers.turn(key));
    let mut failed = turn.lock().await;
    if inner.peers.is_known(&key, &instance, now) {
        Counters::count(&inner.counters.chains_remembered);
        return Ok(server);
    }
    // Else all who wait for a gateway that is silent would ask it one after the other.
    if let Some((_, fault)) = failed.as_ref().filter(|(at, _)| *at >= began) {
        return Err(fault.clone());
    }
    let proven = prove_server(inner, peer, &instance, key, &server, host, now).await;
    if let Err(fault) = &proven {
        *failed = Some((tokio::time::Instant::now(), fault.clone()));
    }
    proven.map(|()| server)
}

/// Asks a gateway for its OCSP responses and verifies its chain with them.
async fn prove_server(
    inner: &Inner,
    peer: &PeerCertificates,
    instance: &Arc<InstanceConf>,
    key: [u8; 32],
    server: &ServerId,
    host: &str,
    now: Instant,
) -> Result<(), Fault> {
    let faults = Faults(Origin::ClientProxy);
    let refused = |e: &TrustError| faults.peer_certificate(e);
    let issuers = instance.trust().issuer_chain(&peer.leaf, &peer.extra).map_err(|e| refused(&e))?;
    let below_top = issuers.len().saturating_sub(1);
    let chain: Vec<&Certificate> = std::iter::once(&peer.leaf).chain(issuers.iter().take(below_top)).collect();
    let responses = ocsp::ask(&inner.net, host, inner.config.peer_ports.ocsp, &chain).await.map_err(|reason| {
        let text = format!(
            "gateway {server} did not give OCSP responses for its TLS certificate on http://{host}:{}: {reason}",
            inner.config.peer_ports.ocsp
        );
        faults.fault(&[Kind::SslAuthenticationFailed, Kind::IncorrectValidationInfo], text)
    })?;
    verify_chain(inner, instance, key, peer, &responses, now).map_err(|e| refused(&e))
}

/// The certificate is for TLS and belongs to a gateway at which the client is registered.
fn registered(
    directory: &GlobalConf,
    leaf: &Certificate,
    client: &ClientId,
    faults: Faults,
) -> Result<ServerId, Fault> {
    let refuse = |text: String| faults.fault(&[Kind::SslAuthenticationFailed], text);
    if !leaf.is_authentication() {
        return Err(refuse(format!("the certificate {} is not an authentication certificate", leaf.subject())));
    }
    let unknown = || unknown(leaf, faults);
    // Only the client's own instance says which gateways are its: another one could claim the certificate for itself.
    let of_instance = |i: &Arc<InstanceConf>| {
        let hash = leaf.fingerprint(i.auth_cert_digest());
        i.server_by_auth_cert_hash(hash.as_ref()).map(|server| server.id.clone())
    };
    let server = directory.of(&client.member.instance).and_then(of_instance).ok_or_else(unknown)?;
    if !directory.is_registered(client, &server) {
        return Err(refuse(format!("client {client} is not registered at gateway {server}")));
    }
    Ok(server)
}

/// The certificate is of nobody whom the directory knows.
pub(super) fn unknown(leaf: &Certificate, faults: Faults) -> Fault {
    let text = format!("the TLS certificate {} is of no registered gateway", leaf.subject());
    faults.fault(&[Kind::SslAuthenticationFailed], text)
}

fn instance(directory: &GlobalConf, client: &ClientId, faults: Faults) -> Result<Arc<InstanceConf>, Fault> {
    let name = &client.member.instance;
    let unknown = || faults.fault(&[Kind::UnknownMember], format!("instance {name} is not in the directory"));
    directory.of(name).cloned().ok_or_else(unknown)
}

fn verify_chain(
    inner: &Inner,
    instance: &Arc<InstanceConf>,
    key: [u8; 32],
    peer: &PeerCertificates,
    ocsp: &[Vec<u8>],
    now: Instant,
) -> Result<(), TrustError> {
    if inner.peers.is_known(&key, instance, now) {
        Counters::count(&inner.counters.chains_remembered);
        return Ok(());
    }
    let chain = instance.trust().verify_chain(&peer.leaf, &peer.extra, ocsp, now)?;
    Counters::count(&inner.counters.chains_verified);
    inner.peers.remember(key, Arc::clone(instance), chain.valid_until, now);
    Ok(())
}

/// What a verified chain is remembered by: the certificate and the responses it was verified with.
fn key(leaf: &Certificate, ocsp: &[Vec<u8>]) -> [u8; 32] {
    let mut hasher = Hasher::new(DigestAlgorithm::Sha256);
    hasher.update(leaf.der());
    for response in ocsp {
        hasher.update(response);
    }
    let mut key = [0; 32];
    for (to, from) in key.iter_mut().zip(hasher.finish().as_ref()) {
        *to = *from;
    }
    key
}
