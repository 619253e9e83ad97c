//! Files as documents: read where they lie, so that a gigabyte is hashed and never loaded.

use mekong_base::{Source, SourceError};
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Arc;

/// An open file of the length that it had when it was opened, or a part of it.
pub(crate) struct FileSource {
    file: Arc<File>,
    start: u64,
    length: u64,
}

impl FileSource {
    /// Opens a file; folders and devices are none.
    ///
    /// # Errors
    /// As the system says.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        Self::of(File::open(path)?)
    }

    /// An open file.
    ///
    /// # Errors
    /// As the system says.
    pub(crate) fn of(file: File) -> io::Result<Self> {
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
        }
        Ok(Self { start: 0, length: metadata.len(), file: Arc::new(file) })
    }

    /// A part of it; what lies beyond its end is left out.
    pub(crate) fn part(&self, range: Range<u64>) -> Self {
        let (start, end) = (range.start.min(self.length), range.end.min(self.length));
        Self { file: Arc::clone(&self.file), start: self.start + start, length: end.saturating_sub(start) }
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
        let end = offset.checked_add(buffer.len() as u64);
        if end.is_none_or(|end| end > self.length) {
            return Err(SourceError(format!("{} bytes at {offset} of {}", buffer.len(), self.length)));
        }
        self.file
            .read_exact_at(buffer, self.start + offset)
            .map_err(|e| SourceError(format!("{} bytes at {offset}: {e}", buffer.len())))
    }
}
