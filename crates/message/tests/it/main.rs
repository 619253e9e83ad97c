//! Signatures and containers against vectors that others made, and ours against programs that others wrote.

#![allow(clippy::indexing_slicing, clippy::panic, reason = "tests fail by panicking")]

mod archive;
mod batches;
mod containers;
mod familiar;
mod hash_chains;
mod shared;
mod signatures;
mod signer;
mod tampering;
mod written;
mod zip_files;
