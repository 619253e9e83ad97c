//! Where the shared vectors are.

use std::path::PathBuf;

/// The folder of shared vectors and tools; without it the calling test is skipped, or fails where `CI=true`.
pub fn shared(path: &str) -> Option<PathBuf> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let folder = std::env::var_os("MEKONG_SHARED").map_or(beside, PathBuf::from);
    if folder.is_dir() {
        return Some(folder.join(path));
    }
    assert!(std::env::var("CI").as_deref() != Ok("true"), "no ../shared, and CI=true");
    println!("skipped: no ../shared");
    None
}

pub fn read(path: &std::path::Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
