//! Evidence records of the container.

use super::container::{Container, File};
use super::manifest::Manifest;
use super::read::entries;
use crate::facts::{DataState, EvidenceRecord, Fault, SignedData};
use crate::read::ReadError;

pub(super) fn read(
    container: &Container<'_>,
    file: &File<'_>,
    manifest: Option<(&File<'_>, &Manifest)>,
) -> Result<EvidenceRecord, ReadError> {
    let _ = (
        container,
        entries,
        SignedData {
            name: String::new(),
            kind: crate::facts::DataKind::Other,
            algorithm: None,
            state: DataState::Missing,
        },
    );
    let _ = manifest;
    Ok(EvidenceRecord {
        id: file.name().to_owned(),
        file: Some(file.name().to_owned()),
        xml: file.name().ends_with(".xml"),
        data: Vec::new(),
        timestamps: Vec::new(),
        faults: vec![Fault::new(file.name(), "evidence records are not read yet")],
        proves: Vec::new(),
    })
}
