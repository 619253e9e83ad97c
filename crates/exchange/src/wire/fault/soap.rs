//! SOAP 1.1 faults: how gateways tell each other what went wrong, for REST too.

use super::{Dialect, Fault, FaultCode};
use mekong_base::limits::XmlLimits;
use mekong_xml::roxmltree::Node;
use mekong_xml::write::escape_text;
use mekong_xml::{XmlError, decode, find, parse};

const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";

/// Longest text taken from a peer's fault, in characters.
const TEXT_CHARS_MAX: usize = 4_000;

/// Why bytes are not a SOAP envelope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SoapReadError {
    /// Not XML within the limits.
    #[error("the SOAP part is not XML that may be read: {0}")]
    Xml(#[from] XmlError),
    /// XML of another kind.
    #[error("the XML is not a SOAP 1.1 envelope with a body")]
    NotSoap,
}

impl Fault {
    /// The SOAP form, sent with status 200 and `text/xml; charset=UTF-8`.
    pub fn to_soap(&self, dialect: Dialect) -> String {
        let mut out = String::with_capacity(400 + self.message.len());
        out.push_str(r#"<?xml version="1.0" encoding="UTF-8"?><SOAP-ENV:Envelope xmlns:SOAP-ENV=""#);
        out.push_str(SOAP);
        out.push_str(r#""><SOAP-ENV:Body><SOAP-ENV:Fault>"#);
        element(&mut out, "faultcode", &self.code.in_dialect(dialect));
        element(&mut out, "faultstring", &self.message);
        if let Some(actor) = &self.actor {
            element(&mut out, "faultactor", actor);
        }
        out.push_str(r#"<detail><faultDetail xmlns="">"#);
        escape_text(&mut out, &self.detail);
        out.push_str("</faultDetail></detail></SOAP-ENV:Fault></SOAP-ENV:Body></SOAP-ENV:Envelope>");
        out
    }
}

fn element(out: &mut String, name: &str, text: &str) {
    out.push('<');
    out.push_str(name);
    out.push('>');
    escape_text(out, text);
    out.push_str("</");
    out.push_str(name);
    out.push('>');
}

/// Reads the fault in a SOAP envelope; `None` if it is an ordinary message.
///
/// # Errors
/// [`SoapReadError`] if it is not a SOAP envelope at all.
///
/// Source: SOAP 1.1 §4.4.
pub fn read_fault(bytes: &[u8], limits: &XmlLimits) -> Result<Option<Fault>, SoapReadError> {
    let text = decode(bytes, limits)?;
    let document = parse(&text, limits)?;
    let envelope = document.root_element();
    if !find::is(envelope, SOAP, "Envelope") {
        return Err(SoapReadError::NotSoap);
    }
    let body = find::children(envelope, SOAP, "Body").next().ok_or(SoapReadError::NotSoap)?;
    Ok(find::children(body, SOAP, "Fault").next().map(fault))
}

fn fault(node: Node<'_, '_>) -> Fault {
    let text = |name: &str| {
        let child = node.children().find(|c| c.is_element() && c.tag_name().name() == name)?;
        Some(deep_text(child))
    };
    Fault {
        code: FaultCode::received(&text("faultcode").unwrap_or_default()),
        message: text("faultstring").unwrap_or_default(),
        detail: text("detail").unwrap_or_default(),
        actor: text("faultactor"),
    }
}

fn deep_text(node: Node<'_, '_>) -> String {
    let all: String = node.descendants().filter(|n| n.is_text()).filter_map(|n| n.text()).collect();
    all.trim().chars().take(TEXT_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::fault::{Kind, Origin};

    #[test]
    fn faults_round_trip() -> Result<(), SoapReadError> {
        let mut fault = Fault::new(FaultCode::new(Origin::ServerProxy, &[Kind::AccessDenied]), "a < b & \"c\"");
        fault.actor = Some("VN/GOV/MPS".into());
        let soap = fault.to_soap(Dialect::Snake);
        assert_eq!(read_fault(soap.as_bytes(), &XmlLimits::SMALL)?, Some(fault));
        Ok(())
    }

    #[test]
    fn messages_and_other_xml_are_no_faults() {
        let message = format!("<e:Envelope xmlns:e='{SOAP}'><e:Body><x/></e:Body></e:Envelope>");
        assert_eq!(read_fault(message.as_bytes(), &XmlLimits::SMALL), Ok(None));
        assert_eq!(read_fault(b"<x/>", &XmlLimits::SMALL), Err(SoapReadError::NotSoap));
        assert!(matches!(
            read_fault(b"<!DOCTYPE x [<!ENTITY a 'b'>]><x/>", &XmlLimits::SMALL),
            Err(SoapReadError::Xml(_))
        ));
    }
}
