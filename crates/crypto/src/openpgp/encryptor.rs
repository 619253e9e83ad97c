//! Encrypting a stream (RFC 9580 §5.13.1, §5.9).

use super::Recipients;
use super::packet::InParts;
use super::session::write_key;
use crate::{CryptoError, DigestAlgorithm, Hasher, Zeroizing, random};
use aws_lc_rs::cipher::{AES_256, EncryptionContext, StreamingEncryptingKey, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use std::io::{self, Write};

/// Packet with encrypted content and a digest of it.
const SEALED: u8 = 18;
/// Packet with a file.
const LITERAL: u8 = 11;
/// How the packet with the digest begins: its tag and length.
const DIGEST: [u8; 2] = [0xd3, 0x14];
/// A block of AES.
const BLOCK: usize = 16;

/// Encrypts what is written to it. [`Encryptor::finish`] must be called, or the result cannot be decrypted.
pub struct Encryptor<W: Write> {
    out: W,
    cipher: StreamingEncryptingKey,
    hasher: Hasher,
    sealed: InParts,
    literal: InParts,
    /// Plain and encrypted bytes on their way.
    plain: Vec<u8>,
    encrypted: Vec<u8>,
}

impl<W: Write> Encryptor<W> {
    /// Begins a message for all of `recipients`.
    ///
    /// # Errors
    /// If a key cannot be used, or there is no recipient; the writer's own.
    pub fn new(mut out: W, recipients: &Recipients) -> io::Result<Self> {
        if recipients.is_empty() {
            return Err(io::Error::other("there is nobody to encrypt to"));
        }
        let failed = |error: CryptoError| io::Error::other(error.to_string());
        let mut key = Zeroizing::new([0; 32]);
        random::fill(key.as_mut()).map_err(failed)?;
        let mut head = Vec::new();
        for recipient in recipients.each() {
            write_key(&mut head, &key, recipient).map_err(failed)?;
        }
        let mut sealed = InParts::begin(&mut head, SEALED);
        // The version of the packet.
        sealed.add(&[1], &mut head);
        out.write_all(&head)?;
        let mut prefix = [0; BLOCK];
        random::fill(&mut prefix).map_err(failed)?;
        let mut plain = prefix.to_vec();
        plain.extend(prefix.iter().skip(BLOCK - 2));
        let mut literal = InParts::begin(&mut plain, LITERAL);
        // Binary, without a name, without a date.
        literal.add(&[b'b', 0, 0, 0, 0, 0], &mut plain);
        let (hasher, encrypted) = (Hasher::new(DigestAlgorithm::Sha1), Vec::new());
        Ok(Self { out, cipher: cipher(&key)?, hasher, sealed, literal, plain, encrypted })
    }

    /// Ends the message and gives the writer back.
    ///
    /// # Errors
    /// The writer's own.
    pub fn finish(mut self) -> io::Result<W> {
        let literal = std::mem::replace(&mut self.literal, InParts::begin(&mut Vec::new(), LITERAL));
        literal.end(&mut self.plain);
        self.plain.extend(DIGEST);
        self.hasher.update(&self.plain);
        let hasher = std::mem::replace(&mut self.hasher, Hasher::new(DigestAlgorithm::Sha1));
        self.plain.extend(hasher.finish().as_ref());
        self.encrypt()?;
        self.sealed.end(&mut self.encrypted);
        self.out.write_all(&self.encrypted)?;
        Ok(self.out)
    }

    /// Encrypts and writes what is plain.
    fn encrypt(&mut self) -> io::Result<()> {
        let mut buffer = vec![0; self.plain.len() + BLOCK];
        let updated = self.cipher.update(&self.plain, &mut buffer);
        let update = updated.map_err(|_| io::Error::other("AES failed"))?;
        self.sealed.add(update.written(), &mut self.encrypted);
        self.plain.clear();
        self.out.write_all(&self.encrypted)?;
        self.encrypted.clear();
        Ok(())
    }
}

/// AES-256 in CFB mode from a block of zeros: the random prefix is what makes each message another.
fn cipher(key: &[u8; 32]) -> io::Result<StreamingEncryptingKey> {
    let failed = |_| io::Error::other("AES cannot be used");
    let key = UnboundCipherKey::new(&AES_256, key).map_err(failed)?;
    let start = EncryptionContext::Iv128(FixedLength::from([0; BLOCK]));
    StreamingEncryptingKey::less_safe_cfb128(key, start).map_err(failed)
}

impl<W: Write> Write for Encryptor<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.literal.add(bytes, &mut self.plain);
        if !self.plain.is_empty() {
            self.hasher.update(&self.plain);
            self.encrypt()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
