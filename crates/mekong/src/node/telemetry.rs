//! `[telemetry]`: traces of a gateway's exchanges, sent to a collector by OTLP (OpenTelemetry).

use super::config::NodeConfig;
use crate::cli::{CommandError, Context};
use mekong_base::{Clock, ServerId};
use mekong_crypto::Zeroizing;
use mekong_exchange::gateway::net::Net;
use mekong_exchange::telemetry::{Exporter, Settings, Telemetry};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// What traces are told to be of, if nothing else is said.
const SERVICE_NAME: &str = "mekong-gateway";

/// `[telemetry]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TelemetrySection {
    /// Where the collector takes OTLP over HTTP: `http://host:4318`; `/v1/traces` is appended.
    pub(crate) endpoint: String,
    /// `service.name` of the traces; `mekong-gateway` if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) service_name: Option<String>,
    /// File with headers for the collector, such as a token of access: `NAME: VALUE` in each line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) headers_file: Option<PathBuf>,
    /// The share of the exchanges that is sent, 0 to 1; all if left out. Gateways with the same share send the same ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) sampling: Option<f64>,
}

impl TelemetrySection {
    fn settings(&self, server: &ServerId) -> Result<Settings, CommandError> {
        let name = self.service_name.as_deref().unwrap_or(SERVICE_NAME);
        let mut settings = Settings::new(&self.endpoint, server.clone(), name).context(|| "telemetry.endpoint")?;
        if let Some(share) = self.sampling {
            settings = settings.sampling(share).context(|| "telemetry.sampling")?;
        }
        if let Some(file) = &self.headers_file {
            let text = std::fs::read_to_string(file).map(Zeroizing::new);
            let text = text.context(|| format!("read {}", file.display()))?;
            settings = settings.headers(&text).context(|| format!("telemetry.headers_file {}", file.display()))?;
        }
        Ok(settings)
    }
}

/// Host and port of the collector, if a configuration names one that can be used.
///
/// # Errors
/// As [`check`].
pub(crate) fn collector(config: &NodeConfig) -> Result<Option<(String, u16)>, CommandError> {
    let settings = check(config)?;
    Ok(settings.as_ref().map(Settings::collector).map(|(host, port)| (host.to_owned(), port)))
}

/// Whether a configuration says what traces are to be of, and where they go.
///
/// # Errors
/// In words: which setting.
pub(super) fn check(config: &NodeConfig) -> Result<Option<Settings>, CommandError> {
    let Some(section) = &config.telemetry else { return Ok(None) };
    let no_gateway =
        || CommandError::new("[telemetry] sends the traces of a gateway, and there is no [gateway]: leave it out");
    let gateway = config.gateway.as_ref().ok_or_else(no_gateway)?;
    section.settings(&gateway.server.parse().context(|| "gateway.server")?).map(Some)
}

/// Starts to send the traces of a gateway, if a section says where to.
///
/// # Errors
/// In words: which setting. That the collector is there is not asked.
pub(super) fn start(
    section: Option<&TelemetrySection>,
    server: &ServerId,
    clock: &Clock,
) -> Result<(Telemetry, Option<Exporter>), CommandError> {
    let Some(section) = section else { return Ok((Telemetry::off(), None)) };
    let (telemetry, exporter) = Telemetry::start(section.settings(server)?, Net::default(), clock.clone());
    Ok((telemetry, Some(exporter)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_settings_name_their_key_and_no_secret() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("headers");
        std::fs::write(&file, "authorization: Bearer x\nBearer secret\n")?;
        let server = mekong_base::MemberId::new("LA", "GOV", "MOHA").server("gw");
        for (text, expected) in [
            ("endpoint = 'collector'".to_owned(), "telemetry.endpoint"),
            ("endpoint = 'http://c'\nsampling = 2.0".to_owned(), "telemetry.sampling"),
            (format!("endpoint = 'http://c'\nheaders_file = '{}'", file.display()), "line 2"),
        ] {
            let section: TelemetrySection = toml::from_str(&text)?;
            let error = section.settings(&server).map(|_| ()).map_err(|e| e.to_string());
            assert!(error.as_ref().is_err_and(|e| e.contains(expected) && !e.contains("secret")), "{error:?}");
        }
        assert!(toml::from_str::<TelemetrySection>("endpoint = 'http://c'\nheaders = 'a: b'").is_err());
        Ok(())
    }
}
