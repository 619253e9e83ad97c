//! Time-stamping in the background: all records that wait share one time-stamp, by way of a hash chain.

use super::log::Inner;
use super::{MessageLog, MessageLogError};
use mekong_authority::tsp_client::TspClient;
use mekong_crypto::DigestAlgorithm;
use mekong_message::timestamp;
use mekong_pki::Certificate;
use mekong_pki::tsp::Token;
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;
use tokio::task::JoinHandle;

/// How a time-stamp is got: a request for a token over this digest, answered with the DER token.
///
/// The token must be verified, over this digest and by an authority that the directory approves, and must have the
/// authority's certificate inside. An error is a sentence that names the authority and the failure. Asked anew for
/// every batch, so it can follow the directory.
pub type Stamp = Arc<dyn Fn(DigestAlgorithm, Vec<u8>) -> StampFuture + Send + Sync>;

/// What [`Stamp`] returns.
pub type StampFuture = Pin<Box<dyn Future<Output = Result<Vec<u8>, String>> + Send>>;

/// The usual [`Stamp`]: asks the authorities that `approved` names at that time, as URLs and certificates, until one
/// gives a good token.
pub fn stamp_by_http(
    client: TspClient,
    approved: impl Fn() -> (Vec<String>, Vec<Certificate>) + Send + Sync + 'static,
) -> Stamp {
    Arc::new(move |algorithm, digest| {
        let client = client.clone();
        let (urls, authorities) = approved();
        Box::pin(async move {
            let token = client.stamp(algorithm, &digest, &urls, &authorities).await;
            token.map(|token| token.der).map_err(|error| error.to_string())
        })
    })
}

/// The digest of hash chains and imprints.
const DIGEST: DigestAlgorithm = DigestAlgorithm::Sha512;
/// How far the time in a token may be from our own. Evidence is judged by the time in it, so that one far off would make
/// good messages worthless, or date them wrongly.
const TIME_DIFFERENCE_MAX: Duration = Duration::from_secs(600);
/// Rows of one `INSERT` into `stamp`.
const ROWS: usize = 100;

/// The source of time-stamps and the task that uses it.
#[derive(Default)]
pub(super) struct Stamping {
    source: Mutex<Option<Stamp>>,
    task: Mutex<Option<JoinHandle<()>>>,
    /// One batch at a time, or records would be stamped twice.
    turn: tokio::sync::Mutex<()>,
}

impl Stamping {
    pub(super) fn stop(&self) {
        if let Some(task) = self.task.lock().unwrap_or_else(PoisonError::into_inner).take() {
            task.abort();
        }
    }

    fn source(&self) -> Result<Stamp, MessageLogError> {
        let source = self.source.lock().unwrap_or_else(PoisonError::into_inner);
        source.clone().ok_or(MessageLogError::NoAuthority)
    }
}

impl Drop for Stamping {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A record that waits: number and digest of its `signatures.xml`.
type Waiting = (i64, Vec<u8>);

/// A time-stamp to be stored.
struct Stamped {
    token: Vec<u8>,
    hash_chain_result: Option<String>,
    stamps: Vec<(i64, Option<String>)>,
    stamped_to: i64,
    at: i64,
}

impl MessageLog {
    /// Begins to stamp records with tokens from `source`: at once, then every [`Config::interval`](super::Config), and
    /// every [`Config::retry`](super::Config) while it fails. Ends when the log is closed or dropped.
    pub fn start_stamping(&self, source: Stamp) {
        self.0.stamping.stop();
        *self.0.stamping.source.lock().unwrap_or_else(PoisonError::into_inner) = Some(source);
        let task = tokio::spawn(stamp_for_ever(Arc::downgrade(&self.0)));
        *self.0.stamping.task.lock().unwrap_or_else(PoisonError::into_inner) = Some(task);
    }

    /// Stamps all records that wait, without waiting for the next interval. Returns how many were stamped.
    ///
    /// # Errors
    /// [`MessageLogError::NoAuthority`] before [`MessageLog::start_stamping`]; [`MessageLogError::Authority`] if the
    /// authority failed; others if a record cannot be stamped or the stamp not stored. The failure counts for
    /// [`MessageLog::accepting`].
    pub async fn stamp_now(&self) -> Result<usize, MessageLogError> {
        self.0.stamp_all().await
    }
}

async fn stamp_for_ever(log: Weak<Inner>) {
    while let Some(wait) = stamp_once(&log).await {
        tokio::time::sleep(wait).await;
    }
}

/// Stamps all that waits; returns how long to rest, or `None` when the log is gone.
async fn stamp_once(log: &Weak<Inner>) -> Option<Duration> {
    let log = log.upgrade()?;
    let done = log.stamp_all().await;
    Some(if done.is_ok() { log.config.interval } else { log.config.retry })
}

impl Inner {
    async fn stamp_all(&self) -> Result<usize, MessageLogError> {
        let source = self.stamping.source()?;
        let _turn = self.stamping.turn.lock().await;
        let mut stamped = 0;
        loop {
            match self.stamp_batch(&source).await {
                Ok(0) => {
                    self.note_success().await;
                    return Ok(stamped);
                }
                Ok(count) => stamped += count,
                Err(error) => {
                    self.note_failure(&error).await;
                    return Err(error);
                }
            }
        }
    }

    async fn stamp_batch(&self, source: &Stamp) -> Result<usize, MessageLogError> {
        let waiting = self.waiting().await?;
        let stamped = match waiting.as_slice() {
            [] => return Ok(0),
            [(id, _)] => self.stamp_one(*id, source).await?,
            several => self.stamp_several(several, source).await?,
        };
        let count = stamped.stamps.len();
        self.database.write(|connection| Box::pin(store(connection, stamped))).await?;
        tracing::debug!(records = count, "time-stamped");
        Ok(count)
    }

    async fn waiting(&self) -> Result<Vec<Waiting>, MessageLogError> {
        let rows = sqlx::query(
            "SELECT id, signature_digest FROM message \
             WHERE id > (SELECT stamped_to FROM progress) ORDER BY id LIMIT $1",
        )
        .bind(i64::from(self.config.batch))
        .fetch_all(self.database.reader())
        .await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
    }

    /// One record alone: the imprint is over the signature value, as the reference does it.
    async fn stamp_one(&self, id: i64, source: &Stamp) -> Result<Stamped, MessageLogError> {
        let signature: String = sqlx::query_scalar("SELECT signature FROM message WHERE id = $1")
            .bind(id)
            .fetch_one(self.database.reader())
            .await?;
        let value = timestamp::signature_value(&signature)
            .map_err(|error| MessageLogError::Signature { id, source: Box::new(error) })?;
        let token = self.ask(source, DIGEST.digest(&value).as_ref()).await?;
        let at = self.clock.now().unix_micros();
        Ok(Stamped { token, hash_chain_result: None, stamps: vec![(id, None)], stamped_to: id, at })
    }

    /// Several records: a hash chain over their signatures, the imprint over its result.
    async fn stamp_several(&self, waiting: &[Waiting], source: &Stamp) -> Result<Stamped, MessageLogError> {
        let digests: Vec<&[u8]> = waiting.iter().map(|(_, digest)| digest.as_slice()).collect();
        let batch = timestamp::batch(&digests, DIGEST)?;
        let token = self.ask(source, batch.imprint(DIGEST).as_ref()).await?;
        let ids = waiting.iter().map(|(id, _)| *id);
        Ok(Stamped {
            token,
            hash_chain_result: Some(batch.hash_chain_result),
            stamped_to: ids.clone().next_back().unwrap_or(0),
            stamps: ids.zip(batch.hash_chains.into_iter().map(Some)).collect(),
            at: self.clock.now().unix_micros(),
        })
    }

    async fn ask(&self, source: &Stamp, digest: &[u8]) -> Result<Vec<u8>, MessageLogError> {
        let der = source(DIGEST, digest.to_vec()).await.map_err(MessageLogError::Authority)?;
        let token = Token::from_der(&der).map_err(|error| MessageLogError::Authority(error.to_string()))?;
        let (said, now) = (token.info.gen_time, self.clock.now());
        if said.since(now).max(now.since(said)) <= TIME_DIFFERENCE_MAX {
            return Ok(der);
        }
        let text = format!("the time-stamp is of {said} and our clock says {now}: set the clock that is wrong");
        Err(MessageLogError::Authority(text))
    }

    async fn note_success(&self) {
        if self.timeliness.succeeded() {
            tracing::info!("time-stamps are to be had again");
            self.remember_failing(None).await;
        }
    }

    async fn note_failure(&self, error: &MessageLogError) {
        tracing::warn!(%error, "records wait for a time-stamp");
        let now = self.clock.now();
        if self.timeliness.failed(now, error.to_string()) {
            self.remember_failing(Some(now.unix_micros())).await;
        }
    }

    async fn remember_failing(&self, since: Option<i64>) {
        let statement = sqlx::query("UPDATE progress SET failing_since = $1").bind(since);
        if let Err(error) = self.database.execute(statement).await {
            tracing::warn!(%error, "could not write down since when time-stamping fails");
        }
    }
}

async fn store(connection: &mut SqliteConnection, stamped: Stamped) -> Result<(), mekong_store::StoreError> {
    let timestamp: i64 = sqlx::query_scalar(
        "INSERT INTO timestamp (stamped_at, token, hash_chain_result) VALUES ($1, $2, $3) RETURNING id",
    )
    .bind(stamped.at)
    .bind(stamped.token)
    .bind(stamped.hash_chain_result)
    .fetch_one(&mut *connection)
    .await?;
    for stamps in stamped.stamps.chunks(ROWS) {
        let mut insert = QueryBuilder::<Sqlite>::new("INSERT INTO stamp (message, timestamp, hash_chain) ");
        insert.push_values(stamps, |mut row, (message, hash_chain)| {
            row.push_bind(*message).push_bind(timestamp).push_bind(hash_chain.clone());
        });
        insert.build().execute(&mut *connection).await?;
    }
    sqlx::query("UPDATE progress SET stamped_to = $1").bind(stamped.stamped_to).execute(connection).await?;
    Ok(())
}
