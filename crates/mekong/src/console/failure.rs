//! What a request may fail with: a page for readers, problem details for programs.

use super::reader::Reader;
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use mekong_base::Problem;
use mekong_exchange::messagelog::MessageLogError;
use mekong_web::component::{Tone, link, notice};
use mekong_web::{Language, Markup, Page};

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Failure {
    /// The demo is being changed or stops, or too many ask at once.
    Busy,
    /// A parameter is not what it must be.
    Parameter(&'static str),
    /// No such gateway or message, or no such page.
    NotFound,
    /// The message cannot be time-stamped, so there is no evidence yet.
    NotStamped(String),
    /// The log or the directory failed.
    Broken(String),
}

impl From<MessageLogError> for Failure {
    fn from(error: MessageLogError) -> Self {
        match error {
            MessageLogError::NotFound { .. } | MessageLogError::NoRecord { .. } => Self::NotFound,
            MessageLogError::NotStamped { .. }
            | MessageLogError::NoAuthority
            | MessageLogError::Authority(_)
            | MessageLogError::Elsewhere => Self::NotStamped(error.to_string()),
            other => Self::Broken(other.to_string()),
        }
    }
}

impl Failure {
    const fn status(&self) -> StatusCode {
        match self {
            Self::Busy | Self::NotStamped(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Parameter(_) => StatusCode::BAD_REQUEST,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Broken(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    const fn key(&self) -> &'static str {
        match self {
            Self::Busy => "failure.busy",
            Self::Parameter(_) => "failure.parameter",
            Self::NotFound => "failure.not_found",
            Self::NotStamped(_) => "failure.not_stamped",
            Self::Broken(_) => "failure.broken",
        }
    }

    const fn kind(&self) -> &'static str {
        match self {
            Self::Busy => "busy",
            Self::Parameter(_) => "bad-parameter",
            Self::NotFound => "not-found",
            Self::NotStamped(_) => "not-time-stamped",
            Self::Broken(_) => "log-failed",
        }
    }

    fn detail(&self) -> &str {
        match self {
            Self::Busy | Self::NotFound => "",
            Self::Parameter(text) => text,
            Self::NotStamped(text) | Self::Broken(text) => text,
        }
    }

    /// As a page at `path` in the reader's language.
    pub(super) fn page(&self, reader: Reader, path: &str) -> Response {
        let tone = if matches!(self, Self::NotFound) { Tone::Warning } else { Tone::Bad };
        let detail = match self.detail() {
            "" => Markup::default(),
            text => Markup::paragraph(Markup::text_in(Language::English, text)),
        };
        let back = Markup::paragraph(link(&reader.path("/"), reader.word("back")));
        let body = notice(tone, reader.word(self.key()), detail.and(back));
        let page = Page::new(reader.language, reader.word("failure.title"), path)
            .footer(reader.shared("footer.synthetic"))
            .body(body);
        self.with_status(page.response())
    }

    /// As problem details.
    pub(super) fn problem(&self) -> Response {
        let title = super::words::WORDS.text(Language::English, self.key());
        let detail = if self.detail().is_empty() { title } else { self.detail() };
        let mut response = Json(Problem::new(self.status().as_u16(), self.kind(), title, detail)).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(Problem::MEDIA_TYPE));
        self.with_status(response)
    }

    fn with_status(&self, mut response: Response) -> Response {
        *response.status_mut() = self.status();
        if self.status() == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        response
    }
}

/// For addresses that are none of ours. The language switch leads home: the address that was asked for is not repeated.
pub(super) async fn no_such_page(reader: Reader) -> Response {
    Failure::NotFound.page(reader, "/")
}
