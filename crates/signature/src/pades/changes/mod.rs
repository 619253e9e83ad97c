//! What was changed after signing: the file as it was when it was signed against the file as it is.
//!
//! Everything that a reader may show or do is compared. What the usual course explains (another signature, validation
//! material, a filled form, an annotation) is named so; all other differences are undefined changes: shadow attacks, swapped
//! fonts, moved fields, exchanged pages. What a certification or a lock forbids is forbidden.

mod document;
mod fields;
mod pages;
mod same;

use super::STEPS_MAX;
use super::dictionary::Permissions;
use super::form::Form;
use crate::facts::{Change, ChangeKind};
use mekong_pdf::{Pdf, PdfError, Reference};
use std::cell::Cell;
use std::collections::HashSet;

/// Changes that are told of one signature.
const CHANGES_MAX: usize = 200;

/// A difference, before it is judged.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum What {
    /// Validation material, a document time-stamp, metadata.
    Extension,
    /// A signature, in a field of this name.
    Signature(String),
    /// A field of this name, filled or created empty for a signature.
    Field(String),
    /// An annotation.
    Annotation,
    /// Anything else.
    Undefined,
}

/// The result of a comparison.
#[derive(Debug, Clone, Default)]
pub(super) struct Compared {
    /// The changes, judged by the rules of the signature.
    pub(super) changes: Vec<Change>,
    /// Number of pages then and now, if they differ.
    pub(super) pages: Option<(usize, usize)>,
}

/// A comparison under way.
struct Comparison<'x, 'a> {
    then: &'x Pdf<'a>,
    now: &'x Pdf<'a>,
    form_then: &'x Form,
    form_now: &'x Form,
    /// Objects that have a comparison of their own: pages and the catalog.
    apart: HashSet<Reference>,
    /// Fields, which have one too; but what is drawn is compared whole, whatever else it is.
    fields: HashSet<Reference>,
    found: Vec<(What, String)>,
    /// Pairs that are known to be the same, then and now.
    same: HashSet<(Reference, Reference)>,
    /// Those of them that are the same with every field in them.
    same_drawn: HashSet<(Reference, Reference)>,
    /// Steps that are left for the document.
    left: &'x Cell<usize>,
}

/// Compares the signed revision with the file as it is, under the rules of the signature. `left` counts what may still be
/// compared in this document; when it is used up, that is told as an undefined change.
pub(super) fn compare(
    (then, form_then): (&Pdf<'_>, &Form),
    (now, form_now): (&Pdf<'_>, &Form),
    permissions: &Permissions,
    left: &Cell<usize>,
) -> Compared {
    let (apart, fields, found) = (HashSet::new(), HashSet::new(), Vec::new());
    let (same, same_drawn) = (HashSet::new(), HashSet::new());
    let mut comparison = Comparison { then, now, form_then, form_now, apart, fields, found, same, same_drawn, left };
    let mut pages = None;
    if let Err(error) = comparison.run(&mut pages) {
        comparison.tell(What::Undefined, format!("not all could be compared: {error}"));
    }
    let judged =
        comparison.found.into_iter().map(|(what, text)| Change { kind: judge(&what, permissions), what: text });
    Compared { changes: judged.collect(), pages }
}

fn judge(what: &What, permissions: &Permissions) -> ChangeKind {
    let level = permissions.level.unwrap_or(3);
    let locked = |field: &str| permissions.locks.iter().any(|lock| lock.closes(field));
    match what {
        What::Extension => ChangeKind::Extension,
        What::Signature(_) if level <= 1 => ChangeKind::Forbidden,
        What::Signature(_) => ChangeKind::Extension,
        What::Field(field) if level <= 1 || locked(field) => ChangeKind::Forbidden,
        What::Field(_) => ChangeKind::FormFilling,
        What::Annotation if level <= 2 => ChangeKind::Forbidden,
        What::Annotation => ChangeKind::Annotation,
        What::Undefined => ChangeKind::Undefined,
    }
}

impl Comparison<'_, '_> {
    fn run(&mut self, pages: &mut Option<(usize, usize)>) -> Result<(), PdfError> {
        let (pages_then, pages_now) = (self.then.pages()?, self.now.pages()?);
        self.spend(pages_then.len() + pages_now.len() + self.form_now.fields.len())?;
        if pages_then.len() != pages_now.len() {
            *pages = Some((pages_then.len(), pages_now.len()));
        }
        let root = self.then.trailer().get("Root").and_then(mekong_pdf::Object::reference);
        self.apart = self.without_streams(pages_then.iter().filter_map(mekong_pdf::Page::reference).chain(root));
        self.fields = self.without_streams(self.form_then.fields.iter().filter_map(|(reference, _)| *reference));
        self.trailer()?;
        self.catalog()?;
        self.pages(&pages_then, &pages_now)?;
        self.fields()
    }

    /// What is compared key by key elsewhere: not streams, whose bytes nobody would compare then.
    fn without_streams(&self, references: impl Iterator<Item = Reference>) -> HashSet<Reference> {
        let is_stream = |pdf: &Pdf<'_>, reference| pdf.get(reference).is_ok_and(|object| object.stream().is_some());
        references.filter(|one| !is_stream(self.then, *one) && !is_stream(self.now, *one)).collect()
    }

    /// Takes steps from what is left.
    fn spend(&self, steps: usize) -> Result<(), PdfError> {
        match self.left.get().checked_sub(steps) {
            Some(left) => self.left.set(left),
            None => return Err(PdfError::Limit { what: "values that are compared", limit: STEPS_MAX as u64 }),
        }
        Ok(())
    }

    /// Notes a difference, each once.
    fn tell(&mut self, what: What, text: impl Into<String>) {
        let entry = (what, text.into());
        if self.found.len() < CHANGES_MAX && !self.found.contains(&entry) {
            self.found.push(entry);
        }
    }
}
