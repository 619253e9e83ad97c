//! What a request may fail with: a page for officers that says what to do, problem details for programs.

use super::reader::{Ours, Reader};
use crate::serving::body::BodyError;
use crate::serving::failure::Failing;
use axum::http::StatusCode;
use mekong_authority::ca::AuthorityError;
use mekong_authority::profile::{ProfileError, SubjectFault};
use mekong_crypto::CryptoError;
use mekong_pki::request::RequestError;
use mekong_web::Page;

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Failure {
    /// Somebody else writes for too long.
    Busy,
    /// It was revoked before.
    AlreadyRevoked(String),
    /// The body did not come whole.
    Broke(String),
    /// This machine failed.
    Broken(String),
    /// The revocation list could not be made; what was to be revoked is.
    ListNotMade(String),
    /// The key of the request is known to others.
    Compromised(String),
    /// It comes from a page of somebody else's.
    Foreign,
    /// The form cannot be read.
    Form(String),
    /// The JSON cannot be read.
    Json(String),
    /// The profile does not take the key.
    Key(String),
    /// Nobody has let the sender in.
    Locked,
    /// That place does not take the method.
    Method,
    /// There is no certificate with that serial number.
    NoCertificate,
    /// There is no such profile here.
    NoProfile(String),
    /// No certificate request came.
    NoRequest,
    /// No such place.
    NotFound,
    /// What must be ticked is not.
    NotConfirmed,
    /// An order of the same number was for something else.
    OtherOrder,
    /// Another user of this machine asks.
    OtherUser,
    /// It is one of the authority's own certificates.
    Own,
    /// A parameter of the query or a member of the JSON is not what it must be.
    Parameter(&'static str, String),
    /// What came is a private key.
    PrivateKey,
    /// What came is no certificate request, or a broken one.
    Request(String),
    /// The request is not signed by the key that it names.
    Signature(String),
    /// The subject does not fit the profile.
    Subject(Vec<SubjectFault>),
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

impl From<RequestError> for Failure {
    fn from(error: RequestError) -> Self {
        let text = error.to_string();
        match error {
            RequestError::Other { label } if label.contains("PRIVATE KEY") => Self::PrivateKey,
            RequestError::Key {
                source: CryptoError::UnsupportedKey(_) | CryptoError::UnsupportedAlgorithm(_), ..
            } => Self::Key(text),
            RequestError::Key { .. } => Self::Signature(text),
            _ => Self::Request(text),
        }
    }
}

impl From<AuthorityError> for Failure {
    fn from(error: AuthorityError) -> Self {
        let text = error.to_string();
        match error {
            AuthorityError::Request(error) => error.into(),
            AuthorityError::Profile(ProfileError::Subject { faults, .. }) => Self::Subject(faults),
            AuthorityError::Profile(ProfileError::Key { .. }) => Self::Key(text),
            AuthorityError::NotOffered(_) | AuthorityError::Profile(_) => Self::NoProfile(text),
            AuthorityError::Compromised { .. } => Self::Compromised(text),
            AuthorityError::UnknownSerial(_) => Self::NoCertificate,
            AuthorityError::AlreadyRevoked { .. } => Self::AlreadyRevoked(text),
            AuthorityError::InUse(_) => Self::Busy,
            AuthorityError::OtherOrder(_) => Self::OtherOrder,
            _ => Self::Broken(text),
        }
    }
}

impl Failure {
    /// For what the making of a list fails with.
    pub(super) fn list_not_made(error: AuthorityError) -> Self {
        Self::ListNotMade(error.to_string())
    }
}

impl Failing for Failure {
    type Texts = Ours;
    const FOREIGN: Self = Self::Foreign;
    const METHOD: Self = Self::Method;
    const NO_PLACE: Self = Self::NotFound;
    const OTHER_USER: Self = Self::OtherUser;

    fn status(&self) -> StatusCode {
        match self {
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::Broken(_) | Self::ListNotMade(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Foreign | Self::OtherUser => StatusCode::FORBIDDEN,
            Self::Locked => StatusCode::UNAUTHORIZED,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::NoCertificate | Self::NotFound => StatusCode::NOT_FOUND,
            Self::AlreadyRevoked(_) | Self::OtherOrder | Self::Own => StatusCode::CONFLICT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Broke(_)
            | Self::Form(_)
            | Self::Json(_)
            | Self::NoRequest
            | Self::NotConfirmed
            | Self::Parameter(..) => StatusCode::BAD_REQUEST,
            Self::Compromised(_)
            | Self::Key(_)
            | Self::NoProfile(_)
            | Self::PrivateKey
            | Self::Request(_)
            | Self::Signature(_)
            | Self::Subject(_) => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }

    fn said(&self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Busy => ("busy", "failure.busy", "failure.busy.do"),
            Self::AlreadyRevoked(_) => ("already-revoked", "failure.revoked", "failure.revoked.do"),
            Self::Broke(_) => ("incomplete-body", "failure.broke", "failure.again.do"),
            Self::Broken(_) => ("server-failed", "failure.broken", "failure.broken.do"),
            Self::Compromised(_) => ("key-compromised", "failure.compromised", "failure.compromised.do"),
            Self::Foreign => ("foreign-origin", "failure.foreign", "failure.foreign.do"),
            Self::Form(_) => ("bad-form", "failure.form", "failure.again.do"),
            Self::Json(_) => ("bad-json", "failure.json", "failure.json.do"),
            Self::Key(_) => ("key-not-accepted", "failure.key", "failure.key.do"),
            Self::ListNotMade(_) => ("list-not-made", "failure.list", "failure.list.do"),
            Self::Locked => ("not-authenticated", "failure.locked", "failure.locked.do"),
            Self::Method => ("method-not-allowed", "failure.method", "failure.again.do"),
            Self::NoCertificate => ("no-such-certificate", "failure.no_certificate", "failure.no_certificate.do"),
            Self::NoProfile(_) => ("no-such-profile", "failure.no_profile", "failure.no_profile.do"),
            Self::NoRequest => ("no-request", "failure.no_request", "failure.no_request.do"),
            Self::NotFound => ("not-found", "failure.not_found", "failure.not_found.do"),
            Self::NotConfirmed => ("not-confirmed", "failure.not_confirmed", "failure.not_confirmed.do"),
            Self::OtherOrder => ("other-order", "failure.order", "failure.order.do"),
            Self::OtherUser => ("other-user", "failure.user", "failure.user.do"),
            Self::Own => ("own-certificate", "failure.own", "failure.own.do"),
            Self::Parameter(..) => ("bad-parameter", "failure.parameter", "failure.parameter.do"),
            Self::PrivateKey => ("private-key", "failure.private_key", "failure.private_key.do"),
            Self::Request(_) => ("not-a-request", "failure.request", "failure.request.do"),
            Self::Signature(_) => ("bad-signature", "failure.signature", "failure.signature.do"),
            Self::Subject(_) => ("bad-subject", "failure.subject", "failure.subject.do"),
            Self::TooLarge => ("too-large", "failure.too_large", "failure.too_large.do"),
        }
    }

    fn detail(&self) -> String {
        match self {
            Self::AlreadyRevoked(text)
            | Self::Broke(text)
            | Self::Compromised(text)
            | Self::Form(text)
            | Self::Json(text)
            | Self::Key(text)
            | Self::NoProfile(text)
            | Self::Request(text)
            | Self::Signature(text)
            | Self::Parameter(_, text) => text.clone(),
            Self::Subject(faults) => faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
            _ => String::new(),
        }
    }

    fn parameter(&self) -> Option<&str> {
        match self {
            Self::Parameter(name, _) => Some(name),
            _ => None,
        }
    }

    fn log(&self) {
        if let Self::Broken(reason) | Self::ListNotMade(reason) = self {
            tracing::error!(reason, "the registration office failed");
        }
    }

    fn frame(reader: &Reader, title: &str, path: &str) -> Page {
        super::shown::page(reader, title, path)
    }
}
