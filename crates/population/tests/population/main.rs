//! The register as a whole: files in, persons out, over a real database and a real TCP port.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod generated;
mod imported;
mod rest;
mod setting;
mod shared_units;
