//! Files as documents: read where they lie, so that a gigabyte is hashed and never loaded.

use mekong_base::{Source, SourceError};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

/// An open file of the length that it had when it was opened.
pub(crate) struct FileSource {
    file: File,
    length: u64,
}

impl FileSource {
    /// Opens a file; folders and devices are none.
    ///
    /// # Errors
    /// As the system says.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
        }
        Ok(Self { length: metadata.len(), file })
    }
}

/// Writes a file that is there whole or not at all: beside its place, synced, then moved there.
///
/// # Errors
/// As the system says; what stood there before still does then.
pub(crate) fn write_whole(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let temporary = path.with_file_name(name);
    let write = || {
        let mut file = File::create_new(&temporary)?;
        io::Write::write_all(&mut file, content)?;
        file.sync_all()?;
        std::fs::rename(&temporary, path)
    };
    write().inspect_err(|_| {
        let _ = std::fs::remove_file(&temporary);
    })
}

impl Source for FileSource {
    fn len(&self) -> u64 {
        self.length
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<(), SourceError> {
        self.file
            .read_exact_at(buffer, offset)
            .map_err(|e| SourceError(format!("{} bytes at {offset}: {e}", buffer.len())))
    }
}
