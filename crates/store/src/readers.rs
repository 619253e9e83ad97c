//! The connections that read: opened when they are needed, kept, and lent to one reader at a time.
//!
//! sqlx has a pool, but it asks every connection that comes back whether it still answers, which for a file in this process
//! costs as much as the question before it.

use crate::StoreError;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, SqliteConnection};
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedMutexGuard, OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// How long a reader waits for a connection.
const PATIENCE: Duration = Duration::from_secs(30);

type Shared = Arc<tokio::sync::Mutex<SqliteConnection>>;

/// The connections of one database.
pub(crate) struct Readers {
    connect: SqliteConnectOptions,
    places: Arc<Semaphore>,
    count: u32,
    idle: Arc<Idle>,
}

/// Those that nobody has.
#[derive(Default)]
struct Idle(Mutex<Vec<Shared>>);

impl Idle {
    fn lock(&self) -> MutexGuard<'_, Vec<Shared>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection that reads, until it is dropped. Give it to sqlx as `&mut *reader`.
pub struct Reader {
    connection: OwnedMutexGuard<SqliteConnection>,
    shared: Shared,
    idle: Arc<Idle>,
    _place: OwnedSemaphorePermit,
}

impl Deref for Reader {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        &self.connection
    }
}

impl DerefMut for Reader {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.connection
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.idle.lock().push(Arc::clone(&self.shared));
    }
}

impl Readers {
    pub(crate) fn new(connect: SqliteConnectOptions, count: u32) -> Self {
        let places = Arc::new(Semaphore::new(usize::try_from(count).unwrap_or(1)));
        Self { connect, places, count, idle: Arc::default() }
    }

    /// A connection; waits while all are in use.
    ///
    /// # Errors
    /// [`StoreError::Closed`]; [`StoreError::Sql`] if none came free for long, or the file does not open.
    pub(crate) async fn lend(&self) -> Result<Reader, StoreError> {
        let place = timeout(PATIENCE, Arc::clone(&self.places).acquire_owned()).await;
        let place = place.map_err(|_| sqlx::Error::PoolTimedOut)?.map_err(|_| StoreError::Closed)?;
        let kept = self.idle.lock().pop();
        let shared = match kept {
            Some(shared) => shared,
            None => Arc::new(tokio::sync::Mutex::new(SqliteConnection::connect_with(&self.connect).await?)),
        };
        let connection = Arc::clone(&shared).lock_owned().await;
        Ok(Reader { connection, shared, idle: Arc::clone(&self.idle), _place: place })
    }

    /// Waits for those that read, and closes all.
    pub(crate) async fn close(&self) {
        let all = self.places.acquire_many(self.count).await;
        self.places.close();
        drop(all);
        let idle = std::mem::take(&mut *self.idle.lock());
        for connection in idle.into_iter().filter_map(Arc::into_inner) {
            let _ = connection.into_inner().close().await;
        }
    }
}
