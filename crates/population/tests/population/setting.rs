//! A register in a folder that goes away, and a day on which everything happens.

use mekong_base::Instant;
use mekong_population::{Country, ImportLimits, ImportReport, MIGRATIONS, Register, import};
use mekong_store::Database;
use std::sync::Arc;

pub(crate) struct Setting {
    pub(crate) register: Register,
    _folder: tempfile::TempDir,
}

pub(crate) fn now() -> Instant {
    "2026-11-22T05:00:00Z".parse().unwrap()
}

pub(crate) async fn setting(country: Country) -> Setting {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::open(folder.path().join("population.db"), MIGRATIONS).await.unwrap();
    Setting { register: Register::new(database, Arc::new(country)), _folder: folder }
}

impl Setting {
    pub(crate) async fn import(&self, file: impl AsRef<[u8]>) -> ImportReport {
        import(&self.register, file.as_ref(), &ImportLimits::default(), now(), |_| {}).await.unwrap()
    }
}
