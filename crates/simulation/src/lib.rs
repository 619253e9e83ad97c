//! Gateways under a simulated clock, network and disk: the real code, and seeds that decide what breaks when.
//!
//! - [`Institutions`]: two countries with their keys, certificates and directory, made once for many runs.
//! - [`run`]: one run of one seed: agencies ask, services answer, and everything that can fail does, until it is calm again;
//!   then both message logs are read and held against what agencies and services saw.
//! - [`Outcome`]: what happened, and every invariant that did not hold.
//!
//! What must hold, whatever breaks:
//! 1. A request that was acknowledged to the agency is in the consumer's log with its answer, and in the provider's.
//! 2. The service is asked once for a request, or again with the mark that says so.
//! 3. What the service gets is what an agency sent, and what an agency gets is what the service answered.
//! 4. What is in a log stays in it, and verifies.
//!
//! Each machine is a runtime of one thread with its own paused clock, so that it can crash at any point and take all its tasks
//! with it. Nothing else runs: the same seed gives the same course of things, which [`Outcome::course`] witnesses.

mod agency;
mod check;
mod course;
mod faults;
mod gateway;
mod institutions;
mod machine;
mod service;
mod world;

pub use course::Tally;
pub use institutions::Institutions;
pub use world::{Length, Outcome, run};

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
