//! Letting in, by a token or by an address that works once, and out again. Both stand in the audit log.

use super::access::{Who, from, unknown_secret};
use super::failure::Failure;
use super::reader::Reader;
use super::{Desk, shown};
use crate::serving::body::Fields;
use crate::serving::failure::Failing as _;
use crate::serving::sessions::leading;
use axum::Extension;
use axum::body::Body;
use axum::extract::State as Shared;
use axum::http::{Extensions, HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use mekong_exchange::administration::{Actor, Event, Outcome};
use mekong_web::component::{Field, Form, Tone, Weight, notice};
use mekong_web::{Markup, Page};
use std::sync::Arc;

/// `GET /enter?code=`: the address that a command printed, or the form for a token.
pub(super) async fn show(
    Shared(desk): Shared<Arc<Desk>>,
    reader: Reader,
    headers: HeaderMap,
    extensions: Extensions,
) -> Response {
    // Who is inside, and loads the address again or whose browser looked at it before, is led on.
    let state = desk.subject.administration.state();
    if desk.access.who(&headers, &state, desk.now()).is_some() {
        return (StatusCode::SEE_OTHER, [(header::LOCATION, reader.path("/"))]).into_response();
    }
    match reader.asked("code") {
        "" => page(&reader, false),
        code => entered(&desk, &reader, code, &extensions).await,
    }
}

/// `POST /enter`
pub(super) async fn enter(
    Shared(desk): Shared<Arc<Desk>>,
    reader: Reader,
    headers: HeaderMap,
    extensions: Extensions,
    body: Body,
) -> Response {
    match Fields::take(&headers, body).await {
        Ok(fields) => entered(&desk, &reader, fields.text("secret"), &extensions).await,
        Err(failure) => Failure::from(failure).page(&reader, "/enter"),
    }
}

async fn entered(desk: &Desk, reader: &Reader, secret: &str, extensions: &Extensions) -> Response {
    let state = desk.subject.administration.state();
    let admitted = desk.access.admit(secret, &state, desk.now());
    let outcome = if admitted.is_some() { Outcome::Done } else { unknown_secret() };
    let who = Who { actor: admitted.clone().unwrap_or_else(Actor::nobody), from: from(extensions), by_cookie: false };
    if let Err(failure) = desk.note(&who, Event::SignIn, outcome).await {
        return failure.page(reader, "/enter");
    }
    match admitted.and_then(|actor| desk.access.begin(actor, desk.now())) {
        Some(cookie) => leading(&reader.path("/"), cookie),
        None => page(reader, true),
    }
}

/// `POST /leave`
pub(super) async fn leave(
    Shared(desk): Shared<Arc<Desk>>,
    Extension(who): Extension<Who>,
    reader: Reader,
    headers: HeaderMap,
) -> Response {
    if let Err(failure) = desk.note(&who, Event::SignOut, Outcome::Done).await {
        return failure.page(&reader, "/");
    }
    match desk.access.leave(&headers) {
        Some(cookie) => leading(&reader.path("/enter"), cookie),
        None => Failure::Broken("the cookie cannot be written".to_owned()).page(&reader, "/"),
    }
}

/// The page on which one signs in.
pub(super) fn page(reader: &Reader, was_wrong: bool) -> Response {
    let wrong = match was_wrong {
        true => notice(Tone::Warning, reader.word("enter.wrong"), Markup::paragraph(reader.text("enter.wrong.do"))),
        false => Markup::default(),
    };
    let field = Field {
        name: "secret",
        label: reader.word("enter.token"),
        hint: reader.word("enter.token.hint"),
        required: true,
        ..Field::default()
    };
    let form = Form::post(&reader.path("/enter")).secret(field).button(Weight::Main, reader.word("enter.button"));
    let page = Page::new(reader.language, reader.word("enter.title"), "/enter")
        .lead(reader.word("enter.lead"))
        .footer(reader.word("footer"))
        .body(wrong.and(form.markup()));
    let mut response = shown::response(&page);
    *response.status_mut() = StatusCode::UNAUTHORIZED;
    response
}
