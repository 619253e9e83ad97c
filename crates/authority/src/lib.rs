//! A small country's trust services, and the clients of anybody's: certification authority, OCSP responder,
//! time-stamping authority, key tokens.
//!
//! Formats and decisions are those of `mekong-pki`; this room adds the files, the network and the keys.
//!
//! - [`ca`]: a certification authority kept in a folder, with its responders.
//! - [`token`]: private keys in a folder, encrypted.
//! - [`http`]: the client that the others share; [`ocsp_client`] and [`tsp_client`] fetch what signatures need.

pub mod ca;
pub mod http;
pub mod ocsp_client;
pub mod token;
pub mod tsp_client;
