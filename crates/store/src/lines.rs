//! A file of lines that only grows, each on disk when the call returns; several processes may have it open.
//!
//! Who appends holds the file, and first reads what others appended; who only reads looks whether it grew. A last line that
//! a crash has cut short, of which nobody was told, is dropped by the next who holds the file. These calls block.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{BufRead as _, BufReader, Seek as _, SeekFrom, Write as _};
use std::ops::Range;
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long others may hold the file.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long to rest between looks at a file that another holds.
const REST: Duration = Duration::from_millis(5);

/// Why lines cannot be read or appended.
#[derive(Debug, thiserror::Error)]
pub enum LinesError {
    /// Another process holds the file for too long.
    #[error("{0} is in use by another process: try again when it is done")]
    InUse(PathBuf),
    /// A line is not what it must be, or lines that were read are gone.
    #[error("{path}, line {line}: {reason}; restore the file from a backup")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong.
        reason: String,
    },
    /// The file cannot be used.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// The open file.
#[derive(Debug)]
pub struct Lines {
    path: PathBuf,
    file: File,
    is_held: bool,
    /// Where the last line that was read or appended ends.
    end: u64,
    count: usize,
}

impl Lines {
    /// Opens a file; a new one is for its owner only. Nothing is read yet.
    ///
    /// # Errors
    /// [`LinesError::Io`].
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, LinesError> {
        let path = path.into();
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(&path);
        let file = file.map_err(|source| LinesError::Io { path: path.clone(), source })?;
        Ok(Self { path, file, is_held: false, end: 0, count: 0 })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Lines that were read or appended so far.
    pub const fn count(&self) -> usize {
        self.count
    }

    /// Whether nobody else may append now.
    pub const fn is_held(&self) -> bool {
        self.is_held
    }

    /// Lets others append again.
    ///
    /// # Errors
    /// [`LinesError::Io`]; what was appended is on disk all the same, and the file is let go when it is closed.
    pub fn let_go(&mut self) -> Result<(), LinesError> {
        self.is_held = false;
        self.file.unlock().map_err(|source| self.io(source))
    }

    /// Gives the lines that others appended, each with its end of line, and its place in the file. The answer to one is what is
    /// wrong with it.
    ///
    /// # Errors
    /// [`LinesError`].
    pub fn catch_up(&mut self, take: impl FnMut(&[u8], Range<u64>) -> Result<(), String>) -> Result<(), LinesError> {
        if self.is_held || self.length()? == self.end {
            return Ok(());
        }
        self.lock(File::try_lock_shared)?;
        let read = self.read_on(take);
        let unlocked = self.file.unlock().map_err(|source| self.io(source));
        read.and(unlocked)
    }

    /// Waits until nobody else appends, keeps it so, and gives the lines that others appended, as [`Lines::catch_up`] does.
    ///
    /// # Errors
    /// [`LinesError`]; then it is not held.
    pub fn hold(&mut self, take: impl FnMut(&[u8], Range<u64>) -> Result<(), String>) -> Result<(), LinesError> {
        self.lock(File::try_lock)?;
        self.is_held = true;
        let read = self.read_on(take).and_then(|()| self.drop_torn());
        if read.is_err() {
            let _ = self.let_go();
        }
        read
    }

    /// Appends a line to a file that is held. If it cannot be put on the disk, the file is cut back to where it was.
    ///
    /// # Errors
    /// [`LinesError::Io`].
    pub fn append(&mut self, line: &str) -> Result<Range<u64>, LinesError> {
        debug_assert!(self.is_held && !line.contains('\n'), "only lines, and only by who holds the file");
        let bytes = [line.as_bytes(), b"\n"].concat();
        let start = self.end;
        let at_end = self.file.seek(SeekFrom::Start(start));
        let written = at_end.and_then(|_| self.file.write_all(&bytes)).and_then(|()| self.file.sync_data());
        if let Err(source) = written {
            let _ = self.file.set_len(start);
            return Err(self.io(source));
        }
        self.end += bytes.len() as u64;
        self.count += 1;
        Ok(start..self.end)
    }

    /// Takes all lines away from a file that is held, which nobody relies on yet.
    ///
    /// # Errors
    /// [`LinesError::Io`].
    pub fn clear(&mut self) -> Result<(), LinesError> {
        (self.end, self.count) = (0, 0);
        self.file.set_len(0).and_then(|()| self.file.sync_all()).map_err(|source| self.io(source))
    }

    /// What stands at a place that [`Lines::append`] or [`Lines::catch_up`] gave.
    ///
    /// # Errors
    /// [`LinesError::Io`].
    pub fn read(&self, place: &Range<u64>) -> Result<Vec<u8>, LinesError> {
        let mut line = vec![0; usize::try_from(place.end.saturating_sub(place.start)).unwrap_or_default()];
        self.file.read_exact_at(&mut line, place.start).map_err(|source| self.io(source))?;
        Ok(line)
    }

    /// Puts on the disk what other processes may have written, and not synced before they ended.
    ///
    /// # Errors
    /// [`LinesError::Io`].
    pub fn sync(&self) -> Result<(), LinesError> {
        self.file.sync_data().map_err(|source| self.io(source))
    }

    fn lock(&self, attempt: impl Fn(&File) -> Result<(), TryLockError>) -> Result<(), LinesError> {
        let mut waited = Duration::ZERO;
        loop {
            match attempt(&self.file) {
                Ok(()) => return Ok(()),
                Err(TryLockError::WouldBlock) if waited < PATIENCE => std::thread::sleep(REST),
                Err(TryLockError::WouldBlock) => return Err(LinesError::InUse(self.path.clone())),
                Err(TryLockError::Error(source)) => return Err(self.io(source)),
            }
            waited += REST;
        }
    }

    fn length(&self) -> Result<u64, LinesError> {
        self.file.metadata().map(|metadata| metadata.len()).map_err(|source| self.io(source))
    }

    /// Reads on from where we are, whole lines only.
    fn read_on(&mut self, mut take: impl FnMut(&[u8], Range<u64>) -> Result<(), String>) -> Result<(), LinesError> {
        let length = self.length()?;
        if length < self.end {
            return Err(self.damaged(self.count, format!("{length} bytes are left of {}", self.end)));
        }
        let opened = self.file.seek(SeekFrom::Start(self.end)).and_then(|_| self.file.try_clone());
        let mut reader = BufReader::with_capacity(1 << 16, opened.map_err(|source| self.io(source))?);
        let mut line = Vec::new();
        loop {
            line.clear();
            reader.read_until(b'\n', &mut line).map_err(|source| self.io(source))?;
            if !line.ends_with(b"\n") {
                return Ok(());
            }
            let place = self.end..self.end + line.len() as u64;
            take(&line, place.clone()).map_err(|reason| self.damaged(self.count + 1, reason))?;
            self.end = place.end;
            self.count += 1;
        }
    }

    /// Cuts off what a crash has left of a line.
    fn drop_torn(&mut self) -> Result<(), LinesError> {
        let torn = self.length()?.saturating_sub(self.end);
        if torn > 0 {
            tracing::warn!(
                path = %self.path.display(),
                bytes = torn,
                "dropped the last line of the file, which a crash had cut short"
            );
            self.file.set_len(self.end).and_then(|()| self.file.sync_all()).map_err(|source| self.io(source))?;
        }
        Ok(())
    }

    fn io(&self, source: std::io::Error) -> LinesError {
        LinesError::Io { path: self.path.clone(), source }
    }

    fn damaged(&self, line: usize, reason: String) -> LinesError {
        LinesError::Damaged { path: self.path.clone(), line, reason }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn hold(lines: &mut Lines) -> Vec<String> {
        let mut seen = Vec::new();
        let take = |line: &[u8], _| {
            seen.push(String::from_utf8_lossy(line).trim_end().to_owned());
            Ok(())
        };
        lines.hold(take).unwrap();
        seen
    }

    fn append(lines: &mut Lines, line: &str) -> Range<u64> {
        hold(lines);
        let place = lines.append(line).unwrap();
        lines.let_go().unwrap();
        place
    }

    #[test]
    fn writers_know_of_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lines");
        let (mut one, mut two) = (Lines::open(&path).unwrap(), Lines::open(&path).unwrap());
        let place = append(&mut one, "a");
        assert_eq!(hold(&mut two), ["a"]);
        two.let_go().unwrap();
        append(&mut two, "b");
        let mut seen = Vec::new();
        let take = |line: &[u8], place| {
            seen.push((line.to_vec(), place));
            Ok(())
        };
        one.catch_up(take).unwrap();
        assert_eq!(seen, [(b"b\n".to_vec(), 2..4)]);
        assert_eq!((one.count(), two.count(), two.read(&place).unwrap()), (2, 2, b"a\n".to_vec()));
        assert_eq!(hold(&mut one), Vec::<String>::new());
        let held =
            two.lock(|file| file.try_lock().and(Ok(())).or(Err(TryLockError::Error(std::io::Error::other("held")))));
        assert!(held.is_err(), "the other holds it");
        one.let_go().unwrap();
        two.file.set_len(3).unwrap();
        let error = one.catch_up(|_, _| Ok(())).unwrap_err().to_string();
        assert!(error.contains("line 2: 3 bytes are left of 4"), "{error}");
    }

    #[test]
    fn a_torn_line_is_dropped_and_a_damaged_one_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lines");
        append(&mut Lines::open(&path).unwrap(), "a");
        let mut raw = OpenOptions::new().append(true).open(&path).unwrap();
        raw.write_all(b"torn").unwrap();
        let mut lines = Lines::open(&path).unwrap();
        lines.catch_up(|_, _| Ok(())).unwrap();
        assert_eq!((lines.count(), lines.length().unwrap()), (1, 6), "who only reads cuts nothing");
        assert_eq!(hold(&mut lines), Vec::<String>::new());
        assert_eq!((lines.count(), lines.length().unwrap()), (1, 2));
        lines.let_go().unwrap();
        raw.write_all(b"nonsense\n").unwrap();
        let refused = lines.hold(|line, _| if line == b"nonsense\n" { Err("no line".to_owned()) } else { Ok(()) });
        assert!(refused.unwrap_err().to_string().contains("line 2: no line"));
        assert!(!lines.is_held());
    }

    #[test]
    fn what_could_not_be_written_did_not_happen() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lines");
        let mut lines = Lines::open(&path).unwrap();
        append(&mut lines, "a");
        let writable = std::mem::replace(&mut lines.file, File::open(&path).unwrap());
        lines.is_held = true;
        assert!(matches!(lines.append("b"), Err(LinesError::Io { .. })));
        lines.file = writable;
        lines.let_go().unwrap();
        append(&mut lines, "c");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "a\nc\n");
    }
}
