//! Trusted lists and agreements against lists that others made, and against `../shared/vectors/trust`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod edit;
mod lists;
mod mra;
mod status;
mod support;
