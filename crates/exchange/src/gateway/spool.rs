//! Bodies while they wait: small ones in memory, large ones in files that vanish with their handle.

use super::StartError;
use super::outgoing::Outgoing;
use super::pace::Pace;
use crate::messagelog::Body;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use mekong_base::limits::MessageLimits;
use mekong_crypto::{Digest, DigestAlgorithm, Hasher};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::io::AsyncWriteExt;

/// Makes spools in one folder.
#[derive(Debug)]
pub(super) struct Spooler {
    folder: PathBuf,
    limits: MessageLimits,
}

/// Why a body was not spooled.
#[derive(Debug, thiserror::Error)]
pub(super) enum SpoolError {
    #[error("the body is larger than the {0} bytes that are allowed")]
    TooLarge(u64),
    #[error("the body cannot be spooled ({0}): see that the disk of the spool folder has room")]
    Io(#[from] io::Error),
}

impl Spooler {
    /// Uses a folder, and removes what a crash left there.
    pub(super) fn open(folder: &Path, limits: MessageLimits) -> Result<Self, StartError> {
        let failed = |source| StartError::Spool { path: folder.to_owned(), source };
        std::fs::create_dir_all(folder).map_err(failed)?;
        for entry in std::fs::read_dir(folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            if path.extension().is_some_and(|e| e == "spool") {
                std::fs::remove_file(path).map_err(failed)?;
            }
        }
        Ok(Self { folder: folder.to_owned(), limits })
    }

    pub(super) fn writer(&self) -> Writer<'_> {
        Writer { spooler: self, hasher: Hasher::new(DigestAlgorithm::Sha512), held: Held::Nothing, size: 0 }
    }
}

#[derive(Debug)]
enum Held {
    Nothing,
    /// One chunk as it came, not copied.
    One(Bytes),
    Memory(BytesMut),
    File(SpoolFile, tokio::fs::File),
}

/// Takes a body in, piece by piece.
pub(super) struct Writer<'a> {
    spooler: &'a Spooler,
    hasher: Hasher,
    held: Held,
    size: u64,
}

impl Writer<'_> {
    pub(super) async fn write(&mut self, data: Bytes) -> Result<(), SpoolError> {
        let limits = &self.spooler.limits;
        self.size += data.len() as u64;
        if self.size > limits.body_bytes {
            return Err(SpoolError::TooLarge(limits.body_bytes));
        }
        self.hasher.update(&data);
        let fits = self.size <= limits.memory_bytes as u64;
        self.held = match (std::mem::replace(&mut self.held, Held::Nothing), fits) {
            (Held::Nothing, true) => Held::One(data),
            (Held::One(first), true) => {
                let mut memory = BytesMut::with_capacity((first.len() + data.len()).next_power_of_two());
                memory.extend_from_slice(&first);
                memory.extend_from_slice(&data);
                Held::Memory(memory)
            }
            (Held::Memory(mut memory), true) => {
                memory.extend_from_slice(&data);
                Held::Memory(memory)
            }
            (Held::File(file, mut out), _) => {
                out.write_all(&data).await?;
                Held::File(file, out)
            }
            (held, false) => {
                let (file, std) = SpoolFile::create(&self.spooler.folder)?;
                let mut out = tokio::fs::File::from_std(std);
                match &held {
                    Held::One(first) => out.write_all(first).await?,
                    Held::Memory(memory) => out.write_all(memory).await?,
                    Held::Nothing | Held::File(..) => {}
                }
                out.write_all(&data).await?;
                Held::File(file, out)
            }
        };
        Ok(())
    }

    pub(super) async fn finish(self) -> Result<Spool, SpoolError> {
        let content = match self.held {
            Held::Nothing => Content::Memory(Bytes::new()),
            Held::One(bytes) => Content::Memory(bytes),
            Held::Memory(memory) => Content::Memory(memory.freeze()),
            Held::File(file, mut out) => {
                out.flush().await?;
                Content::File(file)
            }
        };
        Ok(Spool { content, digest: self.hasher.finish(), size: self.size })
    }
}

/// Why an HTTP body was not taken.
#[derive(Debug)]
pub(super) enum BodyError {
    /// Too slow; the end of a sentence.
    Slow(String),
    Sender(hyper::Error),
    Spool(SpoolError),
}

/// Takes an HTTP body into a spool; the sender may be silent for `idle` at a time and must keep [`Pace`].
pub(super) async fn take(spooler: &Spooler, mut body: Incoming, idle: Duration) -> Result<Spool, BodyError> {
    let mut writer = spooler.writer();
    let mut pace = Pace::new(idle);
    loop {
        let frame = tokio::time::timeout_at(pace.deadline(), body.frame()).await;
        let frame = frame.map_err(|_| BodyError::Slow(pace.too_slow()))?;
        let Some(frame) = frame.transpose().map_err(BodyError::Sender)? else {
            return writer.finish().await.map_err(BodyError::Spool);
        };
        if let Ok(data) = frame.into_data() {
            pace.received(data.len());
            writer.write(data).await.map_err(BodyError::Spool)?;
        }
    }
}

/// A body, complete, with its SHA-512.
#[derive(Debug)]
pub(super) struct Spool {
    content: Content,
    pub(super) digest: Digest,
    pub(super) size: u64,
}

#[derive(Debug)]
enum Content {
    Memory(Bytes),
    File(SpoolFile),
}

impl Spool {
    pub(super) fn is_empty(&self) -> bool {
        self.size == 0
    }

    /// The bytes, if they are in memory.
    pub(super) fn memory(&self) -> Option<&Bytes> {
        match &self.content {
            Content::Memory(bytes) => Some(bytes),
            Content::File(_) => None,
        }
    }

    /// Appends the body to a message.
    pub(super) fn append_to(&self, out: &mut Outgoing) -> io::Result<()> {
        match &self.content {
            Content::Memory(bytes) => out.bytes(bytes.clone()),
            Content::File(file) => out.file(std::fs::File::open(&file.0)?, self.size),
        }
        Ok(())
    }

    /// As the message log takes it.
    pub(super) fn for_log(&self) -> Body {
        match &self.content {
            Content::Memory(bytes) => Body::Bytes(bytes.clone()),
            Content::File(file) => Body::File(file.0.clone()),
        }
    }
}

/// A file that is removed when nobody needs it any more.
#[derive(Debug)]
struct SpoolFile(PathBuf);

impl SpoolFile {
    fn create(folder: &Path) -> io::Result<(Self, std::fs::File)> {
        use std::os::unix::fs::OpenOptionsExt;
        let path = folder.join(format!("{}.spool", uuid::Uuid::new_v4().simple()));
        let file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        Ok((Self(path), file))
    }
}

impl Drop for SpoolFile {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_file(&self.0) {
            tracing::warn!(%error, path = %self.0.display(), "a spool file could not be removed");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Failure = Box<dyn std::error::Error>;

    async fn spool(spooler: &Spooler, chunks: &[&[u8]]) -> Result<Spool, SpoolError> {
        let mut writer = spooler.writer();
        for chunk in chunks {
            writer.write(Bytes::copy_from_slice(chunk)).await?;
        }
        writer.finish().await
    }

    #[tokio::test]
    async fn large_bodies_go_to_files_that_vanish() -> Result<(), Failure> {
        let folder = tempfile::tempdir()?;
        std::fs::write(folder.path().join("left.spool"), "by a crash")?;
        let limits = MessageLimits { memory_bytes: 8, body_bytes: 20, ..MessageLimits::default() };
        let spooler = Spooler::open(folder.path(), limits)?;
        let files = || std::fs::read_dir(folder.path()).map(Iterator::count);
        assert_eq!(files()?, 0);
        for (chunks, in_file) in
            [(&[&b"1234"[..], b"5678"][..], 0), (&[b"1234", b"5678", b"9"], 1), (&[b"123456789"], 1), (&[], 0)]
        {
            let whole = chunks.concat();
            let spool = spool(&spooler, chunks).await?;
            assert_eq!((files()?, spool.size), (in_file, whole.len() as u64));
            assert_eq!(spool.digest, DigestAlgorithm::Sha512.digest(&whole));
            let mut out = Outgoing::default();
            spool.append_to(&mut out)?;
            assert_eq!(out.collect().await?.to_bytes(), whole);
        }
        assert_eq!(files()?, 0);
        let refused = spool(&spooler, &[b"0123456789", b"0123456789x"]).await;
        assert!(matches!(refused, Err(SpoolError::TooLarge(20))));
        assert_eq!(files()?, 0);
        Ok(())
    }
}
