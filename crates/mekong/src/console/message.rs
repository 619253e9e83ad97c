//! The page of one logged message: what it was, without what it said.

use super::exchanges::{Logged, Outcome};
use super::model::{GatewayView, View};
use super::overview::{message_path, outcome, part_word, stamp_badge};
use super::reader::Reader;
use super::{Console, Failure, named};
use axum::extract::{Path, State};
use axum::response::Response;
use mekong_exchange::messagelog::{Record, Side};
use mekong_web::component::{Column, Table, Tone, button, facts, link, notice};
use mekong_web::{Markup, NavItem, Page, format};
use std::sync::Arc;

/// `GET /messages/{gateway}/{id}`
pub(super) async fn show(
    reader: Reader,
    State(console): State<Arc<Console>>,
    Path((gateway, id)): Path<(String, String)>,
) -> Response {
    draw(reader, &console, &gateway, &id).await.unwrap_or_else(|failure| failure.page(reader, "/"))
}

async fn draw(reader: Reader, console: &Console, gateway: &str, id: &str) -> Result<Response, Failure> {
    let view = console.view().await?;
    let gateway = view.gateway(gateway)?;
    let record = gateway.record(id).await?;
    let logged = view.logged(&record.message_id, &record.request_id).await;
    Ok(page(reader, &view, gateway, &record, &logged).response())
}

fn page(reader: Reader, view: &View, gateway: &GatewayView, record: &Record, logged: &[Logged]) -> Page {
    let path = format!("/messages/{}/{}", gateway.slug, record.id);
    let title = reader.fill("message.title", &[("n", &record.id.to_string()), ("gateway", &gateway.slug)]);
    let buttons = Markup::bar([
        button(&reader.path(&format!("{path}/evidence")), reader.shared("evidence.download"), &title),
        button(&reader.path(&format!("{path}/verify")), reader.shared("evidence.verify"), &title),
    ]);
    let body =
        Markup::section("message", part_word(reader, record.part), details(reader, view, gateway, record, logged))
            .and(notice(
                Tone::Info,
                reader.shared("evidence.title"),
                Markup::paragraph(Markup::text(reader.word("evidence.personal"))).and(buttons),
            ))
            .and(Markup::section("logged", reader.word("exchange.logged"), elsewhere(reader, view, logged)));
    Page::new(reader.language, title, path)
        .nav(vec![
            NavItem::new("/", reader.shared("nav.overview")),
            NavItem::new("/#messages", reader.shared("nav.messages")),
        ])
        .footer(reader.shared("footer.synthetic"))
        .body(body)
}

fn details(reader: Reader, view: &View, gateway: &GatewayView, record: &Record, logged: &[Logged]) -> Markup {
    let none = || Markup::text(reader.word("verdict.none"));
    let status = record.status.or_else(|| logged.iter().find_map(|other| other.record.status));
    let milliseconds = |ms| Markup::text(format!("{} ms", format::milliseconds(reader.language, ms)));
    let mut all = vec![
        (reader.word("message.gateway"), named::server(view, &gateway.server)),
        (reader.word("message.part"), kind(reader, record)),
        (reader.word("message.logged_at"), format::time_element(reader.language, record.recorded_at)),
        (reader.shared("message.client"), named::client(view, &record.client)),
        (reader.word("message.asked_for"), named::service(view, &record.service, &record.operation)),
        (reader.word("message.peer"), record.peer.as_deref().map_or_else(none, |peer| named::server_text(view, peer))),
        (reader.shared("message.outcome"), outcome(reader, Outcome::of(status), status)),
    ];
    all.extend(record.duration.map(|d| (reader.shared("message.duration"), milliseconds(d.as_secs_f64() * 1_000.0))));
    let size = format::number(reader.language, record.body_size);
    all.extend([
        (reader.word("message.body"), Markup::text(reader.fill("message.bytes", &[("n", &size)]))),
        (reader.word("message.signer"), named::distinguished(&record.signer)),
        (reader.shared("evidence.timestamp"), stamp_badge(reader, record.timestamp_id.is_some())),
        (reader.word("message.id"), Markup::code(&record.message_id)),
    ]);
    facts(all)
}

fn kind(reader: Reader, record: &Record) -> Markup {
    Markup::text(format!("{}, {}", part_word(reader, record.part), side_word(reader, record.side)))
}

fn side_word(reader: Reader, side: Side) -> &'static str {
    match side {
        Side::Consumer => reader.word("message.side.consumer"),
        Side::Provider => reader.word("message.side.provider"),
    }
}

/// All records of the exchange, in all logs.
fn elsewhere(reader: Reader, view: &View, logged: &[Logged]) -> Markup {
    let columns = vec![
        Column::text(reader.word("message.gateway")),
        Column::text(reader.word("message.part")),
        Column::text(reader.word("message.logged_at")),
        Column::text(reader.shared("evidence.timestamp")),
    ];
    let row = |logged: &Logged| {
        let text = kind(reader, &logged.record);
        let owner =
            view.gateway(&logged.gateway).map(|gateway| named::member(view, &gateway.server.owner)).unwrap_or_default();
        vec![
            Markup::lines([
                link(&message_path(reader, logged), format!("{}, {}", logged.gateway, logged.record.id)),
                Markup::muted(owner),
            ]),
            text,
            format::time_element(reader.language, logged.record.recorded_at),
            stamp_badge(reader, logged.record.timestamp_id.is_some()),
        ]
    };
    let table = Table::new(reader.language, reader.word("exchange.records"), columns);
    logged.iter().fold(table, |table, one| table.row(row(one))).markup()
}
