//! XAdES: XML signatures with the attributes of ETSI EN 319 132, and its predecessor TS 101 903 back to version 1.1.1.
//!
//! - [`read`], [`read_signatures`]: signatures to [`facts`](crate::facts); the latter for containers.
//! - [`make`]: signatures made; [`augment`]: brought to the levels T, LT and LTA, and renewed.
//!
//! Bare XMLDSig is read as [`SignatureFormat::Plain`](crate::facts::SignatureFormat::Plain).

pub mod augment;
pub mod make;
mod names;
mod original;
mod place;
mod read;
mod unbroken;

pub use mekong_xml::dsig::examine::Content as Resolved;
pub use read::{LIMITS, SIGNATURES_MAX, looks_like, read, read_signatures};
pub(crate) use read::{NARROWED, Outside};
