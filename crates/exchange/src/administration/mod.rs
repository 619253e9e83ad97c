//! What a gateway serves, for whom, and who administers it.
//!
//! Every change is a [`Command`] that is recorded in a ledger with who asked, when, from where and how it ended; refused
//! attempts are recorded too. That ledger is the audit log. The [`State`] is the fold of it, in memory: gateways that share a
//! ledger come to the same state. Decisions are plain functions of the state and the request.
//!
//! - [`model`]: what there is; [`limits`]: how much of it; [`text`]: endpoints and subjects as text.
//! - [`command`]: what may be changed; [`apply`]: how the state follows; [`check`]: what values must be; [`refusal`]: why a
//!   change is refused; [`role`]: who may.
//! - [`decide`]: whether it is done; [`entry`]: what is recorded; [`service`]: recording, folding, following.
//! - [`declaration`]: the whole as a file, and the commands that lead there.
//! - [`explain`]: who may call what, and why not; [`runtime`]: the state as the gateway uses it.

mod apply;
mod check;
pub mod command;
pub mod decide;
pub mod declaration;
pub mod entry;
pub mod explain;
pub mod limits;
pub mod model;
mod refusal;
pub mod role;
pub mod runtime;
pub mod service;
pub mod text;

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests;

pub use command::Command;
pub use declaration::Declaration;
pub use entry::{Actor, Entry, Event, KeyAct, Outcome, SubscriptionAct, Via};
pub use explain::{Explanation, Question};
pub use model::{Connection, Description, LocalGroup, Right, ServiceSettings, State, Subsystem, Token, User};
pub use refusal::Refusal;
pub use role::{Permission, Role};
pub use service::{Administration, AdministrationError, Changed, Request};
pub use text::Endpoint;
