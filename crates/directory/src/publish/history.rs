//! The history of a directory: every publication in a ledger, before it is served. A configuration that somebody was shown
//! and that is not in the ledger, or two of them for one time, or a ledger that was rewritten, can be proved.
//!
//! Records are JSON. Kind 1 is a publication: its generation, expiry, the SHA-256 of each signed document and of each part
//! that it lists. Kind 2 holds the parts themselves in the newest version, once, when they change.

use super::publisher::PublishError;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use mekong_base::Instant;
use mekong_ledger::{Ledger, NewRecord};
use serde::{Deserialize, Serialize};
use tokio::runtime::Handle;

/// Kind of the records that say what was published.
pub const PUBLICATION: u8 = 1;
/// Kind of the records that hold parts.
pub const CONTENT: u8 = 2;

/// A publication, as it stands in the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Publication {
    /// The instance.
    pub instance: String,
    /// The generation, as it stands in locations.
    pub generation: String,
    /// When it expires.
    pub expires: Instant,
    /// The signed documents.
    pub documents: Vec<Document>,
    /// The parts that they list.
    pub parts: Vec<Document>,
}

/// A document by its digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// Where it is served: `/internalconf?version=6`, or the location of a part.
    pub path: String,
    /// SHA-256 of its bytes, hex.
    pub sha256: String,
}

/// A part, as it stands in the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Content {
    /// SHA-256 of its bytes, hex.
    pub sha256: String,
    /// Its bytes, base64.
    pub bytes: String,
}

/// The ledger of what a directory published.
#[derive(Debug, Clone)]
pub struct History {
    ledger: Ledger,
    runtime: Handle,
}

impl History {
    /// A history in an open ledger. Call it within the runtime that the ledger lives in.
    pub fn new(ledger: Ledger) -> Self {
        Self { ledger, runtime: Handle::current() }
    }

    /// The ledger.
    pub const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Records a publication and, if it is new, what it holds; on disk when this returns. Blocks: not within a task.
    pub(super) fn record(&self, publication: &Publication, content: &[&[u8]]) -> Result<(), PublishError> {
        let mut records = Vec::with_capacity(1 + content.len());
        for bytes in content {
            let content = Content { sha256: crate::registration::fingerprint(bytes), bytes: BASE64.encode(bytes) };
            records.push(NewRecord { kind: CONTENT, payload: json(&content)? });
        }
        records.push(NewRecord { kind: PUBLICATION, payload: json(publication)? });
        self.runtime.block_on(self.ledger.append(records)).map(|_| ()).map_err(PublishError::from)
    }
}

fn json(value: &impl Serialize) -> Result<bytes::Bytes, PublishError> {
    let bytes = serde_json::to_vec(value).map_err(|error| PublishError::Record(error.to_string()))?;
    Ok(bytes.into())
}
