//! Following references and applying transforms, within a budget.

use super::apply::{Data, Run};
use super::content::Content;
use super::form::Pointer;
use super::nodes::Nodes;
use super::step::Step;
use crate::c14n::{self, C14nError, Method, Sink, Subset};
use crate::dsig::{Ids, NamedBy};
use mekong_crypto::{DigestAlgorithm, Hasher};
use roxmltree::{Document, Node};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;

/// How often one external content is read through.
const READS_MAX: u32 = 32;
/// Digests of the document that are kept for the next signature.
const INSIDE_MAX: usize = 16;

/// What a reference points at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target<'a, 'i> {
    /// The document that holds the signature.
    Document,
    /// An element of it.
    Element(Node<'a, 'i>),
    /// Something outside, by its URI; `None` if the reference has none.
    External(Option<&'a str>),
}

/// Why what a reference points at could not be digested.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unread {
    /// It leads to nothing.
    #[error("{0} leads to nothing known")]
    Missing(String),
    /// It leads to more than one element.
    #[error("more than one element has the Id {0:?}")]
    Duplicate(String),
    /// A transform or algorithm is not supported, only digests are known where bytes are needed, or there is too much of it.
    #[error("{0}")]
    Unsupported(String),
    /// It is there, but a transform cannot be applied to it.
    #[error("{0}")]
    Broken(String),
}

/// Takes the bytes of a reference.
pub type Octets<'o> = dyn FnMut(&[u8]) + 'o;

pub(super) struct Feed<'f, 'o>(pub(super) &'f mut Octets<'o>);

impl Sink for Feed<'_, '_> {
    fn write(&mut self, piece: &[u8]) {
        (self.0)(piece);
    }
}

/// One document under examination.
pub struct Examination<'a, 'i, 'r> {
    document: &'a Document<'i>,
    ids: Ids<'a, 'i>,
    resolve: &'r dyn Fn(&str) -> Option<Content<'r>>,
    /// Bytes that may still be canonicalised.
    budget: Cell<u64>,
    digests: RefCell<HashMap<(&'a str, DigestAlgorithm), Vec<u8>>>,
    reads: RefCell<HashMap<&'a str, u32>>,
    inside: RefCell<Vec<Inside<'a, 'i>>>,
}

/// The digest of something in the document, which other signatures may want too.
struct Inside<'a, 'i> {
    target: Target<'a, 'i>,
    steps: Vec<Step<'a, 'i>>,
    comments: bool,
    algorithm: DigestAlgorithm,
    digest: Vec<u8>,
}

impl<'a, 'i, 'r> Examination<'a, 'i, 'r> {
    /// Of a document. `budget` is how many bytes are canonicalised before everything else is [`Unread::Unsupported`];
    /// `resolve` gives the content of URIs other than `""`, `#id` and the same as XPointer.
    pub fn new(document: &'a Document<'i>, budget: u64, resolve: &'r dyn Fn(&str) -> Option<Content<'r>>) -> Self {
        Self {
            document,
            ids: Ids::of(document),
            resolve,
            budget: Cell::new(budget),
            digests: RefCell::default(),
            reads: RefCell::default(),
            inside: RefCell::default(),
        }
    }

    /// The document.
    pub const fn document(&self) -> &'a Document<'i> {
        self.document
    }

    /// Its Ids.
    pub const fn ids(&self) -> &Ids<'a, 'i> {
        &self.ids
    }

    /// What a URI points at.
    ///
    /// # Errors
    /// [`Unread::Missing`], [`Unread::Duplicate`].
    pub fn target(&self, uri: Option<&'a str>) -> Result<Target<'a, 'i>, Unread> {
        Ok(match uri {
            Some("" | "#xpointer(/)") => Target::Document,
            Some(uri) => match uri.strip_prefix('#') {
                Some(id) => match self.ids.named(pointed_id(id).unwrap_or(id)) {
                    NamedBy::One(node) => Target::Element(node),
                    NamedBy::None => return Err(Unread::Missing(uri.to_owned())),
                    NamedBy::Several => return Err(Unread::Duplicate(id.to_owned())),
                },
                None => Target::External(Some(uri)),
            },
            None => Target::External(None),
        })
    }

    /// The digest of what a reference leads to, by its own algorithm. `signature` is the `ds:Signature` that holds it.
    ///
    /// # Errors
    /// [`Unread`].
    pub fn digest(&self, signature: Node<'a, 'i>, pointer: &Pointer<'a, 'i>) -> Result<Vec<u8>, Unread> {
        let unknown = |uri: &String| Unread::Unsupported(format!("the digest algorithm {uri} is not supported"));
        let algorithm = *pointer.algorithm.as_ref().map_err(unknown)?;
        let plain = pointer.steps.as_ref().is_ok_and(Vec::is_empty);
        let Some(uri) = pointer.uri.filter(|uri| plain && !uri.is_empty() && !uri.starts_with('#')) else {
            return self.digest_inside(signature, pointer, algorithm);
        };
        if let Some(known) = self.digests.borrow().get(&(uri, algorithm)) {
            return Ok(known.clone());
        }
        let digest = match (self.resolve)(uri) {
            Some(Content::Digests(digests)) => given(&digests, algorithm)?,
            Some(Content::Digested(_, known)) => match known(algorithm) {
                Some(digest) => digest,
                None => self.digest_octets(signature, pointer, algorithm)?,
            },
            _ => self.digest_octets(signature, pointer, algorithm)?,
        };
        self.digests.borrow_mut().insert((uri, algorithm), digest.clone());
        Ok(digest)
    }

    /// The digest of something in the document. Signatures beside each other sign the same, and it is digested once.
    fn digest_inside(
        &self,
        signature: Node<'a, 'i>,
        pointer: &Pointer<'a, 'i>,
        algorithm: DigestAlgorithm,
    ) -> Result<Vec<u8>, Unread> {
        let same_for_all = |steps: &&Vec<Step<'a, 'i>>| !steps.contains(&Step::Enveloped);
        let (Ok(target), Some(steps)) = (self.target(pointer.uri), pointer.steps.as_ref().ok().filter(same_for_all))
        else {
            return self.digest_octets(signature, pointer, algorithm);
        };
        let comments = with_comments(pointer);
        let is_known = |known: &&Inside<'a, 'i>| {
            known.algorithm == algorithm
                && known.comments == comments
                && known.target == target
                && known.steps == *steps
        };
        if let Some(known) = self.inside.borrow().iter().find(is_known) {
            return Ok(known.digest.clone());
        }
        let digest = self.digest_octets(signature, pointer, algorithm)?;
        let is_large = matches!(target, Target::Document);
        if is_large && self.inside.borrow().len() < INSIDE_MAX {
            let known = Inside { target, steps: steps.clone(), comments, algorithm, digest: digest.clone() };
            self.inside.borrow_mut().push(known);
        }
        Ok(digest)
    }

    fn digest_octets(
        &self,
        signature: Node<'a, 'i>,
        pointer: &Pointer<'a, 'i>,
        algorithm: DigestAlgorithm,
    ) -> Result<Vec<u8>, Unread> {
        let mut hasher = Hasher::new(algorithm);
        self.octets(signature, pointer, &Method::Inclusive10, &mut |piece| hasher.update(piece))?;
        Ok(hasher.finish().as_ref().to_vec())
    }

    /// Hands over the bytes that a reference leads to after its transforms; nodes are canonicalised by `method`.
    ///
    /// # Errors
    /// [`Unread`]; some bytes may have been handed over by then.
    pub fn octets(
        &self,
        signature: Node<'a, 'i>,
        pointer: &Pointer<'a, 'i>,
        method: &Method,
        take: &mut Octets<'_>,
    ) -> Result<(), Unread> {
        let steps = pointer.steps.as_ref().map_err(|reason| Unread::Unsupported(reason.clone()))?;
        let run = Run { examination: self, signature, method };
        match self.target(pointer.uri)? {
            Target::Document => {
                run.steps(Data::Nodes(Nodes::document(self.document, with_comments(pointer))), steps, take)
            }
            Target::Element(node) => run.steps(Data::Nodes(Nodes::element(node, with_comments(pointer))), steps, take),
            Target::External(None) => Err(Unread::Missing("a reference without URI".into())),
            Target::External(Some(uri)) => {
                let reads = self.reads.borrow().get(uri).copied().unwrap_or_default();
                if reads == READS_MAX {
                    return Err(Unread::Unsupported(format!("{uri} would be read more than {READS_MAX} times")));
                }
                self.reads.borrow_mut().insert(uri, reads + 1);
                let content = (self.resolve)(uri).ok_or_else(|| Unread::Missing(uri.to_owned()))?;
                run.steps(Data::Content(content), steps, take)
            }
        }
    }

    /// Hands over the canonical form of an element.
    ///
    /// # Errors
    /// [`Unread`].
    pub fn canonical(&self, node: Node<'a, 'i>, method: &Method, take: &mut Octets<'_>) -> Result<(), Unread> {
        self.charge(Subset::Element(node).size_hint())?;
        c14n::canonicalize_into(Subset::Element(node), method, &mut Feed(take)).map_err(|e| self.has_no_form(e))
    }

    /// The error tells a place, and to find that took time linear in the document.
    pub(super) fn has_no_form(&self, error: C14nError) -> Unread {
        let charged = self.charge(self.document.input_text().len());
        charged.err().unwrap_or_else(|| Unread::Broken(error.to_string()))
    }

    pub(super) fn charge(&self, bytes: usize) -> Result<(), Unread> {
        match self.budget.get().checked_sub(bytes as u64) {
            Some(left) => {
                self.budget.set(left);
                Ok(())
            }
            None => {
                Err(Unread::Unsupported("the signatures of this document want more canonicalised than is done".into()))
            }
        }
    }
}

/// `#xpointer(id('x'))` and `#xpointer(/)` keep comments (XMLDSig §4.4.3.3).
fn with_comments(pointer: &Pointer<'_, '_>) -> bool {
    pointer.uri.is_some_and(|uri| uri.starts_with("#xpointer("))
}

/// The Id in `xpointer(id('x'))`.
fn pointed_id(fragment: &str) -> Option<&str> {
    let quoted = fragment.strip_prefix("xpointer(id(")?.strip_suffix("))")?;
    let unquoted = |quote| quoted.strip_prefix(quote)?.strip_suffix(quote);
    unquoted('\'').or_else(|| unquoted('"'))
}

fn given(digests: &[(DigestAlgorithm, Vec<u8>)], wanted: DigestAlgorithm) -> Result<Vec<u8>, Unread> {
    let found = digests.iter().find(|(algorithm, _)| *algorithm == wanted);
    found.map(|(_, digest)| digest.clone()).ok_or_else(|| {
        let known: Vec<&str> = digests.iter().map(|(algorithm, _)| algorithm.name()).collect();
        Unread::Unsupported(format!("a {} digest is needed, known are {known:?}", wanted.name()))
    })
}
