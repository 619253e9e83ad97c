//! PDFs read lazily under limits, revised by incremental update, made anew. No IO.
//!
//! ```text
//! Source -> Pdf (cross-references only) -> get(reference) -> Object -> decode(stream) -> bytes
//! Pdf -> Update (new and changed objects) -> the bytes to be appended
//! ```
//!
//! - [`Pdf`]: a file, or the first part of one: [`Pdf::open_prefix`] shows a revision as it was in its time. Only
//!   cross-references are held; objects are read when they are asked for, where they lie.
//! - [`object`]: the values; strings know where they stand, so that the hole of a signature can be found exactly.
//! - [`Update`]: an incremental update; what was there before is never touched.
//! - [`Objects`]: what is written, of an update or of a new file.
//! - [`text`]: text shaped, wrapped and written with the caller's fonts.
//!
//! Not here: decryption, interpreting what pages show, what signatures mean. Source: ISO 32000-2 §7. Why our own: docs/decisions/0008.

mod error;
mod limits;
pub mod object;
mod read;
pub mod text;
mod write;

pub use error::PdfError;
pub use limits::Limits;
pub use object::{Dictionary, Object, PdfString, Reference, Stream};
pub use read::{Location, Page, Pdf, Repair, Revision, Value};
pub use write::{Append, Objects, Update, Written, deflate, number, object_bytes};
