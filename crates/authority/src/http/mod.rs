//! Plain HTTP, as OCSP, time-stamping and the global configuration use it: what they carry is signed inside.

pub mod client;

pub use client::{Client, Fault, HttpError, Limits, Response, Stage};
