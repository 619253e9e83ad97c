//! The newest exchanges, and a search for others.

use super::super::access::Who;
use super::super::api::overall::cursor;
use super::super::failure::Failure;
use super::super::reader::Reader;
use super::super::{Desk, shown};
use super::{gateway, told, wanted};
use crate::serving::failure::Failing as _;
use axum::Extension;
use axum::extract::State as Shared;
use axum::response::Response;
use mekong_exchange::administration::role::Permission;
use mekong_exchange::messagelog::{Page, Record};
use mekong_web::component::{Badge, Column, Field, Form, Table, Tone, Weight, button, link};
use mekong_web::{Markup, format};
use std::sync::Arc;

/// Records of a page.
const RECORDS: u32 = 50;
/// Questions to the index for one page: each looks at so much only, and what is rare takes several.
const QUESTIONS: usize = 4;

/// `GET /messages?id=&client=&service=&status_min=&cursor=`: a list, or what became of an id.
pub(in super::super) async fn show(
    Shared(desk): Shared<Arc<Desk>>,
    Extension(who): Extension<Who>,
    reader: Reader,
) -> Response {
    let shown = async {
        desk.permit(&who, &[Permission::ReadMessages], "GET /messages").await?;
        if !reader.asked("id").is_empty() {
            return told::page(&desk, &reader).await;
        }
        let found = search(&desk, &reader).await?;
        let body = form(&reader).and(table(&reader, &found.records)).and(older(&reader, found.next));
        let page = shown::page(&reader, reader.word("messages.title"), "/messages").lead(reader.word("messages.lead"));
        Ok::<_, Failure>(shown::response(&page.body(body)))
    };
    shown.await.unwrap_or_else(|failure| failure.page(&reader, "/messages"))
}

async fn search(desk: &Desk, reader: &Reader) -> Result<Page, Failure> {
    let (wanted, mut before) = (wanted(reader)?, cursor(reader.asked("cursor"))?);
    let handle = gateway(desk)?;
    let mut records = Vec::new();
    for _ in 0..QUESTIONS {
        let page = handle.log().search(&wanted, before, RECORDS).await?;
        records.extend(page.records);
        before = page.next;
        if before.is_none() || !records.is_empty() {
            break;
        }
    }
    Ok(Page { records, next: before })
}

pub(super) fn form(reader: &Reader) -> Markup {
    let field = |name, key: &'static str| Field {
        name,
        label: reader.word(key),
        value: reader.asked(name),
        ..Field::default()
    };
    let outcomes = [("", reader.word("audit.any")), ("400", reader.word("messages.failed"))];
    Form::search("/messages")
        .hidden("lang", reader.language.code())
        .line(field("id", "messages.id"))
        .line(field("client", "messages.client"))
        .line(field("service", "messages.service"))
        .choice(field("status_min", "audit.outcome"), outcomes)
        .button(Weight::Main, reader.word("audit.search"))
        .markup()
}

/// The records of each exchange together, newest first: a request that changes something is logged before its answer.
fn exchanges(records: &[Record]) -> Vec<Vec<&Record>> {
    let mut all: Vec<Vec<&Record>> = Vec::new();
    let name = |record: &Record| (record.side, record.client.clone(), record.request_id.clone());
    for record in records {
        match all.iter_mut().find(|one| one.first().is_some_and(|first| name(first) == name(record))) {
            Some(exchange) => exchange.push(record),
            None => all.push(vec![record]),
        }
    }
    all
}

fn table(reader: &Reader, records: &[Record]) -> Markup {
    if records.is_empty() {
        return Markup::paragraph(reader.text("messages.none"));
    }
    let columns = vec![
        Column::text(reader.word("messages.exchange")),
        Column::text(reader.word("messages.client")),
        Column::text(reader.word("messages.service")),
        Column::text(reader.word("messages.response")),
        Column::number(reader.word("messages.took")),
        Column::text(reader.word("messages.stamp")),
    ];
    let table = Table::new(reader.language, reader.word("messages.title"), columns).caption_unseen();
    exchanges(records).iter().fold(table, |table, exchange| table.row(row(reader, exchange))).markup()
}

fn row(reader: &Reader, exchange: &[&Record]) -> Vec<Markup> {
    let Some(newest) = exchange.first() else { return Vec::new() };
    let place = reader.path(&format!("/messages?id={}", shown::encoded(&newest.request_id)));
    let took = exchange.iter().find_map(|record| record.duration);
    let took = took.map(|took| format::milliseconds(reader.language, took.as_secs_f64() * 1_000.0));
    vec![
        Markup::lines([
            link(&place, &newest.message_id),
            Markup::muted(format::time_element(reader.language, newest.recorded_at)),
        ]),
        Markup::code(&newest.client),
        Markup::lines([Markup::code(&newest.service), Markup::muted(Markup::code(&newest.operation))]),
        answer(
            reader,
            exchange.iter().find_map(|record| record.status),
            exchange.iter().find_map(|record| record.fault.as_deref()),
        ),
        took.map_or_else(shown::none, |took| Markup::text(format!("{took} ms"))),
        stamp(reader, exchange.iter().all(|record| record.timestamp_id.is_some())),
    ]
}

/// How it was answered, or why it was not.
pub(super) fn answer(reader: &Reader, status: Option<u16>, fault: Option<&str>) -> Markup {
    if let (None, Some(fault)) = (status, fault) {
        let badge = Badge::new(Tone::Bad, reader.word("messages.unanswered")).markup();
        return Markup::lines([badge, Markup::muted(Markup::code(fault))]);
    }
    let (tone, text) = match status {
        None => (Tone::Warning, reader.word("messages.unanswered").to_owned()),
        Some(status @ 0..=399) => (Tone::Good, status.to_string()),
        Some(status @ 400..=499) => (Tone::Warning, status.to_string()),
        Some(status) => (Tone::Bad, status.to_string()),
    };
    Badge::new(tone, text).markup()
}

/// Whether all of it has a time-stamp.
fn stamp(reader: &Reader, is_stamped: bool) -> Markup {
    match is_stamped {
        true => Badge::new(Tone::Good, reader.word("messages.stamped")).markup(),
        false => Badge::new(Tone::Info, reader.word("messages.waits")).markup(),
    }
}

fn older(reader: &Reader, next: Option<u64>) -> Markup {
    let Some(next) = next else { return Markup::default() };
    let kept = ["client", "service", "status_min", "side", "since", "until"];
    let kept = kept.map(|name| format!("&{name}={}", shown::encoded(reader.asked(name))));
    let place = reader.path(&format!("/messages?cursor={next}{}", kept.concat()));
    Markup::bar([button(&place, reader.word("audit.older"), "")])
}
