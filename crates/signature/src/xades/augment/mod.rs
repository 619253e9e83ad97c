//! Signatures brought to the levels T, LT and LTA (EN 319 132-1 §5.3 to §5.5), and archive time-stamps renewed.
//!
//! Properties are put in after those that are there, and no byte that was there is changed. With [`Selection::All`] these are
//! all signatures but counter-signatures, which the archive time-stamp of their signature covers.

mod opened;
mod write;

use super::Resolved;
use super::original::{Insertion, Original, document_error};
use super::{place, unbroken};
use crate::facts::{Level, Signature, SignatureFormat, Timestamp};
use crate::making::{MakeError, Material, Selection, Services};
use mekong_crypto::DigestAlgorithm;
use mekong_pki::Certificate;
use mekong_xml::c14n::Method;
use mekong_xml::dsig::examine::Unread;
use opened::{Opened, opened};
use std::collections::HashSet;
use write::Values;

/// The digest of imprints.
const DIGEST: DigestAlgorithm = DigestAlgorithm::Sha256;
/// The canonicalisation of imprints: what it gives does not depend on what is around.
const METHOD: Method = Method::EXCLUSIVE;

/// What gives the content of references that lead out of the document.
pub type Resolve<'r> = dyn Fn(&str) -> Option<Resolved<'r>> + 'r;

/// Adds a time-stamp on the signature value: level T.
///
/// # Errors
/// [`MakeError::Level`] if a signature has no signed properties of XAdES 1.3.2; [`MakeError::Service`];
/// [`MakeError::Document`] if the document cannot be read, or has no such signature.
pub fn add_timestamp(document: &[u8], selection: &Selection, services: &dyn Services) -> Result<Vec<u8>, MakeError> {
    each(document, selection, &|_| None, |signature| {
        require(signature.facts, Level::Bes, Level::T)?;
        let imprint = signature.value_imprint(DIGEST, &METHOD).map_err(|e| unread(signature.facts, e))?;
        let token = services.timestamp(DIGEST, &imprint)?;
        Ok(write::timestamp(signature.place, "SignatureTimeStamp", &token))
    })
}

/// Adds what is needed to validate later, for the signer and for the time-stamps: level LT.
///
/// # Errors
/// As [`add_timestamp`]; [`MakeError::Level`] if a signature has no time-stamp yet.
pub fn add_material(document: &[u8], selection: &Selection, services: &dyn Services) -> Result<Vec<u8>, MakeError> {
    each(document, selection, &|_| None, |signature| {
        require(signature.facts, Level::T, Level::Lt)?;
        let mut seen = seen(signature.facts);
        let signer: Vec<Certificate> = signer(signature.facts).cloned().into_iter().collect();
        let values = new_values(services.material(&signer)?, &mut seen);
        let mut text = match signature.has_values {
            false => write::values(signature.place, &values),
            // They may be there once only.
            true => write::validation_data(signature.place, None, &values),
        };
        text.push_str(&stamps_material(signature, services, &mut seen)?);
        Ok(text)
    })
}

/// Adds an archive time-stamp over everything: level LTA. Adding one again renews. `resolve` gives the content of references
/// that lead out of the document.
///
/// # Errors
/// As [`add_timestamp`]; [`MakeError::Level`] if a signature has no material yet; [`MakeError::Document`] if what it signs is
/// not at hand, or was changed.
pub fn add_archive_timestamp<'r>(
    document: &[u8],
    selection: &Selection,
    services: &dyn Services,
    resolve: &'r Resolve<'r>,
) -> Result<Vec<u8>, MakeError> {
    let with_material = each(document, selection, resolve, |signature| {
        require(signature.facts, Level::C, Level::Lta)?;
        stamps_material(signature, services, &mut seen(signature.facts))
    })?;
    each(&with_material, selection, resolve, |signature| {
        let imprint = signature.archive_imprint(DIGEST, &METHOD).map_err(|e| unread(signature.facts, e))?;
        let token = services.timestamp(DIGEST, &imprint)?;
        Ok(write::timestamp(signature.place, "ArchiveTimeStamp", &token))
    })
}

/// Puts what `make` writes at the end of the unsigned properties of each selected signature.
fn each<'r>(
    document: &[u8],
    selection: &Selection,
    resolve: &'r Resolve<'r>,
    make: impl Fn(&mut Opened<'_, '_, '_, '_>) -> Result<String, MakeError>,
) -> Result<Vec<u8>, MakeError> {
    let original = Original::read(document)?;
    let mut insertions = Vec::new();
    opened(original.text(), selection, resolve, |signature| {
        let text = make(signature)?;
        if !text.is_empty() {
            let place = signature.place;
            let text = [place.before.as_str(), &text, &place.after].concat();
            insertions.push(Insertion { at: place.at, replaces: place.replaces, text });
        }
        Ok(())
    })?;
    if insertions.is_empty() {
        return Ok(document.to_vec());
    }
    let augmented = original.with(insertions);
    unbroken::check(document, &augmented, resolve)?;
    Ok(augmented)
}

fn require(signature: &Signature, least: Level, wanted: Level) -> Result<(), MakeError> {
    let found = signature.level;
    if signature.format == SignatureFormat::Xades && found >= least {
        return Ok(());
    }
    Err(MakeError::Level { wanted, found })
}

fn unread(signature: &Signature, reason: Unread) -> MakeError {
    document_error(&signature.id, reason)
}

/// The signer's certificate, by the signed reference.
fn signer(signature: &Signature) -> Option<&Certificate> {
    let (algorithm, digest) = signature.certificate_references.first()?.digest.as_ref()?;
    signature.certificates.iter().find(|c| c.fingerprint(*algorithm).as_ref() == digest.as_slice())
}

/// What the signature holds already.
fn seen(signature: &Signature) -> HashSet<Vec<u8>> {
    let certificates = signature.certificates.iter().map(|c| c.der().to_vec());
    let answers = signature.crls.iter().chain(&signature.ocsps).map(|der| der.to_vec());
    certificates.chain(answers).collect()
}

/// What of the material is new.
fn new_values(material: Material, seen: &mut HashSet<Vec<u8>>) -> Values {
    let certificates = material.certificates.iter().map(|c| c.der().to_vec());
    Values {
        certificates: certificates.filter(|der| seen.insert(der.clone())).collect(),
        crls: material.crls.into_iter().filter(|der| seen.insert(der.clone())).collect(),
        ocsps: material.ocsps.into_iter().filter(|der| seen.insert(der.clone())).collect(),
    }
}

/// Validation data for each time-stamp that has none yet.
fn stamps_material(
    signature: &Opened<'_, '_, '_, '_>,
    services: &dyn Services,
    seen: &mut HashSet<Vec<u8>>,
) -> Result<String, MakeError> {
    let mut text = String::new();
    for timestamp in signature.facts.timestamps.iter().filter(|t| !signature.accompanied.contains(&t.id)) {
        let Some(authority) = authority(signature.facts, timestamp) else { continue };
        let values = new_values(services.material(std::slice::from_ref(authority))?, seen);
        text.push_str(&write::validation_data(signature.place, Some(&timestamp.id), &values));
    }
    Ok(text)
}

/// The certificate of the authority that made a time-stamp.
fn authority<'s>(signature: &'s Signature, timestamp: &'s Timestamp) -> Option<&'s Certificate> {
    let token = timestamp.token.as_ref().ok()?;
    timestamp.certificates.iter().chain(&signature.certificates).find(|c| token.signer.matches(c))
}
