//! Why a list cannot be read.

use mekong_xml::c14n::C14nError;
use mekong_xml::find::{self, FindError};
use mekong_xml::roxmltree::Node;
use mekong_xml::{Place, XmlError};

/// Why bytes are not a trusted list that can be used. It is always the list's fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ListError {
    /// Something in it has no canonical form.
    #[error(transparent)]
    Canonical(#[from] C14nError),
    /// More of something than is read.
    #[error("{path}: more than {limit} {what} ({place})")]
    Limit {
        /// The element.
        path: String,
        /// Such as `pointers`.
        what: &'static str,
        /// The limit.
        limit: usize,
        /// Where it was passed.
        place: Place,
    },
    /// Something that trust follows from is not as TS 119 612 says.
    #[error("{path}: {what} ({place})")]
    Malformed {
        /// The element.
        path: String,
        /// What is wrong.
        what: String,
        /// Where.
        place: Place,
    },
    /// XML of another kind.
    #[error("{path}: not a TrustServiceStatusList of ETSI TS 119 612")]
    NotAList {
        /// The root element.
        path: String,
    },
    /// An element or attribute is missing, repeated or unreadable.
    #[error(transparent)]
    Structure(#[from] FindError),
    /// Not XML, or beyond the limits.
    #[error(transparent)]
    Xml(#[from] XmlError),
}

impl ListError {
    pub(crate) fn malformed(node: Node<'_, '_>, what: impl Into<String>) -> Self {
        Self::Malformed { path: find::path(node), what: what.into(), place: Place::of(node) }
    }

    pub(crate) fn limit(node: Node<'_, '_>, what: &'static str, limit: usize) -> Self {
        Self::Limit { path: find::path(node), what, limit, place: Place::of(node) }
    }
}
