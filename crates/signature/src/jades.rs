//! JAdES (ETSI TS 119 182-1): JSON web signatures with signed and unsigned properties, and plain JWS (RFC 7515).
//!
//! - [`make`] and [`augment`]: levels B to LTA.
//! - [`read()`]: compact, flattened and general JSON; attached and detached payloads; counter-signatures; all time-stamps.
//!
//! JSON is read strictly: no name twice in an object, bounded nesting and size. Keys and certificates are never fetched
//! (`jku`, `x5u`), keys in the header (`jwk`) are not used.

mod algorithm;
pub mod augment;
mod content;
mod header;
mod json;
mod jws;
pub mod make;
mod read;
mod stamps;
mod unsigned;

pub use read::{looks_like, read};
