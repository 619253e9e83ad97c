//! `/ByteRange`: which bytes are signed, and their digests (ISO 32000-2 §12.8.1).

use crate::facts::Fault;
use mekong_base::{Source, SourceError};
use mekong_crypto::{DigestAlgorithm, Hasher};
use mekong_pdf::{Object, PdfString};
use std::cell::RefCell;
use std::ops::Range;

/// Two ranges around the hole that holds the signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ByteRange {
    /// Where the hole begins; the first range is everything before.
    pub(super) hole: u64,
    /// Where the second range begins.
    pub(super) resume: u64,
    /// Where it ends: the end of the signed revision.
    pub(super) end: u64,
}

impl ByteRange {
    /// Reads the array and checks it: four whole numbers that begin at 0, do not overlap, and stay in the file.
    ///
    /// # Errors
    /// A fault for the first rule that is broken.
    pub(super) fn read(object: &Object, length: u64) -> Result<Self, Fault> {
        let fault = |what: String| Err(Fault::new("/ByteRange", what));
        let Some(elements) = object.array() else { return fault("missing or no array".into()) };
        let numbers: Option<Vec<u64>> =
            elements.iter().map(|e| e.integer().and_then(|n| u64::try_from(n).ok())).collect();
        let Some(&[first, hole, resume, rest]) = numbers.as_deref() else {
            return fault(format!("{} values; four whole numbers from 0 wanted", elements.len()));
        };
        if first != 0 {
            return fault(format!("begins at {first}: the first {first} bytes are not signed"));
        }
        if resume < hole {
            return fault(format!("the second range begins at {resume}, inside the first, which ends at {hole}"));
        }
        let end = resume.saturating_add(rest);
        if end > length {
            return fault(format!("ends at {end}, the file at {length}"));
        }
        Ok(Self { hole, resume, end })
    }

    /// Checks that the hole is exactly the string of `/Contents`.
    ///
    /// # Errors
    /// A fault with both places.
    pub(super) fn check_hole(&self, contents: &PdfString) -> Result<(), Fault> {
        if contents.place == (self.hole..self.resume) && contents.hexadecimal {
            return Ok(());
        }
        let (start, end) = (contents.place.start, contents.place.end);
        let what = format!(
            "leaves out bytes {}..{}, the signature in /Contents is {}bytes {start}..{end}",
            self.hole,
            self.resume,
            if contents.hexadecimal { "" } else { "not hexadecimal and at " }
        );
        Err(Fault::new("/ByteRange", what))
    }
}

/// Digests of byte ranges of one file. Digests of the beginnings are kept and continued, so that a file with several
/// signatures is hashed once.
pub(super) struct Digests<'a> {
    source: &'a dyn Source,
    kept: RefCell<Vec<(DigestAlgorithm, u64, Hasher)>>,
    failure: RefCell<Option<SourceError>>,
}

/// States that are kept: signatures of a file are read in order of their ends.
const KEPT_MAX: usize = 8;

impl<'a> Digests<'a> {
    pub(super) fn new(source: &'a dyn Source) -> Self {
        Self { source, kept: RefCell::default(), failure: RefCell::default() }
    }

    /// The digest of both ranges; `None` if reading fails, see [`Digests::failure`].
    pub(super) fn digest(&self, range: &ByteRange, algorithm: DigestAlgorithm) -> Option<Vec<u8>> {
        let digest = || -> Result<Vec<u8>, SourceError> {
            let mut hasher = self.beginning(range.hole, algorithm)?;
            self.add(&mut hasher, range.resume..range.end)?;
            Ok(hasher.finish().as_ref().to_vec())
        };
        digest().map_err(|error| *self.failure.borrow_mut() = Some(error)).ok()
    }

    /// Why a digest could not be made.
    pub(super) fn failure(&self) -> Option<SourceError> {
        self.failure.borrow().clone()
    }

    /// The state after the first `end` bytes.
    fn beginning(&self, end: u64, algorithm: DigestAlgorithm) -> Result<Hasher, SourceError> {
        let mut kept = self.kept.borrow_mut();
        let best = kept.iter().filter(|(of, at, _)| *of == algorithm && *at <= end).max_by_key(|(_, at, _)| *at);
        let (from, mut hasher) =
            best.map_or_else(|| (0, Hasher::new(algorithm)), |(_, at, hasher)| (*at, hasher.clone()));
        self.add(&mut hasher, from..end)?;
        if kept.len() >= KEPT_MAX {
            kept.remove(0);
        }
        kept.push((algorithm, end, hasher.clone()));
        Ok(hasher)
    }

    fn add(&self, hasher: &mut Hasher, range: Range<u64>) -> Result<(), SourceError> {
        self.source.each(range, &mut |piece| hasher.update(piece))
    }
}
