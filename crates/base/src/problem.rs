//! Problem details for HTTP APIs (RFC 9457): what happened, where, and what to do.

use serde::{Deserialize, Serialize};

/// The body of an error answer, `application/problem+json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Stable kind: `urn:mekong:problem:<kind>`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The same for every problem of this kind.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened this time, where, and what to do.
    pub detail: String,
    /// The member, parameter or place that is at fault.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub instance: Option<String>,
}

impl Problem {
    /// Media type of the body.
    pub const MEDIA_TYPE: &'static str = "application/problem+json";

    /// A problem of a kind such as `person-not-found`.
    pub fn new(status: u16, kind: &str, title: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("urn:mekong:problem:{kind}"),
            title: title.into(),
            status,
            detail: detail.into(),
            instance: None,
        }
    }
}
