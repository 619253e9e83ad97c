//! The global configuration of X-Road: who the members are, where their gateways stand, which authorities are approved.
//! Made, signed, served, fetched, federated.
//!
//! - [`anchor`]: where to fetch the configuration of an instance and which keys sign it; the root of trust.
//! - [`shared`], [`private`], [`optional`]: the parts, versions 2 to 6 read, 3 to 6 written.
//! - [`signed`]: the signed directory that lists the parts with their hashes, read, verified and written.
//! - [`verify`]: verdicts on stored directories with their parts.
//! - [`globalconf`]: the parsed configuration of all instances with quick look-ups; loaded from and saved to disk.
//! - [`client`]: downloads and refreshes it, federated instances too.
//! - [`publish`]: makes it from a members file, signs and serves it.
//! - [`registration`]: members register themselves and change what is theirs.
//!
//! What this room does not do: TLS to configuration sources (the signature protects what is fetched), central services
//! (removed from X-Road; their elements are skipped), version 2 written.
//!
//! Source: X-Road PR-GCONF 2.12 and the 7.8 reference, whose schemas go one version further (6) than that text.

pub mod anchor;
pub mod client;
mod document;
pub mod error;
pub mod globalconf;
pub mod optional;
pub mod private;
pub mod publish;
pub mod registration;
pub mod shared;
pub mod signed;
pub mod verify;
mod version;

pub use anchor::Anchor;
pub use error::{DirectoryError, DocumentError};
pub use globalconf::GlobalConf;
pub use private::PrivateParameters;
pub use shared::SharedParameters;
pub use signed::SignedDirectory;
pub use version::Version;

/// Content identifier of the part with the parameters of the instance itself.
pub const PRIVATE_PARAMETERS: &str = "PRIVATE-PARAMETERS";
/// Content identifier of the part that federated instances read too.
pub const SHARED_PARAMETERS: &str = "SHARED-PARAMETERS";
/// Content identifier of the optional part that says who may ask for environmental monitoring.
pub const MONITORING: &str = "MONITORING";
/// Content identifier of the optional part with the OCSP fetch interval.
pub const FETCH_INTERVAL: &str = "FETCHINTERVAL";
/// Content identifier of the optional part that switches the check of OCSP `nextUpdate`.
pub const NEXT_UPDATE: &str = "NEXTUPDATE";
