//! The overview: what this gateway serves, at a glance.

use super::access::Who;
use super::failure::Failure;
use super::reader::Reader;
use super::{Desk, shown};
use crate::serving::failure::Failing as _;
use axum::Extension;
use axum::extract::State as Shared;
use axum::response::Response;
use mekong_base::ClientId;
use mekong_directory::GlobalConf;
use mekong_exchange::administration::role::Permission;
use mekong_exchange::administration::{Connection, Subsystem};
use mekong_web::component::{Badge, Column, Form, Table, Tile, Tone, Weight, button, facts, link, notice, tiles};
use mekong_web::{Language, Markup, format};
use std::sync::Arc;

/// `GET /`
pub(super) async fn show(Shared(desk): Shared<Arc<Desk>>, Extension(who): Extension<Who>, reader: Reader) -> Response {
    match desk.permit(&who, &[Permission::Look], "GET /").await {
        Ok(()) => draw(&reader, &desk, &who),
        // Whoever may not even look is told who they are, and how to leave.
        Err(failure) => {
            let body = failure.notice(&reader).and(account(&reader, &who));
            let page = shown::page(&reader, reader.word("overview.title"), "/").body(body);
            failure.with_status(shown::response(&page))
        }
    }
}

fn draw(reader: &Reader, desk: &Desk, who: &Who) -> Response {
    let (state, directory) = (desk.subject.administration.state(), desk.directory());
    let add = button(&reader.path("/subsystems/add"), reader.word("subsystem.add"), "");
    let count = |n: usize| format::number(reader.language, n as u64);
    let services: usize = state.subsystems.values().map(|s| s.services.len()).sum();
    let rights: usize = state.subsystems.values().map(|s| s.rights.len()).sum();
    let numbers = tiles(&[
        Tile::new(reader.word("tile.subsystems"), count(state.subsystems.len())),
        Tile::new(reader.word("tile.services"), count(services)),
        Tile::new(reader.word("tile.rights"), count(rights)),
        Tile::new(reader.word("tile.users"), count(state.users.len())),
    ]);
    let mut table = table(reader);
    for (id, subsystem) in &state.subsystems {
        table = table.row(row(reader, desk, &directory, id, subsystem));
    }
    let body = done(reader)
        .and(troubles(reader, desk))
        .and(numbers)
        .and(Markup::section("subsystems", reader.word("overview.subsystems"), table.markup().and(Markup::bar([add]))))
        .and(Markup::section("account", reader.word("account.title"), account(reader, who)));
    let page = shown::page(reader, reader.word("overview.title"), "/").lead(desk.subject.server.to_string());
    shown::response(&page.body(body))
}

/// That what was asked for was done, after a change.
pub(super) fn done(reader: &Reader) -> Markup {
    match reader.asked("done").parse::<u64>() {
        Ok(position) => {
            let text = reader.fill("done.position", &[("position", &position.to_string())]);
            notice(Tone::Good, reader.word("done.title"), Markup::paragraph(Markup::text(text)))
        }
        Err(_) => Markup::default(),
    }
}

fn troubles(reader: &Reader, desk: &Desk) -> Markup {
    let english = |text: &str| Markup::paragraph(Markup::text_in(Language::English, text));
    match desk.handle().map(|handle| handle.status()) {
        None => notice(Tone::Warning, reader.word("gateway.down"), Markup::default()),
        Some(status) => match &status.refusing {
            Some(reason) => notice(Tone::Bad, reader.word("gateway.refusing"), english(reason)),
            None => Markup::default(),
        },
    }
}

fn table(reader: &Reader) -> Table {
    let columns = vec![
        Column::text(reader.word("subsystem.id")),
        Column::text(reader.word("subsystem.services")),
        Column::number(reader.word("subsystem.rights")),
        Column::text(reader.word("subsystem.callers")),
    ];
    Table::new(reader.language, reader.word("overview.subsystems"), columns).caption_unseen()
}

fn row(reader: &Reader, desk: &Desk, directory: &GlobalConf, id: &ClientId, subsystem: &Subsystem) -> Vec<Markup> {
    let name = directory.subsystem_name(id).or_else(|| directory.member_name(&id.member));
    let text = id.to_string();
    let linked = link(&reader.path(&shown::place(id, "")), name.unwrap_or(&text));
    let code = name.map(|_| Markup::muted(Markup::code(&text)));
    let services = subsystem.services.iter().map(|(code, entry)| {
        let off =
            entry.settings.disabled.as_ref().map(|_| Badge::new(Tone::Warning, reader.word("service.off")).markup());
        Markup::code(code).and(off.map(|badge| Markup::text(" ").and(badge)).unwrap_or_default())
    });
    let services: Vec<Markup> = services.collect();
    vec![
        Markup::lines([linked].into_iter().chain(code).chain(unregistered(reader, desk, directory, id))),
        if services.is_empty() { shown::none() } else { Markup::lines(services) },
        Markup::text(format::number(reader.language, subsystem.rights.len() as u64)),
        callers(reader, &subsystem.connection),
    ]
}

/// A badge if it is not registered at this gateway.
pub(super) fn unregistered(reader: &Reader, desk: &Desk, directory: &GlobalConf, id: &ClientId) -> Option<Markup> {
    let registered = directory.is_registered(id, &desk.subject.server);
    (!registered).then(|| Badge::new(Tone::Warning, reader.word("subsystem.unregistered")).markup())
}

/// From where systems may ask.
pub(super) fn callers(reader: &Reader, connection: &Connection) -> Markup {
    match connection {
        Connection::Anyone => reader.text("callers.anyone"),
        Connection::Addresses(list) if list.is_empty() => reader.text("callers.nobody"),
        Connection::Addresses(list) => Markup::lines(list.iter().map(|address| Markup::code(address.to_string()))),
    }
}

/// Who reads this, and how to leave.
fn account(reader: &Reader, who: &Who) -> Markup {
    let user = if who.actor.is_operator() { reader.text("account.operator") } else { Markup::text(&who.actor.user) };
    let leave = Form::post(&reader.path("/leave")).button(Weight::Plain, reader.word("leave.button"));
    facts([(reader.word("account.user"), user)]).and(leave.markup())
}

/// That something is not there.
pub(super) fn missing(id: &ClientId) -> Failure {
    Failure::NotFound(format!("there is no subsystem {id} at this gateway"))
}
