//! The three written forms of a JWS (RFC 7515 §7): compact, flattened JSON, general JSON.

use super::json::Json;
use crate::facts::{Fault, Finding, Weight};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Signatures in one document, counter-signatures included.
pub(super) const SIGNATURES_MAX: usize = 64;

/// One signature as it is written.
#[derive(Debug, Clone)]
pub(super) struct Jws {
    /// The protected header, base64url as it stands.
    pub(super) protected: String,
    /// The protected header, read; `Null` with a fault if it cannot be.
    pub(super) header: Json,
    /// The payload as it stands; `None` if it is detached.
    pub(super) payload: Option<String>,
    /// The signature value, base64url as it stands.
    pub(super) signature: String,
    /// The unprotected header.
    pub(super) unprotected: Option<Json>,
    pub(super) faults: Vec<Fault>,
    pub(super) findings: Vec<Finding>,
}

impl Jws {
    /// Whether the payload is base64url-encoded in the signing input (RFC 7797 §3).
    pub(super) fn is_encoded(&self) -> bool {
        self.header.get("b64") != Some(&Json::Bool(false))
    }

    fn new(protected: &str, payload: Option<&str>, signature: &str) -> Self {
        let mut faults = Vec::new();
        let header = decode(protected)
            .and_then(|bytes| Json::parse(&bytes))
            .and_then(|json| if matches!(json, Json::Object(_)) { Ok(json) } else { Err("it is no object".into()) })
            .unwrap_or_else(|what| {
                faults.push(Fault::new("protected", what));
                Json::Null
            });
        Self {
            protected: protected.to_owned(),
            header,
            payload: payload.filter(|p| !p.is_empty()).map(str::to_owned),
            signature: signature.to_owned(),
            unprotected: None,
            faults,
            findings: Vec::new(),
        }
    }
}

/// Decodes base64url without padding.
pub(super) fn decode(text: &str) -> Result<Vec<u8>, String> {
    URL_SAFE_NO_PAD.decode(text).map_err(|e| format!("not base64url: {e}"))
}

/// Encodes base64url without padding.
pub(super) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Whether a text looks like a JWS: two dots between base64url, or an object with a signature.
pub(super) fn looks_like(text: &str) -> bool {
    let trimmed = text.trim_ascii();
    if trimmed.starts_with('{') {
        return trimmed.contains("\"signature") && trimmed.contains("\"protected\"");
    }
    // The header of a compact JWS starts with `{"` in base64url.
    trimmed.starts_with("ey") && compact_parts(trimmed).is_some()
}

fn compact_parts(text: &str) -> Option<(&str, &str, &str)> {
    let is_base64url = |s: &str| s.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    let (protected, rest) = text.split_once('.')?;
    let (payload, signature) = rest.rsplit_once('.')?;
    // An unencoded payload may hold anything but a dot (RFC 7797 §5.2).
    (is_base64url(protected) && is_base64url(signature) && !payload.contains('.'))
        .then_some((protected, payload, signature))
}

/// Reads a document; the signatures in order.
pub(super) fn parse(text: &str) -> Result<Vec<Jws>, String> {
    let trimmed = text.trim_ascii();
    if trimmed.starts_with('{') {
        return from_json(&Json::parse(trimmed.as_bytes())?);
    }
    let (protected, payload, signature) =
        compact_parts(trimmed).ok_or("it is neither JSON nor three base64url parts with dots between")?;
    let mut jws = Jws::new(protected, Some(payload), signature);
    if trimmed.len() != text.len() {
        let text = "white space around the compact form";
        jws.findings.push(Finding::new(Weight::Information, "surrounding_space", text));
    }
    Ok(vec![jws])
}

/// Reads the JSON forms; also a counter-signature inside another signature.
pub(super) fn from_json(document: &Json) -> Result<Vec<Jws>, String> {
    let flattened = document.get("signature").is_some();
    let general = document.get("signatures");
    let elements = match (flattened, general) {
        (true, None) => std::slice::from_ref(document),
        (false, Some(Json::Array(elements))) if !elements.is_empty() => elements.as_slice(),
        (false, Some(Json::Array(_))) => return Err("the array of signatures is empty".into()),
        (false, Some(_)) => return Err("signatures is no array".into()),
        (true, Some(_)) => return Err("signature and signatures exclude each other".into()),
        (false, None) => return Err("there is neither signature nor signatures".into()),
    };
    if elements.len() > SIGNATURES_MAX {
        return Err(format!("{} signatures, at most {SIGNATURES_MAX} are read", elements.len()));
    }
    let mut found = Vec::with_capacity(elements.len());
    for element in elements {
        let mut jws = one(element)?;
        match document.get("payload") {
            None => {}
            Some(Json::String(payload)) => jws.payload = Some(payload.clone()).filter(|p| !p.is_empty()),
            Some(_) => jws.faults.push(Fault::new("payload", "it is no string")),
        }
        extra(document, &["payload", "signatures", "protected", "header", "signature"], &mut jws);
        if !flattened {
            extra(element, &["protected", "header", "signature"], &mut jws);
        }
        found.push(jws);
    }
    Ok(found)
}

fn one(element: &Json) -> Result<Jws, String> {
    let signature = element.text_of("signature").ok_or("a signature has no string named signature")?;
    let protected = element.text_of("protected").ok_or("a signature has no string named protected")?;
    let mut jws = Jws::new(protected, None, signature);
    match element.get("header") {
        None => {}
        Some(header @ Json::Object(members)) => {
            let twice = members.iter().find(|(name, _)| jws.header.get(name).is_some());
            if let Some((name, _)) = twice {
                jws.faults.push(Fault::new("header", format!("{name} stands in the protected header too")));
            }
            jws.unprotected = Some(header.clone());
        }
        Some(_) => jws.faults.push(Fault::new("header", "it is no object")),
    }
    Ok(jws)
}

fn extra(object: &Json, known: &[&str], jws: &mut Jws) {
    let unknown = object.members().iter().filter(|(name, _)| !known.contains(&name.as_str()));
    for (name, _) in unknown.take(8) {
        let text = format!("member {:?} means nothing in a JWS and is not signed", shorten(name));
        jws.findings.push(Finding::new(Weight::Warning, "unknown_member", text));
    }
}

/// At most 100 characters, for messages.
pub(super) fn shorten(text: &str) -> String {
    text.chars().take(100).collect()
}
