//! The index in memory, for runs without threads: made from the ledger at every start, and gone with the process.

use super::Wanted;
use super::row::{Change, Progress, Row, hash, number};
use super::seek::{FOUND_MAX, Sought};
use crate::messagelog::encoding::Archived;
use crate::messagelog::{Latency, Side};
use mekong_base::Instant;
use mekong_ledger::BlobId;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// See the index in SQLite, which answers the same questions alike.
#[derive(Clone, Default)]
pub(in super::super) struct MemoryIndex(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    rows: BTreeMap<u64, Row>,
    /// By the last message that they cover: the first, and their position.
    stamps: BTreeMap<u64, (u64, u64)>,
    archives: BTreeMap<u64, Archived>,
    blobs: BTreeMap<BlobId, u64>,
    /// By the position of the request: that of the record that says so, and the code.
    failures: BTreeMap<u64, (u64, String)>,
    progress: Progress,
}

impl MemoryIndex {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn progress(&self) -> Progress {
        self.state().progress
    }

    pub(in super::super) fn apply(&self, changes: Vec<Change>, progress: Progress) {
        let mut state = self.state();
        for change in changes {
            state.take(change);
        }
        state.progress = progress;
    }

    pub(in super::super) fn page(
        &self,
        wanted: &Wanted,
        given_up: Instant,
        before: Option<u64>,
        limit: u32,
    ) -> (Vec<Row>, Option<u64>) {
        let state = self.state();
        let rows = state.rows.range(..before.unwrap_or(u64::MAX)).rev().map(|(_, row)| state.stamped(row));
        let is_given_up = |row: &Row| wanted.status_min.is_some() && row.at < given_up && !state.is_answered(row);
        let page: Vec<Row> = rows.filter(|row| wanted.takes(row, is_given_up(row))).take(limit as usize).collect();
        let is_full = page.len() >= limit as usize;
        let next = page.last().map(|row| row.position).filter(|_| is_full);
        (page, next)
    }

    /// When the first messages in it were recorded.
    pub(in super::super) fn first(&self) -> Option<Instant> {
        self.state().rows.values().next().map(|row| row.at)
    }

    pub(in super::super) fn at(&self, position: u64) -> Option<Row> {
        let state = self.state();
        state.rows.get(&position).map(|row| state.stamped(row))
    }

    pub(in super::super) fn by_message_id(&self, message_id: &str, limit: u32) -> Vec<Row> {
        let state = self.state();
        let found = state.rows.values().filter(|row| row.message_id == message_id).take(limit as usize);
        found.map(|row| state.stamped(row)).collect()
    }

    pub(super) fn seek(&self, id: &str) -> Sought {
        let state = self.state();
        let named = state.rows.values().filter(|row| row.message_id == id || row.request_id == id).take(FOUND_MAX);
        let mut positions = BTreeSet::new();
        for row in named.map(|row| state.stamped(row)) {
            positions.insert(row.position);
            positions.extend(state.failures.get(&row.position).map(|(position, _)| *position));
            positions.extend(row.each().filter_map(|(_, message)| message.stamp));
        }
        Sought { positions: positions.into_iter().collect(), indexed_to: state.progress.indexed_to }
    }

    pub(super) fn by_request(&self, request_hash: i64) -> Vec<u64> {
        let state = self.state();
        let of_provider = state.rows.values().filter(|row| row.side == Side::Provider);
        of_provider.filter(|row| request(row) == request_hash).map(|row| row.position).take(64).collect()
    }

    pub(super) fn request_hashes(&self, before: u64, limit: u32) -> Vec<(u64, Instant, i64)> {
        let state = self.state();
        let of_provider = state.rows.range(..before).rev().map(|(_, row)| row).filter(|row| row.side == Side::Provider);
        of_provider.take(limit as usize).map(|row| (row.position, row.at, request(row))).collect()
    }

    /// Why the exchange with its request at this position failed.
    pub(in super::super) fn fault_of(&self, request: u64) -> Option<String> {
        self.state().failures.get(&request).map(|(_, code)| code.clone())
    }

    pub(in super::super) fn stamp_of(&self, message: u64) -> Option<u64> {
        self.state().stamp_of(message)
    }

    pub(super) fn durations(&self, limit: u32) -> Vec<Latency> {
        let state = self.state();
        let took = |row: &Row| {
            let (service, duration) = (row.service.clone(), row.duration?);
            Some(Latency { at: row.at, duration, side: row.side, service, status: row.status })
        };
        state.rows.values().rev().filter_map(took).take(limit as usize).collect()
    }

    pub(super) fn from(&self, position: u64, limit: u32) -> Vec<Row> {
        let state = self.state();
        state.rows.range(position..).take(limit as usize).map(|(_, row)| state.stamped(row)).collect()
    }

    pub(super) fn last_archives(&self) -> Vec<Archived> {
        let mut last = BTreeMap::new();
        for archived in self.state().archives.values() {
            last.insert(archived.group.clone(), archived.clone());
        }
        last.into_values().collect()
    }

    pub(super) fn newest_archives(&self, limit: u32) -> Vec<Archived> {
        self.state().archives.values().rev().take(limit as usize).cloned().collect()
    }

    pub(super) fn first_since(&self, at: Instant) -> Option<u64> {
        self.state().rows.values().find(|row| row.at >= at).map(|row| row.position)
    }

    pub(super) fn blobs(&self, last: Option<BlobId>, limit: u32) -> Vec<BlobId> {
        let state = self.state();
        let after = state.blobs.keys().filter(|id| last.is_none_or(|last| **id > last));
        after.take(limit as usize).copied().collect()
    }

    pub(super) fn forget_before(&self, position: u64) {
        let mut state = self.state();
        state.rows = state.rows.split_off(&position);
        state.failures = state.failures.split_off(&position);
        state.stamps = state.stamps.split_off(&number(position, crate::messagelog::Part::Request));
        state.blobs.retain(|_, used| *used >= position);
    }
}

fn request(row: &Row) -> i64 {
    hash(&[&row.client, &row.request_id])
}

impl State {
    fn take(&mut self, change: Change) {
        match change {
            Change::Messages(row, used) => {
                self.blobs.extend(used.into_iter().map(|blob| (blob, row.position)));
                self.rows.insert(row.position, *row);
            }
            Change::Stamp { position, first, last, .. } => {
                self.stamps.insert(last, (first, position));
            }
            Change::Archived { position, archived, .. } => {
                self.archives.insert(position, archived);
            }
            Change::Carried { position, carried, .. } => {
                for (place, archived) in (0..).zip(carried.archives) {
                    self.archives.entry(position.saturating_sub(place)).or_insert(archived);
                }
            }
            Change::Failed { position, request, code } => {
                self.failures.insert(request, (position, code));
            }
            Change::Stamping(_) => {}
        }
    }

    /// Whether an answer stands in the row or a later one.
    fn is_answered(&self, row: &Row) -> bool {
        let mut from = self.rows.range(row.position..).map(|(_, row)| row);
        from.any(|other| other.response.is_some() && other.side == row.side && other.message_id == row.message_id)
    }

    fn stamp_of(&self, message: u64) -> Option<u64> {
        let (_, (first, position)) = self.stamps.range(message..).next()?;
        (*first <= message).then_some(*position)
    }

    fn stamped(&self, row: &Row) -> Row {
        let mut row = row.clone();
        let position = row.position;
        row.fault = self.failures.get(&position).map(|(_, code)| code.clone());
        let of = |part| self.stamp_of(number(position, part));
        if let Some(message) = &mut row.request {
            message.stamp = of(crate::messagelog::Part::Request);
        }
        if let Some(message) = &mut row.response {
            message.stamp = of(crate::messagelog::Part::Response);
        }
        row
    }
}
