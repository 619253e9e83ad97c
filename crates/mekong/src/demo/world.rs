//! The running demo: both countries with their nodes, made on first start and found again on the next.

use super::country::{COUNTRIES, CountrySpec, LAOS, VIETNAM};
use super::network::{Addresses, Block, Claim};
use super::prepare::{NODE_FILE, OPERATOR, Plan};
use crate::cli::{CommandError, Context};
use crate::node::{Node, NodeConfig};
use mekong_base::Clock;
use mekong_crypto::KeyType;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Name of the file that a finished demo folder has.
const WORLD_FILE: &str = "demo.toml";

/// What a demo folder was made with; written last, so that its presence says that the folder is whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WorldFile {
    /// Loopback block of its servers.
    pub(crate) block: Block,
    /// Residents a country.
    pub(crate) people: u32,
    /// Seed of their generation.
    pub(crate) seed: u64,
}

/// A country with its three nodes.
pub(crate) struct Country {
    /// Its institutions.
    pub(crate) spec: CountrySpec,
    /// Its folder.
    pub(crate) folder: PathBuf,
    /// Its addresses.
    pub(crate) addresses: Addresses,
    /// Trust services and directory.
    pub(crate) operator: Node,
    /// The ministry that keeps the register.
    pub(crate) keeper: Node,
    /// The ministry that asks.
    pub(crate) asker: Node,
}

/// Both countries.
pub(crate) struct World {
    /// What the folder was made with.
    pub(crate) file: WorldFile,
    /// Whether it was made just now.
    pub(crate) is_new: bool,
    /// Lao PDR and Viet Nam.
    pub(crate) countries: [Country; 2],
    _claim: Claim,
}

impl World {
    /// Makes the folder if it is new, then starts everything in it.
    ///
    /// # Errors
    /// In words, if the folder is half-made or of other options, or something does not start.
    pub(crate) async fn start(
        folder: &Path,
        people: Option<u32>,
        seed: Option<u64>,
        key_type: KeyType,
        clock: &Clock,
    ) -> Result<Self, CommandError> {
        let (file, claim, is_new) = match find(folder)? {
            Some(file) => {
                let claim = known(&file, folder, people, seed)?;
                (file, claim, false)
            }
            None => {
                let none_free = || CommandError::new("no free block of loopback addresses for the demo's servers");
                let claim = Block::claim_first_free().ok_or_else(none_free)?;
                let file = WorldFile { block: claim.block, people: people.unwrap_or(100_000), seed: seed.unwrap_or(1) };
                make(folder, &file, key_type, clock).await?;
                (file, claim, true)
            }
        };
        let [laos, vietnam] = COUNTRIES.map(|spec| Beginning {
            spec,
            folder: folder.join(spec.instance),
            addresses: file.block.country(spec.instance),
        });
        // Directories first, then the gateways that fetch both.
        let (lao_operator, vietnamese_operator) =
            (laos.node(OPERATOR, clock).await?, vietnam.node(OPERATOR, clock).await?);
        let (laos, vietnam) =
            tokio::try_join!(laos.rest(lao_operator, clock), vietnam.rest(vietnamese_operator, clock))?;
        Ok(Self { file, is_new, countries: [laos, vietnam], _claim: claim })
    }

    /// A country by its instance.
    pub(crate) fn country(&self, instance: &str) -> &Country {
        let [laos, vietnam] = &self.countries;
        if instance == VIETNAM.instance { vietnam } else { laos }
    }

    /// A country by its instance.
    pub(crate) fn country_mut(&mut self, instance: &str) -> &mut Country {
        let [laos, vietnam] = &mut self.countries;
        if instance == LAOS.instance { laos } else { vietnam }
    }

    /// Stops everything.
    pub(crate) async fn stop(self) {
        for country in self.countries {
            tokio::join!(country.asker.stop(), country.keeper.stop());
            country.operator.stop().await;
        }
    }
}

/// A country of which nothing runs yet.
struct Beginning {
    spec: CountrySpec,
    folder: PathBuf,
    addresses: Addresses,
}

impl Beginning {
    async fn node(&self, folder: &str, clock: &Clock) -> Result<Node, CommandError> {
        let config = NodeConfig::read(&self.folder.join(folder).join(NODE_FILE))?;
        Node::start(&config, clock).await
    }

    async fn rest(self, operator: Node, clock: &Clock) -> Result<Country, CommandError> {
        let (keeper, asker) =
            tokio::try_join!(self.node(self.spec.keeper.folder, clock), self.node(self.spec.asker.folder, clock))?;
        let Self { spec, folder, addresses } = self;
        Ok(Country { spec, folder, addresses, operator, keeper, asker })
    }
}

/// What the folder was made with; `None` if there is nothing in it.
fn find(folder: &Path) -> Result<Option<WorldFile>, CommandError> {
    let path = folder.join(WORLD_FILE);
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Some(toml::from_str(&text).context(|| format!("understand {}", path.display()))?)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let holds_something = std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
            if holds_something {
                let folder = folder.display();
                let message = format!(
                    "{folder} is not empty and holds no finished demo: remove it (rm -r {folder}) or choose another --dir"
                );
                return Err(CommandError::new(message));
            }
            Ok(None)
        }
        Err(error) => Err(CommandError::because(format!("read {}", path.display()), &error)),
    }
}

/// Takes the addresses of a folder that was made before.
fn known(file: &WorldFile, folder: &Path, people: Option<u32>, seed: Option<u64>) -> Result<Claim, CommandError> {
    let differs = people.is_some_and(|p| p != file.people) || seed.is_some_and(|s| s != file.seed);
    if differs {
        return Err(CommandError::new(format!(
            "{} was made with --people {} --seed {}: leave these options out, or choose another --dir",
            folder.display(),
            file.people,
            file.seed
        )));
    }
    let in_use = || {
        let folder = folder.display();
        CommandError::new(format!("another program, perhaps this demo, already uses the addresses of {folder}"))
    };
    file.block.claim().ok_or_else(in_use)
}

async fn make(folder: &Path, file: &WorldFile, key_type: KeyType, clock: &Clock) -> Result<(), CommandError> {
    std::fs::create_dir_all(folder).context(|| format!("make {}", folder.display()))?;
    let folder = folder.canonicalize().context(|| format!("find {}", folder.display()))?;
    let folders = COUNTRIES.map(|spec| folder.join(spec.instance));
    let [lao_folder, vietnamese_folder] = &folders;
    let plan = |spec: CountrySpec, folder| Plan {
        spec,
        folder,
        addresses: file.block.country(spec.instance),
        key_type,
        now: clock.now(),
    };
    let laos = plan(LAOS, lao_folder);
    let vietnam = plan(VIETNAM, vietnamese_folder);
    let institutions = async {
        let authorities = tokio::task::block_in_place(|| Ok((laos.found()?, vietnam.found()?)));
        let (lao, vietnamese) = authorities?;
        tokio::task::block_in_place(|| laos.settle(&lao).and_then(|()| vietnam.settle(&vietnamese)))
    };
    tokio::try_join!(laos.populate(file.people, file.seed), vietnam.populate(file.people, file.seed), institutions)?;
    let path = folder.join(WORLD_FILE);
    let text = toml::to_string_pretty(file).context(|| format!("write {}", path.display()))?;
    std::fs::write(&path, text).context(|| format!("write {}", path.display()))
}
