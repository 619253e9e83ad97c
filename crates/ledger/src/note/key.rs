//! Keys of notes: `name+id+key`, and the private halves.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use mekong_base::Instant;
use mekong_crypto::{CryptoError, KeyType, PrivateKey, PublicKey, SignatureAlgorithm};
use std::fmt;
use std::str::FromStr;

use super::SignatureLine;
use crate::cosignature;
use crate::merkle::Hash;

/// The longest name of a key, in bytes.
const NAME_BYTES_MAX: usize = 255;
/// What stands before the 32 bytes of an Ed25519 key in X.509 (RFC 8410 §4).
const SPKI_PREFIX: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// Why a key cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// No name of a key.
    #[error(
        "{0:?} is not a key name: 1 to 255 bytes without spaces, '+' and control characters, best a URL without scheme"
    )]
    Name(String),
    /// The text is not `name+id+key`.
    #[error(
        "{0:?} is not a verifier key such as example.com/log+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
    )]
    Malformed(String),
    /// The id is not that of name and key: the text was damaged, or put together from two.
    #[error("verifier key of {name}: its id is {computed:08x}, not {found:08x}")]
    Id {
        /// The name.
        name: String,
        /// What stands there.
        found: u32,
        /// What it should be.
        computed: u32,
    },
    /// Another algorithm than Ed25519.
    #[error("verifier key of {name}: signature type {found:#04x} is not supported; 0x01 and 0x04 (Ed25519) are")]
    Algorithm {
        /// The name.
        name: String,
        /// Its signature type.
        found: u8,
    },
    /// The private key is not Ed25519.
    #[error("the key of {name} must be Ed25519, not {found}")]
    Kind {
        /// The name.
        name: String,
        /// What it is.
        found: String,
    },
    /// The key operation failed.
    #[error("the key of {name}: {source}")]
    Crypto {
        /// The name.
        name: String,
        /// What is wrong.
        source: CryptoError,
    },
}

/// The name of a key: of a log, best its origin, or of a witness.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyName(String);

impl KeyName {
    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for KeyName {
    type Err = KeyError;
    fn from_str(text: &str) -> Result<Self, KeyError> {
        let odd = |c: char| c.is_whitespace() || c.is_control() || c == '+';
        if text.is_empty() || text.len() > NAME_BYTES_MAX || text.contains(odd) {
            return Err(KeyError::Name(text.chars().take(NAME_BYTES_MAX).collect()));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a signature is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// `0x01`: Ed25519 over the text. What logs sign with.
    Ed25519,
    /// `0x04`: Ed25519 over the text and a time. What witnesses sign with.
    Cosignature,
}

impl Algorithm {
    const fn byte(self) -> u8 {
        match self {
            Self::Ed25519 => 1,
            Self::Cosignature => 4,
        }
    }
}

/// The public key of a log or witness, with its name. The text form is `name+id+key`.
#[derive(Clone)]
pub struct VerifierKey {
    name: KeyName,
    id: u32,
    algorithm: Algorithm,
    raw: [u8; 32],
    key: PublicKey,
}

impl VerifierKey {
    fn new(name: KeyName, algorithm: Algorithm, raw: [u8; 32]) -> Result<Self, KeyError> {
        let key = PublicKey::from_spki(&[&SPKI_PREFIX[..], &raw].concat());
        let key = key.map_err(|source| KeyError::Crypto { name: name.to_string(), source })?;
        let id = key_id(&name, algorithm, &raw);
        Ok(Self { name, id, algorithm, raw, key })
    }

    /// Its name.
    pub const fn name(&self) -> &KeyName {
        &self.name
    }

    /// Its id: with the name, what tells keys apart.
    pub const fn id(&self) -> u32 {
        self.id
    }

    /// What it signs.
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Whether a signature line says that it is by this key.
    pub fn is_of(&self, line: &SignatureLine) -> bool {
        line.id() == self.id && line.name() == self.name.as_str()
    }

    /// Checks a signature over `text`; the time of a cosignature.
    ///
    /// # Errors
    /// [`CryptoError`] if it does not verify.
    pub(super) fn verify(&self, text: &str, signature: &[u8]) -> Result<Option<Instant>, CryptoError> {
        match self.algorithm {
            Algorithm::Ed25519 => {
                self.key.verify(SignatureAlgorithm::Ed25519, text.as_bytes(), signature)?;
                Ok(None)
            }
            Algorithm::Cosignature => {
                let (seconds, signature) = cosignature::split(signature).ok_or(CryptoError::MalformedSignature)?;
                let message = cosignature::message(seconds, text);
                self.key.verify(SignatureAlgorithm::Ed25519, message.as_bytes(), signature)?;
                Ok(Some(Instant::from_unix_seconds(seconds)))
            }
        }
    }
}

/// `SHA-256(name || 0x0A || type || public key)[:4]`.
fn key_id(name: &KeyName, algorithm: Algorithm, raw: &[u8; 32]) -> u32 {
    let Hash([a, b, c, d, ..]) = crate::merkle::digest(&[name.0.as_bytes(), b"\n", &[algorithm.byte()], raw]);
    u32::from_be_bytes([a, b, c, d])
}

impl PartialEq for VerifierKey {
    fn eq(&self, other: &Self) -> bool {
        (&self.name, self.algorithm, self.raw) == (&other.name, other.algorithm, other.raw)
    }
}

impl Eq for VerifierKey {}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = BASE64_STANDARD.encode([&[self.algorithm.byte()][..], &self.raw].concat());
        write!(f, "{}+{:08x}+{key}", self.name, self.id)
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for VerifierKey {
    type Err = KeyError;
    fn from_str(text: &str) -> Result<Self, KeyError> {
        let malformed = || KeyError::Malformed(text.chars().take(400).collect());
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(malformed());
        };
        let name: KeyName = name.parse()?;
        let is_hex = |c: u8| c.is_ascii_digit() || (b'a'..=b'f').contains(&c);
        if id.len() != 8 || !id.bytes().all(is_hex) || key.len() > 4096 {
            return Err(malformed());
        }
        let found = u32::from_str_radix(id, 16).map_err(|_| malformed())?;
        let key = BASE64_STANDARD.decode(key).map_err(|_| malformed())?;
        let (algorithm, raw) = key.split_first().ok_or_else(malformed)?;
        let algorithm = match algorithm {
            1 => Algorithm::Ed25519,
            4 => Algorithm::Cosignature,
            other => return Err(KeyError::Algorithm { name: name.0, found: *other }),
        };
        let key = Self::new(name, algorithm, raw.try_into().map_err(|_| malformed())?)?;
        if key.id != found {
            return Err(KeyError::Id { name: key.name.0, found, computed: key.id });
        }
        Ok(key)
    }
}

/// The private key of a log or witness, with its name. `Debug` shows the public half.
#[derive(Clone)]
pub struct Signer {
    verifier: VerifierKey,
    key: PrivateKey,
}

impl Signer {
    /// A key under a name. A witness and a log must not share a key.
    ///
    /// # Errors
    /// [`KeyError::Kind`] if it is not Ed25519.
    pub fn new(name: KeyName, algorithm: Algorithm, key: PrivateKey) -> Result<Self, KeyError> {
        let public = key.public_key();
        let raw = public.spki().strip_prefix(&SPKI_PREFIX).and_then(|raw| raw.try_into().ok());
        match raw {
            Some(raw) if public.key_type() == KeyType::Ed25519 => {
                Ok(Self { verifier: VerifierKey::new(name, algorithm, raw)?, key })
            }
            _ => Err(KeyError::Kind { name: name.0, found: public.key_type().to_string() }),
        }
    }

    /// The public half.
    pub const fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    /// Signs a text; `at` goes into a cosignature, and is of no matter for a log's signature.
    ///
    /// # Errors
    /// [`KeyError::Crypto`] if the key does not sign.
    pub fn sign(&self, text: &str, at: Instant) -> Result<SignatureLine, KeyError> {
        let sign = |message: &str| self.key.sign(SignatureAlgorithm::Ed25519, message.as_bytes());
        let signature = match self.verifier.algorithm {
            Algorithm::Ed25519 => sign(text),
            Algorithm::Cosignature => {
                let seconds = at.unix_seconds();
                sign(&cosignature::message(seconds, text)).map(|signature| cosignature::join(seconds, &signature))
            }
        };
        let signature =
            signature.map_err(|source| KeyError::Crypto { name: self.verifier.name.to_string(), source })?;
        Ok(SignatureLine::new(self.verifier.name.to_string(), self.verifier.id, signature))
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({}, ..)", self.verifier)
    }
}
