//! Gateways under a simulated clock, network and disk: the real code, and seeds that decide what breaks when.
//!
//! - [`Institutions`]: two countries with their keys, certificates and directory, made once for many runs.
//! - [`run`]: one run of one seed: agencies ask, services answer, and everything that can fail does, until it is calm again;
//!   then both message logs are read and held against what agencies and services saw.
//! - [`Outcome`]: what happened, and every invariant that did not hold.
//!
//! What must hold, whatever breaks:
//! 1. A request that was acknowledged to the agency is in the consumer's log with its answer, and in the provider's.
//! 2. The service gets a message once, or again with the mark that says so; an agency that asks once orders once.
//! 3. What the service gets is what an agency sent, and what an agency gets is what the service answered.
//! 4. What is in a log stays in it, and verifies.
//! 5. An event whose publication was acknowledged comes to the subscriber, as it was published, in the order of its subject,
//!    at its position; and again only with the mark that says so.
//!
//! What breaks: connections are late, are cut, go silent, lose and flip what they carry; hosts hear nothing of each other;
//! disks fill up, fail, and lose or tear what was not synced; machines lose their power between two steps, in the middle of
//! writing or of sending; programs end; clocks jump. That holds for trust services too, of which the gateways fetch their
//! directory, OCSP responses and time-stamps over the same network. Pieces of a connection are not doubled or reordered: TCP
//! sees to that; messages are, by being sent again and over several connections.
//!
//! Each machine is a runtime of one thread with its own paused clock, so that it can crash at any point and take all its tasks
//! with it. Nothing else runs: the same seed gives the same faults at the same times, and all but always the very same course of
//! things, which [`Outcome::course`] witnesses: only the lengths of signatures are not the seed's. A [`Flaw`] is built in on purpose, to see that it is found.

mod agency;
mod check;
mod course;
mod events;
mod faults;
mod gateway;
mod http;
mod institutions;
mod machine;
mod service;
mod trust;
mod world;

pub use course::Tally;
pub use institutions::Institutions;
pub use world::{Flaw, Length, Outcome, run, run_flawed};

/// Why a simulation cannot be run at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SimulationError {
    /// Keys, certificates or directory could not be made.
    #[error("cannot found the institutions of the simulation: {0}")]
    Institutions(String),
    /// The system gives no runtime or folder.
    #[error("cannot run a simulation here: {0}")]
    System(#[from] std::io::Error),
}
