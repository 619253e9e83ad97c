//! The program of a gateway's machine: the real gateway with the real message log.

use crate::course::Course;
use crate::institutions::Country;
use mekong_authority::http::Limits;
use mekong_authority::ocsp_client::OcspClient;
use mekong_authority::tsp_client::TspClient;
use mekong_base::Clock;
use mekong_base::limits::MessageLimits;
use mekong_directory::GlobalConf;
use mekong_directory::client::{Client, ClientError, FederationFilter, Settings};
use mekong_exchange::events::Places;
use mekong_exchange::gateway::net::Net;
use mekong_exchange::gateway::{
    Deps, Gateway, GatewayConfig, Listen, Listeners, LocalClient, PeerPorts, SigningKey, Timeouts,
};
use mekong_exchange::messagelog::{self, IndexPlace, MessageLog, stamp_by_http};
use mekong_exchange::telemetry::Telemetry;
use mekong_exchange::wire::fault::Dialect;
use mekong_ledger::{Blobs, Disk, Keys, Ledger, Options};
use mekong_pki::Certificate;
use std::fmt::Display;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// The folder of the log on the simulated disk.
const LOG: &str = "/log";
/// The folder of its events.
const EVENTS: &str = "/events";
/// How patiently trust services are asked.
const HTTP: Limits = Limits { connect: Duration::from_secs(2), total: Duration::from_secs(6), body_bytes: 4 << 20 };
/// The port for agencies.
pub(crate) const ASK: u16 = 8080;

/// What a gateway is started with.
#[derive(Clone)]
pub(crate) struct Program {
    pub(crate) country: Country,
    pub(crate) clients: Vec<LocalClient>,
    pub(crate) net: Net,
    pub(crate) disk: Disk,
    pub(crate) clock: Clock,
    /// For bodies that do not fit into memory, which no body of a simulation is, and for the directory.
    pub(crate) folder: PathBuf,
    pub(crate) course: Course,
}

/// Runs until its machine crashes. That it cannot start is noted; it is started again then, as a service manager does.
pub(crate) async fn run(program: Program) {
    let (course, name) = (program.course.clone(), program.country.server.to_string());
    let gateway = loop {
        match start(program.clone()).await {
            Ok(gateway) => break gateway,
            Err(error) => course.event(format!("{name} does not start: {error}")),
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    };
    course.event(format!("{name} serves"));
    std::future::pending::<()>().await;
    drop(gateway);
}

async fn start(program: Program) -> Result<Gateway, String> {
    let Program { country, clients, net, disk, clock, folder, .. } = program;
    let directory = directory(&country, &net, &folder, &clock).await?;
    let log = open_log(disk.clone(), clock.clone()).await?;
    let http = net.http_client(HTTP);
    log.start_stamping(stamp_by_http(TspClient::new(http.clone()), approved(&country, directory.subscribe())));
    tokio::spawn(Arc::clone(&directory).run());
    let at = |port| SocketAddr::new(country.gateway, port);
    let listen = Listen { consumer: at(ASK), provider: at(5500), ocsp: at(5577), cbc: None };
    let config = GatewayConfig {
        server: country.server.clone(),
        listen,
        peer_ports: PeerPorts::default(),
        authentication: vec![country.authentication.clone()],
        signing: vec![SigningKey { member: country.server.owner.clone(), pair: country.signing.clone() }],
        disabled: std::collections::BTreeSet::new(),
        settle: Duration::ZERO,
        clients,
        limits: MessageLimits { idle_seconds: 10, ..MessageLimits::default() },
        timeouts: Timeouts { connect: Duration::from_secs(3), answer: Duration::from_secs(10), ..Timeouts::default() },
        spool: folder.join("spool"),
        dialect: Dialect::Snake,
        reuse_connections: true,
        cbc_hosts: Vec::new(),
        peer_version_min: None,
    };
    let listeners = Listeners::bind_on(&net, listen).await.map_err(told)?;
    let (ocsp, on_demand, telemetry) = (OcspClient::new(http), directory.on_demand(), Telemetry::off());
    let deps = Deps { clock: clock.clone(), directory: directory.subscribe(), on_demand, log, ocsp, net, telemetry };
    let mut gateway = Gateway::start_on(listeners, config, deps).map_err(told)?;
    gateway.serve_events(Places::files(EVENTS, disk, options(), clock));
    Ok(gateway)
}

/// The directory as the gateway fetches it; what it had before its crash is in a folder, as everywhere.
async fn directory(country: &Country, net: &Net, folder: &Path, clock: &Clock) -> Result<Arc<Client>, String> {
    let settings = Settings { federation: FederationFilter::All, http: HTTP, ..Settings::default() };
    let (anchor, folder) = (country.anchor.clone(), folder.join("directory"));
    loop {
        let http = net.http_client(HTTP);
        match Client::start_with(http, anchor.clone(), folder.clone(), settings.clone(), clock.clone()).await {
            Ok(client) => return Ok(client),
            // As a service manager does.
            Err(ClientError::Unavailable(_)) => tokio::time::sleep(Duration::from_secs(1)).await,
            Err(error) => return Err(told(error)),
        }
    }
}

/// The time-stamping authorities that the directory approves, as it is now.
fn approved(
    country: &Country,
    directory: watch::Receiver<Arc<GlobalConf>>,
) -> impl Fn() -> (Vec<String>, Vec<Certificate>) + Send + Sync + 'static {
    let instance = country.server.owner.instance.clone();
    move || {
        let conf = Arc::clone(&directory.borrow());
        conf.timestampers(&instance).iter().map(|entry| (entry.url.clone(), entry.certificate.clone())).unzip()
    }
}

/// Small segments, so that many are sealed and begun.
fn options() -> Options {
    Options { segment_bytes: 128 << 10, ahead_bytes: 4 << 10, ..Options::default() }
}

/// The message log on a disk.
pub(crate) async fn open_log(disk: Disk, clock: Clock) -> Result<MessageLog, String> {
    let folder = Path::new(LOG);
    let ledger = Ledger::open_files(folder, options(), disk.clone(), clock.clone()).await.map_err(told)?;
    let blobs = Blobs::open_files(folder.join("blobs"), Keys::default(), disk, clock.clone()).await.map_err(told)?;
    let [interval, retry] = [2, 1].map(Duration::from_secs);
    let config = messagelog::Config { interval, retry, ..messagelog::Config::default() };
    MessageLog::open_on(ledger, blobs, IndexPlace::Memory, config, clock).await.map_err(told)
}

fn told(error: impl Display) -> String {
    error.to_string()
}
