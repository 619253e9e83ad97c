//! A signature dictionary as it was when it was signed: its revision, its bytes, what came after.

use super::CONTENTS_BYTES_MAX;
use super::byte_range::ByteRange;
use super::changes::{self, Compared};
use super::dictionary::Permissions;
use super::form::Form;
use super::found::Found;
use super::reader::{Place, Reader};
use crate::facts::{Change, ChangeKind, Coverage, Fault, Finding, Weight};
use mekong_pdf::{Dictionary, Object, Pdf, Revision};
use mekong_pki::cms::ber::Elements;

/// Bytes between the end of a signature's range and the end of its revision: a line end.
const LINE_END_MAX: u64 = 2;

/// A signature dictionary as it was in its revision.
pub(super) struct Signed<'s, 'a> {
    pub(super) id: String,
    pub(super) field: Option<String>,
    pub(super) dictionary: Dictionary,
    pub(super) contents: Vec<u8>,
    pub(super) range: Option<ByteRange>,
    /// The revision that was signed.
    pub(super) then: Option<&'s Pdf<'a>>,
    pub(super) faults: Vec<Fault>,
    pub(super) findings: Vec<Finding>,
    pub(super) coverage: Coverage,
    pub(super) compared: Compared,
    pub(super) permissions: Permissions,
}

impl<'a> Reader<'_, 'a> {
    /// Looks at everything but the CMS.
    pub(super) fn signed<'s>(&self, id: String, place: Place, then: Option<&'s Pdf<'a>>) -> Signed<'s, 'a> {
        let Place { found, range } = place;
        let mut signed = Signed {
            id,
            field: found.field.clone().filter(|_| !self.pdf.is_encrypted()),
            dictionary: found.dictionary.clone(),
            contents: Vec::new(),
            range: range.as_ref().ok().copied(),
            then,
            faults: found.faults.clone(),
            findings: Vec::new(),
            coverage: Coverage::Unknown,
            compared: Compared::default(),
            permissions: Permissions::default(),
        };
        if !found.more_fields.is_empty() {
            let text = format!("the same signature is the value of further fields: {}", found.more_fields.join(", "));
            signed.findings.push(Finding::new(Weight::Warning, "signature_in_several_fields", text));
        }
        match range {
            Ok(range) => self.revision(&mut signed, &found, range),
            Err(fault) => signed.faults.push(fault),
        }
        self.contents(&mut signed);
        signed
    }

    /// The signed revision, what followed it, and the dictionary as it was then.
    fn revision(&self, signed: &mut Signed<'_, 'a>, found: &Found, range: ByteRange) {
        signed.coverage = self.coverage(range.end);
        let Some(then) = signed.then.filter(|then| then.repair().is_none() || self.pdf.repair().is_some()) else {
            let what = format!("ends at {}, where no revision of the document ends", range.end);
            signed.faults.push(Fault::new("/ByteRange", what));
            return;
        };
        if let Some(reference) = found.reference
            && let Ok(object) = then.get(reference)
            && let Some(dictionary) = object.dictionary()
        {
            let hole = dictionary.get("Contents").and_then(Object::string).map(|c| range.check_hole(c).is_ok());
            if hole == Some(true) {
                if *dictionary != found.dictionary {
                    let what = "the signature dictionary was changed after signing";
                    signed.faults.push(Fault::new(format!("object {reference}"), what));
                    let change = Change { kind: ChangeKind::Undefined, what: what.into() };
                    signed.compared.changes.push(change);
                }
                signed.dictionary = dictionary.clone();
            }
        }
        if let Some(key) = &signed.dictionary.twice {
            let what = format!("/{} stands twice: readers differ in which one counts", String::from_utf8_lossy(key));
            signed.faults.push(Fault::new("signature dictionary", what));
        }
        let form = Form::read(then).unwrap_or_default();
        self.left.set(self.left.get().saturating_sub(form.fields.len()));
        let field = form.fields.iter().find(|(_, f)| f.is_signature() && Some(&f.name) == found.field.as_ref());
        signed.permissions = Permissions::read(then, &signed.dictionary, field.map(|(_, field)| &field.dictionary));
        if self.pdf.end() > range.end + LINE_END_MAX {
            self.compare(signed, then, &form, range);
        }
    }

    fn compare(&self, signed: &mut Signed<'_, 'a>, then: &Pdf<'_>, form: &Form, range: ByteRange) {
        let last = self.revisions.last().map_or(0, |revision| revision.end);
        if self.is_followed(range.end) {
            let compared = changes::compare((then, form), (self.pdf, &self.form), &signed.permissions, &self.left);
            if let Some((before, after)) = compared.pages {
                let what = format!("number of pages: {before} when signed, {after} now");
                signed.faults.push(Fault::new("page tree", what));
            }
            signed.compared.changes.extend(compared.changes);
        }
        if self.has_tail(last.max(range.end)) {
            let what = format!("bytes added after the last end mark at {last}");
            signed.compared.changes.push(Change { kind: ChangeKind::Undefined, what });
        }
    }

    /// Whether a later revision follows.
    fn is_followed(&self, end: u64) -> bool {
        self.pdf.repair().is_some() || self.revisions.iter().any(|revision| revision.end > end + LINE_END_MAX)
    }

    /// Whether anything but white space stands after `from`.
    fn has_tail(&self, from: u64) -> bool {
        let mut any = false;
        let range = from.min(self.pdf.end())..self.pdf.end();
        let read = self.pdf.source().each(range, &mut |piece| {
            any |= piece.iter().any(|byte| !byte.is_ascii_whitespace() && *byte != 0);
        });
        any || read.is_err()
    }

    fn coverage(&self, end: u64) -> Coverage {
        let near = |revision: &Revision| revision.end.abs_diff(end) <= LINE_END_MAX;
        let of = self.revisions.len();
        match self.revisions.iter().position(near) {
            Some(at) if at + 1 == of && !self.has_tail(end) => Coverage::Whole,
            Some(at) => Coverage::Revision { number: at + 1, of },
            None if end == self.pdf.end() => Coverage::Whole,
            None => Coverage::Part(format!("the first {end} bytes of {}", self.pdf.end())),
        }
    }

    /// `/Contents` without the zeros behind the value.
    fn contents(&self, signed: &mut Signed<'_, 'a>) {
        let dictionary = signed.dictionary.clone();
        let Some(contents) = dictionary.get("Contents").and_then(Object::string) else {
            signed.faults.push(Fault::new("/Contents", "missing, or no direct string"));
            return;
        };
        if let Some(range) = &signed.range
            && let Err(fault) = range.check_hole(contents)
        {
            signed.faults.push(fault);
        }
        if contents.bytes.len() > CONTENTS_BYTES_MAX {
            let what = format!("{} bytes, at most {CONTENTS_BYTES_MAX} are read", contents.bytes.len());
            signed.faults.push(Fault::new("/Contents", what));
            return;
        }
        let value = Elements::new(&contents.bytes).next("/Contents").map_or(b"".as_slice(), |first| first.whole);
        let rest = contents.bytes.get(value.len()..).unwrap_or_default();
        if rest.iter().any(|byte| *byte != 0) && !value.is_empty() {
            let text = format!("{} bytes after the signature in /Contents are not all zero", rest.len());
            signed.findings.push(Finding::new(Weight::Warning, "contents_padding", text));
        }
        signed.contents = if value.is_empty() { contents.bytes.clone() } else { value.to_vec() };
    }
}
