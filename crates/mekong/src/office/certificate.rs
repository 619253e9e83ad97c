//! One certificate: what it says, its status, its download, its revocation.

use super::contents::Contents;
use super::reader::Reader;
use super::status::Status;
use super::{Failure, Office, lists, shown};
use crate::serving::body::Fields;
use crate::serving::failure::Failing as _;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use mekong_authority::RevocationReason;
use mekong_authority::ca::Issued;
use mekong_crypto::DigestAlgorithm;
use mekong_web::component::{Field, Form, Tone, Weight, block, button, details, facts, notice};
use mekong_web::{Markup, format};
use std::sync::Arc;

fn path_of(serial: &str) -> String {
    format!("/certificates/{serial}")
}

/// `GET /certificates/{serial}`
pub(super) async fn show(State(office): State<Arc<Office>>, reader: Reader, Path(serial): Path<String>) -> Response {
    let found = office.aside(move |office| {
        let issued = office.issued(&serial)?;
        // The list tells it without waiting for somebody else to ask.
        let list = issued.revoked.map(|_| lists::current(office)).transpose();
        Ok((issued, list.err()))
    });
    match found.await {
        Ok((issued, unlisted)) => {
            let fault = unlisted.map(|failure| failure.notice(&reader)).unwrap_or_default();
            draw(&reader, &office, &issued, &fault)
        }
        Err(failure) => failure.page(&reader, "/certificates"),
    }
}

/// `GET /certificates/{serial}/certificate.pem`
pub(super) async fn download(
    State(office): State<Arc<Office>>,
    reader: Reader,
    Path(serial): Path<String>,
) -> Response {
    match office.aside(move |office| office.issued(&serial)).await {
        Ok(issued) => {
            let name = format!("attachment; filename=\"{}.pem\"", issued.certificate.serial_hex());
            let kind = "application/x-pem-file".to_owned();
            ([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)], issued.certificate.pem())
                .into_response()
        }
        Err(failure) => failure.page(&reader, "/certificates"),
    }
}

/// `POST /certificates/{serial}/revoke`
pub(super) async fn revoke(
    State(office): State<Arc<Office>>,
    reader: Reader,
    Path(serial): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let revoked = async {
        let fields = Fields::take(&headers, body).await?;
        if fields.text("confirm") != "yes" {
            return Err(Failure::NotConfirmed);
        }
        let reason = RevocationReason::from_name(fields.text("reason")).ok_or(Failure::NotConfirmed)?;
        let serial = serial.clone();
        office.aside(move |office| office.revoke(&serial, reason)).await
    };
    match revoked.await {
        Ok(issued) => {
            let path = reader.path(&path_of(&issued.certificate.serial_hex()));
            (StatusCode::SEE_OTHER, [(header::LOCATION, path)]).into_response()
        }
        // The page again, with what is wrong above it.
        Err(failure) => match office.aside(move |office| office.issued(&serial)).await {
            Ok(issued) => failure.with_status(draw(&reader, &office, &issued, &failure.notice(&reader))),
            Err(failure) => failure.page(&reader, "/certificates"),
        },
    }
}

fn draw(reader: &Reader, office: &Office, issued: &Issued, fault: &Markup) -> Response {
    let (certificate, contents) = (&issued.certificate, Contents::of_certificate(&issued.certificate));
    let (serial, title) = (certificate.serial_hex(), shown::known_as(&contents.subject).to_owned());
    let path = path_of(&serial);
    let status = Status::of(issued, office.now());
    let subject: Vec<(String, Markup)> =
        contents.subject.iter().map(|(name, value)| (shown::attribute(reader, name), shown::value(value))).collect();
    let body = fault
        .clone()
        .and(news(reader, issued))
        .and(Markup::bar([
            shown::badge(reader, status),
            button(&format!("{path}/certificate.pem"), reader.word("certificate.download"), &title),
        ]))
        .and(Markup::section(
            "subject",
            reader.word("certificate.names"),
            facts(subject.iter().map(|(label, value)| (label.as_str(), value.clone()))),
        ))
        .and(Markup::section("says", reader.word("certificate.says"), facts(said(reader, office, issued, &contents))))
        .and(details(reader.word("certificate.pem"), &block(&certificate.pem())))
        .and(Markup::section("revocation", reader.word("revoke.title"), revocation(reader, office, issued, &path)));
    shown::response(&shown::page(reader, title, &path).body(body))
}

/// What was done just now, or what is to be known first.
fn news(reader: &Reader, issued: &Issued) -> Markup {
    if let Some((at, reason)) = issued.revoked {
        let values =
            [("time", &*format::time(reader.language, at)), ("reason", reader.word(shown::reason_key(reason)))];
        return notice(
            Tone::Bad,
            &reader.fill("revoked.since", &values),
            Markup::paragraph(reader.text("revoked.text")),
        );
    }
    match reader.asked("new") {
        "yes" => notice(Tone::Good, reader.word("issued.title"), Markup::paragraph(reader.text("issued.text"))),
        _ => Markup::default(),
    }
}

fn said(reader: &Reader, office: &Office, issued: &Issued, contents: &Contents) -> Vec<(&'static str, Markup)> {
    let certificate = &issued.certificate;
    let fingerprint = hex::encode_upper(certificate.fingerprint(DigestAlgorithm::Sha256));
    let issuer = super::contents::attributes(certificate.issuer_name());
    let mut rows = vec![
        (reader.word("certificate.profile"), Markup::text(shown::profile(reader, office, &issued.profile))),
        (reader.word("certificate.serial"), Markup::code(certificate.serial_hex())),
        (reader.word("certificate.issuer"), shown::value(shown::known_as(&issuer))),
        (reader.word("certificate.at"), format::time_element(reader.language, issued.at)),
    ];
    rows.extend(shown::rows(reader, contents));
    rows.push((reader.word("certificate.fingerprint"), Markup::code(fingerprint)));
    rows
}

fn revocation(reader: &Reader, office: &Office, issued: &Issued, path: &str) -> Markup {
    if office.owns(issued) {
        return Markup::paragraph(reader.text("failure.own.do"));
    }
    let is_open = |reason: &&RevocationReason| issued.revoked.is_none_or(|(_, known)| reason.is_graver_than(known));
    let reasons: Vec<&RevocationReason> = RevocationReason::ALL.iter().filter(is_open).collect();
    let Some(first) = reasons.first() else { return Markup::paragraph(reader.text("revoke.done")) };
    let (text, button) = match issued.revoked {
        None => ("revoke.text", "revoke.button"),
        Some(_) => ("revoke.graver", "revoke.graver.button"),
    };
    let value = first.name();
    let reasons: Vec<(&str, &str)> =
        reasons.iter().map(|reason| (reason.name(), reader.word(shown::reason_key(**reason)))).collect();
    let field =
        Field { name: "reason", label: reader.word("revoke.reason"), value, required: true, ..Field::default() };
    let form = Form::post(&reader.path(&format!("{path}/revoke")))
        .choice(field, reasons)
        .tick("confirm", reader.word("revoke.confirm"))
        .button(Weight::Grave, reader.word(button));
    Markup::paragraph(reader.text(text)).and(form.markup())
}
