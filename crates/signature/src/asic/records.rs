//! Evidence records of the container: over the data file of ASiC-S, or over the files of their manifest
//! (EN 319 162-1 §4.3.3.4, §4.4.5).

use super::container::{Container, File, refused};
use super::manifest::{Entry, Manifest};
use crate::evidence_record::{self, BYTES_MAX, Form, Object};
use crate::facts::{DataKind, DataState, EvidenceRecord, Fault, SignedData};
use crate::read::ReadError;
use mekong_base::SourceError;
use mekong_crypto::DigestAlgorithm;
use std::cell::RefCell;
use std::collections::HashMap;

/// Reads a record, whose file is its id; `manifest` is the one that names it.
pub(super) fn read(
    container: &Container<'_>,
    file: &File<'_>,
    manifest: Option<(&File<'_>, &Manifest)>,
) -> Result<EvidenceRecord, ReadError> {
    let bytes = file.content.content(BYTES_MAX).map_err(refused)?;
    let (covered, missing) = covered(container, manifest)?;
    let failure = RefCell::new(None);
    let digests: Vec<_> = covered
        .iter()
        .map(|(covered, _, _)| {
            |algorithm: DigestAlgorithm, form: Form<'_>| {
                digest(container, covered, algorithm, form).unwrap_or_else(|error| {
                    failure.borrow_mut().get_or_insert(error);
                    None
                })
            }
        })
        .collect();
    let object = |((covered, kind, _), digest): (&Covered<'_, '_>, _)| Object {
        name: covered.name().to_owned(),
        kind: *kind,
        required: true,
        digest,
        proves: Vec::new(),
    };
    let objects: Vec<Object<'_>> =
        covered.iter().zip(digests.iter().map(|d| d as &dyn Fn(_, Form<'_>) -> _)).map(object).collect();
    let record = evidence_record::read_record(&bytes, file.name(), &objects);
    drop(objects);
    drop(digests);
    if let Some(error) = failure.into_inner() {
        return Err(error);
    }
    let mut record = match record {
        Ok(record) => record,
        Err(ReadError::Malformed { place, reason }) => unreadable(file, format!("{place}: {reason}")),
        Err(error) => return Err(error),
    };
    record.file = Some(file.name().to_owned());
    // What the manifest says of a file counts as much as the record.
    for (covered, _, state) in &covered {
        let listed = record.data.iter_mut().filter(|d| d.name == covered.name() && d.state == DataState::Intact);
        listed.for_each(|d| d.state = state.clone());
    }
    if let Some((_, manifest)) = manifest {
        check_algorithm(container, manifest, &mut record);
    }
    record.data.extend(missing);
    Ok(record)
}

/// A manifest digests as the first time-stamp of its record does: what is listed is what is in the hash tree. A digest by
/// another algorithm cannot be in it.
fn check_algorithm(container: &Container<'_>, manifest: &Manifest, record: &mut EvidenceRecord) {
    let named = |entry: &Entry| Some((container.find(&entry.uri)?.name().to_owned(), *entry.algorithm.as_ref().ok()?));
    let listed: HashMap<String, DigestAlgorithm> = manifest.entries.iter().filter_map(named).collect();
    for data in record.data.iter_mut().filter(|d| d.state == DataState::Intact) {
        if let (Some(own), Some(listed)) = (data.algorithm, listed.get(&data.name))
            && own != *listed
        {
            let what = format!("its manifest digests with {}, the record with {}", listed.name(), own.name());
            data.state = DataState::Unbound(what);
        }
    }
}

type Covered<'c, 's> = (&'c File<'s>, DataKind, DataState);

/// The files that the record should cover with what the manifest makes of them, and those that are not there.
fn covered<'c, 's>(
    container: &'c Container<'s>,
    manifest: Option<(&File<'_>, &Manifest)>,
) -> Result<(Vec<Covered<'c, 's>>, Vec<SignedData>), ReadError> {
    let (mut there, mut missing) = (Vec::new(), Vec::new());
    let lost =
        |name: &str, kind| SignedData { name: name.to_owned(), kind, algorithm: None, state: DataState::Missing };
    let Some((_, manifest)) = manifest else {
        let mut data = container.data();
        match (container.is_simple, data.next(), data.next()) {
            (true, Some(only), None) => there.push((only, DataKind::Document, DataState::Intact)),
            _ => missing.push(lost("data without a manifest", DataKind::Document)),
        }
        return Ok((there, missing));
    };
    for entry in &manifest.entries {
        match container.find(&entry.uri) {
            Some(file) => there.push((file, DataKind::ManifestEntry, container.state(entry)?)),
            None => missing.push(lost(&entry.uri, DataKind::ManifestEntry)),
        }
    }
    Ok((there, missing))
}

fn digest(
    container: &Container<'_>,
    file: &File<'_>,
    algorithm: DigestAlgorithm,
    form: Form<'_>,
) -> Result<Option<Vec<u8>>, ReadError> {
    match form {
        Form::AsIs => container.digest(file, algorithm).map(Some),
        form => evidence_record::digest_of(&file.content, algorithm, form).map_err(|e: SourceError| e.into()),
    }
}

fn unreadable(file: &File<'_>, what: String) -> EvidenceRecord {
    EvidenceRecord {
        id: file.name().to_owned(),
        file: None,
        xml: file.name().ends_with(".xml"),
        data: Vec::new(),
        timestamps: Vec::new(),
        faults: vec![Fault::new(file.name(), what)],
        proves: Vec::new(),
    }
}
