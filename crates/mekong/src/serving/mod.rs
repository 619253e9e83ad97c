//! What the served pages have in common: the console, the validator, the registration office of an authority.
//!
//! - [`headers`]: of every answer; [`loopback`]: who may ask where only this machine may; [`peer`]: which user of it asks.
//! - [`sockets`]: on which they listen.
//! - [`own_pages`]: that no page of somebody else's changes anything; [`sessions`]: who is let in; [`failure`]: what they are told
//!   instead.
//! - [`reader`]: in which language, and what the query says; [`body`]: what is sent; [`multipart`]: forms with files.

pub(crate) mod body;
pub(crate) mod failure;
pub(crate) mod headers;
pub(crate) mod loopback;
pub(crate) mod multipart;
pub(crate) mod own_pages;
pub(crate) mod peer;
pub(crate) mod reader;
pub(crate) mod sessions;
pub(crate) mod sockets;
