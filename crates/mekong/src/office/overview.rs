//! The overview: the authority, its own certificates, its services and list, and how many certificates there are.

use super::contents::attributes;
use super::reader::Reader;
use super::status::Status;
use super::{Failure, Office, shown};
use crate::serving::failure::Failing as _;
use axum::extract::State;
use axum::response::Response;
use mekong_authority::ca::Listed;
use mekong_base::Instant;
use mekong_pki::Certificate;
use mekong_pki::crl::Crl;
use mekong_web::component::{Badge, Column, Form, Table, Tile, Tone, Weight, button, facts, link, notice, tiles};
use mekong_web::{Markup, format};
use std::sync::Arc;

/// What there is to be seen.
pub(super) struct Overview {
    pub(super) now: Instant,
    pub(super) crl: Crl,
    /// How many there are of each status, in the order of [`Status::ALL`]; the authority's own are not counted.
    pub(super) counts: [u64; 5],
    /// The authority's own certificates, with the key of what they are for.
    pub(super) own: Vec<(&'static str, Certificate)>,
}

impl Overview {
    pub(super) fn collect(office: &Office) -> Result<Self, Failure> {
        let (authority, now) = (&office.authority, office.now());
        let certificates = authority.certificates()?;
        let count = |status: Status| {
            let is_own = |listed: &Listed| office.is_own(&listed.profile, listed.is_issued_by(authority.issuing()));
            let is = |listed: &&Arc<Listed>| !is_own(listed) && Status::of_listed(listed, now) == status;
            certificates.iter().filter(is).count() as u64
        };
        let own = vec![
            ("own.root_ca", authority.root().clone()),
            ("own.issuing_ca", authority.issuing().clone()),
            ("own.ocsp_responder", authority.ocsp_responder().clone()),
            ("own.time_stamping", authority.tsa().certificate().clone()),
        ];
        Ok(Self { now, crl: authority.crl(now)?, counts: Status::ALL.map(count), own })
    }
}

/// `GET /`
pub(super) async fn show(State(office): State<Arc<Office>>, reader: Reader) -> Response {
    match office.aside(Overview::collect).await {
        Ok(overview) => draw(&reader, &office, &overview),
        Err(failure) => failure.page(&reader, "/"),
    }
}

fn draw(reader: &Reader, office: &Office, overview: &Overview) -> Response {
    let body = warnings(reader, overview)
        .and(numbers(reader, overview))
        .and(Markup::section("authority", reader.word("overview.authority"), authority(reader, office, overview)))
        .and(Markup::section("own", reader.word("overview.own"), own(reader, overview)))
        .and(Markup::section("leave", reader.word("leave.title"), leave(reader)));
    shown::response(&shown::page(reader, reader.word("overview.title"), "/").lead(office.authority.name()).body(body))
}

/// What somebody should see to now.
fn warnings(reader: &Reader, overview: &Overview) -> Markup {
    let one = |(key, certificate): &(&'static str, Certificate)| {
        let badge = left(reader, certificate, overview.now);
        match badge.tone() {
            Tone::Good => Markup::default(),
            tone => {
                let heading = format!("{}: {}", reader.word(key), badge.text());
                notice(tone, &heading, Markup::paragraph(reader.text("overview.own.renew")))
            }
        }
    };
    overview.own.iter().map(one).collect()
}

fn numbers(reader: &Reader, overview: &Overview) -> Markup {
    let mut counts = overview.counts.into_iter();
    let mut next = || counts.next().unwrap_or_default();
    let (valid, expiring, revoked, expired) = (next(), next(), next(), next());
    let number = |n: u64| format::number(reader.language, n);
    let tile = |key, n| Tile::new(reader.word(key), number(n));
    tiles(&[
        tile("tile.valid", valid + expiring),
        tile("tile.expiring", expiring).note(reader.word("tile.expiring.note")),
        tile("tile.revoked", revoked),
        tile("tile.expired", expired),
    ])
    .and(Markup::bar([
        button(&reader.path("/issue"), reader.word("issue.title"), ""),
        button(&reader.path("/certificates"), reader.word("certificates.title"), ""),
        button(&reader.path("/certificates?status=expiring"), reader.word("status.expiring"), ""),
    ]))
}

fn authority(reader: &Reader, office: &Office, overview: &Overview) -> Markup {
    let authority = &office.authority;
    let time = |at| format::time_element(reader.language, at);
    let next = overview.crl.next_update().map(time).unwrap_or_default();
    let list = Markup::muted(Markup::text(format!("{} ", reader.word("lists.until"))).and(next));
    facts([
        (reader.word("authority.name"), shown::value(authority.name())),
        (reader.word("authority.issuer"), subject(authority.issuing())),
        (reader.word("contents.ocsp"), Markup::code(authority.ocsp_url())),
        (reader.word("authority.tsa"), Markup::code(authority.tsa_url())),
        (reader.word("contents.crl"), Markup::lines([Markup::code(authority.crl_url()), list])),
    ])
}

fn own(reader: &Reader, overview: &Overview) -> Markup {
    let columns = ["own.which", "certificate.subject", "certificate.until"].map(|key| Column::text(reader.word(key)));
    let table = Table::new(reader.language, reader.word("overview.own"), columns.to_vec()).caption_unseen();
    let row = |(key, certificate): &(&'static str, Certificate)| {
        let end = Markup::muted(format::day_element(reader.language, certificate.not_after()));
        vec![
            link(&reader.path(&format!("/certificates/{}", certificate.serial_hex())), reader.word(key)),
            subject(certificate),
            Markup::lines([left(reader, certificate, overview.now).markup(), end]),
        ]
    };
    overview.own.iter().fold(table, |table, one| table.row(row(one))).markup()
}

/// Whom a certificate names, in short.
fn subject(certificate: &Certificate) -> Markup {
    let attributes = attributes(certificate.subject_name());
    let others = attributes.iter().filter(|(name, _)| name != "CN").map(|(_, value)| value.as_str());
    let others = others.collect::<Vec<_>>().join(", ");
    Markup::lines([shown::value(shown::known_as(&attributes)), Markup::muted(shown::value(&others))])
}

fn left(reader: &Reader, certificate: &Certificate, now: Instant) -> Badge {
    Badge::certificate(reader.language, certificate.not_before(), certificate.not_after(), now)
}

fn leave(reader: &Reader) -> Markup {
    let form = Form::post(&reader.path("/leave")).button(Weight::Plain, reader.word("leave.button"));
    Markup::paragraph(reader.text("leave.text")).and(form.markup())
}
