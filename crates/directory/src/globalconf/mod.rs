//! The parsed configuration of an instance and of those it is federated with, with look-ups by hash.
//!
//! A [`GlobalConf`] never changes: a refresh makes a new one and shares what did not change. It holds the bytes of the
//! parts, so that saving gives back what was signed.
//!
//! Time: look-ups do not ask for it. Call [`GlobalConf::check_fresh`] (or [`GlobalConf::check_fresh_for`] when another
//! instance is concerned) before relying on one.

mod instance;
mod load;
mod metadata;
mod save;

pub use instance::{InstanceConf, ServerEntry, TimestamperEntry};
pub use load::LoadError;
pub use metadata::PartMetadata;

use crate::optional::OptionalParameters;
use crate::{PrivateParameters, SharedParameters};
use mekong_authority::ocsp_client::Inquiry;
use mekong_base::{ClientId, Instant, MemberId, ServerId};
use mekong_crypto::DigestAlgorithm;
use mekong_message::trust::{InstanceTrust, TrustError};
use mekong_pki::Certificate;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// One part with its bytes, as downloaded or as on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// What is known of it.
    pub metadata: PartMetadata,
    /// File name in the instance's folder: `shared-params.xml`.
    pub file_name: String,
    /// The bytes, as signed.
    pub bytes: Arc<[u8]>,
}

/// The configuration is too old to be relied on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the global configuration of {instance} expired at {expired}, it is {at}; is its configuration source reachable?"
)]
pub struct Expired {
    /// The instance.
    pub instance: String,
    /// When.
    pub expired: Instant,
    /// The time of the check.
    pub at: Instant,
}

/// Something in the configuration that cannot be used and was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The instance.
    pub instance: String,
    /// What, and why.
    pub what: String,
}

/// The configuration of all instances that this one knows.
#[derive(Debug, Clone)]
pub struct GlobalConf {
    instance: String,
    instances: BTreeMap<String, Arc<InstanceConf>>,
    findings: Vec<Finding>,
}

impl GlobalConf {
    /// Our own instance.
    pub fn instance(&self) -> &str {
        &self.instance
    }

    /// Every instance, our own among them, sorted.
    pub fn instances(&self) -> impl Iterator<Item = &str> {
        self.instances.keys().map(String::as_str)
    }

    /// Everything known of an instance.
    pub fn of(&self, instance: &str) -> Option<&Arc<InstanceConf>> {
        self.instances.get(instance)
    }

    /// Drops other instances than our own that `keep` does not want.
    pub(crate) fn retain(&mut self, keep: impl Fn(&str) -> bool) {
        let own = self.instance.clone();
        self.instances.retain(|name, _| *name == own || keep(name));
    }

    /// Our own instance, then the others: who claims something of ours is not asked first.
    fn own_first(&self) -> impl Iterator<Item = &Arc<InstanceConf>> {
        let others = self.instances.iter().filter(|(name, _)| **name != self.instance).map(|(_, conf)| conf);
        self.of(&self.instance).into_iter().chain(others)
    }

    /// What was left out when this was read, to be logged once.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Shared parameters of an instance.
    pub fn shared(&self, instance: &str) -> Option<&SharedParameters> {
        self.of(instance).map(|i| i.shared())
    }

    /// Our own private parameters, if we have them.
    pub fn private(&self) -> Option<&PrivateParameters> {
        self.of(&self.instance).and_then(|i| i.private())
    }

    /// Our own optional parameters, or their defaults.
    pub fn optional(&self) -> OptionalParameters {
        self.of(&self.instance).map(|i| i.optional().clone()).unwrap_or_default()
    }

    /// What an instance trusts; made once a configuration.
    pub fn trust(&self, instance: &str) -> Option<&InstanceTrust> {
        self.of(instance).map(|i| i.trust())
    }

    /// The gateways on which a member or subsystem is registered, as owner or client.
    pub fn servers_of(&self, client: &ClientId) -> Vec<&ServerEntry> {
        self.of(&client.member.instance).map(|i| i.servers_of(client)).unwrap_or_default()
    }

    /// A gateway.
    pub fn server(&self, id: &ServerId) -> Option<&ServerEntry> {
        self.of(&id.owner.instance)?.server(id)
    }

    /// The gateway that an authentication certificate belongs to; our own instance wins over others.
    pub fn server_by_auth_cert(&self, certificate: &Certificate) -> Option<ServerId> {
        let sha256 = certificate.fingerprint(DigestAlgorithm::Sha256);
        let sha1 = certificate.fingerprint(DigestAlgorithm::Sha1);
        self.own_first().find_map(|i| {
            let hash = if i.auth_cert_digest() == DigestAlgorithm::Sha1 { sha1.as_ref() } else { sha256.as_ref() };
            i.server_by_auth_cert_hash(hash).map(|s| s.id.clone())
        })
    }

    /// Whether a client is registered on a gateway, as owner or client.
    pub fn is_registered(&self, client: &ClientId, server: &ServerId) -> bool {
        self.of(&server.owner.instance).is_some_and(|i| i.is_registered(client, server))
    }

    /// Every member of an instance with its subsystems, in document order.
    pub fn members(&self, instance: &str) -> &[crate::shared::Member] {
        self.shared(instance).map(|s| s.members.as_slice()).unwrap_or_default()
    }

    /// Whether a member or subsystem exists.
    pub fn exists(&self, client: &ClientId) -> bool {
        self.of(&client.member.instance).is_some_and(|i| i.exists(client))
    }

    /// Official name of a member.
    pub fn member_name(&self, member: &MemberId) -> Option<&str> {
        self.of(&member.instance)?.member(member).map(|m| m.name.as_str())
    }

    /// Official name of a subsystem (V5).
    pub fn subsystem_name(&self, client: &ClientId) -> Option<&str> {
        self.of(&client.member.instance)?.subsystem_name(client)
    }

    /// Whether a member or subsystem is in a global group of `instance`.
    pub fn in_global_group(&self, client: &ClientId, instance: &str, group: &str) -> bool {
        self.of(instance).is_some_and(|i| i.in_group(client, group))
    }

    /// Global groups of an instance.
    pub fn global_groups(&self, instance: &str) -> &[crate::shared::GlobalGroup] {
        self.shared(instance).map(|s| s.groups.as_slice()).unwrap_or_default()
    }

    /// Approved time-stamping authorities of an instance whose certificates can be read.
    pub fn timestampers(&self, instance: &str) -> &[TimestamperEntry] {
        self.of(instance).map(|i| i.timestampers()).unwrap_or_default()
    }

    /// Addresses of the OCSP responders for certificates that `issuer` issued, in every instance that approves it; the
    /// caller appends what the certificate itself names.
    pub fn ocsp_urls(&self, issuer: &Certificate) -> Vec<String> {
        let mut urls: Vec<String> = Vec::new();
        for url in self.own_first().flat_map(|i| i.ocsp_urls(issuer)) {
            if !urls.contains(url) {
                urls.push(url.clone());
            }
        }
        urls
    }

    /// What OCSP responders are to be asked about a certificate of an instance and about those between it and the approved
    /// authority, itself first: where the directory says, then where the certificate does.
    ///
    /// # Errors
    /// [`TrustError::NotApproved`].
    pub fn inquiries(&self, trust: &InstanceTrust, leaf: &Certificate) -> Result<Vec<Inquiry>, TrustError> {
        let issuers = trust.issuer_chain(leaf, &[])?;
        let responders = trust.authority_of(leaf).map(|a| a.responder_certificates()).unwrap_or_default();
        let mut certificate = leaf.clone();
        let inquiry = |issuer: Certificate| {
            let certificate = std::mem::replace(&mut certificate, issuer.clone());
            let mut urls = self.ocsp_urls(&issuer);
            urls.extend(certificate.ocsp_urls().into_iter().filter(|url| !urls.contains(url)).collect::<Vec<_>>());
            let (freshness, check_next_update) = (trust.ocsp_freshness, trust.check_next_update);
            Inquiry { certificate, issuer, urls, responders: responders.clone(), freshness, check_next_update }
        };
        Ok(issuers.into_iter().map(inquiry).collect())
    }

    /// How often gateways time-stamp; 60 seconds without private parameters.
    pub fn time_stamping_interval(&self) -> Duration {
        self.private().map_or(Duration::from_secs(60), |p| p.time_stamping_interval)
    }

    /// When our own instance expires; `None` is never.
    pub fn expires_at(&self) -> Option<Instant> {
        self.of(&self.instance).and_then(|i| i.expires())
    }

    /// Whether our own instance may be relied on.
    ///
    /// # Errors
    /// [`Expired`] from the instant of expiry on.
    pub fn check_fresh(&self, now: Instant) -> Result<(), Expired> {
        self.check_fresh_for(&self.instance, now)
    }

    /// Whether our own instance and `instance` may be relied on; an unknown instance passes, look-ups in it find nothing.
    ///
    /// # Errors
    /// [`Expired`] from the instant of expiry on.
    pub fn check_fresh_for(&self, instance: &str, now: Instant) -> Result<(), Expired> {
        for name in [self.instance.as_str(), instance] {
            match self.of(name).and_then(|i| i.expires()) {
                Some(expired) if expired <= now => {
                    return Err(Expired { instance: name.to_owned(), expired, at: now });
                }
                _ => {}
            }
        }
        Ok(())
    }
}
