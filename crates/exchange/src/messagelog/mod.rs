//! The message log: every message this gateway sent or received, signed, durable, time-stamped, found again and exported.
//!
//! It is a ledger: a message is in it, on disk, when [`MessageLog::record`] resolves; records of concurrent exchanges share
//! one write. Large bodies, and the parts that signatures have in common, are blobs beside the ledger. What people and
//! programs look for comes from an index, which is made from the ledger a moment later and can be made anew at any time.
//! Records are stamped in batches in the background ([`MessageLog::start_stamping`]); while the time-stamping authority is
//! silent messages flow until the allowed delay is over, then [`MessageLog::accepting`] refuses them, and allows them again
//! by itself. [`MessageLog::export`] makes the evidence: an ASiC-E container; [`MessageLog::archive_now`] many of them in
//! linked archives, after which records are removed when they are old enough. [`MessageLog::claim`] knows a request that
//! comes a second time.
//!
//! - [`record`], [`body`]: what is recorded of a message; [`encoding`]: that as bytes; [`shared`]: what signatures have in
//!   common.
//! - [`log`]: opened, written, closed; [`follower`], [`index`], [`query`]: found again.
//! - [`repeats`], [`filter`], [`claims`]: requests that come a second time.
//! - [`reader`]: read beside the process that keeps it; [`source`]: what both read from; [`story`]: what became of one
//!   exchange.
//! - [`lease`]: what one of several gateways does for all.
//! - [`stamping`], [`stamped`], [`timeliness`]: time-stamps; [`export`], [`bundle`], [`archive`], [`retention`]: evidence, and its end.
//!
//! Several gateways of a member can share one log in PostgreSQL ([`MessageLog::open_shared`]).
//!
//! Records keep their number for ever: twice the position in the ledger, and one for a request, two for an answer.

mod archive;
mod body;
mod bundle;
mod claims;
mod config;
mod encoding;
mod error;
mod export;
mod filter;
mod follower;
mod index;
mod lease;
mod log;
mod query;
mod reader;
mod record;
mod repeats;
mod retention;
mod shared;
mod source;
mod stamped;
mod stamping;
mod story;
mod timeliness;

#[cfg(test)]
mod tests;

pub use archive::{ArchiveConfig, ArchivesMade, Grouping};
pub use body::{BodyReader, LargeBody, LoggedBody};
pub use bundle::Document;
pub use config::{Config, KeepBodies};
pub use error::MessageLogError;
pub use export::{Evidence, Logged};
pub use index::{IndexPlace, Wanted};
pub use log::MessageLog;
pub use query::{Latency, Page, Statistics};
pub use reader::Reader;
pub use record::{Body, Failure, NewRecord, Part, Record, Side};
pub use repeats::{Claim, Seen, Ticket};
pub use stamping::{Stamp, StampFuture, stamp_by_http};
pub use story::{Told, ToldMessage, ToldStamp};
pub use timeliness::{PROVABLE_DELAY, TimestampsOverdue, Unprovable};
