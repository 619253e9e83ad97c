//! What the log tells: the latest messages, one message, latencies, the state of stamping.

use super::{MessageLog, MessageLogError, Part, Record, Side};
use mekong_base::Instant;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use std::time::Duration;

/// Records that one question may be answered with, at most.
const RECORDS_MAX: u32 = 10_000;

/// Records looked at for each latency wanted: an exchange has two, one of them without a latency.
const SEARCHED_PER_LATENCY: i64 = 4;

/// How long one exchange took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Latency {
    /// When the answer was recorded.
    pub at: Instant,
    /// From the request's arrival to the answer.
    pub duration: Duration,
    /// This gateway's side.
    pub side: Side,
    /// HTTP status of the answer.
    pub status: Option<u16>,
}

/// The state of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statistics {
    /// Number of the newest record; 0 if there is none.
    pub newest_id: i64,
    /// Records that wait for a time-stamp.
    pub waiting: u64,
    /// When the newest time-stamp was taken.
    pub stamped_at: Option<Instant>,
    /// Since when stamping fails; `None` if it works.
    pub failing_since: Option<Instant>,
}

macro_rules! select {
    ($condition:literal) => {
        concat!(
            "SELECT m.id, m.message_id, m.request_id, m.part, m.side, m.client, m.service, m.peer, m.operation, ",
            "m.recorded_at, m.status, m.duration, m.signer, m.body_size, s.timestamp ",
            "FROM message m LEFT JOIN stamp s ON s.message = m.id ",
            $condition
        )
    };
}

impl MessageLog {
    /// The newest `limit` records, newest first; at most 10,000.
    ///
    /// # Errors
    /// [`MessageLogError::Store`].
    pub async fn recent(&self, limit: u32) -> Result<Vec<Record>, MessageLogError> {
        let query = sqlx::query(select!("ORDER BY m.id DESC LIMIT $1")).bind(i64::from(limit.min(RECORDS_MAX)));
        records(query.fetch_all(self.0.database.reader()).await?)
    }

    /// The record with this number; `None` if there is none.
    ///
    /// # Errors
    /// [`MessageLogError::Store`].
    pub async fn numbered(&self, id: i64) -> Result<Option<Record>, MessageLogError> {
        let query = sqlx::query(select!("WHERE m.id = $1")).bind(id);
        query.fetch_optional(self.0.database.reader()).await?.as_ref().map(record).transpose()
    }

    /// The records of an exchange, oldest first: request and response, on both sides if both are this gateway's.
    /// Empty if there is none.
    ///
    /// # Errors
    /// [`MessageLogError::Store`].
    pub async fn find(&self, message_id: &str) -> Result<Vec<Record>, MessageLogError> {
        let query = sqlx::query(select!("WHERE m.message_id = $1 ORDER BY m.id LIMIT $2"));
        let query = query.bind(message_id.to_owned()).bind(i64::from(RECORDS_MAX));
        records(query.fetch_all(self.0.database.reader()).await?)
    }

    /// How long the newest `limit` exchanges took, oldest first; at most 10,000. Looks at the newest `4 * limit` records.
    ///
    /// # Errors
    /// [`MessageLogError::Store`].
    pub async fn latencies(&self, limit: u32) -> Result<Vec<Latency>, MessageLogError> {
        let limit = i64::from(limit.min(RECORDS_MAX));
        let rows = sqlx::query(
            "SELECT recorded_at, duration, side, status FROM message WHERE duration IS NOT NULL \
             AND id > (SELECT max(id) FROM message) - $1 ORDER BY id DESC LIMIT $2",
        )
        .bind(limit * SEARCHED_PER_LATENCY)
        .bind(limit)
        .fetch_all(self.0.database.reader())
        .await?;
        rows.iter().rev().map(latency).collect()
    }

    /// The state of the log.
    ///
    /// # Errors
    /// [`MessageLogError::Store`].
    pub async fn statistics(&self) -> Result<Statistics, MessageLogError> {
        let row = sqlx::query(
            "SELECT (SELECT coalesce(max(id), 0) FROM message), \
             (SELECT coalesce(max(id), 0) FROM message) - (SELECT stamped_to FROM progress), \
             (SELECT stamped_at FROM timestamp ORDER BY id DESC LIMIT 1)",
        )
        .fetch_one(self.0.database.reader())
        .await?;
        Ok(Statistics {
            newest_id: row.try_get(0)?,
            waiting: u64::try_from(row.try_get::<i64, _>(1)?).unwrap_or(0),
            stamped_at: row.try_get::<Option<i64>, _>(2)?.map(Instant::from_unix_micros),
            failing_since: self.0.timeliness.failing_since(),
        })
    }
}

fn records(rows: Vec<SqliteRow>) -> Result<Vec<Record>, MessageLogError> {
    rows.iter().map(record).collect()
}

pub(super) fn record(row: &SqliteRow) -> Result<Record, MessageLogError> {
    Ok(Record {
        id: row.try_get(0)?,
        message_id: row.try_get(1)?,
        request_id: row.try_get(2)?,
        part: Part::from_number(row.try_get(3)?),
        side: Side::from_number(row.try_get(4)?),
        client: row.try_get(5)?,
        service: row.try_get(6)?,
        peer: row.try_get(7)?,
        operation: row.try_get(8)?,
        recorded_at: Instant::from_unix_micros(row.try_get(9)?),
        status: status(row.try_get(10)?),
        duration: row.try_get::<Option<i64>, _>(11)?.map(duration),
        signer: row.try_get(12)?,
        body_size: u64::try_from(row.try_get::<i64, _>(13)?).unwrap_or(0),
        timestamp_id: row.try_get(14)?,
    })
}

fn latency(row: &SqliteRow) -> Result<Latency, MessageLogError> {
    Ok(Latency {
        at: Instant::from_unix_micros(row.try_get(0)?),
        duration: duration(row.try_get(1)?),
        side: Side::from_number(row.try_get(2)?),
        status: status(row.try_get(3)?),
    })
}

fn status(number: Option<i64>) -> Option<u16> {
    number.and_then(|n| u16::try_from(n).ok())
}

fn duration(micros: i64) -> Duration {
    Duration::from_micros(u64::try_from(micros).unwrap_or(0))
}
