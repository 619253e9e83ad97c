//! The tables and what is asked of them.

use crate::LedgerError;
use crate::tree::{FullTile, TileAt, Tree, to_bytes};
use mekong_store::{Migration, Postgres, StoreError};
use sqlx::Row;
use sqlx::postgres::PgRow;
use std::ops::Range;

/// Rows that one statement removes.
const REMOVED_AT_ONCE: i64 = 10_000;
/// How long names of groups are kept: longer than the statement of a lost connection can linger in the server.
const GROUPS_KEPT: &str = "10 minutes";
/// How long that of the last group of a process: longer than it can be cut off from the server and come back to ask.
const LAST_GROUP_KEPT: &str = "90 days";

pub(super) const MIGRATIONS: &[Migration] = &[Migration {
    version: 1,
    name: "ledger",
    sql: "
    -- One row for each ledger. Whoever appends locks it until the commit, so that positions follow commits.
    CREATE TABLE ledger_head (
        ledger BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        id BYTEA NOT NULL,
        next BIGINT NOT NULL DEFAULT 0,
        first BIGINT NOT NULL DEFAULT 0
    ) WITH (fillfactor = 10);
    -- salt: of an encrypted record the nonce, 12 bytes and zeros; payload: then salt and payload, and the tag.
    CREATE TABLE ledger_record (
        ledger BIGINT NOT NULL, position BIGINT NOT NULL, kind SMALLINT NOT NULL, at BIGINT NOT NULL,
        salt BYTEA NOT NULL, payload BYTEA NOT NULL, key BYTEA,
        PRIMARY KEY (ledger, position)
    );
    ALTER TABLE ledger_record ALTER COLUMN payload SET STORAGE EXTERNAL;
    -- Names of groups, so that one whose answer was lost is found again.
    CREATE TABLE ledger_group (
        ledger BIGINT NOT NULL, writer BYTEA NOT NULL, number BIGINT NOT NULL, first BIGINT NOT NULL,
        recorded TIMESTAMPTZ NOT NULL DEFAULT now(),
        PRIMARY KEY (ledger, writer, number)
    );
    CREATE TABLE ledger_tile (
        ledger BIGINT NOT NULL, level SMALLINT NOT NULL, number BIGINT NOT NULL, hashes BYTEA NOT NULL,
        PRIMARY KEY (ledger, level, number)
    );
    -- The hashes of tiles that are not full, as of some size.
    CREATE TABLE ledger_edge (ledger BIGINT PRIMARY KEY, size BIGINT NOT NULL, edge BYTEA NOT NULL);
    CREATE TABLE ledger_blob (
        store TEXT NOT NULL, id BYTEA NOT NULL, length BIGINT NOT NULL, key BYTEA, nonce BYTEA NOT NULL,
        put TIMESTAMPTZ NOT NULL DEFAULT now(),
        PRIMARY KEY (store, id)
    );
    CREATE TABLE ledger_blob_chunk (
        store TEXT NOT NULL, id BYTEA NOT NULL, number BIGINT NOT NULL, content BYTEA NOT NULL,
        PRIMARY KEY (store, id, number),
        FOREIGN KEY (store, id) REFERENCES ledger_blob ON DELETE CASCADE
    );
    ALTER TABLE ledger_blob_chunk ALTER COLUMN content SET STORAGE EXTERNAL;
    ",
}];

/// One statement, hence one transaction: gives positions, names the group, records, tells others.
pub(super) const APPEND: &str = "
    WITH head AS (
        UPDATE ledger_head SET next = next + $2 WHERE ledger = $1 RETURNING next - $2 AS first
    ), named AS (
        INSERT INTO ledger_group (ledger, writer, number, first) SELECT $1, $3, $4, first FROM head
    ), recorded AS (
        INSERT INTO ledger_record (ledger, position, kind, at, salt, payload, key)
        SELECT $1, head.first + new.place - 1, new.kind, $5, new.salt, new.payload, $6
        FROM head, unnest($7::SMALLINT[], $8::BYTEA[], $9::BYTEA[]) WITH ORDINALITY AS new (kind, salt, payload, place)
    )
    SELECT first, pg_notify('mekong_ledger', $1 || ' ' || first + $2)::TEXT FROM head";

/// What a ledger's row says.
pub(super) struct LedgerRow {
    pub(super) number: i64,
    pub(super) id: [u8; 16],
    pub(super) next: u64,
    pub(super) first: u64,
    /// The tree as it was stored last.
    pub(super) edge: Option<Vec<u8>>,
}

/// One statement: what is told of a ledger was true at one moment, however busy others are.
const LEDGER: &str = "
    SELECT ledger, id, next, first, (SELECT edge FROM ledger_edge WHERE ledger_edge.ledger = ledger_head.ledger)
    FROM ledger_head WHERE name = $1";

fn position(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

/// A position as the tables have it. The tree ends at the same number.
pub(super) fn stored(position: u64) -> i64 {
    i64::try_from(position).unwrap_or(i64::MAX)
}

/// The row of the ledger of this name, which is made if need be.
pub(super) async fn begin(database: &Postgres, name: &str, id: [u8; 16]) -> Result<LedgerRow, LedgerError> {
    let new = sqlx::query("INSERT INTO ledger_head (name, id) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING");
    database.answer(new.bind(name).bind(id.as_slice()).execute(database.pool())).await?;
    let row = sqlx::query(LEDGER).bind(name).fetch_one(database.pool());
    ledger_row(&database.answer(row).await?)
}

/// The row of the ledger of this name, if there is one.
pub(super) async fn find(database: &Postgres, name: &str) -> Result<Option<LedgerRow>, LedgerError> {
    let row = sqlx::query(LEDGER).bind(name).fetch_optional(database.pool());
    database.answer(row).await?.map(|row| ledger_row(&row)).transpose()
}

fn ledger_row(row: &PgRow) -> Result<LedgerRow, LedgerError> {
    let id = row.try_get::<&[u8], _>(1)?.try_into().unwrap_or_default();
    let (next, first) = (position(row.try_get(2)?), position(row.try_get(3)?));
    Ok(LedgerRow { number: row.try_get(0)?, id, next, first, edge: row.try_get(4)? })
}

/// Next and first position.
pub(super) async fn bounds(database: &Postgres, ledger: i64) -> Result<(u64, u64), StoreError> {
    let row = sqlx::query("SELECT next, first FROM ledger_head WHERE ledger = $1").bind(ledger);
    let row = database.answer(row.fetch_one(database.pool())).await?;
    Ok((position(row.try_get(0)?), position(row.try_get(1)?)))
}

/// Position of the first record of a group, if that is there.
pub(super) async fn find_group(
    database: &Postgres,
    ledger: i64,
    writer: &[u8],
    number: i64,
) -> Result<Option<u64>, StoreError> {
    let first = sqlx::query_scalar("SELECT first FROM ledger_group WHERE ledger = $1 AND writer = $2 AND number = $3");
    let first = first.bind(ledger).bind(writer).bind(number).fetch_optional(database.pool());
    let first: Option<i64> = database.answer(first).await?;
    Ok(first.map(position))
}

/// Forgets names of groups that nobody asks for any more: a process asks for its last one alone, for as long as it lives.
pub(super) async fn forget_groups(database: &Postgres, ledger: i64) -> Result<(), StoreError> {
    let old = sqlx::query(
        "DELETE FROM ledger_group AS old WHERE ledger = $1 AND recorded < now() - $2::TEXT::INTERVAL
             AND (recorded < now() - $3::TEXT::INTERVAL OR EXISTS (
                 SELECT FROM ledger_group AS later
                 WHERE later.ledger = $1 AND later.writer = old.writer AND later.number > old.number))",
    );
    let old = old.bind(ledger).bind(GROUPS_KEPT).bind(LAST_GROUP_KEPT);
    database.answer(old.execute(database.pool())).await?;
    Ok(())
}

pub(super) async fn read(
    database: &Postgres,
    ledger: i64,
    range: Range<u64>,
    count: usize,
) -> Result<Vec<PgRow>, LedgerError> {
    let rows = sqlx::query(
        "SELECT position, kind, at, salt, payload, key FROM ledger_record
         WHERE ledger = $1 AND position >= $2 AND position < $3 ORDER BY position LIMIT $4",
    );
    let rows = rows.bind(ledger).bind(stored(range.start)).bind(stored(range.end)).bind(stored(count as u64));
    Ok(database.answer(rows.fetch_all(database.pool())).await?)
}

pub(super) async fn tile(database: &Postgres, ledger: i64, tile: TileAt) -> Result<Option<Vec<u8>>, LedgerError> {
    let hashes = sqlx::query_scalar("SELECT hashes FROM ledger_tile WHERE ledger = $1 AND level = $2 AND number = $3");
    let hashes = hashes.bind(ledger).bind(i16::from(tile.level)).bind(stored(tile.index));
    Ok(database.answer(hashes.fetch_optional(database.pool())).await?)
}

/// Stores full tiles, which other processes may have stored already, and the edge that relies on them unless a later one
/// is there.
pub(super) async fn store_tiles(
    database: &Postgres,
    ledger: i64,
    tiles: &[FullTile],
    edge: Option<(&Tree, &[u8; 16])>,
) -> Result<(), LedgerError> {
    let levels: Vec<i16> = tiles.iter().map(|(tile, _)| i16::from(tile.level)).collect();
    let numbers: Vec<i64> = tiles.iter().map(|(tile, _)| stored(tile.index)).collect();
    let hashes: Vec<Vec<u8>> = tiles.iter().map(|(_, hashes)| to_bytes(hashes)).collect();
    let store = async {
        let mut transaction = database.pool().begin().await?;
        let insert = sqlx::query(
            "INSERT INTO ledger_tile (ledger, level, number, hashes)
             SELECT $1, * FROM unnest($2::SMALLINT[], $3::BIGINT[], $4::BYTEA[]) ON CONFLICT DO NOTHING",
        );
        insert.bind(ledger).bind(levels).bind(numbers).bind(hashes).execute(&mut *transaction).await?;
        if let Some((tree, id)) = edge {
            let edge = sqlx::query(
                "INSERT INTO ledger_edge (ledger, size, edge) VALUES ($1, $2, $3)
                 ON CONFLICT (ledger) DO UPDATE SET size = excluded.size, edge = excluded.edge
                 WHERE ledger_edge.size < excluded.size",
            );
            let edge = edge.bind(ledger).bind(stored(tree.size())).bind(tree.encode(id));
            edge.execute(&mut *transaction).await?;
        }
        transaction.commit().await
    };
    Ok(database.answer(store).await?)
}

/// Removes records before `position` that are in the stored tree; gives the first position left.
pub(super) async fn remove_before(database: &Postgres, ledger: i64, position: u64) -> Result<u64, LedgerError> {
    let first = sqlx::query_scalar(
        "UPDATE ledger_head SET first = greatest(first, least($2, next,
             coalesce((SELECT size FROM ledger_edge WHERE ledger = $1), 0)))
         WHERE ledger = $1 RETURNING first",
    );
    let first = first.bind(ledger).bind(stored(position)).fetch_one(database.pool());
    let first: i64 = database.answer(first).await?;
    loop {
        let removed = sqlx::query(
            "DELETE FROM ledger_record WHERE ledger = $1 AND position IN (
                 SELECT position FROM ledger_record WHERE ledger = $1 AND position < $2 ORDER BY position LIMIT $3)",
        );
        let removed = removed.bind(ledger).bind(first).bind(REMOVED_AT_ONCE).execute(database.pool());
        let removed = database.answer(removed).await?;
        if removed.rows_affected() == 0 {
            return Ok(self::position(first));
        }
    }
}
