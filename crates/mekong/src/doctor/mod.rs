//! `mekong doctor`: finds what is wrong with a node, and says what to do. It changes nothing.
//!
//! One file a subject: [`certificates`] (and OCSP), [`clocks`] (and time-stamping), [`directory`] (and registration),
//! [`rights`], [`ports`], [`disk`] (room, permissions, limits), [`log`], [`ledgers`] (signed and witnessed).

pub(crate) mod certificates;
mod clocks;
mod directory;
mod disk;
mod finding;
mod ledgers;
mod log;
mod operator;
mod ports;
mod rights;

pub(crate) use finding::{Colours, Finding};

use crate::cli::CommandResult;
use crate::node::NodeConfig;
use crate::node::config::GatewaySection;
use crate::node::served;
use clap::Args;
use mekong_authority::http::{Client as HttpClient, Limits};
use mekong_base::{Clock, Instant};
use mekong_directory::GlobalConf;
use mekong_exchange::administration::State;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

/// Options of `mekong doctor`.
#[derive(Args)]
pub(crate) struct DoctorOptions {
    /// The node's configuration file.
    #[arg(long, value_name = "FILE", default_value = "node.toml")]
    config: PathBuf,
    /// One JSON object a check instead of text, the good ones too.
    #[arg(long)]
    json: bool,
    /// Show what is good, too.
    #[arg(long)]
    all: bool,
    /// The node is not started yet: its ports need not answer.
    #[arg(long)]
    not_started: bool,
}

/// Whether the node should be running.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Running {
    /// It should.
    Now,
    /// It was not started yet.
    NotYet,
}

/// What all checks work with.
struct Patient<'a> {
    gateway: &'a GatewaySection,
    now: Instant,
    http: HttpClient,
    running: Running,
    /// What the gateway serves.
    served: &'a State,
}

/// Runs the command.
pub(crate) async fn run(options: DoctorOptions) -> CommandResult {
    let config = NodeConfig::read(&options.config)?;
    let running = if options.not_started { Running::NotYet } else { Running::Now };
    let findings = examine(&config, &options.config, running, &Clock::system()).await;
    let colours = Colours::of_stdout();
    for finding in &findings {
        if options.json {
            println!("{}", serde_json::to_string(finding).unwrap_or_default());
        } else if options.all || !finding.is_good() {
            print!("{}", finding.told(colours));
        }
    }
    let count = |is: fn(&Finding) -> bool| findings.iter().filter(|f| is(f)).count();
    let (problems, unknown, good) = (count(Finding::is_problem), count(Finding::is_unknown), count(Finding::is_good));
    if !options.json {
        let warnings = findings.len() - problems - unknown - good;
        println!(
            "{} checks: {good} good, {}, {}, {unknown} could not be made",
            findings.len(),
            counted(warnings, "warning"),
            counted(problems, "problem")
        );
    }
    Ok(ExitCode::from(match (problems, unknown) {
        (0, 0) => 0,
        (0, _) => 2,
        _ => 1,
    }))
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// Looks at everything.
pub(crate) async fn examine(config: &NodeConfig, file: &Path, running: Running, clock: &Clock) -> Vec<Finding> {
    let mut findings = disk::node(config, file);
    findings.extend(ports::listening(config, running).await);
    findings.extend(ports::collector(config).await);
    findings.extend(operator::examine(config, clock.now()));
    findings.extend(ledgers::examine(config));
    if let Some(gateway) = &config.gateway {
        let limits = Limits { connect: Duration::from_secs(5), total: Duration::from_secs(10), body_bytes: 64 << 20 };
        let served = served::read(gateway, clock).await.unwrap_or_else(|error| {
            findings.push(Finding::problem("administration", error.to_string()).because("the gateway does not start"));
            State::default()
        });
        let patient = Patient { gateway, now: clock.now(), http: HttpClient::new(limits), running, served: &served };
        findings.extend(of_gateway(&patient, clock).await);
    }
    findings
}

async fn of_gateway(patient: &Patient<'_>, clock: &Clock) -> Vec<Finding> {
    let mut findings = Vec::new();
    let certificates = certificates::read(patient, &mut findings);
    let Some(directory): Option<Arc<GlobalConf>> = directory::fetch(patient, clock, &mut findings).await else {
        // Everything else is judged by the directory.
        let what =
            "OCSP, time-stamps, registration, rights and other gateways could not be looked at without a directory";
        findings.push(Finding::unknown("directory", what).so("mend the directory first, then run the doctor again"));
        findings.extend(log::examine(patient).await);
        return findings;
    };
    directory::registration(patient, &certificates, &directory, &mut findings);
    rights::examine(patient.served, &directory, &mut findings);
    let (ocsp, stamps, peers, services, log) = tokio::join!(
        certificates::status(patient, &certificates, &directory),
        clocks::stamping(patient, &directory, clock),
        ports::peers(patient, &directory),
        ports::services(patient.served),
        log::examine(patient),
    );
    findings.extend(ocsp.into_iter().chain(stamps).chain(peers).chain(services).chain(log));
    findings
}
