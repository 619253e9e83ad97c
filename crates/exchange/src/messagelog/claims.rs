//! Requests that several gateways could answer at the same time: which of them does is agreed by a row in the database.
//!
//! A row is written before a request is answered and stays when something was logged of it: then its record in the ledger
//! says more. It needs not survive a crash of the database, as the gateways that could disagree are cut off with it.

use super::MessageLogError;
use mekong_base::Instant;
use mekong_store::{Migration, Postgres, StoreError};
use std::time::Duration;

pub(super) const MIGRATIONS: &[Migration] = &[Migration {
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
}];

/// A claim of which nothing was logged for so long is that of a gateway that died: longer than any service may take.
const ABANDONED: Duration = Duration::from_secs(600);

/// The claims of a log.
#[derive(Debug, Clone)]
pub(super) struct Claims {
    database: Postgres,
    log: String,
}

impl Claims {
    pub(super) fn new(database: Postgres, log: &str) -> Self {
        Self { database, log: log.to_owned() }
    }

    /// Whether this gateway is the first to claim a request.
    ///
    /// # Errors
    /// [`MessageLogError::Store`]: then it is not known.
    pub(super) async fn claim(&self, request: i64, now: Instant) -> Result<bool, MessageLogError> {
        let insert = "WITH lazily AS (SELECT set_config('synchronous_commit', 'off', true)) \
            INSERT INTO message_claim AS c (log, request, claimed_at) SELECT $1, $2, $3 FROM lazily \
            ON CONFLICT (log, request) DO NOTHING";
        self.change(insert, request, now.unix_micros()).await
    }

    /// Whether this gateway takes over a claim that another left behind; nothing was logged of it.
    ///
    /// # Errors
    /// [`MessageLogError::Store`].
    pub(super) async fn take_over(&self, request: i64, now: Instant) -> Result<bool, MessageLogError> {
        let update = "UPDATE message_claim SET claimed_at = $3 WHERE log = $1 AND request = $2 AND claimed_at < $4";
        let done = sqlx::query(update)
            .bind(self.log.clone())
            .bind(request)
            .bind(now.unix_micros())
            .bind((now - ABANDONED).unix_micros())
            .execute(self.database.pool())
            .await?;
        Ok(done.rows_affected() > 0)
    }

    /// Nothing was logged of a claimed request: who asks again is answered.
    pub(super) async fn leave(&self, request: i64) {
        let delete = sqlx::query("DELETE FROM message_claim WHERE log = $1 AND request = $2");
        let left = delete.bind(self.log.clone()).bind(request).execute(self.database.pool()).await;
        if let Err(error) = left {
            tracing::debug!(%error, "a claim stays until it counts as abandoned");
        }
    }

    /// Forgets claims before a time.
    ///
    /// # Errors
    /// [`MessageLogError::Store`].
    pub(super) async fn forget_before(&self, at: Instant) -> Result<(), MessageLogError> {
        self.change("DELETE FROM message_claim WHERE log = $1 AND claimed_at < $3 AND $2 = 0", 0, at.unix_micros())
            .await
            .map(|_| ())
    }

    async fn change(&self, sql: &'static str, request: i64, at: i64) -> Result<bool, MessageLogError> {
        let query = sqlx::query(sql).bind(self.log.clone()).bind(request).bind(at);
        let done = query.execute(self.database.pool()).await.map_err(StoreError::from)?;
        Ok(done.rows_affected() > 0)
    }
}
