//! PDFs changed by incremental update, and new ones.

mod file;
mod objects;
mod serialize;
mod update;

pub use objects::{Append, Objects, deflate};
pub use serialize::{number, object_bytes};
pub use update::{Update, Written};
