//! Evidence records inside a signature (RFC 4998 appendix A, TS 119 122-3): over the signed data as it was before the record
//! came, and over the detached content too if the record is external.

use super::reader::Cms;
use super::timestamps::{Place, Stamp};
use crate::evidence_record::{Form, Object, read_record};
use crate::facts::{DataKind, EvidenceRecord, Fault, Proven, TimestampKind};
use mekong_base::Instant;
use mekong_crypto::DigestAlgorithm;
use mekong_pki::cms::ber::{Element, Elements};
use mekong_pki::cms::{SignerInfo, oid};
use mekong_pki::tlv;
use std::collections::BTreeMap;

/// Most records that are read of one signature.
const RECORDS_MAX: usize = 16;

/// The records of a signer in the order of their first time-stamps; each is told what the earlier ones and the time-stamps
/// carry.
pub(super) fn read<'a>(
    cms: &Cms<'_, 'a>,
    signer: &SignerInfo<'a>,
    id: &str,
    stamps: &[Stamp<'a>],
    carried: &mut BTreeMap<Place, Vec<Proven>>,
) -> Vec<EvidenceRecord> {
    let mut found = places(signer);
    found.sort_by_key(|record| record.time);
    let mut records = Vec::new();
    for record in &found {
        let covered = before(signer, stamps, &found, record.time);
        let mut proves = vec![Proven::Signature(id.to_owned()), cms.proven_data()];
        let content = stamps.iter().filter(|s| s.kind == TimestampKind::Content);
        proves.extend(content.map(|s| Proven::Timestamp(s.id.clone())));
        proves.extend(cms.material.proven());
        let inside = carried.iter().filter(|((attribute, _), _)| covered.contains(attribute));
        proves.extend(inside.flat_map(|(_, proven)| proven.clone()));
        let encoded = without(cms, signer, &covered);
        let digest = |algorithm: DigestAlgorithm, form: Form<'_>| match form {
            Form::AsIs => encoded.as_ref().map(|bytes| algorithm.digest(bytes).as_ref().to_vec()),
            Form::Der => {
                let der = encoded.as_ref().and_then(|bytes| sorted(bytes))?;
                Some(algorithm.digest(&der).as_ref().to_vec())
            }
            Form::Canonical(_) => None,
        };
        let beside = |algorithm: DigestAlgorithm, form: Form<'_>| match form {
            Form::AsIs => cms.digests.digest(algorithm),
            _ => None,
        };
        let object =
            |name: &str, kind, digest, proves| Object { name: name.into(), kind, required: true, digest, proves };
        let mut objects = vec![object(id, DataKind::Other, &digest as _, proves)];
        if record.external {
            let proves = vec![cms.proven_data()];
            objects.push(object(cms.context.name, DataKind::Document, &beside as _, proves));
        }
        let record_id = format!("{id}-evidence-record-{}", records.len() + 1);
        let facts = read_record(record.value.whole, &record_id, &objects);
        let facts = facts.unwrap_or_else(|error| EvidenceRecord {
            id: record_id.clone(),
            file: None,
            xml: false,
            data: Vec::new(),
            timestamps: Vec::new(),
            faults: vec![Fault::new("evidence record", error.to_string())],
            proves: Vec::new(),
        });
        let inside = facts.timestamps.iter().map(|t| Proven::Timestamp(t.id.clone()));
        carried.insert(record.place, [Proven::EvidenceRecord(record_id)].into_iter().chain(inside).collect());
        records.push(facts);
    }
    records
}

/// A record found.
struct Found<'a> {
    place: Place,
    value: Element<'a>,
    external: bool,
    /// The time of its first time-stamp.
    time: Option<Instant>,
}

fn places<'a>(signer: &SignerInfo<'a>) -> Vec<Found<'a>> {
    let mut found = Vec::new();
    for (number, attribute) in signer.unsigned.iter().flat_map(|u| &u.list).enumerate() {
        let external = match attribute.id {
            oid::EVIDENCE_RECORD_INTERNAL => false,
            oid::EVIDENCE_RECORD_EXTERNAL => true,
            _ => continue,
        };
        for (at, value) in attribute.values.iter().enumerate().take(RECORDS_MAX - found.len().min(RECORDS_MAX)) {
            let facts = read_record(value.whole, "", &[]).ok();
            let first = facts.and_then(|facts| facts.timestamps.into_iter().next()?.token.ok());
            let time = first.map(|token| token.info.gen_time);
            found.push(Found { place: (number, at), value: *value, external, time });
        }
    }
    found
}

/// The numbers of the unsigned attributes that were there before a record of that time: all but archive time-stamps and
/// records that are not older.
fn before(signer: &SignerInfo<'_>, stamps: &[Stamp<'_>], records: &[Found<'_>], time: Option<Instant>) -> Vec<usize> {
    let later = |found: Option<Instant>| match (found, time) {
        (Some(found), Some(time)) => found >= time,
        _ => true,
    };
    let attributes = signer.unsigned.as_ref().map_or(0, |u| u.list.len());
    (0..attributes)
        .filter(|number| {
            let mut stamps = stamps.iter().filter(|s| {
                s.kind == TimestampKind::Archive && s.place.is_some_and(|(attribute, _)| attribute == *number)
            });
            let mut records = records.iter().filter(|r| r.place.0 == *number);
            !stamps.any(|s| later(s.time())) && !records.any(|r| later(r.time))
        })
        .collect()
}

/// The signed data with only these unsigned attributes of the signer; none for counter-signatures, which no record covers
/// alone.
fn without(cms: &Cms<'_, '_>, signer: &SignerInfo<'_>, covered: &[usize]) -> Option<Vec<u8>> {
    let number = cms.data.signers.iter().position(|s| s.element == signer.element)?;
    cms.data.with_unsigned(number, &|attribute| covered.contains(&attribute)).ok()
}

/// In DER: definite lengths, sets sorted.
fn sorted(bytes: &[u8]) -> Option<Vec<u8>> {
    let definite = tlv::definite(bytes).ok()?;
    Some(sort(&definite, 0).unwrap_or_else(|| definite.into_owned()))
}

/// Sorts the members of all sets, innermost first.
fn sort(der: &[u8], depth: usize) -> Option<Vec<u8>> {
    const DEPTH_MAX: usize = 48;
    let mut elements = Elements::new(der);
    let mut out = Vec::with_capacity(der.len());
    while !elements.is_empty() {
        let element = elements.next("element").ok()?;
        if element.tag & 0x20 == 0 || depth > DEPTH_MAX {
            out.extend_from_slice(element.whole);
            continue;
        }
        let mut inside = sort(element.value, depth + 1)?;
        // the certificates, revocation data and attributes of signed data are sets under implicit tags
        if element.tag == tlv::SET {
            inside = in_order(&inside)?;
        }
        out.extend_from_slice(&tlv::wrap(element.tag, &inside));
    }
    Some(out)
}

fn in_order(members: &[u8]) -> Option<Vec<u8>> {
    let (mut elements, mut list) = (Elements::new(members), Vec::new());
    while !elements.is_empty() {
        list.push(elements.next("member").ok()?.whole);
    }
    list.sort_unstable();
    Some(list.concat())
}
