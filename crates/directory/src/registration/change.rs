//! What a registration does to the directory.

use crate::publish::Definition;
use crate::shared::{Maintenance, Member, SecurityServer, Subsystem};
use mekong_base::ident::check_segment;
use mekong_base::{ClientId, MemberId, ServerId};
use serde::{Deserialize, Serialize};
use std::net::Ipv6Addr;

/// Most authentication certificates of one server.
const CERTIFICATES_MAX: usize = 8;
/// Longest name for people, in characters.
const NAME_CHARS_MAX: usize = 255;

/// One change. Identifiers are written as text, as in the members file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case", deny_unknown_fields)]
pub enum Change {
    /// A member is added.
    AddMember {
        /// `VN/GOV/MOF`.
        member: String,
        /// Its official name.
        name: String,
    },
    /// A subsystem is added to a member.
    AddSubsystem {
        /// `VN/GOV/MOF/tax`.
        client: String,
        /// Its name for people.
        name: Option<String>,
    },
    /// A member or subsystem is called otherwise.
    Rename {
        /// `VN/GOV/MOF` or `VN/GOV/MOF/tax`.
        client: String,
        /// Its name from now on.
        name: String,
    },
    /// A member with all its subsystems, or a subsystem, is removed, with its registrations and places in groups.
    RemoveClient {
        /// `VN/GOV/MOF` or `VN/GOV/MOF/tax`.
        client: String,
    },
    /// A gateway is added.
    AddServer {
        /// `VN/GOV/MOF/gateway`.
        server: String,
        /// Host name or address where other gateways reach it, without port.
        address: String,
    },
    /// A gateway is removed.
    RemoveServer {
        /// `VN/GOV/MOF/gateway`.
        server: String,
    },
    /// A gateway is reached elsewhere.
    SetAddress {
        /// `VN/GOV/MOF/gateway`.
        server: String,
        /// Host name or address, without port.
        address: String,
    },
    /// An authentication certificate belongs to a gateway.
    AddCertificate {
        /// `VN/GOV/MOF/gateway`.
        server: String,
        /// SHA-256 of the certificate, hex.
        sha256: String,
    },
    /// An authentication certificate does no more.
    RemoveCertificate {
        /// `VN/GOV/MOF/gateway`.
        server: String,
        /// SHA-256 of the certificate, hex.
        sha256: String,
    },
    /// A client is registered at a gateway.
    AddClient {
        /// `VN/GOV/MOF/gateway`.
        server: String,
        /// `VN/GOV/MOF/tax`.
        client: String,
    },
    /// A client is registered at a gateway no more.
    RemoveClientFrom {
        /// `VN/GOV/MOF/gateway`.
        server: String,
        /// `VN/GOV/MOF/tax`.
        client: String,
    },
    /// A gateway goes into maintenance, or comes back.
    SetMaintenance {
        /// `VN/GOV/MOF/gateway`.
        server: String,
        /// What consumers are told; none ends the maintenance.
        message: Option<String>,
    },
}

/// Why a change is not possible.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Impossible(pub String);

fn impossible<T>(reason: String) -> Result<T, Impossible> {
    Err(Impossible(reason))
}

impl Change {
    /// Makes the change. This is the one place where it is said what each does; every protocol that asks for one calls this.
    ///
    /// # Errors
    /// [`Impossible`]; the definition is as it was then. Whether the whole holds together is for
    /// [`Definition::check`], once after all changes.
    pub fn apply(&self, definition: &mut Definition) -> Result<(), Impossible> {
        match self {
            Self::AddMember { member, name } => add_member(definition, &parse(member)?, name),
            Self::AddSubsystem { client, name } => add_subsystem(definition, &parse(client)?, name.as_deref()),
            Self::Rename { client, name } => rename(definition, &parse(client)?, name),
            Self::RemoveClient { client } => remove_client(definition, &parse(client)?),
            Self::AddServer { server, address } => add_server(definition, parse(server)?, address),
            Self::RemoveServer { server } => remove_server(definition, &parse(server)?),
            Self::SetAddress { server, address } => {
                let address = checked_address(address)?;
                find(definition, &parse(server)?)?.address = Some(address);
                Ok(())
            }
            Self::AddCertificate { server, sha256 } => add_certificate(find(definition, &parse(server)?)?, sha256),
            Self::RemoveCertificate { server, sha256 } => {
                remove_certificate(find(definition, &parse(server)?)?, sha256)
            }
            Self::AddClient { server, client } => add_client(definition, &parse(server)?, parse(client)?),
            Self::RemoveClientFrom { server, client } => {
                let client: ClientId = parse(client)?;
                let server = find(definition, &parse(server)?)?;
                if !server.clients.contains(&client) {
                    return impossible(format!("{client} is not registered at {}", server.id));
                }
                server.clients.retain(|c| *c != client);
                Ok(())
            }
            Self::SetMaintenance { server, message } => {
                let text = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
                let maintenance = message.as_ref().map(|message| Maintenance { message: text(message) });
                find(definition, &parse(server)?)?.maintenance = maintenance;
                Ok(())
            }
        }
    }

    /// Makes all changes, or none.
    ///
    /// # Errors
    /// [`Impossible`] for the first that cannot be made, or because what comes out does not hold together.
    pub fn apply_all(changes: &[Self], definition: &mut Definition) -> Result<(), Impossible> {
        let mut changed = definition.clone();
        changes.iter().try_for_each(|change| change.apply(&mut changed))?;
        changed.check().map_err(|faults| Impossible(faults.to_string()))?;
        *definition = changed;
        Ok(())
    }
}

fn parse<T: std::str::FromStr>(text: &str) -> Result<T, Impossible>
where
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|error: T::Err| Impossible(format!("{text:?} is no identifier: {error}")))
}

fn find<'d>(definition: &'d mut Definition, server: &ServerId) -> Result<&'d mut SecurityServer, Impossible> {
    let none = || Impossible(format!("there is no server {server} in the directory"));
    definition.shared.servers.iter_mut().find(|s| s.id == *server).ok_or_else(none)
}

fn member<'d>(definition: &'d mut Definition, member: &MemberId) -> Result<&'d mut Member, Impossible> {
    let none = || Impossible(format!("there is no member {member} in the directory"));
    definition.shared.members.iter_mut().find(|m| m.id == *member).ok_or_else(none)
}

fn checked_name(name: &str) -> Result<String, Impossible> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > NAME_CHARS_MAX || name.chars().any(char::is_control) {
        return impossible(format!("a name has 1 to {NAME_CHARS_MAX} characters and no control characters"));
    }
    Ok(name.to_owned())
}

/// A host name or address without port, as other gateways connect to it.
///
/// # Errors
/// [`Impossible`] for anything else.
pub fn checked_address(address: &str) -> Result<String, Impossible> {
    let is_v6 = address.parse::<Ipv6Addr>().is_ok();
    let plain = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    let is_name = address.len() <= 253 && address.trim_end_matches('.').split('.').all(plain);
    if is_v6 || is_name {
        return Ok(address.to_owned());
    }
    impossible(format!("{address:?} is no host name or address (without port) at which other gateways connect"))
}

fn add_member(definition: &mut Definition, id: &MemberId, name: &str) -> Result<(), Impossible> {
    let name = checked_name(name)?;
    [&id.class, &id.code].into_iter().try_for_each(|s| segment(s))?;
    if definition.shared.members.iter().any(|m| m.id == *id) {
        return impossible(format!("{id} is a member already"));
    }
    let class = definition.shared.member_classes.iter().find(|c| c.code == id.class);
    let Some(class) = class else {
        let known: Vec<&str> = definition.shared.member_classes.iter().map(|c| c.code.as_str()).collect();
        return impossible(format!("there is no member class {:?}; there are {}", id.class, known.join(", ")));
    };
    let member = Member { id: id.clone(), class_description: class.description.clone(), name, subsystems: Vec::new() };
    definition.shared.members.push(member);
    Ok(())
}

fn segment(text: &str) -> Result<(), Impossible> {
    check_segment(text).map_err(|error| Impossible(format!("{text:?} cannot be part of an identifier: {error}")))
}

fn add_subsystem(definition: &mut Definition, id: &ClientId, name: Option<&str>) -> Result<(), Impossible> {
    let Some(code) = &id.subsystem else { return impossible(format!("{id} names no subsystem")) };
    segment(code)?;
    let name = name.map(checked_name).transpose()?;
    let member = member(definition, &id.member)?;
    if member.subsystems.iter().any(|s| s.code == *code) {
        return impossible(format!("{id} is there already"));
    }
    member.subsystems.push(Subsystem { code: code.clone(), name });
    Ok(())
}

fn rename(definition: &mut Definition, id: &ClientId, name: &str) -> Result<(), Impossible> {
    let name = checked_name(name)?;
    let member = member(definition, &id.member)?;
    let Some(code) = &id.subsystem else {
        member.name = name;
        return Ok(());
    };
    let none = || Impossible(format!("there is no subsystem {id} in the directory"));
    member.subsystems.iter_mut().find(|s| s.code == *code).ok_or_else(none)?.name = Some(name);
    Ok(())
}

fn remove_client(definition: &mut Definition, id: &ClientId) -> Result<(), Impossible> {
    if *id == definition.private.management.provider {
        return impossible(format!("{id} provides the management services: name another in the members file first"));
    }
    match &id.subsystem {
        Some(code) => {
            let member = member(definition, &id.member)?;
            if !member.subsystems.iter().any(|s| s.code == *code) {
                return impossible(format!("there is no subsystem {id} in the directory"));
            }
            member.subsystems.retain(|s| s.code != *code);
        }
        None => {
            member(definition, &id.member)?;
            if definition.private.management.provider.member == id.member {
                return impossible(format!(
                    "{id} provides the management services: name another in the members file first"
                ));
            }
            if let Some(server) = definition.shared.servers.iter().find(|s| s.id.owner == id.member) {
                return impossible(format!("{id} has the server {}: remove that first", server.id));
            }
            definition.shared.members.retain(|m| m.id != id.member);
        }
    }
    let goes = |client: &ClientId| if id.subsystem.is_some() { client == id } else { client.member == id.member };
    definition.shared.servers.iter_mut().for_each(|s| s.clients.retain(|c| !goes(c)));
    definition.shared.groups.iter_mut().for_each(|g| g.members.retain(|c| !goes(c)));
    Ok(())
}

fn add_server(definition: &mut Definition, id: ServerId, address: &str) -> Result<(), Impossible> {
    segment(&id.server)?;
    let address = Some(checked_address(address)?);
    member(definition, &id.owner)?;
    if definition.shared.servers.iter().any(|s| s.id == id) {
        return impossible(format!("there is a server {id} already: choose another code"));
    }
    let server = SecurityServer { id, address, auth_cert_hashes: Vec::new(), clients: Vec::new(), maintenance: None };
    definition.shared.servers.push(server);
    Ok(())
}

fn remove_server(definition: &mut Definition, id: &ServerId) -> Result<(), Impossible> {
    find(definition, id)?;
    definition.shared.servers.retain(|s| s.id != *id);
    Ok(())
}

fn hash(sha256: &str) -> Result<Vec<u8>, Impossible> {
    let bytes = hex::decode(sha256).ok().filter(|bytes| bytes.len() == 32);
    bytes.ok_or_else(|| Impossible(format!("{sha256:?} is no SHA-256 in hex")))
}

fn add_certificate(server: &mut SecurityServer, sha256: &str) -> Result<(), Impossible> {
    let hash = hash(sha256)?;
    if server.auth_cert_hashes.contains(&hash) {
        return impossible(format!("{} has this authentication certificate already", server.id));
    }
    if server.auth_cert_hashes.len() >= CERTIFICATES_MAX {
        let id = &server.id;
        return impossible(format!("{id} has {CERTIFICATES_MAX} authentication certificates: remove old ones first"));
    }
    server.auth_cert_hashes.push(hash);
    Ok(())
}

fn remove_certificate(server: &mut SecurityServer, sha256: &str) -> Result<(), Impossible> {
    let hash = hash(sha256)?;
    if !server.auth_cert_hashes.contains(&hash) {
        return impossible(format!("{} has no such authentication certificate", server.id));
    }
    if server.auth_cert_hashes.len() == 1 {
        return impossible(format!(
            "it is the only authentication certificate of {}: retire the server instead",
            server.id
        ));
    }
    server.auth_cert_hashes.retain(|h| *h != hash);
    Ok(())
}

fn add_client(definition: &mut Definition, server: &ServerId, client: ClientId) -> Result<(), Impossible> {
    let exists = definition.shared.members.iter().find(|m| m.id == client.member).is_some_and(|member| {
        client.subsystem.as_ref().is_none_or(|code| member.subsystems.iter().any(|s| s.code == *code))
    });
    if !exists {
        return impossible(format!("there is no {client} in the directory"));
    }
    let server = find(definition, server)?;
    if server.clients.contains(&client) {
        return impossible(format!("{client} is registered at {} already", server.id));
    }
    server.clients.push(client);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_hosts_without_port() {
        for good in ["10.0.0.1", "gateway.mof.gov.vn", "localhost", "::1", "2001:db8::5", "a_b.example."] {
            assert!(checked_address(good).is_ok(), "{good}");
        }
        for bad in ["", "http://x", "x:5500", "[::1]", "a b", "-x", "a..b", "x/y", "x@y", "é.vn"] {
            assert!(checked_address(bad).is_err(), "{bad}");
        }
    }
}
