//! Work that one gateway at a time does for all that share a log: time-stamps and archives. Who does it has a lock in the
//! database, which ends with its connection: when it dies, another takes over.

use super::MessageLogError;
use super::index::hash;
use mekong_store::Postgres;
use sqlx::{Connection, PgConnection};
use tokio::sync::Mutex;

/// What is done by one gateway at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Work {
    Archiving,
    Stamping,
}

/// The work of this gateway.
#[derive(Default)]
pub(super) struct Leases {
    shared: Option<(Postgres, String)>,
    archiving: Mutex<Option<PgConnection>>,
    stamping: Mutex<Option<PgConnection>>,
}

/// A connection for locks of this process: they end soon after it does, even when its machine loses power.
///
/// # Errors
/// [`MessageLogError::Store`] if the database does not answer.
pub(super) async fn of_its_own(database: &Postgres) -> Result<PgConnection, MessageLogError> {
    Ok(database.answer(database.pool().acquire()).await?.detach())
}

impl Leases {
    /// For a log that is shared through a database under a name.
    pub(super) fn shared(database: Postgres, name: &str) -> Self {
        Self { shared: Some((database, name.to_owned())), ..Self::default() }
    }

    /// Whether this gateway is the one that does the work now; a log of its own is always its work.
    ///
    /// # Errors
    /// [`MessageLogError::Store`] if the database does not answer.
    pub(super) async fn have(&self, work: Work) -> Result<bool, MessageLogError> {
        let Some((database, name)) = &self.shared else { return Ok(true) };
        let mut held = self.of(work).lock().await;
        if let Some(mut connection) = held.take()
            && database.answer(connection.ping()).await.is_ok()
        {
            *held = Some(connection);
            return Ok(true);
        }
        let mut connection = of_its_own(database).await?;
        let key = hash(&["message log", name, &format!("{work:?}")]);
        let lock = sqlx::query_scalar("SELECT pg_try_advisory_lock($1)").bind(key);
        let locked: bool = database.answer(lock.fetch_one(&mut connection)).await?;
        if locked {
            tracing::info!(?work, "this gateway does it now for all that share the message log");
            *held = Some(connection);
        } else {
            let _ = connection.close().await;
        }
        Ok(locked)
    }

    const fn of(&self, work: Work) -> &Mutex<Option<PgConnection>> {
        match work {
            Work::Archiving => &self.archiving,
            Work::Stamping => &self.stamping,
        }
    }

    /// Leaves all work to others.
    pub(super) async fn release(&self) {
        for held in [&self.archiving, &self.stamping] {
            if let Some(connection) = held.lock().await.take() {
                let _ = connection.close().await;
            }
        }
    }
}
