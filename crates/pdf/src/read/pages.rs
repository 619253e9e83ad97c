//! The page tree (ISO 32000-2 §7.7.3).

use super::Pdf;
use crate::PdfError;
use crate::object::{Dictionary, Object, Reference};
use std::collections::HashSet;
use std::sync::Arc;

const INHERITED: [&str; 4] = ["Resources", "MediaBox", "CropBox", "Rotate"];

/// A page.
#[derive(Debug, Clone)]
pub struct Page {
    /// The page's dictionary as its parent names it; a reference in all honest files.
    pub object: Object,
    /// What it inherits from nodes above it, unless it says so itself.
    pub inherited: Arc<Dictionary>,
}

impl Page {
    /// The page's reference.
    pub fn reference(&self) -> Option<Reference> {
        self.object.reference()
    }

    /// The page's dictionary with what it inherits.
    ///
    /// # Errors
    /// As [`Pdf::get`].
    pub fn dictionary(&self, pdf: &Pdf<'_>) -> Result<Dictionary, PdfError> {
        let object = pdf.resolve(&self.object)?;
        let mut page = object.dictionary().cloned().unwrap_or_default();
        for (key, value) in self.inherited.iter() {
            let key = String::from_utf8_lossy(key);
            if !page.has(&key) {
                page.set(&key, value.clone());
            }
        }
        Ok(page)
    }
}

impl Pdf<'_> {
    /// The pages in order.
    ///
    /// # Errors
    /// [`PdfError::Limit`] for too many pages or nodes; [`PdfError::Malformed`] for a node that is its own ancestor.
    pub fn pages(&self) -> Result<Vec<Page>, PdfError> {
        let catalog = self.catalog()?;
        let Some(root) = catalog.dictionary().and_then(|catalog| catalog.get("Pages")) else { return Ok(Vec::new()) };
        let mut pages = Vec::new();
        let mut seen = HashSet::new();
        // Depth first by a stack of nodes, so that depth costs no recursion.
        let mut open = vec![(root.clone(), Arc::new(Dictionary::default()))];
        while let Some((object, inherited)) = open.pop() {
            if let Some(reference) = object.reference()
                && !seen.insert(reference)
            {
                return Err(PdfError::malformed(0, format!("page node {reference} stands in the tree twice")));
            }
            let node = self.resolve(&object)?;
            let Some(dictionary) = node.dictionary() else { continue };
            let kids = self.value(dictionary, "Kids")?;
            let Some(kids) = kids.array().filter(|_| !dictionary.is("Type", "Page")) else {
                pages.push(Page { object, inherited });
                continue;
            };
            if pages.len() + open.len() + kids.len() > self.limits.pages {
                return Err(PdfError::Limit { what: "pages", limit: self.limits.pages as u64 });
            }
            let below = inherit(&inherited, dictionary);
            open.extend(kids.iter().rev().map(|kid| (kid.clone(), Arc::clone(&below))));
        }
        Ok(pages)
    }
}

fn inherit(above: &Arc<Dictionary>, node: &Dictionary) -> Arc<Dictionary> {
    if !INHERITED.iter().any(|key| node.has(key)) {
        return Arc::clone(above);
    }
    let mut below = above.as_ref().clone();
    for key in INHERITED {
        if let Some(value) = node.get(key) {
            below.set(key, value.clone());
        }
    }
    Arc::new(below)
}
