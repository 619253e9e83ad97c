//! Where the index knows an exchange to be, by either of its ids.

use super::row::{hash, number};
use super::sqlite::SqliteIndex;
use super::{signed, unsigned};
use crate::messagelog::Part;
use mekong_store::StoreError;
use sqlx::SqliteConnection;
use std::collections::BTreeSet;

/// Exchanges of one id, at most; an id that a client uses again and again names more.
pub(in super::super) const FOUND_MAX: usize = 64;

/// Where an id is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Sought {
    /// Positions of the records that the id names, of why they failed, and of the time-stamps over them, rising.
    pub(in super::super) positions: Vec<u64>,
    /// Everything before this position is in the index.
    pub(in super::super) indexed_to: u64,
}

impl SqliteIndex {
    /// Seeks an `X-Road-Id` or an `x-road-request-id`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(in super::super) async fn seek(&self, id: &str) -> Result<Sought, StoreError> {
        let indexed_to = self.progress().await?.indexed_to;
        let mut connection = self.database.reader().await?;
        let mut found = of_message(&mut connection, id).await?;
        for client in clients(&mut connection).await? {
            if found.len() >= FOUND_MAX {
                break;
            }
            found.extend(of_request(&mut connection, &client, id).await?);
        }
        let mut positions: BTreeSet<u64> = found.iter().copied().take(FOUND_MAX).collect();
        for position in found.into_iter().take(FOUND_MAX) {
            positions.extend(failure_of(&mut connection, position).await?);
            for part in [Part::Request, Part::Response] {
                positions.extend(stamp_of(&mut connection, number(position, part)).await?);
            }
        }
        Ok(Sought { positions: positions.into_iter().collect(), indexed_to })
    }
}

async fn of_message(connection: &mut SqliteConnection, id: &str) -> Result<BTreeSet<u64>, StoreError> {
    let select = "SELECT e.position FROM bucket b CROSS JOIN exchange e WHERE e.bucket = b.id AND e.message_hash = $1 \
        AND e.message_id = $2 ORDER BY e.position LIMIT 64";
    let query = sqlx::query_scalar(select).bind(hash(&[id])).bind(id.to_owned());
    let found: Vec<i64> = query.fetch_all(connection).await?;
    Ok(found.into_iter().map(unsigned).collect())
}

async fn of_request(connection: &mut SqliteConnection, client: &str, id: &str) -> Result<Vec<u64>, StoreError> {
    let select = "SELECT e.position FROM bucket b CROSS JOIN exchange e WHERE e.bucket = b.id AND e.request_hash = $1 \
        AND e.request_id = $2 ORDER BY e.position LIMIT 64";
    let query = sqlx::query_scalar(select).bind(hash(&[client, id])).bind(id.to_owned());
    let found: Vec<i64> = query.fetch_all(connection).await?;
    Ok(found.into_iter().map(unsigned).collect())
}

/// Everybody who may have asked: requests are known by their client and id together. Gateways have names like clients.
async fn clients(connection: &mut SqliteConnection) -> Result<Vec<String>, StoreError> {
    let select = "SELECT name FROM name WHERE length(name) - length(replace(name, '/', '')) = 3 ORDER BY id";
    Ok(sqlx::query_scalar(select).fetch_all(connection).await?)
}

async fn failure_of(connection: &mut SqliteConnection, request: u64) -> Result<Option<u64>, StoreError> {
    let select = "SELECT position FROM failure WHERE request = $1";
    let found: Option<i64> = sqlx::query_scalar(select).bind(signed(request)).fetch_optional(connection).await?;
    Ok(found.map(unsigned))
}

async fn stamp_of(connection: &mut SqliteConnection, message: u64) -> Result<Option<u64>, StoreError> {
    let select = "SELECT first, position FROM stamp WHERE last >= $1 ORDER BY last LIMIT 1";
    let found: Option<(i64, i64)> = sqlx::query_as(select).bind(signed(message)).fetch_optional(connection).await?;
    Ok(found.filter(|(first, _)| unsigned(*first) <= message).map(|(_, position)| unsigned(position)))
}
