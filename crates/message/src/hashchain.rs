//! Hash chains: one signature or time-stamp for many messages.
//!
//! The digests of the messages are the leaves of a binary tree; its top goes into a `HashChainResult` document, which is
//! signed or stamped, and every message gets a `HashChain` document that leads from the top to its leaf. A message with
//! attachments is one leaf: the digest of a step over all its parts.
//!
//! - [`step`]: how digests are combined.
//! - [`build`]: from digests to documents.
//! - [`verify`]: from documents to the parts they cover.
//!
//! The format is not in X-Road's specifications; it is that of the reference (namespace `http://cyber.ee/hashchain`).

mod build;
mod document;
mod error;
pub mod step;
mod verify;

pub use build::{Part, Tree, build};
pub use error::HashChainError;
pub use verify::{Covered, Inputs, Resource, verify};

/// The namespace of hash chain documents.
pub const NAMESPACE: &str = "http://cyber.ee/hashchain";
