//! The values every room speaks: identifiers, instants, limits, problem details. No IO.
//!
//! - [`ident`]: X-Road identifiers of members, subsystems, services and servers.
//! - [`instant`]: points in time and where they come from; nothing below the binary asks the system clock by itself.
//! - [`language`]: the languages of pages and reports, and which of them a reader gets.
//! - [`limits`]: how much of anything hostile is read before we stop.
//! - [`source`]: content that is read where it lies.
//! - [`problem`]: problem details for HTTP APIs (RFC 9457).

pub mod ident;
pub mod instant;
pub mod language;
pub mod limits;
pub mod problem;
pub mod source;

pub use ident::{ClientId, MemberId, ServerId, ServiceId};
pub use instant::{Clock, Instant};
pub use language::Language;
pub use problem::Problem;
pub use source::{Source, SourceError};
