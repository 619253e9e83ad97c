//! A gateway with everything it leans on: keys, the directory as it is refreshed, its message log with time-stamps.

use super::config::GatewaySection;
use super::keys::{Keys, Operator, Pairs};
use super::telemetry::{self, TelemetrySection};
use super::{message_log, reason, served};
use crate::administration::{self, Subject};
use crate::cli::{CommandError, Context};
use crate::serving::sockets::Sockets;
use mekong_authority::http::Client as HttpClient;
use mekong_authority::ocsp_client::OcspClient;
use mekong_authority::tsp_client::TspClient;
use mekong_base::limits::MessageLimits;
use mekong_base::{Clock, ServerId};
use mekong_directory::client::{Client as DirectoryClient, FederationFilter, Settings};
use mekong_directory::{Anchor, GlobalConf};
use mekong_exchange::administration::Administration;
use mekong_exchange::events::Places;
use mekong_exchange::gateway::net::{Listener, Net};
use mekong_exchange::gateway::{
    Deps, Gateway as RunningGateway, GatewayConfig, Handle, Listen, Listeners, PeerPorts, Timeouts,
};
use mekong_exchange::messagelog::{MessageLog, stamp_by_http};
use mekong_exchange::telemetry::Exporter;
use mekong_exchange::wire::fault::Dialect;
use mekong_ledger::LedgerError;
use mekong_pki::Certificate;
use std::collections::BTreeSet;
use std::path::PathBuf;
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

/// Messages under way have so long to end when the gateway stops. Gateways that ask meanwhile wait for their turn in TLS
/// with the process that follows, 10 seconds.
const GRACE: Duration = Duration::from_secs(8);
/// How often certificates that end are looked after, and new files looked for.
const KEYS_LOOKED_AFTER: Duration = Duration::from_secs(600);

/// A running gateway.
pub(crate) struct Gateway {
    gateway: Option<RunningGateway>,
    config: GatewayConfig,
    deps: Deps,
    sockets: Sockets,
    keys: Arc<Keys>,
    /// Where the operator certifies keys.
    operator: Option<Arc<Operator>>,
    /// The gateway as it runs now, for who exchanges its keys.
    running: Arc<Mutex<Option<Handle>>>,
    directory: Arc<DirectoryClient>,
    administration: Administration,
    /// The handle of the gateway while it runs, for those who look into it and change it.
    handle: watch::Sender<Option<Handle>>,
    console: Option<administration::Running>,
    /// Where its events are kept.
    events: Places,
    tasks: Vec<JoinHandle<()>>,
    /// Sends its traces.
    exporter: Option<Exporter>,
}

impl Gateway {
    /// Opens keys and log, fetches the directory and starts to listen.
    ///
    /// # Errors
    /// In words: which file or address, and what to do.
    pub(crate) async fn start_on(
        section: &GatewaySection,
        traces: Option<&TelemetrySection>,
        clock: &Clock,
        sockets: &Sockets,
    ) -> Result<Self, CommandError> {
        let keys = Arc::new(Keys::open(section)?);
        let config = gateway_config(section, keys.pairs()?)?;
        let directory = open_directory(section, clock).await?;
        let log = message_log::open(section, clock).await?;
        let http = HttpClient::default();
        let approved = approved_authorities(directory.subscribe());
        log.start_stamping(stamp_by_http(TspClient::new(http.clone()), approved));
        let folder = section.folder.join(OCSP);
        let ocsp = OcspClient::keeping_in(http, &folder).context(|| format!("make the folder {}", folder.display()))?;
        let (telemetry, exporter) = telemetry::start(traces, &config.server, clock)?;
        let deps = Deps {
            clock: clock.clone(),
            directory: directory.subscribe(),
            on_demand: directory.on_demand(),
            log,
            ocsp,
            net: Net::default(),
            telemetry,
        };
        let administration = served::open(section, clock).await?;
        let (handle, handles) = watch::channel(None);
        let running = Arc::new(Mutex::new(None));
        let operator = section.operator.as_ref().map(|operator| Operator::new(operator, config.server.clone()));
        let operator = operator.transpose()?.map(Arc::new);
        let renewal = Renewal::new(section, operator.clone());
        let exchanged =
            exchange_keys(Arc::clone(&keys), renewal, clock.clone(), administration.clone(), Arc::clone(&running));
        let tasks = vec![
            tokio::spawn(Arc::clone(&directory).run()),
            tokio::spawn(exchanged),
            tokio::spawn(administration.clone().follow()),
            tokio::spawn(served::hand_on(administration.clone(), handles)),
        ];
        let (gateway, console) = (None, None);
        let events = super::events::places(section, clock).await?;
        let sockets = sockets.clone();
        let mut running = Self {
            gateway,
            config,
            deps,
            sockets,
            keys,
            operator,
            running,
            directory,
            administration,
            handle,
            console,
            events,
            tasks,
            exporter,
        };
        running.resume().await?;
        if let Some(address) = section.listen_console {
            let subject = running.subject(message_log::folder(section));
            let other_users = section.console_other_users;
            let (folder, sockets) = (&section.folder, running.sockets.clone());
            let console = administration::start(address, subject, folder, other_users, clock.clone(), &sockets);
            running.console = Some(console.await?);
        }
        Ok(running)
    }

    fn subject(&self, log_folder: PathBuf) -> Subject {
        Subject {
            server: self.config.server.clone(),
            administration: self.administration.clone(),
            handle: self.handle.subscribe(),
            directory: self.directory.subscribe(),
            keys: Arc::clone(&self.keys),
            operator: self.operator.clone(),
            log_folder,
        }
    }

    /// Listens again after [`Gateway::pause`].
    ///
    /// # Errors
    /// In words, if an address is taken.
    pub(crate) async fn resume(&mut self) -> Result<(), CommandError> {
        let server = self.config.server.clone();
        let pairs = self.keys.pairs()?;
        (self.config.authentication, self.config.signing) = (pairs.authentication, pairs.signing);
        let state = self.administration.state();
        (self.config.clients, self.config.disabled) = (state.clients(), state.disabled());
        let listeners = self.listeners().await?;
        let mut gateway = RunningGateway::start_on(listeners, self.config.clone(), self.deps.clone())
            .context(|| format!("start the gateway {server}"))?;
        gateway.serve_events(self.events.clone());
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = Some(gateway.handle());
        self.handle.send_replace(Some(gateway.handle()));
        self.gateway = Some(gateway);
        Ok(())
    }

    async fn listeners(&self) -> Result<Listeners, CommandError> {
        let (listen, sockets) = (&self.config.listen, &self.sockets);
        Ok(Listeners {
            consumer: Listener::Tcp(sockets.listen(listen.consumer, "consumer requests").await?),
            provider: Listener::Tcp(sockets.listen(listen.provider, "messages of gateways").await?),
            ocsp: Listener::Tcp(sockets.listen(listen.ocsp, "OCSP questions of gateways").await?),
            cbc: match listen.cbc {
                Some(at) => Some(Listener::Tcp(sockets.listen(at, "messages of gateways with CBC suites").await?)),
                None => None,
            },
        })
    }

    /// Stops listening; log and directory stay open.
    pub(crate) async fn pause(&mut self) {
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.handle.send_replace(None);
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

    /// As [`Gateway::handle`], whenever it begins or ends.
    pub(crate) fn handles(&self) -> watch::Receiver<Option<Handle>> {
        self.handle.subscribe()
    }

    /// Its administration.
    pub(crate) const fn administration(&self) -> &Administration {
        &self.administration
    }

    /// Waits until one of its ledgers takes nothing more; the reason.
    pub(super) async fn failed(&self) -> LedgerError {
        tokio::select! {
            error = reason(self.log().ledger().failed()) => error,
            error = reason(self.administration.ledger().failed()) => error,
            error = reason(self.events.failed()) => error,
        }
    }

    /// The directory as it knows it.
    pub(crate) fn directory(&self) -> Arc<GlobalConf> {
        self.directory.current()
    }

    /// Stops; messages under way get their time.
    pub(crate) async fn stop(mut self) {
        if let Some(console) = self.console.take() {
            console.stop().await;
        }
        self.pause().await;
        if let Some(exporter) = self.exporter.take() {
            exporter.stop().await;
        }
        for task in &self.tasks {
            task.abort();
        }
        self.administration.ledger().close().await;
        if let Err(error) = self.deps.log.close().await {
            tracing::warn!(%error, "message log not closed cleanly");
        }
    }
}

/// Whether a gateway would start, as far as that can be said without its ledgers.
///
/// # Errors
/// As [`Gateway::start_on`].
pub(super) async fn check(section: &GatewaySection, clock: &Clock) -> Result<(), CommandError> {
    let own = section.clone();
    let keys = move || gateway_config(&own, Keys::open(&own)?.pairs()?);
    tokio::task::spawn_blocking(keys).await.context(|| "open the keys")??;
    anchor(section)?;
    message_log::check(section, clock).await
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

fn anchor(section: &GatewaySection) -> Result<Anchor, CommandError> {
    let anchor = std::fs::read(&section.anchor).context(|| format!("read the anchor {}", section.anchor.display()))?;
    Anchor::read(&anchor).context(|| format!("understand the anchor {}", section.anchor.display()))
}

async fn open_directory(section: &GatewaySection, clock: &Clock) -> Result<Arc<DirectoryClient>, CommandError> {
    let anchor = anchor(section)?;
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
    fn new(section: &GatewaySection, operator: Option<Arc<Operator>>) -> Self {
        match (operator, &section.renewal) {
            (_, Some(url)) => Self::Authority(url.clone()),
            (Some(operator), None) => Self::Operator(operator),
            (None, None) => Self::None,
        }
    }
}

/// Renews certificates that end, and hands on whatever keys and certificates have come.
async fn exchange_keys(
    keys: Arc<Keys>,
    renewal: Renewal,
    clock: Clock,
    administration: Administration,
    running: Arc<Mutex<Option<Handle>>>,
) {
    let http = HttpClient::default();
    let mut known = keys.pairs().ok();
    loop {
        keys.set_disabled(administration.state().disabled());
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
        // Sooner, if a person has brought something.
        drop(tokio::time::timeout(KEYS_LOOKED_AFTER, keys.changed()).await);
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
        settle: Duration::from_secs(120),
        disabled: BTreeSet::new(),
        clients: Vec::new(),
        limits: MessageLimits::default(),
        timeouts: Timeouts { grace: GRACE, ..Timeouts::default() },
        spool: section.folder.join("spool"),
        dialect: Dialect::default(),
        peer_version_min: peer_version_min.transpose().context(|| "gateway.peer_version_min")?,
        cbc_hosts: section.cbc_hosts.clone(),
        reuse_connections: true,
    })
}
