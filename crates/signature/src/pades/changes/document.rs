//! The trailer and the document catalog.

use super::same::Path;
use super::{Comparison, What};
use mekong_pdf::{Dictionary, Object, PdfError};
use std::collections::BTreeSet;

/// Keys of the catalog that the usual course changes, and what to say of it.
const USUAL: [(&str, &str); 7] = [
    ("DSS", "validation material added"),
    ("Extensions", "developer extensions noted"),
    ("Metadata", "metadata changed"),
    ("Version", "version raised"),
    ("PieceInfo", "data of an application changed"),
    ("StructTreeRoot", "structure tree changed"),
    ("LastModified", "date of change noted"),
];
/// Keys that have a comparison of their own.
const APART: [&str; 3] = ["Pages", "AcroForm", "Names"];

impl Comparison<'_, '_> {
    pub(super) fn trailer(&mut self) -> Result<(), PdfError> {
        let (then, now) = (self.then.trailer(), self.now.trailer());
        if !self.differences(value(then, "Encrypt"), value(now, "Encrypt"), &Path::new("/Encrypt"))?.is_empty() {
            self.tell(What::Undefined, "encryption of the document changed");
        }
        let info = |trailer: &Dictionary| trailer.get("Info").cloned().unwrap_or_default();
        if !self.differences(&info(then), &info(now), &Path::new("/Info"))?.is_empty() {
            self.tell(What::Extension, "document information changed");
        }
        Ok(())
    }

    pub(super) fn catalog(&mut self) -> Result<(), PdfError> {
        let (then, now) = (self.then.catalog()?, self.now.catalog()?);
        let (Some(then), Some(now)) = (then.dictionary(), now.dictionary()) else { return Ok(()) };
        let keys: BTreeSet<String> =
            then.iter().chain(now.iter()).map(|(key, _)| String::from_utf8_lossy(key).into_owned()).collect();
        for key in keys.iter().filter(|key| !APART.contains(&key.as_str())) {
            let (a, b) = (value(then, key), value(now, key));
            let usual = USUAL.iter().find(|(usual, _)| usual == key);
            let differences = self.differences(a, b, &Path::new(format!("catalog /{key}")))?;
            match usual {
                Some((_, text)) if !differences.is_empty() => self.tell(What::Extension, *text),
                Some(_) => {}
                // A certification in a later signature is entered here.
                None if key == "Perms" && a.is_null() && !differences.is_empty() => {
                    self.tell(What::Extension, "permissions entered");
                }
                None => differences.into_iter().for_each(|place| self.tell(What::Undefined, place)),
            }
        }
        self.names(value(then, "Names"), value(now, "Names"))
    }

    /// Named things: appearances are those of annotations; scripts, files and destinations must stay.
    fn names(&mut self, then: &Object, now: &Object) -> Result<(), PdfError> {
        let (then, now) = (self.then.resolve(then)?, self.now.resolve(now)?);
        let nothing = Dictionary::default();
        let (then, now) = (then.dictionary().unwrap_or(&nothing), now.dictionary().unwrap_or(&nothing));
        for (key, _) in then.iter().chain(now.iter()) {
            let key = String::from_utf8_lossy(key);
            let path = Path::new(format!("catalog /Names /{key}"));
            for place in self.differences(value(then, &key), value(now, &key), &path)? {
                match key.as_ref() {
                    "AP" => self.tell(What::Annotation, "named appearances of annotations changed"),
                    _ => self.tell(What::Undefined, place),
                }
            }
        }
        Ok(())
    }
}

/// The value of a key, or nothing.
pub(super) fn value<'d>(dictionary: &'d Dictionary, key: &str) -> &'d Object {
    dictionary.get(key).unwrap_or(&Object::Null)
}
