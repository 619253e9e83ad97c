//! Both countries as the demo makes them, with relays before gateways, services and trust services, and every gateway a
//! process of its own.

use super::disk::SmallDisk;
use super::gateway::Gateway;
use super::load::Way;
use super::relay::Relay;
use super::service::Seen;
use crate::cli::CommandError;
use crate::demo::country::{CIVIL, CLASS, COUNTRIES, CountrySpec, ECHO, POPULATION};
use crate::demo::network::{Addresses, CLIENT_PORT, Claim, MESSAGE_PORT};
use crate::demo::prepare::{NODE_FILE, OPERATOR, change};
use crate::demo::world::{Making, WorldFile, a_block, make};
use crate::node::listener::Listener;
use crate::node::{Node, NodeConfig};
use mekong_base::Clock;
use mekong_crypto::KeyType;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Residents of each: nobody asks for them.
const PEOPLE: u32 = 10;

/// The relays of a country.
pub(super) struct Relays {
    /// Before the gateway that is asked.
    pub(super) messages: Relay,
    /// Before its service.
    pub(super) service: Relay,
    /// Before OCSP and time-stamps.
    pub(super) trust: Relay,
}

/// What runs in this process, and the gateways, which do not.
pub(super) struct Countries {
    /// Of both countries.
    pub(super) relays: Vec<Relays>,
    /// All four: those that are asked, and those that ask.
    pub(super) gateways: Vec<Gateway>,
    /// Which gateways a request passes: the one that asks, then the one that is asked.
    pub(super) ways: Vec<(Way, [usize; 2])>,
    /// What the services got.
    pub(super) seen: Seen,
    /// Under the log of a gateway that is asked, if one could be mounted.
    pub(super) disk: Option<SmallDisk>,
    operators: Vec<Node>,
    services: Vec<Listener>,
    _claim: Claim,
}

impl Countries {
    /// Makes them in a new folder, and starts everything.
    ///
    /// # Errors
    /// In words: what does not start.
    pub(super) async fn start(folder: &Path, with_disk: bool, clock: &Clock) -> Result<Self, CommandError> {
        let claim = a_block()?;
        let file = WorldFile { block: claim.block, people: PEOPLE, seed: 1 };
        make(folder, &file, Making { key_type: KeyType::P256, echo: true, gateways: 1 }, clock).await?;
        let mut all = Self {
            relays: Vec::new(),
            gateways: Vec::new(),
            ways: Vec::new(),
            seen: Seen::default(),
            disk: None,
            operators: Vec::new(),
            services: Vec::new(),
            _claim: claim,
        };
        for spec in COUNTRIES {
            let place =
                Place { spec, folder: folder.join(spec.instance), addresses: file.block.country(spec.instance) };
            all.open(&place, clock).await?;
        }
        if with_disk {
            all.mount(folder)?;
        }
        for gateway in &mut all.gateways {
            gateway.start().await?;
        }
        for (one, spec) in COUNTRIES.into_iter().enumerate() {
            let addresses = file.block.country(spec.instance);
            // Gateways are two a country: the one that is asked, then the one that asks.
            all.ways.push((way(spec, addresses), [2 * one + 1, 2 * (1 - one)]));
        }
        Ok(all)
    }

    /// Operator, service and relays of a country, and its gateways' configuration.
    async fn open(&mut self, place: &Place, clock: &Clock) -> Result<(), CommandError> {
        let (trust, echo) = (place.addresses.trust(), place.addresses.echo());
        let messages = SocketAddr::new(place.addresses.keeper(), MESSAGE_PORT);
        let behind = |front| place.addresses.behind(front);
        let operator = place.change(OPERATOR, |config| {
            if let Some(section) = &mut config.trust {
                section.listen = behind(trust);
            }
        })?;
        self.operators.push(Node::start(&NodeConfig::read(&operator)?, clock).await?);
        self.services.push(Listener::start(behind(echo), "a service", self.seen.router()).await?);
        let keeper = place.change(place.spec.keeper.folder, |config| {
            config.register = None;
            if let Some(section) = &mut config.gateway {
                section.listen_messages = behind(messages);
            }
        })?;
        let asker = place.folder.join(place.spec.asker.folder).join(NODE_FILE);
        self.gateways.extend([Gateway::of(keeper)?, Gateway::of(asker)?]);
        let relay = async |front| Relay::start(front, behind(front)).await;
        let relays =
            Relays { messages: relay(messages).await?, service: relay(echo).await?, trust: relay(trust).await? };
        self.relays.push(relays);
        Ok(())
    }

    /// Puts the log of the last gateway that is asked on a disk that can be full.
    fn mount(&mut self, folder: &Path) -> Result<(), CommandError> {
        self.disk = SmallDisk::mount(&folder.join("disk"));
        if self.disk.is_none() {
            return Ok(());
        }
        let last = COUNTRIES.len().saturating_sub(1);
        let Some(spec) = COUNTRIES.last() else { return Ok(()) };
        let config = folder.join(spec.instance).join(spec.keeper.folder).join(NODE_FILE);
        let log = folder.join("disk/log");
        change(&config, |config| {
            if let Some(section) = &mut config.gateway {
                section.log.folder = Some(log);
            }
        })?;
        if let Some(gateway) = self.gateways.get_mut(2 * last) {
            *gateway = Gateway::of(config)?;
        }
        Ok(())
    }

    /// Asks all gateways to end.
    ///
    /// # Errors
    /// In words, if one does not end in good order.
    pub(super) async fn end_gateways(&mut self) -> Result<(), CommandError> {
        for gateway in &mut self.gateways {
            gateway.end().await?;
        }
        Ok(())
    }

    /// Stops the rest.
    pub(super) async fn stop(self) {
        for service in self.services {
            service.stop().await;
        }
        for operator in self.operators {
            operator.stop().await;
        }
    }
}

/// A country of which nothing runs yet.
struct Place {
    spec: CountrySpec,
    folder: PathBuf,
    addresses: Addresses,
}

impl Place {
    fn change(&self, node: &str, how: impl FnOnce(&mut NodeConfig)) -> Result<PathBuf, CommandError> {
        let file = self.folder.join(node).join(NODE_FILE);
        change(&file, how)?;
        Ok(file)
    }
}

/// How a country asks the other.
fn way(spec: CountrySpec, addresses: Addresses) -> Way {
    let other = CountrySpec::of(spec.other);
    Way {
        gateway: format!("http://{}", SocketAddr::new(addresses.asker(), CLIENT_PORT)),
        service: format!("/r1/{}/{CLASS}/{}/{POPULATION}/{ECHO}", other.instance, other.keeper.code),
        client: format!("{}/{CLASS}/{}/{CIVIL}", spec.instance, spec.asker.code),
    }
}
