//! The journal of registrations: a file that only grows, one JSON object a line, synced before anybody is told.
//!
//! Commands and the running service have it open at the same time. Who writes locks the file, first reads what others
//! wrote, and decides with that known. What was published in the end is in the directory's history besides.

use super::change::Change;
use super::envelope::Envelope;
use super::error::RegistrationError;
use super::state::State;
use mekong_base::Instant;
use serde::{Deserialize, Serialize};
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long others may hold the lock: as long as two certificates take to be issued, and much more.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long to rest between looks at a lock that another holds.
const REST: Duration = Duration::from_millis(5);
/// Name of the file.
const FILE: &str = "registrations.jsonl";

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// Somebody is invited.
    Invited {
        /// Name of the invitation.
        id: String,
        /// SubjectPublicKeyInfo of its key, base64.
        key: String,
        /// `VN/GOV/MOF`.
        member: String,
        /// Its name for people.
        name: String,
        /// Codes of the subsystems that it brings.
        subsystems: Vec<String>,
        /// Until when it is good.
        until: Instant,
        /// Whether the operator has to approve what is asked with it.
        approve: bool,
    },
    /// An invitation is taken back.
    Withdrawn {
        /// Its name.
        id: String,
    },
    /// A request needs the operator's approval.
    Waiting {
        /// The invitation.
        invitation: String,
        /// The code of the server asked for.
        server: String,
        /// SHA-256 of the statement, hex.
        request: String,
        /// The request as it came.
        envelope: Envelope,
    },
    /// The operator approves.
    Approved {
        /// Name of the request.
        id: String,
    },
    /// The operator refuses.
    Refused {
        /// Name of the request.
        id: String,
        /// Why; the asker is told.
        reason: String,
    },
    /// The directory changes.
    Changed {
        /// SHA-256 of the statement that asked for it, hex; none if the operator did it.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        request: Option<String>,
        /// The request as it came: who asked for what is provable.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        envelope: Option<Envelope>,
        /// The invitation that is used up.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        invitation: Option<String>,
        /// The server that it is about: its code, or its identifier; empty if it is about none.
        server: String,
        /// What changes.
        changes: Vec<Change>,
        /// The signing certificate that was issued, DER in base64.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        signing: Option<String>,
        /// The authentication certificate that was issued.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        authentication: Option<String>,
    },
}

#[derive(Serialize, Deserialize)]
struct Line {
    at: Instant,
    #[serde(flatten)]
    event: Event,
}

/// The open journal with what it says.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    is_held: bool,
    end: u64,
    lines: usize,
    state: State,
}

impl Journal {
    /// Opens or creates the journal in `folder`, for the owner only. A last line that a crash has cut short is dropped.
    ///
    /// # Errors
    /// [`RegistrationError::Io`], [`RegistrationError::Journal`], [`RegistrationError::InUse`].
    pub fn open(folder: &Path) -> Result<Self, RegistrationError> {
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(RegistrationError::io(folder))?;
        let path = folder.join(FILE);
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(&path);
        let file = file.map_err(RegistrationError::io(&path))?;
        let mut journal = Self { path, file, is_held: false, end: 0, lines: 0, state: State::default() };
        journal.exclusively(|_| Ok(()))?;
        Ok(journal)
    }

    /// What it says, as of the last [`Journal::catch_up`] or [`Journal::exclusively`].
    pub const fn state(&self) -> &State {
        &self.state
    }

    /// Reads what other processes wrote.
    ///
    /// # Errors
    /// As [`Journal::open`].
    pub fn catch_up(&mut self) -> Result<(), RegistrationError> {
        if self.is_held || self.length()? == self.end {
            return Ok(());
        }
        self.lock(File::try_lock_shared)?;
        let read = self.read_on(false);
        let unlocked = self.file.unlock().map_err(RegistrationError::io(&self.path));
        read.and(unlocked)
    }

    /// Does what no other process may do meanwhile, knowing all that they wrote.
    ///
    /// # Errors
    /// As [`Journal::open`], and those of `work`.
    pub fn exclusively<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, RegistrationError>,
    ) -> Result<T, RegistrationError> {
        if self.is_held {
            return work(self);
        }
        self.lock(File::try_lock)?;
        self.is_held = true;
        let done = self.read_on(true).and_then(|()| work(self));
        self.is_held = false;
        // What was written is written, whatever becomes of the lock: it ends with the file.
        let _ = self.file.unlock();
        done
    }

    /// Records an event; it is on disk when this returns. Only within [`Journal::exclusively`].
    ///
    /// # Errors
    /// [`RegistrationError::Io`]; nothing is recorded then.
    pub fn append(&mut self, at: Instant, event: Event) -> Result<(), RegistrationError> {
        let line = Line { at, event };
        let text = serde_json::to_string(&line).map_err(|e| RegistrationError::Malformed(e.to_string()))?;
        let bytes = [text.as_bytes(), b"\n"].concat();
        let written = self
            .file
            .seek(SeekFrom::Start(self.end))
            .and_then(|_| self.file.write_all(&bytes))
            .and_then(|()| self.file.sync_all());
        if let Err(source) = written {
            let _ = self.file.set_len(self.end);
            return Err(RegistrationError::Io { path: self.path.clone(), source });
        }
        self.end += bytes.len() as u64;
        self.lines += 1;
        self.state.fold(line.at, line.event);
        Ok(())
    }

    fn lock(&self, attempt: impl Fn(&File) -> Result<(), TryLockError>) -> Result<(), RegistrationError> {
        let mut waited = Duration::ZERO;
        loop {
            match attempt(&self.file) {
                Ok(()) => return Ok(()),
                Err(TryLockError::WouldBlock) if waited < PATIENCE => std::thread::sleep(REST),
                Err(TryLockError::WouldBlock) => return Err(RegistrationError::InUse(self.path.clone())),
                Err(TryLockError::Error(source)) => {
                    return Err(RegistrationError::Io { path: self.path.clone(), source });
                }
            }
            waited += REST;
        }
    }

    fn length(&self) -> Result<u64, RegistrationError> {
        self.file.metadata().map(|metadata| metadata.len()).map_err(RegistrationError::io(&self.path))
    }

    /// Reads on from where we are, with a lock held. Who alone may write cuts off what a crash has left of a line.
    fn read_on(&mut self, may_write: bool) -> Result<(), RegistrationError> {
        let length = self.length()?;
        let damaged =
            |lines: usize, reason: String| RegistrationError::Journal { path: self.path.clone(), line: lines, reason };
        if length < self.end {
            return Err(damaged(self.lines, format!("{length} bytes are left of {}", self.end)));
        }
        let mut content = Vec::new();
        let read = self.file.seek(SeekFrom::Start(self.end)).and_then(|_| self.file.read_to_end(&mut content));
        read.map_err(RegistrationError::io(&self.path))?;
        let whole = content.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
        for text in content.get(..whole).unwrap_or_default().split_inclusive(|b| *b == b'\n') {
            let line: Line = serde_json::from_slice(text).map_err(|e| RegistrationError::Journal {
                path: self.path.clone(),
                line: self.lines + 1,
                reason: e.to_string(),
            })?;
            self.end += text.len() as u64;
            self.lines += 1;
            self.state.fold(line.at, line.event);
        }
        if may_write && whole < content.len() {
            tracing::warn!(path = %self.path.display(), "dropped the last line of the journal, which a crash had cut short");
            let cut = self.file.set_len(self.end).and_then(|()| self.file.sync_all());
            cut.map_err(RegistrationError::io(&self.path))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Failure = Box<dyn std::error::Error>;

    fn withdrawn(id: &str) -> Event {
        Event::Withdrawn { id: id.to_owned() }
    }

    #[test]
    fn two_processes_see_each_others_lines_and_a_torn_one_is_dropped() -> Result<(), Failure> {
        let folder = tempfile::tempdir()?;
        let (mut one, mut other) = (Journal::open(folder.path())?, Journal::open(folder.path())?);
        let at = Instant::from_unix_seconds(1_700_000_000);
        one.exclusively(|journal| journal.append(at, withdrawn("a")))?;
        other.exclusively(|journal| journal.append(at, withdrawn("b")))?;
        one.catch_up()?;
        assert_eq!((one.lines, one.end), (2, other.end));
        let mut raw = OpenOptions::new().append(true).open(folder.path().join(FILE))?;
        raw.write_all(b"{\"at\":\"2026-")?;
        let third = Journal::open(folder.path())?;
        assert_eq!((third.lines, third.length()?), (2, other.end));
        raw.write_all(b"nonsense\n")?;
        let error = Journal::open(folder.path()).map(|_| ()).map_err(|e| e.to_string());
        assert!(error.is_err_and(|e| e.contains("line 3")));
        Ok(())
    }
}
