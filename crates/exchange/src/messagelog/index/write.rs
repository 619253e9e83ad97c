//! Changes written into the index, many at once.

use super::names::Names;
use super::row::{Change, Progress, Row, hash};
use super::schema::BUCKET_BITS;
use super::{flag, signed};
use crate::messagelog::encoding::Archived;
use mekong_base::Instant;
use mekong_ledger::BlobId;
use mekong_store::StoreError;
use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;
use sqlx::{AssertSqlSafe, Sqlite, SqliteConnection};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// Rows of one `INSERT`.
const ROWS: usize = 32;

const COLUMNS: [&str; 19] = [
    "position",
    "recorded_at",
    "side",
    "parts",
    "status",
    "duration",
    "client",
    "service",
    "peer",
    "request_signer",
    "response_signer",
    "request_body",
    "response_body",
    "bucket",
    "message_hash",
    "request_hash",
    "message_id",
    "request_id",
    "operation",
];

/// `INSERT` of one row, and of [`ROWS`].
static INSERTS: LazyLock<(String, String)> = LazyLock::new(|| (insert(1), insert(ROWS)));

fn insert(rows: usize) -> String {
    // Without names: SQLite looks `$1` up in a list, in time that grows with the square of their number.
    let row = format!("({})", ["?"; COLUMNS.len()].join(", "));
    format!("INSERT INTO exchange ({}) VALUES {}", COLUMNS.join(", "), vec![row; rows].join(", "))
}

/// Writes changes and how far everything is then.
///
/// # Errors
/// [`StoreError`]; nothing is to be committed then.
pub(super) async fn apply(
    connection: &mut SqliteConnection,
    names: &mut Names,
    changes: Vec<Change>,
    progress: Progress,
) -> Result<(), StoreError> {
    let mut rows = Vec::with_capacity(changes.len());
    let mut blobs: BTreeMap<BlobId, u64> = BTreeMap::new();
    for change in changes {
        match change {
            Change::Messages(row, used) => {
                blobs.extend(used.into_iter().map(|blob| (blob, row.position)));
                rows.push(*row);
            }
            Change::Stamp { position, at, first, last, .. } => stamp(connection, position, at, first, last).await?,
            Change::Archived { position, at, archived } => archive(connection, position, at, &archived).await?,
            Change::Carried { at, carried, .. } => {
                for archived in &carried.archives {
                    carry(connection, at, archived).await?;
                }
            }
            Change::Failed { position, request, code } => fail(connection, position, request, code).await?,
            Change::Stamping(_) => {}
        }
    }
    insert_rows(connection, names, rows).await?;
    for (blob, position) in blobs {
        let upsert = "INSERT INTO blob (id, position) VALUES ($1, $2) \
            ON CONFLICT (id) DO UPDATE SET position = excluded.position WHERE excluded.position > blob.position";
        sqlx::query(upsert).bind(blob.0.to_vec()).bind(signed(position)).execute(&mut *connection).await?;
    }
    set_progress(connection, progress).await
}

async fn insert_rows(connection: &mut SqliteConnection, names: &mut Names, rows: Vec<Row>) -> Result<(), StoreError> {
    let buckets: BTreeSet<i64> = rows.iter().map(|row| signed(row.position >> BUCKET_BITS)).collect();
    for bucket in buckets {
        let insert = "INSERT INTO bucket (id) VALUES ($1) ON CONFLICT DO NOTHING";
        sqlx::query(insert).bind(bucket).execute(&mut *connection).await?;
    }
    let (one, several) = &*INSERTS;
    let mut rows = rows.into_iter();
    loop {
        let chunk: Vec<Row> = rows.by_ref().take(ROWS).collect();
        if chunk.len() == ROWS {
            let mut query = sqlx::query(AssertSqlSafe(several.as_str()));
            for row in chunk {
                query = bind(query, connection, names, row).await?;
            }
            query.execute(&mut *connection).await?;
            continue;
        }
        for row in chunk {
            let query = bind(sqlx::query(AssertSqlSafe(one.as_str())), connection, names, row).await?;
            query.execute(&mut *connection).await?;
        }
        return Ok(());
    }
}

type Insert = Query<'static, Sqlite, SqliteArguments>;

/// Adds the values of a row, in the order of [`COLUMNS`].
async fn bind(
    query: Insert,
    connection: &mut SqliteConnection,
    names: &mut Names,
    row: Row,
) -> Result<Insert, StoreError> {
    let signer = |message: Option<&super::RowMessage>| message.map(|message| message.signer.clone());
    let size = |message: Option<&super::RowMessage>| message.map_or(0, |message| signed(message.body_size));
    let (request, response) = (row.request.as_ref(), row.response.as_ref());
    let request_hash = hash(&[&row.client, &row.request_id]);
    Ok(query
        .bind(signed(row.position))
        .bind(row.at.unix_micros())
        .bind(row.side.number())
        .bind(row.each().map(|(part, _)| flag(part)).sum::<i64>())
        .bind(row.status.map(i64::from))
        .bind(row.duration.map(|d| i64::try_from(d.as_micros()).unwrap_or(i64::MAX)))
        .bind(names.number(connection, &row.client).await?)
        .bind(names.number(connection, &row.service).await?)
        .bind(names.optional(connection, row.peer.as_deref()).await?)
        .bind(names.optional(connection, signer(request).as_deref()).await?)
        .bind(names.optional(connection, signer(response).as_deref()).await?)
        .bind(size(request))
        .bind(size(response))
        .bind(signed(row.position >> BUCKET_BITS))
        .bind(hash(&[&row.message_id]))
        .bind(request_hash)
        .bind(row.message_id)
        .bind(row.request_id)
        .bind(row.operation))
}

async fn stamp(
    connection: &mut SqliteConnection,
    position: u64,
    at: Instant,
    first: u64,
    last: u64,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO stamp (position, stamped_at, first, last) VALUES ($1, $2, $3, $4)")
        .bind(signed(position))
        .bind(at.unix_micros())
        .bind(signed(first))
        .bind(signed(last))
        .execute(connection)
        .await?;
    Ok(())
}

/// A request may fail, and be made again by the one who asked: the last word counts.
async fn fail(connection: &mut SqliteConnection, position: u64, request: u64, code: String) -> Result<(), StoreError> {
    let upsert = "INSERT INTO failure (request, position, code) VALUES ($1, $2, $3) \
        ON CONFLICT (request) DO UPDATE SET position = excluded.position, code = excluded.code";
    sqlx::query(upsert).bind(signed(request)).bind(signed(position)).bind(code).execute(connection).await?;
    Ok(())
}

async fn archive(
    connection: &mut SqliteConnection,
    position: u64,
    at: Instant,
    archived: &Archived,
) -> Result<(), StoreError> {
    insert_archive(connection, signed(position), at, archived).await
}

async fn insert_archive(
    connection: &mut SqliteConnection,
    position: i64,
    at: Instant,
    archived: &Archived,
) -> Result<(), StoreError> {
    let insert = "INSERT INTO archive (position, made_at, grouped, file, last_digest, sha256, containers, archived_to, \
        all_archived_to) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    sqlx::query(insert)
        .bind(position)
        .bind(at.unix_micros())
        .bind(archived.group.clone())
        .bind(archived.file.clone())
        .bind(archived.last_digest.clone())
        .bind(archived.sha256.to_vec())
        .bind(signed(archived.containers))
        .bind(signed(archived.to))
        .bind(signed(archived.all_to))
        .execute(connection)
        .await?;
    Ok(())
}

/// The last archive of a group, unless it is known.
async fn carry(connection: &mut SqliteConnection, at: Instant, archived: &Archived) -> Result<(), StoreError> {
    let known: i64 = sqlx::query_scalar("SELECT count(*) FROM archive WHERE grouped = $1")
        .bind(archived.group.clone())
        .fetch_one(&mut *connection)
        .await?;
    if known > 0 {
        return Ok(());
    }
    // It was made before all that is left; groups do not share a position.
    let lowest: i64 = sqlx::query_scalar("SELECT min(coalesce(min(position), 0), 0) FROM archive")
        .fetch_one(&mut *connection)
        .await?;
    insert_archive(connection, lowest - 1, at, archived).await
}

async fn set_progress(connection: &mut SqliteConnection, progress: Progress) -> Result<(), StoreError> {
    let update = "UPDATE progress SET indexed_to = $1, messages = $2, stamped = $3, stamped_to = $4, stamped_at = $5, \
        failing_since = $6, archived_to = $7";
    sqlx::query(update)
        .bind(signed(progress.indexed_to))
        .bind(signed(progress.messages))
        .bind(signed(progress.stamped))
        .bind(signed(progress.stamped_to))
        .bind(progress.stamped_at.map(Instant::unix_micros))
        .bind(progress.failing_since.map(Instant::unix_micros))
        .bind(signed(progress.archived_to))
        .execute(connection)
        .await?;
    Ok(())
}
