//! What fuzz targets share: a fixed authority and the messages it signed, and the outcome of a stream whatever its pieces.
//!
//! The private keys behind `fixtures/` are gone: nothing but the seeds of the corpus is signed with them. A target may
//! therefore insist that whatever it finds valid says what a seed said.

pub mod evidence;
pub mod fixtures;
pub mod judged;
pub mod packed;
pub mod picture;
pub mod pieces;

#[cfg(test)]
mod tests;
