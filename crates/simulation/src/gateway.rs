//! The program of a gateway's machine: the real gateway with the real message log.

use crate::course::Course;
use crate::institutions::Country;
use mekong_authority::http;
use mekong_authority::ocsp_client::OcspClient;
use mekong_base::Clock;
use mekong_base::limits::MessageLimits;
use mekong_directory::client::OnDemand;
use mekong_exchange::gateway::net::Net;
use mekong_exchange::gateway::{
    Deps, Gateway, GatewayConfig, Listen, Listeners, LocalClient, PeerPorts, SigningKey, Timeouts,
};
use mekong_exchange::messagelog::{self, IndexPlace, MessageLog, Stamp};
use mekong_exchange::telemetry::Telemetry;
use mekong_exchange::wire::fault::Dialect;
use mekong_ledger::{Blobs, Disk, Keys, Ledger, Options};
use std::fmt::Display;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// The folder of the log on the simulated disk.
const LOG: &str = "/log";
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
    /// For bodies that do not fit into memory; no body of a simulation is one.
    pub(crate) spool: PathBuf,
    pub(crate) course: Course,
}

/// Runs until its machine crashes. That it cannot start is noted; it is started again then, as a service manager does.
pub(crate) async fn run(program: Program) {
    let (course, name) = (program.course.clone(), program.country.server.to_string());
    match start(program).await {
        Ok(gateway) => {
            course.event(format!("{name} serves"));
            std::future::pending::<()>().await;
            drop(gateway);
        }
        Err(error) => course.event(format!("{name} does not start: {error}")),
    }
}

async fn start(program: Program) -> Result<Gateway, String> {
    let Program { country, clients, net, disk, clock, spool, .. } = program;
    let log = open_log(disk, clock.clone()).await?;
    log.start_stamping(stamp(country.clone(), clock.clone()));
    let at = |port| SocketAddr::new(country.gateway, port);
    let listen = Listen { consumer: at(ASK), provider: at(5500), ocsp: at(5577), cbc: None };
    let config = GatewayConfig {
        server: country.server.clone(),
        listen,
        peer_ports: PeerPorts::default(),
        authentication: vec![country.authentication.clone()],
        signing: vec![SigningKey { member: country.server.owner.clone(), pair: country.signing.clone() }],
        batches_always: false,
        settle: Duration::ZERO,
        clients,
        limits: MessageLimits { idle_seconds: 10, ..MessageLimits::default() },
        timeouts: Timeouts { connect: Duration::from_secs(3), answer: Duration::from_secs(10), ..Timeouts::default() },
        spool,
        dialect: Dialect::Snake,
        reuse_connections: true,
        cbc_hosts: Vec::new(),
        peer_version_min: None,
    };
    let (_, directory) = watch::channel(Arc::clone(&country.directory));
    let http = http::Client::new(http::Limits::default());
    let ocsp = OcspClient::keeping_in(http, &country.ocsp).map_err(told)?;
    let listeners = Listeners::bind_on(&net, listen).await.map_err(told)?;
    let (on_demand, telemetry) = (OnDemand::default(), Telemetry::off());
    let deps = Deps { clock, directory, on_demand, log, ocsp, net, telemetry };
    Gateway::start_on(listeners, config, deps).map_err(told)
}

/// The message log on a disk.
pub(crate) async fn open_log(disk: Disk, clock: Clock) -> Result<MessageLog, String> {
    let folder = Path::new(LOG);
    let ledger = Ledger::open_files(folder, Options::default(), disk.clone(), clock.clone()).await.map_err(told)?;
    let blobs = Blobs::open_files(folder.join("blobs"), Keys::default(), disk, clock.clone()).await.map_err(told)?;
    let config = messagelog::Config { interval: Duration::from_secs(5), ..messagelog::Config::default() };
    MessageLog::open_on(ledger, blobs, IndexPlace::Memory, config, clock).await.map_err(told)
}

fn stamp(country: Country, clock: Clock) -> Stamp {
    Arc::new(move |algorithm, digest| {
        let token = country.stamp(algorithm, &digest, clock.now());
        Box::pin(async move { token })
    })
}

fn told(error: impl Display) -> String {
    error.to_string()
}
