//! How the state follows a command, or why it does not. The same before a command is recorded and when the record is folded.

use super::check::{RESERVED, check_code, check_name, check_settings, check_text, is_fingerprint};
use super::command::Command;
use super::entry::Actor;
use super::limits as max;
use super::model::{Connection, LocalGroup, Right, ServiceEntry, ServiceSettings, State, Subsystem, Token, User};
use super::refusal::{Refusal, added, invalid, no_endpoint, no_group, no_service, no_subsystem, removed};
use super::role::{Permission, needed, permits};
use super::text::Endpoint;
use crate::events::SubscriptionSettings;
use crate::rules::rights::Subject;
use mekong_base::ClientId;
use std::collections::BTreeSet;
use std::sync::Arc;

impl State {
    /// May this user (all-permitted if it is the gateway's operator) do this?
    ///
    /// # Errors
    /// [`Refusal::NotPermitted`].
    pub fn may(&self, user: &str, is_operator: bool, command: &Command) -> Result<(), Refusal> {
        if is_operator {
            return Ok(());
        }
        let owner = |token: &str| self.tokens.get(token).map(|token| token.user.clone());
        let roles = self.roles(user);
        for permission in needed(command, user, &owner) {
            if !permits(&roles, permission) {
                return Err(Refusal::not_permitted(user, permission));
            }
        }
        Ok(())
    }

    /// May whoever asks take away subsystems whose systems ask from named addresses? One that is added anew may be asked for
    /// from everywhere, so it takes what a change of the addresses takes. Only what is asked for now is decided by this:
    /// records of earlier versions keep the effect that they had.
    ///
    /// # Errors
    /// [`Refusal::NotPermitted`].
    pub(super) fn may_uncover(&self, actor: &Actor, command: &Command) -> Result<(), Refusal> {
        let commands = match command {
            Command::All { commands } => commands.as_slice(),
            one => std::slice::from_ref(one),
        };
        let is_guarded = |command: &Command| match command {
            Command::RemoveSubsystem { subsystem } => {
                self.subsystem(subsystem).is_some_and(|known| matches!(known.connection, Connection::Addresses(_)))
            }
            _ => false,
        };
        let may = actor.is_operator() || permits(&self.roles(&actor.user), Permission::ChangeConnections);
        match may || !commands.iter().any(is_guarded) {
            true => Ok(()),
            false => Err(Refusal::not_permitted(&actor.user, Permission::ChangeConnections)),
        }
    }

    /// Is the thing that a command changes still as the asker saw it? A thing that is not there was changed at 0.
    ///
    /// # Errors
    /// [`Refusal::Changed`].
    pub(super) fn check_seen(&self, command: &Command, seen: Option<u64>) -> Result<(), Refusal> {
        let Some(wanted) = seen else { return Ok(()) };
        let found = self.changed(command);
        if found == wanted { Ok(()) } else { Err(Refusal::Changed { what: command.target(), found, wanted }) }
    }

    /// Is everything still as the asker saw it?
    ///
    /// # Errors
    /// [`Refusal::Changed`].
    pub(super) fn check_whole(&self, seen: Option<u64>) -> Result<(), Refusal> {
        match seen.filter(|seen| *seen != self.changed) {
            None => Ok(()),
            Some(wanted) => Err(Refusal::Changed { what: "the gateway".to_owned(), found: self.changed, wanted }),
        }
    }

    /// Position of the last change of what a command changes: the whole, if it changes several things.
    fn changed(&self, command: &Command) -> u64 {
        match command {
            Command::All { commands } => match one_subsystem(commands) {
                Some(id) => self.subsystem(id).map_or(0, |subsystem| subsystem.changed),
                None => self.changed,
            },
            Command::PutUser { user, .. } | Command::RemoveUser { user } => {
                self.users.get(user).map_or(0, |u| u.changed)
            }
            Command::AddToken { token, .. } | Command::RemoveToken { token } => {
                self.tokens.get(token).map_or(0, |t| t.changed)
            }
            Command::SetCertificateUse { certificate, .. } => {
                self.disabled_certificates.get(certificate).copied().unwrap_or(0)
            }
            other => other.subsystem().and_then(|id| self.subsystem(id)).map_or(0, |s| s.changed),
        }
    }

    /// Carries out a command that stands at `position` of the ledger. If it is refused, nothing is changed.
    ///
    /// # Errors
    /// [`Refusal`], but for roles and what was seen: see [`State::may`], [`State::check_seen`].
    pub fn apply(&mut self, command: &Command, position: u64) -> Result<(), Refusal> {
        let Command::All { commands } = command else {
            self.apply_one(command, position)?;
            self.changed = position;
            return Ok(());
        };
        if commands.len() > max::COMMANDS_MAX {
            return Err(Refusal::Limit { what: "changes at once", max: max::COMMANDS_MAX });
        }
        let mut next = self.clone();
        for one in commands {
            if matches!(one, Command::All { .. }) {
                return Err(invalid("do", "changes within changes are not taken"));
            }
            next.apply_one(one, position)?;
        }
        next.changed = position;
        *self = next;
        Ok(())
    }

    fn apply_one(&mut self, command: &Command, position: u64) -> Result<(), Refusal> {
        match command {
            Command::AddSubsystem { subsystem } => self.add_subsystem(subsystem, position),
            Command::RemoveSubsystem { subsystem } => match self.subsystems.remove(subsystem) {
                Some(_) => Ok(()),
                None => Err(no_subsystem(subsystem)),
            },
            Command::PutUser { user, roles } => {
                check_name("user", user)?;
                if !self.users.contains_key(user) && self.users.len() >= max::USERS_MAX {
                    return Err(Refusal::Limit { what: "users", max: max::USERS_MAX });
                }
                self.users.insert(user.clone(), User { roles: roles.clone(), changed: position });
                Ok(())
            }
            Command::RemoveUser { user } => {
                self.users.remove(user).ok_or_else(|| Refusal::NotFound(format!("user {user}")))?;
                self.tokens.retain(|_, token| token.user != *user);
                Ok(())
            }
            Command::AddToken { token, user, digest, label, expires } => {
                let made = Token {
                    user: user.clone(),
                    digest: digest.clone(),
                    label: label.clone(),
                    expires: *expires,
                    changed: position,
                };
                self.add_token(token, made)
            }
            Command::RemoveToken { token } => match self.tokens.remove(token) {
                Some(_) => Ok(()),
                None => Err(Refusal::NotFound(format!("token {token}"))),
            },
            Command::SetCertificateUse { certificate, enabled, .. } => {
                self.set_certificate_use(certificate, *enabled, position)
            }
            Command::All { .. } => Err(invalid("do", "changes within changes are not taken")),
            other => self.change_subsystem(other, position),
        }
    }

    fn add_subsystem(&mut self, id: &ClientId, position: u64) -> Result<(), Refusal> {
        if self.subsystems.contains_key(id) {
            return Err(Refusal::Exists(format!("subsystem {id}")));
        }
        if self.subsystems.len() >= max::SUBSYSTEMS_MAX {
            return Err(Refusal::Limit { what: "subsystems", max: max::SUBSYSTEMS_MAX });
        }
        self.subsystems.insert(id.clone(), Arc::new(Subsystem { changed: position, ..Subsystem::default() }));
        Ok(())
    }

    fn add_token(&mut self, number: &str, token: Token) -> Result<(), Refusal> {
        check_name("token", number)?;
        check_text("label", &token.label)?;
        if token.digest.len() != 64 || !token.digest.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(invalid("digest", "64 hexadecimal digits are wanted"));
        }
        if !self.users.contains_key(&token.user) {
            return Err(Refusal::NotFound(format!("user {}", token.user)));
        }
        if self.tokens.contains_key(number) {
            return Err(Refusal::Exists(format!("token {number}")));
        }
        if self.tokens.len() >= max::TOKENS_MAX {
            return Err(Refusal::Limit { what: "tokens", max: max::TOKENS_MAX });
        }
        self.tokens.insert(number.to_owned(), token);
        Ok(())
    }

    fn set_certificate_use(&mut self, certificate: &str, enabled: bool, position: u64) -> Result<(), Refusal> {
        if !is_fingerprint(certificate) {
            return Err(invalid("certificate", "its SHA-256 is wanted: 64 hexadecimal digits, lower case"));
        }
        let known = &mut self.disabled_certificates;
        if enabled {
            return removed(known.remove(certificate).is_some(), || {
                format!("certificate {certificate} that is out of use")
            });
        }
        if known.len() >= max::DISABLED_MAX {
            return Err(Refusal::Limit { what: "certificates out of use", max: max::DISABLED_MAX });
        }
        let is_new = !known.contains_key(certificate);
        known.entry(certificate.to_owned()).or_insert(position);
        added(is_new, || format!("certificate {certificate}, out of use,"))
    }

    fn change_subsystem(&mut self, command: &Command, position: u64) -> Result<(), Refusal> {
        let Some(id) = command.subsystem() else { return Err(invalid("do", "it names no subsystem")) };
        let mut next = self.subsystem(id).cloned().ok_or_else(|| no_subsystem(id))?;
        if let Command::PutSubscription { subscription, .. } = command {
            let name = &subscription.name;
            let others = self.subsystems.iter().find(|(other, s)| *other != id && s.subscriptions.contains_key(name));
            if let Some((other, _)) = others {
                return Err(Refusal::Exists(format!("subscription {name}, of {other}: another name is wanted")));
            }
        }
        next.apply(id, command)?;
        next.changed = position;
        self.subsystems.insert(id.clone(), Arc::new(next));
        Ok(())
    }
}

impl Subsystem {
    fn apply(&mut self, id: &ClientId, command: &Command) -> Result<(), Refusal> {
        match command {
            Command::SetConnection { connection, .. } => {
                if let Connection::Addresses(list) = connection
                    && list.len() > max::CALLERS_MAX
                {
                    return Err(Refusal::Limit { what: "addresses", max: max::CALLERS_MAX });
                }
                self.connection = connection.clone();
                Ok(())
            }
            Command::PutService { service, settings, .. } => self.put_service(id, service, settings),
            Command::RemoveService { service, .. } => {
                self.services.remove(service).ok_or_else(|| no_service(id, service))?;
                self.rights.retain(|right| right.service != *service);
                Ok(())
            }
            Command::AddEndpoint { service, endpoint, .. } => self.add_endpoint(id, service, endpoint),
            Command::RemoveEndpoint { service, endpoint, .. } => {
                if !self.service(id, service)?.endpoints.remove(endpoint) {
                    return Err(no_endpoint(service, endpoint));
                }
                self.rights.retain(|r| r.service != *service || r.endpoint.as_ref() != Some(endpoint));
                Ok(())
            }
            Command::PutGroup { group, description, .. } => self.put_group(group, description),
            Command::RemoveGroup { group, .. } => {
                self.groups.remove(group).ok_or_else(|| no_group(group))?;
                self.rights.retain(|right| right.subject != Subject::LocalGroup(group.clone()));
                Ok(())
            }
            Command::AddMember { group, member, .. } => {
                let members = self.members(group)?;
                if members.len() >= max::MEMBERS_MAX {
                    return Err(Refusal::Limit { what: "members of a group", max: max::MEMBERS_MAX });
                }
                added(members.insert(member.clone()), || format!("{member} in group {group}"))
            }
            Command::RemoveMember { group, member, .. } => {
                removed(self.members(group)?.remove(member), || format!("{member} in group {group}"))
            }
            Command::PutSubscription { subscription, .. } => self.put_subscription(subscription),
            Command::RemoveSubscription { subscription, .. } => {
                removed(self.subscriptions.remove(subscription).is_some(), || {
                    format!("subscription {subscription} of {id}")
                })
            }
            Command::Grant { right, .. } => self.grant(id, right),
            Command::Revoke { right, .. } => {
                removed(self.rights.remove(right), || format!("such right of {}", right.subject))
            }
            _ => Err(invalid("do", "it changes no subsystem")),
        }
    }

    fn service(&mut self, id: &ClientId, code: &str) -> Result<&mut ServiceEntry, Refusal> {
        self.services.get_mut(code).ok_or_else(|| no_service(id, code))
    }

    fn members(&mut self, group: &str) -> Result<&mut BTreeSet<ClientId>, Refusal> {
        self.groups.get_mut(group).map(|group| &mut group.members).ok_or_else(|| no_group(group))
    }

    fn put_service(&mut self, id: &ClientId, code: &str, settings: &ServiceSettings) -> Result<(), Refusal> {
        if id.subsystem.is_none() {
            return Err(invalid("service", "only a subsystem offers services, not a member itself"));
        }
        check_code("service", code)?;
        if RESERVED.contains(&code) {
            return Err(invalid("service", &format!("{code} is answered by the gateway itself: choose another code")));
        }
        check_settings(settings)?;
        if let Some(known) = self.services.get_mut(code) {
            known.settings = settings.clone();
            return Ok(());
        }
        if self.services.len() >= max::SERVICES_MAX {
            return Err(Refusal::Limit { what: "services of a subsystem", max: max::SERVICES_MAX });
        }
        let entry = ServiceEntry { settings: settings.clone(), endpoints: BTreeSet::new() };
        self.services.insert(code.to_owned(), entry);
        Ok(())
    }

    fn add_endpoint(&mut self, id: &ClientId, code: &str, endpoint: &Endpoint) -> Result<(), Refusal> {
        let service = self.service(id, code)?;
        if service.endpoints.len() >= max::ENDPOINTS_MAX {
            return Err(Refusal::Limit { what: "endpoints of a service", max: max::ENDPOINTS_MAX });
        }
        added(service.endpoints.insert(endpoint.clone()), || format!("endpoint {endpoint} of service {code}"))
    }

    fn put_subscription(&mut self, settings: &SubscriptionSettings) -> Result<(), Refusal> {
        settings.check().map_err(|error| Refusal::Invalid { what: error.what, why: error.why })?;
        if !self.subscriptions.contains_key(&settings.name) && self.subscriptions.len() >= max::SUBSCRIPTIONS_MAX {
            return Err(Refusal::Limit { what: "subscriptions of a subsystem", max: max::SUBSCRIPTIONS_MAX });
        }
        self.subscriptions.insert(settings.name.clone(), settings.clone());
        Ok(())
    }

    fn put_group(&mut self, code: &str, description: &str) -> Result<(), Refusal> {
        check_code("group", code)?;
        check_text("description", description)?;
        if let Some(known) = self.groups.get_mut(code) {
            description.clone_into(&mut known.description);
            return Ok(());
        }
        if self.groups.len() >= max::GROUPS_MAX {
            return Err(Refusal::Limit { what: "groups of a subsystem", max: max::GROUPS_MAX });
        }
        let group = LocalGroup { description: description.to_owned(), members: BTreeSet::new() };
        self.groups.insert(code.to_owned(), group);
        Ok(())
    }

    fn grant(&mut self, id: &ClientId, right: &Right) -> Result<(), Refusal> {
        let service = self.service(id, &right.service)?;
        if let Some(endpoint) = right.endpoint.as_ref().filter(|e| !service.endpoints.contains(e)) {
            return Err(no_endpoint(&right.service, endpoint));
        }
        if let Subject::LocalGroup(group) = &right.subject
            && !self.groups.contains_key(group)
        {
            return Err(no_group(group));
        }
        if self.rights.len() >= max::RIGHTS_MAX {
            return Err(Refusal::Limit { what: "rights of a subsystem", max: max::RIGHTS_MAX });
        }
        added(self.rights.insert(right.clone()), || format!("this right of {}", right.subject))
    }
}

/// The subsystem that all of these change, if it is one.
fn one_subsystem(commands: &[Command]) -> Option<&ClientId> {
    let first = commands.first()?.subsystem()?;
    commands.iter().all(|command| command.subsystem() == Some(first)).then_some(first)
}
