//! What a request may fail with: a page for readers, problem details for programs.

use super::module;
use super::reader::Reader;
use super::words::WORDS;
use axum::Json;
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use mekong_base::Problem;
use mekong_web::component::{Tone, link, notice};
use mekong_web::{Language, Markup, Page};

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Failure {
    /// Too many documents at once.
    Busy,
    /// A parameter of the query is not what it must be.
    Parameter {
        /// Its name.
        name: &'static str,
        /// What is wrong, and what is right.
        detail: String,
    },
    /// No document came.
    NoDocument,
    /// The form cannot be read.
    Form(String),
    /// More bytes than are taken.
    TooLarge,
    /// The body did not come whole.
    Broke(String),
    /// It is no signed file, so there is no verdict.
    NoSignature(String),
    /// Reading it takes more than is given to any document.
    Limit(String),
    /// No such place.
    NotFound,
    /// That place does not take the method.
    Method,
    /// This machine failed.
    Broken(String),
}

impl Failure {
    const fn status(&self) -> StatusCode {
        match self {
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::Parameter { .. } | Self::NoDocument | Self::Form(_) | Self::Broke(_) => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NoSignature(_) | Self::Limit(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::Broken(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    const fn key(&self) -> &'static str {
        match self {
            Self::Busy => "failure.busy",
            Self::Parameter { .. } => "failure.parameter",
            Self::NoDocument => "failure.no_document",
            Self::Form(_) => "failure.form",
            Self::TooLarge => "failure.too_large",
            Self::Broke(_) => "failure.broke",
            Self::NoSignature(_) => "failure.no_signature",
            Self::Limit(_) => "failure.limit",
            Self::NotFound => "failure.not_found",
            Self::Method => "failure.method",
            Self::Broken(_) => "failure.broken",
        }
    }

    const fn kind(&self) -> &'static str {
        match self {
            Self::Busy => "busy",
            Self::Parameter { .. } => "bad-parameter",
            Self::NoDocument => "no-document",
            Self::Form(_) => "bad-form",
            Self::TooLarge => "document-too-large",
            Self::Broke(_) => "incomplete-body",
            Self::NoSignature(_) => "no-signature",
            Self::Limit(_) => "limit-exceeded",
            Self::NotFound => "not-found",
            Self::Method => "method-not-allowed",
            Self::Broken(_) => "server-failed",
        }
    }

    fn detail(&self) -> &str {
        match self {
            Self::NoDocument => "send the file as the body, or in a form as the part named document",
            Self::Busy | Self::TooLarge | Self::NotFound | Self::Method => "",
            Self::Parameter { detail, .. } => detail,
            Self::Form(text) | Self::Broke(text) | Self::NoSignature(text) | Self::Limit(text) => text,
            // What is wrong inside is for the log, not for everybody.
            Self::Broken(_) => "",
        }
    }

    /// As a page in the reader's language.
    pub(super) fn page(&self, reader: &Reader) -> Response {
        self.note();
        let tone = if matches!(self, Self::Broken(_)) { Tone::Bad } else { Tone::Warning };
        let detail = match self.detail() {
            "" => Markup::default(),
            text => Markup::paragraph(Markup::text_in(Language::English, text)),
        };
        let home = format!("/?lang={}", reader.language.code());
        let body =
            notice(tone, reader.word(self.key()), detail.and(Markup::paragraph(link(&home, reader.word("again")))));
        let mut response = Page::new(reader.language, reader.word("title"), "/").body(body).response();
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, module::PAGE_POLICY);
        self.with_status(response)
    }

    /// As problem details (RFC 9457).
    pub(super) fn problem(&self) -> Response {
        self.note();
        let title = WORDS.text(Language::English, self.key());
        let detail = if self.detail().is_empty() { title } else { self.detail() };
        let mut problem = Problem::new(self.status().as_u16(), self.kind(), title, detail);
        if let Self::Parameter { name, .. } = self {
            problem.instance = Some((*name).to_owned());
        }
        let mut response = Json(problem).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(Problem::MEDIA_TYPE));
        self.with_status(response)
    }

    fn note(&self) {
        if let Self::Broken(reason) = self {
            tracing::error!(reason, "a document could not be judged");
        }
    }

    fn with_status(&self, mut response: Response) -> Response {
        *response.status_mut() = self.status();
        if matches!(self, Self::Busy) {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        response
    }

    fn at(&self, uri: &Uri, reader: &Reader) -> Response {
        if uri.path().starts_with("/api/") { self.problem() } else { self.page(reader) }
    }
}

/// For addresses that are none of ours.
pub(super) async fn no_such_place(uri: Uri, reader: Reader) -> Response {
    Failure::NotFound.at(&uri, &reader)
}

/// For methods that an address of ours does not take.
pub(super) async fn no_such_method(uri: Uri, reader: Reader) -> Response {
    Failure::Method.at(&uri, &reader)
}
