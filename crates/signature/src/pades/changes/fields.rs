//! The form: fields filled, signed, added, moved.

use super::document::value;
use super::same::Path;
use super::{Comparison, What};
use crate::pades::form::{Field, Form};
use mekong_pdf::{Dictionary, Object, PdfError, Reference};
use std::collections::{BTreeSet, HashMap, HashSet};

/// What filling changes in a field or its widget.
const FILLED: [&str; 9] = ["V", "AS", "AP", "I", "M", "MK", "DA", "Ff", "RV"];
/// What signing changes in an empty signature field.
const SIGNED: [&str; 6] = ["V", "AP", "M", "MK", "Lock", "SV"];
/// Bookkeeping without effect on what is shown.
const BOOKKEEPING: [&str; 4] = ["Parent", "Kids", "StructParent", "P"];

impl Comparison<'_, '_> {
    pub(super) fn fields(&mut self) -> Result<(), PdfError> {
        let (then, now) = (self.form_then, self.form_now);
        self.form_itself(&then.dictionary, &now.dictionary)?;
        let unnumbered: HashMap<&str, &Field> =
            then.fields.iter().filter(|(r, _)| r.is_none()).map(|(_, field)| (field.name.as_str(), field)).collect();
        for (reference, field) in &now.fields {
            let known = match reference {
                Some(reference) => then.find(*reference),
                None => unnumbered.get(field.name.as_str()).copied(),
            };
            match known {
                Some(known) => self.field(known, field)?,
                None => self.new_field(field, then),
            }
        }
        let left: HashSet<Reference> = now.fields.iter().filter_map(|(reference, _)| *reference).collect();
        let names: HashSet<&str> = now.fields.iter().map(|(_, field)| field.name.as_str()).collect();
        for (reference, field) in &then.fields {
            if !reference.map_or_else(|| names.contains(field.name.as_str()), |reference| left.contains(&reference)) {
                self.tell(What::Undefined, format!("field {} removed", field.name));
            }
        }
        Ok(())
    }

    /// `/AcroForm` without its fields.
    fn form_itself(&mut self, then: &Dictionary, now: &Dictionary) -> Result<(), PdfError> {
        for key in keys(then, now) {
            let (a, b) = (value(then, &key), value(now, &key));
            let path = Path::new(format!("form /{key}"));
            match key.as_str() {
                "Fields" | "SigFlags" => {}
                "DR" => self.resources(a, b)?,
                // How fields look that have no appearance yet, and bookkeeping of form fillers.
                "NeedAppearances" | "DA" | "Q" => {
                    if !self.differences(a, b, &path)?.is_empty() {
                        self.tell(What::Extension, format!("form /{key} changed"));
                    }
                }
                _ => self.differences(a, b, &path)?.into_iter().for_each(|place| self.tell(What::Undefined, place)),
            }
        }
        Ok(())
    }

    /// Default resources: what is added is not yet shown; what is exchanged shows filled fields differently.
    fn resources(&mut self, then: &Object, now: &Object) -> Result<(), PdfError> {
        let (then, now) = (self.then.resolve(then)?, self.now.resolve(now)?);
        let (Some(then), Some(now)) = (then.dictionary(), now.dictionary()) else { return Ok(()) };
        for (kind, list) in then.iter() {
            let kind = String::from_utf8_lossy(kind).into_owned();
            let (list, other) = (self.then.resolve(list)?, self.now.value(now, &kind)?);
            let Some(list) = list.dictionary() else { continue };
            for (name, resource) in list.iter() {
                let name = String::from_utf8_lossy(name).into_owned();
                let other = other.dictionary().map_or(&Object::Null, |other| value(other, &name));
                let path = Path::new(format!("form /DR /{kind} /{name}"));
                for place in self.drawn(resource, other, &path)? {
                    self.tell(What::Undefined, place);
                }
            }
        }
        Ok(())
    }

    fn new_field(&mut self, field: &Field, then: &Form) {
        let name = field.name.clone();
        let above = field.dictionary.get("Parent").and_then(Object::reference).and_then(|parent| then.find(parent));
        let is_signed = !field.value.is_null();
        if !field.is_signature() {
            // A node that only groups signature fields is nothing by itself.
            if !(field.has_kids && field.kind.is_empty()) {
                self.tell(What::Undefined, format!("field {name} added"));
            }
        } else if above.is_some_and(|above| !above.value.is_null()) {
            self.tell(What::Undefined, format!("a further appearance of signature field {name} added"));
        } else if is_signed && then.fields.iter().any(|(_, known)| is_value_of(field, known)) {
            self.tell(What::Undefined, format!("a further appearance of a signature added, in field {name}"));
        } else if is_signed {
            let visible = if self.is_visible(&field.dictionary) { ", visible" } else { "" };
            self.signed(field, format!("in new field {name}{visible}"));
        } else if self.shows(&field.dictionary) {
            self.tell(What::Undefined, format!("field {name} added, which shows something and is not signed"));
        } else {
            self.tell(What::Field(name.clone()), format!("signature field {name} created"));
        }
    }

    fn signed(&mut self, field: &Field, place: String) {
        let value = self.now.resolve(&field.value).ok();
        let Some(signature) = value.as_ref().and_then(|value| value.dictionary()) else {
            return self.tell(What::Undefined, format!("something that is no signature {place}"));
        };
        let is_timestamp = signature.is("Type", "DocTimeStamp") || signature.is("SubFilter", "ETSI.RFC3161");
        if is_timestamp && self.shows(&field.dictionary) {
            // It needs to show nothing (EN 319 142-1 §5.4.3): a picture over the page could pass for the page's content.
            self.tell(What::Annotation, format!("document time-stamp that shows something {place}"));
        } else if is_timestamp {
            self.tell(What::Extension, format!("document time-stamp {place}"));
        } else {
            self.tell(What::Signature(field.name.clone()), format!("signature {place}"));
        }
    }

    fn field(&mut self, then: &Field, now: &Field) -> Result<(), PdfError> {
        let name = now.name.clone();
        let was_signed = then.is_signature() && !then.value.is_null();
        let is_signed = now.is_signature() && !now.value.is_null();
        let usual: &[&str] = match (then.is_signature(), was_signed) {
            (true, true) => &[],
            (true, false) => &SIGNED,
            (false, _) => &FILLED,
        };
        let mut filled = false;
        for key in keys(&then.dictionary, &now.dictionary).iter().filter(|key| !BOOKKEEPING.contains(&key.as_str())) {
            let path = Path::new(format!("field {name} /{key}"));
            let (a, b) = (value(&then.dictionary, key), value(&now.dictionary, key));
            let differences = if key == "AP" { self.drawn(a, b, &path)? } else { self.differences(a, b, &path)? };
            if usual.contains(&key.as_str()) {
                filled |= !differences.is_empty();
            } else {
                differences.into_iter().for_each(|place| self.tell(What::Undefined, place));
            }
        }
        if then.name != now.name || then.kind != now.kind {
            self.tell(What::Undefined, format!("field {} became {name}", then.name));
        } else if then.is_signature() && !was_signed && is_signed {
            self.signed(now, format!("in field {name}"));
        } else if filled && then.is_signature() && self.shows(&now.dictionary) {
            self.tell(What::Undefined, format!("field {name} shows something, and is not signed"));
        } else if filled && self.is_disguise(then, now)? {
            self.tell(What::Undefined, format!("field {name} looks different, its value is the same"));
        } else if filled {
            self.tell(What::Field(name.clone()), format!("field {name} filled"));
        }
        Ok(())
    }
}

impl Comparison<'_, '_> {
    /// Whether a widget has an area; one that cannot be read may be one for others.
    fn is_visible(&self, widget: &Dictionary) -> bool {
        let Ok(corners) = self.now.value(widget, "Rect") else { return true };
        let Some(corners) = corners.array() else { return !corners.is_null() };
        let number = |corner: &Object| self.now.resolve(corner).ok().and_then(|corner| corner.number());
        match corners.iter().map(number).collect::<Option<Vec<f64>>>().as_deref() {
            Some([left, bottom, right, top]) => left != right && bottom != top,
            _ => true,
        }
    }

    /// Whether a widget has an area and an appearance that draws something; one that cannot be read may draw for others.
    fn shows(&self, widget: &Dictionary) -> bool {
        let Ok(appearances) = self.now.value(widget, "AP") else { return true };
        let mut all = appearances.dictionary().into_iter().flat_map(Dictionary::iter);
        self.is_visible(widget) && all.any(|(_, appearance)| self.draws(appearance, true))
    }

    /// Whether an appearance, or one of several for the states of a field, has content.
    fn draws(&self, appearance: &Object, has_states: bool) -> bool {
        let Ok(appearance) = self.now.resolve(appearance) else { return true };
        match (appearance.stream(), appearance.dictionary()) {
            (Some(stream), _) => !self.now.decode(stream).is_ok_and(|bytes| bytes.trim_ascii().is_empty()),
            (None, Some(states)) => has_states && states.iter().any(|(_, state)| self.draws(state, false)),
            (None, None) => false,
        }
    }

    /// Whether a field got another appearance though neither its value nor its state changed: the shadow attack "replace".
    fn is_disguise(&mut self, then: &Field, now: &Field) -> Result<bool, PdfError> {
        let path = Path::new("");
        let mut differ = |a: &Object, b: &Object| Ok::<bool, PdfError>(!self.differences(a, b, &path)?.is_empty());
        let had = then.dictionary.get("AP");
        let states = (value(&then.dictionary, "AS"), value(&now.dictionary, "AS"));
        Ok(had.is_some_and(|had| !had.is_null())
            && !differ(&then.value, &now.value)?
            && !differ(states.0, states.1)?
            && differ(value(&then.dictionary, "AP"), value(&now.dictionary, "AP"))?)
    }
}

fn keys(then: &Dictionary, now: &Dictionary) -> BTreeSet<String> {
    then.iter().chain(now.iter()).map(|(key, _)| String::from_utf8_lossy(key).into_owned()).collect()
}

/// Whether a field has the value of a signed one.
fn is_value_of(field: &Field, known: &Field) -> bool {
    known.is_signature() && field.value.reference().is_some() && field.value.reference() == known.value.reference()
}
