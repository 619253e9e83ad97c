//! Remembers what was verified: the same response comes with every message of a peer until it is renewed, and checking
//! its signature costs as much as checking the message's.
//!
//! Only successes are kept, under a digest of everything that they depend on but the time, so that a remembered answer is
//! the one that would be found again.

use super::VerifiedStatus;
use crate::Certificate;
use mekong_base::Instant;
use mekong_crypto::{Digest, DigestAlgorithm, Hasher};
use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

/// Most responses that are remembered; about 1 MB.
const ENTRIES_MAX: usize = 8192;

static MEMO: LazyLock<Mutex<HashMap<Vec<u8>, Believed>>> = LazyLock::new(Mutex::default);

/// An authentic response of a responder that may answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Believed {
    pub(super) says: VerifiedStatus,
    /// Validity of the responder's certificate, where it counts.
    pub(super) responder_valid: Option<(Instant, Instant)>,
}

impl Believed {
    /// As [`Certificate::is_valid_at`].
    pub(super) fn holds_at(&self, at: Instant) -> bool {
        self.responder_valid.is_none_or(|(from, to)| from <= at && at.whole_seconds() <= to)
    }
}

pub(super) fn key(response: &[u8], cert: &Certificate, issuer: &Certificate, responders: &[Certificate]) -> Digest {
    let mut hasher = Hasher::new(DigestAlgorithm::Sha256);
    let certificates = [cert, issuer].into_iter().chain(responders).map(Certificate::der);
    for part in std::iter::once(response).chain(certificates) {
        hasher.update(&(part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    hasher.finish()
}

pub(super) fn find(key: &Digest) -> Option<Believed> {
    lock().get(key.as_ref()).copied()
}

pub(super) fn keep(key: Digest, believed: Believed) {
    let mut memo = lock();
    if memo.len() >= ENTRIES_MAX {
        memo.clear();
    }
    memo.insert(key.as_ref().to_vec(), believed);
}

fn lock() -> MutexGuard<'static, HashMap<Vec<u8>, Believed>> {
    MEMO.lock().unwrap_or_else(PoisonError::into_inner)
}
