//! A gateway with everything it leans on: keys, the directory as it is refreshed, its message log with time-stamps.

use super::config::{ClientSection, GatewaySection, RightSection};
use super::keys::{Keys, Operator, Pairs};
use super::message_log;
use crate::cli::{CommandError, Context};
use mekong_authority::http::Client as HttpClient;
use mekong_authority::ocsp_client::OcspClient;
use mekong_authority::tsp_client::TspClient;
use mekong_base::limits::MessageLimits;
use mekong_base::{ClientId, Clock, ServerId};
use mekong_directory::client::{Client as DirectoryClient, FederationFilter, Settings};
use mekong_directory::{Anchor, GlobalConf};
use mekong_exchange::gateway::net::Net;
use mekong_exchange::gateway::{
    Callers, Deps, Gateway as RunningGateway, GatewayConfig, Handle, Listen, LocalClient, PeerPorts, Service, Timeouts,
};
use mekong_exchange::messagelog::{MessageLog, stamp_by_http};
use mekong_exchange::rules::path::PathPattern;
use mekong_exchange::rules::rights::{Grant, Rights, Subject};
use mekong_exchange::wire::fault::Dialect;
use mekong_pki::Certificate;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Folder of the keys within a gateway's folder.
pub(crate) const KEYS: &str = "keys";
/// Folder of the directory as last fetched.
pub(crate) const GLOBAL_CONF: &str = "globalconf";
/// Folder of the OCSP responses as last fetched.
pub(crate) const OCSP: &str = "ocsp";
/// Label of the TLS key.
pub(crate) const AUTHENTICATION_KEY: &str = "authentication";

/// How often certificates that end are looked after, and new files looked for.
const KEYS_LOOKED_AFTER: Duration = Duration::from_secs(600);

/// A running gateway.
pub(crate) struct Gateway {
    gateway: Option<RunningGateway>,
    config: GatewayConfig,
    deps: Deps,
    keys: Arc<Keys>,
    /// The gateway as it runs now, for who exchanges its keys.
    running: Arc<Mutex<Option<Handle>>>,
    directory: Arc<DirectoryClient>,
    tasks: Vec<JoinHandle<()>>,
}

impl Gateway {
    /// Opens keys and log, fetches the directory and starts to listen.
    ///
    /// # Errors
    /// In words: which file or address, and what to do.
    pub(crate) async fn start(section: &GatewaySection, clock: &Clock) -> Result<Self, CommandError> {
        let keys = Arc::new(Keys::open(section)?);
        let config = gateway_config(section, keys.pairs()?)?;
        let directory = open_directory(section, clock).await?;
        let log = message_log::open(section, clock).await?;
        let http = HttpClient::default();
        let approved = approved_authorities(directory.subscribe());
        log.start_stamping(stamp_by_http(TspClient::new(http.clone()), approved));
        let folder = section.folder.join(OCSP);
        let ocsp = OcspClient::keeping_in(http, &folder).context(|| format!("make the folder {}", folder.display()))?;
        let deps = Deps { clock: clock.clone(), directory: directory.subscribe(), log, ocsp, net: Net::default() };
        let running = Arc::new(Mutex::new(None));
        let renewal = Renewal::new(section, &config.server)?;
        let exchanged = exchange_keys(Arc::clone(&keys), renewal, clock.clone(), Arc::clone(&running));
        let tasks = vec![tokio::spawn(Arc::clone(&directory).run()), tokio::spawn(exchanged)];
        let mut running = Self { gateway: None, config, deps, keys, running, directory, tasks };
        running.resume().await?;
        Ok(running)
    }

    /// Listens again after [`Gateway::pause`].
    ///
    /// # Errors
    /// In words, if an address is taken.
    pub(crate) async fn resume(&mut self) -> Result<(), CommandError> {
        let server = self.config.server.clone();
        let pairs = self.keys.pairs()?;
        (self.config.authentication, self.config.signing) = (pairs.authentication, pairs.signing);
        let gateway = RunningGateway::start(self.config.clone(), self.deps.clone())
            .await
            .context(|| format!("start the gateway {server}"))?;
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = Some(gateway.handle());
        self.gateway = Some(gateway);
        Ok(())
    }

    /// Stops listening; log and directory stay open.
    pub(crate) async fn pause(&mut self) {
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = None;
        if let Some(gateway) = self.gateway.take() {
            gateway.stop().await;
        }
    }

    /// A look into the gateway while it runs.
    pub(crate) fn handle(&self) -> Option<Handle> {
        self.gateway.as_ref().map(RunningGateway::handle)
    }

    /// Its message log.
    pub(crate) const fn log(&self) -> &MessageLog {
        &self.deps.log
    }

    /// The directory as it knows it.
    pub(crate) fn directory(&self) -> Arc<GlobalConf> {
        self.directory.current()
    }

    /// Stops; messages under way get their time.
    pub(crate) async fn stop(mut self) {
        self.pause().await;
        for task in &self.tasks {
            task.abort();
        }
        if let Err(error) = self.deps.log.close().await {
            tracing::warn!(%error, "message log not closed cleanly");
        }
    }
}

/// The authorities whose time-stamps count in our own instance, as the directory has them at the time of asking.
fn approved_authorities(
    directory: watch::Receiver<Arc<GlobalConf>>,
) -> impl Fn() -> (Vec<String>, Vec<Certificate>) + Send + Sync + 'static {
    move || {
        let configuration = Arc::clone(&directory.borrow());
        let approved = configuration.timestampers(configuration.instance());
        approved.iter().map(|tsa| (tsa.url.clone(), tsa.certificate.clone())).unzip()
    }
}

async fn open_directory(section: &GatewaySection, clock: &Clock) -> Result<Arc<DirectoryClient>, CommandError> {
    let anchor = std::fs::read(&section.anchor).context(|| format!("read the anchor {}", section.anchor.display()))?;
    let anchor = Anchor::read(&anchor).context(|| format!("understand the anchor {}", section.anchor.display()))?;
    let federation = match section.federation.as_slice() {
        [] => FederationFilter::None,
        instances => FederationFilter::from_entries(instances),
    };
    let settings = Settings { federation, ..Settings::default() };
    DirectoryClient::start(anchor, section.folder.join(GLOBAL_CONF), settings, clock.clone())
        .await
        .context(|| format!("get the directory of {}", section.server))
}

/// Who renews this gateway's certificates.
enum Renewal {
    /// Nobody by itself.
    None,
    /// The authority, at this address.
    Authority(String),
    /// The operator's registration, where the gateway joined.
    Operator(Arc<Operator>),
}

impl Renewal {
    fn new(section: &GatewaySection, server: &ServerId) -> Result<Self, CommandError> {
        Ok(match (&section.operator, &section.renewal) {
            (_, Some(url)) => Self::Authority(url.clone()),
            (Some(operator), None) => Self::Operator(Arc::new(Operator::new(operator, server.clone())?)),
            (None, None) => Self::None,
        })
    }
}

/// Renews certificates that end, and hands on whatever keys and certificates have come.
async fn exchange_keys(keys: Arc<Keys>, renewal: Renewal, clock: Clock, running: Arc<Mutex<Option<Handle>>>) {
    let http = HttpClient::default();
    let mut known = keys.pairs().ok();
    loop {
        match &renewal {
            Renewal::None => {}
            Renewal::Authority(url) => drop(keys.renew_due(&http, url, clock.now()).await),
            Renewal::Operator(operator) => drop(keys.renew_at(operator, clock.now()).await),
        }
        match keys.pairs() {
            Ok(pairs) if known.as_ref().is_none_or(|known| !known.is_like(&pairs)) => {
                if let Some(handle) = running.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
                    handle.set_keys(pairs.authentication.clone(), pairs.signing.clone());
                }
                known = Some(pairs);
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "keys not read; those in use stay"),
        }
        tokio::time::sleep(KEYS_LOOKED_AFTER).await;
    }
}

fn gateway_config(section: &GatewaySection, pairs: Pairs) -> Result<GatewayConfig, CommandError> {
    let server: ServerId = section.server.parse().context(|| "gateway.server")?;
    let peer_version_min = section.peer_version_min.as_ref().map(|version| version.parse());
    Ok(GatewayConfig {
        server,
        listen: Listen {
            consumer: section.listen_clients,
            provider: section.listen_messages,
            ocsp: section.listen_ocsp,
            cbc: section.listen_cbc,
        },
        peer_ports: PeerPorts { provider: section.listen_messages.port(), ocsp: section.listen_ocsp.port() },
        authentication: pairs.authentication,
        signing: pairs.signing,
        batches_always: section.batches_always,
        settle: Duration::from_secs(120),
        clients: section.clients.iter().map(local_client).collect::<Result<_, _>>()?,
        limits: MessageLimits::default(),
        timeouts: Timeouts { grace: Duration::from_secs(2), ..Timeouts::default() },
        spool: section.folder.join("spool"),
        dialect: Dialect::default(),
        peer_version_min: peer_version_min.transpose().context(|| "gateway.peer_version_min")?,
        cbc_hosts: section.cbc_hosts.clone(),
        reuse_connections: true,
    })
}

fn local_client(section: &ClientSection) -> Result<LocalClient, CommandError> {
    let id: ClientId = section.id.parse().context(|| "gateway.clients.id")?;
    let grants = section.rights.iter().map(grant).collect::<Result<Vec<_>, _>>()?;
    Ok(LocalClient {
        id,
        callers: match section.callers.as_slice() {
            [] => Callers::Anyone,
            addresses => Callers::Addresses(addresses.to_vec()),
        },
        services: section.services.iter().map(|s| Service::new(&s.code, &s.url)).collect(),
        rights: Rights { grants, ..Rights::default() },
        subscriptions: Vec::new(),
    })
}

fn grant(section: &RightSection) -> Result<Grant, CommandError> {
    let client: ClientId = section.client.parse().context(|| "gateway.clients.rights.client")?;
    let verb = section.verb.as_deref().map(str::parse).transpose().context(|| "gateway.clients.rights.verb")?;
    let path = section.path.as_deref().map_or_else(|| Ok(PathPattern::any()), PathPattern::parse);
    let path = path.context(|| "gateway.clients.rights.path")?;
    Ok(Grant::endpoint(Subject::Client(client), &section.service, verb, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callers_are_those_that_are_listed() -> Result<(), Box<dyn std::error::Error>> {
        let client = |text: &str| -> Result<LocalClient, Box<dyn std::error::Error>> {
            Ok(local_client(&toml::from_str(text)?).map_err(|e| e.to_string())?)
        };
        assert_eq!(client("id = 'LA/GOV/MOHA/civil'")?.callers, Callers::Anyone);
        let listed = client("id = 'LA/GOV/MOHA/civil'\ncallers = ['10.1.1.1', '::1']")?;
        assert!(listed.callers.allow("10.1.1.1".parse()?) && !listed.callers.allow("10.1.1.2".parse()?));
        assert!(client("id = 'LA/GOV/MOHA/civil'\ncallers = ['anyone']").is_err());
        Ok(())
    }
}
