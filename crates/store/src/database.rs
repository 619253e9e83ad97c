//! The database: opened, read, written, backed up, closed.

use crate::append::{Table, Value};
use crate::error::is_busy_sql;
use crate::migration::migrate;
use crate::readers::{Reader, Readers};
use crate::task::{Command, JobFuture};
use crate::writer::Writer;
use crate::{Migration, StoreError, backup, file};
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqliteQueryResult, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, Sqlite, SqliteConnection};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};

/// How a database is used. The defaults suit a gateway and a register alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Connections that read at the same time.
    pub readers: u32,
    /// Jobs that may wait for the writer; further callers wait for a place.
    pub queue: usize,
    /// Jobs that share one transaction, at most.
    pub group: usize,
    /// How long a statement waits for another process that writes.
    pub busy_timeout: Duration,
    /// Pages that the file may grow to, for a disk with a quota; `None` for SQLite's own limit.
    pub pages_max: Option<u32>,
}

impl Default for Options {
    fn default() -> Self {
        Self { readers: 4, queue: 1024, group: 256, busy_timeout: Duration::from_secs(5), pages_max: None }
    }
}

/// A SQLite file in WAL mode with `synchronous=FULL`: what [`Database::write`] acknowledged survives a crash of the
/// process, the machine or its power supply. Clones share it.
#[derive(Clone)]
pub struct Database(Arc<Inner>);

struct Inner {
    path: PathBuf,
    readers: Readers,
    writer: mpsc::Sender<Command>,
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Database").field(&self.0.path).finish()
    }
}

impl Database {
    /// Opens or creates the database and brings it to the last of `migrations`. Creates the folder too.
    ///
    /// Must be called inside a Tokio runtime, which then runs the writer.
    ///
    /// # Errors
    /// [`StoreError::Open`] and [`StoreError::File`] if the place cannot be used; [`StoreError::Newer`] if a newer
    /// release wrote it; [`StoreError::MigrationChanged`], [`StoreError::MigrationFailed`],
    /// [`StoreError::MigrationOrder`].
    pub async fn open(path: impl AsRef<Path>, migrations: &[Migration]) -> Result<Self, StoreError> {
        Self::open_with(path, migrations, Options::default()).await
    }

    /// [`Database::open`] with other than the default options.
    ///
    /// # Errors
    /// As [`Database::open`].
    pub async fn open_with(
        path: impl AsRef<Path>,
        migrations: &[Migration],
        options: Options,
    ) -> Result<Self, StoreError> {
        let path = path.as_ref().to_owned();
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder).map_err(|source| StoreError::File { path: folder.to_owned(), source })?;
        let connect = writing(&path, &options);
        let opening = |source| StoreError::Open { path: path.clone(), source };
        let mut connection = connect_patiently(&connect, options.busy_timeout).await.map_err(opening)?;
        migrate(&mut connection, &path, migrations).await?;
        file::sync_folder(folder)?;
        // What is noted to undo a part of a transaction is noted in memory: a file would be made, written and removed each time.
        // Only now, as migrations may sort whole tables.
        sqlx::query("PRAGMA temp_store = MEMORY").execute(&mut connection).await.map_err(opening)?;
        let connect = connect.pragma("temp_store", "MEMORY");

        let readers = Readers::new(reading(&path, &options), options.readers);
        let (writer, commands) = mpsc::channel(options.queue);
        tokio::spawn(Writer::new(path.clone(), connection, connect, commands, options.group).run());
        Ok(Self(Arc::new(Inner { path, readers, writer })))
    }

    /// Opens a database that another process keeps, to read it: no job that writes is taken, and its tables are as they are.
    ///
    /// # Errors
    /// [`StoreError::Open`] if it is not there or not to be read.
    pub async fn read_only(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let (path, options) = (path.as_ref().to_owned(), Options::default());
        let connect = reading(&path, &options);
        let opening = |source| StoreError::Open { path: path.clone(), source };
        let probe = connect_patiently(&connect, options.busy_timeout).await.map_err(opening)?;
        probe.close().await.map_err(opening)?;
        let (writer, _) = mpsc::channel(1);
        Ok(Self(Arc::new(Inner { path, readers: Readers::new(connect, options.readers), writer })))
    }

    /// The database file.
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// A read-only connection that sees what is committed; waits while all are in use. A statement that writes fails here.
    ///
    /// # Errors
    /// [`StoreError::Closed`]; [`StoreError::Sql`] if none came free for 30 seconds, or the file does not open.
    pub async fn reader(&self) -> Result<Reader, StoreError> {
        self.0.readers.lend().await
    }

    /// Runs `job` in a transaction; when this resolves with `Ok`, its work is on disk.
    ///
    /// The job must not begin or end transactions, nor write by another call to this database, for which it would wait
    /// for ever. If it returns an error, all that it wrote is undone and the error
    /// is handed back. Waits while the queue is full. If the caller stops waiting, the job may or may not be done.
    ///
    /// # Errors
    /// The job's own, or why the transaction could not be committed; see [`StoreError::is_full`].
    pub async fn write<T, F>(&self, job: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> JobFuture<'c, T, StoreError> + Send + 'static,
    {
        self.transact(job).await
    }

    /// [`Database::write`] for a job with its own error type.
    ///
    /// # Errors
    /// As [`Database::write`].
    pub async fn transact<T, E, F>(&self, job: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> JobFuture<'c, T, E> + Send + 'static,
    {
        let (command, answer) = Command::job(job);
        self.0.writer.send(command).await.map_err(|_| StoreError::Closed)?;
        answer.await.unwrap_or_else(|_| Err(StoreError::Closed.into()))
    }

    /// Runs one statement like [`Database::write`], at less cost: one statement needs no savepoint.
    ///
    /// # Errors
    /// As [`Database::write`].
    pub async fn execute(
        &self,
        statement: Query<'static, Sqlite, SqliteArguments>,
    ) -> Result<SqliteQueryResult, StoreError> {
        let (command, answer) = Command::statement(statement);
        self.0.writer.send(command).await.map_err(|_| StoreError::Closed)?;
        answer.await.unwrap_or(Err(StoreError::Closed))
    }

    /// Appends rows to a table, all or none, like [`Database::write`] but at the least cost: the rows of callers that wait
    /// at the same time become one `INSERT`. Returns the number (`INTEGER PRIMARY KEY`) of the last row; the rows of one
    /// call are numbered without a gap.
    ///
    /// # Errors
    /// As [`Database::write`].
    pub async fn append(&self, table: &'static Table, rows: Vec<Vec<Value>>) -> Result<i64, StoreError> {
        let (command, answer) = Command::append(table, rows);
        self.0.writer.send(command).await.map_err(|_| StoreError::Closed)?;
        answer.await.unwrap_or(Err(StoreError::Closed))
    }

    /// Writes a consistent copy to `to`, which must not exist, while the database stays in use. Durable when it
    /// resolves; a copy that fails leaves nothing at `to`.
    ///
    /// # Errors
    /// [`StoreError::File`] if `to` exists or cannot be written, [`StoreError::Sql`] if copying fails.
    pub async fn backup(&self, to: impl AsRef<Path>) -> Result<(), StoreError> {
        backup::copy(&self.0.path, to.as_ref()).await
    }

    /// Finishes the waiting jobs, moves the log into the database file and closes it. Later calls find it closed.
    ///
    /// # Errors
    /// [`StoreError::Sql`] if the log could not be moved; nothing is lost then, the next start does it.
    pub async fn close(&self) -> Result<(), StoreError> {
        self.0.readers.close().await;
        let (command, answer) = Command::close();
        if self.0.writer.send(command).await.is_err() {
            return Ok(());
        }
        answer.await.unwrap_or(Ok(()))
    }
}

/// Connects, again while another process turns the same new file to WAL: for that lock SQLite does not wait by itself.
async fn connect_patiently(connect: &SqliteConnectOptions, patience: Duration) -> sqlx::Result<SqliteConnection> {
    let give_up = Instant::now() + patience;
    loop {
        match SqliteConnection::connect_with(connect).await {
            Err(error) if is_busy_sql(&error) && Instant::now() < give_up => sleep(Duration::from_millis(5)).await,
            outcome => return outcome,
        }
    }
}

fn writing(path: &Path, options: &Options) -> SqliteConnectOptions {
    let connect = common(path, options)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .pragma("wal_autocheckpoint", "4000")
        .pragma("journal_size_limit", "67108864");
    match options.pages_max {
        Some(pages) => connect.pragma("max_page_count", pages.to_string()),
        None => connect,
    }
}

fn reading(path: &Path, options: &Options) -> SqliteConnectOptions {
    common(path, options).read_only(true)
}

fn common(path: &Path, options: &Options) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .foreign_keys(true)
        .busy_timeout(options.busy_timeout)
        .disable_statement_logging()
}
