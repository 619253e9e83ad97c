//! Events as CloudEvents 1.0 has them: the JSON form, and the form in HTTP headers that publishers may use instead.
//!
//! Source: CloudEvents 1.0.2, its JSON format and its HTTP binding. Narrower here: an event has a type that can stand in a
//! path, its names are short, and no more than [`BYTES_MAX`] in all (which is what the specification asks everyone to carry).

use super::json::{self, JsonError};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mekong_base::Instant;
use percent_encoding::percent_decode_str;
use std::collections::BTreeMap;

/// Bytes of one event in its JSON form.
pub const BYTES_MAX: usize = 64 << 10;
/// Attributes of an event.
pub const ATTRIBUTES_MAX: usize = 40;
/// Bytes of `id`, `type`, `subject` and `time`, each; of `source`, which has four identifiers; of the name of an attribute.
pub const TEXT_BYTES_MAX: usize = 255;
const SOURCE_BYTES_MAX: usize = 4_096;
const NAME_BYTES_MAX: usize = 32;

/// How deep data may nest.
const DEPTH_MAX: usize = 32;

struct Limits {
    bytes: usize,
    attributes: usize,
}

/// Of what publishers send.
const PUBLISHED: Limits = Limits { bytes: BYTES_MAX, attributes: ATTRIBUTES_MAX };
/// Of what gateways send: source and time were added.
const RECEIVED: Limits = Limits { bytes: BYTES_MAX + 8_192, attributes: ATTRIBUTES_MAX + 2 };

/// The media type of one event in JSON.
pub const MEDIA_TYPE: &str = "application/cloudevents+json";

/// An event. Attributes are kept in JSON, data as they were written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloudEvent {
    id: String,
    kind: String,
    subject: Option<String>,
    source: Option<String>,
    time: Option<String>,
    /// Everything else, by name: values in JSON.
    others: BTreeMap<String, String>,
    data: Data,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Data {
    Nothing,
    Json(String),
    Base64(String),
}

/// Why something is no event that is taken. Its sender's to mend.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EventError {
    /// An attribute is missing or is not what it must be.
    #[error("{name}: {why}")]
    Attribute {
        /// Its name.
        name: String,
        /// What is wanted.
        why: String,
    },
    /// The body is not what its content type says.
    #[error("the body is not what its Content-Type says: {0}")]
    Body(String),
    /// No JSON object.
    #[error("the event: {0}")]
    Json(#[from] JsonError),
    /// It speaks in another's name.
    #[error("source is {given:?}, but what is published here comes from {own:?}: leave source out or correct it")]
    Source {
        /// What it says.
        given: String,
        /// What it must be.
        own: String,
    },
    /// Too much of it.
    #[error("the {what} has {found}, at most {limit} are taken: put large content elsewhere and name it in the event")]
    TooLarge {
        /// `event` or a part of it.
        what: &'static str,
        /// Bytes or pieces.
        found: usize,
        /// How many may be.
        limit: usize,
    },
}

fn attribute(name: &str, why: impl Into<String>) -> EventError {
    EventError::Attribute { name: name.chars().take(40).collect(), why: why.into() }
}

impl CloudEvent {
    /// From its JSON form, as a publisher sends it. `source` may be missing, as long as nobody said who publishes it.
    ///
    /// # Errors
    /// [`EventError`].
    pub fn parse(text: &str) -> Result<Self, EventError> {
        Self::within(text, &PUBLISHED)
    }

    /// From its JSON form, as another gateway or our own ledger has it: what the gateway of its publisher added has room.
    ///
    /// # Errors
    /// [`EventError`].
    pub fn parse_received(text: &str) -> Result<Self, EventError> {
        Self::within(text, &RECEIVED)
    }

    fn within(text: &str, limits: &Limits) -> Result<Self, EventError> {
        if text.len() > limits.bytes {
            return Err(EventError::TooLarge { what: "event", found: text.len(), limit: limits.bytes });
        }
        let mut data = Data::Nothing;
        let mut attributes = BTreeMap::new();
        for (name, value) in json::members(text, DEPTH_MAX)? {
            let is_second = !matches!(data, Data::Nothing);
            match name.as_str() {
                "data" | "data_base64" if is_second => {
                    return Err(attribute("data", "data and data_base64 stand together: send one of them"));
                }
                "data" => data = Data::Json(value.to_owned()),
                "data_base64" => {
                    let encoded: String =
                        serde_json::from_str(value).map_err(|_| attribute(&name, "a text in Base64 is wanted"))?;
                    STANDARD.decode(&encoded).map_err(|e| attribute(&name, format!("no Base64: {e}")))?;
                    data = Data::Base64(value.to_owned());
                }
                // Null is as good as absent (JSON format, 2.2).
                _ if value == "null" => {}
                _ => {
                    attributes.insert(name, value.to_owned());
                }
            }
        }
        Self::from_parts(attributes, data, limits)
    }

    /// From HTTP headers (`ce-id` and so on) and body: the binary mode of the HTTP binding.
    ///
    /// # Errors
    /// [`EventError`].
    pub fn from_http<'a>(
        headers: impl Iterator<Item = (&'a str, &'a str)>,
        content_type: Option<&str>,
        body: &[u8],
    ) -> Result<Self, EventError> {
        let mut attributes = BTreeMap::new();
        for (name, value) in headers {
            let Some(name) = name.get(..3).filter(|p| p.eq_ignore_ascii_case("ce-")).and_then(|_| name.get(3..)) else {
                continue;
            };
            let name = name.to_ascii_lowercase();
            let decoded = percent_decode_str(value.trim()).decode_utf8();
            let decoded = decoded.map_err(|_| attribute(&name, "the header is not percent-encoded UTF-8"))?;
            if attributes.insert(name.clone(), in_json(&decoded)).is_some() {
                return Err(attribute(&name, "the header stands there twice: send it once"));
            }
        }
        if let Some(content_type) = content_type {
            attributes.insert("datacontenttype".to_owned(), in_json(content_type));
        }
        let event = Self::from_parts(attributes, data_of(content_type, body)?, &PUBLISHED)?;
        let size = event.to_json().len();
        if size > BYTES_MAX {
            return Err(EventError::TooLarge { what: "event", found: size, limit: BYTES_MAX });
        }
        Ok(event)
    }

    fn from_parts(mut attributes: BTreeMap<String, String>, data: Data, limits: &Limits) -> Result<Self, EventError> {
        if attributes.len() > limits.attributes {
            let (found, limit) = (attributes.len(), limits.attributes);
            return Err(EventError::TooLarge { what: "list of attributes", found, limit });
        }
        attributes.iter().try_for_each(|(name, value)| check_attribute(name, value))?;
        let mut take = |name: &str| -> Result<Option<String>, EventError> {
            let Some(value) = attributes.remove(name) else { return Ok(None) };
            let text: String = serde_json::from_str(&value).map_err(|_| attribute(name, "a text is wanted"))?;
            check_text(name, &text)?;
            Ok(Some(text))
        };
        let missing = |name: &str| attribute(name, "it is missing");
        let version = take("specversion")?.ok_or_else(|| missing("specversion"))?;
        if version != "1.0" {
            return Err(attribute("specversion", format!("{version} is not read, 1.0 is")));
        }
        let id = take("id")?.ok_or_else(|| missing("id"))?;
        let kind = take("type")?.ok_or_else(|| missing("type"))?;
        check_type(&kind)?;
        let (subject, source, time) = (take("subject")?, take("source")?, take("time")?);
        if let Some(time) = &time
            && let Err(error) = time.parse::<Instant>()
        {
            return Err(attribute("time", format!("RFC 3339 is wanted, 2026-11-22T05:14:00Z: {error}")));
        }
        if let Some(text) = take("datacontenttype")? {
            attributes.insert("datacontenttype".to_owned(), in_json(&text));
        }
        Ok(Self { id, kind, subject, source, time, others: attributes, data })
    }

    /// Its id, unique within its source.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What happened: its type.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// To whom or what it happened; events of one subject keep their order.
    pub fn subject(&self) -> Option<&str> {
        self.subject.as_deref()
    }

    /// Who publishes it.
    pub fn source(&self) -> Option<&str> {
        self.source.as_deref()
    }

    /// When it happened, RFC 3339.
    pub fn time(&self) -> Option<&str> {
        self.time.as_deref()
    }

    /// Says who publishes it.
    ///
    /// # Errors
    /// [`EventError::Source`] if it says somebody else.
    pub fn published_by(mut self, own: &str) -> Result<Self, EventError> {
        if let Some(given) = self.source.take().filter(|given| given != own) {
            return Err(EventError::Source { given, own: own.to_owned() });
        }
        self.source = Some(own.to_owned());
        Ok(self)
    }

    /// Says when it happened, if it does not itself.
    pub fn at_latest(mut self, now: Instant) -> Self {
        self.time.get_or_insert_with(|| now.to_string());
        self
    }

    /// Is this the same as one that was recorded before? A time that it lacks was added then.
    pub fn is_same_as(&self, recorded: &Self) -> bool {
        let time = self.time.is_none() || self.time == recorded.time;
        let heads = (&self.id, &self.kind, &self.subject, &self.source);
        time && heads == (&recorded.id, &recorded.kind, &recorded.subject, &recorded.source)
            && self.others == recorded.others
            && self.data == recorded.data
    }

    /// The JSON form.
    pub fn to_json(&self) -> String {
        let mut out = format!(r#"{{"specversion":"1.0","id":{},"type":{}"#, in_json(&self.id), in_json(&self.kind));
        let mut member = |name: &str, value: &str| {
            out.push_str(",\"");
            out.push_str(name);
            out.push_str("\":");
            out.push_str(value);
        };
        for (name, value) in [("source", &self.source), ("subject", &self.subject), ("time", &self.time)] {
            if let Some(value) = value {
                member(name, &in_json(value));
            }
        }
        self.others.iter().for_each(|(name, value)| member(name, value));
        match &self.data {
            Data::Nothing => {}
            Data::Json(data) => member("data", data),
            Data::Base64(data) => member("data_base64", data),
        }
        out.push('}');
        out
    }
}

/// A text in JSON.
pub(crate) fn in_json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn check_attribute(name: &str, value: &str) -> Result<(), EventError> {
    let good = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    if name.is_empty() || name.len() > NAME_BYTES_MAX || !name.bytes().all(good) {
        return Err(attribute(name, format!("names are 1 to {NAME_BYTES_MAX} of a-z and 0-9")));
    }
    if value.starts_with(['{', '[']) {
        return Err(attribute(name, "attributes are texts, whole numbers, true or false: put more into data"));
    }
    Ok(())
}

fn check_text(name: &str, text: &str) -> Result<(), EventError> {
    let limit = if name == "source" { SOURCE_BYTES_MAX } else { TEXT_BYTES_MAX };
    if text.is_empty() || text.len() > limit {
        return Err(attribute(name, format!("1 to {limit} bytes are wanted, not {}", text.len())));
    }
    if text.chars().any(char::is_control) {
        return Err(attribute(name, "it has a control character"));
    }
    Ok(())
}

/// A type stands in paths of access rights: `/topic/type`.
fn check_type(kind: &str) -> Result<(), EventError> {
    if kind.chars().any(|c| c == '/' || c == '\\' || c.is_whitespace()) {
        return Err(attribute("type", "no slash and no space may be in it: la.civil.birth.registered"));
    }
    Ok(())
}

fn data_of(content_type: Option<&str>, body: &[u8]) -> Result<Data, EventError> {
    if body.is_empty() {
        return Ok(Data::Nothing);
    }
    if body.len() > BYTES_MAX {
        return Err(EventError::TooLarge { what: "data", found: body.len(), limit: BYTES_MAX });
    }
    let essence = content_type.unwrap_or("application/json").split(';').next().unwrap_or_default().trim();
    let essence = essence.to_ascii_lowercase();
    let text = std::str::from_utf8(body);
    if essence == "application/json" || essence.ends_with("+json") {
        let text = text.map_err(|_| EventError::Body("it is not UTF-8".to_owned()))?.trim();
        // In an array, so that one reader of raw values serves all.
        json::elements(&format!("[{text}]"), DEPTH_MAX).map_err(|e| EventError::Body(e.to_string()))?;
        serde_json::from_str::<serde::de::IgnoredAny>(text).map_err(|e| EventError::Body(e.to_string()))?;
        return Ok(Data::Json(text.to_owned()));
    }
    Ok(match text {
        Ok(text) if essence.starts_with("text/") => Data::Json(in_json(text)),
        _ => Data::Base64(in_json(&STANDARD.encode(body))),
    })
}

#[cfg(test)]
#[path = "cloudevent_tests.rs"]
mod tests;
