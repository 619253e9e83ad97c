//! The interactive form: its fields, flattened (ISO 32000-2 §12.7).

use mekong_pdf::{Dictionary, Object, Pdf, PdfError, Reference};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Longest full name of a field, in characters.
const NAME_CHARACTERS_MAX: usize = 1_000;

/// A field or one of its widgets.
#[derive(Debug, Clone)]
pub(super) struct Field {
    /// Names from the root joined by dots.
    pub(super) name: String,
    /// `Tx`, `Btn`, `Ch`, `Sig`; inherited.
    pub(super) kind: Vec<u8>,
    /// Its dictionary.
    pub(super) dictionary: Dictionary,
    /// `/V`, inherited, not resolved.
    pub(super) value: Object,
    /// Whether it has kids: then it is no end of the tree.
    pub(super) has_kids: bool,
}

impl Field {
    /// Whether it is a signature field.
    pub(super) fn is_signature(&self) -> bool {
        self.kind == b"Sig"
    }
}

/// The form of a document.
#[derive(Debug, Clone, Default)]
pub(super) struct Form {
    /// Its dictionary.
    pub(super) dictionary: Dictionary,
    /// Fields in order of the tree.
    pub(super) fields: Vec<(Option<Reference>, Field)>,
    by_reference: HashMap<Reference, usize>,
}

struct Open {
    object: Object,
    above: Arc<Field>,
}

impl Form {
    /// Reads the form; empty if there is none.
    ///
    /// # Errors
    /// As [`Pdf::get`]; a field that cannot be read is left out.
    pub(super) fn read(pdf: &Pdf<'_>) -> Result<Self, PdfError> {
        let catalog = pdf.catalog()?;
        let Some(catalog) = catalog.dictionary() else { return Ok(Self::default()) };
        let form = pdf.value(catalog, "AcroForm")?;
        let Some(dictionary) = form.dictionary() else { return Ok(Self::default()) };
        let mut read = Self { dictionary: dictionary.clone(), ..Self::default() };
        let roots = pdf.value(dictionary, "Fields")?;
        let nothing = Arc::new(Field {
            name: String::new(),
            kind: Vec::new(),
            dictionary: Dictionary::default(),
            value: Object::Null,
            has_kids: true,
        });
        let mut open: Vec<Open> = Vec::new();
        let mut seen = HashSet::new();
        let kids = |array: &Object, above: &Arc<Field>, open: &mut Vec<Open>| {
            let elements = array.array().unwrap_or_default().iter().rev();
            open.extend(elements.map(|object| Open { object: object.clone(), above: Arc::clone(above) }));
        };
        kids(&roots, &nothing, &mut open);
        while let Some(Open { object, above }) = open.pop() {
            if open.len() + read.fields.len() > pdf.limits().pages {
                return Err(PdfError::Limit { what: "fields", limit: pdf.limits().pages as u64 });
            }
            let reference = object.reference();
            if reference.is_some_and(|reference| !seen.insert(reference)) {
                continue;
            }
            let Ok(resolved) = pdf.resolve(&object) else { continue };
            let Some(dictionary) = resolved.dictionary() else { continue };
            let field = Arc::new(field(pdf, dictionary, &above));
            if let Ok(array) = pdf.value(dictionary, "Kids") {
                kids(&array, &field, &mut open);
            }
            if let Some(reference) = reference {
                read.by_reference.insert(reference, read.fields.len());
            }
            read.fields.push((reference, field.as_ref().clone()));
        }
        Ok(read)
    }

    /// The field or widget of a reference.
    pub(super) fn find(&self, reference: Reference) -> Option<&Field> {
        self.by_reference.get(&reference).and_then(|at| self.fields.get(*at)).map(|(_, field)| field)
    }
}

fn field(pdf: &Pdf<'_>, dictionary: &Dictionary, above: &Field) -> Field {
    let title = pdf.value(dictionary, "T").ok().and_then(|title| title.string().map(|s| s.to_text()));
    let name = match title {
        Some(title) if above.name.is_empty() => title,
        Some(title) => format!("{}.{title}", above.name),
        None => above.name.clone(),
    };
    let kind = pdf.value(dictionary, "FT").ok().and_then(|kind| kind.name().map(<[u8]>::to_vec));
    Field {
        name: name.chars().take(NAME_CHARACTERS_MAX).collect(),
        kind: kind.unwrap_or_else(|| above.kind.clone()),
        dictionary: dictionary.clone(),
        value: dictionary.get("V").cloned().unwrap_or_else(|| above.value.clone()),
        has_kids: dictionary.has("Kids"),
    }
}
