//! Signature dictionaries, wherever they are: in fields of today's form, of the form of an earlier revision, or in none.

use super::form::Form;
use super::{SIGNATURES_MAX, STEPS_MAX, opening_steps};
use crate::facts::Fault;
use crate::read::ReadError;
use mekong_pdf::{Dictionary, Location, Object, Pdf, PdfError, Reference};

/// Earlier revisions whose forms are looked at.
const REVISIONS_MAX: usize = 64;
/// Work for that, after which no earlier revision is looked at.
const SEARCH_STEPS_MAX: usize = STEPS_MAX / 4;
/// Files of more objects are not opened once more for each earlier revision, and not searched through.
const OBJECTS_MAX: usize = 200_000;

/// A signature dictionary with the field that holds it.
#[derive(Debug, Clone)]
pub(super) struct Found {
    /// Name of the (first) field; `None` if no field holds it.
    pub(super) field: Option<String>,
    /// Further fields that hold it.
    pub(super) more_fields: Vec<String>,
    /// The dictionary's number; `None` if it stands in the field itself.
    pub(super) reference: Option<Reference>,
    /// The dictionary as today's file has it.
    pub(super) dictionary: Dictionary,
    /// What is wrong with where it was found.
    pub(super) faults: Vec<Fault>,
}

impl Found {
    /// Whether it is a document time-stamp.
    pub(super) fn is_timestamp(&self) -> bool {
        self.dictionary.is("Type", "DocTimeStamp") || self.dictionary.is("SubFilter", "ETSI.RFC3161")
    }
}

/// How faults of a PDF are told.
pub(super) fn read_error(error: PdfError) -> ReadError {
    let reason = error.to_string();
    match error {
        PdfError::NotPdf => ReadError::NoSignature(reason),
        PdfError::Limit { .. } => ReadError::Limit { place: "PDF".into(), reason },
        PdfError::Source(error) => ReadError::Source(error),
        _ => ReadError::Malformed { place: "PDF".into(), reason },
    }
}

/// All signature dictionaries of a file, each once.
///
/// # Errors
/// [`ReadError::Limit`] for more than [`SIGNATURES_MAX`].
pub(super) fn all(pdf: &Pdf<'_>) -> Result<Vec<Found>, ReadError> {
    let mut found = Vec::new();
    if let Ok(form) = Form::read(pdf) {
        add(pdf, &form, None, &mut found)?;
    }
    let objects = pdf.locations().count();
    if objects <= OBJECTS_MAX {
        earlier(pdf, &mut found)?;
        if found.is_empty() {
            unreferenced(pdf, &mut found)?;
        }
    }
    Ok(found)
}

/// Signatures in the forms of earlier revisions, the newest first.
fn earlier(pdf: &Pdf<'_>, found: &mut Vec<Found>) -> Result<(), ReadError> {
    let mut revisions = pdf.revisions().map_err(read_error)?;
    revisions.pop();
    let mut left = SEARCH_STEPS_MAX;
    for revision in revisions.iter().rev().take(REVISIONS_MAX) {
        let then = pdf.earlier(revision.end);
        let steps = opening_steps(then.as_ref().unwrap_or(pdf));
        let form = then.as_ref().ok().and_then(|then| Some((then, Form::read(then).ok()?)));
        let Some(rest) = left.checked_sub(steps + form.as_ref().map_or(0, |(_, form)| form.fields.len())) else {
            break;
        };
        left = rest;
        if let Some((then, form)) = form {
            let fault = Fault::new(
                format!("revision ending at byte {}", revision.end),
                "the signature is in the form of this revision, and no longer in the document",
            );
            add(then, &form, Some(&fault), found)?;
        }
    }
    Ok(())
}

fn add(pdf: &Pdf<'_>, form: &Form, fault: Option<&Fault>, found: &mut Vec<Found>) -> Result<(), ReadError> {
    for (_, field) in form.fields.iter().filter(|(_, field)| field.is_signature() && !field.value.is_null()) {
        let reference = field.value.reference();
        // What is known by its number need not be read again: signature values are long.
        if fault.is_some() && reference.is_some_and(|r| found.iter().any(|known| known.reference == Some(r))) {
            continue;
        }
        let Ok(value) = pdf.resolve(&field.value) else { continue };
        let Some(dictionary) = value.dictionary() else { continue };
        let known = found.iter_mut().find(|known| match reference {
            Some(_) => known.reference == reference,
            None => known.dictionary == *dictionary,
        });
        match known {
            Some(known) => {
                let name = &field.name;
                if fault.is_none() && known.field.as_ref() != Some(name) && !known.more_fields.contains(name) {
                    known.more_fields.push(name.clone());
                }
            }
            None => found.push(Found {
                field: Some(field.name.clone()),
                more_fields: Vec::new(),
                reference,
                dictionary: dictionary.clone(),
                faults: fault.cloned().into_iter().collect(),
            }),
        }
        check_count(found)?;
    }
    Ok(())
}

fn check_count(found: &[Found]) -> Result<(), ReadError> {
    if found.len() > SIGNATURES_MAX {
        let reason = format!("more than {SIGNATURES_MAX} signatures");
        return Err(ReadError::Limit { place: "AcroForm".into(), reason });
    }
    Ok(())
}

/// Dictionaries that look like signatures though no form names one.
fn unreferenced(pdf: &Pdf<'_>, found: &mut Vec<Found>) -> Result<(), ReadError> {
    for (number, location) in pdf.locations() {
        let Location::At { generation, .. } = location else { continue };
        let reference = Reference { number, generation };
        let Ok(object) = pdf.get(reference) else { continue };
        let Object::Dictionary(dictionary) = object.as_ref() else { continue };
        if !dictionary.has("ByteRange") || !dictionary.has("Contents") || !dictionary.has("Filter") {
            continue;
        }
        found.push(Found {
            field: None,
            more_fields: Vec::new(),
            reference: Some(reference),
            dictionary: dictionary.clone(),
            faults: vec![Fault::new(format!("object {reference}"), "no field of the form holds this signature")],
        });
        check_count(found)?;
    }
    Ok(())
}
