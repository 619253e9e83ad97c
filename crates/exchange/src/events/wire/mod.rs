//! Formats of events: CloudEvents, batches between gateways, questions for them, and what the ledgers hold. No IO.

pub mod batch;
pub mod cloudevent;
pub mod journal;
mod json;
pub mod question;
pub mod stored;

pub use batch::Batch;
pub use cloudevent::{CloudEvent, EventError};
pub use json::JsonError;
pub use question::{Question, Start};
pub use stored::Stored;
