//! The page that answers: may X call Y, and why not?

use super::access::Who;
use super::failure::Failure;
use super::reader::Reader;
use super::{Desk, shown};
use crate::serving::failure::Failing as _;
use axum::Extension;
use axum::extract::State as Shared;
use axum::response::Response;
use mekong_base::ident::IdentError;
use mekong_base::{ClientId, ServiceId};
use mekong_exchange::administration::explain::{Answer, Explanation, Reason, explain};
use mekong_exchange::administration::role::Permission;
use mekong_exchange::administration::{Question, State};
use mekong_exchange::wire::rest::Verb;
use mekong_web::component::{Badge, Column, Field, Form, Table, Tone, Weight, link, notice};
use mekong_web::{Language, Markup};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The question that a query asks.
pub(super) fn question(reader: &Reader) -> Result<Question, Failure> {
    let wrong = |name: &'static str| move |error: IdentError| Failure::Parameter(name, error.to_string());
    let client: ClientId = reader.asked("client").parse().map_err(wrong("client"))?;
    let service: ServiceId = reader.asked("service").parse().map_err(wrong("service"))?;
    let some = |name| Some(reader.asked(name)).filter(|text| !text.is_empty());
    let verb = some("method").map(|text| {
        let wrong = |_| Failure::Parameter("method", format!("{text:?} is no method: GET, POST, ..."));
        text.to_ascii_uppercase().parse::<Verb>().map_err(wrong)
    });
    let (verb, path) = (verb.transpose()?, some("path").map(str::to_owned));
    if verb.is_some() != path.is_some() {
        return Err(Failure::Parameter("method", "method and path are given together, or neither".to_owned()));
    }
    Ok(Question { client, provider: service.provider, service: service.service, verb, path })
}

/// `GET /explain?client=&service=&method=&path=`
pub(super) async fn show(Shared(desk): Shared<Arc<Desk>>, Extension(who): Extension<Who>, reader: Reader) -> Response {
    if let Err(failure) = desk.permit(&who, &[Permission::Look], "GET /explain").await {
        return failure.page(&reader, "/");
    }
    let state = desk.subject.administration.state();
    let form = form(&reader, &state);
    let is_asked = !reader.asked("client").is_empty() || !reader.asked("service").is_empty();
    let answer = match is_asked.then(|| question(&reader)) {
        None => Markup::default(),
        Some(Err(failure)) => failure.notice(&reader),
        Some(Ok(question)) => {
            let explanation = explain(&state, &desk.directory(), &desk.subject.server, &question);
            draw(&reader, &state, &question, &explanation)
        }
    };
    let page = shown::page(&reader, reader.word("explain.title"), "/explain").lead(reader.word("explain.lead"));
    shown::response(&page.body(form.and(answer)))
}

fn form(reader: &Reader, state: &State) -> Markup {
    let field = |name, key: &'static str| Field {
        name,
        label: reader.word(key),
        value: reader.asked(name),
        ..Field::default()
    };
    let any = [("", reader.word("explain.any"))];
    let methods = any.into_iter().chain(Verb::ALL.map(|verb| (verb.as_str(), verb.as_str())));
    let own: BTreeSet<String> = state
        .subsystems
        .iter()
        .flat_map(|(id, subsystem)| subsystem.services.keys().map(move |code| id.service(code).to_string()))
        .collect();
    let examples: Vec<Markup> = own.iter().take(8).map(Markup::code).collect();
    let known = match examples.is_empty() {
        true => Markup::default(),
        false => {
            Markup::muted(Markup::text(format!("{} ", reader.word("explain.services"))).and(Markup::lines(examples)))
        }
    };
    Form::search("/explain")
        .hidden("lang", reader.language.code())
        .line(field("client", "explain.client"))
        .line(field("service", "explain.service"))
        .choice(field("method", "endpoint.method"), methods)
        .line(field("path", "explain.path"))
        .button(Weight::Main, reader.word("explain.button"))
        .markup()
        .and(known)
}

fn draw(reader: &Reader, state: &State, question: &Question, explanation: &Explanation) -> Markup {
    let (tone, key) = match explanation.answer {
        Answer::Yes => (Tone::Good, "answer.yes"),
        Answer::Partly => (Tone::Info, "answer.partly"),
        Answer::Elsewhere => (Tone::Info, "answer.elsewhere"),
        Answer::No => (Tone::Bad, "answer.no"),
    };
    let first = explanation.first_against().map(|reason| Markup::paragraph(text(reader, reason))).unwrap_or_default();
    let columns = ["explain.step", "explain.reason"].map(|key| Column::text(reader.word(key))).to_vec();
    let table = Table::new(reader.language, reader.word("explain.reasons"), columns);
    let table = explanation.reasons.iter().fold(table, |table, reason| {
        let badge = match reason.good {
            Some(true) => Badge::new(Tone::Good, reader.word("explain.good")),
            Some(false) => Badge::new(Tone::Bad, reader.word("explain.bad")),
            None => Badge::new(Tone::Neutral, reader.word("explain.told")),
        };
        table.row(vec![badge.markup(), text(reader, reason)])
    });
    let grant =
        (explanation.first_against().is_some_and(|reason| matches!(reason.code, "right_none" | "right_covers"))
            && state.subsystem(&question.provider).is_some())
        .then(|| {
            let query = format!(
                "/grant?subject={}&service={}",
                shown::encoded(&question.client.to_string()),
                shown::encoded(&question.service)
            );
            let place = reader.path(&shown::place(&question.provider, &query));
            Markup::paragraph(link(&place, reader.word("right.add")))
        });
    let body = notice(tone, reader.word(key), first).and(table.markup()).and(grant.unwrap_or_default());
    Markup::section("answer", reader.word("explain.answer"), body)
}

/// A reason in the reader's language.
fn text(reader: &Reader, reason: &Reason) -> Markup {
    let key = match (reason.code, reason.good) {
        ("client_at_gateway", Some(true)) => "why.client_at_gateway",
        ("client_at_gateway", _) => "why.client_nowhere",
        ("client_exists", Some(true)) => "why.client_exists",
        ("client_exists", _) => "why.client_unknown",
        ("client_not_here", _) => "why.client_not_here",
        ("client_registered", Some(true)) => "why.client_registered",
        ("client_registered", _) => "why.client_unregistered",
        ("client_served", _) => "why.client_served",
        ("connects_anyone", _) => "why.connects_anyone",
        ("connects_from", _) => "why.connects_from",
        ("decided_elsewhere", _) => "why.decided_elsewhere",
        ("events_method", _) => "why.events_method",
        ("events_parts", _) => "why.events_parts",
        ("provider_at_gateway", Some(true)) => "why.provider_at_gateway",
        ("provider_at_gateway", _) => "why.provider_nowhere",
        ("provider_exists", Some(true)) => "why.provider_exists",
        ("provider_exists", _) => "why.provider_unknown",
        ("provider_registered", Some(true)) => "why.provider_registered",
        ("provider_registered", _) => "why.provider_unregistered",
        ("provider_served", _) => "why.provider_served",
        ("right", _) => "why.right",
        ("right_covers", Some(true)) => "why.right_covers",
        ("right_covers", _) => "why.right_not",
        ("right_none", _) => "why.right_none",
        ("right_parts", _) => "why.right_parts",
        ("right_whole", _) => "why.right_whole",
        ("service_built_in", _) => "why.service_built_in",
        ("service_off", _) => "why.service_off",
        ("service_on", _) => "why.service_on",
        ("service_unknown", _) => "why.service_unknown",
        _ => return Markup::text_in(Language::English, &reason.text),
    };
    let values: Vec<(&str, &str)> = reason.values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    Markup::text(reader.fill(key, &values))
}
