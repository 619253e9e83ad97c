//! Ports: our own listen, and are reachable as the directory names them; those of others are; our services answer.

use super::{Finding, Patient, Running};
use crate::node::{NodeConfig, telemetry};
use mekong_base::ServerId;
use mekong_directory::GlobalConf;
use mekong_exchange::administration::State;
use mekong_exchange::events::settings::SERVICE_URL;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// How long a connection may take.
const PATIENCE: Duration = Duration::from_secs(4);
/// Gateways of others that are tried.
const PEERS_MAX: usize = 200;

async fn connect(host: &str, port: u16) -> Result<(), String> {
    match tokio::time::timeout(PATIENCE, TcpStream::connect((host, port))).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("no answer within {} seconds", PATIENCE.as_secs())),
    }
}

/// Where to try a listener that may listen everywhere.
const fn local(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

/// Whether the node listens where its file says, or could.
pub(super) async fn listening(config: &NodeConfig, running: Running) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (what, place) in config.places() {
        let Some(address) = place.split("://").nth(1).and_then(|a| a.parse::<SocketAddr>().ok()) else { continue };
        let answered = connect(&local(address).ip().to_string(), address.port()).await;
        findings.push(match (answered, running) {
            (Ok(()), Running::Now) => Finding::good("port", format!("{what} listens at {address}")),
            (Ok(()), Running::NotYet) => {
                Finding::warning("port", format!("something listens at {address} already, for {what}"))
                    .at(address)
                    .because("unless it is this node, the node cannot start")
                    .so("see what it is (ss -ltnp), stop it or choose another address")
            }
            (Err(error), Running::Now) => {
                Finding::problem("port", format!("{what}: nothing listens at {address}: {error}"))
                    .at(address)
                    .because("the node does not run, or not all of it")
                    .so("start it (mekong serve --config FILE) and look at what it prints")
            }
            (Err(_), Running::NotYet) => match TcpListener::bind(address) {
                Ok(_) => Finding::good("port", format!("{what} can listen at {address}")),
                Err(error) => Finding::problem("port", format!("{what} cannot listen at {address}: {error}"))
                    .at(address)
                    .because("the node cannot start")
                    .so("choose an address of this machine, and a port that is free and allowed to you"),
            },
        });
    }
    findings
}

/// Whether the collector of traces is there, if one is configured.
pub(super) async fn collector(config: &NodeConfig) -> Option<Finding> {
    let (host, port) = match telemetry::collector(config) {
        Ok(place) => place?,
        Err(error) => {
            let finding = Finding::problem("traces", format!("[telemetry] cannot be used: {error}"));
            return Some(finding.because("the node does not start with it").so("mend it, or leave it out"));
        }
    };
    let place = format!("{host}:{port}");
    Some(match connect(host.trim_start_matches('[').trim_end_matches(']'), port).await {
        Ok(()) => Finding::good("traces", format!("the collector is reached at {place}")),
        Err(error) => Finding::warning("traces", format!("the collector is not reached at {place}: {error}"))
            .at(place)
            .because("traces of exchanges are dropped; messages flow all the same")
            .so("start the collector, or correct telemetry.endpoint"),
    })
}

/// Our own address as others see it, and the gateways of others.
pub(super) async fn peers(patient: &Patient<'_>, directory: &GlobalConf) -> Vec<Finding> {
    let gateway = patient.gateway;
    let ports = [gateway.listen_messages.port(), gateway.listen_ocsp.port()];
    let own: Option<ServerId> = gateway.server.parse().ok();
    let servers = directory.instances().filter_map(|i| directory.of(i)).flat_map(|i| i.servers());
    let mut asked = JoinSet::new();
    for server in servers.take(PEERS_MAX) {
        let is_own = Some(&server.id) == own.as_ref();
        if is_own && patient.running == Running::NotYet {
            continue;
        }
        let Some(address) = server.address.clone() else { continue };
        let (id, is_away) = (server.id.clone(), server.maintenance.is_some());
        asked.spawn(async move {
            let mut failures = Vec::new();
            for port in ports {
                if let Err(error) = connect(&address, port).await {
                    failures.push(format!("{address}:{port} {error}"));
                }
            }
            (id, is_own, is_away, failures)
        });
    }
    let mut all = Vec::new();
    while let Some(Ok(asked)) = asked.join_next().await {
        all.push(asked);
    }
    all.sort_by(|a, b| a.0.cmp(&b.0));
    all.into_iter().map(|(id, is_own, is_away, failures)| peer(&id, is_own, is_away, &failures)).collect()
}

fn peer(id: &ServerId, is_own: bool, is_away: bool, failures: &[String]) -> Finding {
    let reasons = failures.join("; ");
    match (failures.is_empty(), is_own) {
        (true, true) => Finding::good("port", "this gateway is reachable as the directory names it"),
        (true, false) => Finding::good("port", format!("{id} is reachable")),
        (false, true) => Finding::problem(
            "port",
            format!("this gateway is not reachable as the directory names it: {reasons}"),
        )
        .because(
            "nobody can ask it (or this machine cannot reach its own public address, which some networks do not let)",
        )
        .so("open the ports in the firewall, or correct the address: mekong registration address HOST"),
        (false, false) if is_away => {
            Finding::warning("port", format!("{id} is in maintenance and not reachable: {reasons}"))
        }
        (false, false) => Finding::warning("port", format!("{id} is not reachable: {reasons}"))
            .because("requests to it fail")
            .so("let this machine out to these ports; if others cannot reach it either, tell its owner"),
    }
}

/// Whether the systems behind the gateway answer.
pub(super) async fn services(served: &State) -> Vec<Finding> {
    let mut findings = Vec::new();
    let services = served.subsystems.iter().flat_map(|(id, s)| s.services.iter().map(move |(code, e)| (id, code, e)));
    let addresses = services.flat_map(|(id, code, e)| e.settings.urls.iter().map(move |url| (id, code, url)));
    // Those of events the gateway answers itself.
    for (id, code, url) in addresses.filter(|(_, _, url)| url.as_str() != SERVICE_URL) {
        let uri: Option<http::Uri> = url.parse().ok();
        let place = uri.as_ref().and_then(|u| Some((u.host()?.to_owned(), u.port_u16().unwrap_or(80))));
        let what = format!("the service {code} of {id}");
        let Some((host, port)) = place else {
            let finding = Finding::problem("port", format!("{what} has no address: {url:?}"));
            findings.push(finding.so("write http://HOST:PORT/PATH: mekong gateway add-service"));
            continue;
        };
        findings.push(match connect(host.trim_matches(['[', ']']), port).await {
            Ok(()) => Finding::good("port", format!("{what} is reachable")),
            Err(error) => Finding::warning("port", format!("{what} is not reachable: {error}"))
                .at(url)
                .because("requests to it fail")
                .so("start that system, correct the address, or take the service out"),
        });
    }
    findings
}
