//! A PostgreSQL that several processes share: connections, migrations by room, transactions.

use crate::migration::{self, Migration};
use crate::{JobFuture, StoreError};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions, PgConnection, Postgres as Driver, Row, Transaction};
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

/// How a PostgreSQL is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PostgresOptions {
    /// Connections at the same time, at most.
    pub connections: u32,
    /// How long a caller waits for a free connection, and for a server that does not answer.
    pub patience: Duration,
    /// How long an answer may take ([`Postgres::answer`]).
    pub silence: Duration,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self { connections: 8, patience: Duration::from_secs(10), silence: Duration::from_secs(30) }
    }
}

/// What the server does with a connection whose other end says nothing: one whose machine died is given up after half a minute,
/// and one that stops in the middle of a transaction after a minute, so that nobody waits for its locks as long as TCP does.
const GIVEN_UP: &str = "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 4;
    SET tcp_user_timeout = 30000; SET idle_in_transaction_session_timeout = 60000";

/// A PostgreSQL database. Clones share its connections. What a transaction committed survives a crash of the server as
/// its own `synchronous_commit` and `fsync`, on by default, promise.
#[derive(Clone)]
pub struct Postgres(Arc<Inner>);

struct Inner {
    pool: PgPool,
    silence: Duration,
    /// Where it is, without its password.
    place: String,
}

impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Postgres").field(&self.0.place).finish()
    }
}

impl Postgres {
    /// Connects to `postgres://user:password@host:port/database`; TLS as its `sslmode` says (`prefer` if it says nothing;
    /// `verify-full` with `sslrootcert` for a server across a network).
    ///
    /// # Errors
    /// [`StoreError::Address`] if that is no address; [`StoreError::Open`] if nobody answers there.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        Self::open_with(url, PostgresOptions::default()).await
    }

    /// [`Postgres::open`] with other than the default options.
    ///
    /// # Errors
    /// As [`Postgres::open`].
    pub async fn open_with(url: &str, options: PostgresOptions) -> Result<Self, StoreError> {
        let connect = PgConnectOptions::from_str(url).map_err(|source| StoreError::Address { source })?;
        let connect = connect.application_name("mekong").disable_statement_logging();
        let place = place(&connect);
        let pool = PgPoolOptions::new()
            .max_connections(options.connections)
            .acquire_timeout(options.patience)
            .test_before_acquire(false)
            .after_connect(|connection, _| {
                Box::pin(async move { sqlx::raw_sql(GIVEN_UP).execute(connection).await.map(|_| ()) })
            })
            .connect_lazy_with(connect);
        let opened = Self(Arc::new(Inner { pool, silence: options.silence, place }));
        match opened.0.pool.acquire().await {
            Ok(_) => Ok(opened),
            Err(source) => Err(StoreError::Open { path: opened.path(), source }),
        }
    }

    /// Where it is, without its password: `postgres://user@host:port/database`.
    pub fn place(&self) -> &str {
        &self.0.place
    }

    /// The connections.
    pub fn pool(&self) -> &PgPool {
        &self.0.pool
    }

    /// The answer to a question. None within [`PostgresOptions::silence`] counts as a lost connection: a server whose machine
    /// died, or a network between that forgot it, does not say so, and who waits would wait for ever.
    ///
    /// # Errors
    /// What the question says; [`StoreError::is_lost`] holds for no answer.
    pub async fn answer<T>(
        &self,
        question: impl Future<Output = Result<T, sqlx::Error>> + Send,
    ) -> Result<T, StoreError> {
        match tokio::time::timeout(self.0.silence, question).await {
            Ok(answer) => Ok(answer?),
            Err(_) => Err(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into()).into()),
        }
    }

    fn path(&self) -> PathBuf {
        PathBuf::from(&self.0.place)
    }

    /// Brings the tables of a room, `scope`, to the last of its `migrations`. Processes that do so at the same time wait
    /// for each other.
    ///
    /// # Errors
    /// [`StoreError::Newer`], [`StoreError::MigrationChanged`], [`StoreError::MigrationFailed`],
    /// [`StoreError::MigrationOrder`]; [`StoreError::Sql`] if the server does not answer.
    pub async fn migrate(&self, scope: &'static str, migrations: &[Migration]) -> Result<(), StoreError> {
        migration::check_order(migrations)?;
        let mut transaction = self.0.pool.begin().await?;
        sqlx::query("SELECT pg_advisory_xact_lock(7737811)").execute(&mut *transaction).await?;
        sqlx::query(TABLE).execute(&mut *transaction).await?;
        let applied = self.applied(&mut transaction, scope, migrations).await?;
        for migration in migrations.iter().filter(|m| !applied.contains(&m.version)) {
            let failed =
                |source| StoreError::MigrationFailed { version: migration.version, name: migration.name, source };
            sqlx::raw_sql(AssertSqlSafe(migration.sql)).execute(&mut *transaction).await.map_err(failed)?;
            sqlx::query("INSERT INTO schema_migration (scope, version, name, checksum) VALUES ($1, $2, $3, $4)")
                .bind(scope)
                .bind(migration.version)
                .bind(migration.name)
                .bind(migration.checksum())
                .execute(&mut *transaction)
                .await
                .map_err(failed)?;
            tracing::info!(
                scope,
                version = migration.version,
                name = migration.name,
                database = self.place(),
                "migrated"
            );
        }
        transaction.commit().await?;
        Ok(())
    }

    /// Versions that are there; refuses unknown and changed ones.
    async fn applied(
        &self,
        transaction: &mut Transaction<'_, Driver>,
        scope: &str,
        migrations: &[Migration],
    ) -> Result<Vec<i64>, StoreError> {
        let rows =
            sqlx::query("SELECT version, name, checksum FROM schema_migration WHERE scope = $1 ORDER BY version")
                .bind(scope)
                .fetch_all(&mut **transaction)
                .await?;
        let mut versions = Vec::with_capacity(rows.len());
        for row in rows {
            let found: i64 = row.try_get(0)?;
            let Some(migration) = migrations.iter().find(|m| m.version == found) else {
                let known = migrations.last().map_or(0, |m| m.version);
                return Err(StoreError::Newer { path: self.path(), found, name: row.try_get(1)?, known });
            };
            migration::same(&row.try_get::<String, _>(2)?, &self.path(), migration)?;
            versions.push(found);
        }
        Ok(versions)
    }

    /// Runs `job` in a transaction; when this resolves with `Ok`, its work is committed. If it returns an error, all that
    /// it wrote is undone. After an error for which [`StoreError::is_lost`] holds it is unknown whether it was committed.
    ///
    /// # Errors
    /// The job's own, or why the transaction could not be committed.
    pub async fn transact<T, E, F>(&self, job: F) -> Result<T, E>
    where
        T: Send,
        E: From<StoreError>,
        F: for<'c> FnOnce(&'c mut PgConnection) -> JobFuture<'c, T, E> + Send,
    {
        let mut transaction = self.0.pool.begin().await.map_err(StoreError::from)?;
        let done = job(&mut transaction).await?;
        transaction.commit().await.map_err(StoreError::from)?;
        Ok(done)
    }

    /// Closes the connections; later calls find it closed.
    pub async fn close(&self) {
        self.0.pool.close().await;
    }
}

const TABLE: &str = "CREATE TABLE IF NOT EXISTS schema_migration (
    scope TEXT NOT NULL, version BIGINT NOT NULL, name TEXT NOT NULL, checksum TEXT NOT NULL,
    PRIMARY KEY (scope, version))";

fn place(connect: &PgConnectOptions) -> String {
    let host = connect.get_socket().map_or_else(|| connect.get_host().to_owned(), |path| path.display().to_string());
    let database = connect.get_database().unwrap_or_else(|| connect.get_username());
    format!("postgres://{}@{host}:{}/{database}", connect.get_username(), connect.get_port())
}
