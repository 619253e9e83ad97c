//! The gateway: signed messages between institutions and across borders, as X-Road 7 exchanges them.
//!
//! - [`wire`]: the published formats (multipart, REST messages, the transport between gateways, faults). Bytes to values
//!   and back, no IO.
//! - [`rules`]: decisions as plain functions: access rights, path matching, consistency of answer and request.
//! - [`administration`]: what a gateway serves, for whom; every change recorded in a ledger that is the audit log.
//! - [`events`]: publish and subscribe across the border, on ledgers and ordinary messages.
//! - [`gateway`]: the running gateway, in both roles, over mutual TLS.
//! - [`messagelog`]: every message, durable and time-stamped; the evidence of it.
//! - [`telemetry`]: traces of exchanges for programs that collect them.

pub mod administration;
pub mod events;
pub mod gateway;
pub mod messagelog;
pub mod rules;
pub mod telemetry;
pub mod wire;
