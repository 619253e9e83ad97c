//! Levels T, LT and LTA added to signed PDFs, and archive time-stamps renewed (EN 319 142-1 §5.4, §5.5).
//!
//! Everything is appended. Only a signature time-stamp goes into the signature itself, into bytes that were reserved, and
//! only while no later signature or time-stamp covers them.

use super::dss::Store;
use super::make::{self, Filled, Hole, refused, set, unreadable};
use crate::cades;
use crate::facts::{Document, Level, Signature};
use crate::making::{MakeError, Material, Selection, ServiceError, Services};
use crate::read::Reading;
use mekong_base::Source;
use mekong_crypto::{DigestAlgorithm, sha256};
use mekong_pdf::{Append, Dictionary, Limits, Object, Pdf, PdfString, Reference, Update};
use mekong_pki::Certificate;
use mekong_pki::cms::SignedData;
use mekong_pki::cms::ber::Elements;
use mekong_pki::tsp::Token;
use std::collections::{HashMap, HashSet};

/// The digest of document time-stamps.
const STAMP_DIGEST: DigestAlgorithm = DigestAlgorithm::Sha512;
/// Room for a time-stamp token with its certificates.
const STAMP_ROOM_BYTES: usize = 24_000;

fn read(document: &[u8]) -> Result<Document, MakeError> {
    super::read(&document, &Reading::default()).map_err(|error| refused("PDF", error.to_string()))
}

/// The chosen signatures; ids are those of [`super::read`].
fn chosen<'d>(facts: &'d Document, which: &Selection) -> Result<Vec<&'d Signature>, MakeError> {
    let chosen: Vec<&Signature> =
        facts.signatures.iter().filter(|s| s.countersigns.is_none() && which.takes(&s.id)).collect();
    match chosen.is_empty() {
        false => Ok(chosen),
        true => Err(refused("PDF", format!("none of the {} signatures is among {which:?}", facts.signatures.len()))),
    }
}

/// Adds a time-stamp: level T. Into the last signature, if there is room and nothing was signed after it; else over the
/// document, which covers all signatures in it.
///
/// # Errors
/// [`MakeError::Document`] if the file cannot be read or no chosen signature is in it; [`MakeError::Service`].
pub fn add_timestamp(document: &[u8], which: &Selection, services: &dyn Services) -> Result<Vec<u8>, MakeError> {
    let facts = read(document)?;
    let chosen = chosen(&facts, which)?;
    let without: Vec<&&Signature> = chosen.iter().filter(|signature| signature.timestamps.is_empty()).collect();
    if let &[one] = without.as_slice()
        && let Some(place) = open_place(document, one)?
    {
        let cms = cades::augment::add_timestamp(&place.cms, &Selection::All, services)?;
        if let Some(stamped) = place.put(document, &cms) {
            return Ok(stamped);
        }
    }
    stamp(&document, services)?.whole(&document)
}

/// A signature in bytes that nothing covers.
struct OpenPlace {
    cms: Vec<u8>,
    /// Between the brackets of the hexadecimal string.
    digits: std::ops::Range<usize>,
}

impl OpenPlace {
    fn put(&self, document: &[u8], cms: &[u8]) -> Option<Vec<u8>> {
        let text = hex::encode(cms);
        let mut whole = document.to_vec();
        let digits = whole.get_mut(self.digits.clone()).filter(|digits| digits.len() >= text.len())?;
        digits.fill(b'0');
        digits.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
        Some(whole)
    }
}

/// The place of a signature if it is the last thing in the document.
fn open_place(document: &[u8], signature: &Signature) -> Result<Option<OpenPlace>, MakeError> {
    if signature.coverage != crate::facts::Coverage::Whole || !signature.faults.is_empty() {
        return Ok(None);
    }
    let pdf = Pdf::open(&document, Limits::default()).map_err(unreadable)?;
    let found = super::found::all(&pdf).map_err(|error| refused("PDF", error.to_string()))?;
    let Some(found) = found.into_iter().find(|found| found.field == signature.file) else { return Ok(None) };
    let Some(contents) = found.dictionary.get("Contents").and_then(Object::string) else { return Ok(None) };
    let bound = |offset: u64| usize::try_from(offset).unwrap_or(usize::MAX);
    let digits = bound(contents.place.start) + 1..bound(contents.place.end).saturating_sub(1);
    let cms = Elements::new(&contents.bytes).next("/Contents").map(|first| first.whole.to_vec());
    Ok(cms.ok().map(|cms| OpenPlace { cms, digits }))
}

/// A document time-stamp in a new field.
fn stamp(document: &dyn Source, services: &dyn Services) -> Result<Filled, MakeError> {
    let pdf = Pdf::open(document, Limits::default()).map_err(unreadable)?;
    let mut update = Update::new(&pdf).map_err(unreadable)?;
    let signature = update.reserve();
    make::timestamp_field(&pdf, &mut update, signature)?;
    let entries = Dictionary::default()
        .with("Type", Object::named("DocTimeStamp"))
        .with("Filter", Object::named("Adobe.PPKLite"))
        .with("SubFilter", Object::named("ETSI.RFC3161"));
    let hole = Hole::write(update, signature, &entries, STAMP_ROOM_BYTES)?;
    let digest = hole.digest(document, STAMP_DIGEST)?;
    let token = services.timestamp(STAMP_DIGEST, &digest)?;
    check_token(&token, &digest)?;
    hole.fill(&token)
}

fn check_token(token: &[u8], digest: &[u8]) -> Result<(), MakeError> {
    let wrong = |reason: String| ServiceError { service: "time-stamp".into(), reason };
    let data = SignedData::parse(token).map_err(|error| wrong(error.to_string()))?;
    let read = Token::read(&data).map_err(|error| wrong(error.to_string()))?;
    if (read.info.algorithm, read.info.digest.as_slice()) != (STAMP_DIGEST, digest) {
        return Err(wrong("the token is for another digest than the one that was asked for".into()).into());
    }
    Ok(())
}

/// Adds the certificates and revocation data with which the chosen signatures and all time-stamps are validated later:
/// level LT.
///
/// # Errors
/// [`MakeError::Level`] if there is no time-stamp for a chosen signature; as [`add_timestamp`].
pub fn add_material(document: &[u8], which: &Selection, services: &dyn Services) -> Result<Vec<u8>, MakeError> {
    let facts = read(document)?;
    let chosen = chosen(&facts, which)?;
    if let Some(early) = chosen.iter().find(|signature| signature.level < Level::T) {
        return Err(MakeError::Level { wanted: Level::Lt, found: early.level });
    }
    let mut needed: Vec<Certificate> = Vec::new();
    let mut need = |certificate: Option<&Certificate>| {
        if let Some(certificate) = certificate.filter(|certificate| !needed.contains(certificate)) {
            needed.push(certificate.clone());
        }
    };
    for signature in &chosen {
        need(signer(signature));
        signature.timestamps.iter().chain(&facts.timestamps).for_each(|stamp| {
            let signer = stamp.token.as_ref().ok().map(|token| &token.signer);
            need(stamp.certificates.iter().find(|c| signer.is_some_and(|signer| signer.matches(c))));
        });
    }
    let material = services.material(&needed)?;
    append_material(document, &chosen, material)
}

/// The certificate of the signer, by what is signed.
fn signer(signature: &Signature) -> Option<&Certificate> {
    let reference = signature.certificate_references.first();
    let digest = reference.and_then(|reference| reference.digest.as_ref());
    signature.certificates.iter().find(|certificate| {
        digest.is_some_and(|(algorithm, digest)| certificate.fingerprint(*algorithm).as_ref() == digest.as_slice())
    })
}

/// Writes the store: what was in it stays, what is new is added.
fn append_material(document: &[u8], chosen: &[&Signature], material: Material) -> Result<Vec<u8>, MakeError> {
    let pdf = Pdf::open(&document, Limits::default()).map_err(unreadable)?;
    let mut update = Update::new(&pdf).map_err(unreadable)?;
    let root = pdf.trailer().get("Root").and_then(Object::reference);
    let root = root.ok_or_else(|| refused("PDF", "the trailer has no /Root"))?;
    let mut catalog = update.current(root).map_err(unreadable)?.dictionary().cloned().unwrap_or_default();
    let mut store = pdf.value(&catalog, "DSS").map_err(unreadable)?.dictionary().cloned().unwrap_or_default();
    let known = Store::read(&pdf);
    let known: HashSet<[u8; 32]> = known
        .certificates
        .iter()
        .map(|(digest, _)| *digest)
        .chain(known.crls.iter().chain(&known.ocsps).map(|(digest, _)| *digest))
        .collect();
    let certificates = material.certificates.iter().map(|certificate| certificate.der().to_vec()).collect();
    let mut entry = Dictionary::default();
    let lists = [("Certs", "Cert", certificates), ("OCSPs", "OCSP", material.ocsps), ("CRLs", "CRL", material.crls)];
    for (list, short, values) in lists {
        let fresh: Vec<Object> = streams(&mut update, values, &known).into_iter().map(Object::Reference).collect();
        let before = pdf.value(&store, list).map_err(unreadable)?.array().map(<[Object]>::to_vec).unwrap_or_default();
        if !fresh.is_empty() {
            entry.set(short, Object::Array(fresh.clone()));
            store.set(list, Object::Array(before.into_iter().chain(fresh).collect()));
        }
    }
    let entries = pdf.value(&store, "VRI").map_err(unreadable)?.dictionary().cloned().unwrap_or_default();
    let keys = keys(&pdf)?;
    let entries = chosen
        .iter()
        .filter_map(|signature| keys.get(&signature.file))
        .fold(entries, |entries, key| if entries.has(key) { entries } else { entries.with(key, entry.clone().into()) });
    store.set("VRI", entries.into());
    store.set("Type", Object::named("DSS"));
    match catalog.get("DSS").and_then(Object::reference) {
        Some(reference) => set(&mut update, reference, store),
        None => {
            let reference = update.add(Append::Object(store.into()));
            catalog.set("DSS", reference.into());
            set(&mut update, root, catalog);
        }
    }
    let written = update.write().map_err(unreadable)?;
    Ok([document, &written.bytes].concat())
}

fn streams(update: &mut Update<'_, '_>, values: Vec<Vec<u8>>, known: &HashSet<[u8; 32]>) -> Vec<Reference> {
    let mut seen = known.clone();
    let fresh = values.into_iter().filter(|value| seen.insert(sha256(value)));
    fresh.map(|value| update.add(Append::Stream(Dictionary::default(), value))).collect()
}

/// The names of signatures in the store, by their fields: SHA-1 of `/Contents`, padding included (ISO 32000-2 §12.8.4.4).
fn keys(pdf: &Pdf<'_>) -> Result<HashMap<Option<String>, String>, MakeError> {
    let found = super::found::all(pdf).map_err(|error| refused("PDF", error.to_string()))?;
    let key = |contents: &PdfString| hex::encode_upper(DigestAlgorithm::Sha1.digest(&contents.bytes));
    let keys = found.into_iter().filter_map(|found| {
        let contents = found.dictionary.get("Contents").and_then(Object::string).map(key)?;
        Some((found.field, contents))
    });
    Ok(keys.collect())
}

/// Adds what is needed to validate the present signatures and time-stamps, and a document time-stamp over all of it: level
/// LTA. Done again, it renews the protection.
///
/// # Errors
/// As [`add_material`].
pub fn add_archive_timestamp(
    document: &[u8],
    which: &Selection,
    services: &dyn Services,
) -> Result<Vec<u8>, MakeError> {
    let with_material = add_material(document, which, services)?;
    let filled = stamp(&with_material, services)?;
    filled.whole(&with_material)
}
