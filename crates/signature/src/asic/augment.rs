//! Levels above B for the signatures of a container. XAdES, and CAdES of ASiC-S, grow in their own files; CAdES of ASiC-E is
//! archived by a time-stamp over a manifest of everything, chained to the one before (EN 319 162-1 §4.4.4, annex A.7), and so
//! are time-stamps without a signature.

use super::container::{Container, SIGNATURE_BYTES_MAX};
use super::make::{refuse, zip_error};
use super::manifest;
use super::names::Use;
use super::package::Package;
use crate::facts::{Document, Level, Signature};
use crate::making::{MakeError, Material, Selection, Services};
use crate::read::Reading;
use crate::xades::Resolved;
use crate::{cades, xades};
use mekong_base::{Instant, Source};
use mekong_crypto::DigestAlgorithm;
use mekong_pki::Certificate;
use mekong_pki::cms::{SignedData, Writing};
use mekong_pki::tsp::Token;
use std::collections::BTreeMap;
use std::io::Write;

/// What is added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A time-stamp on each signature: level T.
    Timestamp,
    /// Certificates and revocation data: level LT.
    Material,
    /// Archive time-stamps: level LTA; done again, it renews them.
    ArchiveTimestamp,
}

/// The digest of archive manifests and of the time-stamps over them.
const ARCHIVE: DigestAlgorithm = DigestAlgorithm::Sha256;
const ARCHIVE_MANIFEST: &str = "META-INF/ASiCArchiveManifest.xml";

/// Adds a time-stamp on each chosen signature: level T.
///
/// # Errors
/// [`MakeError::Document`] if the container cannot be read or holds none of the chosen signatures, otherwise what the form of
/// the signature refuses; [`MakeError::Service`].
pub fn add_timestamp(container: &dyn Source, which: &Selection, services: &dyn Services) -> Result<Vec<u8>, MakeError> {
    add_into(Step::Timestamp, container, which, services, Vec::new())
}

/// Adds certificates and revocation data to each chosen signature: level LT.
///
/// # Errors
/// As [`add_timestamp`]; [`MakeError::Level`] for a signature without a time-stamp.
pub fn add_material(container: &dyn Source, which: &Selection, services: &dyn Services) -> Result<Vec<u8>, MakeError> {
    add_into(Step::Material, container, which, services, Vec::new())
}

/// Adds archive time-stamps: level LTA. In ASiC-E with CAdES, and where there is no signature, one time-stamp covers the whole
/// container, whatever was chosen.
///
/// # Errors
/// As [`add_material`].
pub fn add_archive_timestamp(
    container: &dyn Source,
    which: &Selection,
    services: &dyn Services,
) -> Result<Vec<u8>, MakeError> {
    add_into(Step::ArchiveTimestamp, container, which, services, Vec::new())
}

/// Any of these, written piece by piece to `out`, which is given back.
///
/// # Errors
/// As the functions for one step; [`MakeError::Document`] also if `out` fails.
pub fn add_into<W: Write>(
    step: Step,
    container: &dyn Source,
    which: &Selection,
    services: &dyn Services,
    out: W,
) -> Result<W, MakeError> {
    let facts = super::read(container, &Reading::default()).map_err(|e| refuse("container", e.to_string()))?;
    if let Some(fault) = facts.faults.first() {
        return Err(refuse(fault.place.as_str(), fault.what.as_str()));
    }
    let opened = Container::open(container).map_err(|e| refuse("container", e.to_string()))?;
    let mut package = Package::of(container, &opened, time_of(&facts));
    let work = Work { container: &opened, facts: &facts, which, services };
    if facts.signatures.is_empty() {
        if step != Step::ArchiveTimestamp {
            return Err(refuse("container", "there is no signature, only what can be archived"));
        }
        work.archive(&mut package)?;
    } else if step == Step::ArchiveTimestamp && !opened.is_simple && opened.of(Use::Xades).is_empty() {
        work.check_archive()?;
        work.archive(&mut package)?;
    } else {
        work.each(step, &mut package)?;
    }
    package.write(out).map_err(zip_error)
}

/// The time that new files show: the signing time, so that the same input gives the same bytes.
fn time_of(facts: &Document) -> Instant {
    let claimed = facts.signatures.iter().find_map(|s| s.claimed_time);
    let stamped = facts.timestamps.iter().find_map(|t| t.token.as_ref().ok().map(|t| t.info.gen_time));
    claimed.or(stamped).unwrap_or(Instant::from_unix_seconds(0))
}

struct Work<'w, 's> {
    container: &'w Container<'s>,
    facts: &'w Document,
    which: &'w Selection,
    services: &'w dyn Services,
}

impl Work<'_, '_> {
    /// Augments the chosen signatures in their own files.
    fn each(&self, step: Step, package: &mut Package<'_>) -> Result<(), MakeError> {
        let chosen = self.chosen();
        if chosen.is_empty() {
            return Err(refuse("container", "none of the wanted signatures is in it"));
        }
        for (name, ids) in chosen {
            let Some(file) = self.container.find(&name) else { continue };
            let bytes = file.content.content(SIGNATURE_BYTES_MAX).map_err(zip_error)?;
            let ids = Selection::Ids(ids);
            let bytes = match file.used_as {
                Use::Xades => self.xades(step, &bytes, &ids)?,
                _ => self.cades(step, &bytes, &ids)?,
            };
            package.add(name, bytes);
        }
        Ok(())
    }

    /// The files with chosen signatures, and the ids that these have there.
    fn chosen(&self) -> BTreeMap<String, Vec<String>> {
        let mut chosen: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
        for signature in &self.facts.signatures {
            let Some(file) = signature.file.as_deref() else { continue };
            let number = numbers.entry(file).or_default();
            *number += 1;
            if signature.countersigns.is_some() || !self.which.takes(&signature.id) {
                continue;
            }
            let id = match self.container.find(file).map(|f| f.used_as) {
                Some(Use::Cades) => format!("signature-{number}"),
                _ => signature.id.strip_prefix(&format!("{file}#")).unwrap_or(&signature.id).to_owned(),
            };
            chosen.entry(file.to_owned()).or_default().push(id);
        }
        chosen
    }

    fn xades(&self, step: Step, xml: &[u8], ids: &Selection) -> Result<Vec<u8>, MakeError> {
        let resolve = |uri: &str| Some(Resolved::Source(&self.container.find(uri)?.content));
        match step {
            Step::Timestamp => xades::augment::add_timestamp(xml, ids, self.services),
            Step::Material => xades::augment::add_material(xml, ids, self.services),
            Step::ArchiveTimestamp => xades::augment::add_archive_timestamp(xml, ids, self.services, &resolve),
        }
    }

    fn cades(&self, step: Step, bytes: &[u8], ids: &Selection) -> Result<Vec<u8>, MakeError> {
        match step {
            Step::Timestamp => cades::augment::add_timestamp(bytes, ids, self.services),
            Step::Material => cades::augment::add_material(bytes, ids, self.services),
            Step::ArchiveTimestamp => {
                let only = self.container.data().next();
                let content = only.map_or(cades::Content::Missing, |f| cades::Content::Source(&f.content));
                cades::augment::add_archive_timestamp(bytes, content, ids, self.services)
            }
        }
    }

    /// Archiving follows level LT.
    fn check_archive(&self) -> Result<(), MakeError> {
        let early = |s: &&Signature| s.countersigns.is_none() && s.level < Level::Lt;
        match self.facts.signatures.iter().find(early) {
            Some(signature) => Err(MakeError::Level { wanted: Level::Lta, found: signature.level }),
            None => Ok(()),
        }
    }

    /// Adds a time-stamp over a manifest of everything that is signed, signs or stamps. The newest manifest has the plain name;
    /// the one before gets a number and is named as root of its own chain.
    fn archive(&self, package: &mut Package<'_>) -> Result<(), MakeError> {
        let container = self.container;
        let number = (1..1_000).find(|n| container.find(&stamp_name(*n)).is_none());
        let stamp = stamp_name(number.ok_or_else(|| refuse("META-INF", "there are 999 time-stamps"))?);
        let mut entries = Vec::new();
        let renewed = self.renewed()?;
        for file in &container.files {
            let is_covered = matches!(
                file.used_as,
                Use::Data
                    | Use::Cades
                    | Use::Timestamp
                    | Use::EvidenceRecord
                    | Use::Manifest
                    | Use::ArchiveManifest
                    | Use::EvidenceManifest
            );
            if !is_covered {
                continue;
            }
            let mut name = file.name().to_owned();
            let is_root = name == ARCHIVE_MANIFEST;
            if is_root {
                let free = (1..1_000).map(|n| format!("META-INF/ASiCArchiveManifest{n:03}.xml"));
                let free = free.into_iter().find(|n| container.find(n).is_none());
                let free = free.ok_or_else(|| refuse("META-INF", "there are 999 archive manifests"))?;
                package.rename(&name, free.clone());
                name = free;
            }
            let digest = match &renewed {
                Some((stamp, bytes)) if *stamp == name => ARCHIVE.digest(bytes).as_ref().to_vec(),
                _ => container.digest(file, ARCHIVE).map_err(|e| refuse(file.name(), e.to_string()))?,
            };
            entries.push((name, ARCHIVE, digest, is_root));
        }
        let xml = manifest::write(&stamp, "application/vnd.etsi.timestamp-token", &entries);
        let token = self.services.timestamp(ARCHIVE, ARCHIVE.digest(&xml).as_ref())?;
        if let Some((name, bytes)) = renewed {
            package.add(name, bytes);
        }
        package.add(ARCHIVE_MANIFEST.into(), xml);
        package.add(stamp, token);
        Ok(())
    }

    /// The newest time-stamp of the container with the material for its own validation put into it.
    fn renewed(&self) -> Result<Option<(String, Vec<u8>)>, MakeError> {
        let Some(last) = self.facts.timestamps.last() else { return Ok(None) };
        let Some(file) = self.container.find(&last.id) else { return Ok(None) };
        let bytes = file.content.content(SIGNATURE_BYTES_MAX).map_err(zip_error)?;
        let token = Token::from_der(&bytes).map_err(|e| refuse(last.id.as_str(), e.to_string()))?;
        let material = self.services.material(&token.certificates)?;
        Ok(Some((last.id.clone(), with_material(&bytes, &token, &material)?)))
    }
}

/// A token with certificates and revocation data added to its CMS; what is signed stays as it is.
fn with_material(bytes: &[u8], token: &Token, material: &Material) -> Result<Vec<u8>, MakeError> {
    let data = SignedData::parse(bytes).map_err(|e| refuse("time-stamp", e.to_string()))?;
    let mut writing = Writing::of(&data);
    let is_new = |c: &&Certificate| !token.certificates.iter().any(|known| known.der() == c.der());
    material.certificates.iter().filter(is_new).for_each(|c| writing.add_certificate(c));
    let has = |known: &[std::sync::Arc<[u8]>], der: &[u8]| known.iter().any(|k| **k == *der);
    material.crls.iter().filter(|der| !has(&token.crls, der)).for_each(|der| writing.add_crl(der));
    material.ocsps.iter().filter(|der| !has(&token.ocsps, der)).for_each(|der| writing.add_ocsp(der));
    Ok(writing.to_der())
}

fn stamp_name(number: usize) -> String {
    format!("META-INF/timestamp{number:03}.tst")
}
