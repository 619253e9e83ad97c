//! Levels above B: time-stamps and validation material in `etsiU`. A compact JWS becomes flattened JSON, which alone has
//! room for them; what was signed stays as it is.

use super::content::{self, Content};
use super::json::{Json, quote};
use super::jws::{self, Jws};
use super::make::{component, refuse};
use super::stamps::archived;
use super::unsigned::{Component, Values, components};
use crate::facts::{Level, Signature};
use crate::making::{MakeError, Material, Selection, Services};
use crate::read::{ReadError, Reading};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mekong_crypto::DigestAlgorithm;
use mekong_pki::Certificate;

/// Adds a time-stamp over the signature value (level T).
///
/// # Errors
/// [`MakeError::Document`] if it is no JAdES signature, [`MakeError::Level`] below B, [`MakeError::Service`].
pub fn add_timestamp(document: &[u8], selection: &Selection, services: &dyn Services) -> Result<Vec<u8>, MakeError> {
    each(document, &Reading::default(), selection, Level::T, |target| {
        let algorithm = target.algorithm();
        let token = services.timestamp(algorithm, algorithm.digest(target.jws.signature.as_bytes()).as_ref())?;
        Ok(vec![time_stamp("sigTst", &token)])
    })
}

/// Adds certificates and revocation data for signer and time-stamps (level LT).
///
/// # Errors
/// As [`add_timestamp`]; [`MakeError::Level`] if there is no time-stamp yet.
pub fn add_material(document: &[u8], selection: &Selection, services: &dyn Services) -> Result<Vec<u8>, MakeError> {
    each(document, &Reading::default(), selection, Level::Lt, |target| {
        let is_first = !target.unsigned.iter().any(|c| matches!(c.name.as_str(), "xVals" | "rVals"));
        let material = services.material(&target.certificates())?;
        Ok(target.values(&material, is_first))
    })
}

/// Adds an archive time-stamp (level LTA), or renews by another one with the material of those before.
///
/// `reading` gives detached content, which is stamped too.
///
/// # Errors
/// As [`add_timestamp`]; [`MakeError::Level`] if there is no material yet; [`MakeError::Document`] if detached content was
/// not given.
pub fn add_archive_timestamp(
    document: &[u8],
    reading: &Reading<'_>,
    selection: &Selection,
    services: &dyn Services,
) -> Result<Vec<u8>, MakeError> {
    each(document, reading, selection, Level::Lta, |target| {
        let mut added = Vec::new();
        if target.signature.level == Level::Lta {
            let material = services.material(&target.certificates())?;
            added.extend(target.values(&material, false));
        }
        let stamped = target.content.stamped.as_ref();
        let missing = || refuse(target.signature.id.as_str(), "the detached content is not at hand");
        let algorithm = target.algorithm();
        let mut hasher = archived(stamped.ok_or_else(missing)?, target.jws, algorithm).map_err(unreadable)?;
        for component in target.unsigned {
            hasher.update(component.encoded.as_deref().unwrap_or_default().as_bytes());
        }
        added.iter().filter_map(Json::text).for_each(|text| hasher.update(text.as_bytes()));
        let token = services.timestamp(algorithm, hasher.finish().as_ref())?;
        added.push(time_stamp("arcTst", &token));
        Ok(added)
    })
}

/// A signature that is being augmented.
struct Target<'a> {
    jws: &'a Jws,
    signature: &'a Signature,
    content: &'a Content<'a>,
    unsigned: &'a [Component],
}

impl Target<'_> {
    /// The digest of new time-stamps: that of the signature, never less than SHA-256.
    fn algorithm(&self) -> DigestAlgorithm {
        let own = self.signature.value.algorithm.as_ref().ok().and_then(|a| a.digest());
        own.filter(|d| d.output_len() >= 32).unwrap_or(DigestAlgorithm::Sha256)
    }

    /// The certificates for which material is wanted: the signer's with its chain, and those of all time-stamps.
    fn certificates(&self) -> Vec<Certificate> {
        let mut found: Vec<Certificate> = Vec::new();
        let stamps = self.signature.timestamps.iter().flat_map(|t| &t.certificates);
        for certificate in self.signature.certificates.iter().chain(stamps) {
            if !found.iter().any(|c| c.der() == certificate.der()) {
                found.push(certificate.clone());
            }
        }
        found
    }

    /// Components for the material that is not there yet.
    fn values(&self, material: &Material, is_first: bool) -> Vec<Json> {
        let there: Vec<Values> = self.unsigned.iter().map(|c| Values::read(c, &mut Vec::new())).collect();
        let known = &self.signature.certificates;
        let certificates = material.certificates.iter().filter(|c| !known.iter().any(|k| k.der() == c.der()));
        let certificates: Vec<String> = certificates.map(|c| format!("{{\"x509Cert\":{}}}", object(c.der()))).collect();
        let has = |bytes: &[u8]| there.iter().any(|v| v.crls.iter().chain(&v.ocsps).any(|known| **known == *bytes));
        let list = |all: &[Vec<u8>]| -> Vec<String> { all.iter().filter(|b| !has(b)).map(|b| object(b)).collect() };
        let (crls, ocsps) = (list(&material.crls), list(&material.ocsps));
        let mut revocations = Vec::new();
        if !crls.is_empty() {
            revocations.push(format!("\"crlVals\":[{}]", crls.join(",")));
        }
        if !ocsps.is_empty() {
            revocations.push(format!("\"ocspVals\":[{}]", ocsps.join(",")));
        }
        let certificates = (!certificates.is_empty()).then(|| format!("[{}]", certificates.join(",")));
        let revocations = (!revocations.is_empty()).then(|| format!("{{{}}}", revocations.join(",")));
        if is_first {
            let certificates = certificates.map(|c| component("xVals", &c));
            return certificates.into_iter().chain(revocations.map(|r| component("rVals", &r))).collect();
        }
        let members = [certificates.map(|c| format!("\"xVals\":{c}")), revocations.map(|r| format!("\"rVals\":{r}"))];
        let members: Vec<String> = members.into_iter().flatten().collect();
        if members.is_empty() { Vec::new() } else { vec![component("tstVD", &format!("{{{}}}", members.join(",")))] }
    }
}

fn object(der: &[u8]) -> String {
    format!("{{\"val\":{}}}", quote(&STANDARD.encode(der)))
}

fn time_stamp(name: &str, token: &[u8]) -> Json {
    component(name, &format!("{{\"tstTokens\":[{}]}}", object(token)))
}

fn unreadable(error: ReadError) -> MakeError {
    refuse("JWS", error.to_string())
}

/// A document as JSON, and its signatures.
pub(super) fn parsed(document: &[u8]) -> Result<(Json, Vec<Jws>), MakeError> {
    let text = std::str::from_utf8(document).map_err(|e| refuse("JWS", e.to_string()))?;
    let signatures = jws::parse(text).map_err(|e| refuse("JWS", e))?;
    if text.trim_ascii().starts_with('{') {
        return Ok((Json::parse(text.trim_ascii().as_bytes()).map_err(|e| refuse("JWS", e))?, signatures));
    }
    let member = |name: &str, value: &str| (name.to_owned(), Json::String(value.to_owned()));
    let mut members = Vec::new();
    for jws in &signatures {
        members.extend(jws.payload.as_deref().map(|p| member("payload", p)));
        members.push(member("protected", &jws.protected));
        members.push(member("signature", &jws.signature));
    }
    Ok((Json::Object(members), signatures))
}

/// The document in the general form with one more signature.
pub(super) fn with_signature(document: &Json, signature: Vec<(String, Json)>) -> Json {
    let mut signatures = match document.get("signatures") {
        Some(Json::Array(elements)) => elements.clone(),
        _ => {
            let own = document.members().iter().filter(|(name, _)| name != "payload").cloned();
            vec![Json::Object(own.collect())]
        }
    };
    signatures.push(Json::Object(signature));
    let payload = document.members().iter().filter(|(name, _)| name == "payload").cloned();
    Json::Object(payload.chain([("signatures".to_owned(), Json::Array(signatures))]).collect())
}

/// Appends to `etsiU` of each selected signature what `make` gives for it.
fn each(
    document: &[u8],
    reading: &Reading<'_>,
    selection: &Selection,
    wanted: Level,
    make: impl Fn(&Target<'_>) -> Result<Vec<Json>, MakeError>,
) -> Result<Vec<u8>, MakeError> {
    let (mut root, jws) = parsed(document)?;
    let facts = super::read(&document, reading).map_err(unreadable)?;
    let top: Vec<&Signature> = facts.signatures.iter().filter(|s| s.countersigns.is_none()).collect();
    let mut count = 0;
    for (n, (jws, signature)) in jws.iter().zip(top).enumerate().filter(|(_, (_, s))| selection.takes(&s.id)) {
        check(signature, wanted)?;
        let unsigned = components(jws, &mut Vec::new(), &mut Vec::new());
        if unsigned.iter().any(|c| c.encoded.is_none()) {
            return Err(refuse(
                signature.id.as_str(),
                "its unsigned properties are in the clear form, which is only read",
            ));
        }
        let content = content::of(jws, &reading.detached).map_err(|e| refuse("payload", e.to_string()))?;
        let added = make(&Target { jws, signature, content: &content, unsigned: &unsigned })?;
        append(&mut root, n, added);
        count += 1;
    }
    if count == 0 {
        return Err(refuse("JWS", "none of the wanted signatures is in it"));
    }
    Ok(root.compact().into_bytes())
}

fn check(signature: &Signature, wanted: Level) -> Result<(), MakeError> {
    if let Some(fault) = signature.faults.first() {
        return Err(refuse(format!("{}, {}", signature.id, fault.place), fault.what.as_str()));
    }
    let least = match wanted {
        Level::Lta => Level::Lt,
        Level::Lt => Level::T,
        _ => Level::B,
    };
    let found = signature.level;
    // A signature whose issuer keeps no revocation data and whose chain is in the header has nothing to add for LT.
    if found >= least || (wanted == Level::Lta && found == Level::T) {
        return Ok(());
    }
    Err(MakeError::Level { wanted, found })
}

fn append(root: &mut Json, n: usize, added: Vec<Json>) {
    let Json::Object(members) = root else { return };
    match members.iter_mut().find(|(name, _)| name == "signatures") {
        Some((_, Json::Array(elements))) => {
            if let Some(Json::Object(members)) = elements.get_mut(n) {
                append_to(members, added);
            }
        }
        _ => append_to(members, added),
    }
}

fn append_to(members: &mut Vec<(String, Json)>, added: Vec<Json>) {
    if added.is_empty() {
        return;
    }
    if !members.iter().any(|(name, _)| name == "header") {
        members.push(("header".to_owned(), Json::Object(Vec::new())));
    }
    for (_, header) in members.iter_mut().filter(|(name, _)| name == "header") {
        let Json::Object(header) = header else { continue };
        match header.iter_mut().find(|(name, _)| name == "etsiU") {
            Some((_, Json::Array(components))) => components.extend(added),
            _ => header.push(("etsiU".to_owned(), Json::Array(added))),
        }
        return;
    }
}
