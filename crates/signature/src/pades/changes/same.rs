//! Whether two values are the same with everything that they refer to.

use super::Comparison;
use mekong_base::Source;
use mekong_pdf::{Dictionary, Location, Object, PdfError, Reference, Stream};
use std::collections::{BTreeSet, HashSet};
use std::rc::Rc;
use std::sync::Arc;

/// Differences that are told of one place.
const DIFFERENCES_MAX: usize = 8;
/// Levels of a path that are shown.
const PATH_LEVELS_MAX: usize = 16;

/// The way to a value, for telling where a difference is.
pub(super) struct Path {
    above: Option<Rc<Path>>,
    step: String,
}

impl Path {
    pub(super) fn new(step: impl Into<String>) -> Rc<Self> {
        Rc::new(Self { above: None, step: step.into() })
    }

    fn below(self: &Rc<Self>, step: String) -> Rc<Self> {
        Rc::new(Self { above: Some(Rc::clone(self)), step })
    }

    fn text(&self) -> String {
        let (mut steps, mut at) = (vec![self.step.as_str()], self.above.as_ref());
        while let Some(path) = at {
            steps.push(&path.step);
            at = path.above.as_ref();
        }
        steps.reverse();
        steps.truncate(PATH_LEVELS_MAX);
        steps.join(" ")
    }
}

/// References that are still to be compared, and the differences so far.
#[derive(Default)]
struct Walk {
    /// Whether it is drawn: then fields in it are compared like everything else.
    drawn: bool,
    seen: HashSet<(Reference, Reference)>,
    open: Vec<(Reference, Reference, Rc<Path>)>,
    differences: Vec<String>,
}

impl Walk {
    fn differs(&mut self, path: &Path) {
        if self.differences.len() < DIFFERENCES_MAX {
            self.differences.push(path.text());
        }
    }
}

impl Comparison<'_, '_> {
    /// The places at which two values differ, at most a few; empty if they are the same.
    pub(super) fn differences(
        &mut self,
        then: &Object,
        now: &Object,
        path: &Rc<Path>,
    ) -> Result<Vec<String>, PdfError> {
        self.walk(then, now, path, Walk::default())
    }

    /// The same of what is drawn. An object may be a field as well as what a page shows: of fields some keys may change, of
    /// what is drawn none.
    pub(super) fn drawn(&mut self, then: &Object, now: &Object, path: &Rc<Path>) -> Result<Vec<String>, PdfError> {
        self.walk(then, now, path, Walk { drawn: true, ..Walk::default() })
    }

    fn walk(&mut self, then: &Object, now: &Object, path: &Rc<Path>, mut walk: Walk) -> Result<Vec<String>, PdfError> {
        self.values(then, now, path, &mut walk)?;
        while let Some((then, now, path)) = walk.open.pop() {
            if walk.differences.len() >= DIFFERENCES_MAX {
                break;
            }
            self.objects(then, now, &path, &mut walk)?;
        }
        if walk.differences.is_empty() {
            // All that was reached is the same with all that it reaches: fonts of a page need no second look for the next.
            if walk.drawn { &mut self.same_drawn } else { &mut self.same }.extend(walk.seen);
        }
        Ok(walk.differences)
    }

    /// Whether a number is still where it was, so that the bytes are the same.
    fn same_place(&self, number: u32) -> bool {
        let place = self.then.location(number);
        let stream_is_same = match place {
            Location::In { stream, .. } => self.then.location(stream) == self.now.location(stream),
            _ => true,
        };
        place == self.now.location(number) && stream_is_same
    }

    fn objects(&mut self, then: Reference, now: Reference, path: &Rc<Path>, walk: &mut Walk) -> Result<(), PdfError> {
        if then == now && self.same_place(then.number) {
            let Some(object) = readable(self.then.get(then))? else { return Ok(()) };
            return self.values(&object, &object, path, walk);
        }
        match (readable(self.then.get(then))?, readable(self.now.get(now))?) {
            (Some(then), Some(now)) => self.values(&then, &now, path, walk),
            // Neither can be read, and they stand at different places: others may read them.
            _ => {
                walk.differs(path);
                Ok(())
            }
        }
    }

    /// Compares values; references are left for later, so that recursion is as deep as direct values only.
    fn values(&mut self, then: &Object, now: &Object, path: &Rc<Path>, walk: &mut Walk) -> Result<(), PdfError> {
        self.spend(1)?;
        match (then, now) {
            (Object::Reference(a), Object::Reference(b)) => {
                // Pages and fields are compared on their own; here it counts only that it is the same one.
                let apart = a == b && (self.apart.contains(a) || (!walk.drawn && self.fields.contains(a)));
                let same = self.same_drawn.contains(&(*a, *b)) || (!walk.drawn && self.same.contains(&(*a, *b)));
                if !apart && !same && walk.seen.insert((*a, *b)) {
                    walk.open.push((*a, *b, Rc::clone(path)));
                }
            }
            (Object::Reference(a), direct) => match readable(self.then.get(*a))? {
                Some(value) if value.reference().is_none() => self.values(&value, direct, path, walk)?,
                _ => walk.differs(path),
            },
            (direct, Object::Reference(b)) => match readable(self.now.get(*b))? {
                Some(value) if value.reference().is_none() => self.values(direct, &value, path, walk)?,
                _ => walk.differs(path),
            },
            (Object::Array(a), Object::Array(b)) if a.len() == b.len() => {
                for (index, (a, b)) in a.iter().zip(b).enumerate() {
                    if needs_walk(a) || a != b {
                        self.values(a, b, &path.below(format!("[{index}]")), walk)?;
                    }
                }
            }
            (Object::Dictionary(a), Object::Dictionary(b)) => self.dictionaries(a, b, path, walk)?,
            (Object::Stream(a), Object::Stream(b)) => {
                self.dictionaries(&a.dictionary, &b.dictionary, path, walk)?;
                if !same_bytes(self.then.source(), a, b)? {
                    walk.differs(path);
                }
            }
            (a, b) if a == b => {}
            // The same accident at the same place is the same.
            (Object::Real(a), Object::Real(b)) if std::ptr::eq(a, b) => {}
            _ => walk.differs(path),
        }
        Ok(())
    }

    fn dictionaries(
        &mut self,
        a: &Dictionary,
        b: &Dictionary,
        path: &Rc<Path>,
        walk: &mut Walk,
    ) -> Result<(), PdfError> {
        let keys: BTreeSet<&[u8]> = a.iter().chain(b.iter()).map(|(key, _)| key).collect();
        for key in keys {
            // The way up leads to what is compared elsewhere.
            if key == b"Parent" {
                continue;
            }
            let name = String::from_utf8_lossy(key);
            let (a, b) = (a.get(&name).unwrap_or(&Object::Null), b.get(&name).unwrap_or(&Object::Null));
            if needs_walk(a) || needs_walk(b) || a != b {
                self.values(a, b, &path.below(format!("/{name}")), walk)?;
            }
        }
        Ok(())
    }
}

/// Whether a value may refer to others.
const fn needs_walk(object: &Object) -> bool {
    matches!(
        object,
        Object::Reference(_) | Object::Array(_) | Object::Dictionary(_) | Object::Stream(_) | Object::Real(_)
    )
}

/// What cannot be read is nothing, as it is for viewers; limits and failing sources stay errors.
fn readable(object: Result<Arc<Object>, PdfError>) -> Result<Option<Arc<Object>>, PdfError> {
    match object {
        Ok(object) => Ok(Some(object)),
        Err(error @ (PdfError::Limit { .. } | PdfError::Source(_))) => Err(error),
        Err(_) => Ok(None),
    }
}

/// Compares the bytes of two streams of the same file, piece by piece.
fn same_bytes(source: &dyn Source, a: &Stream, b: &Stream) -> Result<bool, PdfError> {
    const PIECE: u64 = 64 << 10;
    if a.data == b.data {
        return Ok(true);
    }
    let length = |stream: &Stream| stream.data.end.saturating_sub(stream.data.start);
    if length(a) != length(b) {
        return Ok(false);
    }
    let mut at = 0;
    while at < length(a) {
        let size = PIECE.min(length(a) - at);
        let read = |stream: &Stream| source.read(stream.data.start + at..stream.data.start + at + size, 64 << 10);
        if read(a)? != read(b)? {
            return Ok(false);
        }
        at += size;
    }
    Ok(true)
}
