//! The verifiable half of the ledger against data and programs that we did not write.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod audit;
mod vectors;
