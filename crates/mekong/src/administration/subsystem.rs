//! One subsystem: services with their endpoints, rights, groups, connection; each with what can be done to it.

use super::access::Who;
use super::api::client_id;
use super::failure::Failure;
use super::overview::{callers, done, missing, unregistered};
use super::reader::Reader;
use super::{Desk, shown};
use crate::serving::failure::Failing as _;
use axum::Extension;
use axum::extract::{Path, State as Shared};
use axum::response::Response;
use mekong_base::ClientId;
use mekong_directory::GlobalConf;
use mekong_exchange::administration::model::ServiceEntry;
use mekong_exchange::administration::role::Permission;
use mekong_exchange::administration::{Description, LocalGroup, Right, Subsystem};
use mekong_exchange::rules::rights::Subject;
use mekong_web::Markup;
use mekong_web::component::{Badge, Column, Table, Tone, Weight, button, details, facts, link};
use std::sync::Arc;

/// `GET /subsystems/{id}`
pub(super) async fn show(
    Shared(desk): Shared<Arc<Desk>>,
    Extension(who): Extension<Who>,
    reader: Reader,
    Path(id): Path<String>,
) -> Response {
    let shown = async {
        desk.permit(&who, &[Permission::Look], "GET /subsystems").await?;
        let id = client_id(&id)?;
        let state = desk.subject.administration.state();
        let subsystem = state.subsystem(&id).ok_or_else(|| missing(&id))?;
        Ok::<_, Failure>(draw(&reader, &desk, &id, subsystem))
    };
    shown.await.unwrap_or_else(|failure| failure.page(&reader, "/"))
}

fn draw(reader: &Reader, desk: &Desk, id: &ClientId, subsystem: &Subsystem) -> Response {
    let directory = desk.directory();
    let of = Of { reader, id, subsystem, directory: &directory, seen: subsystem.changed.to_string() };
    let name = directory.subsystem_name(id).or_else(|| directory.member_name(&id.member)).map(str::to_owned);
    let body = done(reader)
        .and(unregistered(reader, desk, &directory, id).map(Markup::paragraph).unwrap_or_default())
        .and(Markup::section("services", reader.word("subsystem.services"), of.services()))
        .and(Markup::section("rights", reader.word("subsystem.rights"), of.rights()))
        .and(Markup::section("groups", reader.word("subsystem.groups"), of.groups()))
        .and(Markup::section("connection", reader.word("subsystem.callers"), of.connection()))
        .and(Markup::section("remove", reader.word("subsystem.remove"), of.removal()));
    let text = id.to_string();
    let page = shown::page(reader, name.unwrap_or_else(|| text.clone()), &shown::place(id, "")).lead(text);
    shown::response(&page.body(body))
}

/// What all parts of the page are about.
struct Of<'a> {
    reader: &'a Reader,
    id: &'a ClientId,
    subsystem: &'a Subsystem,
    directory: &'a GlobalConf,
    /// Position of the last change, for what is done from here.
    seen: String,
}

impl Of<'_> {
    /// A link to a form.
    fn to(&self, form: &str, key: &'static str) -> Markup {
        button(&self.reader.path(&shown::place(self.id, form)), self.reader.word(key), "")
    }

    /// A button that prepares something.
    fn act(&self, what: &str, fields: &[(&str, &str)], weight: Weight, key: &'static str) -> Markup {
        let id = self.id.to_string();
        let all: Vec<(&str, &str)> = [("subsystem", id.as_str()), ("seen", self.seen.as_str())]
            .into_iter()
            .chain(fields.iter().copied())
            .collect();
        shown::act(self.reader, what, &all, weight, self.reader.word(key))
    }

    fn services(&self) -> Markup {
        let parts: Markup =
            self.subsystem.services.iter().map(|(code, entry)| details(code, &self.service(code, entry))).collect();
        let none = match self.subsystem.services.is_empty() {
            true => Markup::paragraph(self.reader.text("services.none")),
            false => Markup::default(),
        };
        none.and(parts).and(Markup::bar([self.to("/service", "service.add")]))
    }

    fn service(&self, code: &str, entry: &ServiceEntry) -> Markup {
        let (reader, settings) = (self.reader, &entry.settings);
        let state = match &settings.disabled {
            None => Badge::new(Tone::Good, reader.word("service.on")).markup(),
            Some(notice) => {
                Markup::lines([Badge::new(Tone::Warning, reader.word("service.off")).markup(), Markup::text(notice)])
            }
        };
        let openapi = match &settings.openapi {
            None => shown::none(),
            Some(Description::Url(url)) => Markup::code(url),
            Some(Description::Text(_)) => reader.text("service.openapi.kept"),
        };
        let seconds = reader.fill("service.seconds", &[("n", &settings.timeout_seconds.to_string())]);
        let said = facts([
            (reader.word("service.state"), state),
            (reader.word("service.urls"), Markup::lines(settings.urls.iter().map(Markup::code))),
            (reader.word("service.timeout"), Markup::text(seconds)),
            (reader.word("service.openapi"), openapi),
        ]);
        let service = shown::encoded(code);
        let buttons = [
            self.to(&format!("/service?service={service}"), "service.change"),
            self.to(&format!("/endpoint?service={service}"), "endpoint.add"),
        ];
        said.and(self.endpoints(code, entry)).and(Markup::bar(buttons)).and(self.act(
            "remove-service",
            &[("service", code)],
            Weight::Grave,
            "service.remove",
        ))
    }

    fn endpoints(&self, code: &str, entry: &ServiceEntry) -> Markup {
        if entry.endpoints.is_empty() {
            return Markup::paragraph(Markup::muted(self.reader.text("endpoints.none")));
        }
        let columns =
            ["endpoint.method", "endpoint.path", "action"].map(|key| Column::text(self.reader.word(key))).to_vec();
        let mut table = Table::new(self.reader.language, self.reader.word("service.endpoints"), columns);
        for endpoint in &entry.endpoints {
            let path = endpoint.path.to_string();
            let fields = [("service", code), ("method", endpoint.method()), ("path", path.as_str())];
            table = table.row(vec![
                Markup::code(endpoint.method()),
                Markup::code(&path),
                self.act("remove-endpoint", &fields, Weight::Plain, "remove"),
            ]);
        }
        table.markup()
    }

    fn rights(&self) -> Markup {
        let columns = ["right.subject", "right.service", "right.part", "action"];
        let columns = columns.map(|key| Column::text(self.reader.word(key))).to_vec();
        let table = Table::new(self.reader.language, self.reader.word("subsystem.rights"), columns).caption_unseen();
        let add = Markup::bar([self.to("/grant", "right.add")]);
        if self.subsystem.rights.is_empty() {
            return Markup::paragraph(self.reader.text("rights.none")).and(add);
        }
        self.subsystem.rights.iter().fold(table, |table, right| table.row(self.right(right))).markup().and(add)
    }

    fn right(&self, right: &Right) -> Vec<Markup> {
        let subject = right.subject.to_string();
        let (method, path) = match &right.endpoint {
            Some(endpoint) => (endpoint.method(), endpoint.path.to_string()),
            None => ("", String::new()),
        };
        let part = match &right.endpoint {
            Some(endpoint) => Markup::code(endpoint.to_string()),
            None => self.reader.text("right.whole"),
        };
        let fields = [("subject", subject.as_str()), ("service", &right.service), ("method", method), ("path", &path)];
        vec![
            self.subject(&right.subject),
            Markup::code(&right.service),
            part,
            self.act("revoke", &fields, Weight::Plain, "right.revoke"),
        ]
    }

    /// Whom a right names: with the name that the directory knows, and what is odd about it.
    fn subject(&self, subject: &Subject) -> Markup {
        let code = Markup::code(subject.to_string());
        let odd = |key| Badge::new(Tone::Warning, self.reader.word(key)).markup();
        match subject {
            Subject::Client(client) if !self.directory.exists(client) => Markup::lines([code, odd("right.unknown")]),
            Subject::Client(client) => {
                let name = self.directory.subsystem_name(client).or_else(|| self.directory.member_name(&client.member));
                Markup::lines(name.map(Markup::text).into_iter().chain([Markup::muted(code)]))
            }
            Subject::GlobalGroup { instance, code: group } => {
                let known = self.directory.global_groups(instance).iter().any(|known| known.code == *group);
                Markup::lines([Some(code), (!known).then(|| odd("right.unknown"))].into_iter().flatten())
            }
            Subject::LocalGroup(_) => code,
        }
    }

    fn groups(&self) -> Markup {
        let parts: Markup =
            self.subsystem.groups.iter().map(|(code, group)| details(code, &self.group(code, group))).collect();
        let none = match self.subsystem.groups.is_empty() {
            true => Markup::paragraph(self.reader.text("groups.none")),
            false => Markup::default(),
        };
        none.and(parts).and(Markup::bar([self.to("/group", "group.add")]))
    }

    fn group(&self, code: &str, group: &LocalGroup) -> Markup {
        let columns = ["group.member", "action"].map(|key| Column::text(self.reader.word(key))).to_vec();
        let mut table = Table::new(self.reader.language, self.reader.word("group.members"), columns);
        for member in &group.members {
            let text = member.to_string();
            let fields = [("group", code), ("member", text.as_str())];
            table = table.row(vec![Markup::code(&text), self.act("remove-member", &fields, Weight::Plain, "remove")]);
        }
        let members = if group.members.is_empty() {
            Markup::paragraph(Markup::muted(self.reader.text("group.empty")))
        } else {
            table.markup()
        };
        let add = self.to(&format!("/member?group={}", shown::encoded(code)), "group.member.add");
        Markup::paragraph(Markup::text(&group.description)).and(members).and(Markup::bar([add])).and(self.act(
            "remove-group",
            &[("group", code)],
            Weight::Grave,
            "group.remove",
        ))
    }

    fn connection(&self) -> Markup {
        Markup::paragraph(callers(self.reader, &self.subsystem.connection))
            .and(Markup::bar([self.to("/connection", "connection.change")]))
    }

    fn removal(&self) -> Markup {
        let audit = format!("/audit?text={}", shown::encoded(&self.id.to_string()));
        let history = link(&self.reader.path(&audit), self.reader.word("subsystem.history"));
        Markup::paragraph(history).and(self.act("remove-subsystem", &[], Weight::Grave, "subsystem.remove"))
    }
}
