//! What a request may fail with: a page that says what to do, problem details for programs.

use super::reader::Reader;
use super::words::WORDS;
use crate::serving::body::BodyError;
use axum::Json;
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use mekong_base::Problem;
use mekong_exchange::administration::declaration::DeclarationError;
use mekong_exchange::administration::{AdministrationError, Refusal};
use mekong_web::component::{Tone, link, notice};
use mekong_web::{Language, Markup};

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Failure {
    /// The body did not come whole.
    Broke(String),
    /// This machine failed.
    Broken(String),
    /// A declaration cannot be understood.
    Declaration(String),
    /// It comes from a page of somebody else's.
    Foreign,
    /// The form cannot be read.
    Form(String),
    /// The JSON cannot be read.
    Json(String),
    /// Nobody knows the sender.
    Locked,
    /// That place does not take the method.
    Method,
    /// No such place, or nothing of that name.
    NotFound(String),
    /// It cannot be done yet, and can soon.
    NotYet(String),
    /// Another user of this machine asks.
    OtherUser,
    /// A parameter is not what it must be.
    Parameter(&'static str, String),
    /// The state forbids the change.
    Refused(Refusal),
    /// A session would begin another.
    Session,
    /// More bytes than are taken.
    TooLarge,
}

impl From<BodyError> for Failure {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooLarge => Self::TooLarge,
            BodyError::Broke(text) => Self::Broke(text),
            BodyError::Form(text) => Self::Form(text),
            BodyError::Json(text) => Self::Json(text),
        }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<AdministrationError> for Failure {
    fn from(error: AdministrationError) -> Self {
        match error {
            AdministrationError::Refused(refusal) => Self::Refused(refusal),
            other => Self::Broken(crate::cli::CommandError::because("administration", &other).to_string()),
        }
    }
}

impl From<crate::cli::CommandError> for Failure {
    fn from(error: crate::cli::CommandError) -> Self {
        Self::Broken(error.to_string())
    }
}

impl From<crate::node::keys::asked::Fault> for Failure {
    fn from(fault: crate::node::keys::asked::Fault) -> Self {
        match fault {
            crate::node::keys::asked::Fault::Refused(refusal) => Self::Refused(refusal),
            crate::node::keys::asked::Fault::Failed(error) => error.into(),
        }
    }
}

impl From<DeclarationError> for Failure {
    fn from(error: DeclarationError) -> Self {
        Self::Declaration(error.to_string())
    }
}

impl Failure {
    const fn status(&self) -> StatusCode {
        match self {
            Self::Broken(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Foreign | Self::OtherUser | Self::Session | Self::Refused(Refusal::NotPermitted { .. }) => {
                StatusCode::FORBIDDEN
            }
            Self::Locked => StatusCode::UNAUTHORIZED,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotFound(_) | Self::Refused(Refusal::NotFound(_)) => StatusCode::NOT_FOUND,
            Self::Refused(Refusal::Changed { .. }) => StatusCode::PRECONDITION_FAILED,
            Self::NotYet(_) | Self::Refused(Refusal::Exists(_)) => StatusCode::CONFLICT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Broke(_) | Self::Form(_) | Self::Json(_) | Self::Parameter(..) => StatusCode::BAD_REQUEST,
            Self::Declaration(_) | Self::Refused(_) => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }

    /// Its kind for programs, and the keys of what it says and what to do.
    const fn said(&self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Broke(_) => ("incomplete-body", "failure.broke", "failure.again.do"),
            Self::Broken(_) => ("server-failed", "failure.broken", "failure.broken.do"),
            Self::Declaration(_) => ("bad-declaration", "failure.declaration", "failure.declaration.do"),
            Self::Foreign => ("foreign-origin", "failure.foreign", "failure.foreign.do"),
            Self::Form(_) => ("bad-form", "failure.form", "failure.again.do"),
            Self::Json(_) => ("bad-json", "failure.json", "failure.json.do"),
            Self::Locked => ("not-authenticated", "failure.locked", "failure.locked.do"),
            Self::Method => ("method-not-allowed", "failure.method", "failure.again.do"),
            Self::NotFound(_) | Self::Refused(Refusal::NotFound(_)) => {
                ("not-found", "failure.not_found", "failure.not_found.do")
            }
            Self::NotYet(_) => ("not-yet", "failure.not_yet", "failure.not_yet.do"),
            Self::OtherUser => ("other-user", "failure.user", "failure.user.do"),
            Self::Parameter(..) => ("bad-parameter", "failure.parameter", "failure.parameter.do"),
            Self::Refused(Refusal::Changed { .. }) => ("changed", "failure.changed", "failure.changed.do"),
            Self::Refused(Refusal::Exists(_)) => ("exists", "failure.exists", "failure.exists.do"),
            Self::Refused(Refusal::KeyUsed(_)) => ("key-used", "failure.key", "failure.key.do"),
            Self::Refused(Refusal::Limit { .. }) => ("limit", "failure.limit", "failure.limit.do"),
            Self::Refused(Refusal::NotPermitted { .. }) => {
                ("not-permitted", "failure.permitted", "failure.permitted.do")
            }
            Self::Refused(_) => ("invalid", "failure.invalid", "failure.parameter.do"),
            Self::Session => ("session", "failure.session", "failure.session.do"),
            Self::TooLarge => ("too-large", "failure.too_large", "failure.too_large.do"),
        }
    }

    /// What is to be known beside what it says; nothing about the inside of this machine.
    fn detail(&self) -> String {
        match self {
            Self::Broke(text)
            | Self::Declaration(text)
            | Self::Form(text)
            | Self::Json(text)
            | Self::NotFound(text)
            | Self::NotYet(text)
            | Self::Parameter(_, text) => text.clone(),
            Self::Refused(refusal) => refusal.to_string(),
            _ => String::new(),
        }
    }

    /// As a part of a page: what happened, what to do, and the detail.
    pub(super) fn notice(&self, reader: &Reader) -> Markup {
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
    pub(super) fn page(&self, reader: &Reader, path: &str) -> Response {
        let back = Markup::paragraph(link(&reader.path(path), reader.word("back")));
        let page = super::shown::page(reader, reader.word("failure.title"), path);
        self.with_status(super::shown::response(&page.body(self.notice(reader).and(back))))
    }

    /// As problem details (RFC 9457).
    pub(super) fn problem(&self) -> Response {
        self.log();
        let (kind, what, todo) = self.said();
        let text = |key| WORDS.text(Language::English, key);
        let detail = match self.detail() {
            detail if detail.is_empty() => text(todo).to_owned(),
            detail => detail,
        };
        let mut problem = Problem::new(self.status().as_u16(), kind, text(what), detail);
        if let Self::Parameter(name, _) | Self::Refused(Refusal::Invalid { what: name, .. }) = self {
            problem.instance = Some((*name).to_owned());
        }
        let mut response = Json(problem).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(Problem::MEDIA_TYPE));
        if matches!(self, Self::Locked) {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        self.with_status(response)
    }

    /// As the place wants it.
    pub(super) fn at(&self, path: &str, reader: &Reader) -> Response {
        if path.starts_with("/api/") { self.problem() } else { self.page(reader, "/") }
    }

    /// Puts its status on an answer.
    pub(super) fn with_status(&self, mut response: Response) -> Response {
        *response.status_mut() = self.status();
        response
    }

    fn log(&self) {
        if let Self::Broken(reason) = self {
            tracing::error!(reason, "the administration failed");
        }
    }
}

/// For addresses that are none of ours.
pub(super) async fn no_such_place(uri: Uri, reader: Reader) -> Response {
    Failure::NotFound(String::new()).at(uri.path(), &reader)
}

/// For methods that an address of ours does not take.
pub(super) async fn no_such_method(uri: Uri, reader: Reader) -> Response {
    Failure::Method.at(uri.path(), &reader)
}
