//! One instance with its indexes.

use super::{Finding, Part};
use crate::optional::OptionalParameters;
use crate::shared::{Maintenance, Member, SharedParameters};
use crate::{DocumentError, PRIVATE_PARAMETERS, PrivateParameters, SHARED_PARAMETERS, Version};
use mekong_base::{ClientId, Instant, MemberId, ServerId};
use mekong_crypto::DigestAlgorithm;
use mekong_message::subject::SubjectProfile;
use mekong_message::trust::{Authority, InstanceTrust};
use mekong_pki::Certificate;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// A registered gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerEntry {
    /// Its identifier.
    pub id: ServerId,
    /// Host name or address, without port; none if it is not reachable.
    pub address: Option<String>,
    /// Digests of its authentication certificates, by [`InstanceConf::auth_cert_digest`].
    pub auth_cert_hashes: Vec<Vec<u8>>,
    /// Set while it is in maintenance.
    pub maintenance: Option<Maintenance>,
}

/// An approved time-stamping authority.
#[derive(Debug, Clone, PartialEq)]
pub struct TimestamperEntry {
    /// Name for people.
    pub name: String,
    /// Its address.
    pub url: String,
    /// Its certificate.
    pub certificate: Certificate,
}

/// The configuration of one instance, parsed and indexed.
#[derive(Debug)]
pub struct InstanceConf {
    parts: Vec<Part>,
    parsed: Arc<Parsed>,
}

#[derive(Debug)]
struct Parsed {
    shared: SharedParameters,
    private: Option<PrivateParameters>,
    optional: OptionalParameters,
    trust: InstanceTrust,
    index: Index,
    findings: Vec<Finding>,
}

#[derive(Debug, Default)]
struct Index {
    servers: Vec<ServerEntry>,
    server_by_id: HashMap<ServerId, usize>,
    server_by_hash: HashMap<Vec<u8>, usize>,
    servers_by_client: HashMap<ClientId, Vec<usize>>,
    registered: HashMap<usize, HashSet<ClientId>>,
    members: HashMap<MemberId, usize>,
    subsystems: HashMap<ClientId, (usize, usize)>,
    groups: HashMap<String, HashSet<ClientId>>,
    ocsp_urls: HashMap<Vec<u8>, Vec<String>>,
    timestampers: Vec<TimestamperEntry>,
}

impl InstanceConf {
    /// Parses and indexes the parts of one instance; `SHARED-PARAMETERS` must be among them.
    ///
    /// Certificates and optional parts that cannot be read are left out and named in [`InstanceConf::findings`].
    ///
    /// # Errors
    /// [`DocumentError`] if the shared or private parameters cannot be read.
    pub fn new(parts: Vec<Part>) -> Result<Self, DocumentError> {
        let find = |id: &str| parts.iter().find(|p| p.metadata.content_id == id);
        let missing = || DocumentError::new("shared parameters", "document", "there are none");
        let shared_part = find(SHARED_PARAMETERS).ok_or_else(missing)?;
        let shared = SharedParameters::read(&shared_part.bytes, shared_part.metadata.version)?;
        let private = find(PRIVATE_PARAMETERS).map(|p| PrivateParameters::read(&p.bytes)).transpose()?;
        let mut notes = Notes { instance: shared.instance.clone(), findings: Vec::new() };
        let mut optional = OptionalParameters::default();
        for part in &parts {
            if let Err(error) = optional.take(&part.metadata.content_id, &part.bytes) {
                notes.note(format!("{}: {error}", part.file_name));
            }
        }
        let trust = trust(&shared, optional.verify_next_update, &mut notes);
        let index = Index::new(&shared, &mut notes);
        let parsed = Parsed { shared, private, optional, trust, index, findings: notes.findings };
        Ok(Self { parts, parsed: Arc::new(parsed) })
    }

    /// The parts, as signed.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// A part by its content identifier.
    pub fn part(&self, content_id: &str) -> Option<&Part> {
        self.parts.iter().find(|p| p.metadata.content_id == content_id)
    }

    /// The same configuration with other metadata.
    pub(super) fn with_parts(&self, parts: Vec<Part>) -> Self {
        Self { parts, parsed: Arc::clone(&self.parsed) }
    }

    /// Whether the parts are these, whatever their metadata but the version.
    pub(super) fn has_same_bytes(&self, parts: &[Part]) -> bool {
        self.parts.len() == parts.len()
            && self.parts.iter().zip(parts).all(|(a, b)| {
                a.metadata.content_id == b.metadata.content_id
                    && a.metadata.version == b.metadata.version
                    && a.bytes == b.bytes
            })
    }

    /// Shared parameters.
    pub fn shared(&self) -> &SharedParameters {
        &self.parsed.shared
    }

    /// Private parameters; federated instances have none for us.
    pub fn private(&self) -> Option<&PrivateParameters> {
        self.parsed.private.as_ref()
    }

    /// Optional parameters.
    pub fn optional(&self) -> &OptionalParameters {
        &self.parsed.optional
    }

    /// What the instance trusts.
    pub fn trust(&self) -> &InstanceTrust {
        &self.parsed.trust
    }

    /// What was left out.
    pub fn findings(&self) -> &[Finding] {
        &self.parsed.findings
    }

    /// The earliest expiry of shared and private parameters; `None` is never.
    pub fn expires(&self) -> Option<Instant> {
        let main = |p: &&Part| [SHARED_PARAMETERS, PRIVATE_PARAMETERS].contains(&p.metadata.content_id.as_str());
        self.parts.iter().filter(main).filter_map(|p| p.metadata.expires).min()
    }

    /// The digest that authentication certificates are known by.
    pub fn auth_cert_digest(&self) -> DigestAlgorithm {
        self.parsed.shared.version.auth_cert_digest()
    }

    /// A gateway.
    pub fn server(&self, id: &ServerId) -> Option<&ServerEntry> {
        self.parsed.index.servers.get(*self.parsed.index.server_by_id.get(id)?)
    }

    /// Every gateway, in document order.
    pub fn servers(&self) -> &[ServerEntry] {
        &self.parsed.index.servers
    }

    /// The gateway whose authentication certificate has this digest.
    pub fn server_by_auth_cert_hash(&self, hash: &[u8]) -> Option<&ServerEntry> {
        self.parsed.index.servers.get(*self.parsed.index.server_by_hash.get(hash)?)
    }

    /// The gateways on which a client is registered, as owner or client.
    pub fn servers_of(&self, client: &ClientId) -> Vec<&ServerEntry> {
        let positions = self.parsed.index.servers_by_client.get(client).map(Vec::as_slice).unwrap_or_default();
        positions.iter().filter_map(|p| self.parsed.index.servers.get(*p)).collect()
    }

    /// Whether a client is registered on a gateway.
    pub fn is_registered(&self, client: &ClientId, server: &ServerId) -> bool {
        let position = self.parsed.index.server_by_id.get(server);
        position.and_then(|p| self.parsed.index.registered.get(p)).is_some_and(|clients| clients.contains(client))
    }

    /// A member.
    pub fn member(&self, id: &MemberId) -> Option<&Member> {
        self.parsed.shared.members.get(*self.parsed.index.members.get(id)?)
    }

    /// Whether a member or subsystem exists.
    pub fn exists(&self, client: &ClientId) -> bool {
        match client.subsystem {
            None => self.parsed.index.members.contains_key(&client.member),
            Some(_) => self.parsed.index.subsystems.contains_key(client),
        }
    }

    /// Official name of a subsystem.
    pub fn subsystem_name(&self, client: &ClientId) -> Option<&str> {
        let (member, subsystem) = *self.parsed.index.subsystems.get(client)?;
        self.parsed.shared.members.get(member)?.subsystems.get(subsystem)?.name.as_deref()
    }

    /// Whether a client is in a global group.
    pub fn in_group(&self, client: &ClientId, group: &str) -> bool {
        self.parsed.index.groups.get(group).is_some_and(|members| members.contains(client))
    }

    /// Approved time-stamping authorities.
    pub fn timestampers(&self) -> &[TimestamperEntry] {
        &self.parsed.index.timestampers
    }

    /// Addresses of the OCSP responders of an authority's certificate.
    pub fn ocsp_urls(&self, issuer: &Certificate) -> &[String] {
        self.parsed.index.ocsp_urls.get(issuer.der()).map(Vec::as_slice).unwrap_or_default()
    }

    /// Version of the shared parameters.
    pub fn version(&self) -> Version {
        self.parsed.shared.version
    }
}

struct Notes {
    instance: String,
    findings: Vec<Finding>,
}

impl Notes {
    fn note(&mut self, what: String) {
        self.findings.push(Finding { instance: self.instance.clone(), what });
    }

    fn certificate(&mut self, der: &[u8], whose: &str) -> Option<Certificate> {
        match Certificate::from_der(der) {
            Ok(certificate) => Some(certificate),
            Err(error) => {
                self.note(format!("{whose} is left out: {error}"));
                None
            }
        }
    }
}

impl Index {
    fn new(shared: &SharedParameters, notes: &mut Notes) -> Self {
        let mut index = Self::default();
        index.add_members(shared);
        index.add_servers(shared, notes);
        for group in &shared.groups {
            index.groups.entry(group.code.clone()).or_default().extend(group.members.iter().cloned());
        }
        let certificates = shared.authorities.iter().flat_map(|a| std::iter::once(&a.top).chain(&a.intermediates));
        for certificate in certificates {
            let urls = certificate.ocsp.iter().map(|o| o.url.trim().to_owned()).filter(|u| !u.is_empty());
            index.ocsp_urls.entry(certificate.cert.clone()).or_default().extend(urls);
        }
        for entry in &shared.timestampers {
            let whose = format!("time-stamping authority {:?}", entry.name);
            if let Some(certificate) = notes.certificate(&entry.cert, &whose) {
                let url = entry.url.trim().to_owned();
                index.timestampers.push(TimestamperEntry { name: entry.name.clone(), url, certificate });
            }
        }
        index
    }

    fn add_members(&mut self, shared: &SharedParameters) {
        for (position, member) in shared.members.iter().enumerate() {
            self.members.insert(member.id.clone(), position);
            for (nth, subsystem) in member.subsystems.iter().enumerate() {
                self.subsystems.insert(member.id.subsystem(subsystem.code.clone()), (position, nth));
            }
        }
    }

    fn add_servers(&mut self, shared: &SharedParameters, notes: &mut Notes) {
        let hash_len = shared.version.auth_cert_digest().output_len();
        for (position, server) in shared.servers.iter().enumerate() {
            let (good, bad): (Vec<_>, Vec<_>) =
                server.auth_cert_hashes.iter().cloned().partition(|h| h.len() == hash_len);
            if !bad.is_empty() {
                notes.note(format!(
                    "{} authentication certificate hashes of {} have a wrong length",
                    bad.len(),
                    server.id
                ));
            }
            for hash in &good {
                self.server_by_hash.entry(hash.clone()).or_insert(position);
            }
            self.server_by_id.entry(server.id.clone()).or_insert(position);
            let owner = ClientId::from(server.id.owner.clone());
            for client in std::iter::once(&owner).chain(&server.clients) {
                if self.registered.entry(position).or_default().insert(client.clone()) {
                    self.servers_by_client.entry(client.clone()).or_default().push(position);
                }
            }
            self.servers.push(ServerEntry {
                id: server.id.clone(),
                address: server.address.clone(),
                auth_cert_hashes: good,
                maintenance: server.maintenance.clone(),
            });
        }
    }
}

fn trust(shared: &SharedParameters, check_next_update: bool, notes: &mut Notes) -> InstanceTrust {
    let timestampers = shared.timestampers.iter().filter_map(|t| Certificate::from_der(&t.cert).ok()).collect();
    InstanceTrust {
        instance: shared.instance.clone(),
        authorities: shared.authorities.iter().filter_map(|a| authority(a, notes)).collect(),
        timestampers,
        ocsp_freshness: shared.ocsp_freshness,
        check_next_update,
    }
}

fn authority(approved: &crate::shared::ApprovedAuthority, notes: &mut Notes) -> Option<Authority> {
    let name = &approved.name;
    let profile = SubjectProfile::from_class_name(&approved.profile);
    if profile == SubjectProfile::Unknown {
        notes.note(format!("authority {name:?} names members by the unknown profile {:?}", approved.profile));
    }
    let top = notes.certificate(&approved.top.cert, &format!("authority {name:?}"))?;
    let intermediates: Vec<Certificate> = approved
        .intermediates
        .iter()
        .filter_map(|i| notes.certificate(&i.cert, &format!("an intermediate of authority {name:?}")))
        .collect();
    let mut ocsp_responders = Vec::new();
    for responder in std::iter::once(&approved.top).chain(&approved.intermediates).flat_map(|c| &c.ocsp) {
        let whose = format!("the certificate of OCSP responder {}", responder.url);
        let certificate = responder.cert.as_ref().and_then(|der| notes.certificate(der, &whose));
        ocsp_responders.push((responder.url.trim().to_owned(), certificate));
    }
    Some(Authority {
        name: name.clone(),
        top,
        intermediates,
        ocsp_responders,
        profile,
        authentication_only: approved.authentication_only,
    })
}
