//! Two countries whose gateways are processes of their own: those that a Lao system's question to Viet Nam passes.

use super::question::Sink;
use crate::cli::CommandError;
use crate::demo::country::{COUNTRIES, LAOS, VIETNAM};
use crate::demo::network::Claim;
use crate::demo::prepare::{NODE_FILE, OPERATOR, change};
use crate::demo::world::{Making, WorldFile, a_block, make};
use crate::node::{Node, NodeConfig};
use crate::soak::gateway;
use mekong_base::Clock;
use mekong_crypto::KeyType;
use std::path::{Path, PathBuf};
use tokio::process::Child;

/// Residents of each: nobody asks for them.
const PEOPLE: u32 = 10;

/// What runs in this process.
pub(super) struct Apart {
    /// Where the servers are.
    pub(super) file: WorldFile,
    folder: PathBuf,
    operators: Vec<Node>,
    sink: Sink,
    _claim: Claim,
}

impl Apart {
    /// Makes both countries; `before` may change their folder before the operators start.
    ///
    /// # Errors
    /// In words: what does not start.
    pub(super) async fn start(
        dir: &Path,
        key_type: KeyType,
        before: impl FnOnce(&Path) -> Result<(), CommandError>,
    ) -> Result<Self, CommandError> {
        let claim = a_block()?;
        let file = WorldFile { block: claim.block, people: PEOPLE, seed: 1 };
        let clock = Clock::system();
        make(dir, &file, Making { key_type, echo: true, gateways: 1 }, &clock).await?;
        before(dir)?;
        let mut operators = Vec::new();
        for spec in COUNTRIES {
            let config = NodeConfig::read(&dir.join(spec.instance).join(OPERATOR).join(NODE_FILE))?;
            operators.push(Node::start(&config, &clock).await?);
        }
        let sink = Sink::start(&file).await?;
        let all = Self { file, folder: dir.to_owned(), operators, sink, _claim: claim };
        change(&all.keeper(), |config| config.register = None)?;
        Ok(all)
    }

    /// Configuration of the gateway that is asked.
    pub(super) fn keeper(&self) -> PathBuf {
        self.folder.join(VIETNAM.instance).join(VIETNAM.keeper.folder).join(NODE_FILE)
    }

    /// Configuration of the gateway that asks.
    pub(super) fn asker(&self) -> PathBuf {
        self.folder.join(LAOS.instance).join(LAOS.asker.folder).join(NODE_FILE)
    }

    /// Starts a gateway and waits until it is ready.
    ///
    /// # Errors
    /// In words, with what it said.
    pub(super) async fn gateway(&self, config: &Path) -> Result<Child, CommandError> {
        gateway::start(config, &config.with_extension("log"), None).await
    }

    /// Stops the rest.
    pub(super) async fn stop(self) {
        self.sink.stop().await;
        for operator in self.operators {
            operator.stop().await;
        }
    }
}
