//! The container as files with a use each; its media type and the rules for it (EN 319 162-1 §A.1, §4).

use super::manifest::{self, Manifest};
use super::names::{META, MIMETYPE, Use};
use crate::facts::{DataState, Fault, Finding, Weight};
use crate::read::ReadError;
use crate::uri;
use crate::zip::{self, Budget, Digests, Member, NameEncoding, Rules, ZipError};
use mekong_base::Source;
use mekong_crypto::DigestAlgorithm;
use std::collections::BTreeMap;

/// The media type of ASiC-S.
pub const SIMPLE: &str = "application/vnd.etsi.asic-s+zip";
/// The media type of ASiC-E.
pub const EXTENDED: &str = "application/vnd.etsi.asic-e+zip";
const OPEN_DOCUMENT: &str = "application/vnd.oasis.opendocument.";
/// Bytes of a signature, time-stamp or evidence record that are read.
pub(super) const SIGNATURE_BYTES_MAX: usize = 64 << 20;

/// Manifests that are read.
const MANIFESTS_MAX: usize = 256;
/// Bytes that may be unpacked: so many in any case, and so many for each byte of the container.
const WORK_BYTES: u64 = 8 << 30;
const WORK_PER_BYTE: u64 = 16;

/// A file of the container.
pub(super) struct File<'s> {
    pub(super) content: Member<'s>,
    pub(super) used_as: Use,
}

impl File<'_> {
    pub(super) fn name(&self) -> &str {
        &self.content.entry().name
    }
}

/// A container, opened.
pub(super) struct Container<'s> {
    pub(super) files: Vec<File<'s>>,
    /// Places in `files` by name.
    names: BTreeMap<String, usize>,
    /// The manifests of ASiC that can be read, with the places of their files.
    pub(super) manifests: Vec<(usize, Manifest)>,
    digests: Digests<'s>,
    /// Whether it is ASiC-S: one data file.
    pub(super) is_simple: bool,
    pub(super) faults: Vec<Fault>,
    pub(super) findings: Vec<Finding>,
    /// The comment of the ZIP file.
    pub(super) comment: String,
}

/// A refusal of the ZIP reader as one of this room.
pub(super) fn refused(error: ZipError) -> ReadError {
    let (place, reason) = ("container".to_owned(), error.to_string());
    match error {
        ZipError::Limit { .. } => ReadError::Limit { place, reason },
        ZipError::Source(error) => ReadError::Source(error),
        _ => ReadError::Malformed { place, reason },
    }
}

impl<'s> Container<'s> {
    pub(super) fn open(source: &'s dyn Source) -> Result<Self, ReadError> {
        let directory = zip::directory(source, &Rules::CONTAINER).map_err(refused)?;
        let budget = Budget::new(source.len().saturating_mul(WORK_PER_BYTE).saturating_add(WORK_BYTES));
        let mut container = Self {
            files: Vec::with_capacity(directory.entries.len()),
            names: BTreeMap::new(),
            manifests: Vec::new(),
            digests: Digests::new(source, budget.clone()),
            is_simple: false,
            faults: Vec::new(),
            findings: Vec::new(),
            comment: String::from_utf8_lossy(&directory.comment).into_owned(),
        };
        let first = directory.first().map(|e| e.name.clone()).unwrap_or_default();
        for entry in directory.entries {
            let used_as = Use::of(&entry.name);
            if matches!(entry.encoding, NameEncoding::Cp437) {
                let text = format!("{:?} is written in an old code page; its letters may be others", entry.name);
                container.findings.push(Finding::new(Weight::Information, "name_encoding", text));
            }
            container.names.insert(entry.name.clone(), container.files.len());
            container.files.push(File { content: Member::new(source, entry, budget.clone()), used_as });
        }
        container.read_manifests()?;
        let media_type = container.media_type(&first)?;
        container.is_simple = container.recognise(media_type.as_deref());
        Ok(container)
    }

    /// Reads the manifests of ASiC and says which algorithms they will ask for.
    fn read_manifests(&mut self) -> Result<(), ReadError> {
        let places = self.files.iter().enumerate().filter(|(_, f)| f.used_as.is_manifest());
        let places: Vec<usize> = places.map(|(place, _)| place).take(MANIFESTS_MAX + 1).collect();
        if places.len() > MANIFESTS_MAX {
            let reason = format!("more than {MANIFESTS_MAX} manifests");
            return Err(ReadError::Limit { place: META.into(), reason });
        }
        for place in places {
            let Some(file) = self.files.get(place) else { continue };
            let content = file.content.content(manifest::BYTES_MAX).map_err(refused)?;
            match manifest::read(&content) {
                Ok(manifest) => {
                    for entry in &manifest.entries {
                        if let (Ok(algorithm), Some(place)) = (&entry.algorithm, self.place(&entry.uri)) {
                            let name = self.files.get(place).map(|f| f.name().to_owned()).unwrap_or_default();
                            self.digests.expect(&name, *algorithm);
                        }
                    }
                    self.manifests.push((place, manifest));
                }
                Err(what) => self.faults.push(Fault::new(file.name(), what)),
            }
        }
        Ok(())
    }

    /// The content of `mimetype`, with what is to be said about that file.
    fn media_type(&mut self, first: &str) -> Result<Option<String>, ReadError> {
        let mut found = Vec::new();
        let mut add = |weight, code, text: String| found.push(Finding::new(weight, code, text));
        let file = self.files.iter().find(|f| f.used_as == Use::Mimetype);
        let Some(file) = file else {
            let is_like = |f: &&File<'_>| f.name().trim().eq_ignore_ascii_case(MIMETYPE);
            if let Some(like) = self.files.iter().find(is_like) {
                let what = "the file with the media type must be named \"mimetype\"";
                self.faults.push(Fault::new(format!("{:?}", like.name()), what));
            }
            add(Weight::Warning, "mimetype_missing", "there is no file \"mimetype\"".into());
            self.findings.append(&mut found);
            return Ok(None);
        };
        let entry = file.content.entry();
        if first != MIMETYPE {
            add(Weight::Warning, "mimetype_not_first", format!("\"mimetype\" comes after {first:?}"));
        }
        if entry.is_deflated {
            add(Weight::Warning, "mimetype_compressed", "\"mimetype\" is compressed".into());
        }
        if entry.has_extra {
            add(Weight::Warning, "mimetype_extra_field", "\"mimetype\" has an extra field".into());
        }
        let content = file.content.content(4096).map_err(refused)?;
        let text = String::from_utf8_lossy(&content).trim_start_matches('\u{feff}').trim().to_owned();
        self.findings.append(&mut found);
        Ok(Some(text))
    }

    /// Whether it is ASiC-S, by media type, else comment, else content.
    fn recognise(&mut self, media_type: Option<&str>) -> bool {
        let comment = self.comment.trim().strip_prefix("mimetype=").map(|c| c.trim().to_owned());
        match media_type {
            Some(SIMPLE) => return true,
            Some(EXTENDED) => return false,
            Some(other) if other.starts_with(OPEN_DOCUMENT) => {
                let text = format!("an OpenDocument file ({other})");
                self.findings.push(Finding::new(Weight::Information, "open_document", text));
                return false;
            }
            Some(other) => {
                let other: String = other.chars().take(100).collect();
                let national = other.starts_with("application/vnd.bdoc") || other.starts_with("application/vnd.lt.");
                let (code, what) = match national {
                    true => ("national_container", "a national container; its national rules are not applied"),
                    false => ("mimetype_unknown", "the media type is none of ASiC"),
                };
                self.findings.push(Finding::new(Weight::Warning, code, format!("{what}: {other:?}")));
            }
            None => {}
        }
        match comment.as_deref() {
            Some(SIMPLE) => return true,
            Some(EXTENDED) => return false,
            _ => {}
        }
        let has = |used_as| self.files.iter().any(|f| f.used_as == used_as);
        let one = self.data().count() == 1;
        one && (has(Use::Cades) || has(Use::Timestamp)) && !has(Use::Manifest)
    }

    /// The files that are meant to be signed.
    pub(super) fn data(&self) -> impl Iterator<Item = &File<'s>> {
        self.files.iter().filter(|f| f.used_as == Use::Data)
    }

    /// The files of a use, in the order of their names with numbers in order.
    pub(super) fn of(&self, used_as: Use) -> Vec<&File<'s>> {
        let mut found: Vec<&File<'s>> = self.files.iter().filter(|f| f.used_as == used_as).collect();
        found.sort_by_key(|f| (f.name().len(), f.name().to_owned()));
        found
    }

    /// The place of the file that a URI means: as it stands, without a leading slash, or percent-decoded.
    pub(super) fn place(&self, uri: &str) -> Option<usize> {
        let path = uri.strip_prefix("./").or_else(|| uri.strip_prefix('/')).unwrap_or(uri);
        let named = |name: &str| self.names.get(name).copied();
        named(path).or_else(|| named(&uri::decoded(path))).or_else(|| named(&uri::decoded(&path.replace('+', " "))))
    }

    /// The file that a URI means.
    pub(super) fn find(&self, uri: &str) -> Option<&File<'s>> {
        self.files.get(self.place(uri)?)
    }

    /// The digest of a file's content.
    pub(super) fn digest(&self, file: &File<'_>, algorithm: DigestAlgorithm) -> Result<Vec<u8>, ReadError> {
        self.digests.digest(file.content.entry(), algorithm).map_err(refused)
    }

    /// Refuses damaged files, also where nobody asked for them.
    pub(super) fn check_whole(&self) -> Result<(), ReadError> {
        let unread = self.files.iter().filter(|f| !self.digests.has(f.content.entry()));
        unread.map(|f| &f.content).try_for_each(Member::check).map_err(refused)
    }

    /// The state of an entry of a manifest.
    pub(super) fn state(&self, entry: &manifest::Entry) -> Result<DataState, ReadError> {
        let algorithm = match &entry.algorithm {
            Ok(algorithm) => *algorithm,
            Err(name) => return Ok(DataState::Unchecked(format!("digest {name} is not supported"))),
        };
        let Some(file) = self.find(&entry.uri) else { return Ok(DataState::Missing) };
        let is_same = self.digest(file, algorithm)? == entry.digest;
        Ok(if is_same { DataState::Intact } else { DataState::Altered })
    }

    /// The rules for data files; what breaks them makes the container unsound.
    pub(super) fn check_data(&mut self) {
        let names: Vec<String> = self.data().map(|f| f.name().to_owned()).collect();
        let shown = || names.iter().take(8).cloned().collect::<Vec<_>>().join(", ");
        let only_records = !self.of(Use::EvidenceRecord).is_empty()
            && [Use::Xades, Use::Cades, Use::Timestamp].iter().all(|u| self.of(*u).is_empty());
        match (self.is_simple, names.as_slice()) {
            (_, []) => self.faults.push(Fault::new("container", "there is no data file")),
            (true, [name]) if name.contains('/') => {
                self.faults.push(Fault::new(name.clone(), "the data file of ASiC-S must not be in a folder"));
            }
            (true, [_, _, ..]) if !only_records => {
                let what = format!("ASiC-S holds exactly one data file, here are {}: {}", names.len(), shown());
                self.faults.push(Fault::new("container", what));
            }
            _ => {}
        }
        if self.is_simple {
            self.check_one_kind();
        }
        let lost = names.iter().filter(|n| n.contains(META)).count();
        if lost > 0 {
            let text = "a folder META-INF that is not at the root means nothing";
            self.findings.push(Finding::new(Weight::Warning, "meta_inf_not_at_root", text));
        }
    }

    /// ASiC-S holds one kind of signature, time-stamp or evidence record (EN 319 162-1 §4.3.1).
    fn check_one_kind(&mut self) {
        let kinds = [Use::Xades, Use::Cades, Use::Timestamp, Use::EvidenceRecord];
        let is_there = |used_as: &Use| {
            // What a manifest of its own covers is an addition to the first.
            self.of(*used_as).iter().any(|f| !self.is_named_by_manifest(f.name()))
        };
        let found: Vec<Use> = kinds.into_iter().filter(is_there).collect();
        if found.len() > 1 {
            let what =
                format!("ASiC-S holds either a signature, a time-stamp or an evidence record, here are {found:?}");
            self.faults.push(Fault::new("META-INF", what));
        }
    }

    fn is_named_by_manifest(&self, name: &str) -> bool {
        self.manifests.iter().any(|(_, manifest)| self.find(&manifest.signer).is_some_and(|f| f.name() == name))
    }
}
