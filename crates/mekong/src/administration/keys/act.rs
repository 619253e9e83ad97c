//! What the forms about keys do: first it is shown what would be done, then it is done.

use super::super::access::Who;

use super::super::failure::Failure;
use super::super::reader::Reader;
use super::super::{Desk, shown};
use super::line::purpose_text;
use super::{Renewed, Wanted, certificate};
use crate::node::keys::Place;
use crate::node::keys::asked::{Requested, fingerprint, purpose};
use crate::serving::body::Fields;
use crate::serving::failure::Failing as _;
use axum::Extension;
use axum::body::Body;
use axum::extract::State as Shared;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use mekong_exchange::administration::role::Permission;
use mekong_pki::Certificate;
use mekong_web::component::{Form, Tone, Weight, button, facts, link, notice};
use mekong_web::{Markup, format};
use std::sync::Arc;

type Desks = Shared<Arc<Desk>>;
type Known = Extension<Who>;

/// The fields of a form of whoever may change keys.
async fn fields(desk: &Desk, who: &Who, line: &str, headers: &HeaderMap, body: Body) -> Result<Fields, Failure> {
    desk.permit(who, &[Permission::ChangeKeys], line).await?;
    Ok(Fields::take(headers, body).await?)
}

fn wanted(fields: &Fields) -> Result<Wanted, Failure> {
    Wanted::read(fields.text("purpose"), fields.text("place"), fields.text("key_type"))
}

/// A page that shows what will be done, and the button that does it.
fn confirmation(reader: &Reader, title: &'static str, said: Markup, form: &Form) -> Response {
    let again = Markup::paragraph(link(&reader.path("/keys"), reader.word("back")));
    let page = shown::page(reader, reader.word(title), "/keys").lead(reader.word("confirm.lead"));
    shown::response(&page.body(said.and(form.markup()).and(again)))
}

fn leading(reader: &Reader, what: &str) -> Response {
    let place = reader.path(&format!("/keys?brought={what}"));
    (StatusCode::SEE_OTHER, [(header::LOCATION, place)]).into_response()
}

/// `POST /keys/request/prepare`
pub(in crate::administration) async fn prepare_request(
    Shared(desk): Desks,
    Extension(who): Known,
    reader: Reader,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let prepared = async {
        let fields = fields(&desk, &who, "POST /keys/request/prepare", &headers, body).await?;
        let Wanted { member, key_type, in_hardware } = wanted(&fields)?;
        let place = match desk.subject.keys.token().filter(|_| in_hardware) {
            None => reader.text("key.software"),
            Some(token) => Markup::text(reader.fill("key.hardware", &[("token", token)])),
        };
        let said = facts([
            (reader.word("key.purpose"), purpose_text(&reader, &purpose(member.as_ref()))),
            (reader.word("key.place"), place),
            (reader.word("key.kind"), Markup::text(key_type.to_string())),
        ]);
        let form = ["purpose", "place", "key_type"]
            .into_iter()
            .fold(Form::post(&reader.path("/keys/request")), |form, name| form.hidden(name, fields.text(name)))
            .button(Weight::Main, reader.word("confirm.button"));
        Ok::<_, Failure>(confirmation(&reader, "key.request", said, &form))
    };
    prepared.await.unwrap_or_else(|failure| failure.page(&reader, "/keys"))
}

/// `POST /keys/request`: makes the key and shows the request for its certificate.
pub(in crate::administration) async fn request(
    Shared(desk): Desks,
    Extension(who): Known,
    reader: Reader,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let made = async {
        let fields = fields(&desk, &who, "POST /keys/request", &headers, body).await?;
        Ok::<_, Failure>(requested(&reader, &super::make(&desk, &who, wanted(&fields)?).await?))
    };
    made.await.unwrap_or_else(|failure| failure.page(&reader, "/keys"))
}

fn requested(reader: &Reader, made: &Requested) -> Response {
    let place = match &made.place {
        Place::Software => reader.text("key.software"),
        Place::Token(token) => Markup::text(reader.fill("key.hardware", &[("token", token)])),
    };
    let said = facts([
        (reader.word("key.label"), Markup::code(&made.label)),
        (reader.word("key.place"), place),
        (reader.word("key.subject"), Markup::text(made.request.subject())),
        (reader.word("key.request.pem"), mekong_web::component::block(&made.request.pem())),
    ]);
    let next = notice(Tone::Good, reader.word("key.made"), Markup::paragraph(reader.text("key.made.do")));
    let download = reader.path(&format!("/keys/request.pem?label={}", shown::encoded(&made.label)));
    let acts = Markup::bar([
        button(&download, reader.word("key.download"), ""),
        button(&reader.path("/keys/import"), reader.word("key.import"), ""),
    ]);
    let back = Markup::paragraph(link(&reader.path("/keys"), reader.word("back")));
    let page = shown::page(reader, reader.word("key.request"), "/keys").body(next.and(said).and(acts).and(back));
    shown::response(&page)
}

/// `GET /keys/request.pem?label=`
pub(in crate::administration) async fn download(
    Shared(desk): Desks,
    Extension(who): Known,
    reader: Reader,
) -> Response {
    let read = async {
        desk.permit(&who, &[Permission::Look], "GET /keys/request.pem").await?;
        let made = super::requested(&desk, reader.asked("label")).await?;
        // The label of a key that is there: letters, digits, dots.
        let named = format!("attachment; filename=\"{}.csr.pem\"", made.label);
        let headers = [(header::CONTENT_TYPE, "application/pkcs10".to_owned()), (header::CONTENT_DISPOSITION, named)];
        Ok::<_, Failure>((headers, made.request.pem()).into_response())
    };
    read.await.unwrap_or_else(|failure| failure.page(&reader, "/keys"))
}

/// The certificate of a form: chosen as a file, or pasted.
fn brought(fields: &Fields) -> Result<Certificate, Failure> {
    match fields.bytes("file") {
        [] => certificate(fields.text("certificate").as_bytes()),
        file => certificate(file),
    }
}

/// `POST /keys/import/prepare`
pub(in crate::administration) async fn prepare_import(
    Shared(desk): Desks,
    Extension(who): Known,
    reader: Reader,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let prepared = async {
        let certificate = brought(&fields(&desk, &who, "POST /keys/import/prepare", &headers, body).await?)?;
        let fitting = super::fitting(&desk, &certificate).await?;
        let day = |at| format::day_element(reader.language, at);
        let said = facts([
            (reader.word("key.label"), Markup::code(&fitting.label)),
            (reader.word("key.purpose"), purpose_text(&reader, &purpose(fitting.member.as_ref()))),
            (reader.word("key.subject"), Markup::text(certificate.subject())),
            (reader.word("key.issuer"), Markup::text(certificate.issuer())),
            (reader.word("key.from"), day(certificate.not_before())),
            (reader.word("key.until"), day(certificate.not_after())),
            (reader.word("key.fingerprint"), Markup::code(fingerprint(&certificate))),
        ]);
        let form = Form::post(&reader.path("/keys/import"))
            .hidden("certificate", &certificate.pem())
            .button(Weight::Main, reader.word("confirm.button"));
        Ok::<_, Failure>(confirmation(&reader, "key.import", said, &form))
    };
    prepared.await.unwrap_or_else(|failure| failure.page(&reader, "/keys/import"))
}

/// `POST /keys/import`
pub(in crate::administration) async fn import(
    Shared(desk): Desks,
    Extension(who): Known,
    reader: Reader,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let imported = async {
        let certificate = brought(&fields(&desk, &who, "POST /keys/import", &headers, body).await?)?;
        super::import(&desk, &who, &certificate).await?;
        Ok::<_, Failure>(leading(&reader, "imported"))
    };
    imported.await.unwrap_or_else(|failure| failure.page(&reader, "/keys/import"))
}

/// `POST /keys/renew`
pub(in crate::administration) async fn renew(Shared(desk): Desks, Extension(who): Known, reader: Reader) -> Response {
    match super::renew(&desk, &who).await {
        Ok(Renewed::Done(_)) => leading(&reader, "renewed"),
        Ok(Renewed::Waiting(_)) => leading(&reader, "waiting"),
        Err(failure) => failure.page(&reader, "/keys"),
    }
}
