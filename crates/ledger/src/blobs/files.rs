//! Blobs as files: `<first two digits>/<name>`, a header and the content, encrypted in chunks if there is a key.
//!
//! Header: magic `MKBLOB01`, length of the content (8 bytes, little-endian), id of the key (8, zeros for none), nonce (16),
//! CRC-32C of these. Each chunk of 64 KiB is encrypted by itself, under its number and whether it is the last.

use super::{BlobId, CHUNK};
use crate::at_rest::{Cipher, TAG_LEN};
use crate::disk::{Disk, DiskFile};
use crate::error::is_unreadable;
use crate::{Keys, LedgerError};
use bytes::Bytes;
use mekong_crypto::{DigestAlgorithm, Hasher, random};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const MAGIC: &[u8; 8] = b"MKBLOB01";
const HEADER_LEN: usize = 44;

/// A folder of blobs.
pub(super) struct FileStore {
    folder: PathBuf,
    keys: Keys,
    disk: Disk,
}

/// Where content comes from.
pub(super) enum Source<'a> {
    Memory(&'a [u8]),
    File(&'a DiskFile),
}

impl FileStore {
    pub(super) fn open(folder: &Path, keys: Keys, disk: Disk) -> Result<Self, LedgerError> {
        let store = Self::reading(folder, keys, disk);
        let incoming = store.incoming();
        let made = store.disk.create_folder(&incoming).and_then(|()| store.disk.list(&incoming));
        for name in made.map_err(|error| LedgerError::writing(&incoming, error))? {
            // What a process left behind that died while it was putting something.
            let path = incoming.join(name);
            store.disk.remove(&path).map_err(|error| LedgerError::io(&path, error))?;
        }
        Ok(store)
    }

    /// A folder as it is, which another process may be using.
    pub(super) fn reading(folder: &Path, keys: Keys, disk: Disk) -> Self {
        Self { folder: folder.to_owned(), keys, disk }
    }

    /// Runs what waits for the disk where it may.
    pub(super) async fn run<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self) -> Result<T, LedgerError> + Send + 'static,
    ) -> Result<T, LedgerError> {
        if self.disk.is_simulated() {
            return work(self);
        }
        let store = Arc::clone(self);
        tokio::task::spawn_blocking(move || work(&store)).await.unwrap_or(Err(LedgerError::Closed))
    }

    fn incoming(&self) -> PathBuf {
        self.folder.join("incoming")
    }

    fn fan(&self, fan: u8) -> PathBuf {
        self.folder.join(format!("{fan:02x}"))
    }

    fn path(&self, id: BlobId) -> PathBuf {
        self.fan(id.0.first().copied().unwrap_or_default()).join(id.to_string())
    }

    pub(super) fn contains(&self, id: BlobId) -> Result<bool, LedgerError> {
        Ok(self.file(id)?.is_some())
    }

    fn file(&self, id: BlobId) -> Result<Option<DiskFile>, LedgerError> {
        let path = self.path(id);
        match self.disk.open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            file => file.map(Some).map_err(|error| LedgerError::io(&path, error)),
        }
    }

    pub(super) fn list(&self, fan: u8) -> Result<Vec<BlobId>, LedgerError> {
        let folder = self.fan(fan);
        let names = self.disk.list(&folder).map_err(|error| LedgerError::io(&folder, error))?;
        Ok(names.iter().filter_map(|name| name.parse().ok()).collect())
    }

    pub(super) fn remove(&self, id: BlobId) -> Result<(), LedgerError> {
        let path = self.path(id);
        self.disk.remove(&path).map_err(|error| LedgerError::io(&path, error))
    }

    pub(super) fn digest(&self, path: &Path) -> Result<BlobId, LedgerError> {
        digest(&self.disk, path)
    }

    pub(super) fn put(&self, id: BlobId, content: &[u8]) -> Result<(), LedgerError> {
        self.store(id, &Source::Memory(content), content.len() as u64)
    }

    pub(super) fn put_file(&self, id: BlobId, path: &Path) -> Result<(), LedgerError> {
        let fault = |error| LedgerError::io(path, error);
        let file = self.disk.open(path).map_err(fault)?;
        let length = file.len().map_err(fault)?;
        self.store(id, &Source::File(&file), length)
    }

    /// Written aside, synced, renamed, the folder synced: half a blob never has a name.
    fn store(&self, id: BlobId, source: &Source<'_>, length: u64) -> Result<(), LedgerError> {
        let path = self.path(id);
        let folder = path.parent().unwrap_or(&self.folder);
        if let Some(file) = self.file(id)? {
            // A process before may have died before it was durable.
            let synced = file.sync().and_then(|()| self.disk.sync_folder(folder));
            return synced.map_err(|error| LedgerError::io(&path, error));
        }
        let mut nonce = [0; 16];
        random::fill(&mut nonce).map_err(|_| LedgerError::NoRandomness)?;
        let key = self.keys.current();
        let cipher = self.keys.cipher(key, &[b"blob", &nonce], || path.display().to_string())?;
        let mut header = [MAGIC.as_slice(), &length.to_le_bytes(), &key, &nonce].concat();
        header.extend_from_slice(&crc32c::crc32c(&header).to_le_bytes());
        let partial = self.incoming().join(format!("{id}.{}", hex::encode(nonce)));
        let written = self.write(&partial, &header, source, length, cipher.as_ref());
        let placed = written
            .and_then(|()| self.disk.create_folder(folder))
            .and_then(|()| self.disk.rename(&partial, &path))
            .and_then(|()| self.disk.sync_folder(folder));
        placed.map_err(|error| {
            let _ = self.disk.remove(&partial);
            if crate::error::is_full(&error) {
                LedgerError::writing(&path, error)
            } else {
                LedgerError::io(&path, error)
            }
        })
    }

    fn write(
        &self,
        partial: &Path,
        header: &[u8],
        source: &Source<'_>,
        length: u64,
        cipher: Option<&Cipher>,
    ) -> io::Result<()> {
        let file = self.disk.create(partial)?;
        let mut chunk = header.to_vec();
        let mut at = 0;
        let mut content = Vec::with_capacity(CHUNK + TAG_LEN);
        for offset in (0..length).step_by(CHUNK) {
            source.read(offset, length, &mut content)?;
            if let Some(cipher) = cipher
                && !cipher.seal(chunk_nonce(offset, length), &[], &mut content)
            {
                return Err(io::Error::other("the chunk cannot be encrypted"));
            }
            chunk.extend_from_slice(&content);
            if chunk.len() >= 4 * CHUNK {
                file.write_at(&chunk, at)?;
                at += chunk.len() as u64;
                chunk.clear();
            }
        }
        file.write_at(&chunk, at)?;
        file.sync()
    }

    pub(super) fn reader(&self, id: BlobId) -> Result<Option<FileReader>, LedgerError> {
        let Some(file) = self.file(id)? else { return Ok(None) };
        let path = self.path(id);
        let mut bytes = [0; HEADER_LEN];
        let damaged = |reason: &str| LedgerError::BlobDamaged { id: id.to_string(), reason: reason.to_owned() };
        file.read_at(&mut bytes, 0).map_err(|_| damaged("its header is not there"))?;
        let header = Header::decode(&bytes).ok_or_else(|| damaged("its header is no header of a blob"))?;
        let cipher = self.keys.cipher(header.key, &[b"blob", &header.nonce], || path.display().to_string())?;
        Ok(Some(FileReader { id, path, file, length: header.length, at: 0, cipher }))
    }
}

/// The name of a file's content.
pub(super) fn digest(disk: &Disk, path: &Path) -> Result<BlobId, LedgerError> {
    let fault = |error| LedgerError::io(path, error);
    let file = disk.open(path).map_err(fault)?;
    let length = file.len().map_err(fault)?;
    let mut sha256 = Hasher::new(DigestAlgorithm::Sha256);
    let mut chunk = Vec::with_capacity(CHUNK);
    for offset in (0..length).step_by(CHUNK) {
        Source::File(&file).read(offset, length, &mut chunk).map_err(fault)?;
        sha256.update(&chunk);
    }
    Ok(BlobId(crate::record::to_array(sha256.finish().as_ref())))
}

struct Header {
    length: u64,
    key: [u8; 8],
    nonce: [u8; 16],
}

impl Header {
    fn decode(bytes: &[u8; HEADER_LEN]) -> Option<Self> {
        let (content, checksum) = bytes.split_last_chunk::<4>()?;
        let (length, rest) = content.strip_prefix(MAGIC)?.split_first_chunk::<8>()?;
        let (key, nonce) = rest.split_first_chunk::<8>()?;
        let good = crc32c::crc32c(content) == u32::from_le_bytes(*checksum);
        good.then_some(Self { length: u64::from_le_bytes(*length), key: *key, nonce: nonce.try_into().ok()? })
    }
}

/// The chunk's number, and 1 if it is the last. Every blob has its own key.
pub(super) fn chunk_nonce(offset: u64, length: u64) -> [u8; 12] {
    let last = u32::from(offset + CHUNK as u64 >= length);
    let mut nonce = [0; 12];
    let bytes = (offset / CHUNK as u64).to_le_bytes().into_iter().chain(last.to_le_bytes());
    nonce.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
    nonce
}

impl Source<'_> {
    /// Fills `chunk` with what is at `offset`, as much as there is of a chunk.
    pub(super) fn read(&self, offset: u64, length: u64, chunk: &mut Vec<u8>) -> io::Result<()> {
        let wanted = usize::try_from(length - offset).unwrap_or(usize::MAX).min(CHUNK);
        chunk.clear();
        match self {
            Self::Memory(content) => {
                let start = usize::try_from(offset).map_err(|_| io::ErrorKind::UnexpectedEof)?;
                chunk.extend_from_slice(content.get(start..start + wanted).ok_or(io::ErrorKind::UnexpectedEof)?);
            }
            Self::File(file) => {
                chunk.resize(wanted, 0);
                file.read_at(chunk, offset)?;
            }
        }
        Ok(())
    }
}

/// Reads a blob's file.
pub(super) struct FileReader {
    id: BlobId,
    path: PathBuf,
    file: DiskFile,
    length: u64,
    /// Bytes of content read.
    at: u64,
    cipher: Option<Cipher>,
}

impl FileReader {
    pub(super) const fn len(&self) -> u64 {
        self.length
    }

    pub(super) fn next(&mut self) -> Result<Option<Bytes>, LedgerError> {
        if self.at >= self.length {
            return Ok(None);
        }
        let tag = if self.cipher.is_some() { TAG_LEN } else { 0 };
        let wanted = usize::try_from(self.length - self.at).unwrap_or(usize::MAX).min(CHUNK);
        let offset = HEADER_LEN as u64 + self.at + self.at / CHUNK as u64 * tag as u64;
        let mut chunk = vec![0; wanted + tag];
        let damaged = |reason: &str| LedgerError::BlobDamaged { id: self.id.to_string(), reason: reason.to_owned() };
        self.file.read_at(&mut chunk, offset).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => damaged("its file is too short"),
            _ if is_unreadable(&error) => damaged(&format!("its file cannot be read: {error}")),
            _ => LedgerError::io(&self.path, error),
        })?;
        if let Some(cipher) = &self.cipher {
            let plain = cipher.open(chunk_nonce(self.at, self.length), &[], &mut chunk).map(<[u8]>::len);
            chunk.truncate(plain.ok_or_else(|| damaged("it cannot be decrypted"))?);
        }
        self.at += wanted as u64;
        Ok(Some(chunk.into()))
    }
}
