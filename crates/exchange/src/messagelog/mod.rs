//! The message log: every message this gateway sent or received, signed, durable, time-stamped, found again and exported.
//!
//! A message is on disk when [`MessageLog::record`] resolves; records of concurrent exchanges share one `fsync`.
//! Large bodies are files beside the database, synced before their record commits. Records are stamped in batches in
//! the background ([`MessageLog::start_stamping`]); while the time-stamping authority is silent messages flow until
//! the allowed delay is over, then [`MessageLog::accepting`] refuses them, and allows them again by itself.
//! [`MessageLog::export`] makes the evidence: an ASiC-E container.
//!
//! Not here: archiving and cleaning; encryption of the log. Records keep their number for ever.

mod bodies;
mod error;
mod export;
mod log;
mod query;
mod record;
mod schema;
mod stamping;
mod timeliness;

#[cfg(test)]
mod tests;

pub use error::MessageLogError;
pub use export::Evidence;
pub use log::{Config, MessageLog};
pub use query::{Latency, Statistics};
pub use record::{Body, NewRecord, Part, Record, Side};
pub use stamping::{Stamp, StampFuture, stamp_by_http};
pub use timeliness::TimestampsOverdue;
