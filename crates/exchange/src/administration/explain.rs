//! Who may call what, and why not: every reason, in the order in which the gateways decide.

use super::model::{Connection, Right, State, Subsystem};
use super::runtime::{self, rights};
use crate::events::rules::sight::{Extent, Sight};
use crate::rules::path::Readings;
use crate::rules::rights::{self as rule, Subject};
use crate::wire::rest::Verb;
use mekong_base::{ClientId, ServerId};
use mekong_directory::GlobalConf;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Who would call.
    pub client: ClientId,
    /// Whose service.
    pub provider: ClientId,
    /// Which one.
    pub service: String,
    /// By which method; any, if `None`.
    pub verb: Option<Verb>,
    /// On which path after the service; any, if `None`.
    pub path: Option<String>,
}

/// The answer in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It may.
    Yes,
    /// It may call parts of the service; which, the reasons say.
    Partly,
    /// As far as this gateway knows; another decides.
    Elsewhere,
    /// It may not.
    No,
}

impl Answer {
    /// Its name for programs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::Partly => "partly",
            Self::Elsewhere => "elsewhere",
            Self::No => "no",
        }
    }
}

/// One reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// Stable name.
    pub code: &'static str,
    /// Whether it speaks for the call; `None` if it only tells.
    pub good: Option<bool>,
    /// What it names, by name.
    pub values: Vec<(&'static str, String)>,
    /// In English, with what to do.
    pub text: String,
}

/// The answer with its reasons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// In one word.
    pub answer: Answer,
    /// Why, in the order of deciding. All are told, not only the first that fails.
    pub reasons: Vec<Reason>,
    /// The rights on this service that the client has, by itself or by a group.
    pub rights: Vec<Right>,
}

impl Explanation {
    /// The first reason that speaks against the call.
    pub fn first_against(&self) -> Option<&Reason> {
        self.reasons.iter().find(|reason| reason.good == Some(false))
    }
}

/// Explains, from what this gateway (`here`) and the directory know.
pub fn explain(state: &State, directory: &GlobalConf, here: &ServerId, question: &Question) -> Explanation {
    let mut reasons = Reasons::default();
    match state.subsystem(&question.provider) {
        Some(subsystem) => provided_here(subsystem, directory, here, question, reasons),
        None => {
            let known = provider_elsewhere(directory, question, &mut reasons);
            asks_from_here(state, directory, here, question, &mut reasons);
            if known {
                reasons.tell("decided_elsewhere", &[("provider", &question.provider)], |v| {
                    format!(
                        "whether a right is granted, the gateway of {} decides: ask its owner, or run explain there",
                        v[0]
                    )
                });
            }
            let answer = if reasons.any_against() { Answer::No } else { Answer::Elsewhere };
            Explanation { answer, reasons: reasons.0, rights: Vec::new() }
        }
    }
}

fn provided_here(
    subsystem: &Subsystem,
    directory: &GlobalConf,
    here: &ServerId,
    question: &Question,
    mut reasons: Reasons,
) -> Explanation {
    let Question { client, provider, service, .. } = question;
    reasons
        .check("provider_served", true, &[("provider", provider)], |v| format!("{} is served by this gateway", v[0]));
    let registered = directory.is_registered(provider, here);
    reasons.check(
        "provider_registered",
        registered,
        &[("provider", provider), ("server", here)],
        |v| match registered {
            true => format!("{} is registered at {} in the directory", v[0], v[1]),
            false => format!("{} is not registered at {} in the directory: have it registered", v[0], v[1]),
        },
    );
    client_known(directory, client, &mut reasons);
    let Some(entry) = subsystem.services.get(service) else {
        if super::check::RESERVED.contains(&service.as_str()) {
            reasons.check("service_built_in", true, &[("service", service)], |v| {
                format!("{} is answered by the gateway itself, to everybody whom it knows", v[0])
            });
            return conclude(reasons, Answer::Yes, Vec::new());
        }
        reasons.check("service_unknown", false, &[("provider", provider), ("service", service)], |v| {
            format!("{} offers no service {}: check the code", v[0], v[1])
        });
        return conclude(reasons, Answer::No, Vec::new());
    };
    match &entry.settings.disabled {
        None => {
            reasons.check("service_on", true, &[("service", service)], |v| format!("service {} is switched on", v[0]))
        }
        Some(notice) => reasons.check("service_off", false, &[("service", service), ("notice", notice)], |v| {
            format!("service {} is switched off: {}", v[0], v[1])
        }),
    }
    let (answer, theirs) = weigh(subsystem, directory, question, &mut reasons);
    conclude(reasons, answer, theirs)
}

fn conclude(reasons: Reasons, answer: Answer, rights: Vec<Right>) -> Explanation {
    let answer = if reasons.any_against() { Answer::No } else { answer };
    Explanation { answer, reasons: reasons.0, rights }
}

fn client_known(directory: &GlobalConf, client: &ClientId, reasons: &mut Reasons) {
    let exists = directory.exists(client);
    reasons.check("client_exists", exists, &[("client", client)], |v| match exists {
        true => format!("{} is in the directory", v[0]),
        false => format!("{} is not in the directory: check the identifier, and that its country is federated", v[0]),
    });
    if exists {
        let servers: Vec<String> = directory.servers_of(client).iter().map(|server| server.id.to_string()).collect();
        let somewhere = !servers.is_empty();
        reasons.check("client_at_gateway", somewhere, &[("client", client), ("servers", &servers.join(", "))], |v| {
            match somewhere {
                true => format!("{} asks through {}", v[0], v[1]),
                false => format!("{} is registered at no gateway: its owner must register it", v[0]),
            }
        });
    }
}

/// The rights: which the client has, and whether they cover the question.
fn weigh(
    subsystem: &Subsystem,
    directory: &GlobalConf,
    question: &Question,
    reasons: &mut Reasons,
) -> (Answer, Vec<Right>) {
    let Question { client, service, .. } = question;
    let in_global_group = |instance: &str, code: &str| directory.in_global_group(client, instance, code);
    let is_theirs = |right: &&Right| match &right.subject {
        Subject::Client(subject) => subject == client,
        Subject::GlobalGroup { instance, code } => in_global_group(instance, code),
        Subject::LocalGroup(code) => subsystem.groups.get(code).is_some_and(|group| group.members.contains(client)),
    };
    let theirs: Vec<Right> =
        subsystem.rights.iter().filter(|right| right.service == *service).filter(is_theirs).cloned().collect();
    for right in &theirs {
        let part = right.endpoint.as_ref().map(ToString::to_string);
        reasons.tell("right", &[("subject", &right.subject), ("endpoint", &part.as_deref().unwrap_or("*"))], |v| {
            match part {
                Some(_) => format!("{} may call {}", v[0], v[1]),
                None => format!("{} may call the whole service", v[0]),
            }
        });
    }
    if theirs.is_empty() {
        reasons.check("right_none", false, &[("client", client), ("service", service)], |v| {
            format!("{} has no right to {}, neither by itself nor by a group: grant one", v[0], v[1])
        });
        return (Answer::No, theirs);
    }
    let answer = covered(subsystem, in_global_group, question, &theirs, reasons);
    (answer, theirs)
}

fn covered(
    subsystem: &Subsystem,
    in_global_group: impl Fn(&str, &str) -> bool,
    question: &Question,
    theirs: &[Right],
    reasons: &mut Reasons,
) -> Answer {
    if theirs.iter().any(|right| right.endpoint.is_none()) && question.path.is_none() {
        reasons.check("right_whole", true, &[], |_| "a right covers the whole service".to_owned());
        return Answer::Yes;
    }
    let (Some(verb), Some(path)) = (question.verb, question.path.as_deref()) else {
        reasons.check("right_parts", true, &[], |_| {
            "rights cover parts of the service: ask with a method and a path for one call".to_owned()
        });
        return Answer::Partly;
    };
    let is_of_events = |entry| runtime::service(&question.service, entry).is_events();
    if subsystem.services.get(&question.service).is_some_and(is_of_events) {
        let sight = Sight::of(&rights(subsystem), &question.service, &question.client, in_global_group);
        let is_whole = theirs.iter().any(|right| right.endpoint.is_none());
        return seen(&sight, is_whole, verb, path, reasons);
    }
    if let Err(error) = Readings::of(path) {
        reasons.check("path_refused", false, &[("why", &error)], |v| v[0].clone());
        return Answer::No;
    }
    let service = question.provider.service(&question.service);
    let request = rule::Request { client: &question.client, service: &service, verb, path };
    let allowed = rights(subsystem).decide(request, in_global_group).is_ok();
    right_covers(&format!("{verb} {path}"), allowed, reasons)
}

fn right_covers(asked: &str, allowed: bool, reasons: &mut Reasons) -> Answer {
    reasons.check("right_covers", allowed, &[("call", &asked)], |v| match allowed {
        true => format!("a right covers {}", v[0]),
        false => format!("no right covers {}: grant one for this endpoint", v[0]),
    });
    if allowed { Answer::Yes } else { Answer::No }
}

/// What is told of a question to a service of events: who may see parts of a topic may ask for it. Without a topic those are
/// listed of which something may be seen.
fn seen(sight: &Sight, is_whole: bool, verb: Verb, path: &str, reasons: &mut Reasons) -> Answer {
    let asked = format!("{verb} {path}");
    if verb != Verb::Get {
        reasons.check("events_method", false, &[("call", &asked)], |v| {
            format!("{} is no question to a service of events: ask with GET; events are published elsewhere", v[0])
        });
        return Answer::No;
    }
    let topic = path.trim_matches('/');
    let extent = match topic.is_empty() {
        false => sight.extent(topic),
        true if sight.is_nothing() => Extent::Nothing,
        true if is_whole => Extent::Whole,
        true => Extent::Parts,
    };
    match extent {
        Extent::Whole => right_covers(&asked, true, reasons),
        Extent::Nothing => right_covers(&asked, false, reasons),
        Extent::Parts => {
            reasons.check("events_parts", true, &[("call", &asked)], |v| {
                format!("{} is answered with what rights cover; other topics and events are left out", v[0])
            });
            Answer::Partly
        }
    }
}

fn provider_elsewhere(directory: &GlobalConf, question: &Question, reasons: &mut Reasons) -> bool {
    let provider = &question.provider;
    let exists = directory.exists(provider);
    reasons.check("provider_exists", exists, &[("provider", provider)], |v| match exists {
        true => format!("{} is in the directory; another gateway serves it", v[0]),
        false => format!("{} is neither served here nor in the directory: check the identifier", v[0]),
    });
    if !exists {
        return false;
    }
    let servers: Vec<String> = directory.servers_of(provider).iter().map(|server| server.id.to_string()).collect();
    let somewhere = !servers.is_empty();
    reasons.check("provider_at_gateway", somewhere, &[("provider", provider), ("servers", &servers.join(", "))], |v| {
        match somewhere {
            true => format!("{} is reached through {}", v[0], v[1]),
            false => format!("{} is registered at no gateway: its owner must register it", v[0]),
        }
    });
    true
}

fn asks_from_here(state: &State, directory: &GlobalConf, here: &ServerId, question: &Question, reasons: &mut Reasons) {
    let client = &question.client;
    let Some(subsystem) = state.subsystem(client) else {
        reasons.check("client_not_here", false, &[("client", client)], |v| {
            format!("{} is not served by this gateway: add it, or ask at the gateway that serves it", v[0])
        });
        return;
    };
    reasons.check("client_served", true, &[("client", client)], |v| format!("{} is served by this gateway", v[0]));
    let registered = directory.is_registered(client, here);
    reasons.check("client_registered", registered, &[("client", client), ("server", here)], |v| match registered {
        true => format!("{} is registered at {} in the directory", v[0], v[1]),
        false => format!("{} is not registered at {} in the directory: have it registered", v[0], v[1]),
    });
    match &subsystem.connection {
        Connection::Anyone => reasons.tell("connects_anyone", &[("client", client)], |v| {
            format!("every system that reaches this gateway may ask in the name of {}", v[0])
        }),
        Connection::Addresses(list) => {
            let list: Vec<String> = list.iter().take(20).map(ToString::to_string).collect();
            reasons.tell("connects_from", &[("client", client), ("addresses", &list.join(", "))], |v| {
                format!("systems at these addresses may ask in the name of {}: {}", v[0], v[1])
            });
        }
    }
}

#[derive(Default)]
struct Reasons(Vec<Reason>);

impl Reasons {
    fn check(&mut self, code: &'static str, good: bool, values: Values<'_>, text: impl Fn(&Texts) -> String) {
        self.add(code, Some(good), values, text);
    }

    fn tell(&mut self, code: &'static str, values: Values<'_>, text: impl Fn(&Texts) -> String) {
        self.add(code, None, values, text);
    }

    fn add(&mut self, code: &'static str, good: Option<bool>, values: Values<'_>, text: impl Fn(&Texts) -> String) {
        let texts = Texts(values.iter().map(|(_, value)| value.to_string()).collect());
        let text = text(&texts);
        let values = values.iter().map(|(name, value)| (*name, value.to_string())).collect();
        self.0.push(Reason { code, good, values, text });
    }

    fn any_against(&self) -> bool {
        self.0.iter().any(|reason| reason.good == Some(false))
    }
}

type Values<'a> = &'a [(&'static str, &'a dyn std::fmt::Display)];

/// The values of a reason in their order; empty where there is none.
struct Texts(Vec<String>);

impl std::ops::Index<usize> for Texts {
    type Output = String;

    fn index(&self, index: usize) -> &String {
        const EMPTY: &String = &String::new();
        self.0.get(index).unwrap_or(EMPTY)
    }
}
