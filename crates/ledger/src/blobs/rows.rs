//! Blobs in PostgreSQL: a row each, and their content in chunks.
//!
//! Another process may remove what no record names. What this one has put it therefore touches again when someone puts it
//! after a while; what was touched lately is not removed by anyone.

use super::files::{Source, chunk_nonce, digest};
use super::{BLOB_KEPT, BlobId, CHUNK};
use crate::at_rest::{Cipher, KeyId, TAG_LEN};
use crate::disk::{Disk, DiskFile};
use crate::postgres::patiently;
use crate::{Keys, LedgerError};
use bytes::Bytes;
use mekong_crypto::random;
use mekong_store::Postgres;
use sqlx::{PgConnection, Row};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// How long what was touched needs no touch; far less than [`BLOB_KEPT`].
const FRESH: Duration = Duration::from_secs(30);
/// How many are remembered.
const REMEMBERED: usize = 4096;

/// The blobs of one name in a database.
pub(super) struct RowStore {
    database: Postgres,
    name: String,
    keys: Keys,
    touched: Mutex<BTreeMap<BlobId, Instant>>,
}

/// Where content comes from, piece by piece.
#[derive(Clone)]
enum Content {
    Memory(Bytes),
    File(Arc<DiskFile>, PathBuf),
}

impl RowStore {
    pub(super) async fn open(database: &Postgres, name: &str, keys: Keys) -> Result<Self, LedgerError> {
        crate::postgres::migrate(database).await?;
        Ok(Self { database: database.clone(), name: name.to_owned(), keys, touched: Mutex::default() })
    }

    pub(super) async fn put(&self, id: BlobId, content: Bytes) -> Result<(), LedgerError> {
        let length = content.len() as u64;
        self.store(id, Content::Memory(content), length).await
    }

    pub(super) async fn put_file(&self, path: PathBuf) -> Result<BlobId, LedgerError> {
        let (file, source) = (path.clone(), path.clone());
        let fault = move |error| LedgerError::io(&file, error);
        let opened = move || -> Result<_, LedgerError> {
            let file = Disk::real().open(&source).map_err(&fault)?;
            let length = file.len().map_err(&fault)?;
            Ok((digest(&Disk::real(), &source)?, file, length))
        };
        let opened = tokio::task::spawn_blocking(opened).await;
        let (id, file, length) = opened.unwrap_or(Err(LedgerError::Closed))?;
        self.store(id, Content::File(Arc::new(file), path), length).await?;
        Ok(id)
    }

    async fn store(&self, id: BlobId, content: Content, length: u64) -> Result<(), LedgerError> {
        if self.is_fresh(id) {
            return Ok(());
        }
        let start = Instant::now();
        patiently(|| self.try_store(id, content.clone(), length)).await?;
        let mut touched = self.touched.lock().unwrap_or_else(PoisonError::into_inner);
        if touched.len() >= REMEMBERED {
            touched.retain(|_, at| at.elapsed() < FRESH);
        }
        if touched.len() < REMEMBERED {
            touched.insert(id, start);
        }
        Ok(())
    }

    fn is_fresh(&self, id: BlobId) -> bool {
        let touched = self.touched.lock().unwrap_or_else(PoisonError::into_inner);
        touched.get(&id).is_some_and(|at| at.elapsed() < FRESH)
    }

    /// Puts or touches; of two that put the same, one waits for the other.
    async fn try_store(&self, id: BlobId, content: Content, length: u64) -> Result<(), LedgerError> {
        let touch = sqlx::query("UPDATE ledger_blob SET put = now() WHERE store = $1 AND id = $2");
        let touch = touch.bind(&self.name).bind(id.0.as_slice()).execute(self.database.pool());
        let touched = self.database.answer(touch).await?;
        if touched.rows_affected() > 0 {
            return Ok(());
        }
        let mut nonce = [0; 16];
        random::fill(&mut nonce).map_err(|_| LedgerError::NoRandomness)?;
        let key = self.keys.current();
        let cipher = self.cipher(key, &nonce)?;
        let mut transaction = self.database.answer(self.database.pool().begin()).await?;
        let insert = sqlx::query(
            "INSERT INTO ledger_blob (store, id, length, key, nonce) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (store, id) DO UPDATE SET put = now() RETURNING xmax = 0",
        );
        let length_stored = i64::try_from(length).unwrap_or(i64::MAX);
        let insert = insert.bind(&self.name).bind(id.0.as_slice()).bind(length_stored);
        let key = cipher.is_some().then_some(key.as_slice());
        let insert = insert.bind(key).bind(nonce.as_slice()).fetch_one(&mut *transaction);
        let row = self.database.answer(insert).await?;
        if row.try_get(0)? {
            self.insert(&mut transaction, id, content, length, cipher.as_ref()).await?;
        }
        Ok(self.database.answer(transaction.commit()).await?)
    }

    async fn insert(
        &self,
        connection: &mut PgConnection,
        id: BlobId,
        content: Content,
        length: u64,
        cipher: Option<&Cipher>,
    ) -> Result<(), LedgerError> {
        for (number, offset) in (0i64..).zip((0..length).step_by(CHUNK)) {
            let mut chunk = content.read(offset, length).await?;
            if let Some(cipher) = cipher
                && !cipher.seal(chunk_nonce(offset, length), &[], &mut chunk)
            {
                return Err(LedgerError::NoRandomness);
            }
            let insert =
                sqlx::query("INSERT INTO ledger_blob_chunk (store, id, number, content) VALUES ($1, $2, $3, $4)");
            let insert = insert.bind(&self.name).bind(id.0.as_slice()).bind(number).bind(chunk);
            self.database.answer(insert.execute(&mut *connection)).await?;
        }
        Ok(())
    }

    fn cipher(&self, key: KeyId, nonce: &[u8]) -> Result<Option<Cipher>, LedgerError> {
        self.keys.cipher(key, &[b"blob", nonce], || format!("{}, a blob of {}", self.database.place(), self.name))
    }

    pub(super) async fn contains(&self, id: BlobId) -> Result<bool, LedgerError> {
        let find = || async {
            let found = sqlx::query_scalar("SELECT EXISTS (SELECT FROM ledger_blob WHERE store = $1 AND id = $2)");
            let found = found.bind(&self.name).bind(id.0.as_slice()).fetch_one(self.database.pool());
            Ok(self.database.answer(found).await?)
        };
        patiently(find).await
    }

    /// Those that begin with this byte and were not touched lately.
    pub(super) async fn list(&self, fan: u8) -> Result<Vec<BlobId>, LedgerError> {
        let (low, high) = ([fan; 1], fan.checked_add(1).map_or([u8::MAX; 33].to_vec(), |next| vec![next]));
        let ids = sqlx::query_scalar(
            "SELECT id FROM ledger_blob
             WHERE store = $1 AND id >= $2 AND id < $3 AND put < now() - $4::BIGINT * INTERVAL '1 second'",
        );
        let ids = ids.bind(&self.name).bind(low.as_slice()).bind(high).bind(kept_seconds());
        let ids: Vec<Vec<u8>> = self.database.answer(ids.fetch_all(self.database.pool())).await?;
        Ok(ids.into_iter().filter_map(|id| id.try_into().ok().map(BlobId)).collect())
    }

    /// Removes a blob unless it was touched since it was listed. Tells whether it did.
    pub(super) async fn remove(&self, id: BlobId) -> Result<bool, LedgerError> {
        let remove = sqlx::query(
            "DELETE FROM ledger_blob WHERE store = $1 AND id = $2 AND put < now() - $3::BIGINT * INTERVAL '1 second'",
        );
        let remove = remove.bind(&self.name).bind(id.0.as_slice()).bind(kept_seconds());
        let removed = self.database.answer(remove.execute(self.database.pool())).await?;
        Ok(removed.rows_affected() > 0)
    }

    pub(super) async fn reader(&self, id: BlobId) -> Result<Option<RowReader>, LedgerError> {
        let find = || async {
            let row = sqlx::query("SELECT length, key, nonce FROM ledger_blob WHERE store = $1 AND id = $2");
            let row = row.bind(&self.name).bind(id.0.as_slice()).fetch_optional(self.database.pool());
            let row = self.database.answer(row).await?;
            let Some(row) = row else { return Ok(None) };
            let (key, nonce): (Option<&[u8]>, &[u8]) = (row.try_get(1)?, row.try_get(2)?);
            let key = key.and_then(|key| key.first_chunk()).copied().unwrap_or_default();
            let length = u64::try_from(row.try_get::<i64, _>(0)?).unwrap_or_default();
            Ok(Some(RowReader { id, length, at: 0, cipher: self.cipher(key, nonce)? }))
        };
        patiently(find).await
    }

    pub(super) async fn next(&self, reader: &mut RowReader) -> Result<Option<Bytes>, LedgerError> {
        if reader.at >= reader.length {
            return Ok(None);
        }
        let number = i64::try_from(reader.at / CHUNK as u64).unwrap_or(i64::MAX);
        let id = reader.id;
        let find = || async {
            let content = sqlx::query_scalar(
                "SELECT content FROM ledger_blob_chunk WHERE store = $1 AND id = $2 AND number = $3",
            );
            let content = content.bind(&self.name).bind(id.0.as_slice()).bind(number);
            let content = self.database.answer(content.fetch_optional(self.database.pool()));
            Ok::<Option<Vec<u8>>, LedgerError>(content.await?)
        };
        let damaged = |reason: &str| LedgerError::BlobDamaged { id: id.to_string(), reason: reason.to_owned() };
        let mut chunk = patiently(find).await?.ok_or_else(|| damaged("a part of it is missing"))?;
        let wanted = usize::try_from(reader.length - reader.at).unwrap_or(usize::MAX).min(CHUNK);
        let tag = if reader.cipher.is_some() { TAG_LEN } else { 0 };
        if chunk.len() != wanted + tag {
            return Err(damaged("a part of it has another length"));
        }
        if let Some(cipher) = &reader.cipher {
            let nonce = chunk_nonce(reader.at, reader.length);
            let opened = cipher.open(nonce, &[], &mut chunk).is_some();
            chunk.truncate(if opened { Ok(wanted) } else { Err(damaged("it cannot be decrypted")) }?);
        }
        reader.at += wanted as u64;
        Ok(Some(chunk.into()))
    }
}

fn kept_seconds() -> i64 {
    i64::try_from(BLOB_KEPT.as_secs()).unwrap_or(i64::MAX)
}

impl Content {
    async fn read(&self, offset: u64, length: u64) -> Result<Vec<u8>, LedgerError> {
        let mut chunk = Vec::with_capacity(CHUNK + TAG_LEN);
        match self {
            Self::Memory(content) => {
                let read = Source::Memory(content).read(offset, length, &mut chunk);
                read.map_err(|error| LedgerError::io(Path::new("memory"), error))?;
                Ok(chunk)
            }
            Self::File(file, path) => {
                let (file, path) = (Arc::clone(file), path.clone());
                let read = tokio::task::spawn_blocking(move || {
                    let read = Source::File(&file).read(offset, length, &mut chunk);
                    read.map(|()| chunk).map_err(|error| LedgerError::io(&path, error))
                });
                read.await.unwrap_or(Err(LedgerError::Closed))
            }
        }
    }
}

/// Reads a blob's rows.
pub(super) struct RowReader {
    id: BlobId,
    length: u64,
    /// Bytes of content read.
    at: u64,
    cipher: Option<Cipher>,
}

impl RowReader {
    pub(super) const fn len(&self) -> u64 {
        self.length
    }
}
