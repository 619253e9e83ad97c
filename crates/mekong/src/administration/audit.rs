//! The audit log as a page, with a filter.

use super::access::Who;
use super::api::overall::{cursor, filter};
use super::change::{title, told};
use super::failure::Failure;
use super::keys::line::purpose_text;
use super::reader::Reader;
use super::{Desk, shown};
use crate::serving::failure::Failing as _;
use axum::Extension;
use axum::extract::State as Shared;
use axum::response::Response;
use mekong_exchange::administration::role::Permission;
use mekong_exchange::administration::service::Line;
use mekong_exchange::administration::{Event, KeyAct, Outcome, SubscriptionAct, Via};
use mekong_web::component::{Badge, Column, Field, Form, Table, Tone, Weight, button};
use mekong_web::{Language, Markup, format};
use std::sync::Arc;

/// Lines of a page.
const LINES: usize = 50;

/// `GET /audit?user=&outcome=&text=&cursor=`
pub(super) async fn show(Shared(desk): Shared<Arc<Desk>>, Extension(who): Extension<Who>, reader: Reader) -> Response {
    let read = async {
        desk.permit(&who, &[Permission::ReadAudit], "GET /audit").await?;
        let (filter, before) = (filter(&reader)?, cursor(reader.asked("cursor"))?);
        Ok::<_, Failure>(desk.subject.administration.lines(before, &filter, LINES).await?)
    };
    match read.await {
        Ok((lines, next)) => {
            let body = search(&reader).and(table(&reader, &desk, &lines)).and(older(&reader, next));
            let page = shown::page(&reader, reader.word("audit.title"), "/audit").lead(reader.word("audit.lead"));
            shown::response(&page.body(body))
        }
        Err(failure) => failure.page(&reader, "/"),
    }
}

fn search(reader: &Reader) -> Markup {
    let field = |name, key: &'static str| Field {
        name,
        label: reader.word(key),
        value: reader.asked(name),
        ..Field::default()
    };
    let outcomes = [
        ("", reader.word("audit.any")),
        ("done", reader.word("audit.done")),
        ("refused", reader.word("audit.refused")),
    ];
    Form::search("/audit")
        .hidden("lang", reader.language.code())
        .line(field("text", "audit.text"))
        .line(field("user", "user.name"))
        .choice(field("outcome", "audit.outcome"), outcomes)
        .button(Weight::Main, reader.word("audit.search"))
        .markup()
}

fn table(reader: &Reader, desk: &Desk, lines: &[Line]) -> Markup {
    if lines.is_empty() {
        return Markup::paragraph(reader.text("audit.none"));
    }
    let columns = ["audit.at", "audit.who", "audit.what", "audit.outcome"];
    let columns = columns.map(|key| Column::text(reader.word(key))).to_vec();
    let table = Table::new(reader.language, reader.word("audit.title"), columns).caption_unseen();
    lines.iter().fold(table, |table, line| table.row(row(reader, desk, line))).markup()
}

fn row(reader: &Reader, desk: &Desk, line: &Line) -> Vec<Markup> {
    let entry = &line.entry;
    let user = match (&entry.actor.via, entry.actor.user.as_str()) {
        (Via::Operator, _) => reader.text("account.operator"),
        (_, "") => reader.text("audit.nobody"),
        (_, user) => Markup::text(user),
    };
    let from = entry.from.map(|from| Markup::muted(Markup::code(from.to_string())));
    let name = match &entry.event {
        Event::Change { command, .. } => reader.word(title(command)),
        Event::Key { done: KeyAct::Made, .. } => reader.word("key.request"),
        Event::Key { done: KeyAct::Imported, .. } => reader.word("key.import"),
        Event::Key { .. } => reader.word("key.renew"),
        Event::KeyBegun { .. } => reader.word("event.key_begun"),
        Event::Invitation => reader.word("event.invitation"),
        Event::SignIn => reader.word("event.sign_in"),
        Event::SignOut => reader.word("event.sign_out"),
        Event::Evidence { .. } => reader.word("event.evidence"),
        Event::Subscription { done: SubscriptionAct::Drop(_), .. } => reader.word("event.drop"),
        Event::Subscription { .. } => reader.word("event.replay"),
        Event::Superseded { .. } => reader.word("event.superseded"),
        Event::Unrecorded { .. } => reader.word("event.unrecorded"),
        Event::Refused { .. } => reader.word("event.refused"),
    };
    let outcome = match &entry.outcome {
        Outcome::Done => Markup::lines([Badge::new(Tone::Good, reader.word("audit.done")).markup()]),
        Outcome::Refused { code, reason } => {
            let why = refusal_key(code).map(|key| reader.text(key));
            let exactly = Markup::muted(Markup::text_in(Language::English, narrow(reason)));
            let badge = Badge::new(Tone::Warning, reader.word("audit.refused")).markup();
            Markup::lines([badge].into_iter().chain(why).chain([exactly]))
        }
    };
    let at = format::time_element(reader.language, line.at);
    vec![
        Markup::lines([at, Markup::muted(Markup::text(format!("№ {}", line.position)))]),
        Markup::lines([user].into_iter().chain(from)),
        Markup::lines([Markup::text(name)].into_iter().chain(details(reader, desk, &entry.event))),
        outcome,
    ]
}

/// What exactly it was, as labels and values in the reader's language.
fn details(reader: &Reader, desk: &Desk, event: &Event) -> Vec<Markup> {
    let code = |text: &str| Markup::muted(Markup::code(narrow(text)));
    match event {
        Event::Change { command, .. } => {
            let labelled =
                |(label, value): (&str, Markup)| Markup::muted(Markup::text(format!("{label}: ")).and(value));
            told(reader, desk, command).into_iter().map(labelled).collect()
        }
        Event::Key { label, purpose, certificate, .. } => {
            let purpose = Markup::muted(purpose_text(reader, purpose));
            [code(label), purpose].into_iter().chain(certificate.as_deref().map(code)).collect()
        }
        Event::Subscription { done, subsystem, subscription } => {
            let what = match done {
                SubscriptionAct::DeliverAgain(letter) | SubscriptionAct::Drop(letter) => {
                    format!("{}: {letter}", reader.word("letter.number"))
                }
                SubscriptionAct::ReplayFrom(position) => format!("{}: {position}", reader.word("letter.position")),
                SubscriptionAct::ReplaySince(time) => format!("{}: {time}", reader.word("letter.since")),
            };
            vec![code(&subsystem.to_string()), code(subscription), Markup::muted(Markup::text(what))]
        }
        Event::Evidence { message, .. } => vec![code(message)],
        Event::Refused { what } | Event::KeyBegun { what } => vec![code(what)],
        Event::Superseded { position } => vec![Markup::muted(Markup::text(format!("№ {position}")))],
        Event::Unrecorded { attempts } => {
            vec![Markup::muted(Markup::text(format::number(reader.language, *attempts)))]
        }
        Event::Invitation | Event::SignIn | Event::SignOut => Vec::new(),
    }
}

/// The key of why something was refused, by the code of the refusal.
fn refusal_key(code: &str) -> Option<&'static str> {
    Some(match code {
        "changed" => "failure.changed",
        "exists" => "failure.exists",
        "invalid" => "failure.invalid",
        "key_used" => "failure.key",
        "limit" => "failure.limit",
        "not_found" => "failure.not_found",
        "not_permitted" => "audit.not_permitted",
        "session" => "failure.session",
        "unknown_secret" => "failure.locked",
        _ => return None,
    })
}

/// The beginnings of fingerprints stand for them: a table has no room for 64 digits in one word.
fn narrow(text: &str) -> String {
    let is_fingerprint = |word: &str| word.len() == 64 && word.bytes().all(|b| b.is_ascii_hexdigit());
    let word = |word| match is_fingerprint(word) {
        true => word.get(..16).map(|begin| format!("{begin}…")).unwrap_or_default(),
        false => word.to_owned(),
    };
    text.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

fn older(reader: &Reader, next: Option<u64>) -> Markup {
    let Some(next) = next else { return Markup::default() };
    let kept = ["user", "outcome", "text"].map(|name| format!("&{name}={}", shown::encoded(reader.asked(name))));
    let place = reader.path(&format!("/audit?cursor={next}{}", kept.concat()));
    Markup::bar([button(&place, reader.word("audit.older"), "")])
}
