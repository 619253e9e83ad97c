//! What the log tells: the latest messages, one message, latencies, the state of stamping.

use super::index::{Index, Row, SqliteIndex, Wanted, place};
use super::story::{self, Told};
use super::{MessageLog, MessageLogError, Record, Side};
use mekong_base::Instant;
use mekong_store::StoreError;
use std::path::Path;
use std::time::Duration;

/// Records that one question may be answered with, at most.
const RECORDS_MAX: u32 = 10_000;

/// A request without an answer after so long has none: more than any service may take, by far.
pub(super) const ANSWERED_WITHIN: Duration = Duration::from_secs(3_600);

/// Positions looked at for each latency wanted: a request that was logged before its answer has its own.
const SEARCHED_PER_LATENCY: u64 = 4;

/// How long one exchange took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Latency {
    /// When the answer was recorded.
    pub at: Instant,
    /// From the request's arrival to the answer.
    pub duration: Duration,
    /// This gateway's side.
    pub side: Side,
    /// What was asked.
    pub service: String,
    /// HTTP status of the answer.
    pub status: Option<u16>,
}

/// The state of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statistics {
    /// Messages that were ever recorded.
    pub messages: u64,
    /// Records that wait for a time-stamp.
    pub waiting: u64,
    /// When the newest time-stamp was taken.
    pub stamped_at: Option<Instant>,
    /// Since when stamping fails; `None` if it works.
    pub failing_since: Option<Instant>,
    /// Records of the ledger that are not in the index yet, so that what is shown is not the newest.
    pub behind: u64,
}

/// Some records, and from where to go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Newest first.
    pub records: Vec<Record>,
    /// What to ask with for the next page; `None` after the last.
    pub next: Option<u64>,
}

impl MessageLog {
    /// The newest `limit` records, newest first; at most 10,000.
    ///
    /// # Errors
    /// [`MessageLogError::Store`].
    pub async fn recent(&self, limit: u32) -> Result<Vec<Record>, MessageLogError> {
        let limit = limit.min(RECORDS_MAX);
        let wanted = Wanted::default();
        let index = self.0.follower.index_for_lists().await;
        let now = self.0.clock.now();
        let rows = match index.page(&wanted, now, None, limit).await {
            Ok((rows, _)) => rows,
            Err(error) => {
                self.0.follower.mend(error).await?;
                self.0.follower.index_for_lists().await.page(&wanted, now, None, limit).await?.0
            }
        };
        let mut records = newest_first(&rows);
        records.truncate(limit as usize);
        Ok(records)
    }

    /// Records of exchanges that are wanted, newest first, of about `limit` exchanges at most; `before` is the `next` of the
    /// page before. A page may have few records, or none, and still a next one: one question looks at so much only.
    ///
    /// # Errors
    /// [`MessageLogError::Store`].
    pub async fn search(&self, wanted: &Wanted, before: Option<u64>, limit: u32) -> Result<Page, MessageLogError> {
        let limit = limit.clamp(1, RECORDS_MAX);
        let index = self.0.follower.index_for_lists().await;
        let (rows, next) = index.page(wanted, self.given_up(&index).await?, before, limit).await?;
        Ok(Page { records: newest_first(&rows), next })
    }

    /// The time from before which a request has an answer in the index, or none at all.
    async fn given_up(&self, index: &Index) -> Result<Instant, MessageLogError> {
        let now = self.0.clock.now();
        let is_behind = self.0.follower.progress().indexed_to < self.0.ledger.end();
        let known = match is_behind {
            true => {
                index.page(&Wanted::default(), now, None, 1).await?.0.first().map_or(now, |newest| newest.at.min(now))
            }
            false => now,
        };
        Ok(known - ANSWERED_WITHIN)
    }

    /// The record with this number; `None` if there is none.
    ///
    /// # Errors
    /// [`MessageLogError::Behind`], [`MessageLogError::Store`].
    pub async fn numbered(&self, id: i64) -> Result<Option<Record>, MessageLogError> {
        let Some((position, part)) = u64::try_from(id).ok().and_then(place) else { return Ok(None) };
        let indexed = position < self.0.follower.progress().indexed_to;
        let row = match self.0.follower.index().at(position).await {
            Ok(row) if indexed => row,
            _ => self.ask(|index| async move { index.at(position).await }).await?,
        };
        let found =
            row.as_ref().and_then(|row| row.each().find(|(of, _)| *of == part).map(|(_, m)| row.record(part, m)));
        Ok(found)
    }

    /// The records of an exchange, oldest first: request and response, on both sides if both are this gateway's.
    /// Empty if there is none.
    ///
    /// # Errors
    /// [`MessageLogError::Behind`] if none is found and the index does not have all; [`MessageLogError::Store`].
    pub async fn find(&self, message_id: &str) -> Result<Vec<Record>, MessageLogError> {
        let message_id = message_id.to_owned();
        let asked = |index: Index| {
            let message_id = message_id.clone();
            async move { index.by_message_id(&message_id, RECORDS_MAX).await }
        };
        let rows = match self.ask(asked).await {
            Ok(rows) => rows,
            Err(behind @ MessageLogError::Behind { .. }) => {
                let known = asked(self.0.follower.index()).await?;
                if known.is_empty() {
                    return Err(behind);
                }
                known
            }
            Err(error) => return Err(error),
        };
        Ok(rows.iter().flat_map(|row| row.each().map(|(part, message)| row.record(part, message))).collect())
    }

    /// What the log has of what an `X-Road-Id` or an `x-road-request-id` names, oldest first; 64 records at most.
    ///
    /// # Errors
    /// [`MessageLogError::Store`], [`MessageLogError::Ledger`], [`MessageLogError::Record`].
    pub async fn story(&self, id: &str) -> Result<Vec<Told>, MessageLogError> {
        let sought = self.0.follower.index_for_lists().await.seek(id).await?;
        story::told(&self.source().records, id, Some(sought)).await
    }

    /// How long the newest `limit` exchanges took, oldest first; at most 10,000. Looks at the newest `4 * limit` records.
    ///
    /// # Errors
    /// [`MessageLogError::Store`].
    pub async fn latencies(&self, limit: u32) -> Result<Vec<Latency>, MessageLogError> {
        let limit = limit.min(RECORDS_MAX);
        let index = self.0.follower.index_for_lists().await;
        let durations = index.durations(limit, u64::from(limit) * SEARCHED_PER_LATENCY).await?;
        Ok(durations.into_iter().rev().collect())
    }

    /// The state of the log in `folder` as its index has it, without opening the log: another process may have it open.
    /// [`Statistics::behind`] is not known then. `None` if there is no index yet.
    ///
    /// # Errors
    /// [`MessageLogError::Store`].
    pub async fn glance(folder: &Path) -> Result<Option<Statistics>, MessageLogError> {
        let file = folder.join("index.db");
        if !file.is_file() {
            return Ok(None);
        }
        let index = SqliteIndex::read_only(&file).await?;
        let progress = index.progress().await;
        index.close().await?;
        let progress = progress?;
        Ok(Some(Statistics {
            messages: progress.messages,
            waiting: progress.messages.saturating_sub(progress.stamped),
            stamped_at: progress.stamped_at,
            failing_since: progress.failing_since,
            behind: 0,
        }))
    }

    /// The state of the log.
    ///
    /// # Errors
    /// None at present; a log whose index does not get on says so by [`Statistics::behind`].
    pub async fn statistics(&self) -> Result<Statistics, MessageLogError> {
        let _ = self.0.follower.index_for_lists().await;
        let progress = self.0.follower.progress();
        Ok(Statistics {
            messages: progress.messages,
            waiting: progress.messages.saturating_sub(progress.stamped),
            stamped_at: progress.stamped_at,
            failing_since: self.0.timeliness.failing_since(),
            behind: self.0.ledger.end().saturating_sub(progress.indexed_to),
        })
    }

    /// Asks the index, with everything in it; one that proves damaged is made anew and asked again.
    async fn ask<T, F>(&self, question: impl Fn(Index) -> F) -> Result<T, MessageLogError>
    where
        F: Future<Output = Result<T, StoreError>>,
    {
        let follower = &self.0.follower;
        match question(follower.caught_up().await?).await {
            Ok(answer) => Ok(answer),
            Err(error) => {
                follower.mend(error).await?;
                Ok(question(follower.caught_up().await?).await?)
            }
        }
    }
}

pub(super) fn newest_first(rows: &[Row]) -> Vec<Record> {
    rows.iter().flat_map(|row| row.each().rev().map(|(part, message)| row.record(part, message))).collect()
}
