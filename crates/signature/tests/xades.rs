//! XAdES against documents that others made.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[path = "xades/common.rs"]
mod common;
#[path = "xades/foreign.rs"]
mod foreign;
#[path = "xades/load.rs"]
mod load;
#[path = "xades/making.rs"]
mod making;
#[path = "small_country/mod.rs"]
mod small_country;
#[path = "xades/vectors.rs"]
mod vectors;
#[path = "xades/xmlsec1.rs"]
mod xmlsec1;
