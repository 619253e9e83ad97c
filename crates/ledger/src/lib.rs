//! Append-only logs that prove themselves: what was recorded can be neither rewritten, dropped nor reordered unnoticed.
//!
//! - [`merkle`]: the tree over the records (RFC 9162): its right edge, roots, proofs, and their verification. No IO.

pub mod merkle;

pub use merkle::Hash;
