//! What is published, and whether it holds together.

use crate::shared::{GlobalGroup, SecurityServer, SharedParameters};
use crate::{Anchor, PrivateParameters};
use mekong_base::ClientId;
use mekong_base::ident::check_segment;
use std::collections::HashSet;
use std::fmt;
use std::time::Duration;

/// One fault with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// `member[3].subsystem[0].code`, counted from 0.
    pub place: String,
    /// What is wrong and what to do.
    pub reason: String,
}

/// Every fault of a members file or definition; at least one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Faults(pub Vec<Fault>);

impl Faults {
    pub(super) fn add(&mut self, place: impl Into<String>, reason: impl Into<String>) {
        self.0.push(Fault { place: place.into(), reason: reason.into() });
    }

    pub(super) fn into_result(self) -> Result<(), Self> {
        if self.0.is_empty() { Ok(()) } else { Err(self) }
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} found:", self.0.len(), if self.0.len() == 1 { "fault" } else { "faults" })?;
        self.0.iter().try_for_each(|fault| write!(f, "\n  {}: {}", fault.place, fault.reason))
    }
}

impl std::error::Error for Faults {}

/// An optional part, published with `internalconf` only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OptionalPart {
    /// [`crate::MONITORING`], [`crate::FETCH_INTERVAL`], [`crate::NEXT_UPDATE`].
    pub content_id: String,
    /// Last segment of its location: `nextupdate-params.xml`.
    pub file_name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// What is published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// `host` or `host:port` of each server that serves this configuration; at least one.
    pub sources: Vec<String>,
    /// Shared parameters; their `sources` are filled in with `sources` and the signing certificates when published.
    pub shared: SharedParameters,
    /// Private parameters.
    pub private: PrivateParameters,
    /// Optional parts.
    pub optional: Vec<OptionalPart>,
    /// How long a published directory is valid.
    pub expire: Duration,
    /// How often it is made anew.
    pub refresh: Duration,
}

impl Definition {
    /// Our instance.
    pub fn instance(&self) -> &str {
        &self.shared.instance
    }

    /// Adds or replaces the anchor of a federated instance.
    pub fn federate(&mut self, anchor: Anchor) {
        self.private.federated.retain(|a| a.instance != anchor.instance);
        self.private.federated.push(anchor);
    }

    /// Whether it holds together: identifiers are well-formed and unique, what is referred to exists, times make sense.
    ///
    /// # Errors
    /// Every fault.
    pub fn check(&self) -> Result<(), Faults> {
        let mut faults = Faults::default();
        self.check_frame(&mut faults);
        let clients = self.check_members(&mut faults);
        self.check_servers(&clients, &mut faults);
        self.check_groups(&clients, &mut faults);
        faults.into_result()
    }

    fn check_frame(&self, faults: &mut Faults) {
        segment(self.instance(), "instance", faults);
        if self.private.instance != self.shared.instance {
            faults.add("instance", "private and shared parameters are of different instances");
        }
        if self.sources.is_empty() {
            faults.add("sources", "name at least one server that serves this configuration");
        }
        for (i, address) in self.sources.iter().enumerate() {
            if address.is_empty() || address.contains(|c: char| c == '/' || c.is_whitespace()) {
                faults.add(format!("sources[{i}]"), format!("{address:?} is not a host or host:port"));
            }
        }
        let stamping = self.private.time_stamping_interval.as_secs();
        if !(60..=86_400).contains(&stamping) {
            faults.add("parameters.time_stamping_interval_seconds", format!("{stamping} is not within 60 to 86400"));
        }
        if self.shared.ocsp_freshness.is_zero() {
            faults.add("parameters.ocsp_freshness_seconds", "must be at least 1");
        }
        if self.refresh.is_zero() || self.expire < self.refresh * 2 {
            let reason = "must be at least twice refresh_seconds, which must be at least 1";
            faults.add("parameters.expire_seconds", reason);
        }
        for (i, anchor) in self.private.federated.iter().enumerate() {
            if anchor.instance == self.shared.instance {
                faults.add(format!("federation[{i}].anchor"), "is the anchor of this instance itself");
            }
            if self.private.federated.iter().take(i).any(|a| a.instance == anchor.instance) {
                faults.add(format!("federation[{i}].anchor"), format!("{:?} has an anchor already", anchor.instance));
            }
        }
    }

    /// Gives every member and subsystem.
    fn check_members(&self, faults: &mut Faults) -> HashSet<ClientId> {
        let mut classes = HashSet::new();
        for (i, class) in self.shared.member_classes.iter().enumerate() {
            segment(&class.code, &format!("class[{i}].code"), faults);
            if !classes.insert(class.code.as_str()) {
                faults.add(format!("class[{i}].code"), format!("{:?} is there twice", class.code));
            }
        }
        let mut clients = HashSet::new();
        for (i, member) in self.shared.members.iter().enumerate() {
            let place = format!("member[{i}]");
            segment(&member.id.code, &format!("{place}.code"), faults);
            if !classes.contains(member.id.class.as_str()) {
                faults.add(format!("{place}.class"), format!("{:?} is not one of the classes", member.id.class));
            }
            if member.id.instance != self.shared.instance {
                faults.add(place.clone(), format!("{} is of another instance", member.id));
            }
            if !clients.insert(ClientId::from(member.id.clone())) {
                faults.add(place.clone(), format!("{} is there twice", member.id));
            }
            for (j, subsystem) in member.subsystems.iter().enumerate() {
                let place = format!("{place}.subsystem[{j}].code");
                segment(&subsystem.code, &place, faults);
                if !clients.insert(member.id.subsystem(subsystem.code.clone())) {
                    faults.add(place, format!("{:?} is there twice", subsystem.code));
                }
            }
        }
        if !clients.contains(&self.private.management.provider) {
            let reason = format!("{} is no member or subsystem here", self.private.management.provider);
            faults.add("management.provider", reason);
        }
        clients
    }

    fn check_servers(&self, clients: &HashSet<ClientId>, faults: &mut Faults) {
        let mut ids = HashSet::new();
        let mut hashes = HashSet::new();
        for (i, server) in self.shared.servers.iter().enumerate() {
            let place = format!("server[{i}]");
            segment(&server.id.server, &format!("{place}.code"), faults);
            if !ids.insert(&server.id) {
                faults.add(place.clone(), format!("{} is there twice", server.id));
            }
            check_server(server, &place, clients, faults);
            for hash in &server.auth_cert_hashes {
                if !hashes.insert(hash) {
                    let reason = "an authentication certificate belongs to one server only, this one is there twice";
                    faults.add(format!("{place}.auth_certs"), reason);
                }
            }
        }
    }

    fn check_groups(&self, clients: &HashSet<ClientId>, faults: &mut Faults) {
        let mut codes = HashSet::new();
        for (i, GlobalGroup { code, members, .. }) in self.shared.groups.iter().enumerate() {
            segment(code, &format!("group[{i}].code"), faults);
            if !codes.insert(code) {
                faults.add(format!("group[{i}].code"), format!("{code:?} is there twice"));
            }
            for (j, member) in members.iter().enumerate() {
                if member.member.instance == self.shared.instance && !clients.contains(member) {
                    let reason = format!("{member} is no member or subsystem here");
                    faults.add(format!("group[{i}].members[{j}]"), reason);
                }
            }
        }
    }
}

fn check_server(server: &SecurityServer, place: &str, clients: &HashSet<ClientId>, faults: &mut Faults) {
    if !clients.contains(&ClientId::from(server.id.owner.clone())) {
        faults.add(format!("{place}.owner"), format!("{} is no member here", server.id.owner));
    }
    for (i, client) in server.clients.iter().enumerate() {
        if !clients.contains(client) {
            faults.add(format!("{place}.clients[{i}]"), format!("{client} is no member or subsystem here"));
        }
    }
    if server.auth_cert_hashes.iter().any(|h| h.len() != 32) {
        faults.add(format!("{place}.auth_cert_hashes"), "is not a SHA-256 digest of 32 bytes");
    }
}

fn segment(text: &str, place: &str, faults: &mut Faults) {
    if let Err(error) = check_segment(text) {
        faults.add(place, format!("{text:?} is not an identifier: {error}"));
    }
}
