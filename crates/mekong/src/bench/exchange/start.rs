//! From the start of a gateway's process until it is ready, with a large directory.

use super::apart::Apart;
use super::{ExchangeOptions, LogKind};
use crate::bench::{rounded, tell, usage};
use crate::cli::{CommandError, Context};
use crate::demo::country::{CLASS, LAOS};
use crate::demo::prepare::OPERATOR;
use crate::soak::gateway;
use serde::Serialize;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Instant;

/// Members in the directory of the gateway's country, each with a subsystem.
const MEMBERS: u32 = 10_000;

/// What is reported.
#[derive(Serialize)]
struct Report {
    case: &'static str,
    members: u32,
    /// The directory is fetched.
    first_start_ms: f64,
    /// The directory is there from before.
    start_ms: f64,
    key: &'static str,
    message_log: &'static str,
    gateways: u8,
    machine: String,
    version: &'static str,
}

/// Measures and tells; nothing fails without an error.
pub(super) async fn run(options: &ExchangeOptions, dir: &Path) -> Result<bool, CommandError> {
    let apart = Apart::start(dir, options.key.key_type(), add_members).await?;
    let mut times = [0.0; 2];
    for time in &mut times {
        let started = Instant::now();
        let process = apart.gateway(&apart.asker()).await?;
        *time = rounded(started.elapsed().as_secs_f64() * 1_000.0);
        gateway::end(process).await?;
    }
    apart.stop().await;
    let [first_start_ms, start_ms] = times;
    let report = Report {
        case: "start",
        members: MEMBERS,
        first_start_ms,
        start_ms,
        key: options.key.name(),
        message_log: LogKind::Files.name(),
        gateways: 1,
        machine: usage::machine(),
        version: env!("CARGO_PKG_VERSION"),
    };
    tell(&report, options.json, text)?;
    Ok(true)
}

/// Adds members to those of the country whose gateway starts.
fn add_members(dir: &Path) -> Result<(), CommandError> {
    let path = dir.join(LAOS.instance).join(OPERATOR).join("members.toml");
    let mut text = std::fs::read_to_string(&path).context(|| format!("read {}", path.display()))?;
    let own = text.matches("[[member]]").count();
    for number in own..MEMBERS as usize {
        let member =
            format!("\n[[member]]\nclass = \"{CLASS}\"\ncode = \"M{number}\"\nname = \"Institution {number}\"\n");
        let subsystem = format!("\n[[member.subsystem]]\ncode = \"civil\"\nname = \"Register {number}\"\n");
        let _ = write!(text, "{member}{subsystem}");
    }
    std::fs::write(&path, text).context(|| format!("write {}", path.display()))
}

fn text(report: &Report) -> String {
    format!(
        "a gateway with {} members in its directory, on {}\n\
         start to ready        {:>10.0} ms, {:.0} ms the first time\n",
        report.members, report.machine, report.start_ms, report.first_start_ms,
    )
}
