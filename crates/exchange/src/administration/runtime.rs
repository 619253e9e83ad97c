//! The state as the gateway uses it for each message.

use super::model::{Connection, ServiceEntry, State, Subsystem};
use crate::gateway::{Callers, LocalClient, Service};
use crate::rules::path::PathPattern;
use crate::rules::rights::{Grant, Rights};
use mekong_base::ClientId;
use std::time::Duration;

impl State {
    /// The clients that the gateway serves, with what they offer and to whom.
    pub fn clients(&self) -> Vec<LocalClient> {
        self.subsystems.iter().map(|(id, subsystem)| client(id, subsystem)).collect()
    }
}

fn client(id: &ClientId, subsystem: &Subsystem) -> LocalClient {
    LocalClient {
        id: id.clone(),
        callers: match &subsystem.connection {
            Connection::Anyone => Callers::Anyone,
            Connection::Addresses(list) => Callers::Addresses(list.iter().copied().collect()),
        },
        services: subsystem.services.iter().map(|(code, entry)| service(code, entry)).collect(),
        rights: rights(subsystem),
        subscriptions: subsystem.subscriptions.values().cloned().collect(),
    }
}

/// A service in the form in which it is asked.
pub(super) fn service(code: &str, entry: &ServiceEntry) -> Service {
    Service {
        code: code.to_owned(),
        urls: entry.settings.urls.clone(),
        timeout: Duration::from_secs(entry.settings.timeout_seconds.into()),
        disabled: entry.settings.disabled.clone(),
        endpoints: entry.endpoints.iter().map(|e| (e.verb, e.path.clone())).collect(),
        openapi: entry.settings.openapi.clone(),
    }
}

/// The rights in the form in which they are decided.
pub(super) fn rights(subsystem: &Subsystem) -> Rights {
    let grant = |right: &super::model::Right| {
        let (verb, path) = match &right.endpoint {
            Some(endpoint) => (endpoint.verb, endpoint.path.clone()),
            None => (None, PathPattern::any()),
        };
        Grant::endpoint(right.subject.clone(), &right.service, verb, path)
    };
    Rights {
        grants: subsystem.rights.iter().map(grant).collect(),
        local_groups: subsystem.groups.iter().map(|(code, group)| (code.clone(), group.members.clone())).collect(),
    }
}
