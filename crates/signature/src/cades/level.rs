//! What the structure of a signature amounts to (EN 319 122-1 §6, EN 319 122-2 for the older levels).

use super::material::Material;
use super::signed::Signed;
use crate::facts::{Level, Timestamp, TimestampKind};
use mekong_pki::Certificate;
use mekong_pki::cms::{SignerInfo, oid};

/// The level of a signature with these parts; `material` is that of the signed data, not of its time-stamps.
pub(super) fn of(
    signer: &SignerInfo<'_>,
    signed: &Signed<'_>,
    material: &Material,
    timestamps: &[Timestamp],
    pdf: bool,
) -> Level {
    if signed.references.is_empty() {
        return Level::NotAdes;
    }
    let has = |kind: TimestampKind| timestamps.iter().any(|t| t.kind == kind);
    let has_evidence_record = [oid::EVIDENCE_RECORD_INTERNAL, oid::EVIDENCE_RECORD_EXTERNAL]
        .into_iter()
        .any(|id| signer.unsigned_attributes(id).next().is_some());
    if has(TimestampKind::Archive) || has_evidence_record {
        return Level::Lta;
    }
    let references = signer.unsigned_attributes(oid::CERTIFICATE_REFERENCES).next().is_some()
        && signer.unsigned_attributes(oid::REVOCATION_REFERENCES).next().is_some();
    let is_signer = |c: &Certificate| signer.id.matches(c);
    let is_baseline = signed.content_type.is_some()
        && signed.message_digest.is_some()
        && (pdf || signed.time.is_some())
        && material.certificates.iter().any(is_signer);
    match has(TimestampKind::Signature) {
        true if material.has_revocation() => Level::Lt,
        true if references => Level::C,
        true => Level::T,
        false if is_baseline => Level::B,
        false => Level::Bes,
    }
}
