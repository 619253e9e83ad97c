//! Both countries as they are measured: where their message logs are, and how many gateways each ministry has.

use super::postgres::Postgres;
use super::{ExchangeOptions, LogKind};
use crate::cli::CommandError;
use crate::demo::country::COUNTRIES;
use crate::demo::prepare::{NODE_FILE, change};
use crate::demo::world::{Making, World, WorldFile, a_block, make};
use mekong_base::Clock;
use std::path::Path;

/// Residents in the registers of a bench.
const PEOPLE: u32 = 1_000;

/// Both countries, and the database of their logs.
pub(super) struct Measured {
    /// The countries.
    pub(super) world: World,
    /// If the logs are in one.
    pub(super) database: Option<Postgres>,
}

impl Measured {
    /// Makes and starts them.
    ///
    /// # Errors
    /// In words: what does not start.
    pub(super) async fn start(dir: &Path, options: &ExchangeOptions, echo: bool) -> Result<Self, CommandError> {
        let clock = Clock::system();
        let making = Making { key_type: options.key.key_type(), echo, gateways: options.gateways };
        let claim = a_block()?;
        let file = WorldFile { block: claim.block, people: PEOPLE, seed: 1 };
        make(dir, &file, making, &clock).await?;
        let database = match options.message_log {
            LogKind::Files => None,
            LogKind::Postgres => {
                let database = Postgres::start(&dir.join("postgres")).await?;
                use_it(dir, &database, options.gateways).await?;
                Some(database)
            }
        };
        // The countries claim their addresses themselves.
        drop(claim);
        let world = World::of(dir, Some(file.people), Some(file.seed), making, &clock).await?;
        Ok(Self { world, database })
    }

    /// Stops everything.
    ///
    /// # Errors
    /// In words, if the database does not.
    pub(super) async fn stop(self) -> Result<(), CommandError> {
        self.world.stop().await;
        match self.database {
            Some(database) => database.stop().await,
            None => Ok(()),
        }
    }
}

/// Each ministry gets a database, which its gateways share.
async fn use_it(dir: &Path, server: &Postgres, gateways: u8) -> Result<(), CommandError> {
    for spec in COUNTRIES {
        for ministry in [spec.keeper, spec.asker] {
            let address = server.database(&ministry.code.to_lowercase()).await?;
            for gateway in 1..=gateways {
                let config = dir.join(spec.instance).join(ministry.folder_of(gateway)).join(NODE_FILE);
                change(&config, |config| {
                    if let Some(section) = &mut config.gateway {
                        section.log.database = Some(address.clone());
                    }
                })?;
            }
        }
    }
    Ok(())
}
