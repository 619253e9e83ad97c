//! Objects to be written: their numbers, their bytes, and where they lie (ISO 32000-2 §7.3.10, §7.5.4).

use super::serialize::object_bytes;
use crate::object::{Dictionary, Object, Reference};
use flate2::Compression;
use flate2::write::ZlibEncoder;
use std::collections::BTreeMap;
use std::io::Write as _;

/// What is written for an object.
#[derive(Debug, Clone)]
pub enum Append {
    /// A value.
    Object(Object),
    /// A stream: its dictionary, without `/Length`, and its bytes, encoded as the dictionary says.
    Stream(Dictionary, Vec<u8>),
    /// Bytes between `obj` and `endobj` as they stand: for a signature dictionary, whose places are filled in later.
    Raw(Vec<u8>),
}

/// New objects of a file, and changed ones.
#[derive(Debug)]
pub struct Objects {
    objects: BTreeMap<Reference, Append>,
    next: u32,
}

/// The offset of each object, or of its value, in the whole file.
pub(super) type Places = BTreeMap<Reference, u64>;

impl Objects {
    /// None; the first gets this number.
    pub(super) const fn from(next: u32) -> Self {
        Self { objects: BTreeMap::new(), next }
    }

    /// A number for a new object.
    pub fn reserve(&mut self) -> Reference {
        let reference = Reference { number: self.next, generation: 0 };
        self.next = self.next.saturating_add(1);
        reference
    }

    /// Adds an object under a new number.
    pub fn add(&mut self, object: Append) -> Reference {
        let reference = self.reserve();
        self.set(reference, object);
        reference
    }

    /// Sets or replaces an object.
    pub fn set(&mut self, reference: Reference, object: Append) {
        self.objects.insert(reference, object);
    }

    pub(super) fn get(&self, reference: Reference) -> Option<&Append> {
        self.objects.get(&reference)
    }

    /// One more than the highest number.
    pub(super) const fn size(&self) -> u32 {
        self.next
    }

    /// Writes all of them to `bytes`, which lie at `base` in the file: where they begin, and where their values do.
    pub(super) fn write(&mut self, base: u64, bytes: &mut Vec<u8>) -> (Places, Places) {
        let (mut places, mut values) = (Places::new(), Places::new());
        for (reference, object) in std::mem::take(&mut self.objects) {
            places.insert(reference, base + bytes.len() as u64);
            bytes.extend_from_slice(format!("{} {} obj\n", reference.number, reference.generation).as_bytes());
            values.insert(reference, base + bytes.len() as u64);
            append(object, bytes);
            bytes.extend_from_slice(b"\nendobj\n");
        }
        (places, values)
    }
}

pub(super) fn append(object: Append, bytes: &mut Vec<u8>) {
    match object {
        Append::Object(object) => bytes.extend_from_slice(&object_bytes(&object)),
        Append::Raw(raw) => bytes.extend_from_slice(&raw),
        Append::Stream(mut dictionary, data) => {
            dictionary.set("Length", Object::Integer(i64::try_from(data.len()).unwrap_or(i64::MAX)));
            bytes.extend_from_slice(&object_bytes(&dictionary.into()));
            bytes.extend_from_slice(b"\nstream\n");
            bytes.extend_from_slice(&data);
            bytes.extend_from_slice(b"\nendstream");
        }
    }
}

/// The entries of a cross-reference table.
pub(super) fn table(places: &Places, bytes: &mut Vec<u8>) {
    for run in runs(places) {
        let first = run.first().map_or(0, |(reference, _)| reference.number);
        bytes.extend_from_slice(format!("{first} {}\n", run.len()).as_bytes());
        for (reference, offset) in run {
            bytes.extend_from_slice(format!("{offset:010} {:05} n\r\n", reference.generation).as_bytes());
        }
    }
}

/// Entries of consecutive numbers.
pub(super) fn runs(places: &Places) -> Vec<Vec<(Reference, u64)>> {
    let mut runs: Vec<Vec<(Reference, u64)>> = Vec::new();
    for (reference, offset) in places {
        match runs.last_mut() {
            Some(run) if run.last().is_some_and(|(last, _)| last.number.checked_add(1) == Some(reference.number)) => {
                run.push((*reference, *offset));
            }
            _ => runs.push(vec![(*reference, *offset)]),
        }
    }
    runs
}

/// Bytes packed, and a dictionary that says how.
pub fn deflate(bytes: &[u8]) -> (Dictionary, Vec<u8>) {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    // Writing to memory does not fail; if it did, the bytes would go unpacked.
    match encoder.write_all(bytes).and_then(|()| encoder.finish()) {
        Ok(packed) => (Dictionary::default().with("Filter", Object::named("FlateDecode")), packed),
        Err(_) => (Dictionary::default(), bytes.to_vec()),
    }
}
