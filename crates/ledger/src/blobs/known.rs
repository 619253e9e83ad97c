//! Which blobs are known to be there, so that putting them again costs nothing, and which were put a moment ago.

use super::BlobId;
use mekong_base::Instant;
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// How many are remembered.
const REMEMBERED: usize = 4096;
/// How long a blob stays though no record names it.
const GRACE: Duration = Duration::from_secs(60);

/// What this process knows about blobs.
#[derive(Default)]
pub(super) struct Known {
    /// Those that are there, with the number of their last use.
    there: BTreeMap<BlobId, u64>,
    /// Uses in order; outdated ones are skipped.
    uses: VecDeque<(u64, BlobId)>,
    used: u64,
    /// When each was put last, for as long as that matters.
    put: BTreeMap<BlobId, Instant>,
    puts: VecDeque<(Instant, BlobId)>,
}

impl Known {
    /// Someone puts it now. True if it is known to be there.
    pub(super) fn put(&mut self, id: BlobId, now: Instant) -> bool {
        // Often repeated ones are noted once a second, which keeps the list short.
        let fresh = self.put.get(&id).is_some_and(|at| *at <= now && now.since(*at) < Duration::from_secs(1));
        if !fresh {
            self.put.insert(id, now);
            self.puts.push_back((now, id));
        }
        while let Some((at, old)) = self.puts.pop_front_if(|(at, _)| now.since(*at) > GRACE * 2) {
            if self.put.get(&old) == Some(&at) {
                self.put.remove(&old);
            }
        }
        let there = self.there.contains_key(&id);
        if there {
            self.stored(id);
        }
        there
    }

    /// It is on disk.
    pub(super) fn stored(&mut self, id: BlobId) {
        self.used += 1;
        self.there.insert(id, self.used);
        self.uses.push_back((self.used, id));
        while self.there.len() > REMEMBERED || self.uses.len() > REMEMBERED * 4 {
            let Some((used, old)) = self.uses.pop_front() else { break };
            if self.there.get(&old) == Some(&used) {
                self.there.remove(&old);
            }
        }
    }

    /// It is to be removed. False if it was put a moment ago.
    pub(super) fn forget(&mut self, id: &BlobId, now: Instant) -> bool {
        if self.put.get(id).is_some_and(|at| now.since(*at) <= GRACE) {
            return false;
        }
        self.there.remove(id);
        true
    }
}
