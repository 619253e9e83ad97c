//! `[ledger]`: the ledgers that a node keeps are signed, and its checkpoints brought to witnesses.

use super::config::NodeConfig;
use super::submission::WitnessAddress;
use super::witnessing::{Progress, Witnessing};
use super::{Node, directory, message_log, register, served, witness};
use crate::cli::{CommandError, Context};
use mekong_authority::http::Client;
use mekong_base::Clock;
use mekong_ledger::Ledger;
use mekong_ledger::note::{Algorithm, Signer, VerifierKey};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Label of the key that signs for a node's ledgers.
pub(crate) const KEY: &str = "ledger";
/// The last part of the origin of a gateway's message log.
pub(crate) const MESSAGES: &str = "messages";
/// The last part of the origin of the ledger of a gateway's administration.
pub(crate) const ADMINISTRATION: &str = "administration";
/// The last part of the origin of a directory's history.
pub(crate) const DIRECTORY: &str = "directory";
/// Seconds between two checkpoints, where the configuration says nothing.
const EVERY: u64 = 10;

/// `[ledger]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LedgerSection {
    /// What the origins of this node's ledgers begin with: best a URL without scheme, such as `mps.gov.example`; `/messages`,
    /// `/administration`, `/directory`, `/accesses` follow. Several gateways that share a message log have one each.
    pub(crate) name: String,
    /// Folder of the key, which has the label `ledger` and is made if there is none. Not that of a witness.
    pub(crate) keys: PathBuf,
    /// File with the passphrase of the key.
    pub(crate) passphrase_file: PathBuf,
    /// The least number of seconds between two checkpoints of a ledger: 10 if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) every_seconds: Option<u64>,
    /// Who cosigns the checkpoints: best nodes of another country.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) witnesses: Vec<LedgerWitnessSection>,
}

/// `[[ledger.witnesses]]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LedgerWitnessSection {
    /// Where it is: what stands before `/add-checkpoint`.
    pub(crate) url: String,
    /// Its verifier key, as its operator told it.
    pub(crate) key: String,
}

impl LedgerSection {
    /// The key that signs for the ledger with this last part of its origin; made if there is none. Takes a moment.
    ///
    /// # Errors
    /// In words, if the key does not open or the name is none.
    pub(crate) fn signer(&self, ledger: &str) -> Result<Signer, CommandError> {
        let name = format!("{}/{ledger}", self.name);
        witness::signer(&self.keys, &self.passphrase_file, KEY, &name, Algorithm::Ed25519)
    }

    fn witnesses(&self) -> Result<Vec<WitnessAddress>, CommandError> {
        let address = |witness: &LedgerWitnessSection| {
            let key: VerifierKey = witness.key.parse().context(|| "ledger.witnesses.key")?;
            Ok(WitnessAddress { url: witness.url.clone(), key })
        };
        self.witnesses.iter().map(address).collect()
    }
}

/// Where a node has one of its ledgers.
pub(crate) struct Place {
    /// The last part of its origin, which is also its name in a database.
    pub(crate) name: &'static str,
    /// Its folder; of one in a database, that of its checkpoints.
    pub(crate) folder: PathBuf,
    /// Whether its records are in `gateway.log.database`.
    pub(crate) is_shared: bool,
}

/// The ledgers of a node with this configuration.
pub(crate) fn places(config: &NodeConfig) -> Vec<Place> {
    let in_files = |name, folder| Place { name, folder, is_shared: false };
    let mut places = Vec::new();
    if let Some(section) = &config.gateway {
        let is_shared = section.log.database.is_some();
        places.push(Place { name: MESSAGES, folder: message_log::folder(section), is_shared });
        places.push(Place { name: ADMINISTRATION, folder: section.folder.join(served::ADMINISTRATION), is_shared });
    }
    if let Some(section) = &config.directory {
        places.push(in_files(DIRECTORY, section.folder.join(directory::HISTORY)));
    }
    if let Some(section) = &config.register {
        places.push(in_files(register::ACCESSES, section.folder.join(register::ACCESSES)));
    }
    places
}

/// The ledgers that a node keeps: the last part of the origin, and the folder of each.
pub(super) fn kept(config: &NodeConfig, node: &Node) -> Vec<(&'static str, Ledger, PathBuf)> {
    let ledger = |name: &str| match name {
        MESSAGES => node.gateway.as_ref().map(|gateway| gateway.log().ledger().clone()),
        ADMINISTRATION => node.gateway.as_ref().map(|gateway| gateway.administration().ledger().clone()),
        DIRECTORY => node.directory.as_ref().map(|directory| directory.history().ledger().clone()),
        _ => node.register.as_ref().map(|register| register.accesses.ledger().clone()),
    };
    places(config).into_iter().filter_map(|place| Some((place.name, ledger(place.name)?, place.folder))).collect()
}

/// How far a ledger is signed and witnessed.
#[derive(Clone)]
pub(crate) struct Signed {
    /// The last part of its origin.
    pub(crate) name: &'static str,
    /// As it goes on.
    pub(crate) progress: watch::Receiver<Progress>,
}

/// The ledgers of a node, as they are signed.
pub(crate) struct Ledgers(Vec<(Signed, JoinHandle<()>)>);

impl Ledgers {
    /// Checks that each ledger of the node continues what was signed of it, and begins to sign.
    ///
    /// # Errors
    /// In words: which ledger is not what was signed, or which key or folder cannot be used.
    pub(crate) async fn start(config: &NodeConfig, node: &Node, clock: &Clock) -> Result<Option<Self>, CommandError> {
        let Some(section) = &config.ledger else { return Ok(None) };
        let kept = kept(config, node);
        if kept.is_empty() {
            return Err(CommandError::new(
                "[ledger] stands in a configuration without [gateway], [directory] and [register], whose ledgers it is about",
            ));
        }
        let witnesses = section.witnesses()?;
        let mut signed = Self(Vec::new());
        for (name, ledger, folder) in kept {
            let own = section.clone();
            let signer = tokio::task::spawn_blocking(move || own.signer(name)).await.context(|| "open the key")??;
            let (progress, watched) = watch::channel(Progress::default());
            let witnessing = Witnessing {
                ledger,
                folder,
                signer,
                witnesses: witnesses.clone(),
                http: Client::default(),
                clock: clock.clone(),
                every: Duration::from_secs(section.every_seconds.unwrap_or(EVERY)),
                progress,
            };
            let task = witnessing.start().await?;
            signed.0.push((Signed { name, progress: watched }, task));
        }
        Ok(Some(signed))
    }

    /// Each of them.
    pub(crate) fn each(&self) -> impl Iterator<Item = &Signed> {
        self.0.iter().map(|(signed, _)| signed)
    }

    /// Signs no more.
    pub(crate) async fn stop(mut self) {
        for (_, task) in &mut self.0 {
            task.abort();
            let _ = task.await;
        }
    }
}

impl Drop for Ledgers {
    fn drop(&mut self) {
        self.0.iter().for_each(|(_, task)| task.abort());
    }
}
