//! A register in a folder that goes away, and a day on which everything happens.

use mekong_base::{Clock, Instant};
use mekong_ledger::{Disk, Ledger, Options};
use mekong_population::{AccessLog, Country, ImportLimits, ImportReport, MIGRATIONS, Register, import};
use mekong_store::Database;
use std::path::Path;
use std::sync::Arc;

pub(crate) struct Setting {
    pub(crate) register: Register,
    pub(crate) accesses: AccessLog,
    pub(crate) folder: tempfile::TempDir,
}

pub(crate) fn now() -> Instant {
    "2026-11-22T05:00:00Z".parse().unwrap()
}

pub(crate) async fn setting(country: Country) -> Setting {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::open(folder.path().join("population.db"), MIGRATIONS).await.unwrap();
    let accesses = accesses(folder.path(), database.clone()).await;
    Setting { register: Register::new(database, Arc::new(country)), accesses, folder }
}

pub(crate) async fn accesses(folder: &Path, database: Database) -> AccessLog {
    let (options, clock) = (Options::default(), Clock::manual(now()));
    let ledger = Ledger::open_files(folder.join("accesses"), options, Disk::real(), clock).await.unwrap();
    AccessLog::open(ledger, database).await.unwrap()
}

impl Setting {
    pub(crate) async fn import(&self, file: impl AsRef<[u8]>) -> ImportReport {
        import(&self.register, file.as_ref(), &ImportLimits::default(), now(), |_| {}).await.unwrap()
    }
}
