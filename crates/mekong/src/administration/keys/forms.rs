//! Pages with one form each: making a key, importing a certificate, having the operator certify new keys.

use super::super::access::Who;
use super::super::reader::Reader;
use super::super::{Desk, shown};
use super::line::{purpose_text, purpose_words};
use crate::node::keys::asked::{KEY_TYPES, TLS, purpose};
use crate::serving::failure::Failing as _;
use axum::Extension;
use axum::extract::State as Shared;
use axum::response::Response;
use mekong_exchange::administration::role::Permission;
use mekong_web::Markup;
use mekong_web::component::{Field, Form, Weight, facts, link};
use std::sync::Arc;

type Desks = Shared<Arc<Desk>>;
type Known = Extension<Who>;

pub(super) fn field<'a>(
    reader: &Reader,
    name: &'a str,
    key: &'static str,
    hint: &'static str,
    value: &'a str,
) -> Field<'a> {
    let hint = if hint.is_empty() { "" } else { reader.word(hint) };
    Field { name, label: reader.word(key), hint, value, ..Field::default() }
}

fn answer(reader: &Reader, title: &'static str, lead: &'static str, form: &Form) -> Response {
    let back = Markup::paragraph(link(&reader.path("/keys"), reader.word("back")));
    let page = shown::page(reader, reader.word(title), "/keys").lead(reader.word(lead));
    shown::response(&page.body(form.markup().and(back)))
}

/// `GET /keys/request`
pub(in crate::administration) async fn request(Shared(desk): Desks, Extension(who): Known, reader: Reader) -> Response {
    if let Err(failure) = desk.permit(&who, &[Permission::ChangeKeys], "GET /keys/request").await {
        return failure.page(&reader, "/keys");
    }
    let keys = &desk.subject.keys;
    let purposes = keys.purposes().map(purpose).map(|it| (purpose_words(&reader, &it), it));
    let purposes: Vec<(String, String)> = purposes.collect();
    let purposes = purposes.iter().map(|(text, value)| (value.as_str(), text.as_str()));
    let token = keys.token().map(|token| reader.fill("key.hardware", &[("token", token)]));
    let hardware = token.as_deref().map(|text| ("hardware", text));
    let software = ("software", reader.word("key.software"));
    // Where there is a token, it is there for the keys.
    let places = hardware.into_iter().chain([software]);
    let types = KEY_TYPES.map(|(name, key_type)| (name, key_type.to_string()));
    let form = Form::post(&reader.path("/keys/request/prepare"))
        .choice(field(&reader, "purpose", "key.purpose", "", ""), purposes)
        .choice(field(&reader, "place", "key.place", "", ""), places)
        .choice(
            field(&reader, "key_type", "key.kind", "key.kind.hint", ""),
            types.iter().map(|(name, text)| (*name, text.as_str())),
        )
        .button(Weight::Main, reader.word("continue"));
    answer(&reader, "key.request", "key.request.lead", &form)
}

/// `GET /keys/import`
pub(in crate::administration) async fn import(Shared(desk): Desks, Extension(who): Known, reader: Reader) -> Response {
    if let Err(failure) = desk.permit(&who, &[Permission::ChangeKeys], "GET /keys/import").await {
        return failure.page(&reader, "/keys");
    }
    let form = Form::post(&reader.path("/keys/import/prepare"))
        .file(field(&reader, "file", "key.file", "key.file.hint", ""))
        .lines(field(&reader, "certificate", "key.paste", "key.paste.hint", ""), 8)
        .button(Weight::Main, reader.word("continue"));
    answer(&reader, "key.import", "key.import.lead", &form)
}

/// `GET /keys/renew`: what will be done, and the button that does it.
pub(in crate::administration) async fn renew(Shared(desk): Desks, Extension(who): Known, reader: Reader) -> Response {
    if let Err(failure) = desk.permit(&who, &[Permission::ChangeKeys], "GET /keys/renew").await {
        return failure.page(&reader, "/keys");
    }
    if desk.subject.operator.is_none() {
        return super::no_operator().page(&reader, "/keys");
    }
    let owner = desk.subject.server.owner.to_string();
    let lines = Markup::lines([purpose_text(&reader, TLS), purpose_text(&reader, &owner)]);
    let form = Form::post(&reader.path("/keys/renew"))
        .with(&facts([(reader.word("key.purpose"), lines)]))
        .button(Weight::Main, reader.word("confirm.button"));
    answer(&reader, "key.renew", "key.renew.lead", &form)
}
