//! The log itself: opened, written, closed.

use super::bodies::{Bodies, Stored};
use super::schema::MIGRATIONS;
use super::stamping::Stamping;
use super::timeliness::{Timeliness, TimestampsOverdue};
use super::{MessageLogError, NewRecord};
use mekong_base::{Clock, Instant};
use mekong_crypto::DigestAlgorithm;
use mekong_store::{Database, Table, Value};
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
        self.append(vec![record]).await
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
        let last = self.append(vec![request, response]).await?;
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

    /// If the caller stops waiting, the records may still be committed: their body files stay, and the next start
    /// removes those without a record.
    async fn append(&self, records: Vec<NewRecord>) -> Result<i64, MessageLogError> {
        let mut files = Vec::new();
        let result = self.store(records, &mut files).await;
        if result.as_ref().is_err_and(MessageLogError::is_certain) {
            files.iter().for_each(|name| self.0.bodies.forget(name));
        }
        result
    }

    async fn store(&self, records: Vec<NewRecord>, files: &mut Vec<String>) -> Result<i64, MessageLogError> {
        let now = self.0.clock.now();
        let mut rows = Vec::with_capacity(records.len());
        for mut record in records {
            let body = self.0.bodies.store(std::mem::take(&mut record.body)).await?;
            files.extend(body.file.as_ref().map(|(name, _)| name.clone()));
            rows.push(row(record, body, now));
        }
        Ok(self.0.database.append(&TABLE, rows).await?)
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

const TABLE: Table = Table {
    name: "message",
    columns: &[
        "message_id",
        "request_id",
        "part",
        "side",
        "client",
        "service",
        "peer",
        "operation",
        "recorded_at",
        "status",
        "duration",
        "signer",
        "signature_digest",
        "body_size",
        "body_file",
        "body_digest",
        "message",
        "body",
        "signature",
        "hash_chain_result",
        "hash_chain",
    ],
};

/// The values of a row, in the order of [`TABLE`].
fn row(record: NewRecord, body: Stored, now: Instant) -> Vec<Value> {
    let signature = record.signature;
    let digest = DigestAlgorithm::Sha512.digest(signature.signature_xml.as_bytes());
    let (name, body_digest) = body.file.unzip();
    vec![
        record.message_id.into(),
        record.request_id.into(),
        record.part.number().into(),
        record.side.number().into(),
        record.client.to_string().into(),
        record.service.to_string().into(),
        record.peer.map(|peer| peer.to_string()).into(),
        record.operation.into(),
        now.unix_micros().into(),
        record.status.map(i64::from).into(),
        record.duration.map(|d| i64::try_from(d.as_micros()).unwrap_or(i64::MAX)).into(),
        record.signer.into(),
        digest.as_ref().to_vec().into(),
        i64::try_from(body.size).unwrap_or(i64::MAX).into(),
        name.into(),
        body_digest.into(),
        Vec::from(record.message).into(),
        body.inline.into(),
        signature.signature_xml.into(),
        signature.hash_chain_result.into(),
        signature.hash_chain.into(),
    ]
}
