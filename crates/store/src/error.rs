//! What can go wrong with a database, by whose fault, and the three questions callers ask of an error.

use std::path::PathBuf;
use std::sync::Arc;

/// An operation of the store failed. Nothing of it is stored, unless the variant says otherwise.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The folder or file cannot be used.
    #[error("cannot open the database {path}: {source}")]
    Open {
        /// The database file.
        path: PathBuf,
        /// Why.
        source: sqlx::Error,
    },
    /// The address of a PostgreSQL is none.
    #[error("not the address of a PostgreSQL ({source}): write postgres://USER:PASSWORD@HOST:PORT/DATABASE")]
    Address {
        /// Why.
        source: sqlx::Error,
    },
    /// A file of the store cannot be written, read or removed.
    #[error("{path}: {source}{}", hint(is_full_io(source)))]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The database was written by a newer release.
    #[error(
        "{path} has migration {found} ({name:?}), newer than this program, which knows up to {known}: \
         use the newer release, or restore the backup made before the upgrade"
    )]
    Newer {
        /// The database file.
        path: PathBuf,
        /// The unknown version.
        found: i64,
        /// Its name.
        name: String,
        /// The newest version this program knows; 0 if none.
        known: i64,
    },
    /// A migration that was already applied has another text now; the program is at fault.
    #[error(
        "migration {version} ({name}) was changed after it had been applied to {path}: add a new migration instead"
    )]
    MigrationChanged {
        /// The database file.
        path: PathBuf,
        /// Its version.
        version: i64,
        /// Its name.
        name: String,
    },
    /// A migration's SQL failed; the database is as it was before it.
    #[error("migration {version} ({name}): {source}")]
    MigrationFailed {
        /// Its version.
        version: i64,
        /// Its name.
        name: &'static str,
        /// Why.
        source: sqlx::Error,
    },
    /// The list of migrations is not in rising order of version; the program is at fault.
    #[error("migration {0} does not follow the one before it")]
    MigrationOrder(i64),
    /// A statement failed.
    #[error("database: {source}{}", hint(is_full_sql(source)))]
    Sql {
        /// Why.
        source: Arc<sqlx::Error>,
    },
    /// The common transaction of several jobs could not begin or commit; none of them is stored.
    #[error("{path}: not committed: {source}{}", hint(is_full_sql(source)))]
    NotCommitted {
        /// The database file.
        path: PathBuf,
        /// Why; shared by the jobs of the transaction.
        source: Arc<sqlx::Error>,
    },
    /// The job panicked and was rolled back.
    #[error("a database job panicked and was rolled back")]
    Panicked,
    /// The database was closed.
    #[error("the database is closed")]
    Closed,
}

impl StoreError {
    /// The disk or the quota is full. Free space and try again: nothing that was acknowledged is lost.
    pub fn is_full(&self) -> bool {
        match self {
            Self::File { source, .. } => is_full_io(source),
            other => other.sql().is_some_and(is_full_sql),
        }
    }

    /// Another process holds the database, or all readers are in use: trying again later may help.
    pub fn is_busy(&self) -> bool {
        self.sql().is_some_and(|error| is_busy_sql(error) || matches!(error, sqlx::Error::PoolTimedOut))
    }

    /// A row with this key is already there.
    pub fn is_duplicate(&self) -> bool {
        let duplicate = |error: &sqlx::Error| error.as_database_error().is_some_and(|e| e.is_unique_violation());
        self.sql().is_some_and(duplicate)
    }

    /// The file is not a database, or not whole (`SQLITE_CORRUPT`, `SQLITE_NOTADB`): restore it, or make it anew.
    pub fn is_damaged(&self) -> bool {
        self.sql().and_then(code).is_some_and(|code| matches!(code & 0xff, 11 | 26))
    }

    /// The connection to the server was lost, or the server is starting or stopping: what was under way is committed or
    /// not, nobody knows. Trying again later may help.
    pub fn is_lost(&self) -> bool {
        self.sql().is_some_and(is_lost_sql)
    }

    fn sql(&self) -> Option<&sqlx::Error> {
        match self {
            Self::Open { source, .. } | Self::MigrationFailed { source, .. } => Some(source),
            Self::Sql { source } | Self::NotCommitted { source, .. } => Some(source),
            _ => None,
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(source: sqlx::Error) -> Self {
        Self::Sql { source: Arc::new(source) }
    }
}

/// SQLite's extended result code (<https://www.sqlite.org/rescode.html>), of at most four digits; nothing for a `SQLSTATE`
/// of PostgreSQL, which has five characters.
pub(crate) fn code(error: &sqlx::Error) -> Option<i32> {
    error.as_database_error()?.code().filter(|code| code.len() < 5)?.parse().ok()
}

/// PostgreSQL's `SQLSTATE` (<https://www.postgresql.org/docs/current/errcodes-appendix.html>).
fn state(error: &sqlx::Error) -> Option<String> {
    error.as_database_error()?.code().filter(|code| code.len() == 5).map(|code| code.into_owned())
}

fn is_lost_sql(error: &sqlx::Error) -> bool {
    use sqlx::Error::{Io, PoolClosed, PoolTimedOut, Protocol, Tls, WorkerCrashed};
    // 08: connection exceptions; 57P01 to 57P03: shut down, crashed, not ready yet; 25006: a standby after a switch; 25P03: we
    // stopped in the middle of a transaction for too long.
    let state = state(error);
    matches!(error, Io(_) | Protocol(_) | Tls(_) | PoolTimedOut | PoolClosed | WorkerCrashed)
        || state
            .is_some_and(|s| s.starts_with("08") || ["57P01", "57P02", "57P03", "25006", "25P03"].contains(&s.as_str()))
}

/// PostgreSQL's `disk_full`, `SQLITE_FULL`, or `SQLITE_IOERR_SHMSIZE`, which SQLite gives when the disk is too full for the index of its log.
pub(crate) fn is_full_sql(error: &sqlx::Error) -> bool {
    code(error).is_some_and(|code| code & 0xff == 13 || code == 4874) || state(error).is_some_and(|s| s == "53100")
}

pub(crate) fn is_busy_sql(error: &sqlx::Error) -> bool {
    // PostgreSQL: serialization failure, deadlock, lock not available, too many connections.
    let states = ["40001", "40P01", "55P03", "53300"];
    code(error).is_some_and(|code| matches!(code & 0xff, 5 | 6))
        || state(error).is_some_and(|state| states.contains(&state.as_str()))
}

fn is_full_io(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge)
}

fn hint(full: bool) -> &'static str {
    if full { "; the disk is full: free space there, what was acknowledged is safe" } else { "" }
}
