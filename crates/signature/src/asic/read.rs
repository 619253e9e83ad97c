//! From a container to facts.

use super::container::{Container, File, SIGNATURE_BYTES_MAX, refused};
use super::coverage;
use super::ids::Ids;
use super::manifest::{self, Manifest};
use super::names::{OPEN_DOCUMENT_MANIFEST, Use};
use super::stamps;
use crate::facts::{
    DataKind, DataState, Document, EvidenceRecord, Fault, Finding, Format, Signature, SignedData, Timestamp, Weight,
};
use crate::read::{ReadError, Reading};
use crate::xades::Resolved;
use crate::{cades, xades};
use mekong_base::Source;
use mekong_crypto::DigestAlgorithm;

/// Signatures in one container.
const SIGNATURES_MAX: usize = 1_000;
/// The policy of BDOC with time-marks: the nonce of the OCSP response stands for a time-stamp, by national rule.
const TIME_MARK_POLICY: &str = "1.3.6.1.4.1.10015.1000.3.2.1";

/// Whether a file looks like a ZIP file.
pub fn looks_like(source: &dyn Source) -> bool {
    source.read(0..4.min(source.len()), 4).is_ok_and(|start| start == b"PK\x03\x04")
}

/// Reads an ASiC-S, ASiC-E or OpenDocument container with its signatures, time-stamps and evidence records.
///
/// # Errors
/// [`ReadError::Malformed`] for a ZIP file that is unsound or has a damaged entry, [`ReadError::Limit`] for what is too large,
/// [`ReadError::NoSignature`] if nothing in it signs or stamps, [`ReadError::Source`].
pub fn read(source: &dyn Source, _reading: &Reading<'_>) -> Result<Document, ReadError> {
    let mut container = Container::open(source)?;
    container.check_data();
    let named_by_file: Vec<String> = [Use::Timestamp, Use::EvidenceRecord]
        .into_iter()
        .flat_map(|used_as| container.of(used_as))
        .map(|file| file.name().to_owned())
        .collect();
    let mut reader = Reader {
        ids: Ids::reserve(named_by_file.iter().map(String::as_str)),
        signatures: Vec::new(),
        timestamps: Vec::new(),
        evidence_records: Vec::new(),
        container: &container,
    };
    let outcome = reader.read_all();
    // A damaged file is the reason of what could not be read.
    container.check_whole()?;
    outcome?;
    let Reader { mut signatures, mut timestamps, mut evidence_records, .. } = reader;
    if signatures.is_empty() && timestamps.is_empty() && evidence_records.is_empty() {
        let what = "the container holds no signature, time-stamp or evidence record in META-INF";
        return Err(ReadError::NoSignature(what.into()));
    }
    stamps::prove(&container, &mut signatures, &mut timestamps, &mut evidence_records);
    coverage::fill(&mut container, &mut signatures, &mut timestamps);
    check_open_document(&mut container)?;
    check_nested(&mut container);
    Ok(Document {
        format: format(&container, &signatures),
        signatures,
        timestamps,
        evidence_records,
        faults: container.faults,
        findings: container.findings,
    })
}

fn format(container: &Container<'_>, signatures: &[Signature]) -> Format {
    let has = |used_as| !container.of(used_as).is_empty();
    match (container.is_simple, signatures.is_empty()) {
        (true, true) => Format::AsicSTimestamp,
        (true, false) if has(Use::Xades) => Format::AsicSXades,
        (true, false) => Format::AsicSCades,
        (false, false) if has(Use::Xades) => Format::AsicEXades,
        (false, _) => Format::AsicECades,
    }
}

struct Reader<'c, 's> {
    container: &'c Container<'s>,
    ids: Ids,
    signatures: Vec<Signature>,
    timestamps: Vec<Timestamp>,
    evidence_records: Vec<EvidenceRecord>,
}

impl<'c, 's> Reader<'c, 's> {
    fn read_all(&mut self) -> Result<(), ReadError> {
        for file in self.container.of(Use::Xades) {
            let read = self.xades(file);
            self.take(file, read)?;
        }
        for file in self.container.of(Use::Cades) {
            let read = self.cades(file);
            self.take(file, read)?;
        }
        for file in self.container.of(Use::Timestamp) {
            let manifest = self.manifest_of(file);
            self.timestamps.push(stamps::read(self.container, file, manifest)?);
        }
        stamps::sort(&mut self.timestamps);
        for file in self.container.of(Use::EvidenceRecord) {
            let manifest = self.manifest_of(file);
            self.evidence_records.push(super::records::read(self.container, file, manifest)?);
        }
        Ok(())
    }

    /// Adds the signatures of a file; one that cannot be read is a fault of the container.
    fn take(&mut self, file: &File<'_>, read: Result<Vec<Signature>, ReadError>) -> Result<(), ReadError> {
        let mut found = match read {
            Ok(found) => found,
            Err(ReadError::NoSignature(what)) => {
                self.unreadable(file, what);
                return Ok(());
            }
            Err(ReadError::Malformed { place, reason }) => {
                self.unreadable(file, format!("{place}: {reason}"));
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        if self.signatures.len() + found.len() > SIGNATURES_MAX {
            let reason = format!("more than {SIGNATURES_MAX} signatures");
            return Err(ReadError::Limit { place: file.name().to_owned(), reason });
        }
        let first = self.signatures.len();
        for signature in &mut found {
            signature.file = Some(file.name().to_owned());
            signature.countersigns = signature.countersigns.map(|n| n + first);
            if signature.policy.as_ref().and_then(|p| p.id.as_deref()) == Some(TIME_MARK_POLICY) {
                let text = "a time-mark (the nonce of the OCSP response) is no proof of time outside of its country";
                signature.findings.push(Finding::new(Weight::Warning, "national_time_mark", text));
            }
        }
        self.ids.make_unique(file.name(), &mut found);
        self.signatures.append(&mut found);
        Ok(())
    }

    /// A signature file that cannot be read stands for a signature that cannot pass.
    fn unreadable(&mut self, file: &File<'_>, what: String) {
        let mut broken = super::ids::unreadable(file.name(), what);
        self.ids.make_unique(file.name(), std::slice::from_mut(&mut broken));
        self.signatures.push(broken);
    }

    fn xades(&self, file: &File<'_>) -> Result<Vec<Signature>, ReadError> {
        let xml = file.content.content(SIGNATURE_BYTES_MAX).map_err(refused)?;
        let container = self.container;
        let digests: Vec<_> = container
            .files
            .iter()
            .map(|file| move |algorithm: DigestAlgorithm| container.digest(file, algorithm).ok())
            .collect();
        let resolve = |uri: &str| {
            let place = container.place(uri)?;
            Some(Resolved::Digested(&container.files.get(place)?.content, digests.get(place)?))
        };
        xades::read_signatures(&xml, Some(file.name()), &resolve)
    }

    /// The manifest that names a file as what signs it.
    fn manifest_of(&self, file: &File<'_>) -> Option<(&'c File<'s>, &'c Manifest)> {
        let container = self.container;
        let named = |m: &Manifest| container.find(&m.signer).is_some_and(|f| f.name() == file.name());
        let (place, manifest) = container.manifests.iter().find(|(_, m)| named(m))?;
        Some((container.files.get(*place)?, manifest))
    }

    fn cades(&self, file: &File<'_>) -> Result<Vec<Signature>, ReadError> {
        let bytes = file.content.content(SIGNATURE_BYTES_MAX).map_err(refused)?;
        let manifest = self.manifest_of(file);
        let only = self.container.data().next().filter(|_| self.container.is_simple);
        let signed = manifest.map(|(file, _)| file).or(only);
        let id = |number: usize| format!("signature-{}", self.signatures.len() + number + 1);
        let digest = |algorithm: DigestAlgorithm| self.container.digest(signed?, algorithm).ok();
        let context = cades::Context {
            content: match signed {
                Some(file) if manifest.is_none() => cades::Content::Source(&file.content),
                Some(_) => cades::Content::Digests(&digest),
                None => cades::Content::Missing,
            },
            name: signed.map_or("content", |file| file.name()),
            id: &id,
            pdf: false,
        };
        let mut found = cades::read_signatures(&bytes, &context)?;
        for signature in found.iter_mut().filter(|s| s.countersigns.is_none()) {
            match manifest {
                Some((_, manifest)) => list(self.container, manifest, signature)?,
                None if signed.is_none() => {
                    let what = "no manifest names this signature: what it signs is not known";
                    signature.findings.push(Finding::new(Weight::Warning, "manifest_missing", what));
                }
                None => {}
            }
        }
        Ok(found)
    }
}

/// Adds the files of a manifest to what a signature signs.
fn list(container: &Container<'_>, manifest: &Manifest, signature: &mut Signature) -> Result<(), ReadError> {
    if let Some(content) = signature.data.first_mut() {
        content.kind = DataKind::Manifest;
        if content.state == DataState::Altered {
            let what = "the manifest that names this signature is not the one that it signs";
            signature.faults.push(Fault::new(content.name.clone(), what));
        }
    }
    signature.data.extend(entries(container, manifest)?);
    Ok(())
}

/// The files of a manifest with their states.
pub(super) fn entries(container: &Container<'_>, manifest: &Manifest) -> Result<Vec<SignedData>, ReadError> {
    let one = |entry: &manifest::Entry| {
        let name = container.find(&entry.uri).map_or_else(|| entry.uri.clone(), |f| f.name().to_owned());
        let state = container.state(entry)?;
        Ok(SignedData { name, kind: DataKind::ManifestEntry, algorithm: entry.algorithm.clone().ok(), state })
    };
    manifest.entries.iter().map(one).collect()
}

/// A container in ASiC-S: what stamps it says nothing of the signatures inside.
fn check_nested(container: &mut Container<'_>) {
    let mut data = container.data();
    let (true, Some(only), None) = (container.is_simple, data.next(), data.next()) else { return };
    let mut start = [0; 4];
    if only.content.read_at(0, &mut start).is_ok() && start == *b"PK\x03\x04" {
        let text =
            format!("{:?} may be a container with signatures of its own; they are judged on their own", only.name());
        drop(data);
        container.findings.push(Finding::new(Weight::Information, "nested_container", text));
    }
}

/// `META-INF/manifest.xml` shall list what is there (EN 319 162-1 §4.4.3.2): differences are told, signatures decide.
fn check_open_document(container: &mut Container<'_>) -> Result<(), ReadError> {
    let Some(file) = container.find(OPEN_DOCUMENT_MANIFEST) else { return Ok(()) };
    let content = file.content.content(manifest::BYTES_MAX).map_err(refused)?;
    let mut texts = Vec::new();
    match manifest::read_open_document(&content) {
        Ok(listed) => {
            let listed: std::collections::BTreeSet<&str> = listed.iter().map(String::as_str).collect();
            let there = container.data().map(|f| f.name()).filter(|name| !listed.contains(name));
            texts.extend(there.map(|name| format!("{name:?} is not listed in META-INF/manifest.xml")));
            let gone = listed.into_iter().filter(|name| container.find(name).is_none());
            texts.extend(gone.map(|name| format!("{name:?} is listed in META-INF/manifest.xml, but not there")));
        }
        Err(what) => texts.push(format!("META-INF/manifest.xml cannot be read: {what}")),
    }
    let findings = texts.into_iter().take(16).map(|text| Finding::new(Weight::Warning, "manifest_mismatch", text));
    container.findings.extend(findings);
    Ok(())
}
