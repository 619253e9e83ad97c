//! Requests that several gateways could answer at the same time: which of them does is agreed by a row in the database.
//!
//! A row is written before a request is answered and stays when something was logged of it: then its record in the ledger
//! says more. It needs not survive a crash of the database, as the gateways that could disagree are cut off with it.
//!
//! Who claims holds a lock in the database as long as its connection lives, and renews its claims while it works on them, however
//! long a service takes. When it dies in the middle of a message, the lock is gone at once, or in half a minute if its machine
//! lost power; when it fails and lives, nobody renews the claim. Then another takes the message over; it does not know how far
//! the first one came, so it says so.

use super::MessageLogError;
use super::lease;
use super::repeats::Repeats;
use mekong_base::{Clock, Instant};
use mekong_store::{Migration, Postgres};
use sqlx::{Connection as _, PgConnection};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

pub(super) const MIGRATIONS: &[Migration] = &[
    Migration {
        version: 1,
        name: "requests that are being answered",
        sql: "
CREATE TABLE message_claim (
    log           TEXT NOT NULL,
    request       BIGINT NOT NULL,        -- hash of client and request id
    claimed_at    BIGINT NOT NULL,        -- microseconds since 1970
    PRIMARY KEY (log, request)
);
CREATE INDEX message_claim_by_time ON message_claim (log, claimed_at);
",
    },
    Migration {
        version: 2,
        name: "who answers them",
        sql: "ALTER TABLE message_claim ADD COLUMN holder BIGINT NOT NULL DEFAULT 0", // the key of its lock
    },
];

/// For a server that is away; between attempts the first wait, and the longest.
const PATIENCE: Duration = Duration::from_secs(30);
const WAIT_FIRST: Duration = Duration::from_millis(20);
const WAIT_LONGEST: Duration = Duration::from_secs(1);
/// How often it is seen to that the lock is held, as the database may have been started again, and that claims are renewed.
const LOOKED_AFTER: Duration = Duration::from_secs(5);
/// Claims so old are renewed by who works on them.
const RENEWED: Duration = Duration::from_secs(30);
/// A claim so old is nobody's any more, whatever its lock says. Clocks may be a minute apart.
const ABANDONED: Duration = Duration::from_secs(120);
const _: () = assert!(RENEWED.as_secs() + LOOKED_AFTER.as_secs() + 60 < ABANDONED.as_secs());

/// The claims of a log.
#[derive(Debug, Clone)]
pub(super) struct Claims {
    database: Postgres,
    log: String,
    /// The key of the lock that says that this process lives.
    holder: i64,
    /// Has the lock.
    alive: Arc<Mutex<Option<PgConnection>>>,
}

impl Claims {
    pub(super) fn new(database: Postgres, log: &str) -> Self {
        // Not negative, as the database shows the two halves of a key without a sign.
        let (random, _) = uuid::Uuid::new_v4().as_u64_pair();
        let holder = i64::try_from(random >> 1).unwrap_or(1).max(1);
        Self { database, log: log.to_owned(), holder, alive: Arc::default() }
    }

    /// Takes the lock, and takes it again when its connection ends; renews the claims of what is under way.
    pub(super) async fn keep_alive(self, repeats: Arc<Repeats>, clock: Clock) {
        loop {
            if let Err(error) = self.live().await {
                tracing::debug!(%error, "the database does not know that this gateway lives");
            }
            if let Err(error) = self.renew(&repeats.under_way(), clock.now()).await {
                tracing::debug!(%error, "the database does not know that requests are still being answered");
            }
            tokio::time::sleep(LOOKED_AFTER).await;
        }
    }

    /// Sees to it that the lock is held.
    ///
    /// # Errors
    /// [`MessageLogError::Store`].
    pub(super) async fn live(&self) -> Result<(), MessageLogError> {
        let mut alive = self.alive.lock().await;
        if let Some(connection) = alive.as_mut()
            && self.database.answer(connection.ping()).await.is_ok()
        {
            return Ok(());
        }
        *alive = None;
        let mut connection = lease::of_its_own(&self.database).await?;
        let lock = sqlx::query("SELECT pg_advisory_lock($1)").bind(self.holder);
        self.database.answer(lock.execute(&mut connection)).await?;
        *alive = Some(connection);
        Ok(())
    }

    /// Says of requests that they are still being answered, if this gateway claimed them.
    ///
    /// # Errors
    /// [`MessageLogError::Store`].
    pub(super) async fn renew(&self, requests: &[i64], now: Instant) -> Result<(), MessageLogError> {
        if requests.is_empty() {
            return Ok(());
        }
        let update = "UPDATE message_claim SET claimed_at = $3 \
            WHERE log = $1 AND request = ANY($2) AND holder = $4 AND claimed_at < $5";
        let update = sqlx::query(update).bind(self.log.clone()).bind(requests.to_vec()).bind(now.unix_micros());
        let update = update.bind(self.holder).bind((now - RENEWED).unix_micros());
        self.database.answer(update.execute(self.database.pool())).await?;
        Ok(())
    }

    /// How long the database waits until it asks whether this process is still there, in its own words.
    #[cfg(test)]
    pub(super) async fn asked_after(&self) -> Option<String> {
        let mut alive = self.alive.lock().await;
        sqlx::query_scalar("SHOW tcp_keepalives_idle").fetch_one(alive.as_mut()?).await.ok()
    }

    /// Gives the lock back: what is still claimed is for others.
    pub(super) async fn end(&self) {
        if let Some(connection) = self.alive.lock().await.take() {
            let _ = connection.close().await;
        }
    }

    /// Whether this gateway is the first to claim a request.
    ///
    /// # Errors
    /// [`MessageLogError::Store`]: then it is not known.
    pub(super) async fn claim(&self, request: i64, now: Instant) -> Result<bool, MessageLogError> {
        let insert = "WITH lazily AS (SELECT set_config('synchronous_commit', 'off', true)) \
            INSERT INTO message_claim AS c (log, request, claimed_at, holder) SELECT $1, $2, $3, $4 FROM lazily \
            ON CONFLICT (log, request) DO UPDATE SET claimed_at = excluded.claimed_at WHERE c.holder = excluded.holder";
        self.change(insert, &[request, now.unix_micros(), self.holder]).await
    }

    /// Whether this gateway takes over a claim that another left behind when it died, or this one when it failed; how far that
    /// came is not known. That nobody answers the request in this process is for the caller to know.
    ///
    /// # Errors
    /// [`MessageLogError::Store`].
    pub(super) async fn take_over(&self, request: i64, now: Instant) -> Result<bool, MessageLogError> {
        let update = "UPDATE message_claim SET claimed_at = $3, holder = $5 WHERE log = $1 AND request = $2 \
            AND (claimed_at < $4 OR holder = $5 OR holder <> 0 AND NOT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' \
            AND objsubid = 1 AND classid::bigint << 32 | objid::bigint = holder))";
        self.change(update, &[request, now.unix_micros(), (now - ABANDONED).unix_micros(), self.holder]).await
    }

    /// Nothing was logged of a claimed request: who asks again is answered.
    pub(super) async fn leave(&self, request: i64) {
        let delete = sqlx::query("DELETE FROM message_claim WHERE log = $1 AND request = $2 AND holder = $3");
        let delete = delete.bind(self.log.clone()).bind(request).bind(self.holder);
        if let Err(error) = self.database.answer(delete.execute(self.database.pool())).await {
            tracing::debug!(%error, "a claim stays until it counts as abandoned");
        }
    }

    /// Forgets claims before a time.
    ///
    /// # Errors
    /// [`MessageLogError::Store`].
    pub(super) async fn forget_before(&self, at: Instant) -> Result<(), MessageLogError> {
        self.change("DELETE FROM message_claim WHERE log = $1 AND claimed_at < $2", &[at.unix_micros()])
            .await
            .map(|_| ())
    }

    /// Whether a change of a row was made. Waits for a server that is away, as appends to the ledger do, but not for ever; a
    /// change can be attempted again when it is not known whether it was made. The numbers are the values after the log.
    async fn change(&self, sql: &'static str, numbers: &[i64]) -> Result<bool, MessageLogError> {
        let give_up = tokio::time::Instant::now() + PATIENCE;
        let mut wait = WAIT_FIRST;
        loop {
            let query = sqlx::query(sql).bind(self.log.clone());
            let query = numbers.iter().fold(query, |query, number| query.bind(*number));
            match self.database.answer(query.execute(self.database.pool())).await {
                Ok(done) => return Ok(done.rows_affected() > 0),
                Err(error) if error.is_lost() && tokio::time::Instant::now() < give_up => {
                    tracing::debug!(%error, "the database is away: trying again");
                    tokio::time::sleep(wait).await;
                    wait = (wait * 2).min(WAIT_LONGEST);
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
}
