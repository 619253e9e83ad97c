//! Evidence records: long-lived proof that data existed, by hash trees and chains of time-stamps (RFC 4998 in DER, RFC 6283 in
//! XML).
//!
//! - [`read`]: a bare record; [`attach`]: records that came beside a signed file.
//! - [`read_record`] and [`read_element`]: a record inside a signature or container, with what it should cover.
//! - [`make`]: new records over files, and their renewal.

mod asn1;
mod document;
pub mod make;
mod object;
mod record;
mod verify;
mod xml;

pub use document::{attach, looks_like, read};
pub use object::{Form, Object, digest_of};
pub use verify::{read_element, read_record};

/// Largest record that is read, in bytes.
pub const BYTES_MAX: usize = 16 << 20;
/// Most chains in a record, and most time-stamps in a chain.
pub const CHAIN_MAX: usize = 64;
/// Most groups in a reduced hash tree.
pub const GROUPS_MAX: usize = 64;
/// Most digests in a reduced hash tree.
pub const DIGESTS_MAX: usize = 65_536;
