//! The roles that a server can play, each started from its section of a configuration file: trust services, directory,
//! gateway, population register, validator, witness. `mekong serve` runs the sections of one file; the demo runs several files in one process.

pub(crate) mod config;
pub(crate) mod directory;
pub(crate) mod enrolment;
mod events;
pub(crate) mod gateway;
pub(crate) mod keys;
pub(crate) mod ledgers;
pub(crate) mod listener;
pub(crate) mod message_log;
pub(crate) mod metrics;
mod open_metrics;
pub(crate) mod register;
pub(crate) mod served;
pub(crate) mod submission;
pub(crate) mod telemetry;
mod trust;
mod validator;
pub(crate) mod witness;
pub(crate) mod witnessing;

pub(crate) use config::NodeConfig;
pub(crate) use directory::Directory;
pub(crate) use gateway::Gateway;
pub(crate) use ledgers::Ledgers;
pub(crate) use register::Register;
pub(crate) use trust::TrustServices;
pub(crate) use validator::Validator;
pub(crate) use witness::Witness;

use crate::cli::CommandError;
use crate::serving::sockets::Sockets;
use mekong_base::Clock;
use mekong_ledger::LedgerError;

/// Everything that one configuration file starts. Fields are `None` for roles that the file does not name.
pub(crate) struct Node {
    /// Certification authority, OCSP responder, time-stamping authority.
    pub(crate) trust: Option<TrustServices>,
    /// Directory.
    pub(crate) directory: Option<Directory>,
    /// Population register.
    pub(crate) register: Option<Register>,
    /// Gateway.
    pub(crate) gateway: Option<Gateway>,
    /// Page and API that judge signed files.
    pub(crate) validator: Option<Validator>,
    /// Witness of the logs of others.
    pub(crate) witness: Option<Witness>,
    /// Its own ledgers, as they are signed and witnessed.
    pub(crate) ledgers: Option<Ledgers>,
    /// Where it is watched.
    pub(crate) metrics: Option<listener::Listener>,
}

impl Node {
    /// Starts the roles of a file, the ones that others lean on first.
    ///
    /// # Errors
    /// In words: which role, and what to do. What was started until then stops again.
    pub(crate) async fn start(config: &NodeConfig, clock: &Clock) -> Result<Self, CommandError> {
        Self::start_on(config, clock, &Sockets::default()).await
    }

    /// [`Node::start`] on sockets that outlive it.
    ///
    /// # Errors
    /// As [`Node::start`].
    pub(crate) async fn start_on(config: &NodeConfig, clock: &Clock, sockets: &Sockets) -> Result<Self, CommandError> {
        let mut node = Self {
            trust: None,
            directory: None,
            register: None,
            gateway: None,
            validator: None,
            witness: None,
            ledgers: None,
            metrics: None,
        };
        telemetry::check(config)?;
        if let Some(section) = &config.trust {
            node.trust = Some(TrustServices::start(section, clock, sockets).await?);
        }
        if let Some(section) = &config.directory {
            let authority = node.trust.as_ref().map(|trust| trust.authority.clone());
            node.directory = Some(Directory::start(section, authority, clock, sockets).await?);
        }
        if let Some(section) = &config.register {
            node.register = Some(Register::start(section, clock, sockets).await?);
        }
        if let Some(section) = &config.gateway {
            node.gateway = Some(Gateway::start_on(section, config.telemetry.as_ref(), clock, sockets).await?);
        }
        if let Some(section) = &config.validator {
            node.validator = Some(Validator::start(section, clock, sockets).await?);
        }
        if let Some(section) = &config.witness {
            node.witness = Some(Witness::start(section, clock, sockets).await?);
        }
        node.ledgers = Ledgers::start(config, &node, clock).await?;
        if let Some(section) = &config.metrics {
            node.metrics = Some(metrics::start(section, config, &node, clock, sockets).await?);
        }
        Ok(node)
    }

    /// Whether the roles of a file would start, as far as that can be said while another process has their ledgers open:
    /// configuration, keys, certificates, members. Changes nothing.
    ///
    /// # Errors
    /// As [`Node::start`].
    pub(crate) async fn check(config: &NodeConfig, clock: &Clock) -> Result<(), CommandError> {
        telemetry::check(config)?;
        if let Some(section) = &config.gateway {
            gateway::check(section, clock).await?;
        }
        if let Some(section) = &config.directory {
            directory::check(section).await?;
        }
        Ok(())
    }

    /// Waits until one of its ledgers takes nothing more, because a write did not reach the disk. Gives the reason.
    pub(crate) async fn failed(&self) -> LedgerError {
        let gateway = async {
            match &self.gateway {
                Some(gateway) => gateway.failed().await,
                None => std::future::pending().await,
            }
        };
        let directory = async {
            match &self.directory {
                Some(directory) => reason(directory.history().ledger().failed()).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            error = gateway => error,
            error = directory => error,
        }
    }

    /// Stops everything, in the opposite order; messages under way get their time.
    pub(crate) async fn stop(self) {
        if let Some(metrics) = self.metrics {
            metrics.stop().await;
        }
        if let Some(ledgers) = self.ledgers {
            ledgers.stop().await;
        }
        if let Some(witness) = self.witness {
            witness.stop().await;
        }
        if let Some(validator) = self.validator {
            validator.stop().await;
        }
        if let Some(gateway) = self.gateway {
            gateway.stop().await;
        }
        if let Some(register) = self.register {
            register.stop().await;
        }
        if let Some(directory) = self.directory {
            directory.stop().await;
        }
        if let Some(trust) = self.trust {
            trust.stop().await;
        }
    }
}

/// Why a ledger failed; that one was closed is none.
async fn reason(failed: impl Future<Output = Option<LedgerError>>) -> LedgerError {
    match failed.await {
        Some(error) => error,
        None => std::future::pending().await,
    }
}
