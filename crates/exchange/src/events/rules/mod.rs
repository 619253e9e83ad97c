//! Decisions about events as plain functions and machines without IO and clock: what a topic takes, who sees what, what a
//! subscriber takes in, and in which order it hands out.

pub mod admission;
pub mod delivery;
pub mod inbox;
pub mod intake;
pub mod sight;

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]
mod model_tests;
