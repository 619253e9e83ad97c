//! Waits until the signed directory shows the new gateway, and its certificates are proven good.

use super::folder::{Certificates, Folder, GATEWAY};
use super::step;
use super::write::Plan;
use crate::cli::{CommandError, Context};
use crate::doctor::certificates::{Proof, prove};
use crate::node::gateway::{GLOBAL_CONF, OCSP};
use mekong_authority::http::Client as HttpClient;
use mekong_authority::ocsp_client::OcspClient;
use mekong_base::{ClientId, Clock};
use mekong_directory::GlobalConf;
use mekong_directory::client::{Client, FederationFilter, Settings};
use std::sync::Arc;
use std::time::{Duration, Instant as Stopwatch};

/// How often the directory is asked.
const POLL: Duration = Duration::from_secs(1);

/// Fetches the directory until it shows the gateway.
pub(super) async fn in_directory(
    folder: &Folder,
    plan: &Plan<'_>,
    certificates: &Certificates,
    patience: Duration,
    clock: &Clock,
) -> Result<Arc<GlobalConf>, CommandError> {
    let settings = Settings { federation: filter(plan.federation), ..Settings::default() };
    let kept = folder.file(GATEWAY).join(GLOBAL_CONF);
    let began = Stopwatch::now();
    let anchor = certificates.anchor.clone();
    let client = Client::start(anchor, kept, settings, clock.clone()).await;
    let client = client.context(|| "get the directory (is its address reachable from here?)")?;
    loop {
        // Once more, since what lay here may be from an earlier run.
        let refreshed = client.refresh().await;
        let directory = client.current();
        let Some(missing) = missing(plan, certificates, &directory) else {
            let sources: Vec<&str> = directory.instances().collect();
            let clients = plan.registered.clients.len();
            step(
                "directory",
                &format!("shows it with {clients} client(s); verified by the anchor; instances {}", sources.join(", ")),
            );
            return Ok(directory);
        };
        if began.elapsed() > patience {
            let text =
                format!("the directory does not show {missing} after {} seconds: ask the operator", patience.as_secs());
            return Err(match refreshed {
                Ok(_) => CommandError::new(text),
                Err(error) => CommandError::because(text, &error),
            });
        }
        tokio::time::sleep(POLL).await;
    }
}

pub(super) fn filter(instances: &[String]) -> FederationFilter {
    match instances {
        [] => FederationFilter::None,
        instances => FederationFilter::from_entries(instances),
    }
}

/// What the directory does not show yet.
fn missing(plan: &Plan<'_>, certificates: &Certificates, directory: &GlobalConf) -> Option<String> {
    let server = plan.server;
    if directory.server(server).is_none() {
        return Some(format!("the server {server}"));
    }
    if directory.server_by_auth_cert(&certificates.authentication).as_ref() != Some(server) {
        return Some(format!("the authentication certificate of {server}"));
    }
    let clients = plan.registered.clients.iter().filter_map(|c| c.parse::<ClientId>().ok());
    let unknown = clients.into_iter().find(|client| !directory.is_registered(client, server));
    unknown.map(|client| format!("the registration of {client}"))
}

/// Fetches the OCSP responses of both certificates, which the gateway finds when it starts.
pub(super) async fn proven(
    folder: &Folder,
    certificates: &Certificates,
    directory: &GlobalConf,
    clock: &Clock,
) -> Result<(), CommandError> {
    let path = folder.file(GATEWAY).join(OCSP);
    let ocsp = OcspClient::keeping_in(HttpClient::default(), &path)
        .context(|| format!("make the folder {}", path.display()))?;
    let mut until = None;
    for (certificate, what) in [(&certificates.signing, "signing"), (&certificates.authentication, "authentication")] {
        match prove(certificate, directory, &ocsp, clock.now()).await {
            Ok(Proof { until: end, .. }) => {
                until = Some(until.map_or(end, |until: mekong_base::Instant| until.min(end)))
            }
            Err(fault) => return Err(CommandError::new(format!("the {what} certificate is not proven good: {fault}"))),
        }
    }
    step(
        "OCSP",
        &format!("both certificates are good{}", until.map_or_else(String::new, |u| format!("; fresh until {u}"))),
    );
    Ok(())
}
