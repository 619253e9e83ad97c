//! What stands on the wire between systems and gateways, and between gateways. Sans-IO: bytes in, values and events out.

pub mod fault;
pub mod metaservice;
pub mod multipart;
pub mod rest;
pub mod transport;
pub mod version;
