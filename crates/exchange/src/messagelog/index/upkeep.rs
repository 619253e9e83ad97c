//! What the household of the log asks of the index: archives, blobs, and what is to be forgotten.

use super::row::number;
use super::schema::BUCKET_BITS;
use super::sqlite::SqliteIndex;
use super::{signed, unsigned};
use crate::messagelog::Part;
use crate::messagelog::encoding::Archived;
use mekong_base::Instant;
use mekong_ledger::BlobId;
use mekong_store::StoreError;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

impl SqliteIndex {
    /// The last archive of each group.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(in super::super) async fn last_archives(&self) -> Result<Vec<Archived>, StoreError> {
        let select = "SELECT grouped, file, last_digest, sha256, containers, archived_to, all_archived_to FROM archive \
            WHERE position IN (SELECT max(position) FROM archive GROUP BY grouped) ORDER BY grouped";
        self.archives(sqlx::query(select)).await
    }

    /// The newest archives, newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(in super::super) async fn newest_archives(&self, limit: u32) -> Result<Vec<Archived>, StoreError> {
        let select = "SELECT grouped, file, last_digest, sha256, containers, archived_to, all_archived_to FROM archive \
            ORDER BY position DESC LIMIT $1";
        self.archives(sqlx::query(select).bind(i64::from(limit))).await
    }

    async fn archives(
        &self,
        query: sqlx::query::Query<'_, sqlx::Sqlite, sqlx::sqlite::SqliteArguments>,
    ) -> Result<Vec<Archived>, StoreError> {
        let archived = |row: &SqliteRow| -> Result<Archived, sqlx::Error> {
            let sha256: Vec<u8> = row.try_get(3)?;
            Ok(Archived {
                group: row.try_get(0)?,
                file: row.try_get(1)?,
                last_digest: row.try_get(2)?,
                sha256: sha256.first_chunk::<32>().copied().unwrap_or_default(),
                containers: unsigned(row.try_get(4)?),
                to: unsigned(row.try_get(5)?),
                all_to: unsigned(row.try_get(6)?),
            })
        };
        let rows = query.fetch_all(&mut *self.database.reader().await?).await?;
        Ok(rows.iter().map(archived).collect::<Result<_, _>>()?)
    }

    /// The first position at or after which records were made not before `at`; `None` if all are older.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(in super::super) async fn first_since(&self, at: Instant) -> Result<Option<u64>, StoreError> {
        let select = "SELECT min(position) FROM exchange WHERE recorded_at = \
            (SELECT min(recorded_at) FROM exchange WHERE recorded_at >= $1)";
        let first: Option<i64> =
            sqlx::query_scalar(select).bind(at.unix_micros()).fetch_one(&mut *self.database.reader().await?).await?;
        Ok(first.map(unsigned))
    }

    /// The blobs that records need, after `last` in the order of their names, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(in super::super) async fn blobs(&self, last: Option<BlobId>, limit: u32) -> Result<Vec<BlobId>, StoreError> {
        let after = last.map(|id| id.0.to_vec()).unwrap_or_default();
        let found: Vec<Vec<u8>> = sqlx::query_scalar("SELECT id FROM blob WHERE id > $1 ORDER BY id LIMIT $2")
            .bind(after)
            .bind(i64::from(limit))
            .fetch_all(&mut *self.database.reader().await?)
            .await?;
        Ok(found.iter().filter_map(|bytes| bytes.first_chunk::<32>().map(|bytes| BlobId(*bytes))).collect())
    }

    /// Forgets records before a position, at most `limit` of them; says whether there are more.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(in super::super) async fn forget_before(&self, position: u64, limit: u32) -> Result<bool, StoreError> {
        let delete = "DELETE FROM exchange WHERE position IN \
            (SELECT position FROM exchange WHERE position < $1 ORDER BY position LIMIT $2)";
        let query = sqlx::query(delete).bind(signed(position)).bind(i64::from(limit));
        let gone = self.database.execute(query).await?.rows_affected();
        if gone >= u64::from(limit) {
            return Ok(true);
        }
        let stamps = sqlx::query("DELETE FROM stamp WHERE last < $1").bind(signed(number(position, Part::Request)));
        self.database.execute(stamps).await?;
        let blobs = sqlx::query("DELETE FROM blob WHERE position < $1").bind(signed(position));
        self.database.execute(blobs).await?;
        let failures = sqlx::query("DELETE FROM failure WHERE request < $1").bind(signed(position));
        self.database.execute(failures).await?;
        let buckets = "DELETE FROM bucket WHERE id < $1 >> $2";
        let bits = i64::from(BUCKET_BITS);
        self.database.execute(sqlx::query(buckets).bind(signed(position)).bind(bits)).await?;
        Ok(false)
    }
}
