//! What may be remembered from one validation to the next: public-key operations that came out well, and revocation data
//! once read. Nothing here depends on time, policy or anchors, so that nothing remembered can make a verdict wrong.

use super::material::Answer;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};

/// Most verified edges that are remembered.
const EDGES_MAX: usize = 65_536;
/// Most parsed revocation data that are remembered.
const PARSED_MAX: usize = 256;

/// Names something that was signed together with the certificate whose key verified it: both by SHA-256.
pub(super) type Edge = ([u8; 32], [u8; 32]);

/// A memory shared by validations, bounded; clone the `Arc` around it to share it between threads.
#[derive(Debug, Default)]
pub struct Memory {
    edges: Mutex<HashSet<Edge>>,
    parsed: Mutex<HashMap<[u8; 32], Arc<Answer>>>,
}

impl Memory {
    /// Nothing remembered.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether this very thing was verified with this very certificate's key before.
    pub(super) fn knows(&self, edge: &Edge) -> bool {
        self.edges.lock().is_ok_and(|edges| edges.contains(edge))
    }

    /// Remembers a verification that succeeded. When full it starts anew, which costs time and nothing else.
    pub(super) fn remember(&self, edge: Edge) {
        if let Ok(mut edges) = self.edges.lock() {
            if edges.len() >= EDGES_MAX {
                edges.clear();
            }
            edges.insert(edge);
        }
    }

    /// Revocation data read before, by the SHA-256 of their bytes.
    pub(super) fn parsed(&self, digest: &[u8; 32]) -> Option<Arc<Answer>> {
        self.parsed.lock().ok().and_then(|parsed| parsed.get(digest).cloned())
    }

    /// Remembers revocation data.
    pub(super) fn keep(&self, digest: [u8; 32], answer: &Arc<Answer>) {
        if let Ok(mut parsed) = self.parsed.lock() {
            if parsed.len() >= PARSED_MAX {
                parsed.clear();
            }
            parsed.insert(digest, Arc::clone(answer));
        }
    }
}
