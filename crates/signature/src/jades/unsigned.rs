//! The unsigned properties in `etsiU` (TS 119 182-1 §5.3): components in order, each base64url or each in the clear.

use super::json::Json;
use super::jws::{self, Jws, shorten};
use crate::facts::{Fault, Finding, Weight};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mekong_pki::Certificate;
use std::sync::Arc;

const COMPONENTS_MAX: usize = 256;
/// Certificates, CRLs or OCSP responses in one component.
const OBJECTS_MAX: usize = 1_000;

/// One unsigned property.
#[derive(Debug, Clone)]
pub(super) struct Component {
    pub(super) name: String,
    pub(super) value: Json,
    /// The base64url text as it stands; `None` in the clear form.
    pub(super) encoded: Option<String>,
}

impl Component {
    /// The octets that enter a message imprint, by the way in which clear JSON may be written.
    pub(super) fn octets(&self, form: Form) -> Vec<u8> {
        if let Some(text) = &self.encoded {
            return text.clone().into_bytes();
        }
        let object = Json::Object(vec![(self.name.clone(), self.value.clone())]);
        match form {
            Form::Compact => object.compact().into_bytes(),
            Form::Canonical => object.canonical().into_bytes(),
            Form::ValueWithSlashes => self.value.compact().replace('/', "\\/").into_bytes(),
        }
    }
}

/// Ways to write clear components. The standard leaves the canonicalisation open; an imprint over any of these covers the
/// same values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Members in their order, no white space.
    Compact,
    /// RFC 8785.
    Canonical,
    /// As the Java implementation of the European Commission writes them: the value alone, `/` escaped.
    ValueWithSlashes,
}

pub(super) const FORMS: [Form; 3] = [Form::Compact, Form::Canonical, Form::ValueWithSlashes];

/// The components of a signature.
pub(super) fn components(jws: &Jws, faults: &mut Vec<Fault>, findings: &mut Vec<Finding>) -> Vec<Component> {
    let Some(unprotected) = &jws.unprotected else { return Vec::new() };
    for (name, _) in unprotected.members().iter().filter(|(name, _)| name != "etsiU").take(8) {
        let text = format!("unprotected header {:?} is not signed and not used", shorten(name));
        findings.push(Finding::new(Weight::Warning, "header_ignored", text));
    }
    let elements = match unprotected.get("etsiU") {
        None => return Vec::new(),
        Some(Json::Array(elements)) if !elements.is_empty() && elements.len() <= COMPONENTS_MAX => elements,
        Some(_) => {
            faults.push(Fault::new("etsiU", format!("it is no array of 1 to {COMPONENTS_MAX} elements")));
            return Vec::new();
        }
    };
    let clear = elements.iter().filter(|e| matches!(e, Json::Object(_))).count();
    if clear != 0 && clear != elements.len() {
        faults.push(Fault::new("etsiU", "some components are base64url-encoded and some are not"));
    }
    let mut found = Vec::with_capacity(elements.len());
    for (n, element) in elements.iter().enumerate() {
        match component(element) {
            Ok(component) => found.push(component),
            Err(what) => faults.push(Fault::new(format!("etsiU[{n}]"), what)),
        }
    }
    found
}

fn component(element: &Json) -> Result<Component, String> {
    let (object, encoded) = match element {
        Json::String(text) => (Json::parse(&jws::decode(text)?)?, Some(text.clone())),
        other => (other.clone(), None),
    };
    match object {
        Json::Object(members) => match <[(String, Json); 1]>::try_from(members) {
            Ok([(name, value)]) => Ok(Component { name, value, encoded }),
            Err(members) => Err(format!("it has {} members instead of one", members.len())),
        },
        _ => Err("it is no object".into()),
    }
}

/// Certificates and revocation data in one component.
#[derive(Debug, Default)]
pub(super) struct Values {
    pub(super) certificates: Vec<Certificate>,
    pub(super) crls: Vec<Arc<[u8]>>,
    pub(super) ocsps: Vec<Arc<[u8]>>,
}

impl Values {
    pub(super) fn is_empty(&self) -> bool {
        self.certificates.is_empty() && self.crls.is_empty() && self.ocsps.is_empty()
    }

    /// What a component holds: `xVals`, `axVals`, `rVals`, `arVals`, or both in `tstVD` and `anyValData`.
    pub(super) fn read(component: &Component, findings: &mut Vec<Finding>) -> Self {
        let mut values = Self::default();
        match component.name.as_str() {
            "xVals" | "axVals" => values.add_certificates(&component.value, findings),
            "rVals" | "arVals" => values.add_revocations(&component.value, findings),
            "tstVD" | "anyValData" => {
                if let Some(list) = component.value.get("xVals") {
                    values.add_certificates(list, findings);
                }
                if let Some(list) = component.value.get("rVals") {
                    values.add_revocations(list, findings);
                }
            }
            _ => {}
        }
        values
    }

    fn add_certificates(&mut self, list: &Json, findings: &mut Vec<Finding>) {
        for item in list.elements().iter().take(OBJECTS_MAX) {
            let read = match item.get("x509Cert") {
                Some(object) => der(object).and_then(|d| Certificate::from_der(&d).map_err(|e| e.to_string())),
                None => Err("a certificate of a form that is not X.509".into()),
            };
            match read {
                Ok(certificate) => self.certificates.push(certificate),
                Err(what) => findings.push(Finding::new(Weight::Warning, "unreadable_certificate", what)),
            }
        }
    }

    fn add_revocations(&mut self, value: &Json, findings: &mut Vec<Finding>) {
        for (name, into) in [("crlVals", &mut self.crls), ("ocspVals", &mut self.ocsps)] {
            for object in value.get(name).map(Json::elements).unwrap_or_default().iter().take(OBJECTS_MAX) {
                match der(object) {
                    Ok(bytes) => into.push(bytes.into()),
                    Err(what) => findings.push(Finding::new(Weight::Warning, "unreadable_revocation_data", what)),
                }
            }
        }
    }
}

/// The DER in a `pkiOb` object (TS 119 182-1 §5.4.1).
pub(super) fn der(object: &Json) -> Result<Vec<u8>, String> {
    if let Some(encoding) = object.text_of("encoding").filter(|e| *e != "http://uri.etsi.org/01903/v1.2.2#DER") {
        return Err(format!("encoding {:?} is not supported", shorten(encoding)));
    }
    STANDARD.decode(object.text_of("val").ok_or("val is missing")?).map_err(|e| format!("val is not base64: {e}"))
}
