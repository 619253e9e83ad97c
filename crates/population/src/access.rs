//! The access log: who was shown whom. A ledger, so that a line that is changed, dropped or moved is found; which persons a line is
//! about is kept in the register's database as well, is written a moment later, and is made anew from the ledger where it is lost.

use crate::RegisterError;
use mekong_base::Instant;
use mekong_ledger::{Ledger, NewRecord, Record};
use mekong_store::{Database, StoreError};
use serde::{Deserialize, Serialize};
use sqlx::{AssertSqlSafe, SqliteConnection};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;

/// Kind of the ledger's records: an [`Access`] in JSON.
const ACCESS: u8 = 1;
/// How long lines wait for company before their persons are written into the database.
const PATIENCE: Duration = Duration::from_secs(1);
/// Lines of one read of the ledger.
const READ_RECORDS: usize = 512;
/// Bytes of one read of the ledger.
const READ_BYTES: usize = 8 << 20;
/// Rows of one `INSERT`.
const ROWS: usize = 100;

/// Who asked, as the gateway says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asker {
    /// `X-Road-Client`: the system that asks.
    pub client: String,
    /// `X-Road-Id`: the message, as the asker numbers it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// `X-Road-Request-Id`: the message, as the gateways number it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
}

/// One line of the access log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    /// Who.
    #[serde(flatten)]
    pub asker: Asker,
    /// `person` or `search`.
    pub operation: String,
    /// The number or the search, as asked.
    pub subject: String,
    /// The persons shown.
    pub shown: Vec<String>,
}

/// The access log of one register. Clones share it.
#[derive(Debug, Clone)]
pub struct AccessLog(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    index: Arc<Index>,
    following: JoinHandle<()>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.following.abort();
    }
}

/// Which lines are about a person.
#[derive(Debug)]
struct Index {
    ledger: Ledger,
    database: Database,
    /// One writer at a time; the lines before this position are in the database.
    indexed_to: tokio::sync::Mutex<u64>,
}

impl AccessLog {
    /// The log on this ledger, whose persons are looked up in the register's database.
    ///
    /// # Errors
    /// [`RegisterError::Store`].
    pub async fn open(ledger: Ledger, database: Database) -> Result<Self, RegisterError> {
        let indexed_to = indexed_to(&database).await?;
        let end = ledger.end();
        if indexed_to > end {
            tracing::warn!(indexed_to, end, "the index of the access log is ahead of its ledger and made anew");
            database.write(|connection| Box::pin(forget(connection))).await?;
        }
        let indexed_to = tokio::sync::Mutex::new(if indexed_to > end { 0 } else { indexed_to });
        let index = Arc::new(Index { ledger, database, indexed_to });
        let following = tokio::spawn(follow(Arc::clone(&index)));
        Ok(Self(Arc::new(Inner { index, following })))
    }

    /// The ledger below it.
    pub fn ledger(&self) -> &Ledger {
        &self.0.index.ledger
    }

    /// Writes who was shown whom; durable when it returns. The register shows nobody without it.
    ///
    /// # Errors
    /// [`RegisterError::Log`]; then the answer must not be given.
    pub async fn record(&self, access: &Access) -> Result<(), RegisterError> {
        let payload = serde_json::to_vec(access).map_err(|_| RegisterError::Unwritable)?;
        self.ledger().append(vec![NewRecord { kind: ACCESS, payload: payload.into() }]).await?;
        Ok(())
    }

    /// The latest lines, newest first, and when they were written; of one person if a number is given.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn latest(&self, person: Option<&str>, limit: u32) -> Result<Vec<(Instant, Access)>, RegisterError> {
        let index = &self.0.index;
        let Some(person) = person else {
            let count = usize::try_from(limit).unwrap_or(usize::MAX);
            let from = index.ledger.end().saturating_sub(u64::from(limit));
            let records = index.ledger.read(from, count, usize::MAX).await?;
            return records.iter().rev().map(line).collect();
        };
        index.catch_up().await?;
        let select = "SELECT access FROM shown WHERE person = $1 ORDER BY access DESC LIMIT $2";
        let found: Vec<i64> = sqlx::query_scalar(select)
            .bind(person)
            .bind(i64::from(limit))
            .fetch_all(&mut *index.database.reader().await?)
            .await?;
        let mut lines = Vec::with_capacity(found.len());
        for position in found {
            let record = index.ledger.get(position.unsigned_abs()).await?;
            lines.extend(record.as_ref().map(line).transpose()?);
        }
        Ok(lines)
    }
}

fn line(record: &Record) -> Result<(Instant, Access), RegisterError> {
    let access = serde_json::from_slice(&record.payload);
    Ok((record.at, access.map_err(|_| RegisterError::Line { position: record.position })?))
}

/// Keeps the index a moment behind the ledger, until the log is dropped or closed.
async fn follow(index: Arc<Index>) {
    let mut end = index.ledger.watch();
    loop {
        end.borrow_and_update();
        if let Err(error) = index.catch_up().await {
            tracing::warn!(%error, "the index of the access log is behind");
        }
        tokio::time::sleep(PATIENCE).await;
        if end.changed().await.is_err() {
            return;
        }
    }
}

impl Index {
    /// Writes the persons of all lines that are there now.
    async fn catch_up(&self) -> Result<(), RegisterError> {
        let mut indexed_to = self.indexed_to.lock().await;
        while *indexed_to < self.ledger.end() {
            let records = self.ledger.read(*indexed_to, READ_RECORDS, READ_BYTES).await?;
            let Some(to) = records.last().map(|last| last.position + 1) else { return Ok(()) };
            let mut shown = Vec::new();
            for record in &records {
                let (_, access) = line(record)?;
                let position = i64::try_from(record.position).unwrap_or(i64::MAX);
                shown.extend(access.shown.into_iter().map(|person| (person, position)));
            }
            self.database.write(move |connection| Box::pin(write(connection, shown, to))).await?;
            *indexed_to = to;
        }
        Ok(())
    }
}

async fn indexed_to(database: &Database) -> Result<u64, RegisterError> {
    let select = "SELECT indexed_to FROM access_index WHERE id = 1";
    let indexed_to: i64 = sqlx::query_scalar(select).fetch_one(&mut *database.reader().await?).await?;
    Ok(indexed_to.unsigned_abs())
}

async fn write(connection: &mut SqliteConnection, shown: Vec<(String, i64)>, to: u64) -> Result<(), StoreError> {
    for rows in shown.chunks(ROWS) {
        let values = vec!["(?, ?)"; rows.len()].join(", ");
        let insert = format!("INSERT INTO shown (person, access) VALUES {values} ON CONFLICT DO NOTHING");
        let mut query = sqlx::query(AssertSqlSafe(insert));
        for (person, position) in rows {
            query = query.bind(person.clone()).bind(position);
        }
        query.execute(&mut *connection).await?;
    }
    let to = i64::try_from(to).unwrap_or(i64::MAX);
    sqlx::query("UPDATE access_index SET indexed_to = $1 WHERE id = 1").bind(to).execute(connection).await?;
    Ok(())
}

async fn forget(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM shown").execute(&mut *connection).await?;
    sqlx::query("UPDATE access_index SET indexed_to = 0 WHERE id = 1").execute(connection).await?;
    Ok(())
}
