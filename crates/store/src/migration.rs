//! Migrations: numbered SQL texts, each applied once and in its own transaction.

use crate::StoreError;
use mekong_crypto::DigestAlgorithm;
use sqlx::{AssertSqlSafe, Connection, Row, SqliteConnection};
use std::path::Path;

/// One step of a database's schema. Once released, neither changes nor disappears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Migration {
    /// Its number, from 1 on; the next migration has a higher one.
    pub version: i64,
    /// What it brings, for people.
    pub name: &'static str,
    /// One or more statements, without transaction control.
    pub sql: &'static str,
}

impl Migration {
    pub(crate) fn checksum(&self) -> String {
        format!("{:?}", DigestAlgorithm::Sha256.digest(self.sql.as_bytes()))
    }
}

const TABLE: &str = "CREATE TABLE IF NOT EXISTS schema_migration (
    version BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL)";

/// Brings the database to the last of `migrations`.
pub(crate) async fn migrate(
    connection: &mut SqliteConnection,
    path: &Path,
    migrations: &[Migration],
) -> Result<(), StoreError> {
    check_order(migrations)?;
    sqlx::query(TABLE).execute(&mut *connection).await?;
    refuse_unknown(connection, path, migrations).await?;
    for migration in migrations {
        apply(connection, path, migration).await?;
    }
    Ok(())
}

pub(crate) fn check_order(migrations: &[Migration]) -> Result<(), StoreError> {
    let mut last = 0;
    for migration in migrations {
        if migration.version <= last {
            return Err(StoreError::MigrationOrder(migration.version));
        }
        last = migration.version;
    }
    Ok(())
}

async fn refuse_unknown(
    connection: &mut SqliteConnection,
    path: &Path,
    migrations: &[Migration],
) -> Result<(), StoreError> {
    let rows = sqlx::query("SELECT version, name FROM schema_migration ORDER BY version").fetch_all(connection).await?;
    for row in rows {
        let found: i64 = row.try_get(0)?;
        if !migrations.iter().any(|m| m.version == found) {
            let known = migrations.last().map_or(0, |m| m.version);
            return Err(StoreError::Newer { path: path.to_owned(), found, name: row.try_get(1)?, known });
        }
    }
    Ok(())
}

/// Applies one migration unless it is there. Looks inside the transaction, as another process may have been quicker.
async fn apply(connection: &mut SqliteConnection, path: &Path, migration: &Migration) -> Result<(), StoreError> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let applied: Option<String> = sqlx::query_scalar("SELECT checksum FROM schema_migration WHERE version = $1")
        .bind(migration.version)
        .fetch_optional(&mut *transaction)
        .await?;
    if let Some(checksum) = applied {
        transaction.rollback().await?;
        return same(&checksum, path, migration);
    }
    let failed = |source| StoreError::MigrationFailed { version: migration.version, name: migration.name, source };
    sqlx::raw_sql(AssertSqlSafe(migration.sql)).execute(&mut *transaction).await.map_err(failed)?;
    sqlx::query("INSERT INTO schema_migration (version, name, checksum) VALUES ($1, $2, $3)")
        .bind(migration.version)
        .bind(migration.name)
        .bind(migration.checksum())
        .execute(&mut *transaction)
        .await
        .map_err(failed)?;
    transaction.commit().await.map_err(failed)?;
    tracing::info!(version = migration.version, name = migration.name, database = %path.display(), "migrated");
    Ok(())
}

pub(crate) fn same(checksum: &str, path: &Path, migration: &Migration) -> Result<(), StoreError> {
    if checksum == migration.checksum() {
        return Ok(());
    }
    Err(StoreError::MigrationChanged {
        path: path.to_owned(),
        version: migration.version,
        name: migration.name.to_owned(),
    })
}
