//! The story of a message: what a gateway's log has of an exchange, with time-stamps and checkpoints; for people and programs.
//!
//! - [`exchange`]: its records together; [`sealed`]: the checkpoints over them; [`tell`]: in words and in JSON.

mod exchange;
mod sealed;
mod tell;

pub(crate) use exchange::Exchange;
pub(crate) use sealed::Sealed;
pub(crate) use tell::{json, text};
