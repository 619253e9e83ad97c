//! The certificates that were issued: searched, filtered, page by page.

use super::contents::attributes;
use super::filter::{Filter, Found};
use super::reader::Reader;
use super::status::Status;
use super::{Office, shown};
use crate::serving::failure::Failing as _;
use axum::extract::State;
use axum::response::Response;
use mekong_authority::ca::Issued;
use mekong_base::Instant;
use mekong_web::component::{Column, Field, Form, Table, Weight, button, link};
use mekong_web::{Markup, format};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::collections::BTreeSet;
use std::sync::Arc;

const PATH: &str = "/certificates";

/// `GET /certificates?q=&status=&profile=&page=`
pub(super) async fn show(State(office): State<Arc<Office>>, reader: Reader) -> Response {
    let found = async {
        let filter = Filter::asked(&reader)?;
        office
            .aside(move |office| {
                let (all, now) = (office.authority.certificates()?, office.now());
                let profiles: BTreeSet<String> = all.iter().map(|listed| listed.profile.to_string()).collect();
                Ok((filter.find(&all, now, |listed| office.whole(listed))?, profiles, now))
            })
            .await
    };
    match found.await {
        Ok((found, profiles, now)) => draw(&reader, &office, &found, &profiles, now),
        Err(failure) => failure.page(&reader, PATH),
    }
}

fn draw(reader: &Reader, office: &Office, found: &Found, profiles: &BTreeSet<String>, now: Instant) -> Response {
    let count = format::number(reader.language, found.total as u64);
    let body = search(reader, office, profiles)
        .and(Markup::paragraph(Markup::text(reader.fill("certificates.found", &[("n", &count)]))))
        .and(table(reader, office, found, now))
        .and(pages(reader, found));
    shown::response(&shown::page(reader, reader.word("certificates.title"), PATH).body(body))
}

fn search(reader: &Reader, office: &Office, profiles: &BTreeSet<String>) -> Markup {
    let any = [("", reader.word("search.any"))];
    let statuses = Status::ALL.map(|status| (status.name(), reader.word(shown::status_key(status))));
    let titles: Vec<String> = profiles.iter().map(|name| shown::profile(reader, office, name)).collect();
    let profiles = profiles.iter().map(String::as_str).zip(titles.iter().map(String::as_str));
    let field = |name, key: &'static str| Field {
        name,
        label: reader.word(key),
        value: reader.asked(name),
        ..Field::default()
    };
    Form::search(PATH)
        .hidden("lang", reader.language.code())
        .line(field("q", "search.words"))
        .choice(field("status", "certificate.status"), any.into_iter().chain(statuses))
        .choice(field("profile", "certificate.profile"), any.into_iter().chain(profiles))
        .button(Weight::Main, reader.word("search.button"))
        .markup()
}

fn table(reader: &Reader, office: &Office, found: &Found, now: Instant) -> Markup {
    let columns =
        ["certificate.subject", "certificate.status", "certificate.profile", "certificate.at", "certificate.until"];
    let columns = columns.map(|key| Column::text(reader.word(key)));
    let table = Table::new(reader.language, reader.word("certificates.title"), columns.to_vec()).caption_unseen();
    found.certificates.iter().fold(table, |table, issued| table.row(row(reader, office, issued, now))).markup()
}

fn row(reader: &Reader, office: &Office, issued: &Issued, now: Instant) -> Vec<Markup> {
    let certificate = &issued.certificate;
    let (serial, subject) = (certificate.serial_hex(), attributes(certificate.subject_name()));
    let day = |at| format::day_element(reader.language, at);
    let revoked = issued.revoked.map(|(at, reason)| {
        Markup::muted(day(at).and(Markup::text(format!(", {}", reader.word(shown::reason_key(reason))))))
    });
    let badge = shown::badge(reader, Status::of(issued, now));
    vec![
        Markup::lines([
            link(&reader.path(&format!("{PATH}/{serial}")), shown::known_as(&subject)),
            Markup::muted(Markup::code(&serial)),
        ]),
        Markup::lines([badge].into_iter().chain(revoked)),
        Markup::text(shown::profile(reader, office, &issued.profile)),
        day(issued.at),
        day(certificate.not_after()),
    ]
}

fn pages(reader: &Reader, found: &Found) -> Markup {
    if found.pages == 1 {
        return Markup::default();
    }
    let to = |page: usize| {
        let encode = |name: &str| utf8_percent_encode(reader.asked(name), NON_ALPHANUMERIC).to_string();
        let (words, status, profile) = (encode("q"), encode("status"), encode("profile"));
        reader.path(&format!("{PATH}?q={words}&status={status}&profile={profile}&page={page}"))
    };
    let (page, pages) = (found.page.to_string(), found.pages.to_string());
    let here = Markup::text(reader.fill("pages.here", &[("page", &page), ("pages", &pages)]));
    let before = (found.page > 1).then(|| button(&to(found.page - 1), reader.word("pages.newer"), ""));
    let after = (found.page < found.pages).then(|| button(&to(found.page + 1), reader.word("pages.older"), ""));
    Markup::bar(before.into_iter().chain([here]).chain(after))
}
