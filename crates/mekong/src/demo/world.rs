//! The running demo: both countries with their nodes, made on first start and found again on the next.

use super::country::{COUNTRIES, CountrySpec, LAOS, VIETNAM};
use super::network::{Addresses, Block, Claim};
use super::prepare::{NODE_FILE, OPERATOR, Plan};
use super::witnesses;
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

/// How countries are made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Making {
    /// Kind of the gateways' keys.
    pub(crate) key_type: KeyType,
    /// Whether each offers [`super::country::ECHO`] to the other.
    pub(crate) echo: bool,
    /// Gateways of each ministry, 1 or 2. Before two are started, their configuration must name the log that they share.
    pub(crate) gateways: u8,
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
    /// Second gateways of both, if there are any.
    pub(crate) seconds: Vec<Node>,
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
        Self::of(folder, people, seed, Making { key_type, echo: false, gateways: 1 }, clock).await
    }

    /// As [`World::start`], with what a new folder is made like.
    ///
    /// # Errors
    /// As [`World::start`].
    pub(crate) async fn of(
        folder: &Path,
        people: Option<u32>,
        seed: Option<u64>,
        making: Making,
        clock: &Clock,
    ) -> Result<Self, CommandError> {
        let (file, claim, is_new) = match find(folder)? {
            Some(file) => {
                let claim = known(&file, folder, people, seed)?;
                (file, claim, false)
            }
            None => {
                let claim = a_block()?;
                let file = WorldFile { block: claim.block, people: people.unwrap_or(100_000), seed: seed.unwrap_or(1) };
                make(folder, &file, making, clock).await?;
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
            side_by_side(laos.clone().node(OPERATOR, clock.clone()), vietnam.clone().node(OPERATOR, clock.clone()))
                .await?;
        let (laos, vietnam) =
            side_by_side(laos.rest(lao_operator, clock.clone()), vietnam.rest(vietnamese_operator, clock.clone()))
                .await?;
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
            for second in country.seconds {
                second.stop().await;
            }
            country.operator.stop().await;
        }
    }
}

/// A country of which nothing runs yet.
#[derive(Clone)]
struct Beginning {
    spec: CountrySpec,
    folder: PathBuf,
    addresses: Addresses,
}

impl Beginning {
    async fn node(self, folder: &'static str, clock: Clock) -> Result<Node, CommandError> {
        let config = NodeConfig::read(&self.folder.join(folder).join(NODE_FILE))?;
        Node::start(&config, &clock).await
    }

    async fn rest(self, operator: Node, clock: Clock) -> Result<Country, CommandError> {
        let (keeper, asker) = side_by_side(
            self.clone().node(self.spec.keeper.folder, clock.clone()),
            self.clone().node(self.spec.asker.folder, clock.clone()),
        )
        .await?;
        let mut seconds = Vec::new();
        for ministry in [self.spec.keeper, self.spec.asker] {
            let config = self.folder.join(ministry.folder_of(2)).join(NODE_FILE);
            if config.is_file() {
                seconds.push(Node::start(&NodeConfig::read(&config)?, &clock).await?);
            }
        }
        let Self { spec, folder, addresses } = self;
        Ok(Country { spec, folder, addresses, operator, keeper, asker, seconds })
    }
}

/// Runs two beginnings at the same time, each on a core if there are two: opening keys is computing.
async fn side_by_side<T: Send + 'static>(
    one: impl Future<Output = Result<T, CommandError>> + Send + 'static,
    other: impl Future<Output = Result<T, CommandError>> + Send + 'static,
) -> Result<(T, T), CommandError> {
    let (one, other) = (tokio::spawn(one), tokio::spawn(other));
    let what = || "start the demo";
    Ok((one.await.context(what)??, other.await.context(what)??))
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

/// Addresses that nobody uses.
///
/// # Errors
/// In words, if there are none.
pub(crate) fn a_block() -> Result<Claim, CommandError> {
    let none_free = || CommandError::new("no free block of loopback addresses for the demo's servers");
    Block::claim_first_free().ok_or_else(none_free)
}

/// Makes both countries in a new folder; nothing is started.
///
/// # Errors
/// In words: what could not be made.
pub(crate) async fn make(folder: &Path, file: &WorldFile, making: Making, clock: &Clock) -> Result<(), CommandError> {
    let Making { key_type, echo, gateways } = making;
    std::fs::create_dir_all(folder).context(|| format!("make {}", folder.display()))?;
    let folder = folder.canonicalize().context(|| format!("find {}", folder.display()))?;
    // Tasks of their own, because most of the work is computing: keys' encryption, checking the residents.
    let plans = COUNTRIES.map(|spec| {
        let addresses = file.block.country(spec.instance);
        Plan { spec, folder: folder.join(spec.instance), addresses, key_type, echo, gateways, now: clock.now() }
    });
    let tasks = plans.clone().map(|plan| {
        let (institutions, people, seed) = (plan.clone(), file.people, file.seed);
        (
            tokio::task::spawn_blocking(move || institutions.found_institutions()),
            tokio::spawn(async move { plan.populate(people, seed).await }),
        )
    });
    for (institutions, residents) in tasks {
        institutions.await.context(|| "found the institutions")??;
        residents.await.context(|| "import the residents")??;
    }
    tokio::task::spawn_blocking(move || witnesses::introduce(&plans)).await.context(|| "introduce the witnesses")??;
    let path = folder.join(WORLD_FILE);
    let text = toml::to_string_pretty(file).context(|| format!("write {}", path.display()))?;
    std::fs::write(&path, text).context(|| format!("write {}", path.display()))
}
