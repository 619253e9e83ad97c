//! The verdict on a message's evidence, in plain words and for programs.

use super::evidence::{Exported, export};
use super::model::{GatewayView, View};
use super::reader::Reader;
use super::words::reason_key;
use super::{Console, Failure, named};
use crate::cli::verify::TrustedConfiguration;
use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use mekong_base::Instant;
use mekong_exchange::messagelog::Record;
use mekong_message::evidence::Verdict;
use mekong_pki::Certificate;
use mekong_web::component::{Tone, button, facts, notice};
use mekong_web::{Language, Markup, NavItem, Page, format};
use std::sync::Arc;

/// A message's evidence, judged.
struct Judged {
    record: Record,
    file_name: String,
    verdict: Verdict,
    at: Instant,
}

/// `GET /messages/{gateway}/{id}/verify`
pub(super) async fn show(
    reader: Reader,
    State(console): State<Arc<Console>>,
    Path((gateway, id)): Path<(String, String)>,
) -> Response {
    let drawn = async {
        let view = console.view().await?;
        let gateway = view.gateway(&gateway)?;
        let judged = judge(&console, gateway, &id).await?;
        Ok::<_, Failure>(page(reader, &view, gateway, &judged).response())
    };
    drawn.await.unwrap_or_else(|failure| failure.page(reader, "/"))
}

/// `GET /messages/{gateway}/{id}/verify.json`: what `mekong verify --json` prints of the file.
pub(super) async fn json(State(console): State<Arc<Console>>, Path((gateway, id)): Path<(String, String)>) -> Response {
    let judged = async {
        let view = console.view().await?;
        judge(&console, view.gateway(&gateway)?, &id).await
    };
    match judged.await {
        Ok(judged) => Json(as_json(&judged)).into_response(),
        Err(failure) => failure.problem(),
    }
}

fn as_json(judged: &Judged) -> serde_json::Value {
    let verdict = &judged.verdict;
    serde_json::json!({
        "file": judged.file_name,
        "valid": verdict.valid,
        "reason": verdict.reason,
        "detail": verdict.detail,
        "signer": verdict.signer.as_ref().map(ToString::to_string),
        "signed_at": verdict.signed_at,
        "timestamp": verdict.timestamp,
        "certificate": verdict.certificate.as_ref().map(Certificate::subject),
    })
}

/// Exports the message and judges it by what its gateway trusts.
async fn judge(console: &Console, gateway: &GatewayView, id: &str) -> Result<Judged, Failure> {
    let record = gateway.record(id).await?;
    let _turn = console.evidence_turn().await?;
    let Exported { name, bytes } = export(gateway, &record).await?;
    let folder = gateway.global_conf.clone();
    let judging = tokio::task::spawn_blocking(move || {
        let trusted = TrustedConfiguration::load(&folder).map_err(|error| Failure::Broken(error.to_string()))?;
        Ok::<_, Failure>(trusted.judge(&bytes))
    });
    let verdict = judging.await.map_err(|error| Failure::Broken(error.to_string()))??;
    // Exporting may have stamped it.
    let record = gateway.record(id).await.unwrap_or(record);
    Ok(Judged { record, file_name: name, verdict, at: console.now() })
}

fn page(reader: Reader, view: &View, gateway: &GatewayView, judged: &Judged) -> Page {
    let message = format!("/messages/{}/{}", gateway.slug, judged.record.id);
    let title = reader.fill("verdict.title", &[("n", &judged.record.id.to_string()), ("gateway", &gateway.slug)]);
    let body = verdict_notice(reader, &judged.verdict).and(found(reader, view, gateway, judged)).and(Markup::section(
        "yourself",
        reader.word("verdict.file"),
        yourself(reader, gateway, judged, &message, &title),
    ));
    let back = reader.fill("message.title", &[("n", &judged.record.id.to_string()), ("gateway", &gateway.slug)]);
    Page::new(reader.language, title, format!("{message}/verify"))
        .nav(vec![NavItem::new("/", reader.shared("nav.overview")), NavItem::new(message, back)])
        .footer(reader.shared("footer.synthetic"))
        .body(body)
}

fn verdict_notice(reader: Reader, verdict: &Verdict) -> Markup {
    let (tone, word) = match verdict.valid {
        Some(true) => (Tone::Good, "evidence.valid"),
        Some(false) => (Tone::Bad, "evidence.invalid"),
        None => (Tone::Warning, "evidence.unknown"),
    };
    notice(tone, reader.shared(word), Markup::text(reader.word(reason_key(verdict.reason))))
}

/// Every field of the verdict.
fn found(reader: Reader, view: &View, gateway: &GatewayView, judged: &Judged) -> Markup {
    let verdict = &judged.verdict;
    let none = || Markup::text(reader.word("verdict.none"));
    let time = |at: Option<Instant>| at.map_or_else(none, |at| format::time_element(reader.language, at));
    let of_certificate = |draw: &dyn Fn(&Certificate) -> Markup| verdict.certificate.as_ref().map_or_else(none, draw);
    let validity = |certificate: &Certificate| {
        let day = |at| format::day_element(reader.language, at);
        day(certificate.not_before()).and(Markup::text(" – ")).and(day(certificate.not_after()))
    };
    let signer = verdict.signer.as_ref().map_or_else(none, |signer| named::client(view, &signer.to_string()));
    let trust = reader.fill("verdict.trust_of", &[("gateway", &gateway.slug)]);
    facts([
        (reader.shared("evidence.signer"), signer),
        (
            reader.word("verdict.certificate"),
            of_certificate(&|certificate| named::distinguished(&certificate.subject())),
        ),
        (reader.word("verdict.issuer"), of_certificate(&|certificate| named::distinguished(&certificate.issuer()))),
        (reader.word("verdict.validity"), of_certificate(&validity)),
        (reader.word("verdict.signed_at"), time(verdict.signed_at)),
        (reader.word("verdict.timestamp"), time(verdict.timestamp)),
        (reader.word("verdict.trust"), Markup::text(trust)),
        (reader.word("verdict.by"), format::time_element(reader.language, judged.at)),
        (reader.shared("evidence.reason"), Markup::code(verdict.reason)),
        (reader.word("detail.technical"), Markup::text_in(Language::English, &verdict.detail)),
    ])
}

/// How to check it without us.
fn yourself(reader: Reader, gateway: &GatewayView, judged: &Judged, message: &str, about: &str) -> Markup {
    let command = format!("mekong verify --global-conf '{}' {}", gateway.global_conf.display(), judged.file_name);
    Markup::paragraph(Markup::text(reader.word("evidence.how"))).and(Markup::paragraph(Markup::code(command))).and(
        Markup::bar([button(&reader.path(&format!("{message}/evidence")), reader.shared("evidence.download"), about)]),
    )
}
