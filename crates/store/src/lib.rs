//! The embedded database: one SQLite file with migrations, a few readers and one group-committing writer; and PostgreSQL.
//!
//! [`Database::write`] resolves only when its work is on disk: jobs that wait at the same time share one
//! transaction and one `fsync`, each in its own savepoint, so that a failing job spoils no other.
//! [`Database::append`] is the cheapest way to add rows, for logs.
//! [`Database::reader`] lends a read-only connection that sees the last committed state.
//! [`mod@file`] writes and removes single files with the same promise, [`lines`] are files that several processes append to.
//!
//! [`Postgres`] is a database that several processes share, with the same [`Migration`]s; `testing::Postgres` (feature
//! `testing`) is a real one for tests.
//!
//! Not here: tables and queries, which belong to the room that owns the data, and object storage.
//! SQL is written with `$1` placeholders, in the subset that SQLite and PostgreSQL share.
//!
//! ```
//! use mekong_store::{Database, Migration, StoreError};
//!
//! const MIGRATIONS: &[Migration] = &[Migration {
//!     version: 1,
//!     name: "people",
//!     sql: "CREATE TABLE person (id TEXT PRIMARY KEY, name TEXT NOT NULL)",
//! }];
//!
//! # tokio::runtime::Runtime::new()?.block_on(async {
//! # let folder = tempfile::tempdir()?;
//! let database = Database::open(folder.path().join("people.db"), MIGRATIONS).await?;
//! // Several statements, all or none, durable when it resolves:
//! let people: i64 = database
//!     .write(|connection| {
//!         Box::pin(async move {
//!             sqlx::query("INSERT INTO person (id, name) VALUES ($1, $2)")
//!                 .bind("1").bind("Khamla").execute(&mut *connection).await?;
//!             Ok(sqlx::query_scalar("SELECT count(*) FROM person").fetch_one(connection).await?)
//!         })
//!     })
//!     .await?;
//! assert_eq!(people, 1);
//! // One statement, the cheapest way to write:
//! database.execute(sqlx::query("UPDATE person SET name = $2 WHERE id = $1").bind("1").bind("Kham La")).await?;
//! let name: String =
//!     sqlx::query_scalar("SELECT name FROM person WHERE id = $1").bind("1").fetch_one(&mut *database.reader().await?).await?;
//! assert_eq!(name, "Kham La");
//! database.close().await?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod append;
mod backup;
mod database;
mod error;
pub mod file;
pub mod lines;
mod migration;
mod postgres;
mod readers;
mod task;
#[cfg(feature = "testing")]
pub mod testing;
mod writer;

pub use append::{Table, Value};
pub use database::{Database, Options};
pub use error::StoreError;
pub use migration::Migration;
pub use postgres::{Postgres, PostgresOptions};
pub use readers::Reader;
pub use task::JobFuture;
