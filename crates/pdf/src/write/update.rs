//! An incremental update (ISO 32000-2 §7.5.6): new and changed objects, their cross-references, a trailer that points back.

use super::objects::{Append, Objects, append, runs, table};
use super::serialize::object_bytes;
use crate::object::{Dictionary, Object, Reference};
use crate::{Pdf, PdfError};
use std::collections::BTreeMap;

/// New and changed objects of a PDF.
pub struct Update<'p, 'a> {
    pdf: &'p Pdf<'a>,
    objects: Objects,
}

/// An update, written.
#[derive(Debug, Clone)]
pub struct Written {
    /// The bytes to be appended to the file.
    pub bytes: Vec<u8>,
    /// Where the value of each object begins, as an offset of the whole file.
    pub offsets: BTreeMap<Reference, u64>,
}

impl<'p, 'a> Update<'p, 'a> {
    /// An empty update of a file.
    ///
    /// # Errors
    /// [`PdfError::Encrypted`]; [`PdfError::Malformed`] if cross-references were broken: write such a file anew first.
    pub fn new(pdf: &'p Pdf<'a>) -> Result<Self, PdfError> {
        if pdf.is_encrypted() {
            return Err(PdfError::Encrypted("the document".into()));
        }
        match pdf.repair() {
            None => Ok(Self { pdf, objects: Objects::from(pdf.next_number()) }),
            Some(repair) => {
                let why = &repair.why;
                let reason =
                    format!("cross-references are broken ({why}): write the document anew with another program");
                Err(PdfError::malformed(0, reason))
            }
        }
    }

    /// Length of the file that is updated.
    pub fn base(&self) -> u64 {
        self.pdf.end()
    }

    /// What it consists of so far.
    pub const fn objects(&mut self) -> &mut Objects {
        &mut self.objects
    }

    /// A number for a new object.
    pub fn reserve(&mut self) -> Reference {
        self.objects.reserve()
    }

    /// Adds an object under a new number.
    pub fn add(&mut self, object: Append) -> Reference {
        self.objects.add(object)
    }

    /// Sets or replaces an object.
    pub fn set(&mut self, reference: Reference, object: Append) {
        self.objects.set(reference, object);
    }

    /// The value of an object as it is with this update; for changing it once more.
    ///
    /// # Errors
    /// As [`Pdf::get`].
    pub fn current(&self, reference: Reference) -> Result<Object, PdfError> {
        match self.objects.get(reference) {
            Some(Append::Object(object)) => Ok(object.clone()),
            Some(_) => Ok(Object::Null),
            None => Ok(self.pdf.get(reference)?.as_ref().clone()),
        }
    }

    /// The bytes to be appended: in the style of the file, with a table or with a stream of cross-references.
    ///
    /// # Errors
    /// [`PdfError::Source`] if the end of the file cannot be read.
    pub fn write(mut self) -> Result<Written, PdfError> {
        let base = self.pdf.end();
        let mut bytes = Vec::new();
        let last = self.pdf.source().read(base.saturating_sub(1)..base, 1)?;
        if !matches!(last.as_slice(), [b'\n' | b'\r']) {
            bytes.push(b'\n');
        }
        let (places, offsets) = self.objects.write(base, &mut bytes);
        if self.pdf.uses_xref_streams() {
            self.xref_stream(places, base, &mut bytes);
        } else {
            self.xref_table(&places, base, &mut bytes);
        }
        Ok(Written { bytes, offsets })
    }

    fn trailer(&self) -> Dictionary {
        let mut trailer = Dictionary::default();
        for key in ["Root", "Info", "ID"] {
            if let Some(value) = self.pdf.trailer().get(key) {
                trailer.set(key, value.clone());
            }
        }
        if let Some(previous) = self.pdf.newest_section() {
            trailer.set("Prev", Object::Integer(i64::try_from(previous).unwrap_or(i64::MAX)));
        }
        trailer.with("Size", Object::Integer(self.objects.size().into()))
    }

    fn xref_table(&self, places: &BTreeMap<Reference, u64>, base: u64, bytes: &mut Vec<u8>) {
        let start = base + bytes.len() as u64;
        bytes.extend_from_slice(b"xref\n");
        table(places, bytes);
        bytes.extend_from_slice(b"trailer\n");
        bytes.extend_from_slice(&object_bytes(&self.trailer().into()));
        bytes.extend_from_slice(format!("\nstartxref\n{start}\n%%EOF\n").as_bytes());
    }

    fn xref_stream(&mut self, mut places: BTreeMap<Reference, u64>, base: u64, bytes: &mut Vec<u8>) {
        let own = self.reserve();
        let start = base + bytes.len() as u64;
        places.insert(own, start);
        let (mut index, mut rows) = (Vec::new(), Vec::new());
        for run in runs(&places) {
            let first = run.first().map_or(0, |(reference, _)| reference.number);
            index.push(Object::Integer(first.into()));
            index.push(Object::Integer(i64::try_from(run.len()).unwrap_or(0)));
            for (reference, offset) in run {
                rows.push(1);
                rows.extend_from_slice(&offset.to_be_bytes());
                rows.extend_from_slice(&reference.generation.to_be_bytes());
            }
        }
        let dictionary = self
            .trailer()
            .with("Type", Object::named("XRef"))
            .with("W", Object::Array(vec![1.into(), 8.into(), 2.into()]))
            .with("Index", Object::Array(index));
        bytes.extend_from_slice(format!("{} 0 obj\n", own.number).as_bytes());
        append(Append::Stream(dictionary, rows), bytes);
        bytes.extend_from_slice(format!("\nendobj\nstartxref\n{start}\n%%EOF\n").as_bytes());
    }
}
