//! A running gateway: its listeners, the exchange in both roles, and what they share.
//!
//! - consumer: information systems of our clients ask here, plain HTTP, `/r1/...`;
//! - provider: other gateways send messages here, mutual TLS;
//! - OCSP: other gateways ask here for the OCSP responses of our certificates, plain HTTP;
//! - CBC, if configured: as provider, for named gateways that know no newer cipher suites.
//!
//! The way of a message: [`listener`]; then [`consumer`], [`pool`], and at the other gateway [`receive`], [`provider`],
//! [`service`]; on both sides [`spool`] for bodies and [`evidence`] for signatures and log. Who may speak: [`peers`], by [`tls`]
//! and [`ocsp`]. With what we sign and connect: [`credentials`], [`signing`]. What the gateway answers itself: [`metaservice`],
//! [`documents`], [`events`].
//!
//! A message is logged before its answer leaves, on both sides; nothing of a body is passed on before its signature is
//! verified. Source: PR-MESSTRANSP 2.7, PR-REST; the order of checks is the reference's.

mod config;
mod consumer;
mod credentials;
mod documents;
mod events;
mod evidence;
mod faults;
mod kept;
mod latency;
mod listener;
mod metaservice;
pub mod net;
mod ocsp;
mod outgoing;
mod pace;
mod peers;
mod pool;
mod provider;
mod receive;
mod repeat;
mod service;
mod signing;
mod spool;
mod status;
mod tls;

pub use config::{Callers, GatewayConfig, KeyPair, Listen, LocalClient, PeerPorts, Service, SigningKey, Timeouts};
pub use latency::Durations;
pub use listener::Listeners;
pub use status::{Counts, Handle, Latencies, OwnCertificate, Status};

use crate::messagelog::MessageLog;
use crate::telemetry::Telemetry;
use crate::wire::rest;
use credentials::Credentials;
use mekong_authority::ocsp_client::OcspClient;
use mekong_base::{ClientId, Clock, Instant};
use mekong_directory::GlobalConf;
use mekong_directory::client::OnDemand;
use mekong_message::ChainCache;
use net::Net;
use peers::Peers;
use pool::Pool;
use service::ServiceClient;
use spool::Spooler;
use status::Counters;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;

/// How often our own certificates' OCSP responses are looked after.
const RENEWAL: Duration = Duration::from_secs(5);

/// What a gateway is given to work with.
#[derive(Debug, Clone)]
pub struct Deps {
    /// The time.
    pub clock: Clock,
    /// The global configuration, as it is refreshed.
    pub directory: watch::Receiver<Arc<GlobalConf>>,
    /// Refreshes it when a peer is met that it does not have.
    pub on_demand: OnDemand,
    /// Its message log.
    pub log: MessageLog,
    /// Fetches OCSP responses for its own certificates.
    pub ocsp: OcspClient,
    /// On which it listens and connects.
    pub net: Net,
    /// Where traces of its exchanges go.
    pub telemetry: Telemetry,
}

/// Why a gateway does not start. The operator's to mend.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// An address cannot be listened on.
    #[error("cannot listen on {address} for {purpose}: is another program using it?")]
    Listen {
        /// The address.
        address: std::net::SocketAddr,
        /// Consumer, provider, OCSP or CBC, in words.
        purpose: &'static str,
        /// Why.
        source: std::io::Error,
    },
    /// The spool folder cannot be used.
    #[error("cannot use the spool folder {path}")]
    Spool {
        /// The folder.
        path: std::path::PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The key pair for TLS cannot be used.
    #[error("the authentication key pair cannot be used: {0}")]
    Authentication(String),
    /// The configuration contradicts itself.
    #[error("{0}")]
    Config(String),
}

/// What all tasks of a gateway share.
pub(crate) struct Inner {
    config: GatewayConfig,
    clients: RwLock<Clients>,
    addresses: Listen,
    clock: Clock,
    directory: watch::Receiver<Arc<GlobalConf>>,
    on_demand: OnDemand,
    log: MessageLog,
    credentials: Credentials,
    peers: Peers,
    net: Net,
    /// Chains of signing certificates that were verified.
    chains: ChainCache,
    pool: Pool,
    services: ServiceClient,
    telemetry: Telemetry,
    spooler: Spooler,
    counters: Counters,
    /// Exchanges under way in either role; they go on when the asker hangs up.
    consuming: Places,
    providing: Places,
    events: events::Events,
}

type Clients = Arc<HashMap<ClientId, Arc<LocalClient>>>;

fn by_id(clients: Vec<LocalClient>) -> Clients {
    Arc::new(clients.into_iter().map(|c| (c.id.clone(), Arc::new(c))).collect())
}

impl Inner {
    fn now(&self) -> Instant {
        self.clock.now()
    }

    fn directory(&self) -> Arc<GlobalConf> {
        Arc::clone(&self.directory.borrow())
    }

    /// After something was met that a directory does not have: a newer one, if there is one.
    async fn directory_after(&self, known: &Arc<GlobalConf>) -> Option<Arc<GlobalConf>> {
        // It may have come while this was decided.
        if Arc::ptr_eq(known, &self.directory()) {
            self.on_demand.refresh().await;
        }
        Some(self.directory()).filter(|current| !Arc::ptr_eq(known, current))
    }

    fn clients(&self) -> Clients {
        Arc::clone(&self.clients.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn client(&self, id: &ClientId) -> Option<Arc<LocalClient>> {
        self.clients().get(id).cloned()
    }

    fn set_clients(&self, clients: Vec<LocalClient>) {
        *self.clients.write().unwrap_or_else(PoisonError::into_inner) = by_id(clients);
        self.events.changed.notify_one();
    }

    const fn rest_limits(&self) -> rest::Limits {
        rest::Limits { bytes: self.config.limits.message_bytes, headers: self.config.limits.headers }
    }
}

/// Exchanges at once in one role; more wait.
const EXCHANGES_MAX: u32 = 4096;

/// Bounds the exchanges of one role. A connection is no bound: its peer may leave, and the exchange is ended all the same.
struct Places(Arc<Semaphore>);

impl Default for Places {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(EXCHANGES_MAX as usize)))
    }
}

impl Places {
    /// Waits for a place, which is free again when the permit is dropped.
    async fn take(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.0).acquire_owned().await.ok()
    }

    /// Waits until no exchange is under way.
    async fn all_free(&self) {
        let _ = self.0.acquire_many(EXCHANGES_MAX).await;
    }
}

/// A gateway that runs until it is stopped or dropped.
#[derive(Debug)]
pub struct Gateway {
    handle: Handle,
    stop: watch::Sender<bool>,
    listeners: JoinSet<()>,
    grace: Duration,
}

impl Gateway {
    /// Binds its addresses and starts to serve. OCSP responses for its own certificates are fetched at once, in the
    /// background; until they are there, requests wait for them.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn start(config: GatewayConfig, deps: Deps) -> Result<Self, StartError> {
        let listeners = Listeners::bind_on(&deps.net, config.listen).await?;
        Self::start_on(listeners, config, deps)
    }

    /// Starts on sockets that are already bound; `config.listen` is not looked at.
    ///
    /// # Errors
    /// [`StartError`].
    pub fn start_on(listeners: Listeners, config: GatewayConfig, deps: Deps) -> Result<Self, StartError> {
        check(&config)?;
        let addresses = listeners.addresses()?;
        let credentials =
            Credentials::new(&config, deps.ocsp, deps.directory.clone(), deps.on_demand.clone(), deps.clock.now())?;
        let inner = Arc::new(Inner {
            clients: RwLock::new(by_id(config.clients.clone())),
            addresses,
            clock: deps.clock,
            directory: deps.directory,
            on_demand: deps.on_demand,
            log: deps.log,
            credentials,
            peers: Peers::default(),
            chains: ChainCache::new(),
            pool: Pool::new(&config, deps.net.clone()),
            services: ServiceClient::new(&config.limits, config.timeouts.connect, deps.net.clone()),
            net: deps.net,
            telemetry: deps.telemetry,
            spooler: Spooler::open(&config.spool, config.limits)?,
            counters: Counters::default(),
            consuming: Places::default(),
            providing: Places::default(),
            events: events::Events::default(),
            config,
        });
        let (stop, stopped) = watch::channel(false);
        let mut tasks = JoinSet::new();
        tasks.spawn(listener::consumer(Arc::clone(&inner), listeners.consumer, stopped.clone()));
        tasks.spawn(listener::provider(Arc::clone(&inner), listeners.provider, stopped.clone()));
        #[cfg(feature = "cbc")]
        if let Some(listener) = listeners.cbc {
            tasks.spawn(listener::cbc(Arc::clone(&inner), listener, stopped.clone()));
        }
        tasks.spawn(listener::ocsp(Arc::clone(&inner), listeners.ocsp, stopped.clone()));
        tasks.spawn(renew(Arc::clone(&inner), stopped));
        tracing::info!(server = %inner.config.server, consumer = %addresses.consumer, provider = %addresses.provider, "gateway started");
        let grace = inner.config.timeouts.grace;
        Ok(Self { handle: Handle(inner), stop, listeners: tasks, grace })
    }

    /// Keeps the events of its clients in these places and works on their subscriptions, until it is stopped.
    pub fn serve_events(&mut self, places: crate::events::Places) {
        let Handle(inner) = &self.handle;
        self.listeners.spawn(events::run(Arc::clone(inner), places, self.stop.subscribe()));
    }

    /// To look into it, and to change what it serves.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Stops: takes no new connection, lets exchanges under way end within [`Timeouts::grace`]. The message log stays open.
    pub async fn stop(mut self) {
        let _ = self.stop.send(true);
        let Handle(inner) = &self.handle;
        let ended = async {
            while self.listeners.join_next().await.is_some() {}
            inner.consuming.all_free().await;
            inner.providing.all_free().await;
        };
        if tokio::time::timeout(self.grace, ended).await.is_err() {
            tracing::warn!("exchanges were cut off at the stop");
        }
        self.listeners.abort_all();
    }
}

/// Contradictions that would only show at the first message.
fn check(config: &GatewayConfig) -> Result<(), StartError> {
    if !cfg!(feature = "cbc") && (config.listen.cbc.is_some() || !config.cbc_hosts.is_empty()) {
        let text = "this program was built without CBC suites: build it with the feature cbc, or do not ask for them";
        return Err(StartError::Config(text.into()));
    }
    if let Some(pair) = config.authentication.iter().find(|pair| !pair.certificate.is_authentication()) {
        let subject = pair.certificate.subject();
        return Err(StartError::Config(format!("{subject} is not an authentication certificate")));
    }
    for client in &config.clients {
        // It comes and goes while the gateway runs, so it is no reason not to start; its messages are refused.
        if !config.signing.iter().any(|s| s.member == client.id.member) {
            tracing::warn!(client = %client.id, "there is no signing key of this client's member");
        }
    }
    Ok(())
}

/// Keeps the OCSP responses of our certificates fresh, and chooses among them when keys or the directory change.
async fn renew(inner: Arc<Inner>, mut stop: watch::Receiver<bool>) {
    let mut directory = inner.directory.clone();
    loop {
        let conf = Arc::clone(&directory.borrow_and_update());
        inner.credentials.renew(&conf, inner.now()).await;
        tokio::select! {
            biased;
            _ = stop.changed() => return,
            () = inner.credentials.changed.notified() => {}
            Ok(()) = directory.changed() => {}
            () = tokio::time::sleep(RENEWAL) => {}
        }
    }
}
