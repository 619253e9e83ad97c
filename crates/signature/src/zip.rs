//! ZIP files (PKWARE APPNOTE 6.3), read where they lie and with nothing left to interpretation; written byte for byte the
//! same for the same input.
//!
//! - [`directory`]: the entries, checked against their local headers. Entries fill the file up to the directory; names
//!   that are there twice (also if only case or the form of letters differs), paths that lead out, encryption, several disks, bombs, and anything that two readers could understand in two
//!   ways are refused.
//! - [`unpack`]: the content of one entry in pieces, never beyond what the directory announced.
//! - [`Member`]: the content of an entry as a source.
//! - [`Digests`]: digests of entries, several in one pass, each taken once.
//! - [`Writer`]: entries one after the other, also of sources that are larger than memory.
//!
//! ZIP files are read here and not by a library because evidence must look the same to everybody.

mod digests;
mod error;
mod layout;
mod member;
mod name;
mod record;
mod unpack;
mod write;

pub use digests::Digests;
pub use error::ZipError;
pub use layout::{Directory, Entry, directory};
pub use member::{Budget, Member};
pub use name::NameEncoding;
pub use unpack::{read, unpack};
pub use write::{Packing, Writer};

use mekong_base::limits::ContainerLimits;

/// Refuses names that are no path inside a container.
///
/// # Errors
/// [`ZipError::Name`] says why.
pub fn check_name(name: &str) -> Result<(), ZipError> {
    name::check(name, false)
}

/// The name as disks compare names that know no case or compose letters: what agrees in it cannot stand side by side.
pub fn folded_name(name: &str) -> String {
    name::folded(name)
}

/// What is read of ZIP files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// How much of it.
    pub limits: ContainerLimits,
    /// The narrow form in which gateways exchange evidence: no ZIP64, names in UTF-8, local headers that
    /// repeat every flag.
    pub narrow: bool,
}

impl Rules {
    /// For signed containers of any origin: 10,000 entries, 1 TiB unpacked, 300 times the packed size.
    pub const CONTAINER: Self = Self {
        limits: ContainerLimits { entries: 10_000, entry_bytes: 1 << 40, total_bytes: 1 << 40, ratio: 300 },
        narrow: false,
    };

    /// For the containers of gateways.
    pub const fn narrow(limits: ContainerLimits) -> Self {
        Self { limits, narrow: true }
    }
}
