//! How far time-stamps are: as the index has it, or by the end of the ledger while the index is being made or cannot be written.
//! So a lost index keeps no message from its time-stamp.

use super::MessageLogError;
use super::encoding::{CARRIED, STAMP, STAMPING};
use super::follower::{self, Follower, READ_BYTES, READ_RECORDS};
use super::index::{Change, Progress};
use mekong_base::Instant;
use std::time::Duration;

/// Records by which an index is behind that is waited for.
const NEAR: u64 = 4 * READ_RECORDS as u64;
/// How long it is waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// How far time-stamps are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamped {
    /// Number of the last message that is stamped; 0 if none is.
    pub(super) to: u64,
    /// Since when they are not to be had.
    pub(super) failing_since: Option<Instant>,
}

impl Stamped {
    const fn of(progress: &Progress) -> Self {
        Self { to: progress.stamped_to, failing_since: progress.failing_since }
    }
}

impl Follower {
    /// How far time-stamps are at the end of the ledger.
    ///
    /// # Errors
    /// [`MessageLogError::Ledger`], [`MessageLogError::Record`].
    pub(super) async fn stamped(&self) -> Result<Stamped, MessageLogError> {
        match self.near(self.ledger().end()).await {
            Some(progress) => Ok(Stamped::of(&progress)),
            None => self.stamped_by_ledger().await,
        }
    }

    /// How far the index is once it has all records before a position; nothing if it is far from that, or does not get on.
    pub(super) async fn near(&self, position: u64) -> Option<Progress> {
        if self.progress().indexed_to + NEAR < position {
            return None;
        }
        let reached = tokio::time::timeout(PATIENCE, self.reaching(position)).await.ok()?;
        reached.ok().map(|(_, progress)| progress)
    }

    /// Reads backwards to the last time-stamp, and takes in what came after it.
    async fn stamped_by_ledger(&self) -> Result<Stamped, MessageLogError> {
        let (mut to, mut later) = (self.ledger().end(), Vec::new());
        loop {
            let from = to.saturating_sub(READ_RECORDS as u64);
            let mut changes = self.changes_of_stamps(from, to).await?;
            changes.append(&mut later);
            let is_stamp = |change: &Change| matches!(change, Change::Stamp { .. });
            if changes.iter().any(is_stamp) || from <= self.ledger().first() {
                let mut progress = Progress::default();
                changes.iter().for_each(|change| progress.take(change));
                return Ok(Stamped::of(&progress));
            }
            (to, later) = (from, changes);
        }
    }

    /// What the records from one position to before another say of time-stamps.
    async fn changes_of_stamps(&self, mut from: u64, to: u64) -> Result<Vec<Change>, MessageLogError> {
        let mut changes = Vec::new();
        while from < to {
            let mut records = self.ledger().read(from, READ_RECORDS, READ_BYTES).await?;
            let Some(last) = records.last() else { break };
            from = last.position + 1;
            records.retain(|record| record.position < to && [STAMP, STAMPING, CARRIED].contains(&record.kind));
            changes.extend(follower::changes(&records)?);
        }
        Ok(changes)
    }
}
