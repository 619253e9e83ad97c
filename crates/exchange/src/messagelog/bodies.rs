//! Bodies too large for the database: one file each, whole and synced before its record commits.

use super::{Body, MessageLogError};
use mekong_crypto::{DigestAlgorithm, Hasher};
use mekong_store::{Database, StoreError, file};
use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

/// Where a body went.
#[derive(Debug, Default)]
pub(super) struct Stored {
    pub(super) inline: Option<Vec<u8>>,
    pub(super) size: u64,
    /// Name in the folder and SHA-512.
    pub(super) file: Option<(String, Vec<u8>)>,
}

/// The folder of body files: two levels, the first named by the first two digits of the file.
#[derive(Debug, Clone)]
pub(super) struct Bodies {
    folder: PathBuf,
    inline_max: usize,
}

impl Bodies {
    pub(super) fn open(folder: PathBuf, inline_max: usize) -> Result<Self, StoreError> {
        create_folder(&folder)?;
        Ok(Self { folder, inline_max })
    }

    /// Stores a body; a small one is only handed back.
    pub(super) async fn store(&self, body: Body) -> Result<Stored, MessageLogError> {
        match body {
            Body::None => Ok(Stored::default()),
            Body::Bytes(bytes) if bytes.len() <= self.inline_max => {
                Ok(Stored { size: bytes.len() as u64, inline: Some(bytes.into()), file: None })
            }
            large => {
                let bodies = self.clone();
                let name = uuid::Uuid::new_v4().simple().to_string();
                let copied = tokio::task::spawn_blocking(move || bodies.copy(large, name)).await;
                copied.map_err(|_| StoreError::Panicked)?
            }
        }
    }

    /// Removes a body whose record was not committed.
    pub(super) fn forget(&self, name: &str) {
        if let Err(error) = file::remove(&self.path(name)) {
            tracing::warn!(%error, "a body without a record stays until the next start");
        }
    }

    /// Reads the body of a record and checks that it is what was recorded. Blocks.
    pub(super) fn read(&self, id: i64, name: &str, digest: &[u8]) -> Result<Vec<u8>, MessageLogError> {
        let path = self.path(name);
        let damaged = |what: String| MessageLogError::BodyDamaged { id, path: path.clone(), what };
        let bytes = std::fs::read(&path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => damaged("is missing".to_owned()),
            _ => damaged(format!("cannot be read: {error}")),
        })?;
        if DigestAlgorithm::Sha512.digest(&bytes) != *digest {
            return Err(damaged(format!("has {} bytes and another digest than recorded", bytes.len())));
        }
        Ok(bytes)
    }

    /// The names of all files, those of a crash included.
    pub(super) fn names(&self) -> Result<Vec<String>, StoreError> {
        let mut names = Vec::new();
        for folder in entries(&self.folder)? {
            for name in entries(&folder)? {
                names.extend(name.file_name().and_then(|n| n.to_str()).map(str::to_owned));
            }
        }
        Ok(names)
    }

    /// Removes those of `names` that no record has: they were written just before a crash.
    pub(super) async fn sweep(&self, database: &Database, names: Vec<String>) -> Result<(), StoreError> {
        for name in names {
            let known: Option<i64> = sqlx::query_scalar("SELECT id FROM message WHERE body_file = $1")
                .bind(name.as_str())
                .fetch_optional(database.reader())
                .await?;
            if known.is_none() {
                tracing::info!(name, "removing a body whose record was never committed");
                file::remove(&self.path(&name))?;
            }
        }
        Ok(())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name.get(..2).unwrap_or("00")).join(name)
    }

    fn copy(&self, body: Body, name: String) -> Result<Stored, MessageLogError> {
        let path = self.path(&name);
        if let Some(folder) = path.parent() {
            create_folder(folder)?;
        }
        let partial = file::partial(&path);
        let written = match &body {
            Body::None => Ok((0, DigestAlgorithm::Sha512.digest(b""))),
            Body::Bytes(bytes) => write(bytes.as_ref(), &partial, Path::new("memory")),
            Body::File(spool) => match File::open(spool) {
                Ok(file) => write(file, &partial, spool),
                Err(source) => Err(MessageLogError::Spool { path: spool.clone(), source }),
            },
        };
        if written.is_err() {
            let _ = std::fs::remove_file(&partial);
        }
        let (size, digest) = written?;
        file::rename(&partial, &path)?;
        Ok(Stored { inline: None, size, file: Some((name, digest.as_ref().to_vec())) })
    }
}

/// Copies and digests `from` into a new file and syncs it.
fn write(mut from: impl Read, to: &Path, spool: &Path) -> Result<(u64, mekong_crypto::Digest), MessageLogError> {
    let failed = |source| StoreError::File { path: to.to_owned(), source };
    let mut target = File::create(to).map_err(failed)?;
    let mut hasher = Hasher::new(DigestAlgorithm::Sha512);
    let mut size = 0;
    let mut buffer = vec![0; 128 << 10];
    loop {
        let read =
            from.read(&mut buffer).map_err(|source| MessageLogError::Spool { path: spool.to_owned(), source })?;
        let piece = buffer.get(..read).unwrap_or_default();
        if piece.is_empty() {
            break;
        }
        hasher.update(piece);
        target.write_all(piece).map_err(failed)?;
        size += piece.len() as u64;
    }
    target.sync_all().map_err(failed)?;
    Ok((size, hasher.finish()))
}

fn create_folder(folder: &Path) -> Result<(), StoreError> {
    if folder.is_dir() {
        return Ok(());
    }
    std::fs::create_dir_all(folder).map_err(|source| StoreError::File { path: folder.to_owned(), source })?;
    file::sync_folder(folder.parent().unwrap_or(Path::new(".")))
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let failed = |source| StoreError::File { path: folder.to_owned(), source };
    let entries = std::fs::read_dir(folder).map_err(failed)?;
    entries.map(|entry| entry.map(|e| e.path()).map_err(failed)).collect()
}
