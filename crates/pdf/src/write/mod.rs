//! PDFs changed by incremental update.

mod serialize;
mod update;

pub use serialize::{number, object_bytes};
pub use update::{Append, Update, Written};
