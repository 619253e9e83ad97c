//! A container as it will be written: files of another one, new files from sources, and bytes.

use super::container::Container;
use super::make::NewFile;
use super::names::MIMETYPE;
use crate::zip::{self, Entry, Packing, Writer, ZipError};
use mekong_base::{Instant, Source};
use std::collections::BTreeMap;
use std::io::Write;

/// A file that takes the place of another one, or comes at the end.
pub(super) struct Change {
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
}

/// What will be written, in order.
pub(super) struct Package<'a> {
    parts: Vec<Part<'a>>,
    changes: Vec<Change>,
    renamed: BTreeMap<String, String>,
    at: Instant,
    comment: String,
}

enum Part<'a> {
    MediaType(&'static str),
    New(String, &'a dyn Source),
    Old(&'a dyn Source, Entry),
}

impl Part<'_> {
    fn name(&self) -> &str {
        match self {
            Self::MediaType(_) => MIMETYPE,
            Self::New(name, _) => name,
            Self::Old(_, entry) => &entry.name,
        }
    }
}

impl<'a> Package<'a> {
    /// A new container with these data files.
    pub(super) fn new(media_type: &'static str, files: &[NewFile<'a>], at: Instant) -> Self {
        let data = files.iter().map(|f| Part::New(f.name.clone(), f.content));
        let parts = std::iter::once(Part::MediaType(media_type)).chain(data).collect();
        Self { parts, changes: Vec::new(), renamed: BTreeMap::new(), at, comment: String::new() }
    }

    /// What is in a container, in the order in which it lies there.
    pub(super) fn of(source: &'a dyn Source, container: &Container<'_>, at: Instant) -> Self {
        let mut entries: Vec<Entry> = container.files.iter().map(|f| f.content.entry().clone()).collect();
        entries.sort_by_key(|e| e.header);
        let parts = entries.into_iter().map(|entry| Part::Old(source, entry)).collect();
        let comment = container.comment.clone();
        Self { parts, changes: Vec::new(), renamed: BTreeMap::new(), at, comment }
    }

    /// Puts bytes in the place of the file of this name, or at the end if there is none.
    pub(super) fn add(&mut self, name: String, bytes: Vec<u8>) {
        self.changes.retain(|c| c.name != name);
        self.changes.push(Change { name, bytes });
    }

    /// Gives a file another name.
    pub(super) fn rename(&mut self, from: &str, to: String) {
        self.renamed.insert(from.to_owned(), to);
    }

    /// Writes it.
    pub(super) fn write<W: Write>(self, out: W) -> Result<W, ZipError> {
        let mut writer = Writer::new(out, self.at);
        let mut done = vec![false; self.changes.len()];
        for part in &self.parts {
            let is_renamed = self.renamed.get(part.name());
            let name = is_renamed.map_or(part.name(), String::as_str);
            let change = self.changes.iter().position(|c| is_renamed.is_none() && c.name == name);
            match (change.and_then(|n| Some((n, self.changes.get(n)?))), part) {
                (Some((n, change)), _) => {
                    writer.add(name, &change.bytes, Packing::Deflated)?;
                    if let Some(done) = done.get_mut(n) {
                        *done = true;
                    }
                }
                (None, Part::MediaType(text)) => writer.add(name, text.as_bytes(), Packing::Stored)?,
                (None, Part::New(_, source)) => writer.add_source(name, *source, Packing::Deflated)?,
                (None, Part::Old(source, entry)) => writer.copy(*source, entry, name)?,
            }
        }
        for (change, _) in self.changes.iter().zip(&done).filter(|(_, done)| !**done) {
            zip::check_name(&change.name)?;
            writer.add(&change.name, &change.bytes, Packing::Deflated)?;
        }
        writer.finish(&self.comment)
    }
}
