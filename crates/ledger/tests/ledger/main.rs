//! The ledger as its users see it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod blobs;
mod crash;
mod files;
mod killed;
mod postgres;
mod suite;

use mekong_base::{Clock, Instant};
use mekong_ledger::NewRecord;

fn clock() -> Clock {
    Clock::manual(Instant::from_unix_seconds(1_800_000_000))
}

fn record(text: &str) -> NewRecord {
    NewRecord { kind: 1, payload: text.to_owned().into() }
}
