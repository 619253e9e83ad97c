//! Endpoints and subjects as they are recorded, declared and shown.

use crate::rules::path::PathPattern;
use crate::rules::rights::Subject;
use crate::wire::rest::Verb;
use mekong_base::ClientId;
use mekong_base::ident::check_segment;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// One method and path pattern of a service: `GET /v1/persons/*`, `* /v1/**`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "EndpointText", try_from = "EndpointText")]
pub struct Endpoint {
    /// The method; all if `None`.
    pub verb: Option<Verb>,
    /// The path after the service code.
    pub path: PathPattern,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EndpointText {
    method: String,
    path: String,
}

/// A text that is no endpoint or no subject; says what is wanted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct TextError(String);

impl Endpoint {
    /// An endpoint from its parts as text; the method `*` or none stands for all.
    ///
    /// # Errors
    /// [`TextError`] if the method is none, or the path has no leading slash or is too long.
    pub fn new(method: Option<&str>, path: &str) -> Result<Self, TextError> {
        let verb = match method {
            None | Some("*" | "") => None,
            Some(name) => Some(name.to_ascii_uppercase().parse().map_err(|_| {
                let known = Verb::ALL.map(Verb::as_str).join(", ");
                TextError(format!("{name:?} is no method: there are {known}, and * for all"))
            })?),
        };
        if !path.starts_with('/') && !path.starts_with('*') {
            return Err(TextError(format!("the path {path:?} must begin with / (or be a pattern that begins with *)")));
        }
        if path.chars().any(char::is_control) {
            return Err(TextError("the path has a control character".to_owned()));
        }
        Ok(Self { verb, path: PathPattern::parse(path).map_err(|error| TextError(error.to_string()))? })
    }

    /// The method, `*` for all.
    pub fn method(&self) -> &'static str {
        self.verb.map_or("*", Verb::as_str)
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method(), self.path)
    }
}

impl Ord for Endpoint {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.path.to_string(), self.method()).cmp(&(other.path.to_string(), other.method()))
    }
}

impl PartialOrd for Endpoint {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl From<Endpoint> for EndpointText {
    fn from(endpoint: Endpoint) -> Self {
        Self { method: endpoint.method().to_owned(), path: endpoint.path.to_string() }
    }
}

impl TryFrom<EndpointText> for Endpoint {
    type Error = TextError;

    fn try_from(text: EndpointText) -> Result<Self, TextError> {
        Self::new(Some(&text.method), &text.path)
    }
}

/// What stands before a group's name.
const GLOBAL: &str = "global:";
const LOCAL: &str = "local:";

impl fmt::Display for Subject {
    /// `LA/GOV/MOHA/civil`, `global:VN/ministries`, `local:clerks`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Client(client) => client.fmt(f),
            Self::GlobalGroup { instance, code } => write!(f, "{GLOBAL}{instance}/{code}"),
            Self::LocalGroup(code) => write!(f, "{LOCAL}{code}"),
        }
    }
}

impl FromStr for Subject {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let checked = |segment: &str| check_segment(segment).map_err(|error| TextError(error.to_string()));
        if let Some(code) = text.strip_prefix(LOCAL) {
            checked(code)?;
            return Ok(Self::LocalGroup(code.to_owned()));
        }
        if let Some(group) = text.strip_prefix(GLOBAL) {
            let wanted = || TextError(format!("{text:?}: a global group is written global:INSTANCE/CODE"));
            let (instance, code) = group.split_once('/').ok_or_else(wanted)?;
            checked(instance)?;
            checked(code)?;
            return Ok(Self::GlobalGroup { instance: instance.to_owned(), code: code.to_owned() });
        }
        text.parse::<ClientId>()
            .map(Self::Client)
            .map_err(|error| TextError(format!("{error}: wanted is a subsystem, global:INSTANCE/CODE or local:CODE")))
    }
}

impl Serialize for Subject {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Subject {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <std::borrow::Cow<'de, str>>::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn subjects_round_trip() {
        for text in ["LA/GOV/MOHA/civil", "LA/GOV/MOHA", "global:VN/ministries", "local:clerks"] {
            assert_eq!(text.parse::<Subject>().unwrap().to_string(), text);
        }
        for bad in ["", "local:", "local:a/b", "global:VN", "global:VN/", "global:/x", "everyone", "global:VN/a/b"] {
            assert!(bad.parse::<Subject>().is_err(), "{bad}");
        }
    }

    #[test]
    fn endpoints_are_read() {
        assert_eq!(Endpoint::new(Some("get"), "/v1/*").unwrap().to_string(), "GET /v1/*");
        assert_eq!(Endpoint::new(None, "**").unwrap().to_string(), "* **");
        for (method, path) in [("FETCH", "/"), ("GET", "v1"), ("GET", ""), ("GET", "/a\nb")] {
            assert!(Endpoint::new(Some(method), path).is_err(), "{method} {path}");
        }
        let json = serde_json::to_string(&Endpoint::new(Some("POST"), "/x").unwrap()).unwrap();
        assert_eq!(json, r#"{"method":"POST","path":"/x"}"#);
        assert!(serde_json::from_str::<Endpoint>(r#"{"method":"NO","path":"/x"}"#).is_err());
    }
}
