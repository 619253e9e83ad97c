//! Trusted lists and agreements against lists that others made, and against `../shared/vectors/trust`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod country;
mod documents;
mod edit;
mod journey;
mod lists;
mod making;
mod mra;
mod status;
mod support;
