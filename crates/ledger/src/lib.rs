//! Append-only logs that prove themselves: what was recorded can be neither rewritten, dropped nor reordered unnoticed.
//!
//! - [`merkle`]: the tree over the records (RFC 9162): its right edge, roots, proofs, and their verification. No IO.
//! - [`tile`]: the tree in files (C2SP tlog-tiles). No IO.
//! - [`commitment`]: what stands for a record in the tree. No IO.
//! - [`note`], [`checkpoint`]: signed notes and heads of logs (C2SP signed-note, tlog-checkpoint, tlog-cosignature). No IO.
//! - [`witness`]: cosigning other logs, and finding two histories (C2SP tlog-witness). No IO.
//! - [`proof`]: proofs that need nothing but themselves and the keys one trusts (C2SP tlog-proof). No IO.

pub mod checkpoint;
pub mod commitment;
mod cosignature;
pub mod merkle;
pub mod note;
pub mod proof;
pub mod tile;
pub mod witness;

pub use merkle::Hash;
