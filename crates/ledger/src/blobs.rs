//! Blobs: large or often repeated content beside a ledger, under the SHA-256 of what it is.
//!
//! Records name blobs by their [`BlobId`], which their commitments thereby cover. A blob is put before the record that
//! names it; one that no record names is removed by [`Blobs::remove_unreferenced`].

mod files;
mod known;
mod rows;

use crate::{Disk, Keys, LedgerError};
use bytes::{Bytes, BytesMut};
use files::{FileReader, FileStore};
use known::Known;
use mekong_base::Clock;
use mekong_crypto::{DigestAlgorithm, Hasher};
use rows::{RowReader, RowStore};
use std::fmt;
use std::path::Path;
use std::str::FromStr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long a blob that was put in PostgreSQL stays there though no record names it yet. Who put it earlier puts it again before a
/// record names it: another process may have removed it.
pub const BLOB_KEPT: Duration = Duration::from_secs(24 * 3600);

/// Bytes that are read, encrypted and written at once.
const CHUNK: usize = 64 << 10;

/// Name of a blob: the SHA-256 of its content. Its text form is hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobId(pub [u8; 32]);

/// The text is not the name of a blob.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not 64 lower-case hexadecimal digits")]
pub struct BlobIdError(String);

impl BlobId {
    /// The name of this content.
    pub fn of(content: &[u8]) -> Self {
        Self(crate::record::to_array(DigestAlgorithm::Sha256.digest(content).as_ref()))
    }
}

impl fmt::Display for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for BlobId {
    type Err = BlobIdError;
    fn from_str(text: &str) -> Result<Self, BlobIdError> {
        let mut id = [0; 32];
        let lower = !text.bytes().any(|byte| byte.is_ascii_uppercase());
        let decoded = lower && hex::decode_to_slice(text, &mut id).is_ok();
        if decoded { Ok(Self(id)) } else { Err(BlobIdError(text.chars().take(80).collect())) }
    }
}

/// A store of blobs. Clones are the same store.
#[derive(Clone)]
pub struct Blobs(Arc<Inner>);

struct Inner {
    backend: Backend,
    known: Mutex<Known>,
    clock: Clock,
}

enum Backend {
    Files(Arc<FileStore>),
    Postgres(Arc<RowStore>),
}

impl fmt::Debug for Blobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Blobs")
    }
}

impl Blobs {
    /// Opens or begins the store in `folder`. One process may use it at a time: that of the ledger beside it.
    ///
    /// # Errors
    /// [`LedgerError::Io`], [`LedgerError::Full`].
    pub async fn open_files(
        folder: impl AsRef<Path>,
        keys: Keys,
        disk: Disk,
        clock: Clock,
    ) -> Result<Self, LedgerError> {
        let store = FileStore::open(folder.as_ref(), keys, disk)?;
        Ok(Self(Arc::new(Inner { backend: Backend::Files(Arc::new(store)), known: Mutex::default(), clock })))
    }

    /// The store in `folder`, to read what is in it while another process uses it; nothing is made, nothing is tidied up.
    /// Put nothing there.
    pub fn read_files(folder: impl AsRef<Path>, keys: Keys, disk: Disk, clock: Clock) -> Self {
        let store = FileStore::reading(folder.as_ref(), keys, disk);
        Self(Arc::new(Inner { backend: Backend::Files(Arc::new(store)), known: Mutex::default(), clock }))
    }

    /// Opens or begins the store of this name in a PostgreSQL, which several processes may use.
    ///
    /// # Errors
    /// [`LedgerError::Database`].
    pub async fn open_postgres(
        database: &mekong_store::Postgres,
        name: &str,
        keys: Keys,
        clock: Clock,
    ) -> Result<Self, LedgerError> {
        let store = RowStore::open(database, name, keys).await?;
        Ok(Self(Arc::new(Inner { backend: Backend::Postgres(Arc::new(store)), known: Mutex::default(), clock })))
    }

    /// Stores content, unless it is there; durable when it resolves. Costs nothing but the digest if it was put or seen
    /// lately.
    ///
    /// # Errors
    /// [`LedgerError::Full`], [`LedgerError::Io`]; nothing is stored then.
    pub async fn put(&self, content: Bytes) -> Result<BlobId, LedgerError> {
        let id = BlobId::of(&content);
        match &self.0.backend {
            Backend::Files(store) => {
                if !self.known().put(id, self.0.clock.now()) {
                    store.run(move |store| store.put(id, &content)).await?;
                    self.known().stored(id);
                }
            }
            Backend::Postgres(store) => store.put(id, content).await?,
        }
        Ok(id)
    }

    /// Stores the content of a file of the same disk, piece by piece; otherwise like [`Blobs::put`].
    ///
    /// # Errors
    /// [`LedgerError::Full`], [`LedgerError::Io`]; nothing is stored then.
    pub async fn put_file(&self, path: impl AsRef<Path>) -> Result<BlobId, LedgerError> {
        let path = path.as_ref().to_owned();
        match &self.0.backend {
            Backend::Files(store) => {
                let source = path.clone();
                let id = store.run(move |store| store.digest(&source)).await?;
                if !self.known().put(id, self.0.clock.now()) {
                    store.run(move |store| store.put_file(id, &path)).await?;
                    self.known().stored(id);
                }
                Ok(id)
            }
            Backend::Postgres(store) => store.put_file(path).await,
        }
    }

    /// The content of a blob, whole and checked; nothing if it is not there.
    ///
    /// # Errors
    /// [`LedgerError::BlobDamaged`], [`LedgerError::KeyMissing`], [`LedgerError::Io`].
    pub async fn get(&self, id: &BlobId) -> Result<Option<Bytes>, LedgerError> {
        let Some(mut reader) = self.open(id).await? else { return Ok(None) };
        let mut content = BytesMut::new();
        while let Some(piece) = reader.next().await? {
            content.extend_from_slice(&piece);
        }
        Ok(Some(content.freeze()))
    }

    /// Opens a blob for reading piece by piece; nothing if it is not there.
    ///
    /// # Errors
    /// As [`Blobs::get`].
    pub async fn open(&self, id: &BlobId) -> Result<Option<BlobReader>, LedgerError> {
        let id = *id;
        let pieces = match &self.0.backend {
            Backend::Files(store) => {
                let opened = store.run(move |store| store.reader(id)).await?;
                opened.map(|reader| Pieces::Files(Arc::clone(store), Arc::new(Mutex::new(reader))))
            }
            Backend::Postgres(store) => {
                store.reader(id).await?.map(|reader| Pieces::Postgres(Arc::clone(store), reader))
            }
        };
        let sha256 = Hasher::new(DigestAlgorithm::Sha256);
        Ok(pieces.map(|pieces| BlobReader { id, pieces, sha256: Some(sha256) }))
    }

    /// Whether a blob is there.
    ///
    /// # Errors
    /// [`LedgerError::Io`].
    pub async fn contains(&self, id: &BlobId) -> Result<bool, LedgerError> {
        let id = *id;
        match &self.0.backend {
            Backend::Files(store) => store.run(move |store| store.contains(id)).await,
            Backend::Postgres(store) => store.contains(id).await,
        }
    }

    /// Removes the blobs that `is_referenced` denies, except those put within the last minutes, whose records may be on
    /// their way. Gives how many.
    ///
    /// # Errors
    /// [`LedgerError::Io`].
    pub async fn remove_unreferenced(&self, is_referenced: impl Fn(&BlobId) -> bool) -> Result<u64, LedgerError> {
        let mut removed = 0;
        for fan in 0..=u8::MAX {
            let ids = match &self.0.backend {
                Backend::Files(store) => store.run(move |store| store.list(fan)).await?,
                Backend::Postgres(store) => store.list(fan).await?,
            };
            for id in ids.into_iter().filter(|id| !is_referenced(id)) {
                removed += u64::from(self.remove(id).await?);
            }
        }
        Ok(removed)
    }

    /// Removes a blob unless it was put a moment ago.
    async fn remove(&self, id: BlobId) -> Result<bool, LedgerError> {
        match &self.0.backend {
            Backend::Files(store) => {
                let (inner, now) = (Arc::clone(&self.0), self.0.clock.now());
                // Under the lock, so that nobody hears meanwhile that it is there.
                let remove = move |store: &FileStore| {
                    let mut known = inner.lock();
                    if known.forget(&id, now) { store.remove(id).map(|()| true) } else { Ok(false) }
                };
                store.run(remove).await
            }
            Backend::Postgres(store) => store.remove(id).await,
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock()
    }
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads a blob piece by piece.
pub struct BlobReader {
    id: BlobId,
    pieces: Pieces,
    /// None when all was read and checked.
    sha256: Option<Hasher>,
}

enum Pieces {
    Files(Arc<FileStore>, Arc<Mutex<FileReader>>),
    Postgres(Arc<RowStore>, RowReader),
}

impl fmt::Debug for BlobReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("BlobReader").field(&self.id).finish()
    }
}

impl BlobReader {
    /// Length of the content in bytes.
    pub fn len(&self) -> u64 {
        match &self.pieces {
            Pieces::Files(_, reader) => reader.lock().unwrap_or_else(PoisonError::into_inner).len(),
            Pieces::Postgres(_, reader) => reader.len(),
        }
    }

    /// Whether there is no content.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The next piece, at most 64 KiB; nothing at the end, where the whole has been checked: of content that was not read
    /// to the end nobody knows that it is what its name says.
    ///
    /// # Errors
    /// [`LedgerError::BlobDamaged`], [`LedgerError::Io`].
    pub async fn next(&mut self) -> Result<Option<Bytes>, LedgerError> {
        let piece = match &mut self.pieces {
            Pieces::Files(store, reader) => {
                let reader = Arc::clone(reader);
                store.run(move |_| reader.lock().unwrap_or_else(PoisonError::into_inner).next()).await?
            }
            Pieces::Postgres(store, reader) => store.next(reader).await?,
        };
        match piece {
            Some(piece) => {
                if let Some(sha256) = &mut self.sha256 {
                    sha256.update(&piece);
                }
                Ok(Some(piece))
            }
            None => self.check().map(|()| None),
        }
    }

    fn check(&mut self) -> Result<(), LedgerError> {
        let Some(sha256) = self.sha256.take() else { return Ok(()) };
        let found = BlobId(crate::record::to_array(sha256.finish().as_ref()));
        if found == self.id {
            return Ok(());
        }
        Err(LedgerError::BlobDamaged { id: self.id.to_string(), reason: format!("its content is that of {found}") })
    }
}
