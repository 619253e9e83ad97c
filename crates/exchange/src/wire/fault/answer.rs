//! Errors as information systems see them: JSON, or XML if they ask for it.

use super::{Dialect, Fault};
use mekong_xml::write::escape_text;

/// An error answer, ready to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorAnswer {
    /// HTTP status: 500 for faults of servers, 400 otherwise.
    pub status: u16,
    /// Value of the `X-Road-Error` header.
    pub code: String,
    /// Value of the `Content-Type` header.
    pub content_type: &'static str,
    /// The body.
    pub body: String,
}

/// The answer for a fault, in the form that the `Accept` header values of the request ask for.
///
/// Source: PR-REST §4.6; `text/xml`, `application/xml` and `text/*` ask for XML.
pub fn error_answer<'a>(fault: &Fault, dialect: Dialect, accept: impl Iterator<Item = &'a str>) -> ErrorAnswer {
    let code = fault.code.in_dialect(dialect);
    let xml_type = accept.flat_map(|value| value.split(',')).find_map(xml_type);
    let body = match xml_type {
        Some(_) => xml(&code, fault),
        None => json(&code, fault),
    };
    ErrorAnswer {
        status: fault.http_status(),
        code,
        content_type: xml_type.unwrap_or("application/json;charset=utf-8"),
        body,
    }
}

fn xml_type(range: &str) -> Option<&'static str> {
    let name = range.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match name.as_str() {
        "text/xml" | "text/*" => Some("text/xml;charset=utf-8"),
        "application/xml" => Some("application/xml;charset=utf-8"),
        _ => None,
    }
}

fn json(code: &str, fault: &Fault) -> String {
    serde_json::json!({ "type": code, "message": fault.message, "detail": fault.detail }).to_string()
}

fn xml(code: &str, fault: &Fault) -> String {
    let mut out = String::from(r#"<?xml version="1.0" encoding="UTF-8"?><error>"#);
    for (name, text) in [("type", code), ("message", &fault.message), ("detail", &fault.detail)] {
        out.push_str(&format!("<{name}>"));
        escape_text(&mut out, text);
        out.push_str(&format!("</{name}>"));
    }
    out.push_str("</error>");
    out
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::wire::fault::{FaultCode, Kind, Origin};

    fn fault(origin: Origin) -> Fault {
        let mut fault = Fault::new(FaultCode::new(origin, &[Kind::AccessDenied]), "no <right>");
        fault.detail = "id".into();
        fault
    }

    #[test]
    fn json_is_the_default() {
        let answer = error_answer(&fault(Origin::ServerProxy), Dialect::Snake, std::iter::empty());
        assert_eq!((answer.status, answer.code.as_str()), (500, "server.serverproxy.access_denied"));
        assert_eq!(answer.content_type, "application/json;charset=utf-8");
        let body: serde_json::Value = serde_json::from_str(&answer.body).unwrap_or_default();
        assert_eq!(body["type"], "server.serverproxy.access_denied");
        assert_eq!(body["message"], "no <right>");
        assert_eq!(body["detail"], "id");
    }

    #[test]
    fn xml_is_given_to_who_asks() {
        for (accept, content_type) in [
            ("text/xml", "text/xml;charset=utf-8"),
            ("image/png, Application/XML;q=0.5", "application/xml;charset=utf-8"),
            ("text/*", "text/xml;charset=utf-8"),
        ] {
            let answer = error_answer(&fault(Origin::Client), Dialect::Camel, [accept].into_iter());
            assert_eq!((answer.status, answer.content_type), (400, content_type));
            assert!(answer.body.contains("<type>Client.AccessDenied</type><message>no &lt;right&gt;</message>"));
        }
        let json = error_answer(&fault(Origin::Client), Dialect::Snake, ["application/xhtml+xml, */*"].into_iter());
        assert_eq!(json.content_type, "application/json;charset=utf-8");
    }
}
