//! Who may do what. Nobody may anything but by a role.

use super::command::Command;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// What a user is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Sees everything, the audit log too, and changes nothing.
    Auditor,
    /// Registers clients: subsystems, their services, groups and rights.
    Registrar,
    /// Says from where information systems connect, and keeps keys and certificates.
    SecurityOfficer,
    /// Makes users, gives them roles and tokens.
    SystemAdministrator,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Auditor, Self::Registrar, Self::SecurityOfficer, Self::SystemAdministrator];

    /// Its name for programs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auditor => "auditor",
            Self::Registrar => "registrar",
            Self::SecurityOfficer => "security_officer",
            Self::SystemAdministrator => "system_administrator",
        }
    }

    /// What it permits.
    pub const fn permissions(self) -> &'static [Permission] {
        match self {
            Self::Auditor => &[Permission::Look, Permission::ReadAudit, Permission::ReadMessages],
            Self::Registrar => &[Permission::Look, Permission::ChangeClients],
            Self::SecurityOfficer => &[
                Permission::Look,
                Permission::ReadAudit,
                Permission::ReadMessages,
                Permission::ChangeConnections,
                Permission::ChangeKeys,
            ],
            Self::SystemAdministrator => {
                &[Permission::Look, Permission::ReadAudit, Permission::ReadMessages, Permission::ChangeUsers]
            }
        }
    }

    /// Those of all roles that permit something, in the order of [`Role::ALL`].
    pub(super) fn that_permit(permission: Permission) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |role| role.permissions().contains(&permission))
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A text that is no role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no role: there are auditor, registrar, security_officer, system_administrator")]
pub struct NoRole(String);

impl FromStr for Role {
    type Err = NoRole;

    fn from_str(text: &str) -> Result<Self, NoRole> {
        let text = text.replace('-', "_");
        Self::ALL.into_iter().find(|role| role.name() == text).ok_or_else(|| NoRole(text.chars().take(40).collect()))
    }
}

/// What a role may permit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Permission {
    /// Subsystems, services, endpoints, groups, rights.
    ChangeClients,
    /// From where information systems may ask.
    ChangeConnections,
    /// Keys and certificates.
    ChangeKeys,
    /// Users, their roles, tokens of others.
    ChangeUsers,
    /// See what is served and granted.
    Look,
    /// Read the audit log.
    ReadAudit,
    /// See who exchanged messages with whom, and take evidence of them.
    ReadMessages,
}

impl Permission {
    /// Its name for programs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ChangeClients => "change_clients",
            Self::ChangeConnections => "change_connections",
            Self::ChangeKeys => "change_keys",
            Self::ChangeUsers => "change_users",
            Self::Look => "look",
            Self::ReadAudit => "read_audit",
            Self::ReadMessages => "read_messages",
        }
    }
}

/// Does one of these roles permit it?
pub fn permits(roles: &BTreeSet<Role>, permission: Permission) -> bool {
    roles.iter().any(|role| role.permissions().contains(&permission))
}

/// What a command takes: all of these. Records are folded by it: what it takes more would undo what was done before.
pub(super) fn needed(command: &Command, user: &str, owner_of: &dyn Fn(&str) -> Option<String>) -> BTreeSet<Permission> {
    let one = |permission| BTreeSet::from([permission]);
    match command {
        Command::All { commands } => commands
            .iter()
            .filter(|c| !matches!(c, Command::All { .. }))
            .flat_map(|c| needed(c, user, owner_of))
            .collect(),
        Command::SetConnection { .. } => one(Permission::ChangeConnections),
        Command::SetCertificateUse { .. } => one(Permission::ChangeKeys),
        // One's own tokens are one's own matter.
        Command::AddToken { user: owner, .. } if owner == user => one(Permission::Look),
        Command::RemoveToken { token } if owner_of(token).is_some_and(|owner| owner == user) => one(Permission::Look),
        Command::PutUser { .. }
        | Command::RemoveUser { .. }
        | Command::AddToken { .. }
        | Command::RemoveToken { .. } => one(Permission::ChangeUsers),
        _ => one(Permission::ChangeClients),
    }
}
