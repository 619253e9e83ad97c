//! Decisions in tables: who may change what, what is refused, what the state becomes.
//!
//! - [`explained`]: who may call what and why not.

mod explained;

use super::decide::{Asked, Decision};
use super::*;
use mekong_base::{ClientId, Instant};
use std::collections::BTreeSet;

fn id(text: &str) -> ClientId {
    text.parse().unwrap()
}

fn population() -> ClientId {
    id("VN/GOV/MPS/population")
}

fn right(subject: &str, service: &str, endpoint: Option<&str>) -> Right {
    let endpoint = endpoint.map(|text| {
        let (method, path) = text.split_once(' ').unwrap();
        Endpoint::new(Some(method), path).unwrap()
    });
    Right { subject: subject.parse().unwrap(), service: service.to_owned(), endpoint }
}

const DECLARED: &str = r#"{ "version": 1, "subsystems": [
    { "id": "VN/GOV/MPS/population", "services": [
        { "code": "persons", "urls": ["http://10.0.0.3:8081"], "endpoints": ["GET /v1/health"] },
        { "code": "archive", "urls": ["http://10.0.0.3:8081"], "disabled": "moved" },
        { "code": "open", "urls": ["http://10.0.0.3:8081", "http://10.0.0.4:8081"], "timeout_seconds": 5 } ],
      "groups": [{ "code": "clerks", "members": ["VN/GOV/MOJ/clerk"] }],
      "rights": [
        { "subject": "LA/GOV/MOHA/civil", "service": "persons", "endpoints": ["GET /v1/persons", "GET /v1/persons/*"] },
        { "subject": "LA/GOV/MOHA/civil", "service": "archive" },
        { "subject": "local:clerks", "service": "open" } ] },
    { "id": "VN/GOV/MPS/asks", "callers": ["10.1.1.1"] } ],
  "users": [ { "name": "anna", "roles": ["registrar"] }, { "name": "som", "roles": ["auditor"] },
    { "name": "kham", "roles": ["security_officer"] }, { "name": "root", "roles": ["system_administrator"] },
    { "name": "nobody", "roles": [] } ] }"#;

fn declared() -> Declaration {
    serde_json::from_str(DECLARED).unwrap()
}

fn state() -> State {
    let mut state = State::default();
    let commands = declared().commands(&state).unwrap();
    state.apply(&Command::All { commands }, 7).unwrap();
    state
}

#[test]
fn a_declaration_leads_to_what_it_says_and_then_changes_nothing() {
    let state = state();
    assert_eq!(declared().commands(&state).unwrap(), []);
    let again = Declaration::of(&state);
    assert_eq!(again.commands(&state).unwrap(), []);
    let text = serde_json::to_string(&again).unwrap();
    assert_eq!(serde_json::from_str::<Declaration>(&text).unwrap(), again);
    let persons = &state.subsystem(&population()).unwrap().services["persons"];
    assert_eq!(persons.endpoints.len(), 3, "those of rights are endpoints too");
    // Another declaration: everything that is not in it goes, in an order in which nothing is missing.
    let other: Declaration = serde_json::from_str(
        r#"{ "version": 1, "subsystems": [{ "id": "VN/GOV/MPS/population",
            "services": [{ "code": "persons", "urls": ["http://h"], "endpoints": [] }],
            "rights": [{ "subject": "global:VN/all", "service": "persons" }] }] }"#,
    )
    .unwrap();
    let mut next = state.clone();
    let commands = other.commands(&state).unwrap();
    next.apply(&Command::All { commands }, 8).unwrap();
    assert_eq!(other.commands(&next).unwrap(), []);
    assert_eq!((next.subsystems.len(), next.users.len()), (1, 5), "users are not named, so they stay");
    assert_eq!(
        next.subsystem(&population()).unwrap().rights,
        BTreeSet::from([right("global:VN/all", "persons", None)])
    );
}

#[test]
fn broken_declarations_name_the_place() {
    let of = |text: &str| {
        let declared: Declaration = serde_json::from_str(text).map_err(|e| e.to_string())?;
        declared.commands(&State::default()).map(|_| ()).map_err(|e| e.to_string())
    };
    for (text, place) in [
        (r#"{"version":2}"#, "version: 2 is not read"),
        (r#"{"version":1,"more":1}"#, "more"),
        (r#"{"version":1,"subsystems":[{"id":"VN/GOV/A/x"},{"id":"VN/GOV/A/x"}]}"#, "twice"),
        (
            r#"{"version":1,"subsystems":[{"id":"VN/GOV/A/x","rights":[{"subject":"local:a","service":"s"}]}]}"#,
            "no service s",
        ),
        (r#"{"version":1,"subsystems":[{"id":"VN//A"}]}"#, "segment 2"),
        (r#"{"version":1,"users":[{"name":"a","roles":["king"]}]}"#, "king"),
    ] {
        assert!(of(text).is_err_and(|error| error.contains(place)), "{text}: {:?}", of(text));
    }
}

fn service(code: &str, settings: ServiceSettings) -> Command {
    Command::PutService { subsystem: population(), service: code.to_owned(), settings }
}

#[test]
fn what_is_not_possible_is_refused_and_changes_nothing() {
    let settings = |change: fn(&mut ServiceSettings)| {
        let mut settings = ServiceSettings::at("http://10.0.0.3");
        change(&mut settings);
        service("new", settings)
    };
    let grant = |right| Command::Grant { subsystem: population(), right };
    let remove = |text: &str| Command::RemoveSubsystem { subsystem: id(text) };
    for (command, code) in [
        (Command::AddSubsystem { subsystem: population() }, "exists"),
        (remove("VN/GOV/MPS/none"), "not_found"),
        (grant(right("LA/GOV/MOHA/civil", "none", None)), "not_found"),
        (grant(right("LA/GOV/MOHA/civil", "persons", Some("POST /v1/persons"))), "not_found"),
        (grant(right("local:none", "persons", None)), "not_found"),
        (grant(right("LA/GOV/MOHA/civil", "archive", None)), "exists"),
        (Command::Revoke { subsystem: population(), right: right("local:x", "persons", None) }, "not_found"),
        (service("listMethods", ServiceSettings::at("http://h")), "invalid"),
        (service("a/b", ServiceSettings::at("http://h")), "invalid"),
        (service("..", ServiceSettings::at("http://h")), "invalid"),
        (settings(|s| s.urls.clear()), "invalid"),
        (settings(|s| s.urls = vec!["https://h".into()]), "invalid"),
        (settings(|s| s.urls = vec!["http://".into()]), "invalid"),
        (settings(|s| s.urls = vec!["http://user@h/".into()]), "invalid"),
        (settings(|s| s.urls = vec!["http://h/?a=b".into()]), "invalid"),
        (settings(|s| s.urls = vec!["http://h/#a".into()]), "invalid"),
        (settings(|s| s.urls = vec!["http://h".into(); 9]), "invalid"),
        (settings(|s| s.timeout_seconds = 0), "invalid"),
        (settings(|s| s.timeout_seconds = 541), "invalid"),
        (settings(|s| s.disabled = Some("a\nb".into())), "invalid"),
        (settings(|s| s.openapi = Some(Description::Text("{}".into()))), "invalid"),
        (settings(|s| s.openapi = Some(Description::Url("file:///etc/passwd".into()))), "invalid"),
        (Command::PutUser { user: "../x".into(), roles: BTreeSet::new() }, "invalid"),
        (Command::RemoveUser { user: "ghost".into() }, "not_found"),
        (Command::All { commands: vec![Command::All { commands: Vec::new() }] }, "invalid"),
        (Command::All { commands: vec![remove("VN/GOV/MPS/asks"), remove("VN/GOV/MPS/asks")] }, "not_found"),
    ] {
        let (before, mut after) = (state(), state());
        assert_eq!(after.apply(&command, 9).map_err(|error| error.code()), Err(code), "{command:?}");
        assert_eq!(Declaration::of(&after), Declaration::of(&before), "{command:?}");
        assert_eq!(after.changed, before.changed);
    }
    let member = Command::AddSubsystem { subsystem: id("VN/GOV/MPS") };
    let offers = Command::PutService {
        subsystem: id("VN/GOV/MPS"),
        service: "s".into(),
        settings: ServiceSettings::at("http://h"),
    };
    let refused = state().apply(&Command::All { commands: vec![member, offers] }, 9);
    assert_eq!(refused.map_err(|error| error.code()), Err("invalid"), "a member itself offers nothing");
}

#[test]
fn what_goes_takes_its_rights_along() {
    let granted = |command: &Command| {
        let mut state = state();
        state.apply(command, 9).unwrap();
        state.subsystem(&population()).unwrap().rights.len()
    };
    let endpoint = Endpoint::new(Some("GET"), "/v1/persons").unwrap();
    let (subsystem, persons) = (population(), "persons".to_owned());
    assert_eq!(granted(&Command::RemoveService { subsystem: population(), service: "archive".into() }), 3);
    assert_eq!(granted(&Command::RemoveGroup { subsystem: population(), group: "clerks".into() }), 3);
    assert_eq!(granted(&Command::RemoveEndpoint { subsystem, service: persons, endpoint }), 3);
    let mut state = state();
    let token = Command::AddToken {
        token: "t1".into(),
        user: "anna".into(),
        digest: "0".repeat(64),
        label: String::new(),
        expires: Some(Instant::from_unix_seconds(100)),
    };
    state.apply(&token, 9).unwrap();
    assert!(state.token(&"0".repeat(64), Instant::from_unix_seconds(99)).is_some());
    assert!(state.token(&"0".repeat(64), Instant::from_unix_seconds(100)).is_none(), "it ended");
    state.apply(&Command::RemoveUser { user: "anna".into() }, 10).unwrap();
    assert!(state.tokens.is_empty());
}

/// Every kind of command by every role: whoever is not named may not.
#[test]
fn every_command_takes_its_role() {
    let anna = || "anna".to_owned();
    let token = |user: &str| Command::AddToken {
        token: "t2".into(),
        user: user.to_owned(),
        digest: "0".repeat(64),
        label: String::new(),
        expires: None,
    };
    let connection = Command::SetConnection { subsystem: population(), connection: Connection::Anyone };
    let grant = Command::Grant { subsystem: population(), right: right("LA/GOV/MOHA/civil", "open", None) };
    let both = Command::All { commands: vec![connection.clone(), grant.clone()] };
    for (command, allowed) in [
        (Command::AddSubsystem { subsystem: id("VN/GOV/MPS/new") }, vec!["anna"]),
        (Command::RemoveSubsystem { subsystem: population() }, vec!["anna"]),
        (service("new", ServiceSettings::at("http://h")), vec!["anna"]),
        (grant, vec!["anna"]),
        (connection, vec!["kham"]),
        (both, vec![]),
        (Command::PutUser { user: anna(), roles: BTreeSet::new() }, vec!["root"]),
        (Command::RemoveUser { user: anna() }, vec!["root"]),
        (token("anna"), vec!["anna", "root"]),
        (token("som"), vec!["root", "som"]),
        (token("nobody"), vec!["root"]),
    ] {
        let state = state();
        for user in ["anna", "kham", "nobody", "root", "som", "stranger", "operator"] {
            let actor = Actor { user: user.to_owned(), via: Via::Session };
            let asked = Asked { actor: &actor, command: &command, seen: None, whole: None, key: None };
            let found = state.decide(asked).map_err(|error| error.code());
            let expected = if allowed.contains(&user) { Ok(Decision::Do) } else { Err("not_permitted") };
            assert_eq!(found, expected, "{user}: {command:?}");
        }
        let asked = Asked { actor: &Actor::operator(), command: &command, seen: None, whole: None, key: None };
        assert_eq!(state.decide(asked), Ok(Decision::Do), "the operator: {command:?}");
    }
}

/// A client whose systems ask from named addresses is not taken away and added anew, for everyone to ask in its name, by
/// somebody who may not say from where they ask.
#[test]
fn who_may_not_change_addresses_does_not_lift_them_by_removing_a_client() {
    let mut state = state();
    let asks = id("VN/GOV/MPS/asks");
    let remove = Command::RemoveSubsystem { subsystem: asks.clone() };
    let anew = Command::All { commands: vec![remove.clone(), Command::AddSubsystem { subsystem: asks.clone() }] };
    let decide = |state: &State, user: &str, command: &Command| {
        let actor = Actor { user: user.to_owned(), via: Via::Session };
        let asked = Asked { actor: &actor, command, seen: None, whole: None, key: None };
        state.decide(asked).map_err(|error| error.to_string())
    };
    let why = "anna may not do this: it takes the role security_officer";
    for command in [&remove, &anew] {
        assert_eq!(decide(&state, "anna", command), Err(why.to_owned()), "{command:?}");
    }
    let open = Command::RemoveSubsystem { subsystem: population() };
    assert_eq!(decide(&state, "anna", &open), Ok(Decision::Do), "everyone may ask in its name as it is");
    assert!(decide(&state, "kham", &remove).is_err_and(|why| why.contains("registrar")));
    let roles = BTreeSet::from([Role::Registrar, Role::SecurityOfficer]);
    state.apply(&Command::PutUser { user: "both".into(), roles }, 8).unwrap();
    for command in [&remove, &anew] {
        assert_eq!(decide(&state, "both", command), Ok(Decision::Do), "{command:?}");
    }
    // What stands in a ledger from before stays done.
    assert_eq!(state.fold(9, &change("anna", remove, None, None)), Some(Ok(Decision::Do)));
    assert!(state.subsystem(&asks).is_none());
}

fn change(user: &str, command: Command, seen: Option<u64>, key: Option<&str>) -> Entry {
    Entry {
        actor: Actor { user: user.to_owned(), via: Via::Session },
        from: None,
        event: Event::Change { command: Box::new(command), seen, whole: None, key: key.map(str::to_owned) },
        outcome: Outcome::Done,
    }
}

#[test]
fn who_saw_an_older_state_changes_nothing() {
    let mut state = state();
    let put = |urls: &str| service("persons", ServiceSettings::at(urls));
    assert_eq!(state.fold(10, &change("anna", put("http://one"), Some(7), None)), Some(Ok(Decision::Do)));
    let late = state.fold(11, &change("anna", put("http://two"), Some(7), None));
    assert!(matches!(late, Some(Err(Refusal::Changed { found: 10, wanted: 7, .. }))), "{late:?}");
    assert_eq!(state.subsystem(&population()).unwrap().services["persons"].settings.urls, ["http://one"]);
    let other = Command::AddSubsystem { subsystem: id("VN/GOV/MPS/new") };
    assert_eq!(state.fold(12, &change("anna", other, Some(0), None)), Some(Ok(Decision::Do)), "a new thing is at 0");
    assert_eq!(state.position, 13);
}

#[test]
fn what_was_decided_for_the_whole_gateway_is_done_only_if_nothing_changed_since() {
    let mut state = state();
    // Changes of one subsystem: its own position would not tell.
    let put = |url: &str| Command::All { commands: vec![service("persons", ServiceSettings::at(url))] };
    let of_whole = |whole: u64, command: Command| {
        let mut entry = change("anna", command, None, None);
        if let Event::Change { whole: seen, .. } = &mut entry.event {
            *seen = Some(whole);
        }
        serde_json::from_slice::<Entry>(&serde_json::to_vec(&entry).unwrap()).unwrap()
    };
    let other = Command::AddSubsystem { subsystem: id("VN/GOV/MPS/new") };
    assert_eq!(state.fold(10, &change("anna", other, None, None)), Some(Ok(Decision::Do)));
    let late = state.fold(11, &of_whole(7, put("http://two")));
    assert!(matches!(late, Some(Err(Refusal::Changed { found: 10, wanted: 7, .. }))), "{late:?}");
    assert_eq!(state.fold(12, &of_whole(10, put("http://two"))), Some(Ok(Decision::Do)));
    assert_eq!(state.subsystem(&population()).unwrap().services["persons"].settings.urls, ["http://two"]);
}

#[test]
fn a_request_that_is_sent_again_is_carried_out_once() {
    let mut state = state();
    let add = |code: &str| Command::AddSubsystem { subsystem: population().member.subsystem(code) };
    assert_eq!(state.fold(10, &change("anna", add("one"), None, Some("k"))), Some(Ok(Decision::Do)));
    assert_eq!(state.fold(11, &change("anna", add("one"), None, Some("k"))), Some(Ok(Decision::Done(10))));
    let other = state.fold(12, &change("anna", add("two"), None, Some("k")));
    assert_eq!(other, Some(Err(Refusal::KeyUsed("k".into()))));
    let entry = change("som", add("one"), None, Some("k"));
    assert!(matches!(state.fold(13, &entry), Some(Err(Refusal::NotPermitted { .. }))), "keys are a user's own");
}

#[test]
fn entries_are_read_as_they_were_written() {
    let entry = change("anna", service("persons", ServiceSettings::at("http://h")), Some(3), Some("k"));
    let text = serde_json::to_string(&entry).unwrap();
    assert_eq!(serde_json::from_str::<Entry>(&text).unwrap(), entry);
    let expected = concat!(
        r#"{"actor":{"user":"anna","via":"session"},"event":{"event":"change","command":{"do":"put_service","#,
        r#""subsystem":"VN/GOV/MPS/population","service":"persons","settings":{"urls":["http://h"],"timeout_seconds":60}},"#,
        r#""seen":3,"key":"k"},"outcome":"done"}"#
    );
    assert_eq!(text, expected, "what is recorded stays readable: change this only with a reader for the old form");
    let refused = Entry {
        actor: Actor::nobody(),
        from: Some([127, 0, 0, 1].into()),
        event: Event::SignIn,
        outcome: Outcome::from(&Refusal::Exists("x".into())),
    };
    let text = serde_json::to_string(&refused).unwrap();
    assert_eq!(serde_json::from_str::<Entry>(&text).unwrap(), refused);
}

#[test]
fn the_gateway_decides_by_the_state() {
    let clients = state().clients();
    let population = clients.iter().find(|client| client.id == population()).unwrap();
    assert_eq!(population.services.len(), 3);
    let open = population.services.iter().find(|service| service.code == "open").unwrap();
    assert_eq!((open.urls.len(), open.timeout.as_secs()), (2, 5));
    let asks = clients.iter().find(|client| client.id == id("VN/GOV/MPS/asks")).unwrap();
    assert!(asks.callers.allow([10, 1, 1, 1].into()) && !asks.callers.allow([10, 1, 1, 2].into()));
}

#[test]
fn certificates_go_out_of_use_and_come_back_by_whoever_keeps_keys() {
    let print = "ab".repeat(32);
    let set = |enabled| Command::SetCertificateUse { certificate: print.clone(), enabled, force: false };
    let mut state = state();
    for (user, may) in [("kham", true), ("anna", false), ("som", false), ("root", false), ("nobody", false)] {
        assert_eq!(state.may(user, false, &set(false)).is_ok(), may, "{user}");
    }
    assert!(matches!(state.apply(&set(true), 8), Err(Refusal::NotFound(_))), "it is in use");
    state.apply(&set(false), 9).unwrap();
    assert_eq!((state.disabled(), state.changed), (BTreeSet::from([print.clone()]), 9));
    assert!(matches!(state.apply(&set(false), 10), Err(Refusal::Exists(_))));
    assert!(state.check_seen(&set(true), Some(9)).is_ok());
    assert!(matches!(state.check_seen(&set(true), Some(0)), Err(Refusal::Changed { found: 9, .. })));
    state.apply(&set(true), 11).unwrap();
    assert!(state.disabled().is_empty());
    for bad in ["", "AB", &"AB".repeat(32), &"zz".repeat(32), &"a".repeat(63)] {
        let command = Command::SetCertificateUse { certificate: bad.to_owned(), enabled: false, force: true };
        assert!(matches!(state.apply(&command, 12), Err(Refusal::Invalid { .. })), "{bad}");
    }
    // As it stands in the log for ever.
    let text = serde_json::to_string(&set(false)).unwrap();
    assert_eq!(text, format!(r#"{{"do":"set_certificate_use","certificate":"{print}","enabled":false}}"#));
}
