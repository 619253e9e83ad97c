//! XAdES against documents that others made.

mod common;
#[path = "xades/vectors.rs"]
mod vectors;
