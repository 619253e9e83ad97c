//! Files that are there whole or not at all.

use crate::AuthorityError;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;

/// Writes a file beside its place, syncs it, and moves it there; syncs the folder.
pub(crate) fn write_whole(path: &Path, content: &[u8]) -> Result<(), AuthorityError> {
    let temporary = path.with_extension("tmp");
    let write = || {
        let mut file = File::create(&temporary)?;
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(&temporary, path)?;
        path.parent().map_or(Ok(()), |dir| File::open(dir)?.sync_all())
    };
    write().map_err(AuthorityError::io(path))
}
