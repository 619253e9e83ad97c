//! The content that a signature signs: inside, beside or known only by digest. Each digest is made once.

use mekong_base::{Source, SourceError};
use mekong_crypto::{DigestAlgorithm, Hasher};
use mekong_pki::cms::SignedData;
use std::cell::RefCell;

/// What detached signed data signs.
#[derive(Clone, Copy)]
pub enum Content<'a> {
    /// The bytes, hashed where they lie.
    Source(&'a dyn Source),
    /// Known only by digest, for the algorithms for which it gives one.
    Digests(&'a dyn Fn(DigestAlgorithm) -> Option<Vec<u8>>),
    /// Not at hand.
    Missing,
}

/// The content of one signed data and its digests.
pub(super) struct Digests<'a> {
    content: Inner<'a>,
    /// What was expected beside, where there is content inside.
    expected: Option<Content<'a>>,
    known: RefCell<Vec<(DigestAlgorithm, Option<Vec<u8>>)>>,
    failure: RefCell<Option<SourceError>>,
}

enum Inner<'a> {
    Attached(mekong_pki::cms::ber::Octets<'a>),
    Beside(Content<'a>),
}

impl<'a> Digests<'a> {
    /// The content inside `data`, else the one beside.
    pub(super) fn of(data: &SignedData<'a>, beside: Content<'a>) -> Self {
        match data.content {
            Some(octets) => Self::new(Inner::Attached(octets), Some(beside)),
            None => Self::new(Inner::Beside(beside), None),
        }
    }

    fn new(content: Inner<'a>, expected: Option<Content<'a>>) -> Self {
        Self { content, expected, known: RefCell::default(), failure: RefCell::default() }
    }

    /// Whether content is inside though something else was expected beside: then it says nothing of that.
    pub(super) fn is_of_its_own(&self, algorithm: DigestAlgorithm) -> bool {
        match self.expected {
            None | Some(Content::Missing) => false,
            Some(expected) => Self::new(Inner::Beside(expected), None).digest(algorithm) != self.digest(algorithm),
        }
    }

    /// The digest of the content; `None` if it is not at hand.
    pub(super) fn digest(&self, algorithm: DigestAlgorithm) -> Option<Vec<u8>> {
        if let Some((_, digest)) = self.known.borrow().iter().find(|(known, _)| *known == algorithm) {
            return digest.clone();
        }
        let digest = match &self.content {
            Inner::Beside(Content::Digests(of)) => of(algorithm),
            Inner::Beside(Content::Missing) => None,
            _ => {
                let mut hasher = Hasher::new(algorithm);
                self.each(&mut |piece| hasher.update(piece)).then(|| hasher.finish().as_ref().to_vec())
            }
        };
        self.known.borrow_mut().push((algorithm, digest.clone()));
        digest
    }

    /// Hands the content over piece by piece; false if its bytes are not at hand.
    pub(super) fn each(&self, take: &mut dyn FnMut(&[u8])) -> bool {
        match &self.content {
            Inner::Attached(octets) => {
                octets.each(&mut |piece| take(piece));
                true
            }
            Inner::Beside(Content::Source(source)) => match source.each(0..source.len(), take) {
                Ok(()) => true,
                Err(error) => {
                    self.failure.borrow_mut().get_or_insert(error);
                    false
                }
            },
            Inner::Beside(_) => false,
        }
    }

    /// The bytes of the content if they are at hand and at most `most`.
    pub(super) fn bytes(&self, most: usize) -> Option<Vec<u8>> {
        let length = match &self.content {
            Inner::Attached(octets) => octets.len(),
            Inner::Beside(Content::Source(source)) => usize::try_from(source.len()).ok()?,
            Inner::Beside(_) => return None,
        };
        let mut bytes = Vec::new();
        (length <= most && self.each(&mut |piece| bytes.extend_from_slice(piece))).then_some(bytes)
    }

    /// Whether the content lies inside the signed data.
    pub(super) const fn is_attached(&self) -> bool {
        matches!(self.content, Inner::Attached(_))
    }

    /// Whether reading the content failed.
    pub(super) fn failure(&self) -> Option<SourceError> {
        self.failure.borrow_mut().take()
    }
}
