//! The log's household: archives are made when it is time, and what is archived and old enough is removed.

use super::encoding::{CARRIED, Carried};
use super::index::place;
use super::log::Inner;
use super::{MessageLog, MessageLogError};
use mekong_ledger::BlobId;
use std::collections::BTreeSet;
use std::sync::Weak;
use std::time::Duration;

/// How often it is looked whether there is something to do.
const LOOK: Duration = Duration::from_secs(60);
/// How often old records are removed.
const CLEAN: Duration = Duration::from_secs(12 * 3600);
/// Names of blobs read at a time.
const BLOBS: u32 = 10_000;
/// Records forgotten by the index at a time.
const RECORDS: u32 = 2_000;

/// Makes archives and removes what is old until the log is gone.
pub(super) async fn keep_house(log: Weak<Inner>) {
    let Some(begun) = log.upgrade().map(|log| log.clock.now()) else { return };
    let (mut archived, mut cleaned) = (begun, None);
    loop {
        tokio::time::sleep(LOOK).await;
        let Some(inner) = log.upgrade() else { return };
        let log = MessageLog(inner);
        let now = log.0.clock.now();
        let interval = log.0.config.archive.as_ref().map(|config| config.interval);
        if interval.is_some_and(|interval| now.since(archived) >= interval) {
            archived = now;
            match log.archive_now().await {
                Ok(_) | Err(MessageLogError::Elsewhere) => {}
                Err(error) => tracing::warn!(%error, "archiving failed and is tried again"),
            }
        }
        if cleaned.is_none_or(|cleaned| now.since(cleaned) >= CLEAN) {
            cleaned = Some(now);
            match log.clean().await {
                Ok(()) | Err(MessageLogError::Elsewhere) => {}
                Err(error) => tracing::warn!(%error, "old records could not be removed; it is tried again"),
            }
        }
    }
}

impl MessageLog {
    async fn clean(&self) -> Result<(), MessageLogError> {
        self.forget_removed().await?;
        self.have_archiving().await?;
        self.remove_old().await?;
        self.remove_blobs().await?;
        if let Some(claims) = &self.0.claims {
            claims.forget_before(self.0.clock.now() - self.0.config.repeats).await?;
        }
        Ok(())
    }

    /// Forgets what is no longer in the ledger, also if another gateway removed it.
    async fn forget_removed(&self) -> Result<(), MessageLogError> {
        let index = self.0.follower.caught_up().await?;
        while index.forget_before(self.0.ledger.first(), RECORDS).await? {
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    /// Removes records that are archived and older than [`Config::retention`](super::Config::retention), The
    /// tree over all records stays. Returns the position of the first record that is left.
    ///
    /// # Errors
    /// [`MessageLogError::Behind`], [`MessageLogError::Ledger`], [`MessageLogError::Store`].
    pub async fn remove_old(&self) -> Result<u64, MessageLogError> {
        let Some(retention) = self.0.config.retention.filter(|_| self.0.config.archive.is_some()) else { return Ok(0) };
        let _turn = self.0.archiving.lock().await;
        self.have_archiving().await?;
        let (index, progress) = self.0.follower.reaching(self.0.ledger.end()).await?;
        let Some((archived_to, _)) = place(progress.archived_to) else { return Ok(0) };
        let young = index.first_since(self.0.clock.now() - retention).await?.unwrap_or(u64::MAX);
        let before = archived_to.min(young);
        if index.from(0, 1).await?.first().is_none_or(|oldest| oldest.position >= before) {
            return Ok(before);
        }
        let carried = Carried {
            messages: progress.messages,
            stamped: progress.stamped,
            stamped_to: progress.stamped_to,
            archived_to: progress.archived_to,
            archives: index.last_archives().await?,
        };
        let position = self.0.append(CARRIED, carried.write()).await?;
        self.0.follower.wait_for(position + 1).await?;
        let first = self.0.ledger.remove_before(before).await?;
        self.forget_removed().await?;
        Ok(first)
    }

    /// Removes blobs that no record names, such as those of records that a crash prevented. Returns how many.
    ///
    /// # Errors
    /// [`MessageLogError::Behind`], [`MessageLogError::Ledger`], [`MessageLogError::Store`].
    pub(super) async fn remove_blobs(&self) -> Result<u64, MessageLogError> {
        // From now on new records tell what they name, and put pieces of signatures again before they name them; those
        // that did neither have ended when the lock is had, and are in the index when it has caught up.
        *self.0.named() = Some(BTreeSet::new());
        self.0.shared.forget();
        drop(self.0.naming.write().await);
        let removed = self.remove_unnamed().await;
        *self.0.named() = None;
        removed
    }

    async fn remove_unnamed(&self) -> Result<u64, MessageLogError> {
        let index = self.0.follower.caught_up().await?;
        let mut needed = BTreeSet::new();
        loop {
            let some = index.blobs(needed.last().copied(), BLOBS).await?;
            if some.is_empty() {
                break;
            }
            needed.extend(some);
        }
        let named = |blob: &BlobId| self.0.named().as_ref().is_none_or(|named| named.contains(blob));
        // Pieces of signatures that were put since then are named by records to come, without being put again.
        let may_be_named = |blob: &BlobId| self.0.shared.text(blob).is_some();
        let is_kept = |blob: &BlobId| needed.contains(blob) || named(blob) || may_be_named(blob);
        Ok(self.0.blobs.remove_unreferenced(is_kept).await?)
    }
}
