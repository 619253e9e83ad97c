//! CAdES (ETSI EN 319 122-1, with what TS 101 733 allowed before) and plain CMS signatures; bare time-stamp tokens.
//!
//! - [`read`]: a whole file; [`read_signatures`] and [`read_cms`]: signed data inside of something else (ASiC, PDF).
//! - [`make`]: signatures in two steps, attached and detached, in parallel to others and as counter-signatures.
//! - [`augment`]: levels T, LT and LTA, and the renewal of archive time-stamps.
//!
//! Everything that is digested is taken as it stands in the file. Only where that gives another digest than expected, and
//! the file is not in DER, is DER tried too: signers and time-stampers differ there (EN 319 122-1 §5.5.3, annex A).

mod archive;
mod attributes;
pub mod augment;
mod claims;
mod content;
mod document;
mod evidence;
mod hash_index;
mod level;
pub mod make;
mod material;
mod policy;
mod reader;
mod references;
mod signed;
mod timestamps;

pub use content::Content;
pub use document::{looks_like, read};
pub use reader::{Context, read_cms, read_signatures};
pub(crate) use timestamps::facts_of_token;

/// Largest signature file that is read into memory, in bytes; a detached content may be of any size.
pub const BYTES_MAX: usize = 128 << 20;
/// Most signatures that are read of one file, counter-signatures included.
pub const SIGNATURES_MAX: usize = 512;
/// Most time-stamps that are read of one signature.
pub const TIMESTAMPS_MAX: usize = 256;
/// Most archive time-stamps that are read of one signature: each is a digest over nearly everything.
pub const ARCHIVE_TIMESTAMPS_MAX: usize = 32;
/// Deepest nesting of counter-signatures.
const COUNTER_DEPTH_MAX: usize = 8;
