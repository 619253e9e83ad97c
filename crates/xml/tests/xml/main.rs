//! XML against foreign programs and hostile documents. One binary, a module per subject.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod attacks;
mod documents;
mod interop;
mod properties;
mod read;
mod subtrees;
mod tools;
mod trees;
mod vectors;
mod writing;
