//! Tests of the directory against the reference's data, foreign programs and live loopback servers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod anchors;
mod globalconf;
mod parameters;
mod signed;
mod vectors;
