//! Time-stamps of the container: over the data file of ASiC-S, over manifests, and chains of archive manifests.

use super::container::{Container, File, SIGNATURE_BYTES_MAX, refused};
use super::manifest::Manifest;
use super::names::Use;
use super::read::entries;
use crate::facts::{
    Coverage, DataKind, DataState, EvidenceRecord, Fault, Level, Proven, Signature, SignedData, Timestamp,
    TimestampKind,
};
use crate::read::ReadError;
use mekong_crypto::sha256;
use mekong_pki::Certificate;
use mekong_pki::tsp::Token;
use std::sync::Arc;

/// Reads a time-stamp file, whose name is its id; `manifest` is the one that names it.
pub(super) fn read(
    container: &Container<'_>,
    file: &File<'_>,
    manifest: Option<(&File<'_>, &Manifest)>,
) -> Result<Timestamp, ReadError> {
    let bytes = file.content.content(SIGNATURE_BYTES_MAX).map_err(refused)?;
    let token = Token::from_der(&bytes).map_err(|e| e.to_string());
    let only = container.data().next().filter(|_| container.is_simple);
    let stamped = manifest.map(|(file, _)| file).or(only);
    let mut faults = Vec::new();
    if stamped.is_none() {
        faults.push(Fault::new(file.name(), "no manifest names this time-stamp: what it covers is not known"));
    }
    let imprint = match (&token, stamped) {
        (Err(what), _) => DataState::Unchecked(what.clone()),
        (Ok(_), None) => DataState::Missing,
        (Ok(token), Some(stamped)) => {
            let found = container.digest(stamped, token.info.algorithm)?;
            if found == token.info.digest { DataState::Intact } else { DataState::Altered }
        }
    };
    let algorithm = token.as_ref().ok().map(|t| t.info.algorithm);
    let data = match (manifest, stamped) {
        (Some((_, manifest)), _) => entries(container, manifest)?,
        (None, Some(stamped)) => vec![SignedData {
            name: stamped.name().to_owned(),
            kind: DataKind::Document,
            algorithm,
            state: imprint.clone(),
        }],
        (None, None) => Vec::new(),
    };
    let is_archive = manifest.is_some_and(|(file, _)| file.used_as == Use::ArchiveManifest);
    let (certificates, crls, ocsps) = match &token {
        Ok(token) => (token.certificates.clone(), token.crls.clone(), token.ocsps.clone()),
        Err(_) => Default::default(),
    };
    Ok(Timestamp {
        id: file.name().to_owned(),
        kind: if is_archive { TimestampKind::Archive } else { TimestampKind::Container },
        token: token.map(Arc::new),
        imprint,
        proves: Vec::new(),
        data,
        certificates,
        crls,
        ocsps,
        faults,
        coverage: Coverage::Unknown,
        findings: Vec::new(),
    })
}

/// In the order of time; unreadable ones last.
pub(super) fn sort(timestamps: &mut [Timestamp]) {
    timestamps.sort_by_key(|t| match &t.token {
        Ok(token) => (false, token.info.gen_time.unix_seconds()),
        Err(_) => (true, 0),
    });
}

/// Says what each time-stamp and evidence record of the container proves, and which signatures are of level LTA by them.
pub(super) fn prove(
    container: &Container<'_>,
    signatures: &mut [Signature],
    timestamps: &mut [Timestamp],
    records: &mut [EvidenceRecord],
) {
    let archived: Vec<Vec<Proven>> =
        timestamps.iter().map(|t| proven(container, &t.data, signatures, timestamps, records)).collect();
    let recorded: Vec<Vec<Proven>> =
        records.iter().map(|r| proven(container, &r.data, signatures, timestamps, records)).collect();
    for (timestamp, proves) in timestamps.iter_mut().zip(archived) {
        if timestamp.kind == TimestampKind::Archive && timestamp.imprint == DataState::Intact {
            for signature in signatures.iter_mut().filter(|s| s.level == Level::Lt) {
                if proves.contains(&Proven::Signature(signature.id.clone())) {
                    signature.level = Level::Lta;
                }
            }
        }
        timestamp.proves = proves;
    }
    for (record, proves) in records.iter_mut().zip(recorded) {
        if record.timestamps.first().is_none_or(|t| t.imprint != DataState::Intact) {
            continue;
        }
        record.timestamps.iter_mut().for_each(|t| t.proves.extend(proves.iter().cloned()));
        record.proves.extend(proves);
    }
}

/// What existed when these files did: what is intact, and all that is inside.
fn proven(
    container: &Container<'_>,
    data: &[SignedData],
    signatures: &[Signature],
    timestamps: &[Timestamp],
    records: &[EvidenceRecord],
) -> Vec<Proven> {
    let mut found = Vec::new();
    for item in data.iter().filter(|d| d.state == DataState::Intact) {
        let name = item.name.as_str();
        found.push(Proven::Data(name.to_owned()));
        match container.find(name).map(|f| f.used_as) {
            Some(Use::Xades | Use::Cades) => {
                let inside = signatures.iter().filter(|s| s.file.as_deref() == Some(name));
                inside.for_each(|signature| add_signature(&mut found, signature));
            }
            Some(Use::Timestamp) => {
                timestamps.iter().filter(|t| t.id == name).for_each(|t| add_timestamp(&mut found, t));
            }
            Some(Use::EvidenceRecord) => {
                for record in records.iter().filter(|r| r.file.as_deref() == Some(name)) {
                    found.push(Proven::EvidenceRecord(record.id.clone()));
                    record.timestamps.iter().for_each(|t| add_timestamp(&mut found, t));
                }
            }
            _ => {}
        }
    }
    let mut seen = std::collections::HashSet::new();
    found.retain(|proven| seen.insert(proven.clone()));
    found
}

fn add_signature(found: &mut Vec<Proven>, signature: &Signature) {
    found.push(Proven::Signature(signature.id.clone()));
    found.extend(signature.certificates.iter().map(certificate));
    found.extend(signature.crls.iter().chain(&signature.ocsps).map(|der| Proven::Revocation(sha256(der))));
    signature.timestamps.iter().for_each(|t| add_timestamp(found, t));
    for record in &signature.evidence_records {
        found.push(Proven::EvidenceRecord(record.id.clone()));
    }
}

fn add_timestamp(found: &mut Vec<Proven>, timestamp: &Timestamp) {
    found.push(Proven::Timestamp(timestamp.id.clone()));
    found.extend(timestamp.certificates.iter().map(certificate));
    found.extend(timestamp.crls.iter().chain(&timestamp.ocsps).map(|der| Proven::Revocation(sha256(der))));
}

fn certificate(certificate: &Certificate) -> Proven {
    Proven::Certificate(sha256(certificate.der()))
}
