//! What the structure of a signature amounts to.

use super::signature::Parts;
use crate::facts::{Level, Signature, TimestampKind};
use crate::xades::names;
use mekong_xml::dsig::examine::Pointer;
use mekong_xml::roxmltree;
use std::collections::HashSet;

/// Properties that hold material for validation.
const VALUES: [&str; 3] = ["RevocationValues", "TimeStampValidationData", "AnyValidationData"];
/// Most nodes of one of them that are looked at.
const NODES_MAX: usize = 10_000;

/// The level (EN 319 132-1 §6, legacy forms of TS 101 903 §4.4).
pub(super) fn of(parts: &Parts<'_, '_>, signature: &Signature) -> Level {
    if parts.signed.is_none() || signature.certificate_references.is_empty() {
        return Level::NotAdes;
    }
    let has = |kind| signature.timestamps.iter().any(|t| t.kind == kind);
    let holds = |wanted: &[&str]| parts.unsigned_properties().any(|p| wanted.contains(&names::local(p)));
    if has(TimestampKind::Archive) {
        return Level::Lta;
    }
    // Certificates alone do not make a signature verifiable later (EN 319 132-1 §6.3).
    let answers = |node: roxmltree::Node<'_, '_>| {
        let mut inside = node.descendants().take(NODES_MAX);
        inside.any(|n| names::is(n, "EncapsulatedOCSPValue") || names::is(n, "EncapsulatedCRLValue"))
    };
    let values = parts.unsigned_properties().any(|p| VALUES.contains(&names::local(p)) && answers(p));
    match (has(TimestampKind::Signature), values) {
        (true, true) => Level::Lt,
        (true, false) if holds(&["CompleteCertificateRefs", "CompleteCertificateRefsV2"]) => Level::C,
        (true, false) => Level::T,
        (false, _) if is_baseline(parts) => Level::B,
        (false, _) => Level::Bes,
    }
}

/// Signing time, and the format of every data object (EN 319 132-1 §6.3).
fn is_baseline(parts: &Parts<'_, '_>) -> bool {
    let formats = parts.data_properties().filter(|p| names::is(*p, "DataObjectFormat"));
    let described: HashSet<&str> =
        formats.filter_map(|f| f.attribute("ObjectReference")).map(|r| r.trim_start_matches('#')).collect();
    let needs = |pointer: &&Pointer<'_, '_>| {
        !pointer.kind.is_some_and(|kind| names::means_signed_properties(kind) || kind == names::COUNTERSIGNED)
    };
    let is_described = |pointer: &Pointer<'_, '_>| pointer.id.is_some_and(|id| described.contains(id));
    parts.signed_property("SigningTime").is_some() && parts.form.references.iter().filter(needs).all(is_described)
}
