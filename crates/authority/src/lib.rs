//! A small country's trust services, and the clients of anybody's: certification authority, OCSP responder,
//! time-stamping authority, key tokens.
//!
//! Formats and decisions are those of `mekong-pki`; this room adds the files, the network and the keys.
//!
//! - [`ca`]: a certification authority kept in a folder, with its responders.
//! - [`ceremony`]: the root of a country, made and used offline by a quorum of custodians.
//! - [`profile`]: certificate profiles as data: whom a certificate names, what it is for, what is stated of it.
//! - [`renewal`]: certificates of gateways renewed by the gateways themselves.
//! - [`online`]: what long-term signatures need from the network.
//! - [`token`]: private keys in a folder, encrypted; [`pkcs11`]: in tokens of hardware.
//! - [`http`]: the client that the others share; [`ocsp_client`] and [`tsp_client`] fetch what signatures need.

pub mod ca;
pub mod ceremony;
mod error;
pub mod http;
mod journal;
pub mod ocsp_client;
pub mod online;
pub mod pkcs11;
pub mod profile;
mod reason;
pub mod renewal;
mod revoked;
pub mod token;
pub mod tsp_client;

pub use error::AuthorityError;
pub use journal::{Issued, Listed, OrderNumber};
pub use reason::RevocationReason;
