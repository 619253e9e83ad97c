//! Members register themselves: an invitation, a signed request, an answer with certificates, a directory that shows it.
//!
//! - [`Invitation`]: one text that an operator hands to a new member. It works once, until it expires.
//! - [`Request`] and [`Answer`]: what is asked and answered, each signed over its exact bytes ([`envelope`]), so that plain
//!   HTTP carries them and nobody on the way can take an invitation, change what is asked or pose as the operator.
//! - [`Change`]: what a request does to the directory. [`Change::apply`] is the one place where that is written, whichever
//!   protocol asks for it.
//! - [`Journal`]: invitations, requests and changes, durable before anybody is told; commands and the running service share it.
//! - [`Registrar`]: checks, has certificates issued, records, publishes, answers. [`Registrar::router`] serves it.
//! - [`Office`]: the client's side.
//!
//! The protocol is described in `docs/registration.md`. The management services of X-Road (SOAP) are another way to the
//! same [`Change`]s.

pub mod change;
mod decide;
pub mod envelope;
mod error;
mod http;
mod invitation;
mod journal;
mod message;
mod office;
mod registrar;
mod state;

pub use change::Change;
pub use envelope::{Envelope, Signer};
pub use error::{OfficeError, RegistrationError};
pub use http::PATH;
pub use invitation::{Invitation, InvitationError};
pub use journal::{Event, Journal};
pub use message::{Answer, Ask, Join, Outcome, Registered, Renew, Request};
pub use office::{Ended, Office};
pub use registrar::Registrar;
pub use state::{Invited, Standing, State, Waiting};

use mekong_crypto::DigestAlgorithm;

/// Bytes of a request or an answer, at most.
pub const MESSAGE_BYTES_MAX: usize = 256 << 10;

/// SHA-256 as 64 hex digits: how requests, keys and certificates are named.
pub fn fingerprint(bytes: &[u8]) -> String {
    hex::encode(DigestAlgorithm::Sha256.digest(bytes))
}
