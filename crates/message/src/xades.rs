//! The XAdES profile of X-Road.

pub(crate) mod cover;
pub(crate) mod form;
pub(crate) mod read;
pub(crate) mod sign;
pub(crate) mod verify;

#[cfg(test)]
mod vectors;
