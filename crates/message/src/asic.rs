//! ASiC-E containers of signed messages (ETSI TS 102 918), read with limits and written as the reference does.
//!
//! - [`Container::read`]: structure only; what the files mean is for [`crate::evidence`].
//! - [`write()`]: the same entries in the same order as the reference, with its ZIP comment. One difference: the reference
//!   deflates `mimetype`, this one stores it, without extra field, so that strict ASiC readers find it at byte 38.
//!
//! ZIP files are read by [`mekong_signature::zip`] in its narrow form: what could be understood in two ways is refused.

mod error;
mod manifest;
mod read;
mod write;

pub use error::AsicError;
pub use read::Container;
pub use write::{Contents, write};

/// The media type of an ASiC-E container.
pub const MEDIA_TYPE: &str = "application/vnd.etsi.asic-e+zip";
