//! What may be changed. This is also the form in which changes are recorded: names and fields stay readable for ever.

use super::model::{Connection, Right, ServiceSettings};
use super::role::Role;
use super::text::Endpoint;
use crate::events::SubscriptionSettings;
use mekong_base::{ClientId, Instant};
use mekong_crypto::DigestAlgorithm;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// One change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// Adds part of a service to which rights may be granted.
    AddEndpoint {
        /// Whose service.
        subsystem: ClientId,
        /// The service.
        service: String,
        /// The part.
        endpoint: Endpoint,
    },
    /// Puts a client into a local group.
    AddMember {
        /// Whose group.
        subsystem: ClientId,
        /// The group.
        group: String,
        /// Who.
        member: ClientId,
    },
    /// Serves a client from now on.
    AddSubsystem {
        /// The client.
        subsystem: ClientId,
    },
    /// Gives a user a token.
    AddToken {
        /// Its number.
        token: String,
        /// Whose.
        user: String,
        /// SHA-256 of it, in hexadecimal.
        digest: String,
        /// What it is for.
        label: String,
        /// When it ends, if it does.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires: Option<Instant>,
    },
    /// Several changes as one: all or none. None of them is another of these.
    All {
        /// In this order.
        commands: Vec<Command>,
    },
    /// Grants a right.
    Grant {
        /// Whose service.
        subsystem: ClientId,
        /// Who may call what.
        right: Right,
    },
    /// Makes a local group, or describes it anew.
    PutGroup {
        /// Whose group.
        subsystem: ClientId,
        /// Its code.
        group: String,
        /// What it is for.
        description: String,
    },
    /// Follows a topic of another, or changes how.
    PutSubscription {
        /// Whose subscription.
        subsystem: ClientId,
        /// What it is.
        subscription: Box<SubscriptionSettings>,
    },
    /// Offers a service, or changes what is said of it.
    PutService {
        /// Whose service.
        subsystem: ClientId,
        /// Its code.
        service: String,
        /// What is said of it.
        settings: ServiceSettings,
    },
    /// Makes a user, or changes what they may do.
    PutUser {
        /// The name.
        user: String,
        /// What they may do.
        roles: BTreeSet<Role>,
    },
    /// Takes a part of a service away, with the rights to it.
    RemoveEndpoint {
        /// Whose service.
        subsystem: ClientId,
        /// The service.
        service: String,
        /// The part.
        endpoint: Endpoint,
    },
    /// Takes a local group away, with the rights granted to it.
    RemoveGroup {
        /// Whose group.
        subsystem: ClientId,
        /// Its code.
        group: String,
    },
    /// Takes a client out of a local group.
    RemoveMember {
        /// Whose group.
        subsystem: ClientId,
        /// The group.
        group: String,
        /// Who.
        member: ClientId,
    },
    /// Takes a service away, with the rights to it.
    RemoveService {
        /// Whose service.
        subsystem: ClientId,
        /// Its code.
        service: String,
    },
    /// Serves a client no longer.
    RemoveSubsystem {
        /// The client.
        subsystem: ClientId,
    },
    /// Ends a token.
    RemoveToken {
        /// Its number.
        token: String,
    },
    /// Follows a topic no longer. What is recorded of it stays where it is.
    RemoveSubscription {
        /// Whose subscription.
        subsystem: ClientId,
        /// Its name.
        subscription: String,
    },
    /// Takes a user away, with all tokens.
    RemoveUser {
        /// The name.
        user: String,
    },
    /// Takes a right away.
    Revoke {
        /// Whose service.
        subsystem: ClientId,
        /// Who may call what no longer.
        right: Right,
    },
    /// Takes a certificate of the gateway out of use, or puts it back.
    SetCertificateUse {
        /// SHA-256 of the certificate, in lower-case hexadecimal.
        certificate: String,
        /// Whether it may be used.
        enabled: bool,
        /// It may be the last one that can be used.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        force: bool,
    },
    /// Says from where requests in a client's name are taken.
    SetConnection {
        /// The client.
        subsystem: ClientId,
        /// From where.
        connection: Connection,
    },
}

impl Command {
    /// The thing that it changes, as the audit log names it; the first thing, of several.
    pub fn target(&self) -> String {
        match self {
            Self::All { commands } => {
                commands.iter().find(|c| !matches!(c, Self::All { .. })).map(Self::target).unwrap_or_default()
            }
            Self::AddToken { token, .. } | Self::RemoveToken { token } => format!("token {token}"),
            Self::PutUser { user, .. } | Self::RemoveUser { user } => format!("user {user}"),
            Self::SetCertificateUse { certificate, .. } => format!("certificate {certificate}"),
            other => other.subsystem().map(ToString::to_string).unwrap_or_default(),
        }
    }

    /// The subsystem that it changes, if it changes one.
    pub const fn subsystem(&self) -> Option<&ClientId> {
        match self {
            Self::AddEndpoint { subsystem, .. }
            | Self::AddMember { subsystem, .. }
            | Self::AddSubsystem { subsystem }
            | Self::Grant { subsystem, .. }
            | Self::PutGroup { subsystem, .. }
            | Self::PutService { subsystem, .. }
            | Self::PutSubscription { subsystem, .. }
            | Self::RemoveSubscription { subsystem, .. }
            | Self::RemoveEndpoint { subsystem, .. }
            | Self::RemoveGroup { subsystem, .. }
            | Self::RemoveMember { subsystem, .. }
            | Self::RemoveService { subsystem, .. }
            | Self::RemoveSubsystem { subsystem }
            | Self::Revoke { subsystem, .. }
            | Self::SetConnection { subsystem, .. } => Some(subsystem),
            _ => None,
        }
    }

    /// Its name in the audit log.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::AddEndpoint { .. } => "add_endpoint",
            Self::AddMember { .. } => "add_member",
            Self::AddSubsystem { .. } => "add_subsystem",
            Self::AddToken { .. } => "add_token",
            Self::All { .. } => "all",
            Self::Grant { .. } => "grant",
            Self::PutGroup { .. } => "put_group",
            Self::PutService { .. } => "put_service",
            Self::PutSubscription { .. } => "put_subscription",
            Self::PutUser { .. } => "put_user",
            Self::RemoveEndpoint { .. } => "remove_endpoint",
            Self::RemoveGroup { .. } => "remove_group",
            Self::RemoveMember { .. } => "remove_member",
            Self::RemoveService { .. } => "remove_service",
            Self::RemoveSubscription { .. } => "remove_subscription",
            Self::RemoveSubsystem { .. } => "remove_subsystem",
            Self::RemoveToken { .. } => "remove_token",
            Self::RemoveUser { .. } => "remove_user",
            Self::Revoke { .. } => "revoke",
            Self::SetCertificateUse { .. } => "set_certificate_use",
            Self::SetConnection { .. } => "set_connection",
        }
    }

    /// What it does, in one English line, without what is long.
    pub fn line(&self) -> String {
        match self {
            Self::AddEndpoint { subsystem, service, endpoint } => {
                format!("add endpoint {endpoint} to {subsystem}/{service}")
            }
            Self::AddMember { subsystem, group, member } => format!("put {member} into group {group} of {subsystem}"),
            Self::AddSubsystem { subsystem } => format!("add subsystem {subsystem}"),
            Self::AddToken { token, user, label, .. } if label.is_empty() => format!("give {user} token {token}"),
            Self::AddToken { token, user, label, .. } => format!("give {user} token {token} ({label})"),
            Self::All { commands } => {
                let lines = commands.iter().take(3).filter(|c| !matches!(c, Self::All { .. })).map(Self::line);
                let more =
                    if commands.len() > 3 { format!("; and {} more", commands.len() - 3) } else { String::new() };
                format!("{}{more}", lines.collect::<Vec<_>>().join("; "))
            }
            Self::Grant { subsystem, right } => format!("grant {} on {subsystem}/{}", right.line(), right.service),
            Self::PutGroup { subsystem, group, .. } => format!("keep group {group} of {subsystem}"),
            Self::PutService { subsystem, service, settings } => {
                format!("offer service {subsystem}/{service} at {}", settings.urls.join(", "))
            }
            Self::PutUser { user, roles } => {
                let roles: Vec<&str> = roles.iter().map(|role| role.name()).collect();
                format!(
                    "user {user} is {}",
                    if roles.is_empty() { "without role".to_owned() } else { roles.join(", ") }
                )
            }
            Self::RemoveEndpoint { subsystem, service, endpoint } => {
                format!("remove endpoint {endpoint} of {subsystem}/{service}")
            }
            Self::RemoveGroup { subsystem, group } => format!("remove group {group} of {subsystem}"),
            Self::RemoveMember { subsystem, group, member } => {
                format!("take {member} out of group {group} of {subsystem}")
            }
            Self::RemoveService { subsystem, service } => format!("remove service {subsystem}/{service}"),
            Self::PutSubscription { subsystem, subscription } => {
                format!(
                    "follow {}/{} as {} for {subsystem}",
                    subscription.provider, subscription.topic, subscription.name
                )
            }
            Self::RemoveSubscription { subsystem, subscription } => {
                format!("end subscription {subscription} of {subsystem}")
            }
            Self::RemoveSubsystem { subsystem } => format!("remove subsystem {subsystem}"),
            Self::RemoveToken { token } => format!("end token {token}"),
            Self::RemoveUser { user } => format!("remove user {user}"),
            Self::Revoke { subsystem, right } => format!("revoke {} on {subsystem}/{}", right.line(), right.service),
            Self::SetCertificateUse { certificate, enabled: true, .. } => {
                format!("put certificate {certificate} back into use")
            }
            Self::SetCertificateUse { certificate, force, .. } => {
                let forced = if *force { ", even if it is the last" } else { "" };
                format!("take certificate {certificate} out of use{forced}")
            }
            Self::SetConnection { subsystem, connection } => match connection {
                Connection::Anyone => format!("systems of {subsystem} ask from anywhere"),
                Connection::Addresses(list) => {
                    let list: Vec<String> = list.iter().take(5).map(ToString::to_string).collect();
                    format!("systems of {subsystem} ask from {}", list.join(", "))
                }
            },
        }
    }

    /// SHA-256 over its recorded form, in hexadecimal: whether two requests ask for the same.
    pub fn digest(&self) -> String {
        let text = serde_json::to_vec(self).unwrap_or_default();
        hex::encode(DigestAlgorithm::Sha256.digest(&text))
    }
}

impl Right {
    /// Who, and on which part: `LA/GOV/MOHA/civil: GET /v1/persons/*`.
    fn line(&self) -> String {
        match &self.endpoint {
            Some(endpoint) => format!("{}: {endpoint}", self.subject),
            None => format!("{}: everything", self.subject),
        }
    }
}
