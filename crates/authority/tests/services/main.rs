//! OCSP, time-stamps, the small authority and its clients, against OpenSSL and against data that others wrote.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::expect_used, missing_docs)]

mod authority;
mod ceremony;
mod clients;
mod ocsp;
mod renewal;
mod support;
mod tsp;
mod vectors;
