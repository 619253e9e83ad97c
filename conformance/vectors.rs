//! Where the vectors are: beside the repository, or where `MEKONG_SHARED` says.

use std::path::{Path, PathBuf};

/// The folder of X-Road vectors; without it the calling test is skipped, or fails where `CI=true`.
pub(crate) fn root() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let root = std::env::var_os("MEKONG_SHARED").map_or(beside, PathBuf::from).join("vectors/xroad");
    if root.is_dir() {
        return Some(root);
    }
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{} is missing, and CI=true", root.display());
    println!("skipped: no ../shared");
    None
}

/// The bytes of a vector.
pub(crate) fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
