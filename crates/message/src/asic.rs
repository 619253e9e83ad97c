//! ASiC-E containers of signed messages (ETSI TS 102 918), read with limits and written as the reference does.
//!
//! - [`Container::read`]: structure only; what the files mean is for [`crate::evidence`].
//! - [`write()`]: the same entries in the same order as the reference, with its ZIP comment. One difference: the reference
//!   deflates `mimetype`, this one stores it, without extra field, so that strict ASiC readers find it at byte 38.
//!
//! ZIP files are read here and not by a library because evidence must look the same to everybody: a file whose entries
//! could be understood in two ways (duplicates, gaps, a local header that differs from the directory) is refused.

mod error;
mod layout;
mod manifest;
mod read;
mod unpack;
mod write;

pub use error::AsicError;
pub use read::Container;
pub use write::{Contents, write};

pub(crate) use layout::{Entry, directory};
pub(crate) use unpack::unpack;

/// The media type of an ASiC-E container.
pub const MEDIA_TYPE: &str = "application/vnd.etsi.asic-e+zip";
