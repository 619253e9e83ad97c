//! XAdES against documents that others made.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[path = "xades/common.rs"]
mod common;
#[path = "xades/vectors.rs"]
mod vectors;
