//! A PDF to facts.

use super::byte_range::{ByteRange, Digests};
use super::dss::Store;
use super::form::Form;
use super::found::{self, Found, read_error};
use super::{MATERIAL_BYTES_A_STEP, STEPS_MAX, level, opening_steps};
use crate::facts::{Document, Fault, Finding, Format, Proven, Weight};
use crate::read::{ReadError, Reading};
use mekong_base::Source;
use mekong_pdf::{Limits, Pdf, Revision};
use std::cell::Cell;
use std::collections::{HashMap, HashSet};

/// Reads the signatures and document time-stamps of a PDF, in the order in which they were made.
///
/// # Errors
/// [`ReadError::NoSignature`] for other files and PDFs without any; [`ReadError::Malformed`] for PDFs broken beyond repair;
/// [`ReadError::Limit`].
pub fn read(source: &dyn Source, _reading: &Reading<'_>) -> Result<Document, ReadError> {
    let pdf = Pdf::open(source, Limits::default()).map_err(read_error)?;
    let mut document = Document {
        format: Format::Pades,
        signatures: Vec::new(),
        timestamps: Vec::new(),
        evidence_records: Vec::new(),
        faults: Vec::new(),
        findings: findings(&pdf),
    };
    let mut places: Vec<Place> = found::all(&pdf)?.into_iter().map(|found| Place::of(found, &pdf)).collect();
    if places.is_empty() {
        return Err(ReadError::NoSignature("a PDF without signature fields that are signed".into()));
    }
    places.sort_by_key(|place| place.range.as_ref().map_or(u64::MAX, |range| range.end));
    overlaps(&mut places);
    let mut reader = Reader {
        digests: Digests::new(source),
        revisions: pdf.revisions().map_err(read_error)?,
        store: Store::read(&pdf),
        stores: HashMap::new(),
        archive_stamps: HashSet::new(),
        ids: HashSet::new(),
        covered: Vec::new(),
        form: Form::read(&pdf).unwrap_or_default(),
        left: Cell::new(STEPS_MAX),
        pdf: &pdf,
    };
    for range in places.iter().filter(|place| place.found.is_timestamp()).filter_map(|place| place.range.as_ref().ok())
    {
        reader.earlier_store(range.end)?;
    }
    document.findings.extend(reader.store.findings.iter().cloned());
    for place in places {
        reader.place(place, &mut document)?;
    }
    reader.levels(&mut document);
    match reader.digests.failure() {
        Some(error) => Err(error.into()),
        None => Ok(document),
    }
}

fn findings(pdf: &Pdf<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(repair) = pdf.repair() {
        let text =
            format!("cross-references are broken ({}); {} objects were found by search", repair.why, repair.objects);
        findings.push(Finding::new(Weight::Warning, "pdf_repaired", text));
    }
    if pdf.is_encrypted() {
        let text = "the document is encrypted: what was added after signing is compared without being decrypted";
        findings.push(Finding::new(Weight::Warning, "pdf_encrypted", text));
    }
    if pdf.junk_before_header() > 0 {
        let text = format!("{} bytes stand before %PDF-", pdf.junk_before_header());
        findings.push(Finding::new(Weight::Warning, "pdf_junk_before_header", text));
    }
    findings
}

/// A signature dictionary and which bytes it signs.
pub(super) struct Place {
    pub(super) found: Found,
    pub(super) range: Result<ByteRange, Fault>,
}

impl Place {
    fn of(found: Found, pdf: &Pdf<'_>) -> Self {
        let range = match pdf.value(&found.dictionary, "ByteRange") {
            Ok(object) => ByteRange::read(&object, pdf.end()),
            Err(error) => Err(Fault::new("/ByteRange", error.to_string())),
        };
        Self { found, range }
    }
}

/// Two signatures cannot leave out parts of each other: the hole of one is the other's or lies in what the other signs.
fn overlaps(places: &mut [Place]) {
    let ranges: Vec<ByteRange> = places.iter().filter_map(|place| place.range.as_ref().ok().copied()).collect();
    let mut latest: Option<ByteRange> = None;
    let mut crossing: Vec<(ByteRange, ByteRange)> = Vec::new();
    for range in ranges {
        if let Some(before) = latest.filter(|before| range != *before && range.hole < before.end) {
            crossing.push((before, range));
        }
        latest = Some(range);
    }
    for place in places {
        if let Some((before, range)) = crossing.iter().find(|(_, range)| place.range.as_ref() == Ok(range)) {
            let what = format!(
                "leaves out bytes {}..{}, which overlap what another signature signs, 0..{}",
                range.hole, range.resume, before.end
            );
            place.found.faults.push(Fault::new("/ByteRange", what));
        }
    }
}

/// A document being read.
pub(super) struct Reader<'r, 'a> {
    pub(super) pdf: &'r Pdf<'a>,
    pub(super) digests: Digests<'a>,
    pub(super) revisions: Vec<Revision>,
    /// The form as it is.
    pub(super) form: Form,
    /// Validation material of the document, today's and what earlier revisions had.
    pub(super) store: Store,
    /// Validation material at the ends of revisions that are time-stamped.
    pub(super) stores: HashMap<u64, Store>,
    /// Ids of document time-stamps that are entered as such (EN 319 142-1 §5.4.3) and cover revocation data.
    pub(super) archive_stamps: HashSet<String>,
    /// What later document time-stamps may prove: with the end of the bytes that hold it.
    pub(super) covered: Vec<(u64, Vec<Proven>)>,
    /// Steps that are left of [`STEPS_MAX`].
    pub(super) left: Cell<usize>,
    ids: HashSet<String>,
}

impl<'a> Reader<'_, 'a> {
    fn id(&mut self, found: &Found) -> String {
        // Names in encrypted documents are encrypted too.
        let wanted = found.field.clone().filter(|name| !name.is_empty() && !self.pdf.is_encrypted());
        let wanted = wanted.unwrap_or_else(|| format!("signature-{}", self.ids.len() + 1));
        // What is inside a signature is named after it: no field may go by such a name.
        let wanted = ["-timestamp-", "-signer-", "-evidence-record-"]
            .iter()
            .fold(wanted, |name, inner| name.replace(inner, &inner.replace('-', " ")));
        let mut id = wanted.clone();
        let mut number = 2;
        while !self.ids.insert(id.clone()) {
            id = format!("{wanted}-{number}");
            number += 1;
        }
        id
    }

    /// The document as it was when it ended here; `None` if it cannot be opened.
    fn then(&self, end: u64) -> Result<Option<Pdf<'a>>, ReadError> {
        if self.left.get() == 0 {
            let reason = format!("too many signatures in {} revisions of many objects", self.revisions.len());
            return Err(ReadError::Limit { place: "PDF".into(), reason });
        }
        let then = self.pdf.earlier(end).ok();
        self.left.set(self.left.get().saturating_sub(opening_steps(then.as_ref().unwrap_or(self.pdf))));
        Ok(then)
    }

    /// The material in the revision that ends here.
    fn earlier_store(&mut self, end: u64) -> Result<(), ReadError> {
        if !self.stores.contains_key(&end)
            && let Some(then) = self.then(end)?
        {
            let store = Store::read(&then);
            self.left.set(self.left.get().saturating_sub(store.bytes / MATERIAL_BYTES_A_STEP));
            self.store.merge(store.clone());
            self.stores.insert(end, store.shared_with(&self.store));
        }
        Ok(())
    }

    fn place(&mut self, place: Place, document: &mut Document) -> Result<(), ReadError> {
        let is_timestamp = place.found.is_timestamp();
        let id = self.id(&place.found);
        let then = match &place.range {
            Ok(range) => self.then(range.end)?,
            Err(_) => None,
        };
        let signed = self.signed(id, place, then.as_ref());
        if is_timestamp {
            let timestamp = self.timestamp(signed);
            document.timestamps.push(timestamp);
        } else {
            let signatures = self.signature(signed, document.signatures.len());
            document.signatures.extend(signatures);
        }
        Ok(())
    }

    /// Levels, when everything is known.
    fn levels(&self, document: &mut Document) {
        let mut stamped: HashMap<&str, bool> = HashMap::new();
        for stamp in &document.timestamps {
            let archives = self.archive_stamps.contains(&stamp.id);
            for proven in &stamp.proves {
                if let Proven::Signature(id) = proven {
                    *stamped.entry(id).or_default() |= archives;
                }
            }
        }
        let has_material = self.store.has_revocation();
        for signature in document.signatures.iter_mut().filter(|signature| signature.countersigns.is_none()) {
            let archived = stamped.get(signature.id.as_str());
            let has_time = archived.is_some() || !signature.timestamps.is_empty();
            signature.level = level::of(signature.level, has_time, has_material, archived == Some(&true));
        }
    }
}
