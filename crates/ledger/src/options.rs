//! How a ledger is kept.

use crate::Keys;
use std::time::Duration;

/// How a ledger is kept. The defaults suit a gateway's message log and its audit log alike.
#[derive(Debug, Clone)]
pub struct Options {
    /// Bytes at which a segment is sealed and the next begun; at most 2 GiB.
    pub segment_bytes: u64,
    /// Bytes of the largest payload.
    pub record_max: usize,
    /// Bytes of all payloads of one append, and of those that wait to be recorded; further callers wait.
    pub queue_bytes: usize,
    /// Bytes of zeros that are written ahead of the records, so that a sync writes content alone; at most.
    pub ahead_bytes: u64,
    /// How long to wait for another process that has the ledger open, as in a rolling restart. A moment at least: a program that
    /// this process starts holds the lock, too, until it is another program.
    pub wait_for_lock: Duration,
    /// Keys of content at rest.
    pub keys: Keys,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            segment_bytes: 64 << 20,
            record_max: 16 << 20,
            queue_bytes: 64 << 20,
            ahead_bytes: 1 << 20,
            wait_for_lock: Duration::from_secs(1),
            keys: Keys::default(),
        }
    }
}
