//! The data and tools that stand beside the repository.

use std::path::{Path, PathBuf};

/// A file of `../shared`; without it the calling test is skipped, or fails where `CI=true`.
pub(crate) fn shared(path: &str) -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let path = std::env::var_os("MEKONG_SHARED").map_or(beside, PathBuf::from).join(path);
    if path.exists() {
        return Some(path);
    }
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{} is missing, and CI=true", path.display());
    println!("skipped: no ../shared");
    None
}
