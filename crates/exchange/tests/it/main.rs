//! Two gateways of two countries in one process, with real authorities, directories, TLS, message logs and services.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::expect_used,
    missing_docs,
    unreachable_pub
)]

#[cfg(feature = "cbc")]
mod cbc;
mod consumers;
mod documents;
mod events;
mod flow;
mod full_disk;
mod hostile_consumers;
mod hostile_gateways;
mod hostile_providers;
mod keys;
mod liar;
mod metaservices;
mod newcomers;
mod openssl;
mod receiver;
mod refusals;
mod replays;
mod several;
mod softhsm;
mod world;
mod wrapping;
