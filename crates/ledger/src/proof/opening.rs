//! What a proof says of its record. Only the commitment must be there: it tells nothing. With salt, kind and time, whoever
//! also has the payload can check that the record is this one.

use crate::commitment::{Salt, commitment};
use crate::merkle::Hash;
use crate::note::VerifierKey;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use mekong_base::Instant;
use std::fmt;

const HEADER: &str = "mekong-ledger-record/v1";
/// The most keys that a proof names.
const KEYS_MAX: usize = 16;

/// Why the record that is shown is not the one that is proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpeningError {
    /// The extra data is not ours.
    #[error("the extra data of the proof does not describe a record of a ledger")]
    Malformed,
    /// The proof has only the commitment.
    #[error("the proof does not open its record: ask for one made with --open")]
    Closed,
    /// The payload, kind, time or salt are not those that were recorded.
    #[error("this is not the payload that was recorded: its commitment is {computed}, the record's {recorded}")]
    Other {
        /// Of what is shown.
        computed: Hash,
        /// Of what is proved.
        recorded: Hash,
    },
}

/// What is said of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// The commitment: the entry of the tree.
    pub commitment: Hash,
    /// What opens it, together with the payload.
    pub secret: Option<Secret>,
    /// The keys of the log and its witnesses as the log names them: to recognise, not to trust.
    pub keys: Vec<VerifierKey>,
}

/// What opens a commitment, together with the payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secret {
    /// The random salt.
    pub salt: Salt,
    /// Kind of the record.
    pub kind: u8,
    /// When it was recorded.
    pub at: Instant,
}

impl Opening {
    /// The commitment alone.
    pub const fn closed(commitment: Hash) -> Self {
        Self { commitment, secret: None, keys: Vec::new() }
    }

    /// With what opens it.
    pub fn open(salt: Salt, kind: u8, at: Instant, payload: &[u8]) -> Self {
        let commitment = commitment(&salt, kind, at, payload);
        Self { secret: Some(Secret { salt, kind, at }), ..Self::closed(commitment) }
    }

    /// Checks that the record has this payload; its kind and time.
    ///
    /// # Errors
    /// [`OpeningError::Closed`], [`OpeningError::Other`].
    pub fn check(&self, payload: &[u8]) -> Result<(u8, Instant), OpeningError> {
        let Secret { salt, kind, at } = self.secret.as_ref().ok_or(OpeningError::Closed)?;
        let computed = commitment(salt, *kind, *at, payload);
        if computed != self.commitment {
            return Err(OpeningError::Other { computed, recorded: self.commitment });
        }
        Ok((*kind, *at))
    }

    /// Reads the extra data of a proof.
    ///
    /// # Errors
    /// [`OpeningError::Malformed`].
    pub(super) fn parse(extra: &[u8]) -> Result<Self, OpeningError> {
        Self::read(extra).ok_or(OpeningError::Malformed)
    }

    fn read(extra: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(extra).ok()?;
        let mut lines = text.strip_suffix('\n')?.split('\n');
        if lines.next()? != HEADER {
            return None;
        }
        let mut lines = lines.peekable();
        let mut line = |name: &str| lines.next_if(|line| line.starts_with(name))?.get(name.len() + 1..);
        let commitment = line("commitment")?.parse().ok()?;
        let mut read = Self::closed(commitment);
        if let Some(salt) = line("salt") {
            let salt = BASE64_STANDARD.decode(salt).ok()?.try_into().ok()?;
            let (kind, at) = (line("kind")?.parse().ok()?, line("time")?.parse().ok()?);
            read.secret = Some(Secret { salt, kind, at });
        }
        while let Some(key) = line("key") {
            read.keys.push(key.parse().ok().filter(|_| read.keys.len() < KEYS_MAX)?);
        }
        // One record, one text: whatever is not written as we would write it is refused.
        (read.to_string() == text).then_some(read)
    }
}

impl fmt::Display for Opening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}\ncommitment {}", self.commitment)?;
        if let Some(Secret { salt, kind, at }) = &self.secret {
            writeln!(f, "salt {}\nkind {kind}\ntime {at}", BASE64_STANDARD.encode(salt))?;
        }
        self.keys.iter().try_for_each(|key| writeln!(f, "key {key}"))
    }
}
