//! The engine alone: facts by hand, one test for each thing that EN 319 102-1 can say of them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[path = "validation/blocks.rs"]
mod blocks;
#[path = "validation/land.rs"]
mod land;
#[path = "validation/long_term.rs"]
mod long_term;
#[path = "validation/reports.rs"]
mod reports;
#[path = "validation/stamps.rs"]
mod stamps;
