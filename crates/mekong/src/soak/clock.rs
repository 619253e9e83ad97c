//! A gateway's clock that jumps: libfaketime, where it is installed, tells a process another time than the machine has.

use crate::cli::{CommandError, Context};
use std::path::{Path, PathBuf};
use tokio::process::Command;

/// Below the folders of libraries, or of libraries of an architecture.
const LIBRARY: &str = "faketime/libfaketimeMT.so.1";

/// The clock of one process.
pub(crate) struct FakeClock {
    library: PathBuf,
    /// How far it is from the machine's; the library looks every second.
    file: PathBuf,
}

impl FakeClock {
    /// One whose distance stands in `file`, right at first; `None` where there is no library for it.
    ///
    /// # Errors
    /// In words, if the file cannot be written.
    pub(super) fn of(file: PathBuf) -> Result<Option<Self>, CommandError> {
        let Some(library) = library() else { return Ok(None) };
        let clock = Self { library, file };
        clock.set(0)?;
        Ok(Some(clock))
    }

    /// Puts it so many seconds ahead, or behind.
    ///
    /// # Errors
    /// In words, if the file cannot be written.
    pub(super) fn set(&self, seconds: i64) -> Result<(), CommandError> {
        let text = format!("{seconds:+}\n");
        crate::file::write_whole(&self.file, text.as_bytes()).context(|| format!("write {}", self.file.display()))
    }

    /// Gives it to a process that is to be started. Time that only goes on, by which waiting is measured, stays as it is.
    pub(super) fn give(&self, command: &mut Command) {
        command.env("LD_PRELOAD", &self.library).env("FAKETIME_TIMESTAMP_FILE", &self.file);
        command.env("FAKETIME_CACHE_DURATION", "1").env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        command.env("DONT_FAKE_MONOTONIC", "1").env("NO_FAKE_STAT", "1");
    }
}

fn library() -> Option<PathBuf> {
    let folders = ["/usr/lib", "/usr/lib64", "/usr/local/lib"].map(Path::new);
    let below = |folder: &&Path| std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let places = folders.iter().map(|folder| folder.to_path_buf()).chain(folders.iter().flat_map(below));
    places.map(|place| place.join(LIBRARY)).find(|library| library.is_file())
}
