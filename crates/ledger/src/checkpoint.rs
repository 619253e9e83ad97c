//! Checkpoints (C2SP tlog-checkpoint): the size and root of a log's tree, signed by the log and cosigned by witnesses.
//! No IO.

use crate::merkle::{Hash, MAX_SIZE, empty_root};
use crate::note::{Algorithm, KeyError, Note, NoteError, Signed, Signer, VerifierKey};
use mekong_base::Instant;
use std::fmt;

/// The longest origin, in bytes.
const ORIGIN_BYTES_MAX: usize = 255;
/// The most extension lines that are read.
const EXTENSIONS_MAX: usize = 16;

/// Why a checkpoint is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// The text is none.
    #[error("not a checkpoint: {0}")]
    Malformed(&'static str),
    /// It is no signed note, or a signature does not verify.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// It is of another log.
    #[error("the checkpoint is of the log {found:?}, not of {expected:?}")]
    Origin {
        /// The origin that the checkpoint names.
        found: String,
        /// Whose it should be.
        expected: String,
    },
    /// No key of the log that we know signed it.
    #[error("the checkpoint is not signed by the log {origin:?} with a key that is trusted for it")]
    NotSigned {
        /// The log.
        origin: String,
    },
}

/// The head of a log: the text that is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log: best a URL without scheme.
    pub origin: String,
    /// Records in the tree.
    pub size: u64,
    /// The root of the tree.
    pub root: Hash,
    /// Further lines; opaque, and best none.
    pub extensions: Vec<String>,
}

impl Checkpoint {
    /// A checkpoint without extensions.
    ///
    /// # Errors
    /// [`CheckpointError::Malformed`] if the origin cannot be written, or the size is not one.
    pub fn new(origin: &str, size: u64, root: Hash) -> Result<Self, CheckpointError> {
        check(origin, size)?;
        if size == 0 && root != empty_root() {
            return Err(CheckpointError::Malformed("the root is not that of an empty tree"));
        }
        Ok(Self { origin: origin.to_owned(), size, root, extensions: Vec::new() })
    }

    /// Reads the text of a checkpoint, in the only way in which it may be written.
    ///
    /// # Errors
    /// [`CheckpointError::Malformed`].
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        let malformed = CheckpointError::Malformed;
        let lines = text.strip_suffix('\n').ok_or(malformed("the last line does not end"))?;
        let mut lines = lines.split('\n');
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else {
            return Err(malformed("fewer than three lines"));
        };
        let size = number(size).ok_or(malformed("the second line is not a size"))?;
        let root = root.parse().map_err(|_| malformed("the third line is not the Base64 of a root hash"))?;
        check(origin, size)?;
        let extensions: Vec<String> = lines.take(EXTENSIONS_MAX + 1).map(str::to_owned).collect();
        if extensions.len() > EXTENSIONS_MAX {
            return Err(malformed("too many extension lines"));
        }
        if extensions.iter().any(String::is_empty) {
            return Err(malformed("an empty line"));
        }
        Ok(Self { origin: origin.to_owned(), size, root, extensions })
    }

    /// Signs it: the log's own checkpoint.
    ///
    /// # Errors
    /// [`KeyError::Crypto`] if the key does not sign; [`KeyError::Name`] if an extension cannot be written.
    pub fn sign(&self, signer: &Signer) -> Result<SignedCheckpoint, KeyError> {
        let mut note = Note::new(self.to_string()).map_err(|_| KeyError::Name(self.origin.clone()))?;
        // A log's signature states no time.
        note.add(signer.sign(note.text(), Instant::from_unix_seconds(0))?);
        Ok(SignedCheckpoint { checkpoint: self.clone(), note })
    }
}

fn check(origin: &str, size: u64) -> Result<(), CheckpointError> {
    if origin.is_empty() || origin.len() > ORIGIN_BYTES_MAX || origin.contains(char::is_control) {
        return Err(CheckpointError::Malformed(
            "the origin is empty, longer than 255 bytes, or has control characters",
        ));
    }
    if size > MAX_SIZE {
        return Err(CheckpointError::Malformed("the size is not below 2^63"));
    }
    Ok(())
}

/// A decimal number without sign and leading zeroes.
pub(crate) fn number(text: &str) -> Option<u64> {
    let plain = text == "0" || !text.starts_with('0');
    (plain && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

impl fmt::Display for Checkpoint {
    /// The text that is signed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}\n{}\n", self.origin, self.size, self.root)?;
        self.extensions.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

/// A log whose checkpoints are accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// Its origin.
    pub origin: String,
    /// The keys that may sign for it.
    pub keys: Vec<VerifierKey>,
}

impl Log {
    /// A log that signs with this key alone, and is named as it.
    pub fn of_key(key: VerifierKey) -> Self {
        Self { origin: key.name().to_string(), keys: vec![key] }
    }
}

/// A checkpoint with signatures, as read or made: nothing is known of its truth until [`SignedCheckpoint::verify`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedCheckpoint {
    checkpoint: Checkpoint,
    note: Note,
}

/// A checkpoint whose signatures were verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The head of the log.
    pub checkpoint: Checkpoint,
    /// The witnesses that cosigned it, with the times that they state.
    pub witnesses: Vec<Signed>,
}

impl SignedCheckpoint {
    /// Reads a checkpoint with its signatures.
    ///
    /// # Errors
    /// [`CheckpointError::Note`], [`CheckpointError::Malformed`].
    pub fn parse(bytes: &[u8]) -> Result<Self, CheckpointError> {
        let note = Note::parse(bytes)?;
        Ok(Self { checkpoint: Checkpoint::parse(note.text())?, note })
    }

    /// What it says, unverified.
    pub const fn unverified(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The note, with all signature lines.
    pub const fn note(&self) -> &Note {
        &self.note
    }

    /// Adds a signature or cosignature, in place of an older one by the same key.
    pub fn add(&mut self, line: crate::note::SignatureLine) {
        self.note.add(line);
    }

    /// Drops the signatures of all others than these keys: what is unknown need not be kept.
    pub(crate) fn keep(&mut self, keys: &[VerifierKey]) {
        self.note.keep(keys);
    }

    /// Checks that the log signed it, and which of the witnesses did. How many witnesses are enough is for the caller to
    /// say.
    ///
    /// # Errors
    /// [`CheckpointError::Origin`] if it is of another log, [`CheckpointError::NotSigned`] if no key of the log is among the
    /// signatures, [`NoteError::Signature`] if a signature of a known key does not verify.
    pub fn verify(&self, log: &Log, witnesses: &[VerifierKey]) -> Result<Verified, CheckpointError> {
        if self.checkpoint.origin != log.origin {
            let (found, expected) = (self.checkpoint.origin.clone(), log.origin.clone());
            return Err(CheckpointError::Origin { found, expected });
        }
        if self.note.verify(&log.keys)?.is_empty() {
            return Err(CheckpointError::NotSigned { origin: log.origin.clone() });
        }
        let mut cosigned = self.note.verify(witnesses)?;
        cosigned.retain(|signed| signed.key.algorithm() == Algorithm::Cosignature);
        Ok(Verified { checkpoint: self.checkpoint.clone(), witnesses: cosigned })
    }
}

impl fmt::Display for SignedCheckpoint {
    /// As it is stored and sent.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.note, f)
    }
}

#[cfg(test)]
mod tests;
