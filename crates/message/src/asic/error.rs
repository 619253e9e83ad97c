//! Why a container was not read or written.

use mekong_signature::zip::ZipError;

/// Why a file is not a container of a signed message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AsicError {
    /// Not a ZIP file that is read or can be written.
    #[error(transparent)]
    Zip(#[from] ZipError),
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

impl AsicError {
    /// The stable code; the reference's name where it has one.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Missing { code, .. } => code,
            Self::MediaType { .. } => "asic_invalid_mime_type",
            Self::Zip(ZipError::Name { .. }) => "asic_entry_refused",
            Self::Zip(ZipError::Limit { .. }) => "asic_too_large",
            Self::Zip(ZipError::Damaged { .. }) | Self::NotText { .. } => "asic_entry_damaged",
            Self::Zip(_) => "asic_mime_type_not_found",
        }
    }
}
