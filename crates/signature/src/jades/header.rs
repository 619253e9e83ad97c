//! The protected header: what the signer says, and the rules for it (RFC 7515 §4, TS 119 182-1 §5.1 and §5.2).

use super::algorithm::{by_name, digest_by_name};
use super::json::Json;
use super::jws::{self, Jws, shorten};
use crate::facts::{CertificateReference, Fault, Finding, PolicyReference, Weight};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mekong_base::Instant;
use mekong_crypto::{DigestAlgorithm, SignatureAlgorithm};
use mekong_pki::Certificate;
use mekong_pki::tlv::{self, Walker};

/// Header parameters of JAdES and RFC 7797 that are understood and may be critical.
const UNDERSTOOD: [&str; 13] =
    ["sigT", "x5t#o", "sigX5ts", "srCms", "sigPl", "srAts", "adoTst", "sigPId", "sigD", "iat", "exp", "b64", "etsiU"];
/// Header parameters that `crit` must not name: everybody understands them (RFC 7515 §4.1.11).
const COMMON: [&str; 11] = ["alg", "jku", "jwk", "kid", "x5u", "x5c", "x5t", "x5t#S256", "typ", "cty", "crit"];
/// From 2025-07-15 on, `iat` takes the place of `sigT`.
const IAT_SINCE: i64 = 1_752_537_600;
const CERTIFICATES_MAX: usize = 100;

/// What the protected header says.
pub(super) struct Header {
    pub(super) algorithm: Result<SignatureAlgorithm, String>,
    pub(super) references: Vec<CertificateReference>,
    pub(super) hint: Option<CertificateReference>,
    pub(super) certificates: Vec<Certificate>,
    pub(super) claimed_time: Option<Instant>,
    pub(super) policy: Option<PolicyReference>,
    pub(super) claims: Vec<(String, String)>,
    pub(super) faults: Vec<Fault>,
    pub(super) findings: Vec<Finding>,
    /// Why it is not of the baseline profile; `None` if it is.
    pub(super) not_baseline: Option<String>,
}

/// Reads the protected header of a signature.
pub(super) fn read(jws: &Jws, is_counter_signature: bool) -> Header {
    let json = &jws.header;
    let mut faults = Vec::new();
    let mut findings = Vec::new();
    let algorithm = match json.text_of("alg") {
        Some(name) => by_name(name).ok_or_else(|| shorten(name)),
        None => Err("none is named".to_owned()),
    };
    check_critical(jws, &mut faults);
    let certificates = certificates(json, &mut faults);
    let references = references(json, &mut faults);
    let claimed_time = signing_time(json, &mut faults);
    for name in ["jwk", "jku", "x5u"].into_iter().filter(|name| json.get(name).is_some()) {
        let text = format!("{name} is not used: keys and certificates are never fetched");
        findings.push(Finding::new(Weight::Information, "header_ignored", text));
    }
    if json.get("etsiU").is_some() {
        faults.push(Fault::new("protected/etsiU", "unsigned properties stand in the protected header"));
    }
    let not_baseline = not_baseline(json, claimed_time, is_counter_signature);
    Header {
        algorithm,
        references,
        hint: json.text_of("kid").and_then(key_identifier),
        certificates,
        claimed_time,
        policy: json.get("sigPId").map(policy),
        claims: claims(json),
        faults,
        findings,
        not_baseline,
    }
}

/// `crit` (RFC 7515 §4.1.11): what is not understood makes the signature unusable.
fn check_critical(jws: &Jws, faults: &mut Vec<Fault>) {
    let mut fault = |what: String| faults.push(Fault::new("crit", what));
    let Some(critical) = jws.header.get("crit") else {
        if jws.header.get("b64").is_some() {
            fault("b64 is present, but not critical (RFC 7797 §6)".into());
        }
        return;
    };
    let Some(names) = critical.texts().filter(|names| !names.is_empty()) else {
        return fault("it is no array of one or more strings".into());
    };
    for (n, name) in names.iter().enumerate() {
        let in_unprotected = jws.unprotected.as_ref().is_some_and(|u| u.get(name).is_some());
        if names.iter().take(n).any(|earlier| earlier == name) {
            return fault(format!("{:?} occurs twice", shorten(name)));
        } else if COMMON.contains(name) {
            fault(format!("{name} must not be named"));
        } else if !UNDERSTOOD.contains(name) {
            fault(format!("{:?} is critical, but not understood", shorten(name)));
        } else if jws.header.get(name).is_none() && !in_unprotected {
            fault(format!("{name} is critical, but not there"));
        }
    }
    if jws.header.get("b64").is_some() && !names.contains(&"b64") {
        fault("b64 is present, but not critical (RFC 7797 §6)".into());
    }
}

fn certificates(json: &Json, faults: &mut Vec<Fault>) -> Vec<Certificate> {
    let Some(chain) = json.get("x5c") else { return Vec::new() };
    let Some(texts) = chain.texts().filter(|t| !t.is_empty() && t.len() <= CERTIFICATES_MAX) else {
        faults.push(Fault::new("x5c", format!("it is no array of 1 to {CERTIFICATES_MAX} strings")));
        return Vec::new();
    };
    let mut found = Vec::new();
    for (n, text) in texts.into_iter().enumerate() {
        let der = STANDARD.decode(text).map_err(|e| e.to_string());
        match der.and_then(|der| Certificate::from_der(&der).map_err(|e| e.to_string())) {
            Ok(certificate) => found.push(certificate),
            Err(what) => faults.push(Fault::new(format!("x5c[{n}]"), what)),
        }
    }
    found
}

fn references(json: &Json, faults: &mut Vec<Fault>) -> Vec<CertificateReference> {
    let mut found = Vec::new();
    let mut add = |place: &str, algorithm: Result<DigestAlgorithm, String>, value: Option<&str>| match (
        algorithm,
        value.map(jws::decode),
    ) {
        (Ok(algorithm), Some(Ok(value))) => {
            found.push(CertificateReference { digest: Some((algorithm, value)), ..CertificateReference::default() });
        }
        (Err(name), _) => {
            found.push(CertificateReference { unsupported_digest: Some(name), ..CertificateReference::default() });
        }
        (_, Some(Err(what))) => faults.push(Fault::new(place, what)),
        (_, None) => faults.push(Fault::new(place, "the digest is missing")),
    };
    if let Some(value) = json.get("x5t#S256") {
        add("x5t#S256", Ok(DigestAlgorithm::Sha256), value.text());
    }
    let mut other = |place: &str, value: &Json| {
        add(place, digest_by_name(value.text_of("digAlg").unwrap_or_default()), value.text_of("digVal"));
    };
    if let Some(value) = json.get("x5t#o") {
        other("x5t#o", value);
    }
    if let Some(values) = json.get("sigX5ts") {
        values.elements().iter().take(CERTIFICATES_MAX).for_each(|value| other("sigX5ts", value));
    }
    found
}

fn signing_time(json: &Json, faults: &mut Vec<Fault>) -> Option<Instant> {
    let issued = json.get("iat").map(|value| match value {
        Json::Number(number) => number.as_i64().or_else(|| whole(number.as_f64()?)).map(Instant::from_unix_seconds),
        _ => None,
    });
    let signed = json.get("sigT").map(|value| value.text().and_then(|text| text.parse::<Instant>().ok()));
    for (name, value) in [("iat", &issued), ("sigT", &signed)] {
        if value == &Some(None) {
            faults.push(Fault::new(name, "it is no time"));
        }
    }
    issued.or(signed).flatten()
}

/// Whole seconds of a number with a fraction, in the range of dates.
fn whole(seconds: f64) -> Option<i64> {
    let in_range = seconds.abs() < 253_402_300_800.0;
    #[expect(clippy::cast_possible_truncation, reason = "the range was checked, the fraction is not wanted")]
    in_range.then_some(seconds as i64)
}

/// Issuer and serial number in a `kid` (TS 119 182-1 §5.1.4: base64 of `IssuerSerial`).
fn key_identifier(kid: &str) -> Option<CertificateReference> {
    let der = STANDARD.decode(kid).ok()?;
    let mut fields = Walker::open(&der, tlv::SEQUENCE, "IssuerSerial").ok()?;
    let mut names = fields.enter(tlv::SEQUENCE, "issuer").ok()?;
    let issuer = names.take(tlv::context(4), "directoryName").ok()?.value.to_vec();
    let serial = fields.take(tlv::INTEGER, "serialNumber").ok()?.value.to_vec();
    Some(CertificateReference { issuer_serial: Some((issuer, serial)), ..CertificateReference::default() })
}

fn policy(json: &Json) -> PolicyReference {
    let digest = || {
        let value = json.get("hashAV").unwrap_or(json);
        let algorithm = digest_by_name(value.text_of("digAlg")?).ok()?;
        Some((algorithm, jws::decode(value.text_of("digVal")?).ok()?))
    };
    let qualifiers = json.get("sigPQuals").map(Json::elements).unwrap_or_default();
    PolicyReference {
        id: json.get("id").and_then(|id| id.text_of("id").or(id.text())).map(object_identifier),
        digest: digest(),
        uri: qualifiers.iter().find_map(|q| q.get("spURI")?.text()).map(str::to_owned),
        matches: None,
    }
}

/// An OID without its URN prefix; any other identifier as it stands.
fn object_identifier(id: &str) -> String {
    shorten(id.strip_prefix("urn:oid:").unwrap_or(id))
}

fn claims(json: &Json) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut add = |name: &str, text: &str| {
        if found.len() < 64 {
            found.push((name.to_owned(), text.chars().take(1000).collect()));
        }
    };
    for commitment in json.get("srCms").map(Json::elements).unwrap_or_default() {
        if let Some(id) = commitment.get("commId").and_then(|id| id.text_of("id")) {
            add("commitment", &object_identifier(id));
        }
    }
    for (name, value) in json.get("sigPl").map(Json::members).unwrap_or_default() {
        if let Some(text) = value.text() {
            add(&format!("place/{}", shorten(name)), text);
        }
    }
    let attributes = json.get("srAts");
    for (member, name) in [("claimed", "role"), ("signedAssertions", "signed assertion")] {
        for values in attributes.and_then(|a| a.get(member)).map(Json::elements).unwrap_or_default() {
            let texts = values.get("qVals").or(values.get("vals")).map(Json::elements).unwrap_or_default();
            texts.iter().filter_map(Json::text).for_each(|text| add(name, text));
        }
    }
    if attributes.is_some_and(|a| a.get("certified").is_some()) {
        add("certified attributes", "present");
    }
    for name in ["cty", "typ"] {
        if let Some(text) = json.text_of(name) {
            add(name, text);
        }
    }
    found
}

/// The first requirement of baseline B (TS 119 182-1 §6.3) that is not met.
fn not_baseline(json: &Json, time: Option<Instant>, is_counter_signature: bool) -> Option<String> {
    let references = ["x5t#S256", "x5t#o", "sigX5ts"].into_iter().filter(|name| json.get(name).is_some()).count();
    let (issued, signed) = (json.get("iat").is_some(), json.get("sigT").is_some());
    let critical = json.get("crit").and_then(Json::texts).unwrap_or_default();
    if references != 1 {
        return Some(format!("{references} of x5t#S256, x5t#o and sigX5ts are there, one is required"));
    }
    match (issued, signed) {
        (false, false) => return Some("the signing time is missing".into()),
        (true, true) => return Some("iat and sigT exclude each other".into()),
        (false, true) if time.is_some_and(|t| t.unix_seconds() >= IAT_SINCE) => {
            return Some("from 2025-07-15 on the signing time is iat, not sigT".into());
        }
        _ => {}
    }
    if json.get("sigD").is_some() && !critical.contains(&"sigD") {
        return Some("sigD is not critical".into());
    }
    if is_counter_signature && json.get("cty").is_some() {
        return Some("a counter-signature names a content type".into());
    }
    None
}
