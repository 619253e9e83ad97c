//! The text of a note and its signature lines, read and checked.

use super::{NOTE_BYTES_MAX, SIGNATURES_MAX, VerifierKey};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use mekong_base::Instant;
use mekong_crypto::CryptoError;
use std::fmt;

/// The longest signature that is read, in bytes: ML-DSA ones are passed over, not refused.
const SIGNATURE_BYTES_MAX: usize = 8 << 10;

/// Why a note is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoteError {
    /// Larger than is read.
    #[error("the note has {0} bytes; at most {NOTE_BYTES_MAX} are read")]
    TooLong(usize),
    /// Not a note.
    #[error("not a signed note: {0}")]
    Malformed(&'static str),
    /// A key that we know is named, and the signature is not by it.
    #[error("the signature of {name} does not verify: {source}")]
    Signature {
        /// The name of the key.
        name: String,
        /// What is wrong.
        source: CryptoError,
    },
}

/// One line below a note. Nothing is known of its truth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureLine {
    name: String,
    id: u32,
    signature: Vec<u8>,
}

impl SignatureLine {
    pub(super) const fn new(name: String, id: u32, signature: Vec<u8>) -> Self {
        Self { name, id, signature }
    }

    /// The name of the key.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The id of the key.
    pub const fn id(&self) -> u32 {
        self.id
    }

    /// The signature, without the id.
    #[cfg(test)]
    pub(crate) fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// Reads one line, without its line end.
    ///
    /// # Errors
    /// [`NoteError::Malformed`].
    pub fn parse(line: &str) -> Result<Self, NoteError> {
        let malformed = || NoteError::Malformed("a signature line is not: — name base64");
        let (name, value) = line.strip_prefix("— ").and_then(|line| line.split_once(' ')).ok_or_else(malformed)?;
        let _: super::KeyName = name.parse().map_err(|_| NoteError::Malformed("a signature has no proper key name"))?;
        if value.len() > SIGNATURE_BYTES_MAX {
            return Err(NoteError::Malformed("a signature is longer than any known"));
        }
        let value = BASE64_STANDARD.decode(value).map_err(|_| NoteError::Malformed("a signature is not Base64"))?;
        match value.split_first_chunk::<4>() {
            Some((id, signature)) if !signature.is_empty() => {
                Ok(Self { name: name.to_owned(), id: u32::from_be_bytes(*id), signature: signature.to_vec() })
            }
            _ => Err(NoteError::Malformed("a signature is too short")),
        }
    }
}

impl fmt::Display for SignatureLine {
    /// The line without its line end.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = BASE64_STANDARD.encode([&self.id.to_be_bytes()[..], &self.signature].concat());
        write!(f, "— {} {value}", self.name)
    }
}

/// A note as read: nothing is known of its truth until [`Note::verify`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<SignatureLine>,
}

/// A signature that was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// The key.
    pub key: VerifierKey,
    /// The time that a cosignature states.
    pub at: Option<Instant>,
}

impl Note {
    /// A note without signatures yet. `text` ends in a line end.
    ///
    /// # Errors
    /// [`NoteError::Malformed`] if it does not, or has control characters.
    pub fn new(text: String) -> Result<Self, NoteError> {
        check_text(&text)?;
        if !text.ends_with('\n') {
            return Err(NoteError::Malformed("the text does not end in a line end"));
        }
        Ok(Self { text, signatures: Vec::new() })
    }

    /// Reads a note.
    ///
    /// # Errors
    /// [`NoteError::TooLong`], [`NoteError::Malformed`].
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        if bytes.len() > NOTE_BYTES_MAX {
            return Err(NoteError::TooLong(bytes.len()));
        }
        let note = std::str::from_utf8(bytes).map_err(|_| NoteError::Malformed("not UTF-8"))?;
        check_text(note)?;
        let end = note.rfind("\n\n").ok_or(NoteError::Malformed("no empty line before signatures"))?;
        let (text, below) = note.split_at(end + 1);
        let below = below.strip_prefix('\n').and_then(|below| below.strip_suffix('\n'));
        let below = below.ok_or(NoteError::Malformed("no signature, or the last line does not end"))?;
        if below.bytes().filter(|byte| *byte == b'\n').count() >= SIGNATURES_MAX {
            return Err(NoteError::Malformed("too many signatures"));
        }
        let signatures = below.split('\n').map(SignatureLine::parse).collect::<Result<_, _>>()?;
        Ok(Self { text: text.to_owned(), signatures })
    }

    /// What is signed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The lines below it, verified or not.
    pub fn signatures(&self) -> &[SignatureLine] {
        &self.signatures
    }

    /// Adds a signature, in place of an older one of the same key.
    pub fn add(&mut self, line: SignatureLine) {
        self.signatures.retain(|old| (old.id, &old.name) != (line.id, &line.name));
        self.signatures.push(line);
    }

    /// Drops the lines of all others than these keys.
    pub(crate) fn keep(&mut self, keys: &[VerifierKey]) {
        self.signatures.retain(|line| keys.iter().any(|key| key.is_of(line)));
    }

    /// The signatures of those of `keys` that signed, each verified; lines of unknown keys are passed over, and so are
    /// further lines of the same key. Whether these are enough is for the caller to say: none may be.
    ///
    /// # Errors
    /// [`NoteError::Signature`] if a line names one of the keys and does not verify: such a note is refused whole.
    pub fn verify(&self, keys: &[VerifierKey]) -> Result<Vec<Signed>, NoteError> {
        let mut signed: Vec<Signed> = Vec::new();
        for line in &self.signatures {
            let Some(key) = keys.iter().find(|key| key.is_of(line)) else { continue };
            if signed.iter().any(|earlier| earlier.key == *key) {
                continue;
            }
            let at = key.verify(&self.text, &line.signature);
            let at = at.map_err(|source| NoteError::Signature { name: line.name.clone(), source })?;
            signed.push(Signed { key: key.clone(), at });
        }
        Ok(signed)
    }
}

fn check_text(text: &str) -> Result<(), NoteError> {
    if text.bytes().any(|byte| byte < 0x20 && byte != b'\n') {
        return Err(NoteError::Malformed("control characters"));
    }
    Ok(())
}

impl fmt::Display for Note {
    /// The note as it is stored and sent; it can be read again if it has a signature.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}
