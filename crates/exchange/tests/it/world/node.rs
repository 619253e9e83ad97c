//! A gateway of the tests with what belongs to it: begun, ended, begun again.

use super::*;
use mekong_authority::ocsp_client::OcspClient;
use mekong_base::{Clock, ServerId};
use mekong_directory::GlobalConf;
use mekong_directory::client::OnDemand;
use mekong_exchange::gateway::{
    Deps, Gateway, GatewayConfig, Handle, KeyPair, Listen, Listeners, LocalClient, PeerPorts, SigningKey, Timeouts,
};
use mekong_exchange::messagelog::{self, MessageLog};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::watch;

/// A gateway with what belongs to it.
pub struct Node {
    pub server: ServerId,
    pub authentication: KeyPair,
    pub signing: KeyPair,
    pub directory: watch::Sender<Arc<GlobalConf>>,
    /// What a refresh of the directory brings, and how often it was asked for.
    pub newer: Arc<Mutex<Option<GlobalConf>>>,
    pub refreshes: Arc<AtomicUsize>,
    pub log: MessageLog,
    pub gateway: Gateway,
    config: GatewayConfig,
    deps: Deps,
    pub addresses: Listen,
    pub folder: TempDir,
}

fn log_config() -> messagelog::Config {
    messagelog::Config { timestamp_delay_max: Duration::from_secs(3600), ..messagelog::Config::default() }
}

impl Node {
    #[allow(clippy::too_many_arguments)]
    pub(super) async fn start(
        listeners: Listeners,
        server: &ServerId,
        (authentication, signing): (KeyPair, KeyPair),
        clients: Vec<LocalClient>,
        peer_ports: PeerPorts,
        conf: GlobalConf,
        options: &Options,
        disk: Option<&std::path::Path>,
        clock: &Clock,
    ) -> Result<Self, Failure> {
        let folder = disk.map_or_else(tempfile::tempdir, tempfile::tempdir_in)?;
        let addresses = listeners.addresses()?;
        let (directory, receiver) = watch::channel(Arc::new(conf));
        let log = MessageLog::open(folder.path().join("log"), log_config(), clock.clone()).await?;
        let config = GatewayConfig {
            server: server.clone(),
            listen: addresses,
            peer_ports,
            authentication: vec![authentication.clone()],
            signing: vec![SigningKey { member: server.owner.clone(), pair: signing.clone() }],
            disabled: std::collections::BTreeSet::new(),
            settle: options.settle,
            clients,
            limits: options.limits,
            timeouts: Timeouts { connect: Duration::from_secs(2), answer: options.answer, ..Timeouts::default() },
            spool: folder.path().join("spool"),
            dialect: options.dialect,
            peer_version_min: options.peer_version_min,
            reuse_connections: options.reuse,
            cbc_hosts: options.cbc_hosts.clone(),
        };
        let ocsp = OcspClient::new(mekong_authority::http::Client::new(mekong_authority::http::Limits::default()));
        let (newer, refreshes): (Arc<Mutex<Option<GlobalConf>>>, Arc<AtomicUsize>) = Default::default();
        let (served, brings, counted) = (directory.clone(), Arc::clone(&newer), Arc::clone(&refreshes));
        let on_demand = OnDemand::new(move || {
            counted.fetch_add(1, Ordering::Relaxed);
            if let Some(conf) = brings.lock().unwrap().take() {
                served.send_replace(Arc::new(conf));
            }
            std::future::ready(())
        });
        let log_of = log.clone();
        let (net, telemetry) = Default::default();
        let on_demand = if options.refreshes { on_demand } else { OnDemand::default() };
        let deps = Deps { clock: clock.clone(), directory: receiver, on_demand, log: log_of, ocsp, net, telemetry };
        let gateway = Gateway::start_on(listeners, config.clone(), deps.clone())?;
        let server = server.clone();
        Ok(Self {
            server,
            authentication,
            signing,
            directory,
            newer,
            refreshes,
            log,
            gateway,
            config,
            deps,
            addresses,
            folder,
        })
    }

    /// Stops the gateway and starts it again at the same addresses.
    pub async fn restart(&mut self) -> Outcome {
        let other = Gateway::start(self.elsewhere(), self.deps.clone()).await?;
        std::mem::replace(&mut self.gateway, other).stop().await;
        self.end_and_begin().await
    }

    /// Its tasks end where they are; then it begins again at the same addresses.
    pub async fn end_and_begin(&mut self) -> Outcome {
        let other = Gateway::start(self.elsewhere(), self.deps.clone()).await?;
        drop(std::mem::replace(&mut self.gateway, other));
        for _ in 0..100 {
            if let Ok(gateway) = Gateway::start(self.config.clone(), self.deps.clone()).await {
                self.gateway = gateway;
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Err("its addresses do not get free".into())
    }

    /// As a new process: the gateway stops, and what it knows afterwards is in its log on the disk.
    pub async fn start_anew(&mut self) -> Outcome {
        let other = Gateway::start(self.elsewhere(), self.deps.clone()).await?;
        std::mem::replace(&mut self.gateway, other).stop().await;
        self.log.close().await?;
        self.log = MessageLog::open(self.folder.path().join("log"), log_config(), self.deps.clock.clone()).await?;
        self.deps.log = self.log.clone();
        self.end_and_begin().await
    }

    /// Its configuration, at other addresses.
    fn elsewhere(&self) -> GatewayConfig {
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let listen = Listen { consumer: any, provider: any, ocsp: any, ..self.config.listen };
        GatewayConfig { listen, spool: self.folder.path().join("other"), ..self.config.clone() }
    }

    pub fn handle(&self) -> Handle {
        self.gateway.handle()
    }

    /// Files in the spool folder.
    pub fn spooled(&self) -> usize {
        std::fs::read_dir(self.folder.path().join("spool")).map_or(0, Iterator::count)
    }
}

pub(super) async fn listeners(cbc: bool) -> Result<Listeners, Failure> {
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    Ok(Listeners::bind(Listen { consumer: any, provider: any, ocsp: any, cbc: cbc.then_some(any) }).await?)
}

pub(super) fn ports(listeners: &Listeners) -> Result<PeerPorts, Failure> {
    let addresses = listeners.addresses()?;
    let provider = addresses.cbc.unwrap_or(addresses.provider);
    Ok(PeerPorts { provider: provider.port(), ocsp: addresses.ocsp.port() })
}
