//! Who a message says it is from: the client of a request, the provider of a response.
//!
//! REST messages are a request (`GET`, URI, headers) or a response (`200`, `OK`, headers), one line each; SOAP messages
//! have identifiers in their header, and a response's body element has a name ending in `Response`.

use mekong_base::ident::{IdentError, check_segment};
use mekong_base::limits::XmlLimits;
use mekong_base::{ClientId, MemberId, ServiceId};
use mekong_xml::roxmltree::Node;
use mekong_xml::{XmlError, decode, find, parse};

const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const XROAD: &str = "http://x-road.eu/xsd/xroad.xsd";
const IDENTIFIERS: &str = "http://x-road.eu/xsd/identifiers";
/// SOAP messages are read whole to find their header: 64 MiB, 4 million nodes, 128 deep.
const LIMITS: XmlLimits = XmlLimits { bytes: 64 << 20, nodes: 4_000_000, depth: 128 };
const VERBS: [&str; 8] = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"];

/// What kind of message it is and who sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    /// The client of a request, the provider of a response.
    pub id: ClientId,
    /// Whether it is a response.
    pub is_response: bool,
    /// Whether it is a SOAP message; REST otherwise.
    pub is_soap: bool,
    /// The message's id, if it has one.
    pub query_id: Option<String>,
}

/// Why a message does not say who it is from.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SenderError {
    /// A SOAP message is not XML.
    #[error("message.xml: {0}")]
    Xml(#[from] XmlError),
    /// A REST message is not as the protocol says.
    #[error("message.xml is neither SOAP nor an X-Road REST message: {0}")]
    Rest(String),
    /// A SOAP message lacks a required element.
    #[error("message.xml is not an X-Road SOAP message: {0}")]
    Soap(String),
    /// An identifier is malformed.
    #[error("message.xml: {0}")]
    Identifier(#[from] IdentError),
}

/// Reads the sender of a message.
///
/// # Errors
/// [`SenderError`].
pub fn sender(message: &[u8]) -> Result<Sender, SenderError> {
    let start = message.strip_prefix(b"\xef\xbb\xbf").unwrap_or(message).trim_ascii_start();
    if start.starts_with(b"<") || message.starts_with(b"\xff\xfe") || message.starts_with(b"\xfe\xff") {
        return soap(message);
    }
    rest(message)
}

fn rest(message: &[u8]) -> Result<Sender, SenderError> {
    let malformed = |what: &str| SenderError::Rest(what.to_owned());
    let text = std::str::from_utf8(message).map_err(|_| malformed("it is not UTF-8"))?;
    let mut lines = text.lines();
    let first = lines.next().unwrap_or_default();
    let second = lines.next().ok_or_else(|| malformed("it has less than two lines"))?;
    let is_response = first.len() == 3 && first.bytes().all(|b| b.is_ascii_digit());
    if !is_response && !VERBS.contains(&first) {
        return Err(malformed("its first line is neither a method nor a status"));
    }
    if !is_response && !second.starts_with("/r1/") {
        return Err(malformed("its request URI does not start with /r1/"));
    }
    let headers: Vec<(&str, &str)> = lines
        .map(|line| line.split_once(':'))
        .collect::<Option<_>>()
        .ok_or_else(|| malformed("a header has no colon"))?;
    let header = |name: &'static str| {
        let mut found = headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim());
        match (found.next(), found.next()) {
            (Some(value), None) => Ok(Some(value)),
            (None, _) => Ok(None),
            (Some(_), Some(_)) => Err(SenderError::Rest(format!("{name} is there twice"))),
        }
    };
    let required = |name: &'static str| {
        header(name).and_then(|value| value.ok_or_else(|| SenderError::Rest(format!("{name} is missing"))))
    };
    let id = match is_response {
        true => required("x-road-service")?.parse::<ServiceId>()?.provider,
        false => required("x-road-client")?.parse::<ClientId>()?,
    };
    Ok(Sender { id, is_response, is_soap: false, query_id: header("x-road-id")?.map(str::to_owned) })
}

fn soap(message: &[u8]) -> Result<Sender, SenderError> {
    let text = decode(message, &LIMITS)?;
    let document = parse(&text, &LIMITS)?;
    let envelope = document.root_element();
    let malformed = |e: find::FindError| SenderError::Soap(e.to_string());
    if !find::is(envelope, SOAP, "Envelope") {
        return Err(SenderError::Soap("its root element is not a SOAP 1.1 envelope".into()));
    }
    let header = find::required_child(envelope, SOAP, "Header").map_err(malformed)?;
    let body = find::required_child(envelope, SOAP, "Body").map_err(malformed)?;
    let content = body.children().find(|n| n.is_element());
    let content = content.ok_or_else(|| SenderError::Soap("its body is empty".into()))?;
    let is_response = content.tag_name().name().ends_with("Response");
    let name = if is_response { "service" } else { "client" };
    let id = client(find::required_child(header, XROAD, name).map_err(malformed)?)?;
    let query_id = find::child_text(header, XROAD, "id").map_err(malformed)?.map(|t| t.trim().to_owned());
    Ok(Sender { id, is_response, is_soap: true, query_id })
}

fn client(node: Node<'_, '_>) -> Result<ClientId, SenderError> {
    let malformed = |e: find::FindError| SenderError::Soap(e.to_string());
    let segment = |text: &str| check_segment(text.trim()).map(|()| text.trim().to_owned());
    let part = |name: &str| {
        let text = find::required_text(node, IDENTIFIERS, name).map_err(malformed)?;
        Ok::<_, SenderError>(segment(&text)?)
    };
    let member = MemberId::new(part("xRoadInstance")?, part("memberClass")?, part("memberCode")?);
    let subsystem = find::child_text(node, IDENTIFIERS, "subsystemCode").map_err(malformed)?;
    Ok(ClientId { member, subsystem: subsystem.map(|text| segment(&text)).transpose()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(message: &str, expected: &str) {
        let shown = match sender(message.as_bytes()) {
            Ok(s) => format!(
                "{} {} {}",
                if s.is_soap { "soap" } else { "rest" },
                if s.is_response { "response" } else { "request" },
                s.id
            ),
            Err(error) => error.to_string(),
        };
        assert_eq!(shown, expected);
    }

    #[test]
    fn rest_request_is_from_its_client() {
        check(
            "GET\r\n/r1/VN/GOV/MPS/population/persons\r\nX-Road-Client:LA/GOV/MOHA/civil\r\n",
            "rest request LA/GOV/MOHA/civil",
        );
    }

    #[test]
    fn rest_response_is_from_the_provider() {
        check(
            "200\r\nOK\r\nx-road-client:LA/GOV/MOHA/civil\r\nx-road-service:VN/GOV/MPS/population/persons\r\n",
            "rest response VN/GOV/MPS/population",
        );
    }

    #[test]
    fn refuses_what_could_be_read_in_two_ways() {
        let neither = "message.xml is neither SOAP nor an X-Road REST message: ";
        check(
            "GET\r\n/r1/a\r\nX-Road-Client:LA/G/M\r\nx-road-client:LA/G/N\r\n",
            &format!("{neither}x-road-client is there twice"),
        );
        check("GET\r\n/r2/a\r\n", &format!("{neither}its request URI does not start with /r1/"));
        check("200\r\nOK\r\n", &format!("{neither}x-road-service is missing"));
        check("hello", &format!("{neither}it has less than two lines"));
        check("GET\r\n/r1/a\r\nX-Road-Client:LA/../M\r\n", "message.xml: identifier segment \"..\" is a relative path");
    }

    const SOAP_MESSAGE: &str = r#"<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns:x="http://x-road.eu/xsd/xroad.xsd" xmlns:i="http://x-road.eu/xsd/identifiers"><e:Header><x:client><i:xRoadInstance>LA</i:xRoadInstance><i:memberClass>GOV</i:memberClass><i:memberCode>MOHA</i:memberCode></x:client><x:service><i:xRoadInstance>VN</i:xRoadInstance><i:memberClass>GOV</i:memberClass><i:memberCode>MPS</i:memberCode><i:subsystemCode>population</i:subsystemCode><i:serviceCode>find</i:serviceCode></x:service><x:id>1</x:id></e:Header><e:Body><find/></e:Body></e:Envelope>"#;

    #[test]
    fn soap_is_from_client_or_service() {
        check(SOAP_MESSAGE, "soap request LA/GOV/MOHA");
        check(&SOAP_MESSAGE.replace("<find/>", "<findResponse/>"), "soap response VN/GOV/MPS/population");
        check(
            &SOAP_MESSAGE.replace("<e:Body><find/></e:Body>", "<e:Body/>"),
            "message.xml is not an X-Road SOAP message: its body is empty",
        );
    }
}
