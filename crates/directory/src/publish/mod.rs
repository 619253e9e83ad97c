//! Makes the configuration of an instance, signs it and serves it.
//!
//! - [`MembersFile`]: what an operator writes, in TOML; every fault is reported at once with its place.
//! - [`Definition`]: what is published, in memory; change it with [`Publisher::update`].
//! - [`SigningKeys`]: one ring of keys for `internalconf`, one for `externalconf`; see [`Publisher::rotate`].
//! - [`history`]: what was published, in a ledger.
//! - [`Publisher`]: writes versions 3 to 6, signs and serves them, and makes the anchors.

mod definition;
pub mod history;
mod keys;
mod members;
mod publisher;
mod resolve;
mod serve;

pub use definition::{Definition, Fault, Faults, OptionalPart};
pub use history::History;
pub use keys::{KeyRing, Ring, SigningKey, SigningKeys};
pub use members::MembersFile;
pub use publisher::{PublishError, Publisher};
