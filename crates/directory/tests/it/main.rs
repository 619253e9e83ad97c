//! Tests of the directory against the reference's data, foreign programs and live loopback servers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, unreachable_pub)]

mod anchors;
mod checker;
mod client;
mod country;
mod globalconf;
mod history;
mod parameters;
mod publish;
mod registration;
mod rotation;
mod scale;
mod signed;
mod vectors;
