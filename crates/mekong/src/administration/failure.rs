//! What a request may fail with: a page that says what to do, problem details for programs.

use super::reader::{Ours, Reader};
use crate::serving::body::BodyError;
use crate::serving::failure::Failing;
use axum::http::StatusCode;
use mekong_exchange::administration::declaration::DeclarationError;
use mekong_exchange::administration::{AdministrationError, Refusal};
use mekong_web::Page;

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

impl Failing for Failure {
    type Texts = Ours;
    const FOREIGN: Self = Self::Foreign;
    const METHOD: Self = Self::Method;
    const NO_PLACE: Self = Self::NotFound(String::new());
    const OTHER_USER: Self = Self::OtherUser;

    fn status(&self) -> StatusCode {
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

    fn said(&self) -> (&'static str, &'static str, &'static str) {
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

    fn parameter(&self) -> Option<&str> {
        match self {
            Self::Parameter(name, _) | Self::Refused(Refusal::Invalid { what: name, .. }) => Some(name),
            _ => None,
        }
    }

    fn log(&self) {
        if let Self::Broken(reason) = self {
            tracing::error!(reason, "the administration failed");
        }
    }

    fn frame(reader: &Reader, title: &str, path: &str) -> Page {
        super::shown::page(reader, title, path)
    }
}
