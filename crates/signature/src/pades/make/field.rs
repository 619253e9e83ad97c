//! The field that takes a signature: found or made, with its place on a page.

use super::{FieldLock, Options, refused, set, unreadable};
use crate::making::MakeError;
use crate::pades::appearance;
use crate::pades::form::Form;
use mekong_pdf::{Dictionary, Object, Pdf, PdfString, Reference, Update};

/// `/F`: printed, and not to be moved.
const PRINT_AND_LOCKED: i64 = 132;
/// `/SigFlags`: signatures exist, only append.
const SIGNATURES_EXIST_APPEND_ONLY: i64 = 3;

/// A field with its signature.
pub(super) struct Placed {
    /// Its `/Lock`.
    pub(super) lock: Option<Dictionary>,
}

/// Puts the signature into the field that is wanted; the form and the page follow.
pub(super) fn place(
    pdf: &Pdf<'_>,
    update: &mut Update<'_, '_>,
    signature: Reference,
    options: &Options<'_>,
) -> Result<Placed, MakeError> {
    let form = Form::read(pdf).map_err(unreadable)?;
    check_permissions(pdf, &form, options)?;
    let wanted = options.field.as_deref();
    let existing = form.fields.iter().find(|(_, field)| Some(field.name.as_str()) == wanted && !field.name.is_empty());
    let (reference, mut widget) = match existing {
        Some((reference, field)) => {
            let name = &field.name;
            if !field.is_signature() {
                return Err(refused(format!("field {name}"), "is no signature field: give another name"));
            }
            if !field.value.is_null() {
                return Err(refused(format!("field {name}"), "is signed already: give another name"));
            }
            let Some(reference) = reference.filter(|_| !field.has_kids) else {
                return Err(refused(format!("field {name}"), "has several widgets or no number: give a new name"));
            };
            (reference, field.dictionary.clone())
        }
        None => (update.reserve(), new_widget(pdf, &form, options)?),
    };
    if let Some(look) = &options.appearance {
        let size = if existing.is_some() { rectangle(&widget) } else { None };
        let drawn = appearance::draw(look, size, update)?;
        widget.set("AP", Dictionary::default().with("N", drawn.into()).into());
    }
    if let Some(lock) = &options.lock {
        widget.set("Lock", lock_dictionary(lock).into());
    }
    widget.set("V", signature.into());
    let lock = widget.get("Lock").map(|lock| pdf.resolve(lock)).transpose().map_err(unreadable)?;
    let lock = lock.and_then(|lock| lock.dictionary().cloned());
    if existing.is_none() {
        to_page(pdf, update, reference, &mut widget, options)?;
    }
    set(update, reference, widget);
    to_form(pdf, update, existing.is_none().then_some(reference), options.certification.map(|_| signature))?;
    Ok(Placed { lock })
}

/// Puts a document time-stamp into a new invisible field; no certification forbids that.
pub(super) fn place_timestamp(
    pdf: &Pdf<'_>,
    update: &mut Update<'_, '_>,
    signature: Reference,
) -> Result<(), MakeError> {
    let form = Form::read(pdf).map_err(unreadable)?;
    let options = Options::default();
    let field = update.reserve();
    let mut widget = new_widget(pdf, &form, &options)?.with("V", signature.into());
    to_page(pdf, update, field, &mut widget, &options)?;
    set(update, field, widget);
    to_form(pdf, update, Some(field), None)
}

/// Refuses what earlier signatures forbid.
fn check_permissions(pdf: &Pdf<'_>, form: &Form, options: &Options<'_>) -> Result<(), MakeError> {
    let is_signed = form.fields.iter().any(|(_, field)| field.is_signature() && !field.value.is_null());
    if options.certification.is_some() && is_signed {
        return Err(refused("certification", "the document is signed already: only the first signature can certify"));
    }
    for (_, field) in form.fields.iter().filter(|(_, field)| field.is_signature()) {
        let Ok(value) = pdf.resolve(&field.value) else { continue };
        let Some(dictionary) = value.dictionary() else { continue };
        let permissions = crate::pades::dictionary::Permissions::read(pdf, dictionary, Some(&field.dictionary));
        if permissions.level.is_some_and(|level| level <= 1) {
            let reason = format!("signature {} allows no changes after it, so no further signatures", field.name);
            return Err(refused("certification", reason));
        }
    }
    Ok(())
}

fn new_widget(pdf: &Pdf<'_>, form: &Form, options: &Options<'_>) -> Result<Dictionary, MakeError> {
    let name = match &options.field {
        Some(name) if name.contains('.') => {
            return Err(refused(format!("field {name}"), "names of new fields have no dots"));
        }
        Some(name) => name.clone(),
        None => free_name(form),
    };
    let corners = options.appearance.as_ref().map_or([0.0; 4], |look| look.rectangle);
    if corners.iter().any(|corner| !corner.is_finite()) {
        return Err(refused("appearance", "the rectangle has corners that are no numbers"));
    }
    let number = options.appearance.as_ref().map_or(1, |look| look.page);
    let page = page_reference(pdf, number)?;
    if options.appearance.is_some() {
        require_on_page(pdf, number, corners)?;
    }
    Ok(Dictionary::default()
        .with("Type", Object::named("Annot"))
        .with("Subtype", Object::named("Widget"))
        .with("FT", Object::named("Sig"))
        .with("T", PdfString::text(&name).into())
        .with("F", Object::Integer(PRINT_AND_LOCKED))
        .with("Rect", Object::Array(corners.into_iter().map(Object::Real).collect()))
        .with("P", page.into()))
}

fn free_name(form: &Form) -> String {
    let taken: std::collections::HashSet<&str> = form.fields.iter().map(|(_, field)| field.name.as_str()).collect();
    let names = (1..=taken.len() + 1).map(|number| format!("Signature{number}"));
    names.into_iter().find(|name| !taken.contains(name.as_str())).unwrap_or_default()
}

fn page_reference(pdf: &Pdf<'_>, number: usize) -> Result<Reference, MakeError> {
    let pages = pdf.pages().map_err(unreadable)?;
    let page = number.checked_sub(1).and_then(|index| pages.get(index));
    page.and_then(mekong_pdf::Page::reference).ok_or_else(|| {
        refused(format!("page {number}"), format!("the document has {} pages, counted from 1", pages.len()))
    })
}

/// How far over the edge of its page a rectangle may reach, in points: what rounding makes.
const EDGE: f64 = 1.0;

/// Refuses a rectangle of which something would not be seen. Pages that do not say how large they are have any size.
fn require_on_page(pdf: &Pdf<'_>, number: usize, corners: [f64; 4]) -> Result<(), MakeError> {
    let pages = pdf.pages().map_err(unreadable)?;
    let Some(page) = number.checked_sub(1).and_then(|index| pages.get(index)) else { return Ok(()) };
    let dictionary = page.dictionary(pdf).map_err(unreadable)?;
    let boxes = [pdf.value(&dictionary, "MediaBox"), pdf.value(&dictionary, "CropBox")];
    let boxes = boxes.iter().flatten().filter_map(|found| box_of(pdf, found));
    let Some(seen) = boxes.reduce(|a, b| [a[0].max(b[0]), a[1].max(b[1]), a[2].min(b[2]), a[3].min(b[3])]) else {
        return Ok(());
    };
    let [left, bottom, right, top] = ordered(corners);
    let is_on = left >= seen[0] - EDGE && bottom >= seen[1] - EDGE && right <= seen[2] + EDGE && top <= seen[3] + EDGE;
    if is_on {
        return Ok(());
    }
    let text = |x: f64, y: f64| format!("{},{}", mekong_pdf::number(x), mekong_pdf::number(y));
    Err(refused(
        format!("page {number}"),
        format!(
            "the rectangle from {} to {} is not on the page, which reaches from {} to {} (points)",
            text(left, bottom),
            text(right, top),
            text(seen[0], seen[1]),
            text(seen[2], seen[3])
        ),
    ))
}

fn box_of(pdf: &Pdf<'_>, object: &Object) -> Option<[f64; 4]> {
    let corners = object.array()?.iter().filter_map(|corner| pdf.resolve(corner).ok()?.number());
    corners.collect::<Vec<_>>().try_into().ok().map(ordered)
}

/// Left, bottom, right, top, whichever corners came first.
const fn ordered([x, y, other_x, other_y]: [f64; 4]) -> [f64; 4] {
    [x.min(other_x), y.min(other_y), x.max(other_x), y.max(other_y)]
}

fn rectangle(widget: &Dictionary) -> Option<[f64; 4]> {
    let corners: Vec<f64> = widget.get("Rect")?.array()?.iter().filter_map(Object::number).collect();
    corners.try_into().ok()
}

fn lock_dictionary(lock: &FieldLock) -> Dictionary {
    let (action, fields) = match lock {
        FieldLock::All => ("All", None),
        FieldLock::Include(fields) => ("Include", Some(fields)),
        FieldLock::Exclude(fields) => ("Exclude", Some(fields)),
    };
    let mut dictionary =
        Dictionary::default().with("Type", Object::named("SigFieldLock")).with("Action", Object::named(action));
    if let Some(fields) = fields {
        dictionary.set("Fields", Object::Array(fields.iter().map(|name| PdfString::text(name).into()).collect()));
    }
    dictionary
}

/// Adds the widget to the annotations of its page.
fn to_page(
    pdf: &Pdf<'_>,
    update: &mut Update<'_, '_>,
    field: Reference,
    widget: &mut Dictionary,
    options: &Options<'_>,
) -> Result<(), MakeError> {
    let page = page_reference(pdf, options.appearance.as_ref().map_or(1, |look| look.page))?;
    widget.set("P", page.into());
    let object = pdf.get(page).map_err(unreadable)?;
    let mut dictionary = object.dictionary().cloned().unwrap_or_default();
    let mut annotations =
        pdf.value(&dictionary, "Annots").map_err(unreadable)?.array().map(<[Object]>::to_vec).unwrap_or_default();
    annotations.push(field.into());
    match dictionary.get("Annots").and_then(Object::reference) {
        Some(list) => update.set(list, mekong_pdf::Append::Object(Object::Array(annotations))),
        None => {
            dictionary.set("Annots", Object::Array(annotations));
            set(update, page, dictionary);
        }
    }
    Ok(())
}

/// Adds a new field to the form, and enters a certification in the catalog.
fn to_form(
    pdf: &Pdf<'_>,
    update: &mut Update<'_, '_>,
    new_field: Option<Reference>,
    certification: Option<Reference>,
) -> Result<(), MakeError> {
    let root = pdf.trailer().get("Root").and_then(Object::reference);
    let root = root.ok_or_else(|| refused("PDF", "the trailer has no /Root"))?;
    let mut catalog = update.current(root).map_err(unreadable)?.dictionary().cloned().unwrap_or_default();
    let mut form = pdf.value(&catalog, "AcroForm").map_err(unreadable)?.dictionary().cloned().unwrap_or_default();
    if let Some(field) = new_field {
        let fields = pdf.value(&form, "Fields").map_err(unreadable)?;
        let mut fields = fields.array().map(<[Object]>::to_vec).unwrap_or_default();
        fields.push(field.into());
        form.set("Fields", Object::Array(fields));
    }
    form.set("SigFlags", Object::Integer(SIGNATURES_EXIST_APPEND_ONLY));
    let own_object = catalog.get("AcroForm").and_then(Object::reference);
    if let Some(signature) = certification {
        let permissions = pdf.value(&catalog, "Perms").map_err(unreadable)?.dictionary().cloned().unwrap_or_default();
        catalog.set("Perms", permissions.with("DocMDP", signature.into()).into());
    }
    if let Some(reference) = own_object {
        set(update, reference, form);
    } else {
        catalog.set("AcroForm", form.into());
    }
    if own_object.is_none() || certification.is_some() {
        set(update, root, catalog);
    }
    Ok(())
}
