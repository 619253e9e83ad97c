//! What the signer says beside: time, place, roles, commitments, formats of data.

use super::signature::Parts;
use crate::facts::{Fault, Finding, Signature, Weight};
use crate::xades::names;
use mekong_base::Instant;
use mekong_xml::find;
use mekong_xml::roxmltree::Node;

/// Claims of one signature.
const CLAIMS_MAX: usize = 1_000;
/// Characters of one claim.
const CLAIM_CHARS_MAX: usize = 2_000;

pub(super) fn read(parts: &Parts<'_, '_>, signature: &mut Signature) {
    if let Some(node) = parts.signed_property("SigningTime") {
        signing_time(node, signature);
    }
    for name in ["SignatureProductionPlaceV2", "SignatureProductionPlace"] {
        if let Some(place) = parts.signed_property(name).map(place).filter(|p| !p.is_empty()) {
            signature.claims.push(("place".into(), place));
        }
    }
    for name in ["SignerRoleV2", "SignerRole"] {
        if let Some(node) = parts.signed_property(name) {
            roles(node, signature);
        }
    }
    for property in parts.data_properties().take(CLAIMS_MAX) {
        match names::local(property) {
            "CommitmentTypeIndication" => {
                let id = names::descend(property, &["CommitmentTypeId", "Identifier"]);
                push(signature, "commitment", id.map(|node| without_urn(&text(node)).to_owned()));
            }
            "DataObjectFormat" => data_format(property, signature),
            _ => {}
        }
    }
}

/// `xsd:dateTime`; one without a zone is read as UTC.
fn signing_time(node: Node<'_, '_>, signature: &mut Signature) {
    let text = text(node);
    if let Ok(time) = text.parse::<Instant>() {
        signature.claimed_time = Some(time);
    } else if let Ok(time) = format!("{text}Z").parse::<Instant>() {
        signature.claimed_time = Some(time);
        let what = format!("the signing time {text} has no zone and is read as UTC");
        signature.findings.push(Finding::new(Weight::Information, "signing_time_without_zone", what));
    } else {
        signature.faults.push(Fault::new(find::path(node), format!("{text:?} is no time")));
    }
}

fn place(node: Node<'_, '_>) -> String {
    let parts = ["StreetAddress", "City", "StateOrProvince", "PostalCode", "CountryName"];
    let known = parts.iter().filter_map(|name| names::child(node, name)).map(text).filter(|t| !t.is_empty());
    known.collect::<Vec<_>>().join(", ")
}

fn roles(node: Node<'_, '_>, signature: &mut Signature) {
    let claimed = names::child(node, "ClaimedRoles").into_iter().flat_map(|r| names::children(r, "ClaimedRole"));
    for role in claimed.take(CLAIMS_MAX) {
        push(signature, "role", Some(all_text(role)));
    }
    let certified = ["CertifiedRoles", "CertifiedRolesV2"].iter().filter_map(|name| names::child(node, name));
    let count = certified.flat_map(|r| r.children().filter(Node::is_element)).count();
    let signed = names::child(node, "SignedAssertions").map_or(0, |s| names::children(s, "SignedAssertion").count());
    if count + signed > 0 {
        let what = format!("{count} certified roles and {signed} signed assertions are not evaluated");
        signature.findings.push(Finding::new(Weight::Information, "certified_roles", what));
    }
}

fn data_format(property: Node<'_, '_>, signature: &mut Signature) {
    let about = property.attribute("ObjectReference").unwrap_or_default();
    let mime = names::child(property, "MimeType").map(text).unwrap_or_default();
    if !mime.is_empty() {
        push(signature, "data format", Some(format!("{about} {mime}").trim().to_owned()));
    }
    if let Some(description) = names::child(property, "Description").map(text).filter(|t| !t.is_empty()) {
        push(signature, "data description", Some(format!("{about} {description}").trim().to_owned()));
    }
}

fn push(signature: &mut Signature, name: &str, value: Option<String>) {
    if let Some(value) = value.filter(|v| !v.is_empty() && signature.claims.len() < CLAIMS_MAX) {
        signature.claims.push((name.into(), value.chars().take(CLAIM_CHARS_MAX).collect()));
    }
}

/// The text of an element without white space around.
pub(super) fn text(node: Node<'_, '_>) -> String {
    names::text(node).trim().to_owned()
}

/// The texts in an element that may hold elements.
fn all_text(node: Node<'_, '_>) -> String {
    let texts: Vec<&str> = node.descendants().filter(Node::is_text).filter_map(|n| n.text()).map(str::trim).collect();
    texts.into_iter().filter(|t| !t.is_empty()).collect::<Vec<_>>().join(" ")
}

/// An OID without the `urn:oid:` before it.
pub(super) fn without_urn(identifier: &str) -> &str {
    match identifier.get(..8) {
        Some(urn) if urn.eq_ignore_ascii_case("urn:oid:") => identifier.get(8..).unwrap_or_default(),
        _ => identifier,
    }
}
