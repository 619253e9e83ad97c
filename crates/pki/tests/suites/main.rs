//! Conformance: the NIST PKITS, x509-limbo, lists as OpenSSL reads them, and bytes that nobody should send.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod hostile;
mod limbo;
mod lists;
mod pkits;

use std::path::{Path, PathBuf};

/// A folder of the shared vectors; `None` (and a line of output) if they are not here, which in CI is a failure.
fn shared(folder: &str) -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let path = std::env::var_os("MEKONG_SHARED").map_or(beside, PathBuf::from).join(folder);
    if path.exists() {
        return Some(path);
    }
    assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{} is missing", path.display());
    println!("skipped: no ../shared");
    None
}
