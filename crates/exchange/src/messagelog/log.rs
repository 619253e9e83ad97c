//! The log itself: opened, written, closed.

use super::bodies::{Bodies, Stored};
use super::schema::MIGRATIONS;
use super::stamping::Stamping;
use super::timeliness::{Timeliness, TimestampsOverdue};
use super::{MessageLogError, NewRecord};
use mekong_base::{Clock, Instant};
use mekong_crypto::DigestAlgorithm;
use mekong_store::Database;
use sqlx::query::Query;
use sqlx::sqlite::{Sqlite, SqliteArguments};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// How the message log works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Config {
    /// How long messages are accepted while they cannot be time-stamped.
    pub timestamp_delay_max: Duration,
    /// How often records are stamped.
    pub interval: Duration,
    /// How soon a failed time-stamp is tried again.
    pub retry: Duration,
    /// Records that share one time-stamp, at most.
    pub batch: u32,
    /// Bodies with more bytes than this become files.
    pub body_inline_max: usize,
}

impl Default for Config {
    /// The reference's delay of 4 hours and interval of a minute; 1,000 records a batch; bodies to 256 KiB inline.
    fn default() -> Self {
        Self {
            timestamp_delay_max: Duration::from_secs(4 * 3600),
            interval: Duration::from_secs(60),
            retry: Duration::from_secs(10),
            batch: 1000,
            body_inline_max: 256 << 10,
        }
    }
}

/// The message log of one gateway. Clones share it.
#[derive(Clone)]
pub struct MessageLog(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) database: Database,
    pub(super) bodies: Bodies,
    pub(super) config: Config,
    pub(super) clock: Clock,
    pub(super) timeliness: Timeliness,
    pub(super) stamping: Stamping,
}

impl std::fmt::Debug for MessageLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("MessageLog").field(&self.0.database).finish()
    }
}

impl MessageLog {
    /// Opens or creates the log in `folder`: `messages.db` and `bodies/`.
    ///
    /// # Errors
    /// [`MessageLogError::Store`] if the folder cannot be used or a newer release wrote it.
    pub async fn open(folder: impl AsRef<Path>, config: Config, clock: Clock) -> Result<Self, MessageLogError> {
        let folder = folder.as_ref();
        let database = Database::open(folder.join("messages.db"), MIGRATIONS).await?;
        let bodies = Bodies::open(folder.join("bodies"), config.body_inline_max)?;
        let since: Option<i64> =
            sqlx::query_scalar("SELECT failing_since FROM progress").fetch_one(database.reader()).await?;
        let timeliness = Timeliness::new(config.timestamp_delay_max, since.map(Instant::from_unix_micros));
        sweep(&database, &bodies)?;
        let stamping = Stamping::default();
        Ok(Self(Arc::new(Inner { database, bodies, config, clock, timeliness, stamping })))
    }

    /// Records one message; it is on disk when this resolves. Returns its number.
    ///
    /// # Errors
    /// [`MessageLogError::Store`]; nothing is recorded then and the message must not go on its way.
    pub async fn record(&self, record: NewRecord) -> Result<i64, MessageLogError> {
        let body = self.0.bodies.store(record.body.clone()).await?;
        let (clock, statement) = (self.0.clock.now(), sqlx::query(INSERT_ONE));
        self.insert(bind(statement, record, &body, clock), &[&body]).await
    }

    /// Records both messages of an exchange, or neither. Returns their numbers.
    ///
    /// # Errors
    /// As [`MessageLog::record`].
    pub async fn record_exchange(
        &self,
        request: NewRecord,
        response: NewRecord,
    ) -> Result<(i64, i64), MessageLogError> {
        let asked = self.0.bodies.store(request.body.clone()).await?;
        let answered = match self.0.bodies.store(response.body.clone()).await {
            Ok(stored) => stored,
            Err(error) => {
                self.0.bodies.forget(&asked);
                return Err(error);
            }
        };
        let now = self.0.clock.now();
        let statement = bind(sqlx::query(INSERT_TWO), request, &asked, now);
        let last = self.insert(bind(statement, response, &answered, now), &[&asked, &answered]).await?;
        Ok((last - 1, last))
    }

    /// Whether messages may flow: fails when they could not be time-stamped for longer than allowed.
    ///
    /// # Errors
    /// [`TimestampsOverdue`] says since when, why, and what to do.
    pub fn accepting(&self, now: Instant) -> Result<(), TimestampsOverdue> {
        self.0.timeliness.check(now)
    }

    /// Stops stamping, finishes the waiting records and closes the database.
    ///
    /// # Errors
    /// [`MessageLogError::Store`]; nothing recorded is lost.
    pub async fn close(&self) -> Result<(), MessageLogError> {
        self.0.stamping.stop();
        Ok(self.0.database.close().await?)
    }

    async fn insert(&self, statement: Insert, bodies: &[&Stored]) -> Result<i64, MessageLogError> {
        match self.0.database.execute(statement).await {
            Ok(done) => Ok(done.last_insert_rowid()),
            Err(error) => {
                bodies.iter().for_each(|body| self.0.bodies.forget(body));
                Err(error.into())
            }
        }
    }
}

/// Removes what a crash left between a body file and its record, in the background.
fn sweep(database: &Database, bodies: &Bodies) -> Result<(), MessageLogError> {
    let names = bodies.names()?;
    let (database, bodies) = (database.clone(), bodies.clone());
    tokio::spawn(async move {
        if let Err(error) = bodies.sweep(&database, names).await {
            tracing::warn!(%error, "could not look for bodies without a record");
        }
    });
    Ok(())
}

type Insert = Query<'static, Sqlite, SqliteArguments>;

macro_rules! insert {
    ($($row:literal),+) => {
        concat!(
            "INSERT INTO message (message_id, request_id, part, side, client, service, peer, operation, recorded_at, ",
            "status, duration, signer, signature_digest, body_size, body_file, body_digest, message, body, signature, ",
            "hash_chain_result, hash_chain) VALUES ", $($row),+
        )
    };
}

const INSERT_ONE: &str =
    insert!("($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)");
const INSERT_TWO: &str = insert!(
    "($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21), ",
    "($22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39, $40, $41, $42)"
);

/// Binds the 21 columns of a row, in the order of [`INSERT_ONE`].
fn bind(statement: Insert, record: NewRecord, body: &Stored, now: Instant) -> Insert {
    let signature = record.signature;
    let digest = DigestAlgorithm::Sha512.digest(signature.signature_xml.as_bytes());
    let (name, body_digest) = body.file.clone().unzip();
    statement
        .bind(record.message_id)
        .bind(record.request_id)
        .bind(record.part.number())
        .bind(record.side.number())
        .bind(record.client.to_string())
        .bind(record.service.to_string())
        .bind(record.peer.map(|peer| peer.to_string()))
        .bind(record.operation)
        .bind(now.unix_micros())
        .bind(record.status.map(i64::from))
        .bind(record.duration.map(|d| i64::try_from(d.as_micros()).unwrap_or(i64::MAX)))
        .bind(record.signer)
        .bind(digest.as_ref().to_vec())
        .bind(i64::try_from(body.size).unwrap_or(i64::MAX))
        .bind(name)
        .bind(body_digest)
        .bind(Vec::from(record.message))
        .bind(body.inline.clone())
        .bind(signature.signature_xml)
        .bind(signature.hash_chain_result)
        .bind(signature.hash_chain)
}
