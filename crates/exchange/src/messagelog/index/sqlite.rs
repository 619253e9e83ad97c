//! The index in a SQLite file: opened, made anew when it is damaged, asked.

use super::names::Names;
use super::row::{Change, Progress, Row, RowMessage, hash};
use super::schema::MIGRATIONS;
use super::{Wanted, flag, signed, unsigned, write};
use crate::messagelog::{Latency, Part, Side};
use mekong_base::Instant;
use mekong_store::{Database, StoreError};
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::{Mutex, Notify};

const PROGRESS: &str =
    "SELECT indexed_to, messages, stamped, stamped_to, archived_to, stamped_at, failing_since FROM progress";
/// Positions looked at for one question that few exchanges answer; the next question goes on from there.
const SEARCHED: u64 = 200_000;

/// The index of one process.
#[derive(Clone)]
pub(in super::super) struct SqliteIndex {
    pub(in super::super) database: Database,
    names: Arc<Mutex<Names>>,
    pub(super) damage: Arc<Damage>,
}

/// Whether the file was found damaged, by whatever question.
#[derive(Default)]
pub(in super::super) struct Damage {
    is_found: AtomicBool,
    found: Notify,
}

impl Damage {
    pub(super) fn is_found(&self) -> bool {
        self.is_found.load(Ordering::Acquire)
    }

    /// Resolves when it is found damaged, once for all who wait.
    pub(super) async fn found(&self) {
        self.found.notified().await;
    }

    /// Takes note of an answer.
    pub(super) fn noted<T>(&self, answer: Result<T, StoreError>) -> Result<T, StoreError> {
        if answer.as_ref().is_err_and(StoreError::is_damaged) {
            self.is_found.store(true, Ordering::Release);
            self.found.notify_one();
        }
        answer
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT e.position, e.recorded_at, e.side, e.parts, e.status, e.duration, e.message_id, e.request_id, ",
            "e.operation, e.request_body, e.response_body, c.name, s.name, p.name, q.name, a.name, ",
            "(SELECT CASE WHEN t.first <= 2 * e.position + 1 THEN t.position END FROM stamp t ",
            "WHERE t.last >= 2 * e.position + 1 ORDER BY t.last LIMIT 1), ",
            "(SELECT CASE WHEN t.first <= 2 * e.position + 2 THEN t.position END FROM stamp t ",
            "WHERE t.last >= 2 * e.position + 2 ORDER BY t.last LIMIT 1), f.code ",
            "FROM exchange e JOIN name c ON c.id = e.client JOIN name s ON s.id = e.service ",
            "LEFT JOIN name p ON p.id = e.peer LEFT JOIN name q ON q.id = e.request_signer ",
            "LEFT JOIN name a ON a.id = e.response_signer LEFT JOIN failure f ON f.request = e.position ",
            $rest
        )
    };
}

impl SqliteIndex {
    /// Opens or creates the file. One that is damaged is put aside and made anew.
    ///
    /// # Errors
    /// [`StoreError`], if the folder cannot be used.
    pub(in super::super) async fn open(file: PathBuf) -> Result<Self, StoreError> {
        match Self::open_as_it_is(&file).await {
            Err(error) if is_unusable(&error) => {
                tracing::warn!(file = %file.display(), %error, "the index cannot be used and is made anew from the ledger");
                Self::remove(&file)?;
                Self::open_as_it_is(&file).await
            }
            opened => opened,
        }
    }

    async fn open_as_it_is(file: &Path) -> Result<Self, StoreError> {
        let database = Database::open(file, MIGRATIONS).await?;
        let index = Self { database, names: Arc::default(), damage: Arc::default() };
        index.progress().await?;
        Ok(index)
    }

    /// Removes the file and what SQLite keeps beside it.
    fn remove(file: &Path) -> Result<(), StoreError> {
        for suffix in ["", "-wal", "-shm"] {
            let mut name = file.as_os_str().to_owned();
            name.push(suffix);
            mekong_store::file::remove(Path::new(&name))?;
        }
        Ok(())
    }

    /// Closes the file and removes it; another is opened in its place.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(in super::super) async fn replace(&self) -> Result<Self, StoreError> {
        let file = self.database.path().to_owned();
        if let Err(error) = self.database.close().await {
            tracing::debug!(%error, "the index that is replaced was not closed cleanly");
        }
        Self::remove(&file)?;
        Self::open_as_it_is(&file).await
    }

    /// How far everything is.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(in super::super) async fn progress(&self) -> Result<Progress, StoreError> {
        Self::read_progress(&sqlx::query(PROGRESS).fetch_one(&mut *self.database.reader().await?).await?)
    }

    /// The index in a file that another process may have open; nothing is written.
    ///
    /// # Errors
    /// [`StoreError`]: it is not there, not to be read, or another release's.
    pub(in super::super) async fn read_only(file: &Path) -> Result<Self, StoreError> {
        let index = Self { database: Database::read_only(file).await?, names: Arc::default(), damage: Arc::default() };
        index.progress().await?;
        // The newest of the tables.
        sqlx::query("SELECT 1 FROM failure LIMIT 1").fetch_optional(&mut *index.database.reader().await?).await?;
        Ok(index)
    }

    fn read_progress(row: &SqliteRow) -> Result<Progress, StoreError> {
        let number = |column: usize| row.try_get::<i64, _>(column).map(unsigned);
        let instant =
            |column: usize| row.try_get::<Option<i64>, _>(column).map(|micros| micros.map(Instant::from_unix_micros));
        Ok(Progress {
            indexed_to: number(0)?,
            messages: number(1)?,
            stamped: number(2)?,
            stamped_to: number(3)?,
            archived_to: number(4)?,
            stamped_at: instant(5)?,
            failing_since: instant(6)?,
        })
    }

    /// Writes changes, and how far everything is then; all or nothing.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(in super::super) async fn apply(&self, changes: Vec<Change>, progress: Progress) -> Result<(), StoreError> {
        let names = Arc::clone(&self.names);
        let written = self.database.write(move |connection| {
            Box::pin(async move {
                let mut names = names.lock().await;
                let written = write::apply(connection, &mut names, changes, progress).await;
                if written.is_err() {
                    // Names that were written with it are undone with it.
                    *names = Names::default();
                }
                written
            })
        });
        let written = written.await;
        if written.is_err() {
            *self.names.lock().await = Names::default();
        }
        written
    }

    /// Exchanges before a position, newest first, at most `limit`; and from where to go on, if there may be more. Requests
    /// from before `given_up` that have no answer count as failed.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(in super::super) async fn page(
        &self,
        wanted: &Wanted,
        given_up: Instant,
        before: Option<u64>,
        limit: u32,
    ) -> Result<(Vec<Row>, Option<u64>), StoreError> {
        let end = self.end(wanted, before).await?;
        let lowest: i64 = sqlx::query_scalar("SELECT coalesce(min(position), 0) FROM exchange")
            .fetch_one(&mut *self.database.reader().await?)
            .await?;
        let searched = end.saturating_sub(SEARCHED).max(unsigned(lowest));
        let rows = sqlx::query(select!(
            "WHERE e.position >= $1 AND e.position < $2 AND ($3 IS NULL OR e.client = (SELECT id FROM name WHERE name = $3)) \
             AND ($4 IS NULL OR e.service = (SELECT id FROM name WHERE name = $4)) AND ($5 IS NULL OR e.side = $5) \
             AND ($6 IS NULL OR e.status >= $6 OR f.code IS NOT NULL OR (e.parts = 1 AND e.recorded_at < $10 \
             AND NOT EXISTS (SELECT 1 FROM bucket b CROSS JOIN exchange x WHERE b.id >= e.bucket AND x.bucket = b.id \
             AND x.message_hash = e.message_hash AND x.position > e.position AND x.parts >= 2 AND x.side = e.side \
             AND x.message_id = e.message_id))) AND ($7 IS NULL OR e.recorded_at >= $7) \
             AND ($8 IS NULL OR e.recorded_at < $8) ORDER BY e.position DESC LIMIT $9"
        ))
        .bind(signed(searched))
        .bind(signed(end))
        .bind(wanted.client.clone())
        .bind(wanted.service.clone())
        .bind(wanted.side.map(Side::number))
        .bind(wanted.status_min.map(i64::from))
        .bind(wanted.since.map(Instant::unix_micros))
        .bind(wanted.until.map(Instant::unix_micros))
        .bind(i64::from(limit))
        .bind(given_up.unix_micros())
        .fetch_all(&mut *self.database.reader().await?)
        .await?;
        let rows = rows.iter().map(row).collect::<Result<Vec<Row>, _>>()?;
        let next = match rows.last() {
            Some(last) if rows.len() >= limit as usize => Some(last.position),
            _ => Some(searched),
        };
        let oldest_wanted = self.before_all(wanted).await?.max(unsigned(lowest));
        Ok((rows, next.filter(|next| *next > oldest_wanted)))
    }

    /// The position after the last one that may be wanted.
    async fn end(&self, wanted: &Wanted, before: Option<u64>) -> Result<u64, StoreError> {
        let last: i64 = sqlx::query_scalar("SELECT coalesce(max(position) + 1, 0) FROM exchange")
            .fetch_one(&mut *self.database.reader().await?)
            .await?;
        let end = before.map_or(unsigned(last), |before| before.min(unsigned(last)));
        let Some(until) = wanted.until else { return Ok(end) };
        // Clocks of several gateways differ; a minute's records more are looked at.
        let after: Option<i64> = sqlx::query_scalar(
            "SELECT max(position) + 1 FROM exchange WHERE recorded_at = \
            (SELECT max(recorded_at) FROM exchange WHERE recorded_at < $1)",
        )
        .bind((until + SKEW).unix_micros())
        .fetch_one(&mut *self.database.reader().await?)
        .await?;
        Ok(after.map_or(0, unsigned).min(end))
    }

    /// A position before which nothing is wanted.
    async fn before_all(&self, wanted: &Wanted) -> Result<u64, StoreError> {
        let Some(since) = wanted.since else { return Ok(0) };
        let first: Option<i64> = sqlx::query_scalar(
            "SELECT min(position) FROM exchange WHERE recorded_at = \
            (SELECT min(recorded_at) FROM exchange WHERE recorded_at >= $1)",
        )
        .bind((since - SKEW).unix_micros())
        .fetch_one(&mut *self.database.reader().await?)
        .await?;
        Ok(first.map_or(u64::MAX, unsigned))
    }

    /// The exchange at a position.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(in super::super) async fn at(&self, position: u64) -> Result<Option<Row>, StoreError> {
        let query = sqlx::query(select!("WHERE e.position = $1")).bind(signed(position));
        let found = query.fetch_optional(&mut *self.database.reader().await?).await?;
        Ok(found.as_ref().map(row).transpose()?)
    }

    /// The records with a message id, oldest first, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(in super::super) async fn by_message_id(&self, message_id: &str, limit: u32) -> Result<Vec<Row>, StoreError> {
        let query = sqlx::query(select!(
            "WHERE e.position IN (SELECT x.position FROM bucket b CROSS JOIN exchange x WHERE x.bucket = b.id AND \
             x.message_hash = $1) AND e.message_id = $2 ORDER BY e.position LIMIT $3"
        ));
        let query = query.bind(hash(&[message_id])).bind(message_id.to_owned()).bind(i64::from(limit));
        let found = query.fetch_all(&mut *self.database.reader().await?).await?;
        Ok(found.iter().map(row).collect::<Result<_, _>>()?)
    }

    /// Positions of the provider's records of a request, oldest first; hashes may meet.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(in super::super) async fn by_request(&self, request_hash: i64) -> Result<Vec<u64>, StoreError> {
        let select = "SELECT e.position FROM bucket b CROSS JOIN exchange e \
            WHERE e.bucket = b.id AND e.request_hash = $1 AND e.side = 1 ORDER BY e.position LIMIT 64";
        let found: Vec<i64> =
            sqlx::query_scalar(select).bind(request_hash).fetch_all(&mut *self.database.reader().await?).await?;
        Ok(found.into_iter().map(unsigned).collect())
    }

    /// Hashes of requests, newest first, at most `limit`, of records before a position; with position and time.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(in super::super) async fn request_hashes(
        &self,
        before: u64,
        limit: u32,
    ) -> Result<Vec<(u64, Instant, i64)>, StoreError> {
        let select = "SELECT position, recorded_at, request_hash FROM exchange WHERE side = 1 AND position < $1 \
            ORDER BY position DESC LIMIT $2";
        let rows: Vec<(i64, i64, i64)> = sqlx::query_as(select)
            .bind(signed(before))
            .bind(i64::from(limit))
            .fetch_all(&mut *self.database.reader().await?)
            .await?;
        let row = |(position, at, hash)| (unsigned(position), Instant::from_unix_micros(at), hash);
        Ok(rows.into_iter().map(row).collect())
    }

    /// The position of the time-stamp that covers a message.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(in super::super) async fn stamp_of(&self, message: u64) -> Result<Option<u64>, StoreError> {
        let select = "SELECT first, position FROM stamp WHERE last >= $1 ORDER BY last LIMIT 1";
        let found: Option<(i64, i64)> =
            sqlx::query_as(select).bind(signed(message)).fetch_optional(&mut *self.database.reader().await?).await?;
        Ok(found.filter(|(first, _)| unsigned(*first) <= message).map(|(_, position)| unsigned(position)))
    }

    /// How long the newest exchanges took, newest first. Looks at `searched`
    /// positions.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(in super::super) async fn durations(&self, limit: u32, searched: u64) -> Result<Vec<Latency>, StoreError> {
        let select = "SELECT e.recorded_at, e.duration, e.side, e.status, s.name FROM exchange e JOIN name s ON s.id = e.service \
            WHERE e.duration IS NOT NULL AND e.position > (SELECT max(position) FROM exchange) - $1 \
            ORDER BY e.position DESC LIMIT $2";
        let rows = sqlx::query(select).bind(signed(searched)).bind(i64::from(limit));
        let rows = rows.fetch_all(&mut *self.database.reader().await?).await?;
        let latency = |row: &SqliteRow| -> Result<Latency, sqlx::Error> {
            Ok(Latency {
                at: Instant::from_unix_micros(row.try_get(0)?),
                duration: Duration::from_micros(unsigned(row.try_get(1)?)),
                side: Side::from_number(row.try_get(2)?),
                service: row.try_get(4)?,
                status: status(row.try_get(3)?),
            })
        };
        Ok(rows.iter().map(latency).collect::<Result<_, _>>()?)
    }

    /// The exchanges from a position on, oldest first, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(in super::super) async fn from(&self, position: u64, limit: u32) -> Result<Vec<Row>, StoreError> {
        let query = sqlx::query(select!("WHERE e.position >= $1 ORDER BY e.position LIMIT $2"));
        let query = query.bind(signed(position)).bind(i64::from(limit));
        let found = query.fetch_all(&mut *self.database.reader().await?).await?;
        Ok(found.iter().map(row).collect::<Result<_, _>>()?)
    }

    /// Moves what was written into the file and closes it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(in super::super) async fn close(&self) -> Result<(), StoreError> {
        self.database.close().await
    }

    /// For tests that look at how a question is answered.
    #[cfg(test)]
    pub(in super::super) async fn plan(&self, sql: &str) -> Result<Vec<String>, StoreError> {
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}")));
        let rows = rows.fetch_all(&mut *self.database.reader().await?).await?;
        Ok(rows.iter().map(|row| row.try_get(3)).collect::<Result<_, _>>()?)
    }
}

/// How far the clocks of gateways that share a ledger may be apart.
const SKEW: Duration = Duration::from_secs(60);

/// The file is not a database, or not whole, or another release's.
fn is_unusable(error: &StoreError) -> bool {
    error.is_damaged() || matches!(error, StoreError::Newer { .. } | StoreError::MigrationChanged { .. })
}

fn row(row: &SqliteRow) -> Result<Row, sqlx::Error> {
    let parts: i64 = row.try_get(3)?;
    let message = |part, signer: usize, size: usize, stamp: usize| -> Result<_, sqlx::Error> {
        if parts & flag(part) == 0 {
            return Ok(None);
        }
        Ok(Some(RowMessage {
            signer: row.try_get::<Option<String>, _>(signer)?.unwrap_or_default(),
            body_size: unsigned(row.try_get(size)?),
            stamp: row.try_get::<Option<i64>, _>(stamp)?.map(unsigned),
        }))
    };
    Ok(Row {
        position: unsigned(row.try_get(0)?),
        at: Instant::from_unix_micros(row.try_get(1)?),
        side: Side::from_number(row.try_get(2)?),
        status: status(row.try_get(4)?),
        duration: row.try_get::<Option<i64>, _>(5)?.map(|micros| Duration::from_micros(unsigned(micros))),
        message_id: row.try_get(6)?,
        request_id: row.try_get(7)?,
        operation: row.try_get(8)?,
        client: row.try_get(11)?,
        service: row.try_get(12)?,
        peer: row.try_get(13)?,
        request: message(Part::Request, 14, 9, 16)?,
        response: message(Part::Response, 15, 10, 17)?,
        fault: row.try_get(18)?,
    })
}

fn status(number: Option<i64>) -> Option<u16> {
    number.and_then(|number| u16::try_from(number).ok())
}
