//! PAdES: documents of others read, documents of ours accepted by others.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[path = "pades/documents.rs"]
mod documents;
#[path = "pades/made.rs"]
mod made;
#[path = "pades/mutated.rs"]
mod mutated;
#[path = "pades/peers.rs"]
mod peers;
#[path = "pades/revisions.rs"]
mod revisions;
#[path = "pades/seen.rs"]
mod seen;
#[path = "pades/shadows.rs"]
mod shadows;
mod small_country;
#[path = "pades/vectors.rs"]
mod vectors;
