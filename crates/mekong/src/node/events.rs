//! Where a gateway keeps events: beside its message log, in the same database where that is in one, with the same keys.

use super::config::GatewaySection;
use crate::cli::{CommandError, Context};
use mekong_base::Clock;
use mekong_exchange::events::Places;
use mekong_ledger::Disk;
use mekong_store::Postgres;
use std::time::Duration;

/// Folder of events within a gateway's folder.
const FOLDER: &str = "events";
/// How long topics keep their events.
const KEEP: Duration = Duration::from_secs(90 * 86_400);

/// Where the events of a gateway are.
///
/// # Errors
/// In words: which file or database, and what to do.
pub(super) async fn places(section: &GatewaySection, clock: &Clock) -> Result<Places, CommandError> {
    let options = section.log.options()?;
    let places = match &section.log.database {
        None => Places::files(section.folder.join(FOLDER), Disk::real(), options, clock.clone()),
        Some(database) => {
            let database = Postgres::open(&section.log.address(database)?).await.context(|| "gateway.log.database")?;
            Places::postgres(database, options, clock.clone())
        }
    };
    Ok(places.keeping(Some(KEEP)))
}
