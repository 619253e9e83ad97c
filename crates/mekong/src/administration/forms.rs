//! Pages with one form each: what is filled in is prepared, shown, and done after that.

use super::access::Who;
use super::api::client_id;
use super::failure::Failure;
use super::overview::missing;
use super::reader::Reader;
use super::{Desk, shown};
use crate::serving::failure::Failing as _;
use axum::Extension;
use axum::extract::{Path, State as Shared};
use axum::response::Response;
use mekong_base::ClientId;
use mekong_exchange::administration::role::Permission;
use mekong_exchange::administration::{Connection, Description, Role, Subsystem};
use mekong_exchange::wire::rest::Verb;
use mekong_web::Markup;
use mekong_web::component::{Field, Form, Weight, link};
use std::sync::Arc;

type Desks = Shared<Arc<Desk>>;
type Known = Extension<Who>;

/// A form that prepares `what`.
fn form(reader: &Reader, what: &str) -> Form {
    Form::post(&reader.path(&format!("/prepare/{what}")))
}

fn field<'a>(reader: &Reader, name: &'a str, key: &'static str, hint: &'static str, value: &'a str) -> Field<'a> {
    let hint = if hint.is_empty() { "" } else { reader.word(hint) };
    Field { name, label: reader.word(key), hint, value, ..Field::default() }
}

fn answer(reader: &Reader, title: &'static str, lead: &str, back: &str, form: Form) -> Response {
    let way = link(&reader.path(back), reader.word("back"));
    let form = form.button(Weight::Main, reader.word("continue"));
    // The language switch of a form leads to the overview: what was filled in is not carried along.
    let section = if back == "/users" { back } else { "/" };
    let page = shown::page(reader, reader.word(title), "/").section(section).lead(lead);
    shown::response(&page.body(form.markup().and(Markup::paragraph(way))))
}

/// The subsystem that an address names, for a form about it.
async fn about(desk: &Desk, who: &Who, id: &str) -> Result<(ClientId, Arc<Subsystem>), Failure> {
    desk.permit(who, &[Permission::Look], "GET /subsystems").await?;
    let id = client_id(id)?;
    let state = desk.subject.administration.state();
    let subsystem = state.subsystems.get(&id).cloned().ok_or_else(|| missing(&id))?;
    Ok((id, subsystem))
}

/// A form about a subsystem, or why there is none.
async fn of_subsystem(
    (desk, who, reader, id): (Arc<Desk>, Who, Reader, String),
    title: &'static str,
    what: &str,
    fill: impl FnOnce(&Reader, &Subsystem, Form) -> Form,
) -> Response {
    match about(&desk, &who, &id).await {
        Ok((id, subsystem)) => {
            let text = id.to_string();
            let seen = subsystem.changed.to_string();
            let form = form(&reader, what).hidden("subsystem", &text).hidden("seen", &seen);
            let lead = match reader.asked("service") {
                "" => text.clone(),
                service => format!("{text}/{service}"),
            };
            answer(&reader, title, &lead, &shown::place(&id, ""), fill(&reader, &subsystem, form))
        }
        Err(failure) => failure.page(&reader, "/"),
    }
}

/// `GET /subsystems/add`
pub(super) async fn add_subsystem(Shared(desk): Desks, Extension(who): Known, reader: Reader) -> Response {
    if let Err(failure) = desk.permit(&who, &[Permission::Look], "GET /subsystems/add").await {
        return failure.page(&reader, "/");
    }
    let (state, directory) = (desk.subject.administration.state(), desk.directory());
    let server = &desk.subject.server;
    // Those that the directory has at this gateway, and that are not served yet.
    let members = directory.members(&server.owner.instance).iter();
    let all = members.flat_map(|member| member.subsystems.iter().map(|s| member.id.subsystem(s.code.clone())));
    let waits = |id: &ClientId| directory.is_registered(id, server) && state.subsystem(id).is_none();
    let waiting: Vec<String> = all.filter(waits).map(|id| id.to_string()).take(20).collect();
    let lead = match waiting.as_slice() {
        [] => String::new(),
        list => reader.fill("subsystem.waiting", &[("list", &list.join(", "))]),
    };
    let value = waiting.first().cloned().unwrap_or_else(|| format!("{}/", server.owner));
    let form =
        form(&reader, "add-subsystem").line(field(&reader, "subsystem", "subsystem.id", "subsystem.id.hint", &value));
    answer(&reader, "subsystem.add", &lead, "/", form)
}

/// `GET /subsystems/{id}/connection`
pub(super) async fn connection(
    Shared(desk): Desks,
    Extension(who): Known,
    reader: Reader,
    Path(id): Path<String>,
) -> Response {
    of_subsystem((desk, who, reader, id), "connection.change", "connect", |reader, subsystem, form| {
        let (kind, list) = match &subsystem.connection {
            Connection::Anyone => ("anyone", String::new()),
            Connection::Addresses(list) => {
                ("addresses", list.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
            }
        };
        let kinds = [("anyone", reader.word("callers.anyone")), ("addresses", reader.word("callers.addresses"))];
        form.choice(field(reader, "kind", "subsystem.callers", "", kind), kinds)
            .lines(field(reader, "addresses", "callers.addresses", "callers.addresses.hint", &list), 5)
    })
    .await
}

/// `GET /subsystems/{id}/service?service=`
pub(super) async fn service(
    Shared(desk): Desks,
    Extension(who): Known,
    reader: Reader,
    Path(id): Path<String>,
) -> Response {
    let code = reader.asked("service").to_owned();
    let title = if code.is_empty() { "service.add" } else { "service.change" };
    of_subsystem((desk, who, reader, id), title, "service", |reader, subsystem, form| {
        let known = subsystem.services.get(&code).map(|entry| &entry.settings);
        let urls = known.map(|settings| settings.urls.join("\n")).unwrap_or_default();
        let seconds = known.map_or(60, |settings| settings.timeout_seconds).to_string();
        let notice = known.and_then(|settings| settings.disabled.clone()).unwrap_or_default();
        let (url, text) = match known.and_then(|settings| settings.openapi.clone()) {
            Some(Description::Url(url)) => (url, String::new()),
            Some(Description::Text(text)) => (String::new(), text),
            None => (String::new(), String::new()),
        };
        let form = match known {
            Some(_) => form.hidden("service", &code),
            None => form.line(field(reader, "service", "service.code", "service.code.hint", &code)),
        };
        form.lines(field(reader, "urls", "service.urls", "service.urls.hint", &urls), 2)
            .line(field(reader, "timeout", "service.timeout", "service.timeout.hint", &seconds))
            .line(field(reader, "disabled", "service.notice", "service.notice.hint", &notice))
            .line(field(reader, "openapi_url", "service.openapi", "service.openapi.hint", &url))
            .lines(field(reader, "openapi", "service.openapi.text", "", &text), 3)
    })
    .await
}

fn methods() -> impl Iterator<Item = (&'static str, &'static str)> {
    [("*", "*")].into_iter().chain(Verb::ALL.map(|verb| (verb.as_str(), verb.as_str())))
}

/// `GET /subsystems/{id}/endpoint?service=`
pub(super) async fn endpoint(
    Shared(desk): Desks,
    Extension(who): Known,
    reader: Reader,
    Path(id): Path<String>,
) -> Response {
    let code = reader.asked("service").to_owned();
    of_subsystem((desk, who, reader, id), "endpoint.add", "endpoint", |reader, _, form| {
        form.hidden("service", &code)
            .choice(field(reader, "method", "endpoint.method", "", "GET"), methods())
            .line(field(reader, "path", "endpoint.path", "endpoint.path.hint", "/"))
    })
    .await
}

/// `GET /subsystems/{id}/grant`
pub(super) async fn grant(
    Shared(desk): Desks,
    Extension(who): Known,
    reader: Reader,
    Path(id): Path<String>,
) -> Response {
    let asked = reader.asked("service").to_owned();
    let subject = reader.asked("subject").to_owned();
    of_subsystem((desk, who, reader, id), "right.add", "grant", |reader, subsystem, form| {
        let services: Vec<&str> = subsystem.services.keys().map(String::as_str).collect();
        let parts = subsystem.services.iter().flat_map(|(code, entry)| {
            entry.endpoints.iter().map(move |endpoint| (format!("{code} {endpoint}"), format!("{code}: {endpoint}")))
        });
        let whole = |code: &&str| ((*code).to_owned(), format!("{code}: {}", reader.word("right.whole")));
        let options: Vec<(String, String)> = services.iter().map(whole).chain(parts).collect();
        let options = options.iter().map(|(value, text)| (value.as_str(), text.as_str()));
        form.line(field(reader, "subject", "right.subject", "right.subject.hint", &subject))
            .choice(field(reader, "part", "right.part", "right.part.hint", &asked), options)
    })
    .await
}

/// `GET /subsystems/{id}/group`
pub(super) async fn group(
    Shared(desk): Desks,
    Extension(who): Known,
    reader: Reader,
    Path(id): Path<String>,
) -> Response {
    of_subsystem((desk, who, reader, id), "group.add", "group", |reader, _, form| {
        form.line(field(reader, "group", "group.code", "", "")).line(field(
            reader,
            "description",
            "group.description",
            "",
            "",
        ))
    })
    .await
}

/// `GET /subsystems/{id}/member?group=`
pub(super) async fn member(
    Shared(desk): Desks,
    Extension(who): Known,
    reader: Reader,
    Path(id): Path<String>,
) -> Response {
    let code = reader.asked("group").to_owned();
    of_subsystem((desk, who, reader, id), "group.member.add", "member", |reader, _, form| {
        form.hidden("group", &code).line(field(reader, "member", "group.member", "subsystem.id.hint", ""))
    })
    .await
}

/// `GET /users/user?user=`
pub(super) async fn user(Shared(desk): Desks, Extension(who): Known, reader: Reader) -> Response {
    if let Err(failure) = desk.permit(&who, &[Permission::ChangeUsers], "GET /users/user").await {
        return failure.page(&reader, "/users");
    }
    let name = reader.asked("user").to_owned();
    let state = desk.subject.administration.state();
    let known = state.users.get(&name);
    let seen = known.map_or(0, |user| user.changed).to_string();
    let mut form = form(&reader, "user").hidden("seen", &seen);
    form = match known {
        Some(_) => form.hidden("user", &name),
        None => form.line(field(&reader, "user", "user.name", "user.name.hint", &name)),
    };
    let choices = [("no", reader.word("no")), ("yes", reader.word("yes"))];
    for role in Role::ALL {
        let has = known.is_some_and(|user| user.roles.contains(&role));
        let value = if has { "yes" } else { "no" };
        form = form.choice(field(&reader, role.name(), shown::role_key(role), "", value), choices);
    }
    let title = if known.is_some() { "user.change" } else { "user.add" };
    answer(&reader, title, &name, "/users", form)
}

/// `GET /users/token?user=`
pub(super) async fn token(Shared(desk): Desks, Extension(who): Known, reader: Reader) -> Response {
    let name = reader.asked("user").to_owned();
    let needed = if who.actor.user == name { Permission::Look } else { Permission::ChangeUsers };
    if let Err(failure) = desk.permit(&who, &[needed], "GET /users/token").await {
        return failure.page(&reader, "/users");
    }
    let form = form(&reader, "token")
        .hidden("user", &name)
        .line(field(&reader, "label", "token.label", "token.label.hint", ""))
        .line(field(&reader, "days", "token.days", "token.days.hint", "365"));
    answer(&reader, "token.add", &name, "/users", form)
}
