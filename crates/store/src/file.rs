//! Single files that are on disk when the call returns: written aside, synced, renamed, the folder synced.
//! These calls block for as long as the disk does.

use crate::StoreError;
use std::ffi::OsString;
use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Writes `bytes` to `path`, replacing what is there; either the old or the new content is found after a crash.
///
/// # Errors
/// [`StoreError::File`]; the old content is still there then. See [`StoreError::is_full`].
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let partial = partial(path);
    let written = File::create(&partial).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    if let Err(source) = written {
        let _ = std::fs::remove_file(&partial);
        return Err(StoreError::File { path: path.to_owned(), source });
    }
    rename(&partial, path)
}

/// Renames a synced file within its folder and syncs the folder.
///
/// # Errors
/// [`StoreError::File`].
pub fn rename(from: &Path, to: &Path) -> Result<(), StoreError> {
    std::fs::rename(from, to).map_err(|source| StoreError::File { path: to.to_owned(), source })?;
    sync_folder(to.parent().unwrap_or(Path::new(".")))
}

/// Removes a file; one that is not there is fine.
///
/// # Errors
/// [`StoreError::File`].
pub fn remove(path: &Path) -> Result<(), StoreError> {
    match std::fs::remove_file(path) {
        Err(source) if source.kind() != ErrorKind::NotFound => Err(StoreError::File { path: path.to_owned(), source }),
        _ => Ok(()),
    }
}

/// Waits until the content of a file is on disk.
///
/// # Errors
/// [`StoreError::File`].
pub fn sync(path: &Path) -> Result<(), StoreError> {
    File::open(path)
        .and_then(|file| file.sync_all())
        .map_err(|source| StoreError::File { path: path.to_owned(), source })
}

/// Waits until the names in a folder are on disk.
///
/// # Errors
/// [`StoreError::File`].
pub fn sync_folder(folder: &Path) -> Result<(), StoreError> {
    sync(if folder.as_os_str().is_empty() { Path::new(".") } else { folder })
}

/// Where [`write()`] puts the content before it has its name: `path` with `.partial` after it.
pub fn partial(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(".partial");
    PathBuf::from(name)
}
