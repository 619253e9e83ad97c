//! The journal of registrations: a file that only grows, one JSON object a line, synced before anybody is told.
//!
//! Commands and the running service have it open at the same time. Who writes locks the file, first reads what others
//! wrote, and decides with that known. What was published in the end is in the directory's history besides.

use super::change::Change;
use super::envelope::Envelope;
use super::error::RegistrationError;
use super::state::State;
use mekong_base::Instant;
use mekong_store::lines::{Lines, LinesError};
use serde::{Deserialize, Serialize};
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;

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
    lines: Lines,
    state: State,
}

impl From<LinesError> for RegistrationError {
    fn from(error: LinesError) -> Self {
        match error {
            LinesError::InUse(path) => Self::InUse(path),
            LinesError::Damaged { path, line, reason } => Self::Journal { path, line, reason },
            LinesError::Io { path, source } => Self::Io { path, source },
        }
    }
}

impl Journal {
    /// Opens or creates the journal in `folder`, for the owner only. A last line that a crash has cut short is dropped.
    ///
    /// # Errors
    /// [`RegistrationError::Io`], [`RegistrationError::Journal`], [`RegistrationError::InUse`].
    pub fn open(folder: &Path) -> Result<Self, RegistrationError> {
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(RegistrationError::io(folder))?;
        let mut journal = Self { lines: Lines::open(folder.join(FILE))?, state: State::default() };
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
        Ok(self.lines.catch_up(|line, _| fold(&mut self.state, line))?)
    }

    /// Does what no other process may do meanwhile, knowing all that they wrote.
    ///
    /// # Errors
    /// As [`Journal::open`], and those of `work`.
    pub fn exclusively<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, RegistrationError>,
    ) -> Result<T, RegistrationError> {
        if self.lines.is_held() {
            return work(self);
        }
        self.lines.hold(|line, _| fold(&mut self.state, line))?;
        let done = work(self);
        // What was written is written, whatever becomes of the lock: it ends with the file.
        let _ = self.lines.let_go();
        done
    }

    /// Records an event; it is on disk when this returns. Only within [`Journal::exclusively`].
    ///
    /// # Errors
    /// [`RegistrationError::Io`]; nothing is recorded then.
    pub fn append(&mut self, at: Instant, event: Event) -> Result<(), RegistrationError> {
        let line = Line { at, event };
        let text = serde_json::to_string(&line).map_err(|e| RegistrationError::Malformed(e.to_string()))?;
        self.lines.append(&text)?;
        self.state.fold(line.at, line.event);
        Ok(())
    }
}

fn fold(state: &mut State, line: &[u8]) -> Result<(), String> {
    let line: Line = serde_json::from_slice(line).map_err(|e| e.to_string())?;
    state.fold(line.at, line.event);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

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
        assert_eq!((one.lines.count(), other.lines.count()), (2, 2));
        let mut raw = std::fs::OpenOptions::new().append(true).open(folder.path().join(FILE))?;
        raw.write_all(b"{\"at\":\"2026-")?;
        let third = Journal::open(folder.path())?;
        assert_eq!(third.lines.count(), 2);
        raw.write_all(b"nonsense\n")?;
        let error = Journal::open(folder.path()).map(|_| ()).map_err(|e| e.to_string());
        assert!(error.is_err_and(|e| e.contains("line 3")));
        Ok(())
    }
}
