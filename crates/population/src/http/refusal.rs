//! Refusals: what is answered instead of persons, as problem details (RFC 9457).

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use mekong_base::Problem;

/// Why a request gets no person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    /// A header is wrong.
    Header { name: &'static str, what: String },
    /// Our fault.
    Internal,
    /// Only GET and HEAD.
    MethodNotAllowed,
    /// No `X-Road-Client`.
    MissingClient,
    /// Nobody has the number.
    NotFound(String),
    /// No such path.
    NoSuchPath,
    /// A parameter is wrong.
    Parameter { name: String, what: String, fix: &'static str },
    /// The database, or the log, cannot be used.
    Unavailable,
}

impl Refusal {
    pub(super) fn header(name: &'static str, what: &str) -> Self {
        Self::Header { name, what: what.to_owned() }
    }

    pub(super) fn parameter(name: &str, what: &str, fix: &'static str) -> Self {
        Self::Parameter { name: name.to_owned(), what: what.to_owned(), fix }
    }

    fn problem(&self) -> Problem {
        match self {
            Self::Header { name, what } => {
                at(name, Problem::new(400, "bad-header", "A header is wrong", format!("The header {name} {what}.")))
            }
            Self::Internal => Problem::new(
                500,
                "internal",
                "The register failed",
                "The fault is the register's and has been logged. Tell its operator.",
            ),
            Self::MethodNotAllowed => Problem::new(
                405,
                "method-not-allowed",
                "The method is not allowed",
                "The register is read with GET; see /openapi.json.",
            ),
            Self::MissingClient => at(
                "x-road-client",
                Problem::new(
                    400,
                    "missing-client",
                    "It is not known who asks",
                    "The header X-Road-Client is missing, and every access is logged. Ask through a gateway, which sets it.",
                ),
            ),
            Self::NotFound(id) => at(
                "id",
                Problem::new(
                    404,
                    "person-not-found",
                    "Nobody has this number",
                    format!("No person has the identity number {id}. Check the number, or search by name."),
                ),
            ),
            Self::NoSuchPath => Problem::new(
                404,
                "no-such-path",
                "There is nothing here",
                "The paths are /persons/{id}, /persons, /health and /openapi.json.",
            ),
            Self::Parameter { name, what, fix } => {
                at(name, Problem::new(400, "bad-parameter", "A parameter is wrong", format!("{name}: {what}; {fix}.")))
            }
            Self::Unavailable => Problem::new(
                503,
                "register-unavailable",
                "The register cannot be used now",
                "Its database or its access log does not take part. Try again later; if it lasts, tell its operator.",
            ),
        }
    }
}

fn at(place: &str, problem: Problem) -> Problem {
    Problem { instance: Some(place.to_owned()), ..problem }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let problem = self.problem();
        let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&problem).unwrap_or_default();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(Problem::MEDIA_TYPE));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if self == Self::MethodNotAllowed {
            headers.insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
        }
        if self == Self::Unavailable {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        response
    }
}

/// A problem as the description shows it; the values are [`Problem`]s.
#[derive(utoipa::ToSchema)]
#[schema(as = Problem)]
#[expect(dead_code, reason = "describes mekong_base::Problem, which knows nothing of OpenAPI")]
pub(super) struct ProblemBody {
    /// A stable kind: `urn:mekong:problem:` and `bad-header`, `bad-parameter`, `internal`, `method-not-allowed`, `missing-client`,
    /// `no-such-path`, `person-not-found` or `register-unavailable`.
    #[schema(example = "urn:mekong:problem:bad-parameter")]
    r#type: String,
    /// The same for every problem of this kind.
    title: String,
    /// The HTTP status.
    status: u16,
    /// What happened, where, and what to do.
    detail: String,
    /// The parameter or header at fault.
    instance: Option<String>,
}
