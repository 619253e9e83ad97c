//! Writing a signed directory, byte for byte in the form of the reference's central server.

use crate::Version;
use crate::document::encode_base64;
use mekong_base::Instant;
use mekong_crypto::{CryptoError, DigestAlgorithm, PrivateKey};
use mekong_pki::Certificate;
use rand::distr::Alphanumeric;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use std::fmt::Write as _;

const BOUNDARY_CHARS: usize = 20;
const DIGEST: DigestAlgorithm = DigestAlgorithm::Sha512;

/// What a directory says.
#[derive(Debug, Clone, Copy)]
pub struct DirectoryContent<'a> {
    /// The instance.
    pub instance: &'a str,
    /// Version of the parts.
    pub version: Version,
    /// When it expires; the fraction of a second is dropped.
    pub expires: Instant,
    /// What it lists.
    pub parts: &'a [OutgoingPart<'a>],
}

/// One part to list.
#[derive(Debug, Clone, Copy)]
pub struct OutgoingPart<'a> {
    /// `SHARED-PARAMETERS`, …
    pub content_id: &'a str,
    /// Absolute path where it is served.
    pub location: &'a str,
    /// Its bytes.
    pub bytes: &'a [u8],
}

impl DirectoryContent<'_> {
    /// The signed directory. Hashes are SHA-512; the key signs with its default algorithm, ECDSA in DER as the reference
    /// expects it here. `certificate` is announced by its hash and must hold the public half of `key`.
    ///
    /// # Errors
    /// [`CryptoError`] if the key cannot sign.
    pub fn sign(&self, key: &PrivateKey, certificate: &Certificate) -> Result<Vec<u8>, CryptoError> {
        let (inner, outer) = (boundary()?, boundary()?);
        let signed = self.list(&inner);
        let algorithm = key.default_algorithm();
        let value = encode_base64(&key.sign(algorithm, signed.as_bytes())?);
        let hash = encode_base64(DIGEST.digest(certificate.der()).as_ref());
        Ok(format!(
            "Content-Type: multipart/related; charset=UTF-8; boundary={outer}\r\n\
             \r\n\
             --{outer}\r\n\
             Content-Type: multipart/mixed; charset=UTF-8; boundary={inner}\r\n\
             \r\n\
             {signed}\r\n\
             --{outer}\r\n\
             Content-Type: application/octet-stream\r\n\
             Content-Transfer-Encoding: base64\r\n\
             Signature-Algorithm-Id: {algorithm}\r\n\
             Verification-certificate-hash: {hash}; hash-algorithm-id=\"{digest}\"\r\n\
             \r\n\
             {value}\r\n\
             --{outer}--\r\n",
            algorithm = algorithm.uri(),
            digest = DIGEST.uri(),
        )
        .into_bytes())
    }

    /// The signed bytes: from the first delimiter to the closing one with its line end.
    fn list(&self, boundary: &str) -> String {
        let mut out = format!(
            "--{boundary}\r\nExpire-date: {}\r\nVersion: {}\r\n\r\n",
            self.expires.whole_seconds(),
            self.version.number()
        );
        for part in self.parts {
            // Writing to a string cannot fail.
            let _ = write!(
                out,
                "--{boundary}\r\n\
                 Content-type: application/octet-stream\r\n\
                 Content-transfer-encoding: base64\r\n\
                 Content-identifier: {}; instance='{}'\r\n\
                 Content-location: {}\r\n\
                 Hash-algorithm-id: {}\r\n\
                 \r\n\
                 {}\r\n",
                part.content_id,
                self.instance,
                part.location,
                DIGEST.uri(),
                encode_base64(DIGEST.digest(part.bytes).as_ref()),
            );
        }
        out + "--" + boundary + "--\r\n"
    }
}

fn boundary() -> Result<String, CryptoError> {
    let random = StdRng::try_from_os_rng().map_err(|_| CryptoError::KeyOperation)?;
    Ok(random.sample_iter(Alphanumeric).take(BOUNDARY_CHARS).map(char::from).collect())
}
