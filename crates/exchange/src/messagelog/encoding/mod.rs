//! The records of the message log, as bytes in the ledger.
//!
//! A record's kind says what it is: [`MESSAGES`] one message or both of an exchange, [`STAMP`] a time-stamp with the
//! messages it covers, [`STAMPING`] that time-stamps were not to be had or are again, [`ARCHIVED`] an archive that was made,
//! [`CARRIED`] what is known from records that were removed, [`FAILED`] why an exchange has no answer.
//! Its first byte is the version of its form, [`VERSION`].
//!
//! Numbers are LEB128 (seven bits a byte, the lowest first, at most ten bytes); texts (UTF-8) and byte strings have their
//! length as a number in front; what may be missing is led by a flag bit or by its length plus one. Each file of this room
//! gives the fields of its kind in order. Nothing may follow the last field.

mod archived;
mod carried;
mod failed;
mod form;
mod messages;
mod stamp;

pub(super) use archived::Archived;
pub(super) use carried::Carried;
pub(super) use failed::Failed;
pub(super) use form::Malformed;
pub(super) use messages::{Message, Messages, Piece, StoredBody, VALUES_MAX};
pub(super) use stamp::{Covered, Stamp, Stamping};

/// Kind of a record with one or two messages.
pub(super) const MESSAGES: u8 = 1;
/// Kind of a time-stamp.
pub(super) const STAMP: u8 = 2;
/// Kind of a record that says since when time-stamps are not to be had, or that they are again.
pub(super) const STAMPING: u8 = 3;
/// Kind of a record of an archive.
pub(super) const ARCHIVED: u8 = 4;
/// Kind of a record of what is known from records that are removed.
pub(super) const CARRIED: u8 = 5;
/// Kind of a record that says why an exchange failed.
pub(super) const FAILED: u8 = 6;

/// The version of the form of all kinds.
const VERSION: u8 = 1;
