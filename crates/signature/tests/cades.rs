//! CAdES against the vectors of EU DSS and SiVa, and against OpenSSL in both directions; evidence records.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]
#![allow(clippy::ptr_arg, reason = "a slice is no source by itself")]

#[path = "cades/evidence_records.rs"]
mod evidence_records;
#[path = "cades/hostile.rs"]
mod hostile;
#[path = "cades/making.rs"]
mod making;
#[path = "cades/reading.rs"]
mod reading;
#[path = "cades/services.rs"]
mod services;
#[path = "cades/vectors.rs"]
mod vectors;
