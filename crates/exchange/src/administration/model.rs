//! What there is: subsystems with their services, groups and rights; users with their tokens.

use super::role::Role;
use super::text::Endpoint;
use crate::events::SubscriptionSettings;
use crate::rules::rights::Subject;
use mekong_base::{ClientId, Instant};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::IpAddr;
use std::sync::Arc;

/// Everything that is administered, at one position of the ledger.
#[derive(Debug, Clone, Default)]
pub struct State {
    /// The ledger's records below this position are in it.
    pub position: u64,
    /// Position of the last change.
    pub changed: u64,
    /// The clients that this gateway serves.
    pub subsystems: BTreeMap<ClientId, Arc<Subsystem>>,
    /// Who administers it, by name.
    pub users: BTreeMap<String, User>,
    /// What programs and people present, by number.
    pub tokens: BTreeMap<String, Token>,
    /// Certificates of the gateway that are out of use, by their SHA-256 in hexadecimal, with the position at which each was
    /// taken out.
    pub disabled_certificates: BTreeMap<String, u64>,
    pub(super) keys: Keys,
}

/// A client of this gateway.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Subsystem {
    /// Which information systems may ask in its name.
    pub connection: Connection,
    /// What it offers, by code.
    pub services: BTreeMap<String, ServiceEntry>,
    /// Its own groups, by code.
    pub groups: BTreeMap<String, LocalGroup>,
    /// Topics of others that it follows, by name.
    pub subscriptions: BTreeMap<String, SubscriptionSettings>,
    /// Who may call its services. Nobody else may.
    pub rights: BTreeSet<Right>,
    /// Position of its last change.
    pub changed: u64,
}

/// From where requests in a subsystem's name are taken.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Connection {
    /// From everywhere that reaches the gateway's address for information systems.
    #[default]
    Anyone,
    /// From these addresses only; from nowhere if there is none.
    Addresses(BTreeSet<IpAddr>),
}

/// A REST service with its endpoints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceEntry {
    /// What its owner says of it.
    pub settings: ServiceSettings,
    /// Parts of it to which rights are granted.
    pub endpoints: BTreeSet<Endpoint>,
}

/// What the owner of a service says of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceSettings {
    /// `http://host[:port][/base]`; the next is tried where one cannot be reached.
    pub urls: Vec<String>,
    /// Seconds it may take to answer.
    #[serde(default = "ServiceSettings::usual_timeout")]
    pub timeout_seconds: u32,
    /// Set while it is switched off: a sentence for those who ask.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled: Option<String>,
    /// Its OpenAPI description, for those who ask for it across the border.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub openapi: Option<Description>,
}

/// An OpenAPI description.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Description {
    /// Fetched from there each time.
    Url(String),
    /// Kept here: JSON.
    Text(String),
}

impl ServiceSettings {
    /// A service at one address that is switched on.
    pub fn at(url: impl Into<String>) -> Self {
        Self { urls: vec![url.into()], timeout_seconds: Self::usual_timeout(), disabled: None, openapi: None }
    }

    const fn usual_timeout() -> u32 {
        60
    }
}

/// A group that a subsystem keeps itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LocalGroup {
    /// What it is for.
    pub description: String,
    /// Who is in it.
    pub members: BTreeSet<ClientId>,
}

/// A right: the whole service, or one endpoint of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Right {
    /// Who may call.
    pub subject: Subject,
    /// The service.
    pub service: String,
    /// Which part of it; all of it if `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<Endpoint>,
}

/// Somebody who administers this gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// What they may do; nothing without a role.
    pub roles: BTreeSet<Role>,
    /// Position of the last change.
    pub changed: u64,
}

/// What a user presents instead of a password. Only its digest is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Whose it is.
    pub user: String,
    /// SHA-256 of the token, in hexadecimal.
    pub digest: String,
    /// What it is for.
    pub label: String,
    /// When it ends, if it does.
    pub expires: Option<Instant>,
    /// Position of its making.
    pub changed: u64,
}

/// Keys of requests that were carried out, so that one that is sent again is not carried out again.
#[derive(Debug, Clone, Default)]
pub(super) struct Keys {
    known: BTreeMap<String, (String, u64)>,
    order: VecDeque<String>,
}

impl Keys {
    /// What was done with this key: the digest of the command, and its position.
    pub(super) fn get(&self, key: &str) -> Option<&(String, u64)> {
        self.known.get(key)
    }

    pub(super) fn add(&mut self, key: String, digest: String, position: u64, max: usize) {
        if self.known.insert(key.clone(), (digest, position)).is_none() {
            self.order.push_back(key);
        }
        while self.order.len() > max {
            if let Some(oldest) = self.order.pop_front() {
                self.known.remove(&oldest);
            }
        }
    }
}

impl State {
    /// A subsystem that is served here.
    pub fn subsystem(&self, id: &ClientId) -> Option<&Subsystem> {
        self.subsystems.get(id).map(AsRef::as_ref)
    }

    /// The token of a digest (SHA-256, hexadecimal), if it is good at `now`, and its number.
    pub fn token(&self, digest: &str, now: Instant) -> Option<(&str, &Token)> {
        let found = self.tokens.iter().find(|(_, token)| token.digest == digest)?;
        found.1.expires.is_none_or(|end| now < end).then_some((found.0.as_str(), found.1))
    }

    /// The certificates that are out of use, by their SHA-256 in hexadecimal.
    pub fn disabled(&self) -> BTreeSet<String> {
        self.disabled_certificates.keys().cloned().collect()
    }

    /// The roles of a user; none if there is no such user.
    pub fn roles(&self, user: &str) -> BTreeSet<Role> {
        self.users.get(user).map(|user| user.roles.clone()).unwrap_or_default()
    }
}
