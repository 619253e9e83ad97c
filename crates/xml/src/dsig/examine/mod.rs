//! Signatures examined: what each reference leads to and whether it is unchanged, one by one, without stopping at the first
//! fault. For validators that must say what is wrong, where [`Signature::verify`](super::Signature::verify) only accepts.
//!
//! - [`Form`]: a `ds:Signature` read leniently: what is not supported is kept by name.
//! - [`Examination`]: one document, its Ids and its budget of work; digests what references lead to.
//! - [`Content`]: what the caller knows of content outside of the document. Nothing is ever fetched.

mod apply;
mod content;
mod form;
mod key_info;
mod nodes;
mod run;
mod step;
#[cfg(test)]
mod tests;
mod xpath;

pub use content::Content;
pub use form::{Form, Pointer};
pub use key_info::{KeyInfo, KeyInfoItem, key_info};
pub use run::{Examination, Octets, Target, Unread};
pub use step::{Filter, Step};
pub use xpath::{Condition, Selector};

/// References in one `SignedInfo` or `Manifest` that are examined.
pub const REFERENCES_MAX: usize = 10_000;
/// Filters in one XPath Filter 2.0 transform.
pub const FILTERS_MAX: usize = 16;
/// Bytes of one XPath expression.
pub const EXPRESSION_BYTES_MAX: usize = 2_048;
/// Bytes of external content that are read into memory because a transform needs them whole.
pub const TRANSFORMED_BYTES_MAX: usize = 64 << 20;
