//! What a gateway shall serve, as one file; and the commands that lead there from what it serves now.

use super::command::Command;
use super::model::{Connection, LocalGroup, Right, ServiceEntry, ServiceSettings, State, Subsystem};
use super::role::Role;
use super::text::Endpoint;
use crate::events::SubscriptionSettings;
use crate::rules::rights::Subject;
use mekong_base::ClientId;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// The version of the file that is read and written.
pub const VERSION: u32 = 1;

/// The whole. What it does not name is left as it is: without `subsystems`, all of them; without `users`, all of those.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Declaration {
    /// Version of this format: 1.
    pub version: u32,
    /// The subsystems; any other is served no longer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subsystems: Option<Vec<DeclaredSubsystem>>,
    /// The users; any other is removed, with all tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub users: Option<Vec<DeclaredUser>>,
}

/// A subsystem.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeclaredSubsystem {
    /// `VN/GOV/MPS/population`.
    pub id: ClientId,
    /// Addresses of the systems that may ask in its name; every one that reaches the gateway, if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub callers: Option<BTreeSet<IpAddr>>,
    /// What it offers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<DeclaredService>,
    /// Its own groups.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<DeclaredGroup>,
    /// Who may call what. Nobody else may.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rights: Vec<DeclaredRight>,
    /// Topics of others that it follows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subscriptions: Vec<SubscriptionSettings>,
}

/// A service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeclaredService {
    /// Its code.
    pub code: String,
    /// What is said of it.
    #[serde(flatten)]
    pub settings: ServiceSettings,
    /// Its endpoints: `GET /v1/persons/*`. Those that rights name need not stand here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub endpoints: Vec<String>,
}

/// A local group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeclaredGroup {
    /// Its code.
    pub code: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Who is in it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub members: BTreeSet<ClientId>,
}

/// Rights of one subject on one service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeclaredRight {
    /// `LA/GOV/MOHA/civil`, `global:VN/ministries`, `local:clerks`.
    pub subject: Subject,
    /// The service.
    pub service: String,
    /// The endpoints: `GET /v1/persons/*`; the whole service, if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoints: Option<Vec<String>>,
}

/// A user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeclaredUser {
    /// The name.
    pub name: String,
    /// What they may do.
    pub roles: BTreeSet<Role>,
}

/// What is wrong with a declaration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {why}")]
pub struct DeclarationError {
    /// Where in it.
    pub place: String,
    /// What is wanted.
    pub why: String,
}

impl Declaration {
    /// What is served now.
    pub fn of(state: &State) -> Self {
        let users =
            state.users.iter().map(|(name, user)| DeclaredUser { name: name.clone(), roles: user.roles.clone() });
        Self {
            version: VERSION,
            subsystems: Some(state.subsystems.iter().map(|(id, s)| DeclaredSubsystem::of(id, s)).collect()),
            users: Some(users.collect()),
        }
    }

    /// The commands that lead from `state` to what is declared; none if it is so already.
    ///
    /// # Errors
    /// [`DeclarationError`] for the first thing that cannot be understood or stands there twice.
    pub fn commands(&self, state: &State) -> Result<Vec<Command>, DeclarationError> {
        if self.version != VERSION {
            return Err(wrong("version", format!("{} is not read, {VERSION} is", self.version)));
        }
        let mut commands = Vec::new();
        if let Some(declared) = &self.subsystems {
            let mut wanted = BTreeMap::new();
            for subsystem in declared {
                let place = format!("subsystem {}", subsystem.id);
                let model = subsystem.model(&place)?;
                if wanted.insert(subsystem.id.clone(), model).is_some() {
                    return Err(wrong(place, "it stands there twice"));
                }
            }
            let gone = state.subsystems.keys().filter(|id| !wanted.contains_key(*id));
            commands.extend(gone.map(|id| Command::RemoveSubsystem { subsystem: id.clone() }));
            for (id, subsystem) in &wanted {
                let nothing = Subsystem::default();
                let now = state.subsystem(id).unwrap_or_else(|| {
                    commands.push(Command::AddSubsystem { subsystem: id.clone() });
                    &nothing
                });
                changes(id, now, subsystem, &mut commands);
            }
        }
        if let Some(users) = &self.users {
            user_changes(users, state, &mut commands)?;
        }
        Ok(commands)
    }
}

fn wrong(place: impl Into<String>, why: impl Into<String>) -> DeclarationError {
    DeclarationError { place: place.into(), why: why.into() }
}

fn user_changes(users: &[DeclaredUser], state: &State, commands: &mut Vec<Command>) -> Result<(), DeclarationError> {
    let mut seen = BTreeSet::new();
    for user in users {
        if !seen.insert(&user.name) {
            return Err(wrong(format!("user {}", user.name), "it stands there twice"));
        }
        if state.users.get(&user.name).is_none_or(|known| known.roles != user.roles) {
            commands.push(Command::PutUser { user: user.name.clone(), roles: user.roles.clone() });
        }
    }
    let gone = state.users.keys().filter(|name| !seen.contains(name));
    commands.extend(gone.map(|name| Command::RemoveUser { user: name.clone() }));
    Ok(())
}

/// From one state of a subsystem to another, in an order in which nothing is missing.
fn changes(id: &ClientId, now: &Subsystem, wanted: &Subsystem, commands: &mut Vec<Command>) {
    let subsystem = || id.clone();
    if now.connection != wanted.connection {
        commands.push(Command::SetConnection { subsystem: subsystem(), connection: wanted.connection.clone() });
    }
    for right in now.rights.difference(&wanted.rights) {
        commands.push(Command::Revoke { subsystem: subsystem(), right: right.clone() });
    }
    for code in now.services.keys().filter(|code| !wanted.services.contains_key(*code)) {
        commands.push(Command::RemoveService { subsystem: subsystem(), service: code.clone() });
    }
    for code in now.groups.keys().filter(|code| !wanted.groups.contains_key(*code)) {
        commands.push(Command::RemoveGroup { subsystem: subsystem(), group: code.clone() });
    }
    for (code, entry) in &wanted.services {
        service_changes(id, code, now.services.get(code), entry, commands);
    }
    for (code, group) in &wanted.groups {
        group_changes(id, code, now.groups.get(code), group, commands);
    }
    for name in now.subscriptions.keys().filter(|name| !wanted.subscriptions.contains_key(*name)) {
        commands.push(Command::RemoveSubscription { subsystem: subsystem(), subscription: name.clone() });
    }
    let is_new = |settings: &&SubscriptionSettings| now.subscriptions.get(&settings.name) != Some(*settings);
    for settings in wanted.subscriptions.values().filter(is_new) {
        commands.push(Command::PutSubscription { subsystem: subsystem(), subscription: Box::new(settings.clone()) });
    }
    for right in wanted.rights.difference(&now.rights) {
        commands.push(Command::Grant { subsystem: subsystem(), right: right.clone() });
    }
}

fn service_changes(
    id: &ClientId,
    code: &str,
    now: Option<&ServiceEntry>,
    wanted: &ServiceEntry,
    commands: &mut Vec<Command>,
) {
    let (subsystem, service) = (|| id.clone(), || code.to_owned());
    if now.is_none_or(|now| now.settings != wanted.settings) {
        let settings = wanted.settings.clone();
        commands.push(Command::PutService { subsystem: subsystem(), service: service(), settings });
    }
    let nothing = BTreeSet::new();
    let known = now.map_or(&nothing, |now| &now.endpoints);
    for endpoint in known.difference(&wanted.endpoints).cloned() {
        commands.push(Command::RemoveEndpoint { subsystem: subsystem(), service: service(), endpoint });
    }
    for endpoint in wanted.endpoints.difference(known).cloned() {
        commands.push(Command::AddEndpoint { subsystem: subsystem(), service: service(), endpoint });
    }
}

fn group_changes(
    id: &ClientId,
    code: &str,
    now: Option<&LocalGroup>,
    wanted: &LocalGroup,
    commands: &mut Vec<Command>,
) {
    let (subsystem, group) = (|| id.clone(), || code.to_owned());
    if now.is_none_or(|now| now.description != wanted.description) {
        let description = wanted.description.clone();
        commands.push(Command::PutGroup { subsystem: subsystem(), group: group(), description });
    }
    let nothing = BTreeSet::new();
    let known = now.map_or(&nothing, |now| &now.members);
    for member in known.difference(&wanted.members).cloned() {
        commands.push(Command::RemoveMember { subsystem: subsystem(), group: group(), member });
    }
    for member in wanted.members.difference(known).cloned() {
        commands.push(Command::AddMember { subsystem: subsystem(), group: group(), member });
    }
}

fn endpoint(text: &str, place: &str) -> Result<Endpoint, DeclarationError> {
    let (method, path) = text.trim().split_once(' ').unwrap_or(("*", text.trim()));
    Endpoint::new(Some(method), path.trim())
        .map_err(|error| wrong(format!("{place}, endpoint {text:?}"), error.to_string()))
}

impl DeclaredSubsystem {
    fn of(id: &ClientId, subsystem: &Subsystem) -> Self {
        let service = |(code, entry): (&String, &ServiceEntry)| DeclaredService {
            code: code.clone(),
            settings: entry.settings.clone(),
            endpoints: entry.endpoints.iter().map(ToString::to_string).collect(),
        };
        let group = |(code, group): (&String, &LocalGroup)| DeclaredGroup {
            code: code.clone(),
            description: group.description.clone(),
            members: group.members.clone(),
        };
        let mut rights: Vec<DeclaredRight> = Vec::new();
        for right in &subsystem.rights {
            let text = right.endpoint.as_ref().map(ToString::to_string);
            match (rights.last_mut(), text) {
                (Some(DeclaredRight { subject, service, endpoints: Some(list) }), Some(text))
                    if *subject == right.subject && *service == right.service =>
                {
                    list.push(text);
                }
                (_, text) => rights.push(DeclaredRight {
                    subject: right.subject.clone(),
                    service: right.service.clone(),
                    endpoints: text.map(|text| vec![text]),
                }),
            }
        }
        Self {
            id: id.clone(),
            callers: match &subsystem.connection {
                Connection::Anyone => None,
                Connection::Addresses(list) => Some(list.clone()),
            },
            services: subsystem.services.iter().map(service).collect(),
            groups: subsystem.groups.iter().map(group).collect(),
            rights,
            subscriptions: subsystem.subscriptions.values().cloned().collect(),
        }
    }

    fn model(&self, place: &str) -> Result<Subsystem, DeclarationError> {
        let connection = self.callers.clone().map_or(Connection::Anyone, Connection::Addresses);
        let mut wanted = Subsystem { connection, ..Subsystem::default() };
        for service in &self.services {
            let place = format!("{place}, service {}", service.code);
            let endpoints = service.endpoints.iter().map(|text| endpoint(text, &place)).collect::<Result<_, _>>()?;
            let entry = ServiceEntry { settings: service.settings.clone(), endpoints };
            if wanted.services.insert(service.code.clone(), entry).is_some() {
                return Err(wrong(place, "it stands there twice"));
            }
        }
        for group in &self.groups {
            let entry = LocalGroup { description: group.description.clone(), members: group.members.clone() };
            if wanted.groups.insert(group.code.clone(), entry).is_some() {
                return Err(wrong(format!("{place}, group {}", group.code), "it stands there twice"));
            }
        }
        for settings in &self.subscriptions {
            if wanted.subscriptions.insert(settings.name.clone(), settings.clone()).is_some() {
                return Err(wrong(format!("{place}, subscription {}", settings.name), "it stands there twice"));
            }
        }
        for right in &self.rights {
            right.add_to(&mut wanted, &format!("{place}, right of {} to {}", right.subject, right.service))?;
        }
        Ok(wanted)
    }
}

impl DeclaredRight {
    /// Adds its rights, and the endpoints that they name.
    fn add_to(&self, wanted: &mut Subsystem, place: &str) -> Result<(), DeclarationError> {
        let missing = || wrong(place, format!("there is no service {}", self.service));
        let service = wanted.services.get_mut(&self.service).ok_or_else(missing)?;
        let right = |endpoint| Right { subject: self.subject.clone(), service: self.service.clone(), endpoint };
        let Some(endpoints) = &self.endpoints else {
            wanted.rights.insert(right(None));
            return Ok(());
        };
        for text in endpoints {
            let part = endpoint(text, place)?;
            service.endpoints.insert(part.clone());
            wanted.rights.insert(right(Some(part)));
        }
        Ok(())
    }
}
