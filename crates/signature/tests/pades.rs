//! PAdES: documents of others.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[path = "pades/vectors.rs"]
mod vectors;
