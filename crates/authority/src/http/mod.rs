//! HTTP, as OCSP, time-stamping, lists and the global configuration use it: what they carry is signed inside, so that most
//! of it needs no TLS.

pub mod client;
mod connect;
mod tls;

pub use client::{Client, Fault, HttpError, Limits, Response, Stage};
pub use connect::{Io, Network};
pub use tls::configuration as tls_configuration;
