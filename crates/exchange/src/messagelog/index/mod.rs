//! The index: what people and programs look for in the message log. It is made from the ledger and is behind it by
//! moments; it can be thrown away at any time.
//!
//! Every process has its own, in SQLite, also where several gateways share a ledger in PostgreSQL: they need no
//! agreement about it, and looking things up costs the shared database nothing.

mod memory;
mod names;
mod row;
mod schema;
mod seek;
mod sqlite;
mod upkeep;
mod write;

pub(super) use memory::MemoryIndex;
pub(super) use row::{Change, Progress, Row, RowMessage, hash, number, place};
pub(super) use seek::{FOUND_MAX, Sought};
pub(super) use sqlite::SqliteIndex;

use super::encoding::Archived;
use super::{Latency, Part, Side};
use mekong_base::Instant;
use mekong_ledger::BlobId;
use mekong_store::StoreError;
use std::path::PathBuf;

/// Where the index is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IndexPlace {
    /// In a SQLite file.
    File(PathBuf),
    /// In memory: for simulations, and never for a log that grows.
    Memory,
}

/// The index of one process.
#[derive(Clone)]
pub(super) enum Index {
    Sqlite(SqliteIndex),
    Memory(MemoryIndex),
}

/// Questions that both kinds answer; how, is told where SQLite does.
macro_rules! questions {
    ($($name:ident($($argument:ident: $kind:ty),*) -> $answer:ty;)*) => {$(
        /// # Errors
        /// [`StoreError`].
        pub(super) async fn $name(&self, $($argument: $kind),*) -> Result<$answer, StoreError> {
            match self {
                Self::Sqlite(index) => index.damage.noted(index.$name($($argument),*).await),
                Self::Memory(index) => Ok(index.$name($($argument),*)),
            }
        }
    )*};
}

impl Index {
    /// Opens or creates it.
    ///
    /// # Errors
    /// [`StoreError`], if the folder cannot be used.
    pub(super) async fn open(place: IndexPlace) -> Result<Self, StoreError> {
        match place {
            IndexPlace::File(file) => SqliteIndex::open(file).await.map(Self::Sqlite),
            IndexPlace::Memory => Ok(Self::Memory(MemoryIndex::default())),
        }
    }

    /// An empty one in its place.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(super) async fn replace(&self) -> Result<Self, StoreError> {
        match self {
            Self::Sqlite(index) => index.replace().await.map(Self::Sqlite),
            Self::Memory(_) => Ok(Self::Memory(MemoryIndex::default())),
        }
    }

    /// A question found it damaged: it is to be made anew.
    pub(super) fn is_damaged(&self) -> bool {
        match self {
            Self::Sqlite(index) => index.damage.is_found(),
            Self::Memory(_) => false,
        }
    }

    /// Resolves when a question has found it damaged; for one that waits.
    pub(super) async fn damaged(&self) {
        match self {
            Self::Sqlite(index) => index.damage.found().await,
            Self::Memory(_) => std::future::pending().await,
        }
    }

    questions! {
        progress() -> Progress;
        seek(id: &str) -> Sought;
        apply(changes: Vec<Change>, progress: Progress) -> ();
        page(wanted: &Wanted, given_up: Instant, before: Option<u64>, limit: u32) -> (Vec<Row>, Option<u64>);
        at(position: u64) -> Option<Row>;
        by_message_id(message_id: &str, limit: u32) -> Vec<Row>;
        by_request(request_hash: i64) -> Vec<u64>;
        request_hashes(before: u64, limit: u32) -> Vec<(u64, Instant, i64)>;
        stamp_of(message: u64) -> Option<u64>;
        from(position: u64, limit: u32) -> Vec<Row>;
        last_archives() -> Vec<Archived>;
        newest_archives(limit: u32) -> Vec<Archived>;
        first_since(at: Instant) -> Option<u64>;
        blobs(last: Option<BlobId>, limit: u32) -> Vec<BlobId>;
    }

    /// # Errors
    /// [`StoreError`].
    pub(super) async fn durations(&self, limit: u32, searched: u64) -> Result<Vec<Latency>, StoreError> {
        match self {
            Self::Sqlite(index) => index.damage.noted(index.durations(limit, searched).await),
            Self::Memory(index) => Ok(index.durations(limit)),
        }
    }

    /// # Errors
    /// [`StoreError`].
    pub(super) async fn forget_before(&self, position: u64, limit: u32) -> Result<bool, StoreError> {
        match self {
            Self::Sqlite(index) => index.damage.noted(index.forget_before(position, limit).await),
            Self::Memory(index) => {
                index.forget_before(position);
                Ok(false)
            }
        }
    }

    /// For tests that look at how a question is answered.
    #[cfg(test)]
    pub(super) async fn plan(&self, sql: &str) -> Result<Vec<String>, StoreError> {
        match self {
            Self::Sqlite(index) => index.plan(sql).await,
            Self::Memory(_) => Ok(Vec::new()),
        }
    }

    /// # Errors
    /// [`StoreError`].
    pub(super) async fn close(&self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(index) => index.close().await,
            Self::Memory(_) => Ok(()),
        }
    }
}

/// Which exchanges are wanted. What is `None` does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Who asked, as `INSTANCE/CLASS/CODE/SUBSYSTEM`.
    pub client: Option<String>,
    /// What was asked, as `INSTANCE/CLASS/CODE/SUBSYSTEM/SERVICE`.
    pub service: Option<String>,
    /// This gateway's side.
    pub side: Option<Side>,
    /// HTTP status of the answer, at least. Exchanges that ended with a fault are among them, whatever it is, and requests
    /// that have no answer after an hour: more than any service may take.
    pub status_min: Option<u16>,
    /// Recorded not before.
    pub since: Option<Instant>,
    /// Recorded before.
    pub until: Option<Instant>,
}

impl Wanted {
    /// Whether an exchange is wanted. `is_given_up`: it has no answer, and none will come.
    pub(super) fn takes(&self, row: &Row, is_given_up: bool) -> bool {
        self.client.as_ref().is_none_or(|client| *client == row.client)
            && self.service.as_ref().is_none_or(|service| *service == row.service)
            && self.side.is_none_or(|side| side == row.side)
            && self.status_min.is_none_or(|least| {
                row.fault.is_some() || is_given_up || row.status.is_some_and(|status| status >= least)
            })
            && self.since.is_none_or(|since| row.at >= since)
            && self.until.is_none_or(|until| row.at < until)
    }
}

/// Numbers of the two parts in the `parts` column.
const fn flag(part: Part) -> i64 {
    match part {
        Part::Request => 1,
        Part::Response => 2,
    }
}

/// Positions, numbers and sizes in SQL, which has no unsigned numbers.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
