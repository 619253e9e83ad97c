//! Who may call which service of a subsystem, by which method, on which path. Nobody, unless it is granted.

use super::path::{PathError, PathPattern, Readings};
use crate::wire::rest::Verb;
use mekong_base::{ClientId, ServiceId};
use std::collections::{BTreeMap, BTreeSet};

/// Who is granted something.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// One client: a subsystem (or a member itself, where it asks without one).
    Client(ClientId),
    /// A group of the global configuration.
    GlobalGroup {
        /// The instance that keeps the group.
        instance: String,
        /// Its code.
        code: String,
    },
    /// A group that the provider keeps itself, by its code.
    LocalGroup(String),
}

/// One grant. Its widest form is every method and path of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Who.
    pub subject: Subject,
    /// The service code.
    pub service: String,
    /// The method, or `None` for all.
    pub verb: Option<Verb>,
    /// The path after the service.
    pub path: PathPattern,
}

impl Grant {
    /// A whole service.
    pub fn service(subject: Subject, service: impl Into<String>) -> Self {
        Self { subject, service: service.into(), verb: None, path: PathPattern::any() }
    }

    /// One method and path pattern of a service.
    pub fn endpoint(subject: Subject, service: impl Into<String>, verb: Option<Verb>, path: PathPattern) -> Self {
        Self { subject, service: service.into(), verb, path }
    }
}

/// The rights that one subsystem grants.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rights {
    /// All grants; order does not matter.
    pub grants: Vec<Grant>,
    /// Members of the subsystem's own groups, by group code.
    pub local_groups: BTreeMap<String, BTreeSet<ClientId>>,
}

/// Why a request is not allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// Nothing is granted to this client on this service.
    #[error("{client} has no access right to {service}: ask the provider to grant one")]
    NoRight {
        /// Who asked.
        client: String,
        /// For what.
        service: String,
    },
    /// Something is granted, but not this method and path.
    #[error("{client} has access rights to {service}, but not to {verb} on this path: ask the provider to grant it")]
    NotThisEndpoint {
        /// Who asked.
        client: String,
        /// For what.
        service: String,
        /// By which method.
        verb: Verb,
    },
    /// The path can be read in ways that no right may cover.
    #[error(transparent)]
    Path(#[from] PathError),
}

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Who asks; verified.
    pub client: &'a ClientId,
    /// For which service; its provider is the one whose rights these are.
    pub service: &'a ServiceId,
    /// By which method.
    pub verb: Verb,
    /// The path after the service as it stands in the request.
    pub path: &'a str,
}

impl Rights {
    /// Decides. `in_global_group` tells whether the client is in a group (instance, code) of the global configuration.
    ///
    /// # Errors
    /// [`Refusal`] says why not.
    pub fn decide(&self, request: Request<'_>, in_global_group: impl Fn(&str, &str) -> bool) -> Result<(), Refusal> {
        let readings = Readings::of(request.path)?;
        let is_subject = |subject: &Subject| match subject {
            Subject::Client(client) => client == request.client,
            Subject::GlobalGroup { instance, code } => in_global_group(instance, code),
            Subject::LocalGroup(code) => self.local_groups.get(code).is_some_and(|g| g.contains(request.client)),
        };
        let of_service = |grant: &&Grant| grant.service == request.service.service;
        let mut some_right = false;
        for grant in self.grants.iter().filter(of_service).filter(|g| is_subject(&g.subject)) {
            some_right = true;
            if grant.verb.is_none_or(|v| v == request.verb) && readings.covered_by(&grant.path) {
                return Ok(());
            }
        }
        let (client, service) = (request.client.to_string(), request.service.to_string());
        Err(match some_right {
            true => Refusal::NotThisEndpoint { client, service, verb: request.verb },
            false => Refusal::NoRight { client, service },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mekong_base::MemberId;

    fn client(code: &str) -> ClientId {
        MemberId::new("LA", "GOV", "MOHA").subsystem(code)
    }

    fn rights() -> Rights {
        let global = Subject::GlobalGroup { instance: "VN".into(), code: "ministries".into() };
        let path = |text: &str| PathPattern::parse(text).unwrap_or_else(|_| PathPattern::any());
        let local = Subject::LocalGroup("clerks".into());
        Rights {
            grants: vec![
                Grant::service(Subject::Client(client("all")), "persons"),
                Grant::endpoint(Subject::Client(client("one")), "persons", Some(Verb::Get), path("/v1/persons/*")),
                Grant::endpoint(global, "persons", None, path("/v1/statistics/**")),
                Grant::endpoint(local, "persons", Some(Verb::Post), path("/v1/persons")),
            ],
            local_groups: BTreeMap::from([("clerks".into(), BTreeSet::from([client("clerk")]))]),
        }
    }

    fn decide(code: &str, verb: Verb, path: &str) -> Result<(), Refusal> {
        decide_on("persons", code, verb, path)
    }

    fn decide_on(service: &str, code: &str, verb: Verb, path: &str) -> Result<(), Refusal> {
        let service = MemberId::new("VN", "GOV", "MPS").subsystem("population").service(service);
        let client = client(code);
        let in_group = |instance: &str, group: &str| (instance, group, code) == ("VN", "ministries", "grouped");
        rights().decide(Request { client: &client, service: &service, verb, path }, in_group)
    }

    #[track_caller]
    fn no_right(found: Result<(), Refusal>) {
        assert!(matches!(found, Err(Refusal::NoRight { .. })), "{found:?}");
    }

    #[track_caller]
    fn not_this(found: Result<(), Refusal>) {
        assert!(matches!(found, Err(Refusal::NotThisEndpoint { .. })), "{found:?}");
    }

    #[test]
    fn nobody_may_unless_it_is_granted() {
        no_right(decide("other", Verb::Get, "/v1/persons/1"));
        no_right(decide_on("households", "all", Verb::Get, ""));
        let member = ClientId::from(MemberId::new("LA", "GOV", "MOHA"));
        let service = MemberId::new("VN", "GOV", "MPS").subsystem("population").service("persons");
        let request = Request { client: &member, service: &service, verb: Verb::Get, path: "" };
        no_right(rights().decide(request, |_, _| false));
    }

    #[test]
    fn a_whole_service_is_every_method_and_path() {
        assert_eq!(decide("all", Verb::Delete, "/anything"), Ok(()));
        assert_eq!(decide("all", Verb::Get, ""), Ok(()));
        assert_eq!(decide("all", Verb::Get, "/../other"), Err(Refusal::Path(PathError::Traversal)));
    }

    #[test]
    fn endpoints_are_by_method_and_path() {
        assert_eq!(decide("one", Verb::Get, "/v1/persons/42"), Ok(()));
        not_this(decide("one", Verb::Put, "/v1/persons/42"));
        not_this(decide("one", Verb::Get, "/v1/persons/42/history"));
        not_this(decide("one", Verb::Get, "/v1/persons/42%2Fhistory"));
        assert_eq!(decide("one", Verb::Get, "/v1/persons/%2e%2e/secret"), Err(Refusal::Path(PathError::Traversal)));
    }

    #[test]
    fn groups_count() {
        assert_eq!(decide("grouped", Verb::Get, "/v1/statistics/2026/births"), Ok(()));
        not_this(decide("grouped", Verb::Get, "/v1/persons/1"));
        assert_eq!(decide("clerk", Verb::Post, "/v1/persons"), Ok(()));
        not_this(decide("clerk", Verb::Get, "/v1/persons"));
    }
}
