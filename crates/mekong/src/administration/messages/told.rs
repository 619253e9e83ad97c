//! What became of one exchange: request, answer, time-stamps, checkpoint; in the reader's language.

use super::super::failure::Failure;
use super::super::reader::Reader;
use super::super::{Desk, shown};
use super::{gateway, id, list};
use crate::story::{Exchange, Sealed};
use axum::response::Response;
use mekong_exchange::messagelog::{Part, Record, Side, Told, ToldMessage};
use mekong_web::component::{Tone, button, facts, notice};
use mekong_web::{Markup, format};
use std::time::Duration;

/// What the log has of an id, and the checkpoints over it, smallest first.
pub(in super::super) async fn read(desk: &Desk, asked: &str) -> Result<(Vec<Told>, Vec<Sealed>), Failure> {
    let told = gateway(desk)?.log().story(id(asked)?).await?;
    if told.is_empty() {
        return Err(Failure::NotFound(format!("the log has nothing of {asked:?}")));
    }
    let folder = desk.subject.log_folder.clone();
    let sealed = tokio::task::spawn_blocking(move || Sealed::read(&folder, None)).await;
    Ok((told, sealed.map_err(|error| Failure::Broken(error.to_string()))?))
}

/// The page of an id.
pub(super) async fn page(desk: &Desk, reader: &Reader) -> Result<Response, Failure> {
    let asked = reader.asked("id");
    let (told, sealed) = match read(desk, asked).await {
        Err(Failure::NotFound(_)) => (Vec::new(), Vec::new()),
        read => read?,
    };
    let mut body = list::form(reader);
    if told.is_empty() {
        body = body.and(Markup::paragraph(reader.text("messages.unknown")));
    }
    for (number, exchange) in Exchange::of(&told).iter().enumerate() {
        body = body.and(one(reader, desk, number, exchange, &sealed));
    }
    if !told.is_empty() {
        body = body.and(evidence(reader, asked, &told));
    }
    let title = reader.fill("messages.story", &[("id", asked)]);
    Ok(shown::response(&shown::page(reader, title, "/messages").section("/messages").body(body)))
}

fn one(reader: &Reader, desk: &Desk, number: usize, exchange: &Exchange<'_>, sealed: &[Sealed]) -> Markup {
    let Some((_, first)) = exchange.messages().next() else { return Markup::default() };
    let record = &first.record;
    let own = desk.subject.server.to_string();
    let heading = reader.fill("messages.asked", &[("client", &record.client), ("service", &record.service)]);
    let status = exchange.messages().find_map(|(_, message)| message.record.status);
    let mut all = vec![
        (reader.word("messages.operation"), Markup::code(&record.operation)),
        (
            reader.word("messages.response"),
            list::answer(reader, status, exchange.failure().map(|failure| failure.code.as_str())),
        ),
        (reader.word("messages.side"), Markup::lines([Markup::code(&own), Markup::muted(side(reader, record.side))])),
        (reader.word("messages.peer"), record.peer.as_ref().map_or_else(shown::none, Markup::code)),
        ("X-Road-Id", Markup::code(&record.message_id)),
        ("x-road-request-id", Markup::code(&record.request_id)),
    ];
    all.extend(steps(reader, exchange).map(|steps| (reader.word("messages.steps"), steps)));
    let position = exchange.records.last().map_or(0, |told| told.position);
    let over = sealed.iter().find(|sealed| sealed.size > position);
    all.push((reader.word("messages.checkpoint"), checkpoint(reader, over)));
    let mut content = ending(reader, &own, exchange).and(facts(all));
    for (position, message) in exchange.messages() {
        content = content.and(part(reader, exchange, position, message));
    }
    Markup::section(&format!("exchange-{number}"), &heading, content)
}

fn side(reader: &Reader, side: Side) -> Markup {
    reader.text(match side {
        Side::Consumer => "messages.side.consumer",
        Side::Provider => "messages.side.provider",
    })
}

/// Milliseconds, as all durations here are told.
fn milliseconds(reader: &Reader, time: Duration) -> String {
    format!("{} ms", format::milliseconds(reader.language, time.as_micros() as f64 / 1_000.0))
}

fn steps(reader: &Reader, exchange: &Exchange<'_>) -> Option<Markup> {
    let steps = exchange.steps()?;
    let one = |time: &mekong_exchange::telemetry::StepTime| {
        format!("{} {}", time.step.name(), milliseconds(reader, time.took))
    };
    Some(Markup::text(steps.iter().map(one).collect::<Vec<_>>().join(" · ")))
}

fn checkpoint(reader: &Reader, sealed: Option<&Sealed>) -> Markup {
    let Some(sealed) = sealed else { return reader.text("messages.checkpoint.none") };
    let size = format::number(reader.language, sealed.size);
    let over = Markup::text(reader.fill("messages.checkpoint.over", &[("n", &size)]));
    let witness = |(name, at): &(String, Option<mekong_base::Instant>)| {
        let at = at.map(|at| Markup::text(" · ").and(format::time_element(reader.language, at)));
        Markup::muted(
            reader.text("messages.witness").and(Markup::text(" ")).and(Markup::code(name)).and(at.unwrap_or_default()),
        )
    };
    Markup::lines([over].into_iter().chain(sealed.witnesses.iter().map(witness)))
}

/// One message of the exchange.
fn part(reader: &Reader, exchange: &Exchange<'_>, position: u64, message: &ToldMessage) -> Markup {
    let record = &message.record;
    let heading = match record.part {
        Part::Request => reader.word("messages.request"),
        Part::Response => reader.word("messages.response"),
    };
    let time = |at| format::time_element(reader.language, at);
    let mut all = vec![(reader.word("messages.signer"), Markup::text(&record.signer))];
    if record.part == Part::Request {
        all.extend(exchange.received().map(|at| (reader.word("messages.received"), time(at))));
    }
    all.extend(record.duration.map(|took| (reader.word("messages.took"), Markup::text(milliseconds(reader, took)))));
    let place = reader.fill("messages.position", &[("n", &position.to_string())]);
    let size = format::number(reader.language, record.body_size);
    all.extend([
        (reader.word("messages.body"), Markup::text(reader.fill("messages.bytes", &[("n", &size)]))),
        (reader.word("messages.logged"), Markup::lines([time(record.recorded_at), Markup::muted(Markup::text(place))])),
        (reader.word("messages.stamp"), stamp(reader, message)),
    ]);
    Markup::section(&format!("record-{}", record.id), heading, facts(all))
}

fn stamp(reader: &Reader, message: &ToldMessage) -> Markup {
    let Some(stamp) = &message.stamp else { return reader.text("messages.waits") };
    let covers = format::number(reader.language, stamp.covers as u64);
    Markup::lines([
        format::time_element(reader.language, stamp.at),
        Markup::muted(Markup::text(&stamp.authority)),
        Markup::muted(Markup::text(reader.fill("messages.covers", &[("n", &covers)]))),
    ])
}

/// What it comes to, and what to do if something went wrong.
fn ending(reader: &Reader, own: &str, exchange: &Exchange<'_>) -> Markup {
    let Some((_, last)) = exchange.messages().last() else { return Markup::default() };
    let record = &last.record;
    let text = |key| Markup::paragraph(reader.text(key));
    match (record.part, record.side, record.peer.as_deref().filter(|peer| *peer != own)) {
        (Part::Request, Side::Consumer, _) => {
            notice(Tone::Warning, reader.word("messages.ended"), text("messages.end.consumer"))
        }
        (Part::Request, Side::Provider, _) => {
            notice(Tone::Warning, reader.word("messages.ended"), text("messages.end.provider"))
        }
        (Part::Response, _, peer) => {
            let same = match peer {
                Some(peer) => Markup::text(reader.fill("messages.end.whole", &[("peer", peer)])),
                None => reader.text("messages.end.own"),
            };
            let asked = match record.status {
                Some(status) if status >= 400 => Markup::paragraph(Markup::text(
                    reader.fill("messages.end.service", &[("status", &status.to_string())]),
                )),
                _ => Markup::default(),
            };
            asked.and(Markup::paragraph(same))
        }
    }
}

fn evidence(reader: &Reader, asked: &str, told: &[Told]) -> Markup {
    let records: Vec<&Record> = told.iter().flat_map(|told| &told.messages).map(|message| &message.record).collect();
    let content = Markup::paragraph(reader.text("messages.evidence.lead"));
    let place = |more: &str| reader.path(&format!("/messages/evidence?id={}{more}", shown::encoded(asked)));
    if records.iter().any(|record| record.timestamp_id.is_none()) {
        let content = content.and(Markup::paragraph(reader.text("messages.evidence.waits")));
        return Markup::section("evidence", reader.word("messages.evidence"), content);
    }
    let mut buttons = vec![button(&place(""), reader.word("messages.evidence.all"), "")];
    // An id that was used again and again has too many for a button each.
    if let [first, second] = records.as_slice() {
        buttons.extend([first, second].map(|record| {
            let key = match record.part {
                Part::Request => "messages.evidence.request",
                Part::Response => "messages.evidence.response",
            };
            button(&place(&format!("&number={}", record.id)), reader.word(key), "")
        }));
    }
    Markup::section("evidence", reader.word("messages.evidence"), content.and(Markup::bar(buttons)))
}
