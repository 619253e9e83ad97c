//! Why a container was not read or written.

use mekong_signature::zip::ZipError;

/// Why a file is not a container of a signed message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AsicError {
    /// Not a ZIP file, or one that could be understood in two ways.
    #[error("the file is not a sound ZIP file: {what}")]
    Zip {
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
    /// A required entry is missing or empty.
    #[error("{name} is missing or empty")]
    Missing {
        /// The entry.
        name: &'static str,
        /// The reference's code for it.
        code: &'static str,
    },
    /// The `mimetype` entry has another type.
    #[error("the media type is {found:?}, not {}", super::MEDIA_TYPE)]
    MediaType {
        /// What it says, at most 100 characters of it.
        found: String,
    },
    /// An entry that must be text is not UTF-8.
    #[error("entry {name:?} is not UTF-8")]
    NotText {
        /// The entry.
        name: String,
    },
}

impl From<ZipError> for AsicError {
    fn from(error: ZipError) -> Self {
        match error {
            ZipError::Name { name, what } => Self::Name { name, what },
            ZipError::Limit { what } => Self::Limit { what },
            ZipError::Damaged { name, what } => Self::Damaged { name, what },
            ZipError::Unsound { what } => Self::Zip { what },
            other => Self::Zip { what: other.to_string() },
        }
    }
}

impl AsicError {
    /// The stable code; the reference's name where it has one.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Zip { .. } => "asic_mime_type_not_found",
            Self::Missing { code, .. } => code,
            Self::MediaType { .. } => "asic_invalid_mime_type",
            Self::Name { .. } => "asic_entry_refused",
            Self::Limit { .. } => "asic_too_large",
            Self::Damaged { .. } | Self::NotText { .. } => "asic_entry_damaged",
        }
    }
}
