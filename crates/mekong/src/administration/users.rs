//! Users with their roles and tokens.

use super::access::Who;
use super::overview::done;
use super::reader::Reader;
use super::{Desk, shown};
use crate::serving::failure::Failing as _;
use axum::Extension;
use axum::extract::State as Shared;
use axum::response::Response;
use mekong_exchange::administration::role::{Permission, permits};
use mekong_exchange::administration::{State, User};
use mekong_web::component::{Column, Table, Weight, button, details};
use mekong_web::{Markup, format};
use std::sync::Arc;

/// `GET /users`: all of them, or oneself only for who may not see more.
pub(super) async fn show(Shared(desk): Shared<Arc<Desk>>, Extension(who): Extension<Who>, reader: Reader) -> Response {
    if let Err(failure) = desk.permit(&who, &[Permission::Look], "GET /users").await {
        return failure.page(&reader, "/");
    }
    let state = desk.subject.administration.state();
    let roles = state.roles(&who.actor.user);
    let may = |permission| who.actor.is_operator() || permits(&roles, permission);
    let sees_all = may(Permission::ChangeUsers) || may(Permission::ReadAudit);
    let listed = state.users.iter().filter(|(name, _)| sees_all || **name == who.actor.user);
    let parts: Vec<Markup> = listed
        .map(|(name, user)| details(name, &one(&reader, &state, name, user, may(Permission::ChangeUsers))))
        .collect();
    let none = match parts.is_empty() {
        true => Markup::paragraph(reader.text("users.none")),
        false => Markup::default(),
    };
    let add = match may(Permission::ChangeUsers) {
        true => Markup::bar([button(&reader.path("/users/user"), reader.word("user.add"), "")]),
        false => Markup::default(),
    };
    let page = shown::page(&reader, reader.word("users.title"), "/users").lead(reader.word("users.lead"));
    shown::response(&page.body(done(&reader).and(none).and(parts.into_iter().collect()).and(add)))
}

fn one(reader: &Reader, state: &State, name: &str, user: &User, changes: bool) -> Markup {
    let roles: Vec<Markup> = user.roles.iter().map(|role| reader.text(shown::role_key(*role))).collect();
    let roles = match roles.is_empty() {
        true => Markup::paragraph(reader.text("user.no_roles")),
        false => Markup::lines(roles),
    };
    let columns = ["token.number", "token.label", "token.expires", "action"];
    let columns = columns.map(|key| Column::text(reader.word(key))).to_vec();
    let mut table = Table::new(reader.language, reader.word("user.tokens"), columns);
    let mut has_tokens = false;
    for (number, token) in state.tokens.iter().filter(|(_, token)| token.user == name) {
        has_tokens = true;
        let end = token.expires.map(|at| format::day_element(reader.language, at));
        let fields = [("token", number.as_str())];
        table = table.row(vec![
            Markup::code(number),
            Markup::text(&token.label),
            end.unwrap_or_else(|| reader.text("token.never")),
            shown::act(reader, "remove-token", &fields, Weight::Plain, reader.word("token.remove")),
        ]);
    }
    let tokens = match has_tokens {
        true => table.markup(),
        false => Markup::paragraph(Markup::muted(reader.text("user.no_tokens"))),
    };
    let query = shown::encoded(name);
    let token = button(&reader.path(&format!("/users/token?user={query}")), reader.word("token.add"), "");
    if !changes {
        return roles.and(tokens).and(Markup::bar([token]));
    }
    let change = button(&reader.path(&format!("/users/user?user={query}")), reader.word("user.change"), "");
    let seen = user.changed.to_string();
    let fields = [("user", name), ("seen", seen.as_str())];
    let remove = shown::act(reader, "remove-user", &fields, Weight::Grave, reader.word("user.remove"));
    roles.and(tokens).and(Markup::bar([change, token, remove]))
}
