//! Records that stand on their own, and records that came beside a signed file.

use super::object::{Form, Object, digest_of};
use super::{BYTES_MAX, read_record, xml};
use crate::facts::{DataKind, Document, Format, Proven};
use crate::read::{Detached, DetachedContent};
use crate::{ReadError, Reading};
use mekong_base::{Source, SourceError};
use mekong_crypto::DigestAlgorithm;
use mekong_pki::tlv;
use std::cell::RefCell;

/// Whether a file looks like a record in DER or XML.
pub fn looks_like(source: &dyn Source) -> bool {
    let Ok(start) = source.read(0..source.len().min(1024), 1024) else { return false };
    if let Some((&tlv::SEQUENCE, rest)) = start.split_first() {
        let inside = match rest.first() {
            Some(long @ 0x81..=0x84) => rest.get(1 + usize::from(long & 0x7f)..),
            Some(_) => rest.get(1..),
            None => None,
        };
        // version 1, then the list of digest algorithms
        return inside.is_some_and(|inside| inside.starts_with(&[tlv::INTEGER, 1, 1, tlv::SEQUENCE]));
    }
    let text = String::from_utf8_lossy(&start);
    let mut tags = text.split('<').skip(1).filter(|tag| !tag.starts_with(['?', '!']));
    let root = tags.next().and_then(|tag| tag.split(|c: char| c.is_ascii_whitespace() || c == '>').next());
    root.is_some_and(|name| name.rsplit(':').next() == Some("EvidenceRecord")) && text.contains(xml::NS)
}

/// Reads a bare record; what it covers is beside it.
///
/// # Errors
/// As [`read_record`]; [`ReadError::Source`].
pub fn read(source: &dyn Source, reading: &Reading<'_>) -> Result<Document, ReadError> {
    let bytes = source.read(0..source.len(), BYTES_MAX).map_err(|e| match source.len() > BYTES_MAX as u64 {
        true => ReadError::Limit { place: "evidence record".into(), reason: e.to_string() },
        false => ReadError::Source(e),
    })?;
    let record =
        with_objects(None, &reading.detached, &[], |objects| read_record(&bytes, "evidence-record-1", objects))?;
    Ok(Document {
        format: Format::EvidenceRecord,
        signatures: Vec::new(),
        timestamps: Vec::new(),
        evidence_records: vec![record?],
        faults: Vec::new(),
        findings: Vec::new(),
    })
}

/// Adds the records that came beside a signed file to what was read of it: they may cover the file itself, and so all
/// signatures and time-stamps in it, and its detached contents.
///
/// # Errors
/// As [`read`].
pub fn attach(document: &mut Document, source: &dyn Source, reading: &Reading<'_>) -> Result<(), ReadError> {
    let signatures = document.signatures.iter();
    let stamps = document.timestamps.iter().chain(signatures.clone().flat_map(|s| &s.timestamps));
    let proves: Vec<Proven> = signatures
        .map(|s| Proven::Signature(s.id.clone()))
        .chain(stamps.map(|t| Proven::Timestamp(t.id.clone())))
        .collect();
    for bytes in &reading.evidence_records {
        let id = format!("evidence-record-{}", document.evidence_records.len() + 1);
        let record =
            with_objects(Some(source), &reading.detached, &proves, |objects| read_record(bytes, &id, objects))?;
        document.evidence_records.push(record?);
    }
    Ok(())
}

/// Hands over the file and the contents beside it as objects.
fn with_objects<T>(
    file: Option<&dyn Source>,
    detached: &[Detached<'_>],
    proves: &[Proven],
    then: impl FnOnce(&[Object<'_>]) -> T,
) -> Result<T, SourceError> {
    let failure = RefCell::new(None);
    let kept = |digest: Result<Option<Vec<u8>>, SourceError>| {
        digest.unwrap_or_else(|error| {
            failure.borrow_mut().get_or_insert(error);
            None
        })
    };
    let of_file = |algorithm: DigestAlgorithm, form: Form<'_>| kept(digest_of(file?, algorithm, form));
    let of_detached: Vec<_> = detached
        .iter()
        .map(|detached| {
            |algorithm: DigestAlgorithm, form: Form<'_>| match (&detached.content, form) {
                (DetachedContent::Source(source), form) => kept(digest_of(*source, algorithm, form)),
                (DetachedContent::Digests(known), Form::AsIs) => {
                    known.iter().find(|(a, _)| *a == algorithm).map(|(_, digest)| digest.clone())
                }
                (DetachedContent::Digests(_), _) => None,
            }
        })
        .collect();
    let mut objects = Vec::new();
    if file.is_some() {
        objects.push(Object {
            name: "file".into(),
            kind: DataKind::Document,
            required: false,
            digest: &of_file,
            proves: proves.to_vec(),
        });
    }
    for (number, (detached, digest)) in detached.iter().zip(&of_detached).enumerate() {
        let name = detached.name.clone().unwrap_or_else(|| format!("content-{}", number + 1));
        let proves = vec![Proven::Data(name.clone())];
        objects.push(Object { name, kind: DataKind::Document, required: false, digest, proves });
    }
    let result = then(&objects);
    drop(objects);
    match failure.into_inner() {
        Some(error) => Err(error),
        None => Ok(result),
    }
}
