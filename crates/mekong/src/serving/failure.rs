//! What a request may fail with, told: a page that says what to do for people, problem details for programs.

use super::own_pages;
use super::reader::{Reader, Texts};
use axum::Json;
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use mekong_base::Problem;
use mekong_web::component::{Tone, link, notice};
use mekong_web::{Language, Markup, Page};

/// How a kind of failure is told.
pub(crate) trait Failing: Sized {
    /// The texts that it is told in.
    type Texts: Texts;
    /// It comes from a page of somebody else's.
    const FOREIGN: Self;
    /// That place does not take the method.
    const METHOD: Self;
    /// No such place.
    const NO_PLACE: Self;
    /// Another user of this machine asks.
    const OTHER_USER: Self;

    /// Its status.
    fn status(&self) -> StatusCode;

    /// Its kind for programs, and the keys of what it says and what to do.
    fn said(&self) -> (&'static str, &'static str, &'static str);

    /// What is to be known beside what it says; nothing about the inside of this machine.
    fn detail(&self) -> String;

    /// The parameter that is not what it must be.
    fn parameter(&self) -> Option<&str>;

    /// What of the inside of this machine is for its log alone.
    fn log(&self);

    /// An empty page of the place.
    fn frame(reader: &Reader<Self::Texts>, title: &str, path: &str) -> Page;

    /// As a part of a page: what happened, what to do, and the detail.
    fn notice(&self, reader: &Reader<Self::Texts>) -> Markup {
        self.log();
        let (_, what, todo) = self.said();
        let tone = if self.status().is_server_error() { Tone::Bad } else { Tone::Warning };
        let detail = match self.detail() {
            text if text.is_empty() => Markup::default(),
            text => Markup::paragraph(Markup::muted(Markup::text_in(Language::English, text))),
        };
        notice(tone, reader.word(what), Markup::paragraph(reader.text(todo)).and(detail))
    }

    /// As a page in the reader's language, which leads back to `path`.
    fn page(&self, reader: &Reader<Self::Texts>, path: &str) -> Response {
        let back = Markup::paragraph(link(&reader.path(path), reader.word("back")));
        let page = Self::frame(reader, reader.word("failure.title"), path);
        self.with_status(own_pages::response(&page.body(self.notice(reader).and(back))))
    }

    /// As problem details (RFC 9457).
    fn problem(&self) -> Response {
        self.log();
        let (kind, what, todo) = self.said();
        let text = |key| Self::Texts::WORDS.text(Language::English, key);
        let detail = match self.detail() {
            detail if detail.is_empty() => text(todo).to_owned(),
            detail if detail.ends_with(['.', '!', '?']) => format!("{detail} {}", text(todo)),
            detail => format!("{detail}. {}", text(todo)),
        };
        let mut problem = Problem::new(self.status().as_u16(), kind, text(what), detail);
        problem.instance = self.parameter().map(str::to_owned);
        let mut response = Json(problem).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(Problem::MEDIA_TYPE));
        if self.status() == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        self.with_status(response)
    }

    /// As the place wants it.
    fn at(&self, path: &str, reader: &Reader<Self::Texts>) -> Response {
        if path.starts_with("/api/") { self.problem() } else { self.page(reader, "/") }
    }

    /// Puts its status on an answer.
    fn with_status(&self, mut response: Response) -> Response {
        *response.status_mut() = self.status();
        if self.status() == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        response
    }
}

/// For addresses that are none of the place's.
pub(crate) async fn no_such_place<F: Failing>(uri: Uri, reader: Reader<F::Texts>) -> Response {
    F::NO_PLACE.at(uri.path(), &reader)
}

/// For methods that an address of the place does not take.
pub(crate) async fn no_such_method<F: Failing>(uri: Uri, reader: Reader<F::Texts>) -> Response {
    F::METHOD.at(uri.path(), &reader)
}
