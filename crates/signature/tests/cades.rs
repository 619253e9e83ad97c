//! CAdES against the vectors of EU DSS and SiVa, and against OpenSSL in both directions.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[path = "cades/making.rs"]
mod making;
#[path = "cades/services.rs"]
mod services;
#[path = "cades/vectors.rs"]
mod vectors;
