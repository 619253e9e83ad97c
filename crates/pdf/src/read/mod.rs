//! A PDF opened: its cross-references, and objects on demand.

mod cursor;
mod filter;
mod pages;
mod parse;
mod repair;
mod revisions;
mod stream;
mod table;
mod trailer;
mod xref;

pub use pages::Page;
pub use revisions::Revision;

use crate::object::{Dictionary, Object, Reference};
use crate::{Limits, PdfError};
use cursor::Cursor;
use mekong_base::Source;
use parse::Parser;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ops::Deref;
use std::sync::Arc;
use stream::ObjectStream;

/// Objects that need one another to be read: a length in an object stream of indirect length, and so on.
const NESTING_MOST: u32 = 8;
/// References that lead to references.
const HOPS_MOST: u32 = 16;

/// Entries of cross-references that are kept for opening earlier revisions.
const ENTRIES_KEPT_MAX: usize = 200_000;

/// Sections that were read already, by offset.
type Known = HashMap<u64, Arc<xref::Section>>;

/// Where an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Location {
    /// Nowhere: the number is free.
    Free,
    /// At a byte of the file.
    At {
        /// The byte.
        offset: u64,
        /// The generation in the cross-reference.
        generation: u16,
    },
    /// In an object stream.
    In {
        /// Number of the object stream.
        stream: u32,
        /// Index in it.
        index: u32,
    },
}

/// What had to be guessed because cross-references are broken. Other programs may guess differently, so a signed file that
/// needed it deserves distrust.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repair {
    /// What was broken.
    pub why: String,
    /// How many objects the search found.
    pub objects: usize,
}

/// A PDF, or the first bytes of one, read lazily.
pub struct Pdf<'a> {
    source: &'a dyn Source,
    end: u64,
    limits: Limits,
    /// Bytes before `%PDF-`, which offsets may or may not count.
    shift: u64,
    version: String,
    sections: Vec<Arc<xref::Section>>,
    table: table::Table,
    trailer: Dictionary,
    repair: Option<Repair>,
    nesting: Cell<u32>,
    kept: RefCell<HashMap<u32, Arc<Object>>>,
    object_streams: RefCell<HashMap<u32, Arc<ObjectStream>>>,
}

/// A value, resolved: where it stands, or fetched.
pub enum Value<'o> {
    /// It was direct.
    Here(&'o Object),
    /// It was a reference.
    There(Arc<Object>),
}

impl Deref for Value<'_> {
    type Target = Object;
    fn deref(&self) -> &Object {
        match self {
            Self::Here(object) => object,
            Self::There(object) => object,
        }
    }
}

impl<'a> Pdf<'a> {
    /// Opens a file: reads its cross-references.
    ///
    /// # Errors
    /// [`PdfError::NotPdf`]; [`PdfError::Malformed`] if neither cross-references nor a search gives a document catalog;
    /// [`PdfError::Limit`].
    pub fn open(source: &'a dyn Source, limits: Limits) -> Result<Self, PdfError> {
        Self::open_prefix(source, source.len(), limits)
    }

    /// Opens the first `end` bytes of a file: a revision as it was before later updates.
    ///
    /// # Errors
    /// As [`Pdf::open`].
    pub fn open_prefix(source: &'a dyn Source, end: u64, limits: Limits) -> Result<Self, PdfError> {
        let mut pdf = Self::unread(source, end, limits)?;
        match pdf.read_sections(&Known::new()) {
            Ok(()) => {}
            Err(PdfError::Malformed { offset, reason }) => pdf.repair_all(format!("byte {offset}: {reason}"))?,
            Err(other) => return Err(other),
        }
        Ok(pdf)
    }

    /// The file as it was when it ended at `end`; what is known of it already is not read again. Cross-references that are
    /// broken then are only repaired where those of the file are broken, too.
    ///
    /// # Errors
    /// As [`Pdf::open`].
    pub fn earlier(&self, end: u64) -> Result<Self, PdfError> {
        if self.repair.is_some() {
            return Self::open_prefix(self.source, end, self.limits);
        }
        let mut pdf = Self::unread(self.source, end, self.limits)?;
        let is_shared = |section: &&Arc<xref::Section>| pdf.shift == self.shift && section.is_same_before(pdf.end);
        let known = self.sections.iter().filter(is_shared).map(|section| (section.offset, Arc::clone(section)));
        let known: Known = known.collect();
        pdf.read_sections(&known)?;
        Ok(pdf)
    }

    fn unread(source: &'a dyn Source, end: u64, limits: Limits) -> Result<Self, PdfError> {
        let end = end.min(source.len());
        let (shift, version) = trailer::header(source, end)?;
        Ok(Self {
            source,
            end,
            limits,
            shift,
            version,
            sections: Vec::new(),
            table: table::Table::default(),
            trailer: Dictionary::default(),
            repair: None,
            nesting: Cell::new(0),
            kept: RefCell::default(),
            object_streams: RefCell::default(),
        })
    }

    fn read_sections(&mut self, known: &Known) -> Result<(), PdfError> {
        let start = trailer::start(self.source, self.end)?;
        let sections = xref::chain(self, start, known)?;
        self.trailer = sections.first().map(|section| section.trailer.clone()).unwrap_or_default();
        self.table = table::Table::merge(&sections);
        let entries: usize = sections.iter().map(|section| section.entries.len()).sum();
        self.sections = match entries {
            ..=ENTRIES_KEPT_MAX => sections,
            _ => sections.iter().map(|section| Arc::new(section.without_entries())).collect(),
        };
        if self.is_encrypted() {
            return Ok(());
        }
        match self.catalog() {
            Ok(_) => Ok(()),
            Err(PdfError::Malformed { offset, reason }) => Err(PdfError::malformed(offset, reason)),
            Err(other) => Err(other),
        }
    }

    /// The bytes.
    pub fn source(&self) -> &'a dyn Source {
        self.source
    }

    /// How many bytes of the source are looked at.
    pub fn end(&self) -> u64 {
        self.end
    }

    /// The version in the header: `1.7`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The limits it is read under.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The newest trailer.
    pub fn trailer(&self) -> &Dictionary {
        &self.trailer
    }

    /// What had to be guessed, if cross-references are broken.
    pub fn repair(&self) -> Option<&Repair> {
        self.repair.as_ref()
    }

    /// Bytes before the header: some files have a mail header or worse there.
    pub fn junk_before_header(&self) -> u64 {
        self.shift
    }

    /// Whether strings and streams are encrypted.
    pub fn is_encrypted(&self) -> bool {
        self.trailer.has("Encrypt")
    }

    /// The document catalog.
    ///
    /// # Errors
    /// [`PdfError::Malformed`] if the trailer names none.
    pub fn catalog(&self) -> Result<Arc<Object>, PdfError> {
        let Some(root) = self.trailer.get("Root").and_then(Object::reference) else {
            return Err(PdfError::malformed(self.end, "the trailer has no /Root"));
        };
        let catalog = self.get(root)?;
        if catalog.dictionary().is_none() {
            return Err(PdfError::malformed(self.end, format!("/Root {root} is no dictionary")));
        }
        Ok(catalog)
    }

    /// Object numbers and their places, ascending, without free ones.
    pub fn locations(&self) -> impl Iterator<Item = (u32, Location)> {
        self.table.iter()
    }

    /// Where an object is.
    pub fn location(&self, number: u32) -> Location {
        self.table.find(number)
    }

    /// The lowest number that is free to use.
    pub fn next_number(&self) -> u32 {
        let size = self.trailer.get("Size").and_then(Object::integer).and_then(|n| u32::try_from(n).ok()).unwrap_or(0);
        size.max(self.table.highest().map_or(1, |highest| highest.saturating_add(1))).max(1)
    }

    /// The object of a reference; [`Object::Null`] if there is none.
    ///
    /// # Errors
    /// [`PdfError::Malformed`] if something else stands where it should be; [`PdfError::Encrypted`] if it is in an encrypted
    /// object stream; [`PdfError::Limit`].
    pub fn get(&self, reference: Reference) -> Result<Arc<Object>, PdfError> {
        let location = self.table.find(reference.number);
        let generation = match location {
            Location::At { generation, .. } => generation,
            _ => 0,
        };
        if location == Location::Free || generation != reference.generation {
            return Ok(Arc::default());
        }
        if let Some(kept) = self.kept.borrow().get(&reference.number) {
            return Ok(Arc::clone(kept));
        }
        let object = Arc::new(self.nested(|pdf| pdf.load(reference.number, location))?);
        let mut kept = self.kept.borrow_mut();
        if kept.len() >= self.limits.kept_objects {
            kept.clear();
        }
        kept.insert(reference.number, Arc::clone(&object));
        Ok(object)
    }

    /// Guards against objects that need themselves to be read.
    fn nested<T>(&self, read: impl FnOnce(&Self) -> Result<T, PdfError>) -> Result<T, PdfError> {
        if self.nesting.get() >= NESTING_MOST {
            return Err(PdfError::Limit { what: "objects that need others to be read", limit: NESTING_MOST.into() });
        }
        self.nesting.set(self.nesting.get() + 1);
        let result = read(self);
        self.nesting.set(self.nesting.get() - 1);
        result
    }

    fn load(&self, number: u32, location: Location) -> Result<Object, PdfError> {
        match location {
            Location::Free => Ok(Object::Null),
            Location::At { offset, .. } => {
                let (found, object) = self.indirect(offset)?;
                if found.number != number {
                    let text = format!("object {} stands where the cross-reference says {number}", found.number);
                    return Err(PdfError::malformed(offset, text));
                }
                Ok(object)
            }
            Location::In { stream, index } => self.member(stream, index, number),
        }
    }

    /// The value behind references.
    ///
    /// # Errors
    /// As [`Pdf::get`], and [`PdfError::Limit`] for references that lead to references.
    pub fn resolve<'o>(&self, object: &'o Object) -> Result<Value<'o>, PdfError> {
        let Object::Reference(first) = object else { return Ok(Value::Here(object)) };
        let mut reference = *first;
        for _ in 0..HOPS_MOST {
            let found = self.get(reference)?;
            match found.as_ref() {
                Object::Reference(next) => reference = *next,
                _ => return Ok(Value::There(found)),
            }
        }
        Err(PdfError::Limit { what: "references to references", limit: HOPS_MOST.into() })
    }

    /// The value of a key, resolved; [`Object::Null`] if it is missing.
    ///
    /// # Errors
    /// As [`Pdf::resolve`].
    pub fn value<'o>(&self, dictionary: &'o Dictionary, key: &str) -> Result<Value<'o>, PdfError> {
        dictionary.get(key).map_or(Ok(Value::Here(&Object::Null)), |object| self.resolve(object))
    }

    fn parser(&self, offset: u64) -> Parser<'a> {
        Parser::new(Cursor::new(self.source, offset, self.end), &self.limits)
    }
}
