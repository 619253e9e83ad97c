//! The page of all keys and certificates.

use super::super::access::Who;
use super::super::failure::Failure;
use super::super::overview::done;
use super::super::reader::Reader;
use super::super::{Desk, shown};
use super::line::{CertificateLine, KeyLine, KeyState, purpose_words};
use crate::serving::failure::Failing as _;
use axum::Extension;
use axum::extract::State as Shared;
use axum::response::Response;
use mekong_exchange::administration::role::{Permission, permits};
use mekong_web::component::{Badge, Tone, Weight, button, details, facts, notice};
use mekong_web::{Language, Markup, format};
use std::sync::Arc;

/// `GET /keys`
pub(in crate::administration) async fn show(
    Shared(desk): Shared<Arc<Desk>>,
    Extension(who): Extension<Who>,
    reader: Reader,
) -> Response {
    let shown = async {
        desk.permit(&who, &[Permission::Look], "GET /keys").await?;
        Ok::<_, Failure>(draw(&reader, &desk, &who, &super::list(&desk).await?))
    };
    shown.await.unwrap_or_else(|failure| failure.page(&reader, "/"))
}

fn draw(reader: &Reader, desk: &Desk, who: &Who, keys: &[KeyLine]) -> Response {
    let roles = desk.subject.administration.state().roles(&who.actor.user);
    let may = who.actor.is_operator() || permits(&roles, Permission::ChangeKeys);
    let parts = desk.subject.keys.purposes().map(|member| {
        let purpose = crate::node::keys::asked::purpose(member);
        let mine = || keys.iter().filter(|key| key.purpose == purpose);
        let mut ordered: Vec<&KeyLine> = mine().collect();
        ordered.sort_by_key(|key| !matches!(key.state, KeyState::InUse | KeyState::Waiting));
        let trouble = match mine().any(|key| key.state == KeyState::InUse) || desk.handle().is_none() {
            true => Markup::default(),
            false => notice(Tone::Bad, reader.word("key.none_used"), Markup::default()),
        };
        let lines: Markup = ordered.into_iter().map(|key| one(reader, desk, key, may)).collect();
        let anchor = format!("for-{}", shown::encoded(&purpose).replace('%', "-"));
        Markup::section(&anchor, &purpose_words(reader, &purpose), trouble.and(lines))
    });
    let parts: Markup = parts.collect();
    let page = shown::page(reader, reader.word("keys.title"), "/keys").lead(reader.word("keys.lead"));
    let acts = if may { acts(reader, desk) } else { Markup::default() };
    shown::response(&page.body(done(reader).and(brought(reader)).and(parts).and(acts)))
}

/// What was just done with a key.
fn brought(reader: &Reader) -> Markup {
    match reader.asked("brought") {
        "imported" => {
            notice(Tone::Good, reader.word("key.imported"), Markup::paragraph(reader.text("key.imported.do")))
        }
        "renewed" => notice(Tone::Good, reader.word("key.renewed"), Markup::paragraph(reader.text("key.renewed.do"))),
        "waiting" => notice(Tone::Info, reader.word("key.approval"), Markup::paragraph(reader.text("key.approval.do"))),
        _ => Markup::default(),
    }
}

fn acts(reader: &Reader, desk: &Desk) -> Markup {
    let to = |path: &str, key| button(&reader.path(path), reader.word(key), "");
    let renew = desk.subject.operator.as_ref().map(|_| to("/keys/renew", "key.renew"));
    let all = [to("/keys/request", "key.request"), to("/keys/import", "key.import")];
    Markup::bar(all.into_iter().chain(renew))
}

fn one(reader: &Reader, desk: &Desk, key: &KeyLine, may: bool) -> Markup {
    let tone = match key.state {
        KeyState::InUse => Tone::Good,
        KeyState::Unusable => Tone::Bad,
        KeyState::Disabled | KeyState::Unknown => Tone::Warning,
        KeyState::Ready => Tone::Neutral,
        KeyState::Waiting => Tone::Info,
    };
    let mut badges = vec![Badge::new(tone, reader.word(key.state.key())).markup()];
    let mut rows =
        vec![(reader.word("key.kind"), Markup::text(&key.key_type)), (reader.word("key.place"), place(reader, key))];
    if let Some(it) = &key.certificate {
        let left = Badge::certificate(reader.language, it.not_before, it.not_after, desk.now());
        badges.push(left.markup());
        rows.extend(certificate(reader, it));
    }
    if let Some(reason) = key.reason.as_ref().filter(|_| key.state == KeyState::Unusable) {
        rows.push((reader.word("key.reason"), Markup::text_in(Language::English, reason)));
    }
    let standing =
        [(reader.word("key.label"), Markup::code(&key.label)), (reader.word("key.state"), Markup::lines(badges))];
    let act = if may { act(reader, key) } else { Markup::default() };
    let body = facts(standing.into_iter().chain(rows)).and(act);
    // What is used, and what waits for somebody, lies open.
    match key.state {
        KeyState::InUse | KeyState::Waiting => body,
        _ => details(&format!("{} — {}", key.label, reader.word(key.state.key())), &body),
    }
}

fn place(reader: &Reader, key: &KeyLine) -> Markup {
    match &key.token {
        None => reader.text("key.software"),
        Some(token) => Markup::text(reader.fill("key.hardware", &[("token", token)])),
    }
}

fn certificate(reader: &Reader, it: &CertificateLine) -> Vec<(&'static str, Markup)> {
    let day = |at| format::day_element(reader.language, at);
    let mut rows = vec![
        (reader.word("key.subject"), Markup::text(&it.subject)),
        (reader.word("key.issuer"), Markup::text(&it.issuer)),
        (reader.word("key.serial"), Markup::code(&it.serial)),
        (reader.word("key.from"), day(it.not_before)),
        (reader.word("key.until"), day(it.not_after)),
        (reader.word("key.fingerprint"), Markup::code(&it.fingerprint)),
    ];
    let ocsp = match (&it.ocsp_problem, it.ocsp_until) {
        (Some(problem), _) => Markup::text_in(Language::English, problem),
        (None, Some(until)) => {
            Markup::text(reader.fill("key.ocsp.good", &[("until", &format::time(reader.language, until))]))
        }
        (None, None) => shown::none(),
    };
    rows.push(("OCSP", ocsp));
    rows.extend(it.registered.map(|is| (reader.word("key.registered"), reader.text(if is { "yes" } else { "no" }))));
    rows
}

fn act(reader: &Reader, key: &KeyLine) -> Markup {
    let Some(it) = &key.certificate else {
        let place = reader.path(&format!("/keys/request.pem?label={}", shown::encoded(&key.label)));
        let import = reader.path("/keys/import");
        return Markup::bar([
            button(&place, reader.word("key.download"), &key.label),
            button(&import, reader.word("key.import"), &key.label),
        ]);
    };
    let changed = it.changed.to_string();
    let fields = [("certificate", it.fingerprint.as_str()), ("seen", changed.as_str())];
    let act = match key.state {
        KeyState::Disabled => {
            shown::act(reader, "enable-certificate", &fields, Weight::Plain, reader.word("key.enable"))
        }
        _ => shown::act(reader, "disable-certificate", &fields, Weight::Plain, reader.word("key.disable")),
    };
    Markup::bar([act])
}
