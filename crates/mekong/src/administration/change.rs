//! Changing something in two steps: what a form asks for is shown; it is done when that is confirmed.

use super::access::Who;
use super::api::people::{roles, token_command};
use super::failure::Failure;
use super::reader::Reader;
use super::{Desk, shown};
use crate::serving::body::Fields;
use crate::serving::failure::Failing as _;
use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, State as Shared};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use mekong_base::ClientId;
use mekong_exchange::administration::decide::Asked;
use mekong_exchange::administration::{Command, Connection, Description, Endpoint, Right, Role, ServiceSettings};
use mekong_exchange::events::SubscriptionSettings;
use mekong_exchange::rules::rights::Subject;
use mekong_web::component::{Form, Tone, Weight, facts, link, notice};
use mekong_web::{Language, Markup};
use std::collections::BTreeSet;
use std::sync::Arc;

/// `POST /prepare/{what}`: shows what would be done.
pub(super) async fn prepare(
    Shared(desk): Shared<Arc<Desk>>,
    Extension(who): Extension<Who>,
    reader: Reader,
    Path(what): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let prepared = async {
        let fields = Fields::take(&headers, body).await?;
        let command = command(&desk, &what, &fields)?;
        let seen: Option<u64> = fields.text("seen").parse().ok();
        Ok::<_, Failure>((command, seen))
    };
    match prepared.await {
        Ok((command, seen)) => confirmation(&reader, &desk, &who, &command, seen),
        Err(failure) => failure.page(&reader, "/"),
    }
}

/// What will be done, and a button that does it; or why it cannot be done.
fn confirmation(reader: &Reader, desk: &Desk, who: &Who, command: &Command, seen: Option<u64>) -> Response {
    let back = back(command);
    let possible = desk.check(command).and_then(|()| {
        let asked = Asked { actor: &who.actor, command, seen, whole: None, key: None };
        Ok(desk.subject.administration.state().decide(asked)?)
    });
    let text = serde_json::to_string(command).unwrap_or_default();
    let said = facts(told(reader, desk, command));
    let again = Markup::paragraph(link(&reader.path(&back), reader.word("back")));
    let body = match &possible {
        Err(failure) => failure.notice(reader).and(said).and(again),
        Ok(_) => {
            let form = Form::post(&reader.path("/change"))
                .hidden("command", &text)
                .hidden("seen", &seen.map(|seen| seen.to_string()).unwrap_or_default())
                .button(if is_grave(command) { Weight::Grave } else { Weight::Main }, reader.word("confirm.button"));
            warning(reader, desk, command).and(said).and(form.markup()).and(again)
        }
    };
    let page = shown::page(reader, reader.word(title(command)), &back).lead(reader.word("confirm.lead")).body(body);
    let response = shown::response(&page);
    match possible {
        Ok(_) => response,
        Err(failure) => failure.with_status(response),
    }
}

/// `POST /change`: does what was shown.
pub(super) async fn carry_out(
    Shared(desk): Shared<Arc<Desk>>,
    Extension(who): Extension<Who>,
    reader: Reader,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let done = async {
        let fields = Fields::take(&headers, body).await?;
        let command: Command =
            serde_json::from_str(fields.text("command")).map_err(|error| Failure::Form(error.to_string()))?;
        let seen = fields.text("seen").parse().ok();
        // A token is made when it is given, so that it is nowhere before.
        if let Command::AddToken { user, label, expires, .. } = command {
            let left = expires.map(|end| end.since(desk.now()).as_secs().div_ceil(86_400));
            let days = left.and_then(|days| u32::try_from(days).ok());
            let (command, _, token) = token_command(&user, &label, days, desk.now())?;
            desk.change(&who, command, seen, None).await?;
            return Ok(token_page(&reader, &user, &token));
        }
        let back = back(&command);
        let changed = desk.change(&who, command, seen, None).await?;
        let joint = if back.contains('?') { '&' } else { '?' };
        let place = reader.path(&format!("{back}{joint}done={}", changed.position));
        Ok::<_, Failure>((StatusCode::SEE_OTHER, [(header::LOCATION, place)]).into_response())
    };
    done.await.unwrap_or_else(|failure| failure.page(&reader, "/"))
}

fn token_page(reader: &Reader, user: &str, token: &str) -> Response {
    let said =
        facts([(reader.word("user.name"), Markup::text(user)), (reader.word("token.secret"), Markup::code(token))]);
    let warned = notice(Tone::Warning, reader.word("token.once"), Markup::paragraph(reader.text("token.once.do")));
    let back = Markup::paragraph(link(&reader.path("/users"), reader.word("back")));
    let page = shown::page(reader, reader.word("token.add"), "/users").body(warned.and(said).and(back));
    shown::response(&page)
}

/// Where the reader goes afterwards.
fn back(command: &Command) -> String {
    match command {
        Command::RemoveSubsystem { .. } => "/".to_owned(),
        Command::PutUser { .. }
        | Command::RemoveUser { .. }
        | Command::AddToken { .. }
        | Command::RemoveToken { .. } => "/users".to_owned(),
        Command::SetCertificateUse { .. } => "/keys".to_owned(),
        Command::PutSubscription { .. } | Command::RemoveSubscription { .. } => "/events".to_owned(),
        Command::All { commands } => {
            commands.iter().find(|c| !matches!(c, Command::All { .. })).map_or_else(|| "/".to_owned(), back)
        }
        other => other.subsystem().map_or_else(|| "/".to_owned(), |id| shown::place(id, "")),
    }
}

const fn is_grave(command: &Command) -> bool {
    matches!(
        command,
        Command::RemoveSubsystem { .. }
            | Command::RemoveService { .. }
            | Command::RemoveGroup { .. }
            | Command::RemoveUser { .. }
            | Command::RemoveEndpoint { .. }
            | Command::RemoveSubscription { .. }
            | Command::SetCertificateUse { enabled: false, .. }
    )
}

/// The key of what a command is called.
pub(super) fn title(command: &Command) -> &'static str {
    match command {
        Command::AddEndpoint { .. } => "endpoint.add",
        Command::AddMember { .. } => "group.member.add",
        Command::AddSubsystem { .. } => "subsystem.add",
        Command::AddToken { .. } => "token.add",
        Command::Grant { .. } => "right.add",
        Command::PutGroup { .. } => "group.add",
        Command::PutService { .. } => "service.put",
        Command::PutSubscription { .. } => "subscription.put",
        Command::PutUser { .. } => "user.change",
        Command::RemoveEndpoint { .. } => "endpoint.remove",
        Command::RemoveGroup { .. } => "group.remove",
        Command::RemoveMember { .. } => "group.member.remove",
        Command::RemoveService { .. } => "service.remove",
        Command::RemoveSubscription { .. } => "subscription.remove",
        Command::RemoveSubsystem { .. } => "subsystem.remove",
        Command::RemoveToken { .. } => "token.remove",
        Command::RemoveUser { .. } => "user.remove",
        Command::Revoke { .. } => "right.revoke",
        Command::SetConnection { .. } => "connection.change",
        Command::SetCertificateUse { enabled: true, .. } => "key.enable",
        Command::SetCertificateUse { .. } => "key.disable",
        Command::All { .. } => "change.several",
    }
}

/// What is to be thought of before it is done.
fn warning(reader: &Reader, desk: &Desk, command: &Command) -> Markup {
    let directory = desk.directory();
    let key = match command {
        Command::RemoveSubsystem { .. } => "warn.subsystem",
        Command::RemoveService { .. } | Command::RemoveGroup { .. } | Command::RemoveEndpoint { .. } => "warn.rights",
        Command::RemoveUser { .. } => "warn.user",
        Command::SetCertificateUse { enabled: false, .. } => "warn.key.disable",
        Command::AddSubsystem { subsystem } if !directory.is_registered(subsystem, &desk.subject.server) => {
            "warn.unregistered"
        }
        Command::Grant { right: Right { subject: Subject::Client(client), .. }, .. } if !directory.exists(client) => {
            "warn.unknown"
        }
        Command::Grant { right: Right { endpoint: None, .. }, .. } => "warn.whole",
        _ => return Markup::default(),
    };
    notice(Tone::Warning, reader.word(key), Markup::default())
}

/// A command as labels and values.
pub(super) fn told(reader: &Reader, desk: &Desk, command: &Command) -> Vec<(&'static str, Markup)> {
    let word = |key| reader.word(key);
    let mut rows = Vec::new();
    if let Some(id) = command.subsystem() {
        rows.push((word("subsystem.id"), Markup::code(id.to_string())));
    }
    match command {
        Command::AddEndpoint { service, endpoint, .. } | Command::RemoveEndpoint { service, endpoint, .. } => {
            rows.push((word("right.service"), Markup::code(service)));
            rows.push((word("right.part"), Markup::code(endpoint.to_string())));
        }
        Command::Grant { right, .. } | Command::Revoke { right, .. } => {
            rows.push((word("right.subject"), Markup::code(right.subject.to_string())));
            rows.push((word("right.service"), Markup::code(&right.service)));
            let part = right.endpoint.as_ref().map(|endpoint| Markup::code(endpoint.to_string()));
            rows.push((word("right.part"), part.unwrap_or_else(|| reader.text("right.whole"))));
        }
        Command::PutService { service, settings, .. } => {
            rows.push((word("right.service"), Markup::code(service)));
            rows.push((word("service.urls"), Markup::lines(settings.urls.iter().map(Markup::code))));
            let seconds = reader.fill("service.seconds", &[("n", &settings.timeout_seconds.to_string())]);
            rows.push((word("service.timeout"), Markup::text(seconds)));
            rows.extend(settings.disabled.as_ref().map(|notice| (word("service.notice"), Markup::text(notice))));
            rows.extend(settings.openapi.as_ref().map(|description| match description {
                Description::Url(url) => (word("service.openapi"), Markup::code(url)),
                Description::Text(_) => (word("service.openapi"), reader.text("service.openapi.kept")),
            }));
        }
        Command::RemoveService { service, .. } => rows.push((word("right.service"), Markup::code(service))),
        Command::PutSubscription { subscription, .. } => {
            rows.push((word("subscription.name"), Markup::code(&subscription.name)));
            rows.push((
                word("events.follows"),
                Markup::code(format!("{} {}", subscription.provider, subscription.topic)),
            ));
            rows.extend(subscription.start.as_ref().map(|start| (word("subscription.start"), Markup::code(start))));
            rows.extend(subscription.push.as_ref().map(|url| (word("subscription.push"), Markup::code(url))));
        }
        Command::RemoveSubscription { subscription, .. } => {
            rows.push((word("subscription.name"), Markup::code(subscription)));
        }
        Command::PutGroup { group, description, .. } => {
            rows.push((word("group.code"), Markup::code(group)));
            rows.push((word("group.description"), Markup::text(description)));
        }
        Command::RemoveGroup { group, .. } => rows.push((word("group.code"), Markup::code(group))),
        Command::AddMember { group, member, .. } | Command::RemoveMember { group, member, .. } => {
            rows.push((word("group.code"), Markup::code(group)));
            rows.push((word("group.member"), Markup::code(member.to_string())));
        }
        Command::SetConnection { connection, .. } => {
            rows.push((word("subsystem.callers"), super::overview::callers(reader, connection)));
        }
        Command::PutUser { user, roles } => {
            rows.push((word("user.name"), Markup::text(user)));
            let roles: Vec<Markup> = roles.iter().map(|role| reader.text(shown::role_key(*role))).collect();
            rows.push((word("user.roles"), if roles.is_empty() { shown::none() } else { Markup::lines(roles) }));
        }
        Command::SetCertificateUse { certificate, .. } => rows.extend(super::keys::told(reader, desk, certificate)),
        Command::RemoveUser { user } => rows.push((word("user.name"), Markup::text(user))),
        Command::AddToken { user, label, .. } => {
            rows.push((word("user.name"), Markup::text(user)));
            rows.push((word("token.label"), Markup::text(label)));
        }
        Command::RemoveToken { token } => rows.push((word("token.number"), Markup::code(token))),
        Command::All { .. } => rows.push((word("change.several"), Markup::text_in(Language::English, command.line()))),
        Command::AddSubsystem { .. } | Command::RemoveSubsystem { .. } => {}
    }
    rows
}

/// What a form asks for.
fn command(desk: &Desk, what: &str, fields: &Fields) -> Result<Command, Failure> {
    let text = |name: &str| fields.text(name).to_owned();
    let subsystem = || client(fields, "subsystem");
    let (service, group) = (text("service"), text("group"));
    Ok(match what {
        "add-subsystem" => Command::AddSubsystem { subsystem: subsystem()? },
        "remove-subsystem" => Command::RemoveSubsystem { subsystem: subsystem()? },
        "connect" => Command::SetConnection { subsystem: subsystem()?, connection: connection(fields)? },
        "service" => Command::PutService { subsystem: subsystem()?, service, settings: settings(fields)? },
        "remove-service" => Command::RemoveService { subsystem: subsystem()?, service },
        "endpoint" => Command::AddEndpoint { subsystem: subsystem()?, service, endpoint: endpoint(fields)? },
        "remove-endpoint" => Command::RemoveEndpoint { subsystem: subsystem()?, service, endpoint: endpoint(fields)? },
        "grant" => Command::Grant { subsystem: subsystem()?, right: right_of_part(fields)? },
        "revoke" => {
            let part = if fields.text("path").is_empty() { None } else { Some(endpoint(fields)?) };
            let right = Right { subject: subject(fields)?, service, endpoint: part };
            Command::Revoke { subsystem: subsystem()?, right }
        }
        "group" => Command::PutGroup { subsystem: subsystem()?, group, description: text("description") },
        "remove-group" => Command::RemoveGroup { subsystem: subsystem()?, group },
        "member" => Command::AddMember { subsystem: subsystem()?, group, member: client(fields, "member")? },
        "remove-member" => Command::RemoveMember { subsystem: subsystem()?, group, member: client(fields, "member")? },
        "disable-certificate" | "enable-certificate" => Command::SetCertificateUse {
            certificate: text("certificate"),
            enabled: what == "enable-certificate",
            force: false,
        },
        "subscription" => {
            Command::PutSubscription { subsystem: subsystem()?, subscription: Box::new(subscription(fields)?) }
        }
        "remove-subscription" => Command::RemoveSubscription { subsystem: subsystem()?, subscription: text("name") },
        "user" => {
            let named = Role::ALL.into_iter().map(Role::name).filter(|name| fields.text(name) == "yes");
            Command::PutUser { user: text("user"), roles: roles(named)? }
        }
        "remove-user" => Command::RemoveUser { user: text("user") },
        "token" => {
            let wrong = |_| Failure::Parameter("days", "1 to 3660 is wanted".to_owned());
            let days = match fields.text("days") {
                "" => None,
                days => Some(days.parse().map_err(wrong)?),
            };
            token_command(&text("user"), &text("label"), days, desk.now())?.0
        }
        "remove-token" => Command::RemoveToken { token: text("token") },
        _ => return Err(Failure::NotFound(String::new())),
    })
}

fn client(fields: &Fields, name: &'static str) -> Result<ClientId, Failure> {
    fields
        .text(name)
        .parse()
        .map_err(|error: mekong_base::ident::IdentError| Failure::Parameter(name, error.to_string()))
}

fn subscription(fields: &Fields) -> Result<SubscriptionSettings, Failure> {
    let some = |name: &str| Some(fields.text(name).to_owned()).filter(|text| !text.is_empty());
    let usual = SubscriptionSettings::new(fields.text("name"), client(fields, "provider")?, fields.text("topic"));
    Ok(SubscriptionSettings { start: some("start"), push: some("push"), ..usual })
}

fn subject(fields: &Fields) -> Result<Subject, Failure> {
    let wrong = |error: mekong_exchange::administration::text::TextError| error.to_string();
    fields.text("subject").parse().map_err(|error| Failure::Parameter("subject", wrong(error)))
}

fn endpoint(fields: &Fields) -> Result<Endpoint, Failure> {
    let made = Endpoint::new(Some(fields.text("method")), fields.text("path"));
    made.map_err(|error| Failure::Parameter("path", error.to_string()))
}

/// The right on what was chosen: `SERVICE` or `SERVICE METHOD PATH`.
fn right_of_part(fields: &Fields) -> Result<Right, Failure> {
    let mut words = fields.text("part").splitn(3, ' ');
    let (service, method, path) = (words.next().unwrap_or_default(), words.next(), words.next());
    let endpoint = match path {
        None => None,
        Some(path) => {
            let made = Endpoint::new(method, path);
            Some(made.map_err(|error| Failure::Parameter("part", error.to_string()))?)
        }
    };
    Ok(Right { subject: subject(fields)?, service: service.to_owned(), endpoint })
}

fn connection(fields: &Fields) -> Result<Connection, Failure> {
    if fields.text("kind") == "anyone" {
        return Ok(Connection::Anyone);
    }
    let one = |text: &str| {
        let wrong = |_| Failure::Parameter("addresses", format!("{text:?} is no IP address"));
        text.parse().map_err(wrong)
    };
    let words = fields.text("addresses").split([' ', ',', '\n', '\r', '\t']).filter(|word| !word.is_empty());
    words.map(one).collect::<Result<BTreeSet<_>, _>>().map(Connection::Addresses)
}

fn settings(fields: &Fields) -> Result<ServiceSettings, Failure> {
    let some = |name: &str| Some(fields.text(name).to_owned()).filter(|text| !text.is_empty());
    let wrong = |_| Failure::Parameter("timeout", "a whole number of seconds from 1 to 540 is wanted".to_owned());
    Ok(ServiceSettings {
        urls: fields.text("urls").split_whitespace().map(str::to_owned).collect(),
        timeout_seconds: fields.text("timeout").parse().map_err(wrong)?,
        disabled: some("disabled"),
        openapi: some("openapi").map(Description::Text).or_else(|| some("openapi_url").map(Description::Url)),
    })
}
