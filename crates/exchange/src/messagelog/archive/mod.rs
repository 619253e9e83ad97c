//! Archives: containers of many messages in ZIP files, linked from one to the next by `linkinginfo`, as the reference
//! writes them (UG-SS 11.1.6). Given the same messages and the same archive before, the content is the same.
//!
//! A crash at any point loses nothing and archives nothing twice: a file is whole and on disk under a partial name before
//! its record is in the ledger, and gets its name after; [`finish`](recover) gives it when that did not happen. What has no
//! record is removed and made again.

mod file;
mod recover;
mod run;

pub use run::ArchivesMade;

use super::Record;
use mekong_crypto::openpgp::Recipients;
use std::path::PathBuf;
use std::time::Duration;

/// How archives are made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveConfig {
    /// Where they are put.
    pub folder: PathBuf,
    /// How often.
    pub interval: Duration,
    /// A file with more bytes than this is ended.
    pub bytes_max: u64,
    /// Whose messages share a file.
    pub grouping: Grouping,
    /// For whom they are encrypted (OpenPGP); not, if there are none.
    pub recipients: Recipients,
    /// A program with its arguments that is run after archives were made, to take them elsewhere; none if empty. Its
    /// environment has `MEKONG_ARCHIVES`, the folder.
    pub transfer: Vec<String>,
}

impl ArchiveConfig {
    /// The reference's: every 6 hours, 32 MiB, no grouping, not encrypted, taken nowhere.
    pub fn in_folder(folder: PathBuf) -> Self {
        Self {
            folder,
            interval: Duration::from_secs(6 * 3600),
            bytes_max: 32 << 20,
            grouping: Grouping::None,
            recipients: Recipients::default(),
            transfer: Vec::new(),
        }
    }
}

/// Whose messages share an archive: of the client or provider that this gateway served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Grouping {
    /// Everybody's.
    #[default]
    None,
    /// Those of one member.
    Member,
    /// Those of one subsystem.
    Subsystem,
}

impl Grouping {
    /// The group of a record: a member's or subsystem's identifier, or nothing.
    fn of(self, record: &Record) -> String {
        if self == Self::None {
            return String::new();
        }
        match (record.served(), self) {
            (Some(client), Self::Member) => client.member.to_string(),
            (Some(client), _) => client.to_string(),
            (None, _) => String::new(),
        }
    }
}
