//! Letting in by the code that the command printed, and out again.

use super::failure::Failure;
use super::reader::Reader;
use super::{Office, shown};
use crate::serving::body::Fields;
use crate::serving::failure::Failing as _;
use crate::serving::sessions::leading;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use mekong_web::component::{Field, Form, Tone, Weight, notice};
use mekong_web::{Markup, Page};
use std::sync::Arc;

/// `GET /enter?code=`: the address that the command printed, or the form for its code.
pub(super) async fn show(State(office): State<Arc<Office>>, reader: Reader, headers: HeaderMap) -> Response {
    // Who is inside, and loads the address again or whose browser looked at it before, is led on.
    if office.access.knows(&headers, office.now()) {
        return (StatusCode::SEE_OTHER, [(header::LOCATION, reader.path("/"))]).into_response();
    }
    match reader.asked("code") {
        "" => page(&reader, false),
        code => entered(&office, &reader, code),
    }
}

/// `POST /enter`
pub(super) async fn enter(
    State(office): State<Arc<Office>>,
    reader: Reader,
    headers: HeaderMap,
    body: Body,
) -> Response {
    match Fields::take(&headers, body).await {
        Ok(fields) => entered(&office, &reader, fields.text("code")),
        Err(failure) => Failure::from(failure).page(&reader, "/enter"),
    }
}

fn entered(office: &Office, reader: &Reader, code: &str) -> Response {
    match office.access.enter(code, office.now()) {
        Some(cookie) => leading(&reader.path("/"), cookie),
        None => page(reader, true),
    }
}

/// `POST /leave`
pub(super) async fn leave(State(office): State<Arc<Office>>, reader: Reader, headers: HeaderMap) -> Response {
    match office.access.leave(&headers) {
        Some(cookie) => leading(&reader.path("/enter"), cookie),
        None => Failure::Broken("the cookie cannot be written".to_owned()).page(&reader, "/"),
    }
}

/// The page on which the code is given.
pub(super) fn page(reader: &Reader, was_wrong: bool) -> Response {
    let wrong = match was_wrong {
        true => notice(Tone::Warning, reader.word("enter.wrong"), Markup::paragraph(reader.text("enter.wrong.do"))),
        false => Markup::default(),
    };
    let field = Field { name: "code", label: reader.word("enter.code"), required: true, ..Field::default() };
    let form = Form::post(&reader.path("/enter")).secret(field).button(Weight::Main, reader.word("enter.button"));
    let page = Page::new(reader.language, reader.word("enter.title"), "/enter")
        .lead(reader.word("enter.lead"))
        .body(wrong.and(form.markup()));
    let mut response = shown::response(&page);
    *response.status_mut() = StatusCode::UNAUTHORIZED;
    response
}
