//! Canonical XML: the one byte form of a tree, over which digests and signatures are made.
//!
//! - [`Method`] — which canonicalisation, with its name.
//! - [`Subset`] — of what: a document or a subtree, perhaps with one element left out, or a [`Selection`] of nodes.
//! - [`Sink`] — where the bytes go; a `Vec<u8>`, or a [`Hasher`](mekong_crypto::Hasher) that never sees them whole.
//!
//! Output equals libxml2's, and so xmlsec1's, with the differences that the tests name.
//!
//! Sources: Canonical XML 1.0 (2001), Canonical XML 1.1 (2008), Exclusive XML Canonicalization 1.0 (2002).

mod base;
mod escape;
mod method;
mod namespaces;
mod render;
mod selection;
mod sink;
mod start_tag;

pub(crate) use method::EXCLUSIVE;
pub use method::Method;
pub use selection::Selection;
pub use sink::Sink;

use roxmltree::{Document, Node};

/// What is canonicalised.
#[derive(Debug, Clone, Copy)]
pub enum Subset<'a, 'i> {
    /// The whole document, with instructions and (if the method says so) comments outside the document element.
    Document(&'a Document<'i>),
    /// The whole document without this subtree.
    DocumentWithout {
        /// The document.
        document: &'a Document<'i>,
        /// The root of the subtree left out; an enveloped signature.
        without: Node<'a, 'i>,
    },
    /// An element and everything in it.
    Element(Node<'a, 'i>),
    /// An element and everything in it but this subtree.
    ElementWithout {
        /// The element.
        apex: Node<'a, 'i>,
        /// The root of the subtree left out; an enveloped signature.
        without: Node<'a, 'i>,
    },
    /// The nodes of a document that are selected, which need not hang together; attributes and namespaces go with their
    /// element.
    Selected {
        /// The document.
        document: &'a Document<'i>,
        /// Its nodes that count.
        selection: &'a Selection,
    },
}

/// Bytes of the `xml:base` values that Canonical XML 1.1 joins for one element.
pub const BASE_BYTES_MAX: usize = 16 << 10;

/// Why a canonical form does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum C14nError {
    /// Canonical XML 1.1 would have to join `xml:base` values of more than [`BASE_BYTES_MAX`] bytes.
    #[error("the xml:base values around an element have more than {BASE_BYTES_MAX} bytes ({0})")]
    BaseTooLong(crate::Place),
    /// A namespace name is not an absolute URI (Canonical XML 1.0 §1.3 demands to refuse).
    #[error("the namespace {uri:?} is relative and has no canonical form ({place})")]
    RelativeNamespace {
        /// The name.
        uri: String,
        /// The element that needs it.
        place: crate::Place,
    },
    /// The node given is not an element.
    #[error("only an element has a canonical form of its own")]
    NotAnElement,
}

/// The canonical form in memory.
///
/// # Errors
/// [`C14nError`].
pub fn canonicalize(subset: Subset<'_, '_>, method: &Method) -> Result<Vec<u8>, C14nError> {
    let mut out = Vec::with_capacity(subset.size_hint());
    render::render(subset, method, &mut out)?;
    Ok(out)
}

/// The canonical form into a sink, in pieces.
///
/// # Errors
/// [`C14nError`]; part of the form may have been written by then.
pub fn canonicalize_into(subset: Subset<'_, '_>, method: &Method, sink: &mut impl Sink) -> Result<(), C14nError> {
    let mut buffered = sink::Buffered::new(sink);
    render::render(subset, method, &mut buffered)?;
    buffered.flush();
    Ok(())
}

/// The digest of the canonical form.
///
/// # Errors
/// [`C14nError`].
pub fn digest(
    subset: Subset<'_, '_>,
    method: &Method,
    algorithm: mekong_crypto::DigestAlgorithm,
) -> Result<mekong_crypto::Digest, C14nError> {
    let mut hasher = mekong_crypto::Hasher::new(algorithm);
    canonicalize_into(subset, method, &mut hasher)?;
    Ok(hasher.finish())
}

impl<'a, 'i> Subset<'a, 'i> {
    /// An element by its Id, in a document where no other element has it.
    ///
    /// # Errors
    /// As [`find::by_id`](crate::find::by_id).
    pub fn by_id(document: &'a Document<'i>, id: &str) -> Result<Self, crate::find::FindError> {
        crate::find::by_id(document, id).map(Self::Element)
    }

    /// Bytes of source, a fair guess of the canonical form's size.
    pub(crate) fn size_hint(&self) -> usize {
        let range = match self {
            Self::Document(document) | Self::DocumentWithout { document, .. } | Self::Selected { document, .. } => {
                document.root_element().range()
            }
            Self::Element(apex) | Self::ElementWithout { apex, .. } => apex.range(),
        };
        range.len() + range.len() / 8 + 256
    }
}
