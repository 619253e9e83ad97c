//! What can go wrong with a ledger, by whose fault, and the questions callers ask of an error.

use crate::merkle::RangeError;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// An operation of a ledger failed. Of an append, nothing is recorded then unless the variant says otherwise.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// Another process has the ledger open.
    #[error("{folder}: another process has this ledger open")]
    Locked {
        /// The folder of the ledger.
        folder: PathBuf,
    },
    /// Content before the end of the ledger cannot be read back.
    #[error(
        "{place}: damaged at offset {offset}, record {position}: {reason}; restore it from a backup. \
         Nothing before this record is affected"
    )]
    Damaged {
        /// The segment, tile or table.
        place: String,
        /// Where in it, in bytes.
        offset: u64,
        /// The first record that cannot be read.
        position: u64,
        /// What is wrong.
        reason: String,
    },
    /// The disk is full. Free space and append again: nothing that was acknowledged is lost.
    #[error("{path}: the disk is full: {source}; free space there, what was acknowledged is safe")]
    Full {
        /// What could not be written.
        path: PathBuf,
        /// Why.
        source: Arc<io::Error>,
    },
    /// A write did not reach the disk, so that it is unknown what is on it: nothing more is taken until the ledger is
    /// opened again. The records of this call may or may not be there then.
    #[error(
        "{path}: {source}: it is unknown what reached the disk, so nothing more is recorded; \
         check the disk and restart"
    )]
    Failed {
        /// What was being written.
        path: PathBuf,
        /// Why.
        source: Arc<io::Error>,
    },
    /// A file cannot be read, made or removed.
    #[error("{path}: {source}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: Arc<io::Error>,
    },
    /// The records are too large; the caller is at fault.
    #[error("{bytes} bytes in one {what}, at most {limit} are possible: keep large content in blobs")]
    TooLarge {
        /// `record` or `append`.
        what: &'static str,
        /// How many.
        bytes: u64,
        /// How many may be.
        limit: u64,
    },
    /// Kind 0 is the ledger's own; the caller is at fault.
    #[error("records of kind 0 are the ledger's own")]
    ReservedKind,
    /// An append without records; the caller is at fault.
    #[error("nothing to append")]
    Empty,
    /// What is asked for is not in the ledger (yet).
    #[error(transparent)]
    Range(#[from] RangeError),
    /// The content is encrypted with a key that is not at hand.
    #[error("{place} is encrypted with the key {key}, which is not among the keys given: add its file")]
    KeyMissing {
        /// The segment, row or blob.
        place: String,
        /// The name of the key.
        key: String,
    },
    /// The key cannot be used.
    #[error("{path}: {reason}")]
    Key {
        /// The key file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The blob's content is not what its name says.
    #[error("the blob {id} is damaged: {reason}; restore it from a backup")]
    BlobDamaged {
        /// Its name.
        id: String,
        /// What is wrong.
        reason: String,
    },
    /// The folder is not one of a ledger that this release can read.
    #[error("{path}: {reason}")]
    Unknown {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// There is no ledger of this name in the database.
    #[error("{place}: there is no ledger")]
    Missing {
        /// The database and the name.
        place: String,
    },
    /// The system gave no randomness.
    #[error("the system gives no random bytes")]
    NoRandomness,
    /// The database failed; see [`LedgerError::is_full`].
    #[error(transparent)]
    Database(Arc<mekong_store::StoreError>),
    /// The ledger was closed.
    #[error("the ledger is closed")]
    Closed,
}

impl LedgerError {
    /// Space is missing: free some and try again.
    pub fn is_full(&self) -> bool {
        match self {
            Self::Full { .. } => true,
            Self::Database(error) => error.is_full(),
            _ => false,
        }
    }

    /// Nothing is taken any more until the ledger is opened again.
    pub const fn is_final(&self) -> bool {
        matches!(self, Self::Failed { .. } | Self::Closed)
    }

    pub(crate) fn io(path: &Path, source: io::Error) -> Self {
        Self::Io { path: path.to_owned(), source: Arc::new(source) }
    }

    /// An error of writing: full, or final.
    pub(crate) fn writing(path: &Path, source: io::Error) -> Self {
        let (path, full) = (path.to_owned(), is_full(&source));
        let source = Arc::new(source);
        if full { Self::Full { path, source } } else { Self::Failed { path, source } }
    }
}

impl From<mekong_store::StoreError> for LedgerError {
    fn from(error: mekong_store::StoreError) -> Self {
        Self::Database(Arc::new(error))
    }
}

/// The medium cannot give these bytes back, or the file system finds them changed (`EIO`, `EBADMSG`, `EUCLEAN`).
pub(crate) fn is_unreadable(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(5 | 74 | 117))
}

pub(crate) fn is_full(error: &io::Error) -> bool {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge)
}
