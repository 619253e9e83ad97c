//! The configuration file of the new gateway.

use super::folder::{ANCHOR, AUTHENTICATION, Folder, GATEWAY, PASSPHRASE, SIGNING, SIGNING_KEY};
use super::{JoinOptions, MESSAGE_PORT, OCSP_PORT, step};
use crate::cli::{CommandError, Context};
use crate::file::write_whole;
use crate::node::NodeConfig;
use crate::node::config::{ClientSection, GatewaySection, HardwareSection, OperatorSection, SigningSection};
use crate::node::message_log::LogSection;
use mekong_base::ServerId;
use mekong_directory::registration::{Invitation, Registered};
use std::net::SocketAddr;
use std::path::PathBuf;

/// Name of the configuration file.
pub(super) const NODE_FILE: &str = "node.toml";

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
        config.gateway = Some(self.section());
        let text = toml::to_string_pretty(&config).context(|| format!("write {}", path.display()))?;
        let text = format!("# Gateway {}, written by mekong join.\n{text}", self.server);
        write_whole(&path, text.as_bytes()).context(|| format!("write {}", path.display()))?;
        step(NODE_FILE, &format!("written to {}", path.display()));
        Ok(path)
    }

    fn section(&self) -> GatewaySection {
        let client = |id: &String| ClientSection {
            id: id.clone(),
            callers: Vec::new(),
            services: Vec::new(),
            rights: Vec::new(),
        };
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
            batches_always: false,
            authentication: AUTHENTICATION.into(),
            signing: vec![SigningSection {
                member: self.server.owner.to_string(),
                certificate: SIGNING.into(),
                key: SIGNING_KEY.to_owned(),
            }],
            clients: self.registered.clients.iter().map(client).collect(),
            operator: Some(OperatorSection {
                address: self.invitation.address.clone(),
                key: hex::encode(self.invitation.operator),
            }),
        }
    }
}
