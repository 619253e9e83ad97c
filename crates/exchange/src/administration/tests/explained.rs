//! Who may call what and why not, as it is explained and as it is decided.

use super::*;
use crate::administration::explain::{Answer, explain};
use crate::wire::rest::Verb;

#[test]
fn it_is_explained_who_may_call_what_and_why_not() {
    let state = state();
    let directory = directory::conf();
    let here = "VN/GOV/MPS/gateway".parse().unwrap();
    for (client, service, call, answer, against) in [
        ("LA/GOV/MOHA/civil", "persons", Some("GET /v1/persons/42"), Answer::Yes, None),
        ("LA/GOV/MOHA/civil", "persons", None, Answer::Partly, None),
        ("LA/GOV/MOHA/civil", "persons", Some("PUT /v1/persons/42"), Answer::No, Some("right_covers")),
        ("LA/GOV/MOHA/civil", "persons", Some("GET /v1/persons/42/../../x"), Answer::No, Some("path_refused")),
        ("LA/GOV/MOHA/civil", "persons", Some("GET /v1/persons/%2e%2e/x"), Answer::No, Some("path_refused")),
        ("LA/GOV/MOHA/civil", "archive", None, Answer::No, Some("service_off")),
        ("LA/GOV/MOHA/civil", "none", None, Answer::No, Some("service_unknown")),
        ("LA/GOV/MOHA/civil", "listMethods", None, Answer::Yes, None),
        ("LA/GOV/MOHA/civil", "open", None, Answer::No, Some("right_none")),
        ("VN/GOV/MOJ/clerk", "open", None, Answer::Yes, None),
        ("VN/GOV/MOJ/clerk", "open", Some("DELETE /x"), Answer::Yes, None),
        ("LA/GOV/MOHA/ghost", "persons", None, Answer::No, Some("client_exists")),
        ("LA/GOV/MOHA/idle", "persons", None, Answer::No, Some("client_at_gateway")),
    ] {
        let call = call.map(|text: &str| text.split_once(' ').unwrap());
        let question = Question {
            client: id(client),
            provider: population(),
            service: service.to_owned(),
            verb: call.map(|(verb, _)| verb.parse::<Verb>().unwrap()),
            path: call.map(|(_, path)| path.to_owned()),
        };
        let explained = explain(&state, &directory, &here, &question);
        let first = explained.first_against().map(|reason| reason.code);
        assert_eq!((explained.answer, first), (answer, against), "{question:?}: {explained:#?}");
        assert!(explained.reasons.iter().all(|reason| !reason.text.is_empty()));
    }
}

/// As the gateway does it, see `gateway::events::service`: who may see a part of a topic may ask for it.
#[test]
fn a_right_to_a_part_of_a_topic_is_explained_as_the_gateway_decides() {
    let mut state = state();
    let events: Declaration = serde_json::from_str(
        r#"{ "version": 1, "subsystems": [{ "id": "VN/GOV/MPS/population",
            "services": [{ "code": "events", "urls": ["mekong:events"], "endpoints": ["GET /births", "GET /deaths"] }],
            "rights": [{ "subject": "LA/GOV/MOHA/civil", "service": "events", "endpoints": ["GET /births/vn.birth"] },
                { "subject": "VN/GOV/MOJ/clerk", "service": "events", "endpoints": ["GET /births"] },
                { "subject": "VN/GOV/MPS/asks", "service": "events" }] }] }"#,
    )
    .unwrap();
    let commands = events.commands(&state).unwrap();
    state.apply(&Command::All { commands }, 8).unwrap();
    let directory = directory::conf();
    for (client, call, answer, code) in [
        ("LA/GOV/MOHA/civil", "GET /births", Answer::Partly, "events_parts"),
        ("LA/GOV/MOHA/civil", "GET /births/", Answer::Partly, "events_parts"),
        ("LA/GOV/MOHA/civil", "GET /", Answer::Partly, "events_parts"),
        ("LA/GOV/MOHA/civil", "GET /deaths", Answer::No, "right_covers"),
        ("LA/GOV/MOHA/civil", "POST /births", Answer::No, "events_method"),
        ("VN/GOV/MOJ/clerk", "GET /births", Answer::Yes, "right_covers"),
        ("VN/GOV/MOJ/clerk", "GET /deaths", Answer::No, "right_covers"),
        ("VN/GOV/MPS/asks", "GET /deaths", Answer::Yes, "right_covers"),
        ("VN/GOV/MPS/asks", "GET /", Answer::Yes, "right_covers"),
    ] {
        let (verb, path) = call.split_once(' ').unwrap();
        let question = Question {
            client: id(client),
            provider: population(),
            service: "events".to_owned(),
            verb: Some(verb.parse().unwrap()),
            path: Some(path.to_owned()),
        };
        let explained = explain(&state, &directory, &"VN/GOV/MPS/gateway".parse().unwrap(), &question);
        let last = explained.reasons.last().map(|reason| reason.code);
        assert_eq!((explained.answer, last), (answer, Some(code)), "{client} {call}: {explained:#?}");
    }
}

#[test]
fn calls_to_others_are_explained_as_far_as_is_known() {
    let state = state();
    let directory = directory::conf();
    let here = "VN/GOV/MPS/gateway".parse().unwrap();
    let of = |client: &str, provider: &str| {
        let question =
            Question { client: id(client), provider: id(provider), service: "s".into(), verb: None, path: None };
        let explained = explain(&state, &directory, &here, &question);
        (explained.answer, explained.first_against().map(|reason| reason.code))
    };
    assert_eq!(of("VN/GOV/MPS/asks", "LA/GOV/MOHA/civil"), (Answer::Elsewhere, None));
    assert_eq!(of("VN/GOV/MPS/asks", "LA/GOV/MOHA/ghost"), (Answer::No, Some("provider_exists")));
    assert_eq!(of("VN/GOV/MPS/asks", "LA/GOV/MOHA/idle"), (Answer::No, Some("provider_at_gateway")));
    assert_eq!(of("VN/GOV/MOJ/clerk", "LA/GOV/MOHA/civil"), (Answer::No, Some("client_not_here")));
}

/// What explaining says is what the gateway does, for every client, service and call of a grid.
#[test]
fn explaining_and_deciding_agree() {
    let state = state();
    let directory = directory::conf();
    let here = "VN/GOV/MPS/gateway".parse().unwrap();
    let provider = population();
    let subsystem = state.subsystem(&provider).unwrap();
    for client in ["LA/GOV/MOHA/civil", "VN/GOV/MOJ/clerk", "VN/GOV/MPS/asks"] {
        for service in ["persons", "open"] {
            for path in
                ["", "/", "/v1/persons", "/v1/persons/1", "/v1/persons/1/2", "/v1/persons/1%2F2", "/v1/health", "/.."]
            {
                for verb in Verb::ALL {
                    let (client, service_id) = (id(client), provider.service(service));
                    let request = crate::rules::rights::Request { client: &client, service: &service_id, verb, path };
                    let decided = runtime::rights(subsystem).decide(request, |_, _| false).is_ok();
                    let question = Question {
                        client: client.clone(),
                        provider: provider.clone(),
                        service: service.to_owned(),
                        verb: Some(verb),
                        path: Some(path.to_owned()),
                    };
                    let explained = explain(&state, &directory, &here, &question).answer == Answer::Yes;
                    assert_eq!(explained, decided, "{client} {service} {verb} {path}");
                }
            }
        }
    }
}

/// A directory of two instances: who is in it, and registered where.
mod directory {
    use mekong_base::{ClientId, MemberId, ServerId};
    use mekong_directory::globalconf::{Part, PartMetadata};
    use mekong_directory::shared::{Member, MemberClass, SecurityServer, SharedParameters, Source, Subsystem};
    use mekong_directory::{GlobalConf, SHARED_PARAMETERS, Version};
    use std::collections::BTreeMap;
    use std::sync::Arc;

    pub(super) fn conf() -> GlobalConf {
        let vietnam = shared("VN", &[("MPS", &["population", "asks"]), ("MOJ", &["clerk"])], &[]);
        let laos = shared("LA", &[("MOHA", &["civil", "idle"])], &["idle"]);
        let part = |shared: SharedParameters| {
            let metadata = PartMetadata {
                content_id: SHARED_PARAMETERS.into(),
                instance: shared.instance.clone(),
                expires: None,
                file_name: None,
                location: None,
                version: Version::V6,
            };
            let bytes = Arc::from(shared.write(Version::V6).into_bytes());
            (shared.instance, vec![Part { metadata, file_name: "shared-params.xml".into(), bytes }])
        };
        GlobalConf::from_parts("VN", BTreeMap::from([part(vietnam), part(laos)]), None).unwrap()
    }

    /// Members with subsystems; each member has a gateway, at which all but the `idle` ones are registered.
    fn shared(instance: &str, members: &[(&str, &[&str])], idle: &[&str]) -> SharedParameters {
        let member_id = |code: &str| MemberId::new(instance, "GOV", code);
        let member = |(code, subsystems): &(&str, &[&str])| Member {
            id: member_id(code),
            class_description: "Government".into(),
            name: (*code).into(),
            subsystems: subsystems.iter().map(|code| Subsystem { code: (*code).into(), name: None }).collect(),
        };
        let server = |(code, subsystems): &(&str, &[&str])| {
            let registered = subsystems.iter().filter(|code| !idle.contains(code));
            let clients: Vec<ClientId> = registered.map(|subsystem| member_id(code).subsystem(*subsystem)).collect();
            SecurityServer {
                id: ServerId { owner: member_id(code), server: "gateway".into() },
                address: Some("127.0.0.1".into()),
                auth_cert_hashes: Vec::new(),
                clients,
                maintenance: None,
            }
        };
        SharedParameters {
            instance: instance.into(),
            version: Version::V6,
            sources: vec![Source {
                address: "127.0.0.1".into(),
                internal_certs: vec![vec![1]],
                external_certs: vec![vec![1]],
            }],
            authorities: Vec::new(),
            timestampers: Vec::new(),
            members: members.iter().map(member).collect(),
            servers: members.iter().map(server).collect(),
            groups: Vec::new(),
            member_classes: vec![MemberClass { code: "GOV".into(), description: "Government".into() }],
            ocsp_freshness: std::time::Duration::from_secs(3600),
        }
    }
}
