//! The page: drop a file, read the verdict. By script the browser judges; the form alone sends the file to the server.

use super::api::UNNAMED;
use super::failure::Failure;
use super::reader::Reader;
use super::{Validator, aside, module, upload};
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::Response;
use mekong_signature::ReadError;
use mekong_verdict::line::Line;
use mekong_verdict::{html, plain};
use mekong_web::component::{Tone, Upload, facts, link, notice, verdict, verdict_place};
use mekong_web::{Markup, Page};
use std::sync::Arc;

/// `GET /`
pub(super) async fn show(State(validator): State<Arc<Validator>>, reader: Reader) -> Response {
    page(&validator, &reader, Markup::default())
}

/// `POST /`: the server judges.
pub(super) async fn judge(
    State(validator): State<Arc<Validator>>,
    reader: Reader,
    headers: HeaderMap,
    body: Body,
) -> Response {
    match judged(&validator, &reader, &headers, body).await {
        Ok(markup) => page(&validator, &reader, markup),
        Err(failure) => failure.page(&reader),
    }
}

async fn judged(
    validator: &Arc<Validator>,
    reader: &Reader,
    headers: &HeaderMap,
    body: Body,
) -> Result<Markup, Failure> {
    let turn = validator.turn().await?;
    let upload = upload::take(headers, body).await?;
    let (validator, at, language) = (Arc::clone(validator), validator.now(), reader.language);
    let (name, line, fragment) = aside(move || {
        let _turn = turn;
        let name = upload.document.name.clone().unwrap_or_else(|| UNNAMED.to_owned());
        match validator.judge(&upload, at) {
            Ok(verdict) => {
                let fragment = html::fragment(&plain::of(&verdict, language));
                Ok((name.clone(), Line::of(name, &verdict), fragment))
            }
            Err(ReadError::Source(error)) => Err(Failure::Broken(error.to_string())),
            Err(error) => {
                let fragment = html::fragment(&plain::of_error(&error, language));
                Ok((name.clone(), Line::unjudged(name, error.to_string()), fragment))
            }
        }
    })
    .await??;
    let json = serde_json::to_string_pretty(&line).unwrap_or_default();
    let place = reader.word("place.server.done");
    Ok(verdict(&name, place, fragment, reader.word("detail"), &json))
}

fn page(validator: &Validator, reader: &Reader, verdict: Markup) -> Response {
    let words = |keys: &[(&'static str, &'static str)]| -> Vec<(&'static str, &'static str)> {
        keys.iter().map(|(name, key)| (*name, reader.word(key))).collect()
    };
    let has_module = validator.module.is_some();
    let script = if has_module { Some("/validator.js") } else { None };
    let server = if has_module { "place.server" } else { "place.no_module" };
    let upload = Upload {
        action: &format!("/?lang={}", reader.language.code()),
        label: reader.word("form.document"),
        hint: reader.word("form.hint"),
        button: reader.word("form.button"),
        more: reader.word("form.more"),
        more_label: reader.word("form.content"),
        on_server: notice(Tone::Info, reader.word(server), Markup::text(reader.word("place.server.detail"))),
        in_browser: notice(Tone::Good, reader.word("place.browser"), Markup::text(reader.word("place.browser.detail"))),
        words: &words(&[
            ("working", "script.working"),
            ("loading", "script.loading"),
            ("done", "place.browser.done"),
            ("failed", "script.failed"),
            ("detail", "detail"),
        ]),
        script,
    };
    let body = Markup::section("check", reader.word("form.title"), upload.markup())
        .and(verdict_place(verdict))
        .and(about(reader, validator));
    let mut response =
        Page::new(reader.language, reader.word("title"), "/").lead(reader.word("lead")).body(body).response();
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, module::PAGE_POLICY);
    response
}

/// What verdicts rest on here.
fn about(reader: &Reader, validator: &Validator) -> Markup {
    let policy = &validator.setting.policy.applied;
    let lists = validator.setting.lists.entries().iter().map(|entry| {
        let scheme = &entry.verified.list.scheme;
        let territory = scheme.territory.as_deref().unwrap_or("?");
        Markup::text(format!("{territory} · {} {}", reader.word("about.sequence"), scheme.sequence_number))
    });
    let mut lists: Vec<Markup> = lists.collect();
    if lists.is_empty() {
        lists.push(Markup::text(reader.word("about.no_lists")));
    }
    let rows = [
        (reader.word("about.policy"), Markup::text(format!("{} {}", policy.name, policy.version))),
        (reader.word("about.lists"), Markup::lines(lists)),
        (
            reader.word("about.api"),
            Markup::code("POST /api/v1/validations")
                .and(Markup::text(" · "))
                .and(link("/api/v1/openapi.json", "OpenAPI")),
        ),
    ];
    Markup::section("about", reader.word("about.title"), facts(rows))
}
