//! Good responses on disk, so that a restart while the responder is away finds them. A cache: what cannot be read or
//! written is as if it were not there, and nothing in it is believed before it is verified anew.

use mekong_base::Instant;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Larger files are not responses.
const RESPONSE_BYTES_MAX: u64 = 1 << 20;
const ENDING: &str = "ocsp";

/// A folder with one file a certificate.
#[derive(Debug, Clone)]
pub(super) struct Folder(PathBuf);

impl Folder {
    /// The folder, made if it is not there.
    pub(super) fn open(path: &Path) -> std::io::Result<Self> {
        fs::create_dir_all(path)?;
        Ok(Self(path.to_path_buf()))
    }

    fn file(&self, key: &[u8; 32]) -> PathBuf {
        self.0.join(format!("{}.{ENDING}", hex::encode(key)))
    }

    /// The response kept under a key.
    pub(super) fn read(&self, key: &[u8; 32]) -> Option<Vec<u8>> {
        let mut der = Vec::new();
        fs::File::open(self.file(key)).ok()?.take(RESPONSE_BYTES_MAX).read_to_end(&mut der).ok()?;
        Some(der)
    }

    /// Keeps a response, whole or not at all.
    pub(super) fn write(&self, key: &[u8; 32], der: &[u8], now: Instant) {
        let target = self.file(key);
        // Two writers of one certificate must not share a temporary file.
        let temporary = target.with_extension(format!("{}.tmp", now.unix_micros()));
        if let Err(error) = fs::write(&temporary, der).and_then(|()| fs::rename(&temporary, &target)) {
            tracing::warn!(path = %target.display(), %error, "an OCSP response is not kept for the next start");
        }
    }

    /// Forgets everything.
    pub(super) fn clear(&self) {
        let files = fs::read_dir(&self.0).into_iter().flatten().flatten().map(|entry| entry.path());
        for file in files.filter(|path| path.extension().is_some_and(|e| e == ENDING)) {
            if let Err(error) = fs::remove_file(&file) {
                tracing::warn!(path = %file.display(), %error, "an OCSP response is not forgotten");
            }
        }
    }
}
