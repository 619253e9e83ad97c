//! Parts that the pages share.

use super::api::in_address;
use super::reader::Reader;
use mekong_base::ClientId;
use mekong_exchange::administration::Role;
use mekong_web::component::{Form, Weight};
use mekong_web::{Markup, NavItem, Page};

pub(super) use crate::serving::own_pages::response;

/// A page with its navigation.
pub(super) fn page(reader: &Reader, title: impl Into<String>, path: &str) -> Page {
    let nav = [
        ("/", "nav.overview"),
        ("/explain", "nav.explain"),
        ("/messages", "nav.messages"),
        ("/events", "nav.events"),
        ("/keys", "nav.keys"),
        ("/users", "nav.users"),
        ("/audit", "nav.audit"),
    ];
    let nav = nav.map(|(href, key)| NavItem::new(href, reader.word(key)));
    Page::new(reader.language, title, path).nav(nav.to_vec()).footer(reader.word("footer"))
}

/// The address of a subsystem's page, or of a form that belongs to it.
pub(super) fn place(id: &ClientId, below: &str) -> String {
    format!("/subsystems/{}{below}", in_address(id))
}

/// A small form with one button: what is prepared by it is shown before it is done.
pub(super) fn act(reader: &Reader, what: &str, fields: &[(&str, &str)], weight: Weight, text: &str) -> Markup {
    let form = Form::post(&reader.path(&format!("/prepare/{what}")));
    fields.iter().fold(form, |form, (name, value)| form.hidden(name, value)).button(weight, text).markup()
}

/// The key of a role's text.
pub(super) const fn role_key(role: Role) -> &'static str {
    match role {
        Role::Auditor => "role.auditor",
        Role::Registrar => "role.registrar",
        Role::SecurityOfficer => "role.security_officer",
        Role::SystemAdministrator => "role.system_administrator",
    }
}

/// Nothing, in a cell of a table.
pub(super) fn none() -> Markup {
    Markup::text("–")
}

/// The text of a query's value, encoded for an address.
pub(super) fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}
