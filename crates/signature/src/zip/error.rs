//! Why a ZIP file was not read or written.

use mekong_base::SourceError;

/// Why a ZIP file was not read or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ZipError {
    /// Not a ZIP file, or one that could be understood in two ways.
    #[error("the file is not a sound ZIP file: {what}")]
    Unsound {
        /// What is wrong, with the entry or byte offset.
        what: String,
    },
    /// A name that leads out of the container or is there twice.
    #[error("entry {name:?} is refused: {what}")]
    Name {
        /// The name, at most 200 characters of it.
        name: String,
        /// Why.
        what: &'static str,
    },
    /// More than the limits allow.
    #[error("the container is too large: {what}")]
    Limit {
        /// What exceeds which limit.
        what: String,
    },
    /// The content of an entry is damaged.
    #[error("entry {name:?} is damaged: {what}")]
    Damaged {
        /// The entry.
        name: String,
        /// What is wrong.
        what: String,
    },
    /// The bytes could not be had.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The bytes could not be written.
    #[error("the container cannot be written: {what}")]
    Write {
        /// What the other side said.
        what: String,
    },
}

pub(super) fn unsound(what: impl Into<String>) -> ZipError {
    ZipError::Unsound { what: what.into() }
}

/// At most 200 characters of a name, for messages.
pub(super) fn shorten(name: &str) -> String {
    name.chars().take(200).collect()
}
