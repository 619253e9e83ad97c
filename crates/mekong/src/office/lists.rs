//! The revocation list that stands: its number, its times, its entries; a new one now.

use super::reader::Reader;
use super::{Failure, Office, shown};
use crate::serving::failure::Failing as _;
use axum::extract::State;
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use mekong_base::Instant;
use mekong_pki::crl::Crl;
use mekong_web::component::{Badge, Form, Tone, Weight, button, facts};
use mekong_web::{Markup, format};
use std::sync::Arc;

const PATH: &str = "/lists";

/// The number of a list, in decimal where it is short enough to be one of ours.
pub(super) fn number(list: &Crl) -> String {
    let octets = list.number().unwrap_or_default();
    let number = || octets.iter().try_fold(0_u64, |n, octet| n.checked_mul(256)?.checked_add(u64::from(*octet)));
    number().map_or_else(|| hex::encode(octets), |number| number.to_string())
}

/// The list that stands, made anew if need be.
pub(super) fn current(office: &Office) -> Result<Crl, Failure> {
    office.authority.crl(office.now()).map_err(Failure::list_not_made)
}

/// `GET /lists`
pub(super) async fn show(State(office): State<Arc<Office>>, reader: Reader) -> Response {
    match office.aside(|office| Ok((current(office)?, office.now()))).await {
        Ok((list, now)) => draw(&reader, &office, &list, now),
        Err(failure) => failure.page(&reader, "/"),
    }
}

/// `POST /lists`: a new list.
pub(super) async fn renew(State(office): State<Arc<Office>>, reader: Reader) -> Response {
    match office.aside(|office| office.authority.renew_crl(office.now()).map_err(Failure::list_not_made)).await {
        Ok(_) => (StatusCode::SEE_OTHER, [(header::LOCATION, reader.path(PATH))]).into_response(),
        Err(failure) => failure.page(&reader, PATH),
    }
}

/// `GET /lists/issuing.crl` and the same below the API
pub(super) async fn download(State(office): State<Arc<Office>>, reader: Reader, uri: Uri) -> Response {
    match office.aside(current).await {
        Ok(list) => {
            let headers = [
                (header::CONTENT_TYPE, "application/pkix-crl"),
                (header::CONTENT_DISPOSITION, "attachment; filename=\"issuing.crl\""),
            ];
            (headers, Bytes::from_owner(Arc::clone(list.der()))).into_response()
        }
        Err(failure) => failure.at(uri.path(), &reader),
    }
}

fn draw(reader: &Reader, office: &Office, list: &Crl, now: Instant) -> Response {
    let time = |at| format::time_element(reader.language, at);
    let is_good = list.next_update().is_some_and(|until| now < until);
    let state = match is_good {
        true => Badge::new(Tone::Good, reader.word("lists.good")),
        false => Badge::new(Tone::Bad, reader.word("lists.late")),
    };
    let none = || Markup::text("–");
    let rows = [
        (reader.word("certificate.status"), state.markup()),
        (reader.word("lists.number"), Markup::code(number(list))),
        (reader.word("lists.made"), time(list.this_update())),
        (reader.word("lists.until"), list.next_update().map_or_else(none, time)),
        (reader.word("lists.renewed"), time(office.authority.crl_renewed_at(list))),
        (reader.word("lists.entries"), Markup::text(format::number(reader.language, list.len() as u64))),
        (reader.word("lists.published"), Markup::code(office.authority.crl_url())),
    ];
    let form = Form::post(&reader.path(PATH)).button(Weight::Plain, reader.word("lists.renew"));
    let body = Markup::section("list", reader.word("lists.current"), facts(rows))
        .and(Markup::bar([button("/lists/issuing.crl", reader.word("lists.download"), "")]))
        .and(Markup::section("renew", reader.word("lists.renew"), {
            Markup::paragraph(reader.text("lists.renew.text")).and(form.markup())
        }));
    shown::response(&shown::page(reader, reader.word("lists.title"), PATH).lead(reader.word("lists.lead")).body(body))
}
