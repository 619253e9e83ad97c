//! The configuration file of the new gateway.

use super::folder::{ANCHOR, AUTHENTICATION, Folder, GATEWAY, LEDGER_KEYS, PASSPHRASE, SIGNING, SIGNING_KEY};
use super::{JoinOptions, MESSAGE_PORT, OCSP_PORT, step};
use crate::cli::{CommandError, Context};
use crate::file::write_whole;
use crate::node::NodeConfig;
use crate::node::config::{GatewaySection, HardwareSection, OperatorSection, SigningSection};
use crate::node::ledgers::LedgerSection;
use crate::node::message_log::LogSection;
use mekong_base::ServerId;
use mekong_directory::registration::{Invitation, Registered};
use mekong_exchange::administration::Declaration;
use mekong_exchange::administration::declaration::{self, DeclaredSubsystem};
use std::net::SocketAddr;
use std::path::PathBuf;

/// Name of the configuration file.
pub(super) const NODE_FILE: &str = "node.toml";

/// Name of the file that says what the gateway serves at first.
const SERVED_FILE: &str = "served.toml";

/// What the file is written from.
pub(super) struct Plan<'a> {
    pub(super) server: &'a ServerId,
    pub(super) registered: &'a Registered,
    pub(super) options: &'a JoinOptions,
    pub(super) federation: &'a [String],
    pub(super) invitation: &'a Invitation,
    pub(super) hardware: Option<HardwareSection>,
}

impl Plan<'_> {
    /// Writes the file, unless there is one: its owner may have changed it.
    pub(super) fn write(&self, folder: &Folder) -> Result<PathBuf, CommandError> {
        let path = folder.file(NODE_FILE);
        if path.is_file() {
            step(NODE_FILE, "was there and stays as it is");
            return Ok(path);
        }
        let mut config = NodeConfig::empty();
        let served = folder.file(SERVED_FILE);
        let text = toml::to_string_pretty(&self.served()?).context(|| format!("write {}", served.display()))?;
        write_whole(&served, text.as_bytes()).context(|| format!("write {}", served.display()))?;
        config.gateway = Some(self.section());
        config.ledger = Some(self.ledger());
        folder.make(LEDGER_KEYS)?;
        let text = toml::to_string_pretty(&config).context(|| format!("write {}", path.display()))?;
        let text = format!("# Gateway {}, written by mekong join.\n{text}", self.server);
        write_whole(&path, text.as_bytes()).context(|| format!("write {}", path.display()))?;
        step(NODE_FILE, &format!("written to {}", path.display()));
        Ok(path)
    }

    /// What the gateway serves at first: the subsystems that were registered, which offer nothing yet.
    fn served(&self) -> Result<Declaration, CommandError> {
        let subsystem = |id: &String| {
            let id = id.parse().context(|| format!("understand the registered client {id}"))?;
            let (services, groups, rights, subscriptions) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
            Ok(DeclaredSubsystem { id, callers: None, services, groups, rights, subscriptions })
        };
        let subsystems = self.registered.clients.iter().map(subsystem).collect::<Result<Vec<_>, CommandError>>()?;
        Ok(Declaration { version: declaration::VERSION, subsystems: Some(subsystems), users: None })
    }

    /// Message log and administration are signed from the first record on; witnesses are for people to agree on.
    fn ledger(&self) -> LedgerSection {
        // A name of a signed note has neither spaces nor plus signs (C2SP signed-note).
        let name = self.server.to_string().to_lowercase().replace(|c: char| c.is_whitespace() || c == '+', "-");
        let (keys, passphrase_file) = (LEDGER_KEYS.into(), PASSPHRASE.into());
        LedgerSection { name, keys, passphrase_file, every_seconds: None, witnesses: Vec::new() }
    }

    fn section(&self) -> GatewaySection {
        GatewaySection {
            log: LogSection::default(),
            server: self.server.to_string(),
            folder: GATEWAY.into(),
            passphrase_file: PASSPHRASE.into(),
            anchor: ANCHOR.into(),
            federation: self.federation.to_vec(),
            listen_clients: self.options.clients,
            listen_messages: SocketAddr::new(self.options.listen, MESSAGE_PORT),
            listen_ocsp: SocketAddr::new(self.options.listen, OCSP_PORT),
            listen_cbc: None,
            cbc_hosts: Vec::new(),
            renewal: None,
            hardware: self.hardware.clone(),
            peer_version_min: None,
            authentication: AUTHENTICATION.into(),
            signing: vec![SigningSection {
                member: self.server.owner.to_string(),
                certificate: SIGNING.into(),
                key: SIGNING_KEY.to_owned(),
            }],
            served_at_first: Some(SERVED_FILE.into()),
            listen_console: Some(self.options.console()),
            console_other_users: false,
            operator: Some(OperatorSection {
                address: self.invitation.address.clone(),
                key: hex::encode(self.invitation.operator),
            }),
        }
    }
}
