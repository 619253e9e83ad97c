//! What a crash left in the folder of archives: finished or removed.

use crate::messagelog::MessageLogError;
use crate::messagelog::index::Index;
use mekong_store::{StoreError, file};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// How the names of files begin that are being written.
pub(super) const WRITING: &str = ".writing-";
/// How the names of files end that are whole and have not got their name.
const PARTIAL: &str = ".partial";
/// Archives that were made last and may not have got their name.
const NEWEST: u32 = 10_000;

/// Gives files whose record is in the ledger their name, and removes the others. Says how many got their name.
///
/// # Errors
/// [`MessageLogError::Store`] if a file cannot be renamed or removed.
pub(super) async fn recover(folder: &Path, index: &Index) -> Result<usize, MessageLogError> {
    let left = left(folder)?;
    if left.is_empty() {
        return Ok(0);
    }
    let known: BTreeSet<String> =
        index.newest_archives(NEWEST).await?.into_iter().map(|archive| archive.file).collect();
    let mut named = 0;
    for path in left {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        match name.strip_suffix(PARTIAL).filter(|name| known.contains(*name)) {
            Some(name) => {
                tracing::info!(archive = name, "an archive that was made before a crash gets its name");
                file::rename(&path, &path.with_file_name(name))?;
                named += 1;
            }
            None => file::remove(&path)?,
        }
    }
    Ok(named)
}

fn left(folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let failed = |source| StoreError::File { path: folder.to_owned(), source };
    let mut left = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let is_ours = name.starts_with(WRITING) || (name.starts_with("mlog-") && name.ends_with(PARTIAL));
        left.extend(is_ours.then_some(path.clone()));
    }
    left.sort();
    Ok(left)
}
