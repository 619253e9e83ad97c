//! Pages and their annotations.

use super::document::value;
use super::same::Path;
use super::{Comparison, What};
use mekong_pdf::{Object, Page, Pdf, PdfError, Reference};
use std::collections::{BTreeSet, HashSet};

/// Pages added or removed that are told one by one.
const PAGES_TOLD_MAX: usize = 20;
/// Keys of a page that show nothing, or that have a comparison of their own.
const APART: [&str; 7] = ["Parent", "Annots", "StructParents", "LastModified", "PieceInfo", "Metadata", "Tabs"];
/// Keys of a page by which it is drawn.
const DRAWN: [&str; 3] = ["Contents", "Resources", "Group"];

impl Comparison<'_, '_> {
    pub(super) fn pages(&mut self, then: &[Page], now: &[Page]) -> Result<(), PdfError> {
        if then.len() != now.len() {
            self.tell(What::Undefined, format!("number of pages: {} then, {} now", then.len(), now.len()));
            let what = if then.len() < now.len() { "added" } else { "removed" };
            let (few, many) = (then.len().min(now.len()), then.len().max(now.len()));
            for number in (few + 1..=many).take(PAGES_TOLD_MAX) {
                self.tell(What::Undefined, format!("page {number} was {what}"));
            }
        }
        for (index, (then, now)) in then.iter().zip(now).enumerate() {
            self.page(index + 1, then, now)?;
        }
        Ok(())
    }

    fn page(&mut self, number: usize, page_then: &Page, page_now: &Page) -> Result<(), PdfError> {
        let then = page_then.dictionary(self.then)?;
        let now = match page_now.dictionary(self.now) {
            Ok(now) => now,
            Err(error @ (PdfError::Limit { .. } | PdfError::Source(_))) => return Err(error),
            Err(_) => {
                self.tell(What::Undefined, format!("page {number} cannot be read any more"));
                return Ok(());
            }
        };
        let keys: BTreeSet<String> =
            then.iter().chain(now.iter()).map(|(key, _)| String::from_utf8_lossy(key).into_owned()).collect();
        for key in keys.iter().filter(|key| !APART.contains(&key.as_str())) {
            let path = Path::new(format!("page {number} /{key}"));
            let (a, b) = (value(&then, key), value(&now, key));
            let differences =
                if DRAWN.contains(&key.as_str()) { self.drawn(a, b, &path) } else { self.differences(a, b, &path) };
            for place in differences? {
                self.tell(What::Undefined, place);
            }
        }
        let before = annotations(self.then, value(&then, "Annots"))?;
        let after = annotations(self.now, value(&now, "Annots"))?;
        self.annotations(number, &before, &after)
    }

    fn annotations(&mut self, page: usize, then: &[Object], now: &[Object]) -> Result<(), PdfError> {
        let known: HashSet<Reference> = then.iter().filter_map(Object::reference).collect();
        let left: HashSet<Reference> = now.iter().filter_map(Object::reference).collect();
        for annotation in now {
            match annotation.reference() {
                Some(reference) if self.form_now.find(reference).is_some() => {}
                Some(reference) if known.contains(&reference) => {
                    let path = Path::new(format!("annotation on page {page}"));
                    let (a, b) = (self.object_then(reference)?, self.object_now(reference)?);
                    if !self.drawn(&a, &b, &path)?.is_empty() {
                        self.tell(What::Annotation, format!("annotation {reference} on page {page} changed"));
                    }
                }
                None if then.contains(annotation) => {}
                _ => {
                    let kind = self.subtype(annotation);
                    self.tell(What::Annotation, format!("annotation{kind} added on page {page}"));
                }
            }
        }
        for annotation in then {
            match annotation.reference() {
                Some(reference) if left.contains(&reference) => {}
                Some(reference) if self.form_then.find(reference).is_some() => {
                    self.tell(What::Undefined, format!("field taken from page {page}"));
                }
                None if now.contains(annotation) => {}
                _ => self.tell(What::Annotation, format!("annotation removed from page {page}")),
            }
        }
        Ok(())
    }

    fn object_then(&self, reference: Reference) -> Result<Object, PdfError> {
        contents(self.then, reference)
    }

    fn object_now(&self, reference: Reference) -> Result<Object, PdfError> {
        contents(self.now, reference)
    }

    fn subtype(&self, annotation: &Object) -> String {
        let resolved = self.now.resolve(annotation).ok();
        let name = resolved.as_ref().and_then(|object| object.dictionary()?.get("Subtype")?.name().map(<[u8]>::to_vec));
        name.map(|name| format!(" /{}", String::from_utf8_lossy(&name))).unwrap_or_default()
    }
}

/// The value of an object; nothing where it cannot be read, as for viewers.
fn contents(pdf: &Pdf<'_>, reference: Reference) -> Result<Object, PdfError> {
    match pdf.get(reference) {
        Ok(object) => Ok(object.as_ref().clone()),
        Err(error @ (PdfError::Limit { .. } | PdfError::Source(_))) => Err(error),
        Err(_) => Ok(Object::Null),
    }
}

fn annotations(pdf: &Pdf<'_>, object: &Object) -> Result<Vec<Object>, PdfError> {
    match pdf.resolve(object) {
        Ok(list) => Ok(list.array().unwrap_or_default().to_vec()),
        Err(error @ (PdfError::Limit { .. } | PdfError::Source(_))) => Err(error),
        Err(_) => Ok(Vec::new()),
    }
}
