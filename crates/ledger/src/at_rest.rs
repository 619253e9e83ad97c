//! Content encrypted at rest: AES-256-GCM under a key that is derived for each segment, table or blob from a key of a file.
//!
//! Salts are encrypted together with payloads, so that who steals the disk cannot try out what a commitment stands for.
//! Commitments are over what was recorded, not over what lies on the disk: keys may change, proofs stay.

use crate::LedgerError;
use crate::record::{SALT_LEN, to_array};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hmac;
use mekong_base::Instant;
use mekong_crypto::{DigestAlgorithm, random};
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use zeroize::Zeroizing;

/// Bytes that encryption adds to what is encrypted.
pub(crate) const TAG_LEN: usize = 16;

/// Name of a key: the beginning of a digest of it. Zeros stand for no encryption.
pub(crate) type KeyId = [u8; 8];

/// A key of content at rest: 32 random bytes. `Debug` shows its name alone.
#[derive(Clone)]
pub struct Key(Arc<Zeroizing<[u8; 32]>>);

/// The keys of a ledger: none, or one that encrypts and older ones that are kept for reading.
#[derive(Debug, Clone, Default)]
pub struct Keys {
    current: Option<KeyId>,
    known: BTreeMap<KeyId, Key>,
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", hex::encode(self.id()))
    }
}

impl Key {
    /// A new one.
    ///
    /// # Errors
    /// [`LedgerError::NoRandomness`].
    pub fn generate() -> Result<Self, LedgerError> {
        let mut secret = Zeroizing::new([0; 32]);
        random::fill(secret.as_mut()).map_err(|_| LedgerError::NoRandomness)?;
        Ok(Self(Arc::new(secret)))
    }

    /// The text of a key file: 64 hexadecimal digits and a newline.
    pub fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("{}\n", hex::encode(self.0.as_ref())))
    }

    /// Reads the text of a key file; nothing if it is none. White space around it does not count.
    pub fn from_text(text: &str) -> Option<Self> {
        let mut secret = Zeroizing::new([0; 32]);
        hex::decode_to_slice(text.trim(), secret.as_mut()).ok()?;
        Some(Self(Arc::new(secret)))
    }

    /// Reads a key file.
    ///
    /// # Errors
    /// [`LedgerError::Io`], [`LedgerError::Key`].
    pub fn read(path: &Path) -> Result<Self, LedgerError> {
        let text = std::fs::read_to_string(path).map_err(|error| LedgerError::io(path, error)).map(Zeroizing::new)?;
        Self::from_text(&text).ok_or_else(|| LedgerError::Key {
            path: path.to_owned(),
            reason: "a key file has 64 hexadecimal digits; make one with `openssl rand -hex 32`".to_owned(),
        })
    }

    /// Its name, 16 hexadecimal digits; tells nothing of the key.
    pub fn name(&self) -> String {
        hex::encode(self.id())
    }

    fn id(&self) -> KeyId {
        let mut content = Zeroizing::new(b"mekong key at rest ".to_vec());
        content.extend_from_slice(self.0.as_ref().as_ref());
        let digest = to_array(DigestAlgorithm::Sha256.digest(&content).as_ref());
        digest.first_chunk().copied().unwrap_or_default()
    }

    /// The cipher of one place. Places have different keys, so that random nonces never meet.
    fn cipher(&self, place: &[&[u8]]) -> Option<Cipher> {
        let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, self.0.as_ref().as_ref()));
        place.iter().for_each(|part| context.update(part));
        let derived = context.sign();
        Some(Cipher(Arc::new(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, derived.as_ref()).ok()?))))
    }
}

impl Keys {
    /// No encryption of what is new, and no key for what is encrypted.
    pub fn none() -> Self {
        Self::default()
    }

    /// What is new is encrypted with `current`; `older` ones are for reading.
    pub fn new(current: Key, older: impl IntoIterator<Item = Key>) -> Self {
        let id = current.id();
        let known = older.into_iter().chain([current]).map(|key| (key.id(), key)).collect();
        Self { current: Some(id), known }
    }

    /// What is new is no longer encrypted; `older` keys are for reading.
    pub fn reading(older: impl IntoIterator<Item = Key>) -> Self {
        Self { current: None, known: older.into_iter().map(|key| (key.id(), key)).collect() }
    }

    /// Id of the key for new content, zeros for none.
    pub(crate) fn current(&self) -> KeyId {
        self.current.unwrap_or_default()
    }

    /// The cipher for `place` under the key with this id; nothing for zeros. `describe` names the place in errors.
    pub(crate) fn cipher(
        &self,
        id: KeyId,
        place: &[&[u8]],
        describe: impl FnOnce() -> String,
    ) -> Result<Option<Cipher>, LedgerError> {
        if id == KeyId::default() {
            return Ok(None);
        }
        let cipher = self.known.get(&id).and_then(|key| key.cipher(place));
        cipher.map(Some).ok_or_else(|| LedgerError::KeyMissing { place: describe(), key: hex::encode(id) })
    }
}

/// Encrypts and decrypts what is in one place.
#[derive(Clone)]
pub(crate) struct Cipher(Arc<LessSafeKey>);

impl fmt::Debug for Cipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cipher")
    }
}

impl Cipher {
    /// Encrypts `content` in place and appends the tag. False only if it is too long for the cipher.
    pub(crate) fn seal(&self, nonce: [u8; NONCE_LEN], about: &[u8], content: &mut Vec<u8>) -> bool {
        self.0.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(about), content).is_ok()
    }

    /// Decrypts `content`, with its tag, in place; nothing if it was not made with this key, nonce and `about`.
    pub(crate) fn open<'a>(&self, nonce: [u8; NONCE_LEN], about: &[u8], content: &'a mut [u8]) -> Option<&'a [u8]> {
        let nonce = Nonce::assume_unique_for_key(nonce);
        self.0.open_in_place(nonce, Aad::from(about), content).ok().map(|plain| &*plain)
    }

    /// A record's body: salt and payload, encrypted for its position, time and kind.
    pub(crate) fn seal_record(&self, nonce: [u8; NONCE_LEN], head: &Head, payload: &[u8]) -> Vec<u8> {
        let mut content = Vec::with_capacity(SALT_LEN + payload.len() + TAG_LEN);
        content.extend_from_slice(&head.salt);
        content.extend_from_slice(payload);
        self.seal(nonce, &head.about(), &mut content);
        content
    }

    /// Salt and payload of an encrypted record; nothing if it is not what was encrypted here.
    pub(crate) fn open_record(
        &self,
        nonce: [u8; NONCE_LEN],
        head: &Head,
        body: &[u8],
    ) -> Option<([u8; SALT_LEN], Vec<u8>)> {
        let mut content = body.to_vec();
        let plain = self.open(nonce, &head.about(), &mut content)?;
        let (salt, payload) = plain.split_first_chunk::<SALT_LEN>()?;
        Some((*salt, payload.to_vec()))
    }
}

/// What is known of a record beside its payload. The salt is not part of what binds the encryption.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Head {
    pub(crate) position: u64,
    pub(crate) at: Instant,
    pub(crate) kind: u8,
    pub(crate) salt: [u8; SALT_LEN],
}

impl Head {
    fn about(&self) -> Vec<u8> {
        let numbers = self.position.to_le_bytes().into_iter().chain(self.at.unix_micros().to_le_bytes());
        numbers.chain([self.kind]).collect()
    }
}
